//! The sign-up form.

use askama::Template;
use domain::country::Country;
use domain::portal::{DOMAIN_SUFFIX, INDUSTRIES};

use super::{Step, View, Width};
use crate::form_token::FormToken;
use crate::sign_up_form::{LONGEST_COMPANY, LONGEST_EMAIL, LONGEST_LABEL, LONGEST_NAME, SignUpErrors, SignUpForm};
use crate::site::SiteSettings;

/// The form, empty, filled in from Xero, or with what was typed and its errors (answer 422 then).
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "sign-up.html")]
pub struct SignUpPage {
    /// This browser's token.
    pub form_token: FormToken,
    /// What the fields show.
    pub form: SignUpForm,
    /// What is wrong with it.
    pub errors: SignUpErrors,
    /// Whether the owner came through "Sign up with Xero": they have logged in there, and names and email are from there.
    pub from_xero: bool,
}

impl SignUpPage {
    fn accepts_terms(&self) -> bool {
        self.form.accept_terms.is_some()
    }

    fn accepts_collection(&self) -> bool {
        self.form.accept_collection.is_some()
    }

    fn email_hint(&self) -> &'static str {
        if self.from_xero && !self.form.email.is_empty() {
            "Filled in from your Xero login; another work email is fine. GO1 sends the link to set your password here. We never ask for a password."
        } else {
            "GO1 sends the link to set your password here. We never ask for a password."
        }
    }

    fn portal_label(&self) -> &str {
        let typed = self.form.portal.trim();
        typed.strip_suffix(DOMAIN_SUFFIX).unwrap_or(typed)
    }
}

impl View for SignUpPage {
    fn title(&self) -> String {
        if self.errors.is_empty() { "Create an account" } else { "Error: Create an account" }.to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::Account)
    }

    fn width(&self) -> Width {
        Width::Form
    }

    fn body(&self, _site: &SiteSettings) -> askama::Result<String> {
        self.render()
    }
}

//! The sign-up form.

use askama::Template;
use domain::country::Country;
use domain::portal::{DOMAIN_SUFFIX, INDUSTRIES};

use super::{Step, View, Width};
use crate::form_token::FormToken;
use crate::sign_up_form::{LONGEST_COMPANY, LONGEST_EMAIL, LONGEST_NAME, SignUpErrors, SignUpForm};
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
    /// Whether the owner came through "sign up with Xero", so that names and email are from there.
    pub from_xero: bool,
}

impl SignUpPage {
    fn accepts_terms(&self) -> bool {
        self.form.accept_terms.is_some()
    }

    fn accepts_collection(&self) -> bool {
        self.form.accept_collection.is_some()
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

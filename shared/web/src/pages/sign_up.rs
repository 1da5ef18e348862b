//! The page with the sign-up form.

use askama::Template;
use domain::country::Country;
use domain::email::EmailAddress;
use domain::portal::{DOMAIN_SUFFIX, INDUSTRIES, LONGEST_TYPED, PortalDomain};

use super::{Step, View, Width};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::locale::filters;
use crate::sign_up_form::{LONGEST_COMPANY, LONGEST_EMAIL, LONGEST_NAME, SignUpErrors, SignUpForm};
use crate::site::SiteSettings;

/// The form, empty, filled in from Xero or from GO1, or with what was typed and its errors (answer 422 then).
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "sign-up.html")]
pub struct SignUpPage {
    pub form_token: FormToken,
    /// What the fields show.
    pub form: SignUpForm,
    pub errors: SignUpErrors,
    /// Where the owner was before.
    pub from: CameFrom,
    /// The step that somebody is at who changes the details of a sign-up under way: they can go back to it without
    /// saving.
    pub editing: Option<Step>,
    /// Where this browser's own sign-up goes on, where that has its portal already and its details are no longer changed here.
    pub under_way: Option<String>,
    /// Why a form that was sent was not taken, and is shown again as it was typed (answer 403 then).
    pub not_taken: Option<NotTaken>,
}

/// Why a form was not accepted although its fields may be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The browser sent no cookie of ours with it.
    NoCookie,
    /// It was opened before something else began in this browser.
    Outdated,
    /// This browser has a sign-up by now, as when the same form is sent twice.
    SentBefore {
        /// Where that one goes on.
        next_path: String,
    },
}

/// Where somebody was before the form, and what is known of them by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameFrom {
    /// Nothing is known of them.
    Unknown,
    /// "Sign up with Xero": they have logged in there, and names and email are from there.
    Xero,
    /// "I already have a portal": they have logged in to GO1 as an administrator of this one, which is connected
    /// instead of a new one.
    Portal(PortalDomain),
}

impl SignUpPage {
    fn accepts_terms(&self) -> bool {
        self.form.accept_terms.is_some()
    }

    fn accepts_collection(&self) -> bool {
        self.form.accept_collection.is_some()
    }

    /// Whether the details of a sign-up that is under way are changed.
    fn is_editing(&self) -> bool {
        self.editing.is_some()
    }

    fn name(&self) -> &'static str {
        if self.is_editing() { "Your details" } else { "Create an account" }
    }

    fn is_from_xero(&self) -> bool {
        self.from == CameFrom::Xero
    }

    /// The portal that is connected instead of a new one.
    fn connecting(&self) -> Option<&PortalDomain> {
        match &self.from {
            CameFrom::Portal(domain) => Some(domain),
            CameFrom::Unknown | CameFrom::Xero => None,
        }
    }

    /// What leads back to the step that somebody is at.
    fn way_back(&self) -> &'static str {
        match self.editing {
            None | Some(Step::Account | Step::Xero) => "Continue to Xero without saving",
            Some(Step::Organisation) => "Back to your organisation without saving",
            Some(Step::Courses) => "Back to the courses without saving",
            Some(Step::People | Step::Import | Step::Done) => "Back to the people without saving",
        }
    }

    /// The address that looks like a slip, once somebody has been asked about it.
    fn asks_about(&self) -> Option<EmailAddress> {
        let asked = self.form.email_in_question()?;
        (self.errors.of("email").is_some() || self.form.asked_email == asked.as_str()).then_some(asked)
    }

    fn email_hint(&self) -> &'static str {
        match self.from {
            CameFrom::Portal(_) => "The email of your GO1 account. It stays as it is.",
            CameFrom::Xero if !self.form.email.is_empty() => {
                "Filled in from your Xero login. Another work email is fine. GO1 sends a link here to set your password. We never ask for one."
            }
            CameFrom::Xero | CameFrom::Unknown => "GO1 sends a link here to set your password. We never ask for one.",
        }
    }

    fn portal_label(&self) -> &str {
        let typed = self.form.portal.trim();
        typed.strip_suffix(DOMAIN_SUFFIX).unwrap_or(typed)
    }
}

impl View for SignUpPage {
    fn title(&self) -> String {
        let is_fine = self.errors.is_empty() && self.not_taken.is_none();
        if is_fine { self.name().to_owned() } else { format!("Error: {}", self.name()) }
    }

    /// Whoever changes the details is at a later step, and their page leads back to it.
    fn step(&self) -> Option<Step> {
        (!self.is_editing()).then_some(Step::Account)
    }

    fn done_ahead(&self) -> Option<Step> {
        self.is_from_xero().then_some(Step::Xero)
    }

    fn width(&self) -> Width {
        Width::Form
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}

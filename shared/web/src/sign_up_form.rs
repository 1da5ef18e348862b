//! The sign-up form: what a browser posts, and what becomes of it.

use domain::arrival::PortalArrival;
use domain::country::Country;
use domain::email::{EmailAddress, EmailError};
use domain::portal::{INDUSTRIES, PortalDomain};
use domain::sign_up::SignUpDetails;
use serde::Deserialize;

use crate::form_token::FormToken;
use crate::words::email_error;

/// The version of GO1's terms that the form links: the day on which we last read them.
pub const TERMS_VERSION: &str = "2026-11-22";

/// The version of the terms of collection that the form shows in words. Change it with the words in `sign-up.html`.
pub const COLLECTION_VERSION: &str = "2026-11-22";

/// The longest name that is accepted, in characters.
pub const LONGEST_NAME: usize = 100;

/// The longest company name that is accepted, in characters.
pub const LONGEST_COMPANY: usize = 150;

/// The longest email address that mail servers carry, in bytes (RFC 5321, a path of 256 with its brackets).
pub const LONGEST_EMAIL: usize = 254;

/// What was typed, as it was typed, so that it can be shown again.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    pub form_token: FormToken,
    pub given_name: String,
    pub family_name: String,
    pub email: String,
    pub company: String,
    /// `US` or `AU`.
    pub country: String,
    /// The portal's address, with or without the part that all portals share.
    pub portal: String,
    /// One of [`INDUSTRIES`].
    pub industry: String,
    /// Present where GO1's terms are accepted.
    pub accept_terms: Option<String>,
    /// Present where the terms of collection are accepted.
    pub accept_collection: Option<String>,
    /// The email address that was asked about, where it looked like a slip. Sent once more with the same, it stays as it is.
    pub asked_email: String,
    /// Present where somebody who came from a portal wants a new one instead.
    pub new_portal: Option<String>,
    /// Present where the details of a sign-up that is under way are changed.
    pub editing: Option<String>,
}

/// What is wrong with a form, in the form's order: for a field at most one sentence for the person who typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignUpErrors(Vec<(&'static str, String)>);

impl SignUpErrors {
    /// Adds what only others can tell, such as an address that is taken. `field` is a name of [`SignUpForm`]'s.
    #[must_use]
    pub fn with(mut self, field: &'static str, error: impl Into<String>) -> Self {
        self.0.push((field, error.into()));
        self
    }

    /// What is wrong with one field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(wrong, _)| *wrong == field).map(|(_, error)| error.as_str())
    }

    /// The fields that are wrong, in the form's order: the field's name and what to do about it.
    pub fn list(&self) -> &[(&'static str, String)] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn keep<T>(&mut self, field: &'static str, result: Result<T, String>) -> Option<T> {
        result.map_err(|error| self.0.push((field, error))).ok()
    }
}

impl SignUpForm {
    /// What Xero tells of somebody, to start from. The portal's address is suggested from the company's name; it is
    /// empty where nothing of the name can be part of one.
    pub fn prefilled(
        given_name: &str,
        family_name: &str,
        email: &str,
        company: Option<&str>,
        country: Option<Country>,
    ) -> Self {
        let company = company.unwrap_or_default();
        Self {
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            email: email.to_owned(),
            company: company.to_owned(),
            country: country.map(Country::code).unwrap_or_default().to_owned(),
            portal: PortalDomain::suggest(company).map(|domain| domain.label().to_owned()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// What GO1 tells of an administrator of a portal, to start from.
    pub fn of_administrator(arrival: &PortalArrival) -> Self {
        Self::prefilled(&arrival.given_name, &arrival.family_name, &arrival.email, Some(&arrival.company), None)
    }

    /// The details of a sign-up that is under way, to be changed. Its terms were accepted.
    pub fn of_details(details: &SignUpDetails) -> Self {
        let SignUpDetails { given_name, family_name, email, company, country, domain, industry } = details.clone();
        let on = || Some("on".to_owned());
        Self {
            given_name,
            family_name,
            email: email.as_str().to_owned(),
            company,
            country: country.code().to_owned(),
            portal: domain.label().to_owned(),
            industry,
            accept_terms: on(),
            accept_collection: on(),
            editing: on(),
            ..Self::default()
        }
    }

    /// Checks everything at once, so that all errors are shown together. The token is checked elsewhere.
    pub fn validate(&self) -> Result<SignUpDetails, SignUpErrors> {
        let industry = INDUSTRIES.into_iter().find(|industry| *industry == self.industry);
        let industry = industry.ok_or("Choose an industry".to_owned());
        let domain = PortalDomain::choose(&self.portal).map_err(|error| capitalised(&error.to_string()));
        self.check(email(&self.email).and_then(|email| self.unless_slip(email)), industry, domain)
    }

    /// The address that was typed, unless it looks like a slip and nobody was asked about it yet.
    fn unless_slip(&self, typed: EmailAddress) -> Result<EmailAddress, String> {
        match typed.likely_meant().filter(|_| typed.as_str() != self.asked_email) {
            Some(meant) => Err(format!("Did you mean {meant}? Correct it, or send the form again if it’s right")),
            None => Ok(typed),
        }
    }

    /// The address that the form asks about when it is shown again, if it does.
    pub(crate) fn email_in_question(&self) -> Option<EmailAddress> {
        EmailAddress::parse(&self.email).ok().filter(|email| email.likely_meant().is_some())
    }

    /// The same for a portal that is there: the portal and the email are those that GO1 told, whatever was posted.
    pub fn validate_for(&self, arrival: &PortalArrival) -> Result<SignUpDetails, SignUpErrors> {
        self.check(email(&arrival.email), Ok(""), Ok(arrival.portal.domain.clone()))
    }

    /// The same for a sign-up that connects a portal and is under way.
    pub fn validate_connecting(&self, details: &SignUpDetails) -> Result<SignUpDetails, SignUpErrors> {
        self.check(Ok(details.email.clone()), Ok(""), Ok(details.domain.clone()))
    }

    fn check(
        &self,
        email: Result<EmailAddress, String>,
        industry: Result<&str, String>,
        domain: Result<PortalDomain, String>,
    ) -> Result<SignUpDetails, SignUpErrors> {
        let accepted =
            |tick: &Option<String>, what| tick.as_ref().map(|_| ()).ok_or(format!("Accept {what} to continue"));
        let mut errors = SignUpErrors::default();
        let given_name = errors.keep("given_name", line(&self.given_name, "your first name", LONGEST_NAME));
        let family_name = errors.keep("family_name", line(&self.family_name, "your last name", LONGEST_NAME));
        let email = errors.keep("email", email);
        let company = errors.keep("company", line(&self.company, "your company’s name", LONGEST_COMPANY));
        let country = Country::from_code(&self.country).ok_or("Choose the United States or Australia".to_owned());
        let country = errors.keep("country", country);
        let industry = errors.keep("industry", industry);
        let domain = errors.keep("portal", domain);
        errors.keep("accept_collection", accepted(&self.accept_collection, "the terms of collection"));
        errors.keep("accept_terms", accepted(&self.accept_terms, "GO1’s terms"));
        match (given_name, family_name, email, company, country, domain, industry) {
            (
                Some(given_name),
                Some(family_name),
                Some(email),
                Some(company),
                Some(country),
                Some(domain),
                Some(industry),
            ) if errors.is_empty() => Ok(SignUpDetails {
                given_name,
                family_name,
                email,
                company,
                country,
                domain,
                industry: industry.to_owned(),
            }),
            _ => Err(errors),
        }
    }
}

impl std::fmt::Debug for SignUpForm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SignUpForm").field("country", &self.country).finish_non_exhaustive()
    }
}

fn line(text: &str, what: &str, longest: usize) -> Result<String, String> {
    let text = domain::text::line(text);
    if text.is_empty() {
        Err(format!("Enter {what}"))
    } else if text.chars().count() > longest {
        Err(format!("Use at most {longest} characters"))
    } else if domain::text::holds_link(&text) {
        Err(format!("Enter {what} without a web address"))
    } else {
        Ok(text)
    }
}

fn email(text: &str) -> Result<EmailAddress, String> {
    if text.trim().len() > LONGEST_EMAIL {
        return Err(format!("Use at most {LONGEST_EMAIL} characters"));
    }
    EmailAddress::parse(text).map_err(|error| match error {
        EmailError::Missing => "Enter your work email".to_owned(),
        EmailError::DeadDomain | EmailError::Malformed => "Enter an email address like name@company.com".to_owned(),
        EmailError::Character { .. } => {
            format!("Enter an email address like name@company.com: {}", email_error(error))
        }
    })
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
#[path = "sign_up_form_tests.rs"]
mod tests;

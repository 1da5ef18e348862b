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
mod tests {
    use domain::existing_portal::ExistingPortal;
    use proptest::prelude::*;

    use super::*;

    fn good() -> SignUpForm {
        SignUpForm {
            form_token: FormToken::default(),
            given_name: "Olivia".to_owned(),
            family_name: "Hartley".to_owned(),
            email: "Olivia.Hartley@Example.com ".to_owned(),
            company: "Harbour & Hearth Hospitality".to_owned(),
            country: "AU".to_owned(),
            portal: "Harbour-Hearth".to_owned(),
            industry: "Accommodation and Food Services".to_owned(),
            accept_terms: Some("on".to_owned()),
            accept_collection: Some("on".to_owned()),
            asked_email: String::new(),
            new_portal: None,
            editing: None,
        }
    }

    fn ada() -> PortalArrival {
        let domain = PortalDomain::parse("acme").expect("valid");
        PortalArrival {
            portal: ExistingPortal {
                portal: "1".into(),
                domain,
                account: "2".into(),
                since: jiff::Timestamp::UNIX_EPOCH,
                tenant: None,
            },
            company: "Acme Fabrication".to_owned(),
            given_name: "Ada".to_owned(),
            family_name: "Forsyth".to_owned(),
            email: "Ada@acme.example.com".to_owned(),
        }
    }

    #[test]
    fn a_good_form_is_normalised() {
        let details = good().validate().expect("good");
        assert_eq!(details.email.as_str(), "olivia.hartley@example.com");
        assert_eq!(details.domain.as_str(), "harbour-hearth.mygo1.com");
        assert_eq!(details.country, Country::Australia);
    }

    #[test]
    fn an_empty_form_has_an_error_beside_every_field() {
        let errors = SignUpForm::default().validate().expect_err("empty");
        assert_eq!(errors.list().len(), 9);
    }

    #[test]
    fn each_field_is_judged_alone() {
        type Spoil = fn(&mut SignUpForm);
        let spoils: [(&str, Spoil); 11] = [
            ("given_name", |form| form.given_name = "Win at https://evil.example".to_owned()),
            ("company", |form| form.company = "Prizes: evil.example/win".to_owned()),
            ("given_name", |form| form.given_name = "x".repeat(LONGEST_NAME + 1)),
            ("family_name", |form| form.family_name = "\u{200B}\u{0}".to_owned()),
            ("email", |form| form.email = format!("{}@example.com", "x".repeat(LONGEST_EMAIL))),
            ("company", |form| form.company = " \t ".to_owned()),
            ("country", |form| form.country = "GB".to_owned()),
            ("portal", |form| form.portal = "has space".to_owned()),
            ("industry", |form| form.industry = "Piracy".to_owned()),
            ("accept_terms", |form| form.accept_terms = None),
            ("accept_collection", |form| form.accept_collection = None),
        ];
        for (field, spoil) in spoils {
            let mut form = good();
            spoil(&mut form);
            let errors = form.validate().expect_err(field);
            let fields: Vec<&str> = errors.list().iter().map(|(field, _)| *field).collect();
            assert_eq!(fields, [field]);
        }
    }

    #[test]
    fn a_likely_slip_in_the_email_is_asked_about_once_and_then_taken_as_it_is() {
        let typed = SignUpForm { email: " Rosa@Example.con".to_owned(), ..good() };
        let errors = typed.validate().expect_err("asked");
        assert_eq!(errors.list().len(), 1);
        assert!(errors.of("email").is_some_and(|asked| asked.contains("Did you mean rosa@example.com?")), "{errors:?}");
        let asked_email = typed.email_in_question().expect("a question").as_str().to_owned();
        let details = SignUpForm { asked_email: asked_email.clone(), ..typed }.validate().expect("it is right");
        assert_eq!(details.email.as_str(), "rosa@example.con");
        let other = SignUpForm { email: "rosa@gmial.com".to_owned(), asked_email, ..good() };
        assert!(other.validate().is_err(), "the answer is about another address");
        assert_eq!(good().email_in_question(), None);
        // GO1 and an earlier form have told these, so nobody is asked.
        let arrival = PortalArrival { email: "rosa@example.con".to_owned(), ..ada() };
        assert!(good().validate_for(&arrival).is_ok());
        assert!(good().validate_connecting(&details).is_ok());
    }

    #[test]
    fn an_address_is_suggested_from_the_companys_name() {
        for (company, portal) in [
            ("Harbour & Hearth Hospitality", "harbour-hearth-hospitality"),
            ("  Wattle Grove Books Pty. Ltd. ", "wattle-grove-books-pty-ltd"),
            ("O'Brien\u{2019}s  --  24/7", "obriens-24-7"),
            ("Caf\u{e9} Zo\u{eb}", "cafe-zoe"),
            ("acme.mygo1.com", "acme-mygo1-com"),
            ("\u{65e5}\u{672c}", ""),
            ("", ""),
        ] {
            let form = SignUpForm::prefilled("Ann", "Lee", "ann@example.com", Some(company), Some(Country::Australia));
            assert_eq!((form.portal.as_str(), form.company.as_str()), (portal, company));
        }
    }

    #[test]
    fn what_xero_told_leaves_only_the_industry_and_the_terms_to_the_owner() {
        let form = |company, country| SignUpForm::prefilled("Ann", "Lee", "ann@example.com", company, country);
        let missing = |form: SignUpForm| {
            let errors = form.validate().expect_err("never complete");
            errors.list().iter().map(|(field, _)| *field).collect::<Vec<_>>()
        };
        let left = ["industry", "accept_collection", "accept_terms"];
        assert_eq!(missing(form(Some("Wattle Grove Books"), Some(Country::UnitedStates))), left);
        assert_eq!(missing(form(None, None))[..2], ["company", "country"]);
    }

    #[test]
    fn what_go1_told_leaves_only_the_country_and_the_terms_to_the_administrator() {
        let errors = SignUpForm::of_administrator(&ada()).validate_for(&ada()).expect_err("not complete");
        let left: Vec<_> = errors.list().iter().map(|(field, _)| *field).collect();
        assert_eq!(left, ["country", "accept_collection", "accept_terms"]);
    }

    #[test]
    fn no_field_of_the_form_names_the_portal_that_is_connected_or_whose_email_it_is() {
        for form in [good(), SignUpForm { portal: String::new(), email: "?".to_owned(), ..good() }] {
            let details = form.validate_for(&ada()).expect("good");
            assert_eq!((details.domain.as_str(), details.industry.as_str()), ("acme.mygo1.com", ""));
            assert_eq!(details.email.as_str(), "ada@acme.example.com");
            assert_eq!(details.company, good().company);
        }
    }

    #[test]
    fn a_form_does_not_print_what_was_typed() {
        assert!(!format!("{:?}", good()).contains("Olivia"));
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_within_limits_and_is_accepted_again(
            given_name in "\\PC{0,120}", company in "(?s).{0,170}", email in "[ -~]{0,60}", portal in "[a-zA-Z0-9.-]{0,70}"
        ) {
            let form = SignUpForm { given_name, email, company, portal, ..good() };
            match form.validate() {
                Ok(details) => {
                    prop_assert!(!details.given_name.is_empty() && details.given_name.chars().count() <= LONGEST_NAME);
                    prop_assert!(details.company.chars().count() <= LONGEST_COMPANY);
                    prop_assert!(!details.company.chars().any(char::is_control));
                    prop_assert!(details.email.as_str().len() <= LONGEST_EMAIL);
                    let again = SignUpForm {
                        given_name: details.given_name.clone(),
                        company: details.company.clone(),
                        email: details.email.as_str().to_owned(),
                        portal: details.domain.as_str().to_owned(),
                        ..good()
                    };
                    prop_assert_eq!(again.validate(), Ok(details));
                }
                Err(errors) => prop_assert!(!errors.is_empty()),
            }
        }

        #[test]
        fn a_suggested_address_is_empty_or_valid(company in "(?s).{0,200}") {
            let portal = SignUpForm::prefilled("", "", "", Some(&company), None).portal;
            prop_assert!(portal.is_empty() || PortalDomain::parse(&portal).is_ok_and(|domain| domain.label() == portal));
        }

        #[test]
        fn a_company_with_a_letter_or_a_digit_gets_a_suggestion(company in "[ -~]{0,80}[a-zA-Z0-9][ -~]{0,80}") {
            prop_assert!(!SignUpForm::prefilled("", "", "", Some(&company), None).portal.is_empty());
        }

        #[test]
        fn typed_names_survive_the_browsers_encoding(given_name in "\\PC{0,40}") {
            let body = serde_html_form::to_string([("given_name", &given_name)]).expect("encodes");
            let form: SignUpForm = crate::forms::parse(body.as_bytes()).expect("parses");
            prop_assert_eq!(form.given_name, given_name);
        }
    }
}

//! What becomes of a form that is posted.

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

//! What is sent, against GO1's published reference (version 2025-01-01): what each body must have, may have, and of
//! what kind. Written down here by hand: the reference is no file that we could read.

use domain::country::Country;
use domain::email::EmailAddress;
use domain::portal::{INDUSTRIES, PortalDomain};
use go1::{LEARNER_ROLE, NewPortal, NewUserAccount};
use http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};
use transport::{Answer, Script};

use crate::support::{now, scripted, secret};

/// A field: its name, whether it must be there, and what its value must be.
type Field = (&'static str, bool, fn(&Value) -> bool);

fn text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

const PORTAL: &[Field] = &[
    ("country", true, |value| value == "AU" || value == "US"),
    ("name", true, text),
    ("domain", true, |value| value.as_str().is_some_and(is_subdomain)),
    ("industry", true, |value| value.as_str().is_some_and(|text| INDUSTRIES.contains(&text))),
    ("external_customer_id", false, text),
    ("logo", false, text),
    ("timezone", false, |value| value.as_str().is_some_and(|zone| zone == "UTC" || zone.contains('/'))),
    ("company_size", false, Value::is_u64),
    ("user_account", false, |value| conforms(value, OWNER).is_ok()),
    ("settings", false, |value| conforms(value, SETTINGS).is_ok()),
];
const OWNER: &[Field] =
    &[("email", true, text), ("username", true, text), ("given_name", true, text), ("family_name", true, text)];
/// All that crosses to GO1 about a person who is imported. `infra/data_flow.py` draws these fields into the picture
/// that people are shown.
const NEW_ACCOUNT: &[Field] = &[
    ("given_name", true, text),
    ("family_name", true, text),
    ("username", true, text),
    ("email", true, text),
    ("roles", true, |value| *value == serde_json::json!([LEARNER_ROLE])),
];
const SETTINGS: &[Field] =
    &[("notifications", true, Value::is_boolean), ("enable_subscribed_content_library", false, Value::is_boolean)];
const ENROLLMENT: &[Field] = &[
    ("user_account_id", true, text),
    ("lo_id", true, text),
    ("enrollment_type", true, |value| value == "assigned" || value == "self-directed"),
    ("status", true, |value| ["not-started", "in-progress", "completed"].iter().any(|status| value == status)),
    // With `not-started`, dates, result and pass are forbidden.
    ("assigner_account_id", false, text),
    ("due_date", false, text),
];

/// One label below `mygo1.com`.
fn is_subdomain(domain: &str) -> bool {
    domain.strip_suffix(".mygo1.com").is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

fn conforms(body: &Value, fields: &[Field]) -> Result<(), String> {
    let empty = Map::new();
    let object = body.as_object().unwrap_or(&empty);
    for (name, required, is_right) in fields {
        match object.get(*name) {
            None if *required => return Err(format!("{name} is missing")),
            Some(value) if !is_right(value) => return Err(format!("{name} is {value}")),
            _ => {}
        }
    }
    let unknown = object.keys().find(|key| fields.iter().all(|(name, _, _)| name != key));
    unknown.map_or(Ok(()), |key| Err(format!("{key} is not in the reference")))
}

fn portal() -> impl Strategy<Value = NewPortal> {
    let country = select(vec![Country::Australia, Country::UnitedStates]);
    let timezone = select(vec![None, Some("Australia/Sydney".to_owned()), Some("UTC".to_owned())]);
    let name = "[A-Za-z\"\\\\é'][ -~é]{0,30}";
    (name, "[a-z][a-z0-9-]{0,20}[a-z0-9]", country, select(INDUSTRIES.to_vec()), timezone, name).prop_map(
        |(company, label, country, industry, timezone, person)| NewPortal {
            name: company,
            domain: PortalDomain::parse(&label).expect("a label"),
            country,
            industry: industry.to_owned(),
            timezone,
            tenant: "tenant-1".into(),
            email: EmailAddress::parse("olivia.hartley@example.com").expect("an email"),
            given_name: person.clone(),
            family_name: person,
        },
    )
}

/// The one request that `call` sends.
fn sent(call: impl AsyncFnOnce(go1::Go1Client)) -> http::Request<bytes::Bytes> {
    let script = Script::new([Answer::new(400, "")]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(call(scripted(&script)));
    script.requests().remove(0)
}

fn json(request: &http::Request<bytes::Bytes>) -> Value {
    serde_json::from_slice(request.body()).expect("JSON")
}

proptest! {
    #[test]
    fn every_portal_is_asked_for_as_the_reference_wants_it(portal in portal()) {
        let request = sent(async |client| drop(client.create_portal(&secret("t"), &portal, now()).await));
        prop_assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/portals"));
        prop_assert_eq!(conforms(&json(&request), PORTAL), Ok(()));
    }

    #[test]
    fn nothing_crosses_about_a_person_but_both_names_the_email_and_the_role_of_a_learner(
        given_name in "[A-Za-z\"\\\\é'][ -~é]{0,30}",
        family_name in "[A-Za-z\"\\\\é'][ -~é]{0,30}",
        mailbox in "[a-z][a-z0-9.+_-]{0,20}[a-z0-9]",
    ) {
        let email = EmailAddress::parse(&format!("{mailbox}@example.com"));
        prop_assume!(email.is_ok());
        let email = email.expect("an email");
        let account = NewUserAccount { given_name, family_name, email };
        let request = sent(async |client| drop(client.create_user_account(&secret("t"), &account).await));
        prop_assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/user-accounts"));
        prop_assert_eq!(request.uri().query(), None);
        let body = json(&request);
        prop_assert_eq!(conforms(&body, NEW_ACCOUNT), Ok(()));
        for (field, value) in [
            ("given_name", account.given_name.as_str()),
            ("family_name", &account.family_name),
            ("username", account.email.as_str()),
            ("email", account.email.as_str()),
        ] {
            prop_assert_eq!(&body[field], value, "{}", field);
        }
    }

    #[test]
    fn every_course_is_assigned_as_the_reference_wants_it_and_never_anew(account in "[0-9]{1,9}", course in "[0-9]{1,9}") {
        let (account, course) = (account.as_str().into(), course.as_str().into());
        let request = sent(async |client| drop(client.enroll(&secret("t"), &account, &course).await));
        prop_assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/enrollments"));
        prop_assert_eq!(request.uri().query(), None, "re-enroll archives what people have achieved");
        let body = json(&request);
        prop_assert_eq!(conforms(&body, ENROLLMENT), Ok(()));
        prop_assert_eq!(&body["user_account_id"], account.as_str());
        prop_assert_eq!(&body["lo_id"], course.as_str());
    }
}

#[test]
fn a_body_that_does_not_conform_is_noticed() {
    for body in [r"{}", r#"{"notifications": 1}"#, r#"{"notifications": true, "more": 1}"#, "[]"] {
        assert!(conforms(&serde_json::from_str(body).expect("JSON"), SETTINGS).is_err(), "{body}");
    }
}

//! Bodies of every kind, by what their Content-Type says and by what they are.

use crate::support::{now, scripted, secret};
use domain::country::PeopleSource;
use domain::ids::TenantId;
use proptest::prelude::*;
use serde_json::json;
use transport::{Answer, MOST_BODY_BYTES, Script, TransportError};
use xero::{RefreshError, Unauthorized, XeroError};

/// Asks for the people of a payroll or for the Xero users, and counts them.
async fn people(script: &Script, source: PeopleSource) -> Result<usize, XeroError> {
    scripted(script).people(&secret("t"), &TenantId::new("t"), source).await.map(|people| people.len())
}

async fn why(answer: Answer, source: PeopleSource) -> Unauthorized {
    match people(&Script::new([answer]), source).await {
        Err(XeroError::Unauthorized { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

const JSON: &str = "application/json; charset=utf-8";
const PROBLEM: &str = "application/problem+json";
const TEXT: &str = "text/plain";
const HTML: &str = "text/html; charset=utf-8";
const NONE: &str = "";

#[tokio::test]
async fn why_a_401_came_is_read_from_documents_and_texts_and_never_from_pages() {
    use Unauthorized::{NotPayrollAdministrator as Role, Other, ScopeMissing, TokenExpired, WithoutReason as Silent};
    let expired = "TokenExpired: token expired at 08/12/2022 07:00:40";
    for (kind, body, payroll, accounting) in [
        (JSON, json!({ "Type": null, "Status": 401, "Detail": expired }).to_string(), TokenExpired, TokenExpired),
        (JSON, json!({ "title": "Unauthorized", "detail": expired }).to_string(), TokenExpired, TokenExpired),
        (PROBLEM, json!({ "Detail": "AuthorizationUnsuccessful" }).to_string(), ScopeMissing, ScopeMissing),
        (PROBLEM, json!({ "detail": "AuthorizationUnsuccessful" }).to_string(), ScopeMissing, ScopeMissing),
        (NONE, json!({ "Detail": "AuthorizationUnsuccessful" }).to_string(), ScopeMissing, ScopeMissing),
        (TEXT, json!({ "Detail": "AuthorizationUnsuccessful" }).to_string(), ScopeMissing, ScopeMissing),
        (JSON, json!({ "Detail": "TokenInvalidSignature" }).to_string(), Other, Other),
        (JSON, json!({ "Detail": "You are not permitted" }).to_string(), Role, Other),
        (JSON, json!({ "Detail": null }).to_string(), Silent, Silent),
        (TEXT, expired.to_owned(), TokenExpired, TokenExpired),
        (TEXT, "You are not permitted to access this resource".to_owned(), Role, Other),
        (NONE, String::new(), Silent, Silent),
        (TEXT, String::new(), Silent, Silent),
        // Made by something in front of the API, or torn: nothing is known, and a refresh can tell more.
        (HTML, "<h1>AuthorizationUnsuccessful</h1>".to_owned(), Silent, Silent),
        (NONE, "\n <html>TokenExpired</html>".to_owned(), Silent, Silent),
        (JSON, "<html>AuthorizationUnsuccessful</html>".to_owned(), Silent, Silent),
        (JSON, "{\"Status\": 401, \"Detail\": \"AuthorizationUns".to_owned(), Silent, Silent),
    ] {
        for (country, expected) in [(PeopleSource::PayrollEmployees, payroll), (PeopleSource::XeroUsers, accounting)] {
            let mut answer = Answer::new(401, &body);
            if kind != NONE {
                answer = answer.header("content-type", kind);
            }
            assert_eq!(why(answer, country).await, expected, "{country:?} {kind} {body}");
        }
    }
}

#[tokio::test]
async fn a_missing_payroll_is_told_in_any_kind_of_body() {
    for (kind, body) in [
        (TEXT, "Payroll has not been provisioned for this organisation".to_owned()),
        (JSON, json!({ "Detail": "PAYROLL HAS NOT BEEN PROVISIONED" }).to_string()),
        (HTML, "<p>Payroll has not been provisioned</p>".to_owned()),
    ] {
        let script = Script::new([Answer::new(404, body).header("content-type", kind)]);
        let failure = people(&script, PeopleSource::PayrollEmployees).await.expect_err("not set up");
        assert!(matches!(failure, XeroError::PayrollNotSetUp { .. }), "{kind}: {failure:?}");
    }
}

#[tokio::test]
async fn a_document_is_read_whatever_it_is_called() {
    let body = json!({ "Users": [{ "UserID": "1" }], "new": { "deep": [1] } }).to_string();
    for kind in [JSON, PROBLEM, TEXT, HTML] {
        let script = Script::new([Answer::new(200, &body).header("content-type", kind)]);
        assert_eq!(people(&script, PeopleSource::XeroUsers).await, Ok(1), "{kind}");
    }
}

#[tokio::test]
async fn a_document_may_come_in_a_text_as_mocks_of_xeros_openapi_files_send_it() {
    let body = json!({ "Users": [{ "UserID": "1" }] }).to_string();
    assert_eq!(people(&Script::new([Answer::new(200, json!(body))]), PeopleSource::XeroUsers).await, Ok(1));
    let twice = json!(json!(body).to_string());
    let failure = people(&Script::new([Answer::new(200, twice)]), PeopleSource::XeroUsers).await.expect_err("too deep");
    assert!(matches!(failure, XeroError::Unreadable { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_body_past_the_limit_is_not_read_and_not_asked_for_again() {
    for status in [200, 401, 404] {
        let script = Script::new([Answer::new(status, "x".repeat(MOST_BODY_BYTES + 1))]);
        let failure = people(&script, PeopleSource::PayrollEmployees).await.expect_err("too large");
        assert!(matches!(failure, XeroError::Transport { error: TransportError::BodyTooLarge, .. }), "{failure:?}");
        assert_eq!(script.requests().len(), 1);
    }
    let padded = format!("{}{}", json!({ "Users": [] }), " ".repeat(MOST_BODY_BYTES - 12));
    assert_eq!(padded.len(), MOST_BODY_BYTES);
    assert_eq!(people(&Script::new([Answer::new(200, padded)]), PeopleSource::XeroUsers).await, Ok(0));
    let script = Script::new([Answer::new(200, "x".repeat(MOST_BODY_BYTES + 1))]);
    assert_eq!(scripted(&script).refresh(&secret("r"), now()).await.err(), Some(RefreshError::OutcomeUnknown));
}

fn body() -> impl Strategy<Value = String> {
    let document = prop_oneof![
        Just(json!({ "Employees": "bob@example.com" })),
        Just(json!({ "Employees": { "bob@example.com": 1 } })),
        Just(json!({ "Detail": "bob@example.com" })),
        Just(json!(["bob@example.com"])),
    ];
    prop_oneof![
        "\\PC{0,40}".prop_map(|text| format!("{text} bob@example.com")),
        (document, any::<prop::sample::Index>()).prop_map(|(document, at)| {
            let text = document.to_string();
            text[..at.index(text.len() + 1)].to_owned()
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_stands_in_a_body_none_of_it_is_told(
        status in prop::sample::select(vec![200_u16, 201, 400, 401, 403, 404, 409, 429, 500, 503]),
        kind in prop::sample::select(vec![JSON, PROBLEM, TEXT, HTML]),
        body in body(),
    ) {
        let answer = Answer::new(status, body).header("content-type", kind).header("retry-after", 3600);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let result = runtime.block_on(people(&Script::new([answer]), PeopleSource::PayrollEmployees));
        let failure = result.expect_err("none of these is a page of people");
        let told = format!("{failure} {failure:?}");
        prop_assert!(!told.contains("bob") && !told.contains("example"), "{}", told);
    }
}

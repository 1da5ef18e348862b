//! The answers that a strict stand-in never gives, for each call.

use std::collections::{BTreeSet, HashSet};

use domain::ids::UserAccountId;
use domain::portal::PortalDomain;
use go1::{
    CallError as _, CreateAccountError, CreatePortalError, Doubt, EnrollError, Enrolled, ErrorCode, Go1Error, Refusal,
    SoughtPortal,
};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use transport::{Answer, RetryAfter, Script, TransportError};

use crate::support::{email, new_portal, now, person, scripted, secret};

/// The reads: each has a name, and here loses its result.
const READS: [&str; 9] = [
    "partner token",
    "find portal",
    "taken domains",
    "find account",
    "account",
    "accounts",
    "courses",
    "enrollments",
    "login",
];

async fn call(script: &Script, name: &str) -> Result<(), Go1Error> {
    let (client, token) = (scripted(script), secret("a-token"));
    match name {
        "partner token" => client.partner_token(now()).await.map(drop),
        "find portal" => {
            let domain = PortalDomain::parse("acme").expect("a domain");
            let tenant = "tenant-1".into();
            let sought = SoughtPortal { domain: &domain, tenant: &tenant, name: "Acme", asked_at: now() };
            client.find_portal(&token, sought).await.map(drop)
        }
        "find account" => client.find_user_account(&token, &email("a+b@example.com")).await.map(drop),
        "taken domains" => client.taken_domains(&token, "acme").await.map(drop),
        "account" => client.user_account(&token, &"acc/1".into()).await.map(drop),
        "accounts" => {
            let emails = BTreeSet::from([email("bob@example.com")]);
            client.accounts_for(&token, &emails, &HashSet::new()).await.map(drop)
        }
        "courses" => client.learning_objects(&token, &["1".into(), "2".into()]).await.map(drop),
        "enrollments" => client.enrollments(&token, &"acc/1".into(), &["1".into(), "2".into()]).await.map(drop),
        "login" => client.one_time_login(&token, &"acc/1".into()).await.map(drop),
        _ => unreachable!("{name}"),
    }
}

#[tokio::test]
async fn each_read_asks_in_the_way_that_go1_documents() {
    for (name, method, uri) in [
        ("partner token", Method::POST, "http://auth.test/oauth/token"),
        ("find portal", Method::GET, "http://api.test/portals?keyword=acme.mygo1.com&limit=100&offset=0"),
        (
            "find account",
            Method::GET,
            "http://api.test/user-accounts?include%5B%5D=standard_fields&limit=50&offset=0&email=a%2Bb%40example.com",
        ),
        ("taken domains", Method::GET, "http://api.test/portals?keyword=acme&limit=100&offset=0"),
        ("account", Method::GET, "http://api.test/user-accounts/acc%2F1?include%5B%5D=standard_fields"),
        ("accounts", Method::GET, "http://api.test/user-accounts?include%5B%5D=standard_fields&limit=50&offset=0"),
        (
            "courses",
            Method::GET,
            "http://api.test/learning-objects?id%5B%5D=1&id%5B%5D=2&limit=2\
             &include%5B%5D=core&include%5B%5D=relevance&include%5B%5D=provider",
        ),
        (
            "enrollments",
            Method::GET,
            "http://api.test/enrollments?user_account_id=acc%2F1&lo_ids=1%2C2&limit=50&offset=0",
        ),
        ("login", Method::POST, "http://api.test/user-accounts/acc%2F1/login"),
    ] {
        let script = Script::new([Answer::new(400, "")]);
        assert!(call(&script, name).await.is_err(), "{name}");
        let request = script.requests().remove(0);
        assert_eq!((request.method(), request.uri().to_string().as_str()), (&method, uri));
        if name == "partner token" {
            let body = "client_id=local-go1-client&client_secret=local-go1-secret&grant_type=client_credentials";
            assert_eq!(request.body(), body);
        } else {
            assert_eq!(request.headers()["authorization"], "Bearer a-token");
            assert_eq!(request.headers()["api-version"], "2025-01-01");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_refusal_of_a_read_has_its_own_kind() {
    for name in READS {
        let fail = async |answer| {
            let script = Script::new([answer]);
            let failure = call(&script, name).await.expect_err(name);
            (failure, script.requests().len())
        };
        // Logging in makes a token each time, so it is sent once.
        let tries = if name == "login" { 1 } else { 3 };

        let (failure, sent) = fail(Answer::new(502, "<h1>bad gateway</h1>")).await;
        assert!(matches!(failure, Go1Error::Unavailable { status: StatusCode::BAD_GATEWAY, .. }), "{failure:?}");
        assert_eq!(sent, tries, "{name}");
        let (failure, sent) = fail(Answer::Cut).await;
        assert!(matches!(failure, Go1Error::Transport { error: TransportError::Cut, .. }), "{failure:?}");
        assert_eq!(sent, tries, "{name}");
        let (failure, sent) = fail(Answer::Hang).await;
        assert!(matches!(failure, Go1Error::Transport { error: TransportError::Timeout, .. }), "{failure:?}");
        assert_eq!(sent, 1, "{name}");

        for answer in [
            Answer::new(401, json!({ "error_code": "AUTH_TOKEN_INVALID", "message": "x" })),
            Answer::new(401, ""),
            Answer::new(403, json!({ "message": "Missing or invalid JWT." })),
        ] {
            assert!(matches!(fail(answer).await.0, Go1Error::Unauthorized { .. }), "{name}");
        }
        for status in [401, 403] {
            let failure = fail(Answer::new(status, json!({ "message": "Missing scopes" }))).await.0;
            assert!(matches!(failure, Go1Error::MissingScope { .. }), "{name}: {failure:?}");
            assert!(!failure.is_unauthorized(), "another token does not help");
        }
        if name == "account" {
            // There, not to be there is the answer.
            assert_eq!(call(&Script::new([Answer::new(404, "")]), name).await, Ok(()));
        } else {
            assert!(matches!(fail(Answer::new(404, "")).await.0, Go1Error::NotFound { .. }), "{name}");
        }
        for (status, body, code) in [
            (
                403,
                json!({ "message": "No.", "error_code": "PORTAL_ACCESS_UNAUTHORIZED" }),
                "PORTAL_ACCESS_UNAUTHORIZED",
            ),
            (409, json!({ "code": 17 }), "17"),
            (400, json!({ "error": "unsupported_grant_type" }), "unsupported_grant_type"),
        ] {
            let (failure, _) = fail(Answer::new(status, body)).await;
            let Go1Error::Refused { refusal, .. } = &failure else { panic!("{name}: {failure:?}") };
            assert_eq!(refusal.code, Some(ErrorCode::Other(code.to_owned())), "{name}");
        }
        let (failure, sent) = fail(Answer::new(429, "").header("retry-after", 60)).await;
        let wait = Some(RetryAfter::In(SignedDuration::from_secs(60)));
        assert!(matches!(failure, Go1Error::RateLimited { retry_after, .. } if retry_after == wait), "{name}");
        assert_eq!(sent, 1, "{name}");

        for status in [302, 400, 403, 404, 406, 409, 422] {
            let (failure, sent) = fail(Answer::new(status, "{\"message\": \"bob@exa")).await;
            assert!(matches!(failure, Go1Error::Unreadable { .. }), "{name} {status}: {failure:?}");
            assert!(!format!("{failure} {failure:?}").contains("bob"), "{failure:?}");
            assert_eq!(sent, 1);
        }
        for body in ["<html>bob@example.com", "{\"hits\": \"bob@example.com\"}", "\"bob@example.com\"", "[]", ""] {
            let (failure, _) = fail(Answer::new(200, body)).await;
            assert!(matches!(failure, Go1Error::Unreadable { .. }), "{name} {body}: {failure:?}");
            assert!(!format!("{failure} {failure:?}").contains("bob"), "{failure:?}");
        }
    }
}

#[tokio::test]
async fn a_message_is_never_taken_for_a_code() {
    let answer = Answer::new(400, json!({ "code": "The email bob@example.com is bad", "message": "bob@example.com" }));
    let failure = call(&Script::new([answer]), "accounts").await.expect_err("refused");
    assert!(!format!("{failure} {failure:?}").contains("bob"), "{failure:?}");
}

/// What every operation that changes something makes of the same answer.
async fn changes(answer: Answer) -> (CreatePortalError, CreateAccountError, EnrollError) {
    let script = Script::new([answer]);
    let (client, token) = (scripted(&script), secret("a-token"));
    let portal = client.create_portal(&token, &new_portal("acme", "t"), now()).await.expect_err("no portal");
    let account = client.create_user_account(&token, &person("bob@example.com")).await.expect_err("no account");
    let enrollment = client.enroll(&token, &"a".into(), &"1".into()).await.expect_err("no enrollment");
    assert_eq!(script.requests().len(), 3, "each is sent once");
    (portal, account, enrollment)
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_done_is_told_from_what_was_not() {
    let retry_after = Some(RetryAfter::In(SignedDuration::from_secs(1)));
    for (answer, doubt) in [
        (Answer::Cut, Doubt::NoAnswer(TransportError::Cut)),
        (Answer::Hang, Doubt::NoAnswer(TransportError::Timeout)),
        (
            Answer::new(500, json!({ "error_code": "UNABLE_TO_ISSUE_ACCESS_TOKEN" })),
            Doubt::Failed { status: StatusCode::INTERNAL_SERVER_ERROR, retry_after: None },
        ),
        (
            Answer::new(503, "").header("retry-after", 1),
            Doubt::Failed { status: StatusCode::SERVICE_UNAVAILABLE, retry_after },
        ),
        (Answer::new(201, "{}"), Doubt::Unreadable),
        (Answer::new(200, "<html>"), Doubt::Unreadable),
        (Answer::new(201, json!({ "id": null })), Doubt::Unreadable),
    ] {
        let (portal, account, enrollment) = changes(answer).await;
        assert_eq!(portal, CreatePortalError::OutcomeUnknown(doubt.clone()));
        assert_eq!(account, CreateAccountError::OutcomeUnknown(doubt.clone()));
        assert_eq!(enrollment, EnrollError::OutcomeUnknown(doubt));
    }

    let (portal, account, enrollment) = changes(Answer::new(429, "").header("retry-after", 1)).await;
    assert_eq!(portal, CreatePortalError::RateLimited { retry_after });
    assert_eq!(account, CreateAccountError::RateLimited { retry_after });
    assert_eq!(enrollment, EnrollError::RateLimited { retry_after });

    for status in [401, 403] {
        let (portal, account, enrollment) = changes(Answer::new(status, json!({ "message": "Missing scopes" }))).await;
        assert_eq!(portal, CreatePortalError::MissingScope);
        assert_eq!(account, CreateAccountError::MissingScope);
        assert_eq!(enrollment, EnrollError::MissingScope);
    }
    for answer in [Answer::new(401, ""), Answer::new(403, json!({ "message": "Missing or invalid JWT." }))] {
        let (portal, account, enrollment) = changes(answer).await;
        assert_eq!(portal, CreatePortalError::Unauthorized);
        assert_eq!(account, CreateAccountError::Unauthorized);
        assert_eq!(enrollment, EnrollError::Unauthorized);
    }
}

/// A page of something in front of GO1, and half of GO1's answer: whether the token is refused or the rest is not said.
#[tokio::test]
async fn a_refusal_that_cannot_be_read_decides_nothing() {
    for status in [302, 400, 403, 404, 406, 409, 413, 422] {
        for body in ["<!doctype html><title>Blocked</title>", "{\"message\":\"Missing or inv", "Forbidden"] {
            let doubt = Doubt::Failed { status: StatusCode::from_u16(status).expect("a status"), retry_after: None };
            let (portal, account, enrollment) = changes(Answer::new(status, body)).await;
            assert_eq!(portal, CreatePortalError::OutcomeUnknown(doubt.clone()));
            assert_eq!(account, CreateAccountError::OutcomeUnknown(doubt.clone()));
            assert_eq!(enrollment, EnrollError::OutcomeUnknown(doubt));
        }
    }
    for body in ["<html>", "{\"error_code\":", ""] {
        let (_, account, enrollment) = changes(Answer::new(401, body)).await;
        assert_eq!((account, enrollment), (CreateAccountError::Unauthorized, EnrollError::Unauthorized));
    }
}

#[tokio::test]
async fn refusals_are_final_and_a_duplicate_is_only_suspected() {
    for status in [302, 400, 403, 404, 406, 413, 422] {
        let status_code = StatusCode::from_u16(status).expect("a status");
        let refusal = Refusal { status: status_code, code: None, fields: Vec::new() };
        let (portal, account, enrollment) = changes(Answer::new(status, "")).await;
        assert_eq!(portal, CreatePortalError::Refused(refusal.clone()));
        assert_eq!(enrollment, EnrollError::Refused(refusal.clone()));
        let expected = match status {
            400 | 409 | 422 => CreateAccountError::MaybeExists(refusal),
            _ => CreateAccountError::Refused(refusal),
        };
        assert_eq!(account, expected, "{status}");
    }
    for (status, words, is_final) in [
        (400, "is not an email", true),
        (422, "is too long", true),
        (400, "User already exists", false),
        (422, "This address is in use", false),
    ] {
        let body = json!({ "message": "Invalid.", "additional_errors": [{ "path": "email", "message": words }] });
        let (_, account, _) = changes(Answer::new(status, body)).await;
        let (refusal, is_invalid) = match account {
            CreateAccountError::Invalid(refusal) => (refusal, true),
            CreateAccountError::MaybeExists(refusal) => (refusal, false),
            other => panic!("{other:?}"),
        };
        assert_eq!(is_invalid, is_final, "{status} {words}");
        assert_eq!((refusal.status.as_u16(), refusal.code), (status, None));
        let fields: Vec<_> = refusal.fields.iter().map(ToString::to_string).collect();
        assert_eq!(fields, ["email"]);
    }
    for code in [json!(3002), json!("3002")] {
        let (_, account, _) =
            changes(Answer::new(406, json!({ "message": "You hit the maximum", "code": code }))).await;
        assert_eq!(account, CreateAccountError::PortalFull);
    }
    for (code, expected) in
        [("PORTAL_ALREADY_EXIST", CreatePortalError::DomainTaken), ("INVALID_DOMAIN", CreatePortalError::DomainInvalid)]
    {
        let (portal, _, _) = changes(Answer::new(400, json!({ "error_code": code }))).await;
        assert_eq!(portal, expected);
    }
}

#[tokio::test]
async fn what_is_created_is_asked_for_in_full() {
    let script = Script::new([Answer::new(400, "")]);
    let (client, token) = (scripted(&script), secret("a-token"));
    drop(client.create_portal(&token, &new_portal("acme", "tenant-1"), now()).await);
    drop(client.create_user_account(&token, &person("bob@example.com")).await);
    drop(client.enroll(&token, &"1012".into(), &"198772".into()).await);
    let requests = script.requests();
    let body = |index: usize| serde_json::from_slice::<Value>(requests[index].body()).expect("JSON");
    assert_eq!(
        body(0),
        json!({
            "country": "AU", "name": "Wattle Grove Books", "domain": "acme.mygo1.com", "industry": "Retail Trade",
            "timezone": "Australia/Sydney", "external_customer_id": "tenant-1",
            "user_account": {
                "email": "olivia.hartley@example.com", "username": "olivia.hartley@example.com",
                "given_name": "Olivia", "family_name": "Hartley",
            },
            "settings": { "notifications": true, "enable_subscribed_content_library": false },
        })
    );
    assert_eq!(
        body(1),
        json!({
            "given_name": "Bob", "family_name": "Ray", "username": "bob@example.com", "email": "bob@example.com",
            "roles": [go1::LEARNER_ROLE],
        })
    );
    assert_eq!(
        body(2),
        json!({
            "user_account_id": "1012", "lo_id": "198772", "enrollment_type": "assigned", "status": "not-started",
        })
    );
    assert_eq!(requests[2].uri(), "http://api.test/enrollments");
    for request in &requests {
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.headers()["api-version"], "2025-01-01");
    }
}

#[tokio::test]
async fn ids_are_read_as_text_or_number() {
    for id in [json!(77), json!("77")] {
        let script = Script::new([Answer::new(201, json!({ "id": id, "more": [1] }))]);
        let account = scripted(&script).create_user_account(&secret("t"), &person("bob@example.com")).await;
        assert_eq!(account, Ok(UserAccountId::new("77")));
        let exists = json!({ "ref": id, "error_code": "enrollment_exists", "message": "include re_enroll=true" });
        let script = Script::new([Answer::new(409, exists)]);
        let enrolled = scripted(&script).enroll(&secret("t"), &"a".into(), &"1".into()).await;
        assert_eq!(enrolled, Ok(Enrolled { id: Some("77".into()), already: true }));
    }
    let script = Script::new([Answer::new(409, json!({ "error_code": "enrollment_exists" }))]);
    let enrolled = scripted(&script).enroll(&secret("t"), &"a".into(), &"1".into()).await;
    assert_eq!(enrolled, Ok(Enrolled { id: None, already: true }));

    let token = json!({ "access_token": "a", "refresh_token": "r", "expires_in": "60" });
    let portal = json!({ "id": 5, "domain": null, "user_account": { "id": 6, "oauth_token": token } });
    let script = Script::new([Answer::new(201, portal)]);
    let portal =
        scripted(&script).create_portal(&secret("t"), &new_portal("acme", "t"), now()).await.expect("a portal");
    assert_eq!((portal.id.as_str(), portal.administrator.as_str()), ("5", "6"));
    assert_eq!(
        (portal.domain.as_str(), portal.tokens.expires_at),
        ("acme.mygo1.com", now() + SignedDuration::from_secs(60))
    );
}

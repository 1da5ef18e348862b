//! "Log in with GO1": the way there and back against the stand-in, and every answer that each of its calls can meet.

use std::collections::HashMap;
use std::sync::Arc;

use domain::portal::PortalDomain;
use go1::{ADMINISTRATOR_ROLE, ExchangeError, Go1Client, Go1Error, LoginClient, LoginSettings, PortalRole};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use stand_ins::World;
use transport::{Answer, RetryAfter, Script, TransportError};
use url::Url;

use crate::support::{email, now, portal, scripted, secret, world};

const REDIRECT: &str = "http://app.localhost:8400/oauth/go1/callback";

fn login(client: Go1Client, base: &str) -> LoginClient {
    let url = |text: &str| Url::parse(text).expect("an address");
    let settings = LoginSettings {
        login_url: url("http://login.test/"),
        v2_api_url: url(base).join("/v2").expect("a path"),
        redirect_uri: url(REDIRECT),
    };
    LoginClient::new(Arc::new(client), settings)
}

fn over(script: &Script) -> LoginClient {
    login(scripted(script), "http://v2.test")
}

/// A code for the stand-in's account, as the browser brings it back.
async fn code(world: &World, account: &str) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("state", "s")
        .append_pair("account", account)
        .finish();
    let request = http::Request::post("http://go1.test/oauth/authorize").body(body.into()).expect("a request");
    let transport = transport::RouterTransport::new(stand_ins::go1::router(world.clone()));
    let answer = transport::Transport::send(&transport, request).await.expect("an answer");
    let location = answer.headers()["location"].to_str().expect("an address").to_owned();
    let query: HashMap<_, _> = Url::parse(&location).expect("an address").query_pairs().into_owned().collect();
    query["code"].clone()
}

#[test]
fn the_way_to_go1_names_us_our_address_and_what_is_asked_for() {
    let url = over(&Script::new([])).authorize_url("a+b&c");
    assert_eq!((url.host_str(), url.path()), (Some("login.test"), "/oauth/authorize"));
    let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "local-go1-client"),
        ("redirect_uri", REDIRECT),
        ("scope", "user.read user.write enrollment.read enrollment.write lo.read portal.read"),
        ("state", "a+b&c"),
    ] {
        assert_eq!(query[name], value);
    }
    assert_eq!(query.len(), 5);
}

#[tokio::test]
async fn an_administrator_is_known_by_what_go1_says() {
    let (world, client) = world(|_| {});
    let made = portal(&client).await;
    let login = login(client, "http://go1.test");
    let text = code(&world, made.administrator.as_str()).await;
    let tokens = login.exchange_code(&text, now()).await.expect("tokens");
    assert_eq!(tokens.expires_at, now() + SignedDuration::from_hours(12));
    let entrant = login.portal_login(&tokens.access_token).await.expect("somebody");
    assert_eq!(entrant.role, PortalRole::Administrator { account: made.administrator });
    assert_eq!((entrant.portal.id, entrant.portal.domain), (made.id, Some(made.domain)));
    assert_eq!(entrant.me.email, email("olivia.hartley@example.com"));
    assert_eq!((entrant.me.given_name.as_str(), entrant.me.family_name.as_str()), ("Olivia", "Hartley"));
    assert_eq!(login.exchange_code(&text, now()).await.map(drop), Err(ExchangeError::CodeRejected));
}

#[tokio::test]
async fn a_learner_and_somebody_who_is_switched_off_are_no_administrators() {
    let (world, client) = world(|_| {});
    let made = portal(&client).await;
    let bob = world.go1().add_learner(made.id.as_str(), "bob@example.com", "Bob", "Ray");
    let login = login(client, "http://go1.test");
    let role = async |account: &str| {
        let tokens = login.exchange_code(&code(&world, account).await, now()).await.expect("tokens");
        login.portal_login(&tokens.access_token).await.expect("somebody").role
    };
    assert_eq!(role(&bob).await, PortalRole::NoAdministrator);
    world.go1().set_role(&bob, stand_ins::go1::MANAGER);
    assert_eq!(role(&bob).await, PortalRole::NoAdministrator);
    world.go1().set_role(&bob, ADMINISTRATOR_ROLE);
    assert_eq!(role(&bob).await, PortalRole::Administrator { account: bob.as_str().into() });
    world.go1().set_active(&bob, false);
    assert_eq!(role(&bob).await, PortalRole::Inactive);
}

#[tokio::test]
async fn only_a_whole_address_below_go1_s_own_domain_is_the_portal_s() {
    let whole = PortalDomain::parse("acme").ok();
    for (title, domain) in [
        ("acme.mygo1.com", whole.clone()),
        (" Acme.MyGO1.com", whole),
        ("Acme", None),
        ("acme", None),
        ("learning.acme.com", None),
        ("", None),
        (".mygo1.com", None),
    ] {
        let script = Script::new([Answer::new(200, json!({ "id": 7, "title": title }).to_string())]);
        let portal = over(&script).portal(&secret("a-token")).await.expect("a portal");
        assert_eq!(portal.domain, domain, "{title}");
    }
}

#[tokio::test]
async fn the_partner_is_told_the_address_of_a_portal_that_it_may_see() {
    let (_world, client) = world(|_| {});
    let made = portal(&client).await;
    let token = client.partner_token(now()).await.expect("a token").access_token;
    assert_eq!(client.domain_of(&token, &made.id).await, Ok(Some(made.domain)));
    assert_eq!(client.domain_of(&token, &"0".into()).await, Ok(None));
}

async fn read(name: &str, login: &LoginClient) -> Result<(), Go1Error> {
    match name {
        "me" => login.me(&secret("a-token")).await.map(drop),
        "account" => login.portal(&secret("a-token")).await.map(drop),
        _ => unreachable!("{name}"),
    }
}

#[tokio::test(start_paused = true)]
async fn who_and_where_are_asked_of_the_second_api_and_each_refusal_has_its_own_kind() {
    for name in ["me", "account"] {
        let fail = async |answer| {
            let script = Script::new([answer]);
            let failure = read(name, &over(&script)).await.expect_err(name);
            (failure, script.requests())
        };
        let (_, requests) = fail(Answer::new(400, "")).await;
        assert_eq!(requests[0].uri(), format!("http://v2.test/v2/{name}").as_str());
        assert_eq!(requests[0].headers()["authorization"], "Bearer a-token");
        assert!(!requests[0].headers().contains_key("api-version"));

        let (failure, requests) = fail(Answer::new(502, "<h1>bad gateway</h1>")).await;
        assert!(matches!(failure, Go1Error::Unavailable { status: StatusCode::BAD_GATEWAY, .. }), "{failure:?}");
        assert_eq!(requests.len(), 3, "a read is tried again");
        let (failure, _) = fail(Answer::Hang).await;
        assert!(matches!(failure, Go1Error::Transport { error: TransportError::Timeout, .. }), "{failure:?}");
        for answer in [Answer::new(401, ""), Answer::new(403, json!({ "message": "Missing or invalid JWT." }))] {
            assert!(matches!(fail(answer).await.0, Go1Error::Unauthorized { .. }), "{name}");
        }
        assert!(matches!(fail(Answer::new(403, "")).await.0, Go1Error::Refused { .. }), "{name}");
        assert!(matches!(fail(Answer::new(404, "")).await.0, Go1Error::NotFound { .. }), "{name}");
        let wait = Some(RetryAfter::In(SignedDuration::from_secs(60)));
        let (failure, _) = fail(Answer::new(429, "").header("retry-after", 60)).await;
        assert!(matches!(failure, Go1Error::RateLimited { retry_after, .. } if retry_after == wait), "{failure:?}");
        for body in ["<html>bob@example.com", "null", "[]", "{\"email\": \"bob\", \"id\": \"\"}", "{}"] {
            let (failure, _) = fail(Answer::new(200, body)).await;
            assert!(matches!(failure, Go1Error::Unreadable { .. }), "{name} {body}: {failure:?}");
            assert!(!format!("{failure} {failure:?}").contains("bob"), "{failure:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_is_sent_once_with_all_that_belongs_to_it() {
    let exchange = async |answer| {
        let script = Script::new([answer]);
        let failure = over(&script).exchange_code("the-code", now()).await.expect_err("no tokens");
        let requests = script.requests();
        assert_eq!(requests.len(), 1, "sent once");
        let body: HashMap<_, _> = url::form_urlencoded::parse(requests[0].body()).into_owned().collect();
        assert_eq!((requests[0].method(), requests[0].uri().path()), (&Method::POST, "/oauth/token"));
        assert_eq!(body["grant_type"], "authorization_code");
        assert_eq!((body["code"].as_str(), body["redirect_uri"].as_str()), ("the-code", REDIRECT));
        assert!(!format!("{failure:?} {failure}").contains("the-code"));
        failure
    };
    let answer = Answer::new(400, json!({ "error": "invalid_grant" }));
    assert_eq!(exchange(answer).await, ExchangeError::CodeRejected);
    for answer in [Answer::new(500, ""), Answer::new(503, "").header("retry-after", 5)] {
        assert!(matches!(exchange(answer).await, ExchangeError::Upstream(Go1Error::Unavailable { .. })));
    }
    let limited = exchange(Answer::new(429, "")).await;
    assert!(matches!(limited, ExchangeError::Upstream(Go1Error::RateLimited { .. })), "{limited:?}");
    for answer in [Answer::Cut, Answer::Hang] {
        assert!(matches!(exchange(answer).await, ExchangeError::Upstream(Go1Error::Transport { .. })));
    }
    for body in ["<html>".to_owned(), json!({ "access_token": "a-secret" }).to_string(), "{}".to_owned()] {
        let failure = exchange(Answer::new(200, body)).await;
        assert!(matches!(failure, ExchangeError::Upstream(Go1Error::Unreadable { .. })), "{failure:?}");
        assert!(!format!("{failure:?}").contains("a-secret"));
    }
}

/// GO1's answers to the three reads of a login, one after the other.
async fn entrant(portal: Value, accounts: Answer) -> Result<go1::PortalLogin, Go1Error> {
    let me = json!({ "id": 7, "email": "Bob@Example.com ", "first_name": "Bob", "last_name": null });
    let script = Script::new([Answer::new(200, me), Answer::new(200, portal), accounts]);
    over(&script).portal_login(&secret("t")).await
}

fn account(account: &Value) -> Answer {
    Answer::new(200, json!({ "total": 1, "hits": [account] }))
}

#[tokio::test]
async fn ids_are_read_as_text_or_number_and_what_go1_leaves_out_is_left_open() {
    let role = json!([{ "guid": ADMINISTRATOR_ROLE }]);
    for (portal_id, account_id) in [(json!(5), json!(6)), (json!("5"), json!("6"))] {
        let found = json!({ "id": account_id, "roles": role, "user": { "email": "bob@example.com" } });
        let entrant =
            entrant(json!({ "id": portal_id, "title": "acme.mygo1.com" }), account(&found)).await.expect("somebody");
        assert_eq!(entrant.portal.id.as_str(), "5");
        assert_eq!(entrant.portal.domain, PortalDomain::parse("acme").ok());
        assert_eq!(entrant.role, PortalRole::Administrator { account: "6".into() });
        assert_eq!((entrant.me.given_name.as_str(), entrant.me.family_name.as_str()), ("Bob", ""));
        let printed = format!("{entrant:?}").to_lowercase();
        assert!(!printed.contains("bob"), "{printed}");
    }
    for title in [json!(null), json!("learning.acme.example"), json!(["acme"])] {
        let found = json!({ "id": 6, "roles": role, "email": "bob@example.com" });
        let entrant = entrant(json!({ "id": 5, "title": title, "name": " " }), account(&found)).await;
        let portal = entrant.expect("somebody").portal;
        assert_eq!((portal.domain, portal.name), (None, None));
    }
}

#[tokio::test]
async fn whoever_cannot_be_seen_to_administer_the_portal_does_not() {
    let role = json!([{ "guid": ADMINISTRATOR_ROLE }]);
    for accounts in [
        // May not look, sees nobody, sees somebody else, has no roles, has another.
        Answer::new(403, json!({ "message": "No." })),
        Answer::new(404, ""),
        Answer::new(200, json!({ "total": 0, "hits": [] })),
        account(&json!({ "id": 6, "roles": role, "user": { "email": "alice@example.com" } })),
        account(&json!({ "id": 6, "user": { "email": "bob@example.com" } })),
        account(&json!({ "id": 6, "roles": [{ "guid": go1::LEARNER_ROLE }], "user": { "email": "bob@example.com" } })),
        account(&json!({ "id": 6, "roles": [{ "role": "Administrator" }], "user": { "email": "bob@example.com" } })),
    ] {
        let entrant = entrant(json!({ "id": 5 }), accounts).await.expect("somebody");
        assert_eq!(entrant.role, PortalRole::NoAdministrator);
    }
    for status in [json!("inactive"), json!(false), json!(0), json!("BLOCKED")] {
        let found = json!({ "id": 6, "roles": role, "status": status, "user": { "email": "bob@example.com" } });
        let entrant = entrant(json!({ "id": 5 }), account(&found)).await.expect("somebody");
        assert_eq!(entrant.role, PortalRole::Inactive);
    }
    // Not known is not no.
    for accounts in [Answer::new(401, ""), Answer::new(429, "").header("retry-after", 60), Answer::new(200, "<html>")] {
        assert!(entrant(json!({ "id": 5 }), accounts).await.is_err());
    }
}

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

const SCOPES: [&str; 6] = ["user.read", "user.write", "enrollment.read", "enrollment.write", "lo.read", "portal.read"];

fn login(client: Go1Client, base: &str) -> LoginClient {
    login_with(client, base, false)
}

fn login_with(client: Go1Client, base: &str, v2_account: bool) -> LoginClient {
    let url = |text: &str| Url::parse(text).expect("an address");
    let settings = LoginSettings {
        login_url: url("http://login.test/"),
        v2_api_url: url(base).join("/v2").expect("a path"),
        redirect_uri: url(REDIRECT),
        scopes: SCOPES.map(str::to_owned).into(),
        v2_account,
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
        .append_pair("scope", &SCOPES.join(" "))
        .append_pair("account", account)
        .finish();
    let request = http::Request::post("http://go1.test/oauth/authorize").body(body.into()).expect("a request");
    let transport = transport::RouterTransport::new(stand_ins::go1::router(world.clone()));
    let answer = transport::Transport::send(&transport, request).await.expect("an answer");
    let location = answer.headers()["location"].to_str().expect("an address").to_owned();
    let query: HashMap<_, _> = Url::parse(&location).expect("an address").query_pairs().into_owned().collect();
    query["code"].clone()
}

#[tokio::test]
async fn the_way_to_go1_names_us_our_address_and_what_is_asked_for() {
    let url = over(&Script::new([])).authorize_url("a+b&c", Some("the-challenge")).await.expect("our credentials");
    assert_eq!((url.host_str(), url.path()), (Some("login.test"), "/oauth/authorize"));
    let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "local-go1-client"),
        ("redirect_uri", REDIRECT),
        ("scope", "user.read user.write enrollment.read enrollment.write lo.read portal.read"),
        ("state", "a+b&c"),
        ("code_challenge", "the-challenge"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(query[name], value);
    }
    assert_eq!(query.len(), 7);
    let without = over(&Script::new([])).authorize_url("a+b&c", None).await.expect("our credentials");
    assert_eq!(without.query_pairs().count(), 5, "{without}");
}

#[tokio::test]
async fn an_administrator_is_known_by_what_go1_says() {
    let (world, client) = world(|_| {});
    let made = portal(&client).await;
    let login = login(client, "http://go1.test");
    let text = code(&world, made.administrator.as_str()).await;
    let tokens = login.exchange_code(&text, None, now()).await.expect("tokens");
    assert_eq!(tokens.expires_at, now() + SignedDuration::from_hours(12));
    let entrant = login.portal_login(&tokens.access_token).await.expect("somebody");
    assert_eq!(entrant.role, PortalRole::Administrator { account: made.administrator });
    assert_eq!((entrant.portal.id, entrant.portal.domain), (made.id, Some(made.domain)));
    assert_eq!(entrant.me.email, email("olivia.hartley@example.com"));
    assert_eq!((entrant.me.given_name.as_str(), entrant.me.family_name.as_str()), ("Olivia", "Hartley"));
    assert_eq!(login.exchange_code(&text, None, now()).await.map(drop), Err(ExchangeError::CodeRejected));
}

#[tokio::test]
async fn a_learner_and_somebody_who_is_switched_off_are_no_administrators() {
    let (world, client) = world(|_| {});
    let made = portal(&client).await;
    let bob = world.go1().add_learner(made.id.as_str(), "bob@example.com", "Bob", "Ray");
    let login = login(client, "http://go1.test");
    let role = async |account: &str| {
        let tokens = login.exchange_code(&code(&world, account).await, None, now()).await.expect("tokens");
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
    for (address, domain) in [
        ("acme.mygo1.com", whole.clone()),
        (" Acme.MyGO1.com", whole),
        ("Acme", None),
        ("acme", None),
        ("learning.acme.com", None),
        ("", None),
        (".mygo1.com", None),
    ] {
        let found = json!({ "id": 6, "portal_id": "7", "user": { "email": "bob@example.com" } });
        let entrant = entrant(account(&found), Answer::new(200, json!({ "id": 7, "domain": address }))).await;
        assert_eq!(entrant.expect("somebody").portal.domain, domain, "{address}");
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

#[tokio::test]
async fn who_it_is_is_read_by_the_rules_for_names_and_for_addresses_that_are_in_use() {
    // An address that nobody would be given today is in use there.
    let body = json!({ "email": "Bob\u{200B}@Old_Host.example.com ", "first_name": " Zoe\u{308}\n", "last_name": "O\u{202E}Hara" });
    let me = over(&Script::new([Answer::new(200, body)])).me(&secret("a-token")).await.expect("somebody");
    assert_eq!(me.email.as_str(), "bob@old_host.example.com");
    assert_eq!((me.given_name.as_str(), me.family_name.as_str()), ("Zo\u{EB}", "OHara"));
    for odd in [json!({}), json!({ "email": null }), json!({ "email": {} }), json!({ "email": "nobody" })] {
        let failure = over(&Script::new([Answer::new(200, odd)])).me(&secret("a-token")).await.expect_err("nobody");
        assert!(matches!(failure, Go1Error::Unreadable { .. }), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_it_is_is_asked_of_the_second_api_and_each_refusal_has_its_own_kind() {
    for name in ["me"] {
        let fail = async |answer| {
            let script = Script::new([answer]);
            let failure = over(&script).me(&secret("a-token")).await.expect_err(name);
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
        let failure = over(&script).exchange_code("the-code", None, now()).await.expect_err("no tokens");
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

/// What `/me` answers here.
fn me() -> Answer {
    Answer::new(200, json!({ "id": 7, "email": "Bob@Example.com ", "first_name": "Bob", "last_name": null }))
}

/// GO1's answers to the three reads of a login, one after the other.
async fn entrant(accounts: Answer, portal: Answer) -> Result<go1::PortalLogin, Go1Error> {
    let script = Script::new([me(), accounts, portal]);
    over(&script).portal_login(&secret("t")).await
}

fn account(account: &Value) -> Answer {
    Answer::new(200, json!({ "total": 1, "hits": [account] }))
}

/// The portals that a token shows: the one that it is for.
fn only_portal() -> Answer {
    Answer::new(200, json!({ "total": 1, "hits": [{ "id": 5, "domain": "acme.mygo1.com", "name": "Acme" }] }))
}

#[tokio::test]
async fn ids_are_read_as_text_or_number_and_what_go1_leaves_out_is_left_open() {
    let role = json!([{ "guid": ADMINISTRATOR_ROLE }]);
    for (portal_id, account_id) in [(json!(5), json!(6)), (json!("5"), json!("6"))] {
        let user = json!({ "email": "bob@example.com" });
        let found = json!({ "id": account_id, "portal_id": portal_id, "roles": role, "status": true, "user": user });
        let portal = Answer::new(200, json!({ "id": portal_id, "domain": "acme.mygo1.com" }));
        let entrant = entrant(account(&found), portal).await.expect("somebody");
        assert_eq!(entrant.portal.id.as_str(), "5");
        assert_eq!(entrant.portal.domain, PortalDomain::parse("acme").ok());
        assert_eq!(entrant.role, PortalRole::Administrator { account: "6".into() });
        assert_eq!((entrant.me.given_name.as_str(), entrant.me.family_name.as_str()), ("Bob", ""));
        let printed = format!("{entrant:?}").to_lowercase();
        assert!(!printed.contains("bob"), "{printed}");
    }
    for portal in [
        Answer::new(200, json!({ "id": 5, "domain": null, "name": " " })),
        Answer::new(200, json!({ "id": 5, "domain": "learning.acme.example" })),
        // GO1 does not show the portal; which one it is, the account says.
        Answer::new(403, json!({ "error_code": "PORTAL_ACCESS_UNAUTHORIZED" })),
        Answer::new(404, ""),
    ] {
        let found = json!({ "id": 6, "portal_id": 5, "roles": role, "email": "bob@example.com" });
        let portal = entrant(account(&found), portal).await.expect("somebody").portal;
        assert_eq!((portal.id.as_str(), portal.domain, portal.name), ("5", None, None));
    }
}

#[tokio::test]
async fn where_the_account_does_not_say_the_only_portal_that_is_listed_is_the_token_s() {
    let role = json!([{ "guid": ADMINISTRATOR_ROLE }]);
    let found = || account(&json!({ "id": 6, "roles": role, "email": "bob@example.com" }));
    let script = Script::new([me(), found(), only_portal()]);
    let portal = over(&script).portal_login(&secret("t")).await.expect("somebody").portal;
    assert_eq!((portal.id.as_str(), portal.name.as_deref()), ("5", Some("Acme")));
    assert_eq!(script.requests()[2].uri(), "http://api.test/portals?limit=2&offset=0");
    for listed in [json!([]), json!([{ "id": 5 }, { "id": 6 }])] {
        let portals = || Answer::new(200, json!({ "hits": listed }));
        let failure = entrant(found(), portals()).await.expect_err("either could be meant");
        assert!(matches!(failure, Go1Error::Unreadable { .. }), "{failure:?}");
        // The second API is asked where that is switched on.
        let answer = Answer::new(200, json!({ "id": 5, "title": "acme.mygo1.com" }));
        let script = Script::new([me(), found(), portals(), answer]);
        let login = login_with(scripted(&script), "http://v2.test", true);
        let portal = login.portal_login(&secret("t")).await.expect("somebody").portal;
        assert_eq!((portal.id.as_str(), portal.domain), ("5", PortalDomain::parse("acme").ok()));
        assert_eq!(script.requests()[3].uri(), "http://v2.test/v2/account");
    }
}

/// As what somebody comes in whose email GO1 writes as `told`, in a portal with these accounts: email and role.
async fn role_of(told: &str, accounts: &[(&str, &str)]) -> PortalRole {
    let rows = accounts.iter().zip(1..).map(|((address, role), id)| {
        let roles = json!([{ "guid": role }]);
        json!({ "id": id, "roles": roles, "status": "active", "user": { "email": address } })
    });
    let rows: Vec<Value> = rows.collect();
    let me = Answer::new(200, json!({ "id": 7, "email": told, "first_name": "Bob", "last_name": "Ray" }));
    let listed = Answer::new(200, json!({ "total": rows.len(), "hits": rows }));
    let script = Script::new([me, listed, only_portal()]);
    over(&script).portal_login(&secret("t")).await.expect("somebody").role
}

#[tokio::test]
async fn nobody_comes_in_by_an_email_that_is_only_normalised_to_an_administrator_s() {
    let (administrator, learner) = (ADMINISTRATOR_ROLE, go1::LEARNER_ROLE);
    for (odd, plain) in [
        ("bob\u{AD}@example.com", "bob@example.com"),
        ("\u{200B}bob@example.com", "bob@example.com"),
        ("bob@example.com\u{A0}", "bob@example.com"),
        ("\u{FF42}ob@example.com", "bob@example.com"),
        ("boo\u{212A}@example.com", "book@example.com"),
        ("bob@example\u{3002}com", "bob@example.com"),
        ("bob@b\u{FC}cher.example", "bob@xn--bcher-kva.example"),
    ] {
        assert_eq!(email(odd), email(plain), "to us they are one");
        for (told, other) in [(odd, plain), (plain, odd)] {
            let alone = role_of(told, &[(other, administrator)]).await;
            assert_eq!(alone, PortalRole::NoAdministrator, "{told:?} as {other:?}");
            let beside = role_of(told, &[(other, administrator), (told, learner)]).await;
            assert_eq!(beside, PortalRole::NoAdministrator, "{told:?} beside {other:?}");
            let own = role_of(told, &[(other, learner), (told, administrator)]).await;
            assert_eq!(own, PortalRole::Administrator { account: "2".into() }, "{told:?} by their own account");
        }
    }
    for told in ["BOB@Example.com", " bob@example.com "] {
        let plain = role_of(told, &[("bob@EXAMPLE.com", administrator)]).await;
        assert_eq!(plain, PortalRole::Administrator { account: "1".into() }, "{told:?}");
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
        let entrant = entrant(accounts, only_portal()).await.expect("somebody");
        assert_eq!(entrant.role, PortalRole::NoAdministrator);
    }
    for status in [json!(null), json!(""), json!(" "), json!("on leave"), json!(7), json!({})] {
        let found = json!({ "id": 6, "roles": role, "status": status, "user": { "email": "bob@example.com" } });
        let entrant = entrant(account(&found), only_portal()).await.expect("somebody");
        assert_eq!(entrant.role, PortalRole::Unclear, "{status}");
    }
    for status in [json!("inactive"), json!(false), json!(0), json!("BLOCKED")] {
        let found = json!({ "id": 6, "roles": role, "status": status, "user": { "email": "bob@example.com" } });
        let entrant = entrant(account(&found), only_portal()).await.expect("somebody");
        assert_eq!(entrant.role, PortalRole::Inactive);
    }
    // Not known is not no.
    let missing = json!({ "message": "Missing scopes" });
    for accounts in [
        Answer::new(401, ""),
        Answer::new(401, missing),
        Answer::new(429, "").header("retry-after", 60),
        Answer::new(200, "<html>"),
    ] {
        assert!(entrant(accounts, only_portal()).await.is_err());
    }
}

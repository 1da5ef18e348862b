use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::{
    Answer, Fixture, HARBOUR, OLIVIA, REDIRECT, SCOPES, basic, encoded, get, good_basic, post_form, xero,
};

const ISSUER: &str = "http://xero.localhost:8401";

fn code(fixture: &Fixture, nonce: Option<&str>, challenge: Option<&str>) -> String {
    let xero = fixture.world.xero();
    xero.authorization_code(OLIVIA, &[HARBOUR], SCOPES, REDIRECT, nonce, challenge).expect("a code")
}

async fn exchange(fixture: &Fixture, code: &str, more: &str) -> Answer {
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={}{more}", encoded(REDIRECT));
    post_form(&fixture.xero, "/connect/token", Some(good_basic()), &form).await
}

async fn refresh(fixture: &Fixture, token: &str) -> Answer {
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    post_form(&fixture.xero, "/connect/token", Some(good_basic()), &form).await
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_default().to_owned()
}

fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert_eq!(answer.json()["error"], error);
}

/// The claims of a token, after its signature was checked with the published keys.
async fn claims(fixture: &Fixture, token: &str, audience: &str) -> Value {
    let keys = get(&fixture.xero, "/.well-known/openid-configuration/jwks", &[]).await;
    let keys: JwkSet = serde_json::from_value(keys.json()).expect("a key set");
    let id = jsonwebtoken::decode_header(token).expect("a header").kid.expect("a key id");
    let key = DecodingKey::from_jwk(keys.find(&id).expect("the key is published")).expect("a good key");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[ISSUER]);
    rules.validate_exp = false; // The time of the world is not that of this machine.
    jsonwebtoken::decode::<Value>(token, &key, &rules).expect("a good token").claims
}

#[tokio::test]
async fn the_tokens_carry_the_claims_that_xero_documents() {
    let fixture = Fixture::new();
    let answer = exchange(&fixture, &code(&fixture, Some("once"), None), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        (answer.json()["expires_in"].as_i64(), answer.json()["token_type"].as_str()),
        (Some(1800), Some("Bearer"))
    );
    let id = claims(&fixture, &text(&answer, "id_token"), "local-xero-client").await;
    for name in [
        "nbf",
        "exp",
        "iss",
        "aud",
        "iat",
        "at_hash",
        "sid",
        "sub",
        "auth_time",
        "idp",
        "xero_userid",
        "global_session_id",
        "preferred_username",
        "email",
        "given_name",
        "family_name",
        "name",
        "amr",
    ] {
        assert!(!id[name].is_null(), "{name}");
    }
    assert_eq!((id["nonce"].as_str(), id["email"].as_str()), (Some("once"), Some(OLIVIA)));
    assert!(id["authentication_event_id"].is_null());
    assert_ne!(id["sub"], id["xero_userid"]);

    let access_token = text(&answer, "access_token");
    let access = claims(&fixture, &access_token, &format!("{ISSUER}/resources")).await;
    for name in [
        "nbf",
        "exp",
        "iss",
        "aud",
        "client_id",
        "sub",
        "auth_time",
        "xero_userid",
        "global_session_id",
        "sid",
        "jti",
        "scope",
        "amr",
        "authentication_event_id",
    ] {
        assert!(!access[name].is_null(), "{name}");
    }
    let connections = fixture.world.xero().connections();
    assert_eq!(access["authentication_event_id"], connections[0].auth_event_id.as_str());
    let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token.as_bytes())[..16]);
    assert_eq!(id["at_hash"], hash.as_str());
}

#[tokio::test]
async fn only_the_basic_header_authenticates() {
    let fixture = Fixture::new();
    let form = |more: &str| format!("grant_type=refresh_token&refresh_token=x{more}");
    let in_the_body = form("&client_id=local-xero-client&client_secret=local-xero-secret");
    for (authorization, form, error) in [
        (None, in_the_body.clone(), "invalid_client"),
        (Some(good_basic()), in_the_body, "invalid_client"),
        (Some(basic("local-xero-client", "wrong")), form(""), "invalid_client"),
        (Some(basic("", "")), form(""), "unauthorized_client"),
        (Some("Basic !".to_owned()), form(""), "invalid_client"),
        (Some(good_basic()), form(""), "invalid_grant"),
        (Some(good_basic()), form("&refresh_token=y"), "invalid_request"),
        (Some(good_basic()), "grant_type=client_credentials".to_owned(), "unsupported_grant_type"),
        (Some(good_basic()), String::new(), "invalid_request"),
    ] {
        assert_refused(&post_form(&fixture.xero, "/connect/token", authorization, &form).await, error);
    }
}

#[tokio::test]
async fn a_code_works_once_for_five_minutes_and_for_its_own_address() {
    let fixture = Fixture::new();
    let good = code(&fixture, None, None);
    assert_eq!(exchange(&fixture, &good, "").await.status, StatusCode::OK);
    assert_refused(&exchange(&fixture, &good, "").await, "invalid_grant");
    let late = code(&fixture, None, None);
    fixture.clock.advance(SignedDuration::from_mins(5));
    assert_refused(&exchange(&fixture, &late, "").await, "invalid_grant");
    let form = format!(
        "grant_type=authorization_code&code={}&redirect_uri={}%2F",
        code(&fixture, None, None),
        encoded(REDIRECT)
    );
    assert_refused(&post_form(&fixture.xero, "/connect/token", Some(good_basic()), &form).await, "invalid_grant");
}

#[tokio::test]
async fn a_challenge_wants_its_verifier() {
    let fixture = Fixture::new();
    let verifier = "v".repeat(43);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    for (challenge, more, good) in [
        (Some(challenge.as_str()), format!("&code_verifier={verifier}"), true),
        (Some(challenge.as_str()), String::new(), false),
        (Some(challenge.as_str()), format!("&code_verifier={}", "w".repeat(43)), false),
        (None, format!("&code_verifier={verifier}"), false),
    ] {
        let answer = exchange(&fixture, &code(&fixture, None, challenge), &more).await;
        assert_eq!(answer.status == StatusCode::OK, good, "{challenge:?} {more}");
    }
}

#[tokio::test]
async fn each_refresh_rotates_the_token_and_the_one_before_has_half_an_hour() {
    let fixture = Fixture::new();
    let first = text(&exchange(&fixture, &code(&fixture, None, None), "").await, "refresh_token");
    let second = text(&refresh(&fixture, &first).await, "refresh_token");
    assert_ne!(first, second);
    assert_eq!(fixture.world.xero().live_refresh_tokens(), 1);

    // Where the answer was lost, the first token can be exchanged again and again, also once a successor was used; what
    // came of it before is void then.
    fixture.clock.advance(SignedDuration::from_mins(10));
    let third = text(&refresh(&fixture, &first).await, "refresh_token");
    assert_refused(&refresh(&fixture, &second).await, "invalid_grant");
    let fourth = text(&refresh(&fixture, &third).await, "refresh_token");
    fixture.clock.advance(SignedDuration::from_mins(19));
    let fifth = text(&refresh(&fixture, &first).await, "refresh_token");
    assert_refused(&refresh(&fixture, &fourth).await, "invalid_grant");
    assert_eq!(fixture.world.xero().live_refresh_tokens(), 1);

    // Half an hour from its first exchange it is over, and its last successor is not.
    fixture.clock.advance(SignedDuration::from_mins(2));
    assert_refused(&refresh(&fixture, &first).await, "invalid_grant");
    text(&refresh(&fixture, &fifth).await, "refresh_token");
}

#[tokio::test]
async fn refresh_tokens_live_sixty_days_and_need_offline_access() {
    let fixture = Fixture::new();
    let tokens = fixture.world.xero().sign_in(OLIVIA, &[HARBOUR], SCOPES).expect("tokens");
    fixture.clock.advance(SignedDuration::from_hours(60 * 24));
    assert_eq!(fixture.world.xero().live_refresh_tokens(), 0);
    assert_refused(&refresh(&fixture, &tokens.refresh_token.expect("a refresh token")).await, "invalid_grant");
    let fixture = Fixture::new();
    let tokens = fixture.world.xero().sign_in(OLIVIA, &[HARBOUR], "accounting.settings.read").expect("tokens");
    assert!(tokens.refresh_token.is_none() && tokens.id_token.is_none());
}

#[tokio::test]
async fn a_revocation_ends_the_grant_and_every_connection_of_the_user() {
    let fixture = Fixture::new();
    let fake_xero = fixture.world.xero();
    let tokens = fake_xero.sign_in(OLIVIA, &[HARBOUR, "Wattle Grove Books"], SCOPES).expect("tokens");
    fake_xero.sign_in("mei.tanaka@example.com", &["Wattle Grove Books"], SCOPES).expect("tokens");
    let token = tokens.refresh_token.expect("a refresh token");
    let unhinted = format!("token={token}");
    let answer = post_form(&fixture.xero, "/connect/revocation", Some(good_basic()), &unhinted).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "as Xero answers: {}", answer.text);
    let form = format!("{unhinted}&token_type_hint=refresh_token");
    assert_refused(&post_form(&fixture.xero, "/connect/revocation", None, &form).await, "invalid_client");
    for _ in 0..2 {
        let answer = post_form(&fixture.xero, "/connect/revocation", Some(good_basic()), &form).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
    }
    assert_refused(&refresh(&fixture, &token).await, "invalid_grant");
    assert_eq!((fake_xero.connections().len(), fake_xero.live_refresh_tokens()), (1, 1));
    let harbour = fake_xero.organisation(HARBOUR).expect("Harbour & Hearth").tenant_id;
    let answer = get(&fixture.xero, "/api.xro/2.0/Organisation", &xero(&tokens.access_token, &harbour)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn signing_keys_can_be_rotated() {
    let fixture = Fixture::new();
    let before = exchange(&fixture, &code(&fixture, None, None), "").await;
    fixture.world.xero().rotate_signing_key();
    let after = exchange(&fixture, &code(&fixture, None, None), "").await;
    for answer in [before, after] {
        claims(&fixture, &text(&answer, "id_token"), "local-xero-client").await;
    }
    let keys = get(&fixture.xero, "/.well-known/openid-configuration/jwks", &[]).await;
    assert_eq!(keys.json()["keys"].as_array().map(Vec::len), Some(2));
    let discovery = get(&fixture.xero, "/.well-known/openid-configuration", &[]).await;
    assert_eq!(discovery.json()["issuer"], ISSUER);
}

#[tokio::test]
async fn a_token_never_gains_scopes_and_a_later_consent_adds_to_the_earlier() {
    let narrow = "openid profile email offline_access accounting.settings.read";
    let fixture = Fixture::new();
    let fake_xero = fixture.world.xero();
    let tenant = fake_xero.organisation(HARBOUR).expect("Harbour & Hearth").tenant_id;
    let employees = async |token: &str| {
        get(&fixture.xero, "/payroll.xro/1.0/Employees", &xero(token, &tenant)).await.status.as_u16()
    };
    let first = fake_xero.sign_in(OLIVIA, &[HARBOUR], narrow).expect("tokens");
    let second = fake_xero.sign_in(OLIVIA, &[HARBOUR], SCOPES).expect("tokens");
    assert_eq!((employees(&first.access_token).await, employees(&second.access_token).await), (401, 200));
    let renewed = refresh(&fixture, &first.refresh_token.expect("a refresh token")).await;
    assert_eq!(text(&renewed, "scope").split(' ').count(), narrow.split(' ').count(), "{}", renewed.text);
    assert_eq!(employees(&text(&renewed, "access_token")).await, 401);

    let third = fake_xero.sign_in(OLIVIA, &[HARBOUR], "openid offline_access").expect("tokens");
    assert_eq!(employees(&third.access_token).await, 200, "scopes add up");
    let token = third.refresh_token.expect("a refresh token");
    post_form(
        &fixture.xero,
        "/connect/revocation",
        Some(good_basic()),
        &format!("token={token}&token_type_hint=refresh_token"),
    )
    .await;
    let fourth = fake_xero.sign_in(OLIVIA, &[HARBOUR], narrow).expect("tokens");
    assert_eq!(employees(&fourth.access_token).await, 401, "a revocation takes them away");
}

#[tokio::test]
async fn a_key_is_no_longer_published_after_two_rotations() {
    let fixture = Fixture::new();
    let id_token = text(&exchange(&fixture, &code(&fixture, None, None), "").await, "id_token");
    let id = jsonwebtoken::decode_header(&id_token).expect("a header").kid.expect("a key id");
    for published in [true, true, false] {
        let keys = get(&fixture.xero, "/.well-known/openid-configuration/jwks", &[]).await;
        assert_eq!(keys.text.contains(&id), published);
        fixture.world.xero().rotate_signing_key();
    }
}

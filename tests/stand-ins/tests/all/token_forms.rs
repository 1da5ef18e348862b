//! Forms that the real token endpoints would refuse are refused here, and use nothing up.

use std::collections::BTreeMap;

use axum::Router;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{
    Answer, Fixture, HARBOUR, OLIVIA, REDIRECT, SCOPES, basic, call, encoded, good_basic, post_form, send,
};

type Fields = Vec<(&'static str, String)>;

/// A right form, and where it goes.
struct Good<'fixture> {
    router: &'fixture Router,
    path: &'static str,
    authorization: Option<String>,
    fields: Fields,
}

fn written(fields: &[(&str, String)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

impl Good<'_> {
    async fn send(&self, form: &str) -> Answer {
        post_form(self.router, self.path, self.authorization.clone(), form).await
    }

    async fn is_refused(&self, form: &str, error: &str) {
        let answer = self.send(form).await;
        let expected = if error == "invalid_client" && self.authorization.is_none() { 401 } else { 400 };
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (expected, Some(error)), "{form}");
    }

    /// The form with one field put in place of another of its name.
    fn with(&self, name: &'static str, value: &str) -> String {
        let mut fields = self.fields.clone();
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value.to_owned()));
        written(&fields)
    }

    /// Sends every form that is wrong in one thing, and then the right one.
    async fn tried(&self, missing: impl Fn(&str) -> &'static str) {
        self.tried_with(&[], missing).await;
    }

    /// The same, where these fields may be left out.
    async fn tried_with(&self, optional: &[&str], missing: impl Fn(&str) -> &'static str) {
        for (name, _) in self.fields.iter().filter(|(name, _)| !optional.contains(name)) {
            let without: Fields = self.fields.iter().filter(|(known, _)| known != name).cloned().collect();
            self.is_refused(&written(&without), missing(name)).await;
            // A field without a value is a missing one.
            self.is_refused(&self.with(name, ""), missing(name)).await;
            let misspelt = written(&without) + &format!("&{name}s=x");
            self.is_refused(&misspelt, missing(name)).await;
        }
        let good = written(&self.fields);
        for (name, value) in &self.fields {
            self.is_refused(&format!("{good}&{name}={}", encoded(value)), "invalid_request").await;
            if *name != "grant_type" {
                self.is_refused(&self.with(name, "caf\u{e9}\n"), "invalid_request").await;
            }
        }
        self.is_refused(&format!("{good}&portal=1"), "invalid_request").await;
        let json = serde_json::to_string(&self.fields.iter().cloned().collect::<BTreeMap<_, _>>());
        for (content_type, body) in [
            (Some("application/json"), json.expect("JSON")),
            (Some("text/plain"), good.clone()),
            (Some("application/x-www-form-urlencoded-too"), good.clone()),
            (None, good.clone()),
        ] {
            let headers = content_type.map(|value| ("content-type", value.to_owned()));
            let authorization = self.authorization.clone().map(|value| ("authorization", value));
            let headers: Vec<_> = headers.into_iter().chain(authorization).collect();
            let answer = send(self.router, Method::POST, self.path, &headers, body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{content_type:?}");
            assert_eq!(answer.json()["error"], "invalid_request", "{content_type:?}");
        }
        let answer = self.send(&good).await;
        assert_eq!(answer.status, StatusCode::OK, "what was refused used nothing up: {}", answer.text);
    }
}

fn missing_at_xero(_: &str) -> &'static str {
    "invalid_request"
}

fn missing_at_go1(name: &str) -> &'static str {
    if name == "client_secret" { "invalid_client" } else { "invalid_request" }
}

fn at_xero<'fixture>(fixture: &'fixture Fixture, path: &'static str, fields: Fields) -> Good<'fixture> {
    Good { router: &fixture.xero, path, authorization: Some(good_basic()), fields }
}

fn at_go1(fixture: &Fixture, fields: Fields) -> Good<'_> {
    let client = [("client_id", "local-go1-client".to_owned()), ("client_secret", "local-go1-secret".to_owned())];
    let fields = fields.into_iter().chain(client).collect();
    Good { router: &fixture.go1, path: "/oauth/token", authorization: None, fields }
}

fn field(name: &'static str, value: &str) -> (&'static str, String) {
    (name, value.to_owned())
}

#[tokio::test]
async fn xero_takes_only_right_forms_for_a_code_a_refresh_and_a_revocation() {
    let fixture = Fixture::new();
    let xero = fixture.world.xero();
    let code = xero.authorization_code(OLIVIA, &[HARBOUR], SCOPES, REDIRECT, None, None).expect("a code");
    let code = [field("grant_type", "authorization_code"), field("code", &code), field("redirect_uri", REDIRECT)];
    let exchange = at_xero(&fixture, "/connect/token", code.to_vec());
    for address in ["/oauth/xero/callback", "http://app.localhost:8400/oauth/xero/callback#part"] {
        exchange.is_refused(&exchange.with("redirect_uri", address), "invalid_request").await;
    }
    for verifier in ["v".repeat(42), "v".repeat(129), format!("{}+", "v".repeat(43))] {
        exchange.is_refused(&exchange.with("code_verifier", &verifier), "invalid_request").await;
    }
    exchange.is_refused(&exchange.with("grant_type", "client_credentials"), "unsupported_grant_type").await;
    exchange.is_refused(&exchange.with("client_secret", "local-xero-secret"), "invalid_client").await;
    exchange.tried(missing_at_xero).await;

    let tokens = xero.sign_in(OLIVIA, &[HARBOUR], SCOPES).expect("tokens");
    let token = tokens.refresh_token.expect("a refresh token");
    let fields = vec![field("grant_type", "refresh_token"), field("refresh_token", &token)];
    at_xero(&fixture, "/connect/token", fields).tried(missing_at_xero).await;

    let fields = vec![field("token", &token), field("token_type_hint", "refresh_token")];
    let revocation = at_xero(&fixture, "/connect/revocation", fields);
    revocation.is_refused(&revocation.with("token_type_hint", "id_token"), "invalid_request").await;
    revocation.tried_with(&["token_type_hint"], missing_at_xero).await;
}

#[tokio::test]
async fn go1_takes_only_right_forms_of_each_grant() {
    let fixture = Fixture::new();
    let partner = at_go1(&fixture, vec![field("grant_type", "client_credentials")]);
    partner.is_refused(&partner.with("grant_type", "password"), "unsupported_grant_type").await;
    partner.is_refused(&partner.with("client_secret", "wrong"), "invalid_client").await;
    let twice = Good { authorization: Some(good_basic()), fields: partner.fields.clone(), ..at_go1(&fixture, vec![]) };
    twice.is_refused(&written(&twice.fields), "invalid_request").await;
    partner.tried(missing_at_go1).await;

    let (_, account, _, token) = fixture.portal("shop", "AU").await;
    let fields = vec![field("grant_type", "refresh_token"), field("refresh_token", &token)];
    at_go1(&fixture, fields).tried(missing_at_go1).await;

    let redirect = "http://app.localhost:8400/oauth/go1/callback";
    let choice = format!("redirect_uri={}&state=s&scope=user.read&account={account}", encoded(redirect));
    let back = post_form(&fixture.go1, "/oauth/authorize", None, &choice).await;
    let code = back.parameter("code").expect("a code");
    let code = [field("grant_type", "authorization_code"), field("code", &code), field("redirect_uri", redirect)];
    let exchange = at_go1(&fixture, code.to_vec());
    exchange.is_refused(&exchange.with("redirect_uri", "/oauth/go1/callback"), "invalid_request").await;
    exchange.tried(missing_at_go1).await;
}

#[tokio::test]
async fn a_client_may_show_the_secrets_that_it_was_given_last_and_no_other() {
    let fixture = Fixture::new();
    let order = json!({ "secrets": ["newer", "newest"] });
    for router in [&fixture.xero, &fixture.go1] {
        let ordered = call(router, Method::POST, "/_control/client-secrets", &[], &order).await;
        assert_eq!(ordered.status, StatusCode::OK);
    }
    for (shown, known) in [("newer", true), ("newest", true), ("local-go1-secret", false)] {
        let partner = at_go1(&fixture, vec![field("grant_type", "client_credentials")]);
        assert_eq!(
            partner.send(&partner.with("client_secret", shown)).await.status == StatusCode::OK,
            known,
            "{shown}"
        );
    }
    for (shown, known) in [("newer", true), ("newest", true), ("local-xero-secret", false)] {
        let xero = fixture.world.xero();
        let code = xero.authorization_code(OLIVIA, &[HARBOUR], SCOPES, REDIRECT, None, None).expect("a code");
        let code = [field("grant_type", "authorization_code"), field("code", &code), field("redirect_uri", REDIRECT)];
        let exchange = at_xero(&fixture, "/connect/token", code.to_vec());
        let exchange = Good { authorization: Some(basic("local-xero-client", shown)), ..exchange };
        assert_eq!(exchange.send(&written(&exchange.fields)).await.status == StatusCode::OK, known, "{shown}");
    }
}

//! Answers about one thing: tokens, whoever logged in, a portal, an account, an enrollment, a login link.

use std::sync::Arc;

use go1::{LoginClient, LoginSettings};
use serde_json::{Value, json};
use transport::odd::{Bodies, try_for_a_while};
use url::Url;

use super::{answered, runtime};
use crate::support::{client, new_portal, now, secret};

/// Whether a field of this name stands in a body, as it must where something is read from it. Its text is searched,
/// because a reader skips what it has no use for, also where that is no JSON that anybody else reads.
fn has(body: &[u8], name: &str) -> bool {
    String::from_utf8_lossy(body).contains(&format!("\"{name}\""))
}

/// A login client whose answers are these, the last one for ever.
fn login(bodies: impl IntoIterator<Item = Vec<u8>>) -> LoginClient {
    let url = |text: &str| Url::parse(text).expect("an address");
    let settings = LoginSettings {
        login_url: url("http://login.test/"),
        v2_api_url: url("http://v2.test/v2"),
        redirect_uri: url("http://app.test/oauth/go1/callback"),
        scopes: Vec::new(),
        v2_account: true,
    };
    LoginClient::new(Arc::new(client(Arc::new(Bodies::new(bodies)))), settings)
}

#[test]
fn odd_tokens() {
    let sample = json!({ "access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 43_200,
        "scope": "user.read" });
    let runtime = runtime();
    try_for_a_while("tokens of GO1", &sample, |body| {
        let told = String::from_utf8_lossy(body).into_owned();
        runtime.block_on(async {
            let refreshed = answered(body).refresh(&secret("r"), now()).await.is_ok();
            let exchanged = login([body.to_vec()]).exchange_code("c", None, now()).await.is_ok();
            let partner = answered(body).partner_token(now()).await.is_ok();
            assert_eq!(refreshed, exchanged, "{told}");
            assert!(!partner || has(body, "access_token"), "{told}");
            assert!(!refreshed || has(body, "access_token") && has(body, "refresh_token"), "{told}");
        });
    });
}

#[test]
fn odd_logins() {
    let me = json!({ "id": 7, "email": "ann@example.com", "first_name": "Ann", "last_name": "Lee", "title": "acme.mygo1.com",
        "name": "Acme", "total": 1, "hits": [{ "id": "1", "domain": "acme.mygo1.com", "name": "Acme" }] });
    let accounts = json!({ "total": 1, "hits": [{ "id": 1, "status": "active", "roles": [],
        "user": { "email": "ann@example.com", "given_name": "Ann", "family_name": "Lee" } }] });
    let whole = |value: &Value| value.to_string().into_bytes();
    let runtime = runtime();
    try_for_a_while("logins", &me, |body| {
        runtime.block_on(async {
            let me_read = login([body.to_vec()]).me(&secret("t")).await;
            assert!(me_read.is_err() || has(body, "email"), "{}", String::from_utf8_lossy(body));
            // Odd at each step of a login in turn: who it is, which account, which portal.
            let before = [whole(&me), whole(&accounts)];
            for step in 0..=before.len() {
                let bodies = before[..step].iter().cloned().chain([body.to_vec()]);
                drop(login(bodies).portal_login(&secret("t")).await);
            }
        });
    });
}

#[test]
fn odd_portals_that_were_made() {
    let sample = json!({ "id": 7, "domain": "wattle-grove.mygo1.com", "name": "Wattle", "external_customer_id": "tenant-1",
        "user_account": { "id": 8, "oauth_token": { "access_token": "a", "refresh_token": "r", "expires_in": 43_200 } } });
    let runtime = runtime();
    try_for_a_while("portals that were made", &sample, |body| {
        runtime.block_on(async {
            let made = answered(body).create_portal(&secret("t"), &new_portal("wattle-grove", "tenant-1"), now()).await;
            assert!(made.is_err() || has(body, "user_account"), "{}", String::from_utf8_lossy(body));
            drop(answered(body).domain_of(&secret("t"), &"7".into()).await);
        });
    });
}

#[test]
fn odd_single_things() {
    let sample = json!({ "id": 7, "portal_id": "1", "status": "active", "roles": [{ "guid": "rol_1" }], "lo_id": "1001",
        "created_time": 1, "user_account_id": "7", "one_time_token": "t",
        "user": { "email": "ann@example.com", "given_name": "Ann", "family_name": "Lee" } });
    let runtime = runtime();
    try_for_a_while("accounts and enrollments by id, changes, login links", &sample, |body| {
        let client = answered(body);
        runtime.block_on(async {
            let (token, id) = (secret("t"), "7".into());
            drop(client.user_account(&token, &id).await);
            drop(client.enrollment(&token, &"7".into()).await);
            let link = client.one_time_login(&token, &id).await;
            assert!(link.is_err() || has(body, "one_time_token"), "{}", String::from_utf8_lossy(body));
            // That it was done is what the status says, whatever the body.
            assert!(client.deactivate_user_account(&token, &id).await.is_ok());
            assert!(client.reactivate_user_account(&token, &id).await.is_ok());
            assert_eq!(client.remove_enrollment(&token, &"7".into()).await, Ok(true));
            drop(client.begun_enrollments(&token, &["1001".into()]).await);
        });
    });
}

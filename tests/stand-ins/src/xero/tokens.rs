//! The token and revocation endpoints.
//!
//! Rotation, the grace period and the errors follow <https://developer.xero.com/documentation/guides/oauth2/auth-flow/>
//! and <https://developer.xero.com/faq/oauth2>.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::client::CLIENT_ID;
use super::keys;
use super::state::{ACCESS_LIFETIME, AccessToken, Code, GRACE_PERIOD, Grant, REFRESH_LIFETIME, RefreshToken, TokenSet};
use crate::grade::Grade;
use crate::settings::WorldSettings;
use crate::token_form::{Field, Form, Grants, Is, Refused};
use crate::world::{State as WorldState, World};

const FLOW: &str = "https://developer.xero.com/documentation/guides/oauth2/auth-flow/";

/// What each grant wants. The client is told by the header.
pub(crate) const GRANTS: Grants = &[
    (
        "authorization_code",
        &[
            Field::must("code", Is::Visible, Grade::Documented, FLOW),
            Field::must("redirect_uri", Is::Address, Grade::Documented, FLOW),
            Field::may("code_verifier", Is::Verifier, Grade::Standard, "RFC 7636, 4.1 and 4.5"),
        ],
    ),
    ("refresh_token", &[Field::must("refresh_token", Is::Visible, Grade::Documented, FLOW)]),
];

/// What a revocation wants.
pub(crate) const REVOCATION: &[Field] = &[
    Field::must("token", Is::Visible, Grade::Documented, FLOW),
    Field::may("token_type_hint", Is::OneOf(&["access_token", "refresh_token"]), Grade::Standard, "RFC 7009, 2.1"),
];

/// `POST /connect/token`
pub(crate) async fn token(State(world): State<World>, headers: HeaderMap, body: String) -> Response {
    match grant(&world, &headers, &body) {
        Ok(tokens) => ([(header::CACHE_CONTROL, "no-store")], Json(tokens)).into_response(),
        Err(refused) => answer(&refused),
    }
}

fn grant(world: &World, headers: &HeaderMap, body: &str) -> Result<TokenSet, Refused> {
    let form = authenticated_form(world, headers, body)?;
    let grant = form.check_grant(GRANTS)?;
    let (now, mut state) = (world.now(), world.state());
    match grant {
        "authorization_code" => exchange_code(&mut state, world.settings(), &form, now),
        _ => refresh(&mut state, world.settings(), &form, now),
    }
}

/// `POST /connect/revocation`: it ends everything that this user has granted, and removes all of their connections. Without a
/// hint of what the token is, it is looked for among kinds that Xero does not have, and the answer is an error of Xero's own
/// (dcblogdev/laravel-xero, issue 103; XeroAPI/xero-ruby, pull request 390).
pub(crate) async fn revocation(State(world): State<World>, headers: HeaderMap, body: String) -> Response {
    let form = match authenticated_form(&world, &headers, &body) {
        Ok(form) => form,
        Err(refused) => return answer(&refused),
    };
    if let Err(refused) = form.check(&[], REVOCATION) {
        return answer(&refused);
    }
    if form.get("token_type_hint").is_none() {
        let detail = "ReferenceTokenStore is not supported in Identity";
        let body = json!({ "title": "Internal Server Error", "status": 500, "detail": detail });
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response();
    }
    let mut state = world.state();
    // An unknown token is not an error (RFC 7009, 2.2).
    if let Some(known) = form.get("token").and_then(|token| state.xero.refresh_tokens.get(token)) {
        let user_id = known.grant.user_id.clone();
        for token in state.xero.refresh_tokens.values_mut() {
            token.dead |= token.grant.user_id == user_id;
        }
        state.xero.connections.retain(|connection| connection.user_id != user_id);
        state.xero.granted.remove(&user_id);
    }
    StatusCode::OK.into_response()
}

fn answer(refused: &Refused) -> Response {
    (StatusCode::BAD_REQUEST, Json(refused.body())).into_response()
}

/// The form of a client that has authenticated itself by the header `Authorization: Basic`. Xero accepts nothing else.
fn authenticated_form(world: &World, headers: &HeaderMap, body: &str) -> Result<Form, Refused> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let basic = authorization.strip_prefix("Basic ").ok_or("invalid_client")?;
    let decoded = STANDARD.decode(basic).map_err(|_| "invalid_client")?;
    let decoded = String::from_utf8(decoded).map_err(|_| "invalid_client")?;
    let (client_id, secret) = decoded.split_once(':').ok_or("invalid_client")?;
    if client_id.is_empty() {
        return Err("unauthorized_client".into());
    }
    let is_known = world.state().xero.client_secrets.iter().any(|known| known == secret);
    if client_id != CLIENT_ID || !is_known {
        return Err("invalid_client".into());
    }
    let form = Form::read(headers, body)?;
    if form.get("client_secret").is_some() {
        return Err("invalid_client".into());
    }
    Ok(form)
}

fn exchange_code(
    state: &mut WorldState,
    settings: &WorldSettings,
    form: &Form,
    now: Timestamp,
) -> Result<TokenSet, Refused> {
    let (code_text, redirect_uri) = (form.get("code").unwrap_or_default(), form.get("redirect_uri"));
    // A code is used up by any attempt, also by one that fails.
    let code = state.xero.codes.remove(code_text).ok_or("invalid_grant")?;
    state.xero.spent_codes.insert(code_text.to_owned());
    if code.expires <= now || redirect_uri != Some(&code.redirect_uri) {
        return Err("invalid_grant".into());
    }
    check_verifier(&code, form.get("code_verifier"))?;
    Ok(issue(state, settings, code.grant, code.nonce, now))
}

/// Checks the verifier of PKCE (RFC 7636, 4.6). Xero accepts the method S256 only.
fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), Refused> {
    match (&code.challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier))
            if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == *challenge =>
        {
            Ok(())
        }
        _ => Err("invalid_grant".into()),
    }
}

/// Exchanges a refresh token. For half an hour after its first exchange it can be exchanged again, as often as it is
/// needed (Xero's staff in its community). Whatever came of it before is void then, which Xero does not say.
fn refresh(state: &mut WorldState, settings: &WorldSettings, form: &Form, now: Timestamp) -> Result<TokenSet, Refused> {
    let text = form.get("refresh_token").unwrap_or_default();
    let token = state.xero.refresh_tokens.get(text).ok_or("invalid_grant")?.clone();
    if token.dead || token.expires <= now {
        return Err("invalid_grant".into());
    }
    if token.exchanged.as_ref().is_some_and(|(exchanged, _)| now.duration_since(*exchanged) > GRACE_PERIOD) {
        return Err("invalid_grant".into());
    }
    let mut next = token.exchanged.as_ref().map(|(_, successor)| successor.clone());
    while let Some(successor) = next.and_then(|text| state.xero.refresh_tokens.get_mut(&text)) {
        successor.dead = true;
        next = successor.exchanged.as_ref().map(|(_, successor)| successor.clone());
    }
    let tokens = issue(state, settings, token.grant.clone(), None, now);
    if let (Some(old), Some(new)) = (state.xero.refresh_tokens.get_mut(text), &tokens.refresh_token) {
        let first_exchange = old.exchanged.as_ref().map_or(now, |(exchanged, _)| *exchanged);
        old.exchanged = Some((first_exchange, new.clone()));
    }
    Ok(tokens)
}

/// Issues tokens for a grant.
pub(crate) fn issue(
    state: &mut WorldState,
    settings: &WorldSettings,
    grant: Grant,
    nonce: Option<String>,
    now: Timestamp,
) -> TokenSet {
    let key = keys::key(state.xero.key);
    let issued = now.as_second();
    let access_token = key.sign(&json!({
        "nbf": issued, "exp": issued + ACCESS_LIFETIME.as_secs(), "iat": issued,
        "iss": settings.xero_public_url,
        "aud": format!("{}/resources", settings.xero_public_url),
        "client_id": CLIENT_ID,
        "sub": subject(&grant.user_id),
        "auth_time": grant.authenticated.as_second(),
        "xero_userid": grant.user_id,
        "global_session_id": grant.session,
        "sid": grant.session,
        "jti": state.random.letters(32),
        "authentication_event_id": grant.authentication_event_id,
        "scope": grant.scopes,
        "amr": ["pwd", "mfa"],
    }));
    let id_token = grant.scopes.contains("openid").then(|| {
        let mut claims = json!({
            "nbf": issued, "exp": issued + 300, "iat": issued,
            "iss": settings.xero_public_url,
            "aud": CLIENT_ID,
            "at_hash": keys::left_half_of_hash(&access_token),
            "sub": subject(&grant.user_id),
            "auth_time": grant.authenticated.as_second(),
            "idp": "local",
            "xero_userid": grant.user_id,
            "global_session_id": grant.session,
            "sid": grant.session,
            "amr": ["pwd", "mfa"],
        });
        if let Some(user) = state.xero.user(&grant.user_id) {
            if grant.scopes.contains("email") {
                claims["email"] = json!(user.email);
            }
            if grant.scopes.contains("profile") {
                claims["preferred_username"] = json!(user.email);
                claims["given_name"] = json!(user.given_name);
                claims["family_name"] = json!(user.family_name);
                claims["name"] = json!(format!("{} {}", user.given_name, user.family_name));
            }
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        key.sign(&claims)
    });
    let refresh_token = grant.scopes.contains("offline_access").then(|| {
        let text = state.random.letters(43);
        let token =
            RefreshToken { grant: grant.clone(), expires: now + REFRESH_LIFETIME, exchanged: None, dead: false };
        state.xero.refresh_tokens.insert(text.clone(), token);
        text
    });
    let scope = grant.scopes.iter().cloned().collect::<Vec<_>>().join(" ");
    let expires = now + ACCESS_LIFETIME;
    state.xero.access_tokens.insert(access_token.clone(), AccessToken { grant, expires });
    state.xero.id_tokens.extend(id_token.clone());
    TokenSet {
        id_token,
        access_token,
        expires_in: ACCESS_LIFETIME.as_secs(),
        token_type: "Bearer",
        refresh_token,
        scope,
    }
}

/// The subject of a token. It differs from the `xero_userid`, so that code that mixes them up fails.
fn subject(user_id: &str) -> String {
    user_id.replace('-', "")
}

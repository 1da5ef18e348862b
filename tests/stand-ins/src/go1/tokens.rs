//! The token endpoint. A refresh token works once, without a grace period.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::client::{CLIENT_ID, CLIENT_SECRET};
use super::scopes::Scopes;
use super::state::{ACCESS_LIFETIME, AccessToken, Caller, Go1State, REFRESH_LIFETIME, RefreshToken};
use crate::settings::WorldSettings;
use crate::world::World;

type Refusal = (StatusCode, &'static str);

const INVALID_REQUEST: Refusal = (StatusCode::BAD_REQUEST, "invalid_request");
/// What version 8 of `league/oauth2-server` says of a refresh token that is unknown, used or over. Of such a code it says
/// `invalid_request` with 400.
const REFRESH_TOKEN_INVALID: Refusal = (StatusCode::UNAUTHORIZED, "invalid_request");

/// `POST /oauth/token`
pub(crate) async fn token(State(world): State<World>, headers: HeaderMap, body: String) -> Response {
    let now = world.now();
    let answer = form(&headers, &body).and_then(|form| grant(&mut world.state().go1, world.settings(), &form, now));
    match answer {
        Ok(tokens) => ([(header::CACHE_CONTROL, "no-store")], Json(tokens)).into_response(),
        Err((status, error)) => (status, Json(json!({ "error": error }))).into_response(),
    }
}

fn form(headers: &HeaderMap, body: &str) -> Result<HashMap<String, String>, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/json") {
        return serde_json::from_str(body).map_err(|_| INVALID_REQUEST);
    }
    if !content_type.starts_with("application/x-www-form-urlencoded") {
        return Err(INVALID_REQUEST);
    }
    let mut form = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(INVALID_REQUEST);
        }
    }
    Ok(form)
}

fn grant(
    state: &mut Go1State,
    settings: &WorldSettings,
    form: &HashMap<String, String>,
    now: Timestamp,
) -> Result<Value, Refusal> {
    let field = |name: &str| form.get(name).map(String::as_str);
    if field("client_id") != Some(CLIENT_ID) || field("client_secret") != Some(CLIENT_SECRET) {
        return Err((StatusCode::UNAUTHORIZED, "invalid_client"));
    }
    match field("grant_type") {
        Some("client_credentials") => Ok(issue(state, Caller::Partner, Scopes::of_partner(settings), now)),
        Some("authorization_code") => {
            let text = field("code").ok_or(INVALID_REQUEST)?;
            let redirect_uri = field("redirect_uri").ok_or(INVALID_REQUEST)?;
            let code = state.codes.remove(text).ok_or(INVALID_REQUEST)?;
            state.spent_codes.insert(text.to_owned());
            let verified = field("code_verifier").map(|text| URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes())));
            if code.expires <= now || code.redirect_uri != redirect_uri || code.challenge != verified {
                return Err(INVALID_REQUEST);
            }
            Ok(issue(state, code.caller, code.scopes, now))
        }
        Some("refresh_token") => {
            let text = field("refresh_token").ok_or(INVALID_REQUEST)?;
            let token = state.refresh_tokens.get_mut(text).ok_or(REFRESH_TOKEN_INVALID)?;
            if token.used || token.expires <= now {
                return Err(REFRESH_TOKEN_INVALID);
            }
            token.used = true;
            let (caller, scopes) = (token.caller.clone(), token.scopes.clone());
            Ok(issue(state, caller, scopes, now))
        }
        Some(_) => Err((StatusCode::BAD_REQUEST, "unsupported_grant_type")),
        None => Err(INVALID_REQUEST),
    }
}

/// Issues tokens for a caller. The partner gets no refresh token.
pub(crate) fn issue(state: &mut Go1State, caller: Caller, scopes: Scopes, now: Timestamp) -> Value {
    let subject = match &caller {
        Caller::Partner => CLIENT_ID.to_owned(),
        Caller::Portal { account_id, .. } => account_id.clone(),
    };
    let claims = json!({
        "iat": now.as_second(), "exp": (now + ACCESS_LIFETIME).as_second(),
        "sub": subject, "jti": state.letters(16),
    });
    let access_token = format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string()),
        state.letters(43)
    );
    let token = AccessToken { caller: caller.clone(), scopes: scopes.clone(), expires: now + ACCESS_LIFETIME };
    state.access_tokens.insert(access_token.clone(), token);
    let mut tokens = json!({
        "token_type": "Bearer", "expires_in": ACCESS_LIFETIME.as_secs(), "access_token": access_token,
    });
    if caller != Caller::Partner {
        let refresh_token = state.letters(64);
        let token = RefreshToken { caller, scopes, expires: now + REFRESH_LIFETIME, used: false };
        state.refresh_tokens.insert(refresh_token.clone(), token);
        tokens["refresh_token"] = json!(refresh_token);
    }
    tokens
}

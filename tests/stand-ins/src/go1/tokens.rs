//! The token endpoint. A refresh token works once, without a grace period.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::client::CLIENT_ID;
use super::scopes::Scopes;
use super::state::{ACCESS_LIFETIME, AccessToken, Caller, Go1State, REFRESH_LIFETIME, RefreshToken};
use crate::grade::Grade;
use crate::settings::WorldSettings;
use crate::token_form::{Field, Form, Grants, Is, Refused};
use crate::world::World;

const LEAGUE: &str = "validateClient of league/oauth2-server, which GO1's login server seems to be made of";
const CREDENTIALS: &str = "https://www.go1.com/developers/partners/concepts/client_credentials";
const REFRESH: &str = "https://www.go1.com/developers/partners/concepts/refresh_token";
const TOTARA: &str = "oauth.php of Totara's contentmarketplace_goone 2.0";

/// Who asks, in the body. Without an id the request is wrong, without its secret the client is.
const CLIENT: [Field; 2] = [
    Field::must("client_id", Is::Visible, Grade::SeenElsewhere, LEAGUE),
    Field::must("client_secret", Is::Visible, Grade::SeenElsewhere, LEAGUE).else_error("invalid_client"),
];

/// What each grant wants beside the client.
pub(crate) const GRANTS: Grants = &[
    (
        "client_credentials",
        &[
            Field { grade: Grade::Documented, source: CREDENTIALS, ..CLIENT[0] },
            Field { grade: Grade::Documented, source: CREDENTIALS, ..CLIENT[1] },
        ],
    ),
    (
        "authorization_code",
        &[
            CLIENT[0],
            CLIENT[1],
            Field::must("code", Is::Visible, Grade::SeenElsewhere, TOTARA),
            Field::must("redirect_uri", Is::Address, Grade::SeenElsewhere, TOTARA),
            Field::may("code_verifier", Is::Verifier, Grade::Standard, "RFC 7636, 4.1 and 4.5"),
        ],
    ),
    ("refresh_token", &[CLIENT[0], CLIENT[1], Field::must("refresh_token", Is::Visible, Grade::Documented, REFRESH)]),
];

/// What version 8 of `league/oauth2-server` says of a refresh token that is unknown, used or over: `invalid_request`
/// with 401. Of such a code it says `invalid_request` with 400.
enum Refusal {
    RefreshToken,
    Form(Refused),
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::Form(refused)
    }
}

impl From<&'static str> for Refusal {
    fn from(error: &'static str) -> Self {
        Self::Form(error.into())
    }
}

impl Refusal {
    fn answer(self) -> Response {
        let (status, refused) = match self {
            Self::RefreshToken => (StatusCode::UNAUTHORIZED, "invalid_request".into()),
            Self::Form(refused) if refused.error == "invalid_client" => (StatusCode::UNAUTHORIZED, refused),
            Self::Form(refused) => (StatusCode::BAD_REQUEST, refused),
        };
        (status, Json(refused.body())).into_response()
    }
}

/// `POST /oauth/token`
pub(crate) async fn token(State(world): State<World>, headers: HeaderMap, body: String) -> Response {
    let now = world.now();
    match grant(&mut world.state().go1, world.settings(), &headers, &body, now) {
        Ok(tokens) => ([(header::CACHE_CONTROL, "no-store")], Json(tokens)).into_response(),
        Err(refusal) => refusal.answer(),
    }
}

fn grant(
    state: &mut Go1State,
    settings: &WorldSettings,
    headers: &HeaderMap,
    body: &str,
    now: Timestamp,
) -> Result<Value, Refusal> {
    if headers.contains_key(header::AUTHORIZATION) {
        // A client authenticates itself in one way (RFC 6749, 2.3), and GO1 documents the body.
        return Err("invalid_request".into());
    }
    let form = Form::read(headers, body)?;
    let grant = form.check_grant(GRANTS)?;
    let field = |name| form.get(name).unwrap_or_default();
    let is_known = state.client_secrets.iter().any(|known| known == field("client_secret"));
    if field("client_id") != CLIENT_ID || !is_known {
        return Err("invalid_client".into());
    }
    match grant {
        "client_credentials" => Ok(issue(state, Caller::Partner, Scopes::of_partner(settings), now)),
        "authorization_code" => {
            let code = state.codes.remove(field("code")).ok_or("invalid_request")?;
            state.spent_codes.insert(field("code").to_owned());
            let digest = |text: &str| URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
            let verified = form.get("code_verifier").map(digest);
            if code.expires <= now || code.redirect_uri != field("redirect_uri") || code.challenge != verified {
                return Err("invalid_request".into());
            }
            Ok(issue(state, code.caller, code.scopes, now))
        }
        _ => {
            let token = state.refresh_tokens.get_mut(field("refresh_token")).ok_or(Refusal::RefreshToken)?;
            if token.used || token.expires <= now {
                return Err(Refusal::RefreshToken);
            }
            token.used = true;
            let (caller, scopes) = (token.caller.clone(), token.scopes.clone());
            Ok(issue(state, caller, scopes, now))
        }
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

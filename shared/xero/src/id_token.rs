//! Who logged in: Xero's id_token, checked by the rules of OpenID Connect Core 1.0, section 3.1.3.7.

use std::fmt;
use std::sync::PoisonError;

use domain::ids::XeroUserId;
use domain::text::line;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;
use transport::Call;
use transport::answer::Rows;

use crate::client::{Read, XeroClient};
use crate::consent_error::{ConsentError, IdTokenRejection};
use crate::error::XeroError;

/// How far Xero's clock and ours may differ.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(300);

/// The user who logged in, from the claims of the id_token.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Xero's id of the user (`xero_userid`), which never changes.
    pub xero_user: XeroUserId,
    /// Their email now; empty where Xero says that it is not verified. Not to know them by: it can change.
    pub email: String,
    /// The first name (`given_name`).
    pub given_name: String,
    /// The last name (`family_name`).
    pub family_name: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Identity").field("xero_user", &self.xero_user).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    /// One audience, or a list.
    aud: Value,
    /// For whom the token was made, where it says so.
    azp: Option<String>,
    xero_userid: String,
    email: Option<String>,
    /// Whether Xero has verified the email, where it says so.
    email_verified: Option<Value>,
    given_name: Option<String>,
    family_name: Option<String>,
}

/// Keys are read one by one: one of a kind that we do not know must not hide the others.
#[derive(Deserialize)]
struct Keys {
    keys: Rows<Jwk>,
}

impl XeroClient {
    /// Checks an id_token and reads who it names.
    pub(crate) async fn verify_id_token(
        &self,
        token: &str,
        client_id: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Identity, ConsentError> {
        let rejected = ConsentError::IdTokenRejected;
        let header = jsonwebtoken::decode_header(token).map_err(|_| rejected(IdTokenRejection::Malformed))?;
        if header.alg != Algorithm::RS256 {
            return Err(rejected(IdTokenRejection::WrongAlgorithm));
        }
        let kid = header.kid.ok_or(rejected(IdTokenRejection::UnknownKey))?;
        let key =
            self.key(&kid).await.map_err(ConsentError::Upstream)?.ok_or(rejected(IdTokenRejection::UnknownKey))?;
        self.claims(token, &key, client_id).and_then(|claims| claims.check(client_id, nonce, now)).map_err(rejected)
    }

    /// Xero's public key with this id. Xero rotates its keys, so where this one is not known they are read once more.
    async fn key(&self, kid: &str) -> Result<Option<Jwk>, XeroError> {
        if let Some(key) = self.known_key(kid) {
            return Ok(Some(key));
        }
        let segments = [".well-known", "openid-configuration", "jwks"];
        let call = Call::new(Method::GET, &self.settings.identity_url, &segments);
        let (body, _) = self.read::<Keys>(Read { call: "keys", payroll: false }, call.build()).await?;
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = body.keys.read;
        Ok(self.known_key(kid))
    }

    fn known_key(&self, kid: &str) -> Option<Jwk> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .find(|key| {
                key.common.key_id.as_deref() == Some(kid) && matches!(key.algorithm, AlgorithmParameters::RSA(_))
            })
            .cloned()
    }

    fn claims(&self, token: &str, key: &Jwk, client_id: &str) -> Result<Claims, IdTokenRejection> {
        let key = DecodingKey::from_jwk(key).map_err(|_| IdTokenRejection::UnknownKey)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[client_id]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        // The times are checked below, by the time that we are given.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let token = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|error| rejection(&error))?;
        Ok(token.claims)
    }
}

impl Claims {
    fn check(self, client_id: &str, nonce: &str, now: Timestamp) -> Result<Identity, IdTokenRejection> {
        // A token that is good elsewhere as well could come from there.
        let is_ours_alone = match &self.aud {
            Value::String(audience) => audience == client_id,
            Value::Array(audiences) => audiences.iter().all(|audience| audience == client_id),
            _ => false,
        };
        if !is_ours_alone || self.azp.as_deref().is_some_and(|party| party != client_id) {
            return Err(IdTokenRejection::WrongAudience);
        }
        let now = now.as_second();
        let leeway = LEEWAY.as_secs();
        if now >= self.exp.saturating_add(leeway) {
            return Err(IdTokenRejection::Expired);
        }
        let begins = self.nbf.map_or(self.iat, |nbf| nbf.max(self.iat));
        if begins > now.saturating_add(leeway) {
            return Err(IdTokenRejection::NotYetValid);
        }
        if self.nonce.as_deref() != Some(nonce) {
            return Err(IdTokenRejection::WrongNonce);
        }
        if self.xero_userid.is_empty() {
            return Err(IdTokenRejection::Malformed);
        }
        // Xero says nothing of it today, and verifies emails itself. What it says is not verified is nobody's.
        let is_verified = self.email_verified.is_none_or(|said| said == Value::Bool(true) || said == "true");
        Ok(Identity {
            xero_user: XeroUserId::new(self.xero_userid),
            email: self.email.filter(|_| is_verified).unwrap_or_default(),
            given_name: self.given_name.as_deref().map(line).unwrap_or_default(),
            family_name: self.family_name.as_deref().map(line).unwrap_or_default(),
        })
    }
}

fn rejection(error: &JwtError) -> IdTokenRejection {
    match error.kind() {
        ErrorKind::InvalidSignature => IdTokenRejection::BadSignature,
        ErrorKind::InvalidIssuer => IdTokenRejection::WrongIssuer,
        ErrorKind::InvalidAudience => IdTokenRejection::WrongAudience,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => IdTokenRejection::WrongAlgorithm,
        _ => IdTokenRejection::Malformed,
    }
}

//! The signing keys, the JWTs that they sign, and the documents that publish them.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::world::World;

/// An RSA key. All worlds of a process share the keys, because making one takes a while.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
    id: String,
}

static KEYS: Mutex<Vec<Arc<SigningKey>>> = Mutex::new(Vec::new());

/// The key with this number. It is made when it is needed for the first time.
pub(crate) fn key(number: usize) -> Arc<SigningKey> {
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    while keys.len() <= number {
        keys.push(Arc::new(SigningKey::generate()));
    }
    Arc::clone(&keys[number])
}

impl SigningKey {
    fn generate() -> Self {
        // On a machine that cannot make a key the fake Xero cannot run at all.
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key can be generated");
        let id = Sha256::digest(pair.public_key().as_ref());
        Self { id: id[..20].iter().fold(String::new(), |text, byte| format!("{text}{byte:02X}")), pair }
    }

    /// Makes a JWT with these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": self.id, "typ": "JWT" });
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("a 2048 bit key can sign");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn public(&self) -> Value {
        let (modulus, exponent) = modulus_and_exponent(self.pair.public_key().as_ref());
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
        })
    }
}

/// Reads the DER of a 2048 bit public key with an exponent of three bytes (RFC 8017, A.1.1). It is a sequence (4 bytes of
/// header) of the modulus (4 bytes of header, one leading zero, 256 bytes) and the exponent (2 bytes of header, 3 bytes).
fn modulus_and_exponent(der: &[u8]) -> (&[u8], &[u8]) {
    debug_assert_eq!(der.len(), 270, "a 2048 bit key with the exponent 65537");
    (&der[9..265], &der[267..])
}

/// The left half of a token's hash, which is OpenID Connect's `at_hash`.
pub(crate) fn left_half_of_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16])
}

/// `GET /.well-known/openid-configuration`
pub(crate) async fn discovery(State(world): State<World>) -> Json<Value> {
    let base = &world.settings().xero_public_url;
    Json(json!({
        "issuer": base,
        "jwks_uri": format!("{base}/.well-known/openid-configuration/jwks"),
        "authorization_endpoint": format!("{base}/identity/connect/authorize"),
        "token_endpoint": format!("{base}/connect/token"),
        "revocation_endpoint": format!("{base}/connect/revocation"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

/// `GET /.well-known/openid-configuration/jwks`
pub(crate) async fn jwks(State(world): State<World>) -> Json<Value> {
    let (oldest, newest) = {
        let state = world.state();
        (state.xero.oldest_key, state.xero.key)
    };
    let keys: Vec<Value> = (oldest..=newest).map(|number| key(number).public()).collect();
    Json(json!({ "keys": keys }))
}

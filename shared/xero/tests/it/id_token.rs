//! An id_token is believed only when everything about it is right.

use std::sync::LazyLock;

use crate::support::{now, scripted};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use transport::{Answer, Script};
use xero::{ConsentError, IdTokenRejection, Identity, XeroError};

pub(crate) static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));
static ANOTHER_KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));

fn encode(value: &Value) -> String {
    encoded(value.to_string().as_bytes())
}

pub(crate) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sign(key: &RsaKeyPair, header: &Value, claims: &Value) -> String {
    sign_payload(key, header, claims.to_string().as_bytes())
}

/// A token with whatever this payload is.
pub(crate) fn sign_payload(key: &RsaKeyPair, header: &Value, payload: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encoded(payload));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("signed");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn header() -> Value {
    json!({ "alg": "RS256", "kid": "one", "typ": "JWT" })
}

pub(crate) fn claims() -> Value {
    let now = now().as_second();
    json!({
        "iss": "http://issuer.test", "aud": stand_ins::xero::CLIENT_ID, "nonce": "n",
        "exp": now + 300, "iat": now, "nbf": now, "xero_userid": "user-1", "email": "bob@example.com",
        "given_name": "Bob", "family_name": "Ray",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// Xero's keys: one of a kind that nobody knows, one for another use, and ours.
pub(crate) fn keys() -> Answer {
    let der = KEY.public_key().as_ref();
    // DER of a 2048 bit key with the exponent 65537 (RFC 8017, A.1.1).
    let (modulus, exponent) = (URL_SAFE_NO_PAD.encode(&der[9..265]), URL_SAFE_NO_PAD.encode(&der[267..]));
    Answer::new(
        200,
        json!({ "keys": [
            { "kty": "new", "kid": "odd", "alg": "NEW1" },
            { "kty": "oct", "kid": "symmetric", "k": "c2VjcmV0" },
            { "kty": "RSA", "use": "sig", "kid": "one", "n": modulus, "e": exponent },
        ] }),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "a test's JSON literal needs no reference in front")]
pub(crate) fn token_set(id_token: Value) -> Value {
    json!({
        "access_token": "not.a.jwt", "refresh_token": "r", "token_type": "Bearer", "expires_in": 1800,
        "scope": "openid", "id_token": id_token,
    })
}

async fn exchange(id_token: Value, keys: impl IntoIterator<Item = Answer>) -> Result<Identity, ConsentError> {
    let script = Script::new([Answer::new(200, token_set(id_token))].into_iter().chain(keys));
    let consent = scripted(&script).exchange_code("c", None, "n", now()).await?;
    assert_eq!(consent.authentication_event, None);
    Ok(consent.identity)
}

async fn rejection(id_token: String) -> Option<IdTokenRejection> {
    match exchange(json!(id_token), [keys()]).await {
        Err(ConsentError::IdTokenRejected(rejection)) => Some(rejection),
        Err(error) => panic!("{error:?}"),
        Ok(_) => None,
    }
}

#[tokio::test]
async fn a_right_one_names_its_user() {
    let identity = exchange(json!(sign(&KEY, &header(), &claims())), [keys()]).await.expect("an identity");
    assert_eq!(identity.xero_user.as_str(), "user-1");
    assert_eq!((identity.given_name.as_str(), identity.family_name.as_str()), ("Bob", "Ray"));
    for right in [with("aud", json!([stand_ins::xero::CLIENT_ID])), with("azp", json!(stand_ins::xero::CLIENT_ID))] {
        assert_eq!(rejection(sign(&KEY, &header(), &right)).await, None);
    }
}

#[tokio::test]
async fn an_email_that_xero_says_is_not_verified_is_nobodys() {
    for (said, email) in [
        (Value::Null, "bob@example.com"),
        (json!(true), "bob@example.com"),
        (json!("true"), "bob@example.com"),
        (json!(false), ""),
        (json!("false"), ""),
        (json!(0), ""),
    ] {
        let claims = with("email_verified", said.clone());
        let identity = exchange(json!(sign(&KEY, &header(), &claims)), [keys()]).await.expect("an identity");
        assert_eq!(identity.email, email, "{said}");
    }
}

#[tokio::test]
async fn claims_that_are_wrong_are_named() {
    let now = now().as_second();
    for (claims, expected) in [
        (with("iss", json!("http://issuer.test/")), IdTokenRejection::WrongIssuer),
        (with("iss", Value::Null), IdTokenRejection::Malformed),
        (with("aud", json!("another")), IdTokenRejection::WrongAudience),
        (with("aud", json!(["another", stand_ins::xero::CLIENT_ID])), IdTokenRejection::WrongAudience),
        (with("azp", json!("another")), IdTokenRejection::WrongAudience),
        (with("aud", Value::Null), IdTokenRejection::Malformed),
        (with("exp", json!(now - 300)), IdTokenRejection::Expired),
        (with("exp", Value::Null), IdTokenRejection::Malformed),
        (with("iat", json!(now + 301)), IdTokenRejection::NotYetValid),
        (with("nbf", json!(now + 301)), IdTokenRejection::NotYetValid),
        (with("nonce", json!("another")), IdTokenRejection::WrongNonce),
        (with("nonce", Value::Null), IdTokenRejection::WrongNonce),
        (with("xero_userid", Value::Null), IdTokenRejection::Malformed),
        (with("xero_userid", json!("")), IdTokenRejection::Malformed),
    ] {
        assert_eq!(rejection(sign(&KEY, &header(), &claims)).await, Some(expected), "{claims}");
    }
    for claims in [
        with("exp", json!(now - 299)),
        with("iat", json!(now + 300)),
        with("nbf", json!(now + 300)),
        with("nbf", Value::Null),
    ] {
        assert_eq!(rejection(sign(&KEY, &header(), &claims)).await, None, "{claims}");
    }
}

#[tokio::test]
async fn signatures_that_are_wrong_are_named() {
    let algorithm = |name: &str, kid: &str| json!({ "alg": name, "kid": kid });
    let right = sign(&KEY, &header(), &claims());
    let (message, _) = right.rsplit_once('.').expect("three parts");
    let forged = sign(&KEY, &header(), &with("xero_userid", json!("user-2")));
    let swapped = format!(
        "{}.{}",
        forged.rsplit_once('.').expect("three parts").0,
        right.rsplit_once('.').expect("three parts").1
    );
    for (token, expected) in [
        (sign(&ANOTHER_KEY, &header(), &claims()), IdTokenRejection::BadSignature),
        (swapped, IdTokenRejection::BadSignature),
        (format!("{message}."), IdTokenRejection::BadSignature),
        (sign(&KEY, &algorithm("RS256", "two"), &claims()), IdTokenRejection::UnknownKey),
        (sign(&KEY, &algorithm("RS256", "symmetric"), &claims()), IdTokenRejection::UnknownKey),
        (sign(&KEY, &json!({ "alg": "RS256" }), &claims()), IdTokenRejection::UnknownKey),
        ("nonsense".to_owned(), IdTokenRejection::Malformed),
        (String::new(), IdTokenRejection::Malformed),
    ] {
        assert_eq!(rejection(token.clone()).await, Some(expected), "{token}");
    }
}

#[tokio::test]
async fn no_algorithm_but_rs256_is_believed() {
    let algorithm = |name: &str| json!({ "alg": name, "kid": "one" });
    for name in ["HS256", "HS512", "RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        let token = sign(&KEY, &algorithm(name), &claims());
        assert_eq!(rejection(token).await, Some(IdTokenRejection::WrongAlgorithm), "{name}");
    }
    // Unsigned, with and without a signature that stands there for show.
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let message = format!("{}.{}", encode(&algorithm(name)), encode(&claims()));
        for token in [format!("{message}."), message.clone(), format!("{message}.c2lnbmVk")] {
            assert_eq!(rejection(token).await, Some(IdTokenRejection::Malformed), "{name}");
        }
    }
}

/// The published key is no secret: whoever signs with it as one must not be believed.
#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let der = KEY.public_key().as_ref();
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(der));
    let modulus = URL_SAFE_NO_PAD.encode(&der[9..265]);
    for secret in [der, pem.as_bytes(), modulus.as_bytes(), &der[9..265], b"secret"] {
        for kid in ["one", "symmetric"] {
            for claimed in ["HS256", "RS256"] {
                let message = format!("{}.{}", encode(&json!({ "alg": claimed, "kid": kid })), encode(&claims()));
                let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
                let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
                let expected = match (claimed, kid) {
                    ("HS256", _) => IdTokenRejection::WrongAlgorithm,
                    (_, "symmetric") => IdTokenRejection::UnknownKey,
                    _ => IdTokenRejection::BadSignature,
                };
                assert_eq!(rejection(token).await, Some(expected), "{claimed} {kid}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_turns_up_after_a_turn_is_believed_and_one_that_does_not_is_asked_for_once() {
    let before = Answer::new(200, json!({ "keys": [{ "kty": "RSA", "kid": "zero", "n": "AQAB", "e": "AQAB" }] }));
    let turned = json!({ "alg": "RS256", "kid": "two" });
    for (header, expected) in [(header(), None), (turned, Some(IdTokenRejection::UnknownKey))] {
        let tokens = |header: &Value| Answer::new(200, token_set(json!(sign(&KEY, header, &claims()))));
        let old = json!({ "alg": "RS256", "kid": "zero" });
        let script = Script::new([tokens(&old), before.clone(), tokens(&header), keys()]);
        let client = scripted(&script);
        let first = client.exchange_code("c", None, "n", now()).await.err();
        assert_eq!(first, Some(ConsentError::IdTokenRejected(IdTokenRejection::BadSignature)));
        let second = client.exchange_code("c", None, "n", now()).await.err();
        assert_eq!(second, expected.map(ConsentError::IdTokenRejected));
        assert_eq!(script.requests().len(), 4, "the keys were asked for once each time");
    }
}

#[tokio::test]
async fn without_an_id_token_there_is_no_consent() {
    let result = exchange(Value::Null, [keys()]).await;
    assert_eq!(result, Err(ConsentError::IdTokenRejected(IdTokenRejection::Missing)));
}

#[tokio::test(start_paused = true)]
async fn keys_that_cannot_be_had_are_an_upstream_failure() {
    for answer in [Answer::new(500, ""), Answer::new(404, ""), Answer::new(200, "<html>"), Answer::Hang] {
        let result = exchange(json!(sign(&KEY, &header(), &claims())), [answer]).await;
        assert!(matches!(result, Err(ConsentError::Upstream(_))), "{result:?}");
    }
    let result = exchange(json!(sign(&KEY, &header(), &claims())), [Answer::Cut, keys()]).await;
    assert!(result.is_ok(), "a cut is tried again");
    let result = exchange(json!(sign(&KEY, &header(), &claims())), [Answer::new(200, json!({ "keys": [] }))]).await;
    assert_eq!(result, Err(ConsentError::IdTokenRejected(IdTokenRejection::UnknownKey)));
}

/// What a consent grants when the access token and the answer say this.
async fn granted(claims: Option<Value>, scope: Value) -> (Option<Vec<String>>, bool) {
    let mut tokens = token_set(json!(sign(&KEY, &header(), &self::claims())));
    tokens["scope"] = scope;
    if let Some(claims) = claims {
        tokens["access_token"] = json!(format!("head.{}.signature", encode(&claims)));
    }
    let consent = scripted(&Script::new([Answer::new(200, tokens), keys()])).exchange_code("c", None, "n", now()).await;
    let consent = consent.expect("a consent");
    let may = consent.may_read_payroll(true);
    (consent.scopes, may)
}

#[tokio::test]
async fn what_was_granted_is_told_by_the_token_or_else_by_the_answer() {
    let list = |scopes: &[&str]| Some(scopes.iter().map(|&scope| scope.to_owned()).collect::<Vec<_>>());
    let (payroll, whole) = ("payroll.employees.read", "payroll.employees");
    for (claims, answer, scopes, may) in [
        (Some(json!({ "scope": ["openid", payroll] })), json!("openid"), list(&["openid", payroll]), true),
        (Some(json!({ "scope": ["openid"] })), json!(format!("openid {payroll}")), list(&["openid"]), false),
        (Some(json!({ "scope": format!("openid  {payroll}") })), Value::Null, list(&["openid", payroll]), true),
        (Some(json!({ "scope": [whole] })), Value::Null, list(&[whole]), true),
        (
            Some(json!({ "scope": ["payroll.employees.reader"] })),
            Value::Null,
            list(&["payroll.employees.reader"]),
            false,
        ),
        (Some(json!({ "scope": [] })), Value::Null, list(&[]), false),
        (Some(json!({ "scope": 7 })), json!(payroll), list(&[payroll]), true),
        (Some(json!({})), json!("openid"), list(&["openid"]), false),
        (None, json!(format!("openid {payroll}")), list(&["openid", payroll]), true),
        // Nobody says: what was asked for was granted, and the first read tells.
        (None, Value::Null, None, true),
    ] {
        assert_eq!(granted(claims.clone(), answer.clone()).await, (scopes, may), "{claims:?} {answer}");
    }
}

#[test]
fn errors_are_small_enough_to_return_by_value() {
    assert!(size_of::<XeroError>() <= 128, "{}", size_of::<XeroError>());
}

//! Answers at a consent: tokens, what they say of themselves, and the keys that they are signed with.

use serde_json::{Value, json};
use transport::odd::{Bodies, try_for_a_while};
use transport::{Answer, Script};
use xero::ConsentError;

use super::{answered, runtime};
use crate::id_token::{KEY, claims, encoded, header, keys, sign_payload, token_set};
use crate::support::{client, now, scripted, secret};

/// Whether a field of this name stands in a body, as it must where something is read from it. Its text is searched,
/// because a reader skips what it has no use for, also where that is no JSON that anybody else reads.
fn has(body: &[u8], name: &str) -> bool {
    String::from_utf8_lossy(body).contains(&format!("\"{name}\""))
}

#[test]
fn odd_tokens() {
    let sample = json!({ "access_token": "not.a.jwt", "refresh_token": "r", "token_type": "Bearer", "expires_in": 1800,
        "scope": "openid", "id_token": "not.a.jwt", "error": "invalid_grant" });
    let runtime = runtime();
    try_for_a_while("tokens of Xero", &sample, |body| {
        let told = String::from_utf8_lossy(body).into_owned();
        runtime.block_on(async {
            let refreshed = answered([body.to_vec()]).refresh(&secret("r"), now()).await;
            assert!(refreshed.is_err() || has(body, "access_token"), "{told}");
            let exchanged = answered([body.to_vec()]).exchange_code("c", None, "n", now()).await;
            assert!(exchanged.is_err(), "nobody is let in by a token that is none: {told}");
            for status in [400, 401, 404, 500] {
                let refusing = || scripted(&Script::new([Answer::new(status, told.clone())]));
                assert!(refusing().refresh(&secret("r"), now()).await.is_err());
                assert!(refusing().exchange_code("c", None, "n", now()).await.is_err());
                drop(refusing().revoke(&secret("r")).await);
            }
        });
    });
}

#[test]
fn odd_claims() {
    let mut sample = claims();
    sample["authentication_event_id"] = json!("event");
    sample["scope"] = json!(["openid", "payroll.employees.read"]);
    let runtime = runtime();
    try_for_a_while("claims", &sample, |body| {
        let signed = sign_payload(&KEY, &header(), body);
        let mut tokens = token_set(json!(signed));
        tokens["access_token"] = json!(format!("h.{}.s", encoded(body)));
        let script = Script::new([Answer::new(200, tokens), keys()]);
        let consent = runtime.block_on(scripted(&script).exchange_code("c", None, "n", now()));
        let right = has(body, "xero_userid") && has(body, "nonce");
        let told = String::from_utf8_lossy(body);
        assert!(right || matches!(consent, Err(ConsentError::IdTokenRejected(_))), "{told}: {consent:?}");
    });
}

#[test]
fn odd_keys() {
    let Answer::Http(_, _, body) = keys() else { unreachable!("keys are an answer") };
    let sample: Value = serde_json::from_str(&body).expect("JSON");
    let tokens = token_set(json!(sign_payload(&KEY, &header(), claims().to_string().as_bytes()))).to_string();
    let runtime = runtime();
    try_for_a_while("keys", &sample, |body| {
        let transport = Bodies::new([tokens.clone().into_bytes(), body.to_vec()]);
        let client = client("http://issuer.test", std::sync::Arc::new(transport));
        let consent = runtime.block_on(client.exchange_code("c", None, "n", now()));
        // The key is there, as it was: then whatever stands beside it does not matter.
        let ours = sample["keys"].as_array().and_then(|keys| keys.last()).cloned();
        let document: Option<Value> = serde_json::from_slice(body).ok();
        let listed = document.and_then(|document| document.get("keys")?.as_array().cloned()).unwrap_or_default();
        if listed.iter().filter(|key| key["kid"] == "one").map(Some).eq([ours.as_ref()]) {
            assert!(consent.is_ok(), "{}: {consent:?}", String::from_utf8_lossy(body));
        }
    });
}

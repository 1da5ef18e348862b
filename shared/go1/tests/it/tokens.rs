//! Every answer of the token endpoint, and what it means: for a refresh token, for a code, and for our own token. GO1's
//! login server answers as `league/oauth2-server` does; Totara's client takes 401 for a refresh token that is over.

use std::sync::Arc;

use go1::{ExchangeError, Go1Client, LoginClient, LoginSettings, RefreshError};
use serde_json::json;
use transport::{Answer, Script};
use url::Url;

use crate::support::{now, scripted, secret};

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    /// The token or the code is over: somebody has to log in.
    Refused,
    /// GO1 refuses this product, and operations are told.
    OurFault,
    /// It may pass, and the token is as good as before.
    Later,
    /// GO1 may have renewed it.
    Unknown,
}

fn oauth(status: u16, error: &str) -> Answer {
    Answer::new(status, json!({ "error": error, "error_description": "words", "message": "words", "hint": "words" }))
}

/// Each answer, what it means for a refresh token, and what for a code.
fn answers() -> Vec<(Answer, Means, Means)> {
    use Means::{Later, OurFault, Refused, Unknown};
    vec![
        // Version 8 of the library: a refresh token that is used, over or another client's; a code.
        (oauth(401, "invalid_request"), Refused, Refused),
        (oauth(400, "invalid_request"), Later, Refused),
        // Version 9, and RFC 6749.
        (oauth(400, "invalid_grant"), Refused, Refused),
        (oauth(401, "invalid_grant"), Refused, Refused),
        (oauth(401, "access_denied"), Refused, Refused),
        // Ours, whatever the status.
        (oauth(401, "invalid_client"), OurFault, OurFault),
        (oauth(400, "invalid_client"), OurFault, OurFault),
        (oauth(400, "invalid_scope"), OurFault, OurFault),
        (oauth(401, "invalid_scope"), OurFault, OurFault),
        (oauth(400, "unauthorized_client"), OurFault, OurFault),
        (oauth(401, "unauthorized_client"), OurFault, OurFault),
        (oauth(403, "unauthorized_client"), OurFault, OurFault),
        // Neither says anything about what was sent.
        (oauth(400, "unsupported_grant_type"), Later, Later),
        (oauth(400, "temporarily_unavailable"), Later, Later),
        (oauth(403, "invalid_grant"), Later, Later),
        (oauth(429, "invalid_grant"), Later, Later),
        (oauth(500, "invalid_grant"), Later, Later),
        (oauth(503, "invalid_client"), Later, Later),
        // Something in front of GO1, or GO1 without a word about tokens.
        (Answer::new(401, ""), Later, Later),
        (Answer::new(400, ""), Later, Later),
        (Answer::new(404, ""), Later, Later),
        (Answer::new(409, ""), Later, Later),
        (Answer::new(401, "<html>invalid_grant</html>"), Later, Later),
        (Answer::new(400, "<html>invalid_grant</html>"), Later, Later),
        (Answer::new(403, "<html>Forbidden</html>"), Later, Later),
        (Answer::new(401, json!({ "message": "Missing scopes" })), Later, Later),
        (Answer::new(401, json!({ "message": "Unauthorized" })), Later, Later),
        (Answer::new(401, json!(["invalid_grant"])), Later, Later),
        (Answer::new(401, "{\"error\":\"invalid_gr"), Later, Later),
        (Answer::new(429, "").header("retry-after", 1), Later, Later),
        (Answer::new(500, ""), Later, Later),
        (Answer::new(502, "<html>Bad gateway</html>"), Later, Later),
        (Answer::new(503, "").header("retry-after", 5), Later, Later),
        (Answer::new(504, ""), Later, Later),
        // The answer is lost, or none.
        (Answer::Cut, Unknown, Later),
        (Answer::Hang, Unknown, Later),
        (Answer::new(200, "<html>"), Unknown, Later),
        (Answer::new(200, ""), Unknown, Later),
        (Answer::new(200, json!({ "access_token": "a" })), Unknown, Later),
    ]
}

#[tokio::test(start_paused = true)]
async fn each_answer_to_a_refresh_means_one_thing_and_is_asked_for_once() {
    for (answer, expected, _) in answers() {
        let script = Script::new([answer.clone()]);
        let failure = scripted(&script).refresh(&secret("the-token"), now()).await.expect_err("no pair");
        let means = match &failure {
            RefreshError::InvalidGrant => Means::Refused,
            RefreshError::OurFault => Means::OurFault,
            RefreshError::OutcomeUnknown => Means::Unknown,
            RefreshError::Upstream(_) => Means::Later,
        };
        assert_eq!(means, expected, "{answer:?}: {failure:?}");
        assert_eq!(script.requests().len(), 1, "{answer:?}");
        assert!(!format!("{failure:?} {failure}").contains("the-token"));
    }
}

#[tokio::test(start_paused = true)]
async fn each_answer_to_a_code_means_one_thing_and_is_asked_for_once() {
    for (answer, _, expected) in answers() {
        let script = Script::new([answer.clone()]);
        let failure = login(scripted(&script)).exchange_code("the-code", None, now()).await.expect_err("no tokens");
        let is_refused = failure == ExchangeError::CodeRejected;
        assert_eq!(is_refused, expected == Means::Refused, "{answer:?}: {failure:?}");
        assert_eq!(script.requests().len(), 1, "{answer:?}");
    }
}

fn login(client: Go1Client) -> LoginClient {
    let url = |text: &str| Url::parse(text).expect("an address");
    let settings = LoginSettings {
        login_url: url("http://login.test"),
        v2_api_url: url("http://v2.test"),
        redirect_uri: url("http://app.test/oauth/go1/callback"),
        scopes: vec!["user.read".to_owned()],
        v2_account: false,
    };
    LoginClient::new(Arc::new(client), settings)
}

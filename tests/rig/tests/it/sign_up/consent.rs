//! Every guard on the way to Xero and back: a clean answer, no new session, no token kept.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use rig::{BLUEGUM, Page, Rig, RigSettings, SESSION, Visitor, WATTLE, address, expect, with_query};
use serde_json::{Value, json};
use stand_ins::{Fault, FaultKind, xero};
use url::Url;

const CALLBACK: &str = "http://app.localhost:8400/oauth/xero/callback";
const SCOPES: &str = "openid profile email offline_access accounting.settings.read payroll.employees.read";

/// Somebody at Xero's login page.
async fn at_login(seed: u64) -> (Rig, Visitor, Page) {
    let rig = Rig::new(seed);
    let olivia = rig.visitor(&WATTLE);
    let login = olivia.sign_up().await;
    (rig, olivia, login)
}

/// The same, with the way back from Xero in hand.
async fn returning(seed: u64) -> (Rig, Visitor, Url) {
    let (rig, olivia, login) = at_login(seed).await;
    let back = olivia.consent_without_return(&login, "allow").await;
    (rig, olivia, back)
}

/// Nothing came of it: no token is kept, and the sign-up is where it was.
async fn nothing_came_of_it(rig: &Rig, olivia: &Visitor) {
    assert!(!rig.has_xero_grant(&WATTLE).await);
    let behind = expect(olivia.open("/organisations").await, StatusCode::CONFLICT, "/organisations");
    assert!(behind.text.contains("href=\"/connect"), "{}", behind.words());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_fit_is_told_from_the_others_and_changes_nothing() {
    let unknown = (StatusCode::BAD_REQUEST, "We didn’t expect this answer from Xero");
    let cases: [(&str, Option<&str>, _); 5] = [
        ("state", Some("0123"), unknown),
        ("state", Some(""), unknown),
        ("state", None, unknown),
        ("code", None, unknown),
        ("code", Some("wrong"), (StatusCode::BAD_REQUEST, "Xero didn’t confirm your sign-in")),
    ];
    for (name, value, (status, words)) in cases {
        let (rig, olivia, back) = returning(1).await;
        let cookie = olivia.browser.cookie(SESSION);
        let page = olivia.browser.open(&with_query(&back, name, value)).await;
        assert_eq!(page.status, status, "{name} {value:?}");
        assert!(page.words().contains(words), "{}", page.words());
        assert_eq!(olivia.browser.cookie(SESSION), cookie, "no new session");
        nothing_came_of_it(&rig, &olivia).await;
    }
}

/// RFC 6749, appendix A.11: visible ASCII and spaces, one at least.
#[tokio::test(start_paused = true)]
async fn what_can_be_no_code_is_refused_and_xero_is_not_asked_about_it() {
    for code in ["", "é", "a\u{96}", "a\u{0}", "a\nb", "\u{91001}`"] {
        let (rig, olivia, back) = returning(15).await;
        let before = rig.sent_to_xero().len();
        let page = olivia.browser.open(&with_query(&back, "code", Some(code))).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{code:?}: {}", page.words());
        assert_eq!(rig.sent_to_xero().len(), before, "{code:?}");
        nothing_came_of_it(&rig, &olivia).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_says_no_at_xero_is_told_what_that_means_and_can_try_again() {
    let (rig, olivia, login) = at_login(2).await;
    let back = olivia.consent_without_return(&login, "cancel").await;
    let page = olivia.browser.open(&back).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.words().contains("You didn’t allow access"), "{}", page.words());
    nothing_came_of_it(&rig, &olivia).await;
    let failed =
        with_query(&with_query(&with_query(&back, "error", Some("server_error")), "code", None), "state", None);
    assert_eq!(olivia.browser.open(&failed).await.status, StatusCode::BAD_REQUEST, "an error of nobody's attempt");
    expect(olivia.arrive().await, StatusCode::OK, "/organisations");
}

#[tokio::test(start_paused = true)]
async fn another_error_of_xero_s_is_not_called_a_refusal() {
    let (rig, olivia, back) = returning(3).await;
    let failed = with_query(&with_query(&back, "code", None), "error", Some("server_error"));
    let page = olivia.browser.open(&failed).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "anybody can write that into the address");
    assert!(page.words().contains("Xero reported an error"), "{}", page.words());
    nothing_came_of_it(&rig, &olivia).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_once() {
    let (_rig, olivia, back) = returning(4).await;
    expect(olivia.browser.open(&back).await, StatusCode::OK, "/organisations");
    let again = olivia.browser.open(&back).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.words().contains("This sign-in was already used"), "{}", again.words());
    expect(olivia.open("/organisations").await, StatusCode::OK, "/organisations");
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_for_ten_minutes() {
    let (rig, olivia, back) = returning(5).await;
    rig.wait(Duration::from_mins(10)).await;
    let late = olivia.browser.open(&back).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert!(late.words().contains("That took more than ten minutes"), "{}", late.words());
    nothing_came_of_it(&rig, &olivia).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_in_the_browser_that_asked_and_nowhere_else() {
    let (rig, olivia, back) = returning(6).await;
    let stranger = rig.visitor(&BLUEGUM);
    for _ in 0..2 {
        let page = stranger.browser.open(&back).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.words().contains("This sign-in began in another browser"), "{}", page.words());
        nothing_came_of_it(&rig, &olivia).await;
        // The second time with a session of their own.
        stranger.sign_up().await;
    }
    expect(olivia.browser.open(&back).await, StatusCode::OK, "/organisations");
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_does_not_verify_is_not_believed() {
    for forgery in ["no signature", "another signature", "another nonce", "another audience", "none at all"] {
        let (rig, olivia, back) = returning(7).await;
        let asked = olivia.browser.last_redirect();
        let nonce = asked.query_pairs().find(|(name, _)| name == "nonce").expect("a nonce").1.into_owned();
        let xero = rig.world.xero();
        let mut tokens = json!(xero.sign_in(WATTLE.xero_user, &[WATTLE.organisation], SCOPES).expect("tokens"));
        let parts: Vec<String> = tokens["id_token"].as_str().expect("one").split('.').map(str::to_owned).collect();
        let mut claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).expect("base64")).expect("JSON");
        claims["nonce"] = json!(nonce);
        let claims_text = URL_SAFE_NO_PAD.encode(claims.to_string());
        let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        match forgery {
            "no signature" => tokens["id_token"] = json!(format!("{unsigned}.{claims_text}.")),
            "another signature" => tokens["id_token"] = json!(format!("{}.{claims_text}.{}", parts[0], parts[2])),
            // Signed by Xero, and for another attempt.
            "another nonce" => {}
            "another audience" => {
                claims["aud"] = json!("somebody-else");
                let text = URL_SAFE_NO_PAD.encode(claims.to_string());
                tokens["id_token"] = json!(format!("{}.{text}.{}", parts[0], parts[2]));
            }
            _ => tokens["id_token"] = Value::Null,
        }
        let answer = FaultKind::answer(200, &[("content-type", "application/json")], &tokens.to_string());
        xero.faults().add(Fault::next(xero::endpoint::TOKEN, answer));
        let page = olivia.browser.open(&back).await;
        // A code of another attempt can be put into an address by anybody; the rest only Xero can do.
        let is_ours_to_send = forgery == "another nonce";
        let (status, words) = if is_ours_to_send {
            (StatusCode::BAD_REQUEST, "Xero didn’t confirm your sign-in")
        } else {
            (StatusCode::BAD_GATEWAY, "We couldn’t verify your Xero sign-in")
        };
        assert_eq!(page.status, status, "{forgery}: {}", page.words());
        assert!(page.words().contains(words), "{forgery}: {}", page.words());
        nothing_came_of_it(&rig, &olivia).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_of_another_attempt_is_refused_by_its_nonce() {
    let (rig, olivia, back) = returning(8).await;
    let stolen = rig.world.xero().authorization_code(
        "sam.okafor@example.com",
        &["Prairie Lantern Coffee"],
        SCOPES,
        CALLBACK,
        Some("another nonce"),
        None,
    );
    let page = olivia.browser.open(&with_query(&back, "code", stolen.as_deref())).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "anybody can write it into the address");
    nothing_came_of_it(&rig, &olivia).await;
}

#[tokio::test(start_paused = true)]
async fn a_xero_that_does_not_answer_is_told_from_one_that_refuses() {
    for endpoint in [xero::endpoint::TOKEN, xero::endpoint::JWKS] {
        let (rig, olivia, back) = returning(9).await;
        rig.world.xero().faults().add(Fault::always(endpoint, FaultKind::status(503)));
        let page = olivia.browser.open(&back).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{endpoint}");
        nothing_came_of_it(&rig, &olivia).await;
        rig.world.xero().faults().clear();
        expect(olivia.arrive().await, StatusCode::OK, "/organisations");
    }
}

#[tokio::test(start_paused = true)]
async fn each_login_gives_a_new_session_and_ends_the_one_before() {
    let rig = Rig::new(10);
    let olivia = rig.visitor(&WATTLE);
    let planted = "ab".repeat(32);
    olivia.browser.set_cookie(SESSION, &planted);
    let login = olivia.sign_up().await;
    let at_sign_up = olivia.browser.cookie(SESSION).expect("a session");
    assert_ne!(at_sign_up, planted, "what was planted is worth nothing");
    olivia.consent(&login).await;
    let at_login = olivia.browser.cookie(SESSION).expect("a session");
    assert_ne!(at_login, at_sign_up);
    let thief = rig.visitor(&WATTLE);
    for old in [&planted, &at_sign_up] {
        thief.browser.set_cookie(SESSION, old);
        assert_eq!(thief.open("/organisations").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_after_twelve_hours() {
    let rig = Rig::new(11);
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    // However it is used.
    for minutes in [59; 12].into_iter().chain([11]) {
        rig.wait(Duration::from_mins(minutes)).await;
        assert_eq!(olivia.open("/preview").await.status, StatusCode::OK);
    }
    rig.wait(Duration::from_mins(1)).await;
    let ended = olivia.browser.open(&address("/preview")).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    assert!(ended.words().contains("You’re signed out"), "{}", ended.words());
}

#[tokio::test(start_paused = true)]
async fn with_pkce_the_way_is_the_same() {
    let rig = Rig::with(RigSettings { pkce: true, ..RigSettings::of(12) });
    let olivia = rig.visitor(&WATTLE);
    let login = olivia.sign_up().await;
    assert!(olivia.browser.last_redirect().query().unwrap_or_default().contains("code_challenge_method=S256"));
    expect(olivia.consent(&login).await, StatusCode::OK, "/organisations");
}

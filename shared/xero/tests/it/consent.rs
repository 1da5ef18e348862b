//! Consent against the stand-in: the way there, the exchange, refresh, revocation.

use crate::support::{REDIRECT_URI, australian_scopes, now, secret, settings, world};
use domain::country::Country;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use stand_ins::xero::endpoint;
use stand_ins::{Fault, FaultKind, World};
use transport::{ClientCredentials, Reread};
use xero::{ConsentError, ConsentRequest, IdTokenRejection, RefreshError, XeroError};

const OLIVIA: &str = "olivia.hartley@example.com";
const HARBOUR: &str = "Harbour & Hearth Hospitality";

fn code(world: &World, nonce: Option<&str>, challenge: Option<&str>) -> String {
    let code =
        world.xero().authorization_code(OLIVIA, &[HARBOUR], &australian_scopes(), REDIRECT_URI, nonce, challenge);
    code.expect("both exist")
}

fn query(url: &url::Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_way_to_xero_asks_for_what_the_country_needs_and_no_more() {
    let (_, _, client) = world();
    let url = async |country, code_challenge: Option<&str>| {
        let request = ConsentRequest {
            country,
            contacts: false,
            state: "a state".to_owned(),
            nonce: "a nonce".to_owned(),
            code_challenge: code_challenge.map(str::to_owned),
        };
        client.authorize_url(&request).await.expect("our credentials")
    };
    let australian = url(Some(Country::Australia), None).await;
    assert!(australian.as_str().starts_with("http://login.test/identity/connect/authorize?"), "{australian}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", stand_ins::xero::CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("state", "a state"),
        ("nonce", "a nonce"),
        ("scope", "openid profile email offline_access accounting.settings.read payroll.employees.read"),
    ] {
        assert_eq!(query(&australian, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(query(&australian, "code_challenge"), None);
    for country in [Some(Country::UnitedStates), None] {
        let scope = query(&url(country, None).await, "scope").expect("a scope");
        assert_eq!(scope, "openid profile email offline_access accounting.settings.read");
    }
    let with_challenge = url(None, Some("a-challenge")).await;
    assert_eq!(query(&with_challenge, "code_challenge").as_deref(), Some("a-challenge"));
    assert_eq!(query(&with_challenge, "code_challenge_method").as_deref(), Some("S256"));
}

#[tokio::test]
async fn a_code_brings_tokens_an_identity_and_the_consents_event() {
    let (world, _, client) = world();
    let code = code(&world, Some("a nonce"), None);
    let consent = client.exchange_code(&code, None, "a nonce", now()).await.expect("a consent");
    assert_eq!(consent.tokens.expires_at, now() + SignedDuration::from_mins(30));
    let identity = &consent.identity;
    assert_eq!((identity.email.as_str(), identity.given_name.as_str()), (OLIVIA, "Olivia"));
    let user = world.xero().users().into_iter().find(|user| user.email == OLIVIA).expect("Olivia");
    assert_eq!(identity.xero_user.as_str(), user.user_id);

    let event = consent.authentication_event.clone().expect("an event");
    let chosen = client.connections(&consent.tokens.access_token, Some(&event)).await.expect("connections");
    assert_eq!(chosen.len(), 1);
    assert_eq!((chosen[0].name.as_str(), chosen[0].authentication_event.as_deref()), (HARBOUR, Some(event.as_str())));

    let again = client.exchange_code(&code, None, "a nonce", now()).await.expect_err("used");
    assert_eq!(again, ConsentError::CodeRejected);
    let printed = format!("{consent:?}");
    assert!(!printed.contains(consent.tokens.access_token.expose_secret()) && !printed.contains(OLIVIA), "{printed}");
}

#[tokio::test]
async fn a_consent_says_whether_payroll_may_be_read() {
    for (country, may) in [(Some(Country::Australia), true), (Some(Country::UnitedStates), false), (None, false)] {
        let (world, _, client) = world();
        let scopes = xero::scopes(country, false);
        let code =
            world.xero().authorization_code(OLIVIA, &[HARBOUR], &scopes.join(" "), REDIRECT_URI, Some("n"), None);
        let consent = client.exchange_code(&code.expect("both exist"), None, "n", now()).await.expect("a consent");
        assert_eq!(consent.may_read_payroll(!may), may, "{country:?}");
        let mut granted = consent.scopes.expect("the scopes");
        granted.sort_unstable();
        let mut asked = scopes.to_vec();
        asked.sort_unstable();
        assert_eq!(granted, asked);
    }
}

#[tokio::test]
async fn another_attempts_nonce_is_refused() {
    let (world, _, client) = world();
    for sent in [Some("another nonce"), None] {
        let failure =
            client.exchange_code(&code(&world, sent, None), None, "a nonce", now()).await.expect_err("refused");
        assert_eq!(failure, ConsentError::IdTokenRejected(IdTokenRejection::WrongNonce));
    }
}

#[tokio::test]
async fn with_pkce_only_the_verifier_opens() {
    // The pair of RFC 7636, appendix B.
    let (verifier, challenge) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let (world, _, client) = world();
    let right = code(&world, Some("n"), Some(challenge));
    assert!(client.exchange_code(&right, Some(verifier), "n", now()).await.is_ok());
    let wrong = code(&world, Some("n"), Some(challenge));
    let failure = client.exchange_code(&wrong, Some(&verifier.to_lowercase()), "n", now()).await.expect_err("refused");
    assert_eq!(failure, ConsentError::CodeRejected);
}

#[tokio::test]
async fn clocks_may_differ_by_five_minutes() {
    let (world, _, client) = world();
    // The stand-in's id_token lives from its own now on; ours moves.
    for (ours, expected) in [
        (now() - SignedDuration::from_secs(300), Ok(())),
        (now() - SignedDuration::from_secs(301), Err(IdTokenRejection::NotYetValid)),
        // Xero's id_token lives for five minutes.
        (now() + SignedDuration::from_secs(300), Ok(())),
        (now() + SignedDuration::from_secs(599), Ok(())),
        (now() + SignedDuration::from_secs(600), Err(IdTokenRejection::Expired)),
        (now() + SignedDuration::from_hours(24), Err(IdTokenRejection::Expired)),
    ] {
        let result = client.exchange_code(&code(&world, Some("n"), None), None, "n", ours).await;
        let expected = expected.map_err(ConsentError::IdTokenRejected);
        assert_eq!(result.map(|_| ()), expected, "{ours}");
    }
}

#[tokio::test]
async fn a_key_that_xero_has_turned_is_fetched_once() {
    let (world, _, client) = world();
    let exchange = async |code: String| client.exchange_code(&code, None, "n", now()).await;
    for _ in 0..2 {
        exchange(code(&world, Some("n"), None)).await.expect("a consent");
    }
    assert_eq!(world.xero().calls(endpoint::JWKS), 1);
    world.xero().rotate_signing_key();
    for _ in 0..2 {
        exchange(code(&world, Some("n"), None)).await.expect("a consent");
    }
    assert_eq!(world.xero().calls(endpoint::JWKS), 2);
}

#[tokio::test]
async fn an_app_that_xero_does_not_know_is_told_apart() {
    let (world, _, _) = world();
    let transport = transport::RouterTransport::new(stand_ins::xero::router(world.clone()));
    let mut wrong = settings(&world.settings().xero_public_url);
    let (client_id, client_secret) = (stand_ins::xero::CLIENT_ID.to_owned(), secret("wrong"));
    wrong.app = std::sync::Arc::new(Reread::fixed(ClientCredentials { client_id, client_secret }));
    let client = xero::XeroClient::new(wrong, std::sync::Arc::new(transport));
    let failure = client.exchange_code("any", None, "n", now()).await.expect_err("refused");
    let ConsentError::Upstream(XeroError::Refused { code, .. }) = &failure else { panic!("{failure:?}") };
    assert_eq!(code.as_deref(), Some("invalid_client"));
    let failure = client.revoke(&secret("any")).await.expect_err("refused");
    assert!(matches!(&failure, XeroError::Refused { code: Some(code), .. } if code == "invalid_client"), "{failure:?}");
}

#[tokio::test]
async fn a_refresh_turns_the_pair() {
    let (world, clock, client) = world();
    let first = client.exchange_code(&code(&world, Some("n"), None), None, "n", now()).await.expect("a consent").tokens;
    let second = client.refresh(&first.refresh_token, now()).await.expect("a pair");
    assert_ne!(first.refresh_token.expose_secret(), second.refresh_token.expose_secret());
    assert!(client.connections(&second.access_token, None).await.is_ok());

    clock.advance(SignedDuration::from_mins(31));
    let failure = client.refresh(&first.refresh_token, now()).await.expect_err("past its grace");
    assert_eq!(failure, RefreshError::InvalidGrant);
}

#[tokio::test]
async fn a_lost_answer_to_a_refresh_is_told_and_the_old_token_still_works() {
    let (world, _, client) = world();
    let pair = client.exchange_code(&code(&world, Some("n"), None), None, "n", now()).await.expect("a consent").tokens;
    world.xero().faults().add(Fault::next(endpoint::TOKEN, FaultKind::LoseAnswer));
    assert_eq!(client.refresh(&pair.refresh_token, now()).await.err(), Some(RefreshError::OutcomeUnknown));
    world.xero().faults().add(Fault::next(endpoint::TOKEN, FaultKind::status(503)));
    let failure = client.refresh(&pair.refresh_token, now()).await.expect_err("failed");
    assert!(matches!(failure, RefreshError::Upstream(XeroError::Unavailable { .. })), "{failure:?}");
    assert!(client.refresh(&pair.refresh_token, now()).await.is_ok());
    // The code exchange and three refreshes: nothing was sent twice by itself.
    assert_eq!(world.xero().calls(endpoint::TOKEN), 4);
}

#[tokio::test]
async fn revocation_ends_the_grant_and_twice_is_no_error() {
    let (world, _, client) = world();
    let pair = client.exchange_code(&code(&world, Some("n"), None), None, "n", now()).await.expect("a consent").tokens;
    for _ in 0..2 {
        client.revoke(&pair.refresh_token).await.expect("revoked");
    }
    assert!(world.xero().connections().is_empty());
    assert_eq!(client.refresh(&pair.refresh_token, now()).await.err(), Some(RefreshError::InvalidGrant));
}

#[tokio::test]
async fn the_contacts_are_asked_for_where_somebody_wants_a_group_and_nowhere_else() {
    let (world, _, client) = world();
    let contacts = "accounting.contacts.read";
    for (country, wanted, asked) in [
        (Some(Country::UnitedStates), true, true),
        (Some(Country::UnitedStates), false, false),
        (Some(Country::Australia), true, true),
        (Some(Country::Australia), false, false),
        (None, true, false),
    ] {
        let request = ConsentRequest {
            country,
            contacts: wanted,
            state: "a state".to_owned(),
            nonce: "n".to_owned(),
            code_challenge: None,
        };
        let scopes = query(&client.authorize_url(&request).await.expect("our credentials"), "scope").expect("scopes");
        assert_eq!(scopes.split(' ').any(|scope| scope == contacts), asked, "{country:?} {wanted}");
        let code = world.xero().authorization_code(OLIVIA, &[HARBOUR], &scopes, REDIRECT_URI, Some("n"), None);
        let consent = client.exchange_code(&code.expect("both exist"), None, "n", now()).await.expect("a consent");
        if asked {
            assert!(consent.may_read_contacts(false), "what Xero says counts");
        }
        let silent = xero::Consent { scopes: None, ..consent };
        assert!(
            silent.may_read_contacts(true) && !silent.may_read_contacts(false),
            "where it does not, what was asked"
        );
    }
}

use axum::http::StatusCode;
use stand_ins::xero::endpoint;

use crate::support::{Answer, Fixture, HARBOUR, OLIVIA, REDIRECT, SCOPES, encoded, get, post_form};

fn authorize_path(changes: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", "local-xero-client"),
        ("redirect_uri", REDIRECT),
        ("scope", SCOPES),
        ("state", "a state & more"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    format!("/identity/connect/authorize?{}", query.join("&"))
}

pub(crate) async fn begin(fixture: &Fixture, email: &str) -> String {
    let request = get(&fixture.xero, &authorize_path(&[]), &[]).await.parameter("request").expect("a request");
    let page = get(&fixture.xero, &format!("/identity/login?request={request}"), &[]).await;
    assert!(page.text.contains(email) && !page.text.contains("<script"));
    let answer =
        post_form(&fixture.xero, "/identity/login", None, &format!("request={request}&user={}", encoded(email))).await;
    assert_eq!(answer.header("location"), format!("/identity/organisations?request={request}"));
    request
}

pub(crate) async fn choose(fixture: &Fixture, request: &str, tenant: &str) -> Answer {
    post_form(&fixture.xero, "/identity/organisations", None, &format!("request={request}&tenant={tenant}")).await
}

pub(crate) async fn decide(fixture: &Fixture, request: &str, decision: &str) -> Answer {
    post_form(&fixture.xero, "/identity/consent", None, &format!("request={request}&decision={decision}")).await
}

fn tenant(fixture: &Fixture, name: &str) -> String {
    fixture.world.xero().organisation(name).expect("an organisation of this world").tenant_id
}

#[tokio::test]
async fn a_consent_by_the_pages_ends_at_the_callback_with_a_code() {
    let fixture = Fixture::new();
    let request = begin(&fixture, OLIVIA).await;
    let page = get(&fixture.xero, &format!("/identity/organisations?request={request}"), &[]).await;
    for name in ["Harbour &#38; Hearth", "Wattle Grove", "Thornbury", "Bluegum", "Paperbark"] {
        assert!(page.text.contains(name), "{name}");
    }
    assert!(!page.text.contains("Prairie") && !page.text.contains("connected</span>"));
    assert_eq!(choose(&fixture, &request, &tenant(&fixture, HARBOUR)).await.status, StatusCode::SEE_OTHER);
    let page = get(&fixture.xero, &format!("/identity/consent?request={request}"), &[]).await;
    assert!(page.text.contains("payroll.employees.read"));
    let answer = decide(&fixture, &request, "allow").await;
    assert!(answer.header("location").starts_with(REDIRECT));
    assert_eq!(answer.parameter("state").as_deref(), Some("a state & more"));
    assert!(answer.parameter("code").is_some_and(|code| code.len() > 30));
    assert_eq!(fixture.world.xero().connections().len(), 1);
    assert_eq!(fixture.world.xero().calls(endpoint::AUTHORIZE), 1);
    // The form cannot be sent twice.
    assert_eq!(decide(&fixture, &request, "allow").await.status, StatusCode::INTERNAL_SERVER_ERROR);

    let request = begin(&fixture, OLIVIA).await;
    let page = get(&fixture.xero, &format!("/identity/organisations?request={request}"), &[]).await;
    assert_eq!(page.text.matches("connected</span>").count(), 1);
}

#[tokio::test]
async fn cancelling_at_either_page_comes_back_as_an_error() {
    let fixture = Fixture::new();
    for at_consent in [false, true] {
        let request = begin(&fixture, OLIVIA).await;
        let answer = if at_consent {
            choose(&fixture, &request, &tenant(&fixture, HARBOUR)).await;
            decide(&fixture, &request, "cancel").await
        } else {
            post_form(&fixture.xero, "/identity/organisations", None, &format!("request={request}&decision=cancel"))
                .await
        };
        assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"));
        assert_eq!(answer.parameter("error_description").as_deref(), Some("TenantConsent status DENIED"));
        assert_eq!(answer.parameter("state").as_deref(), Some("a state & more"));
        assert!(fixture.world.xero().connections().is_empty());
    }
}

#[tokio::test]
async fn a_bad_request_is_a_dead_end_and_never_a_redirect() {
    let fixture = Fixture::new();
    for change in [
        ("client_id", "somebody-else"),
        ("client_id", ""),
        ("redirect_uri", "http://app.localhost:8400/oauth/xero/callback/"),
        ("redirect_uri", ""),
        ("response_type", "token"),
        ("scope", "openid everything"),
        ("scope", "accounting.transactions"),
        ("scope", ""),
        ("code_challenge_method", "plain"),
        ("code_challenge", "without-a-method"),
    ] {
        let answer = get(&fixture.xero, &authorize_path(&[change]), &[]).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{change:?}");
        assert!(answer.headers.get("location").is_none());
    }
}

#[tokio::test]
async fn only_one_of_the_users_own_organisations_can_be_chosen() {
    let fixture = Fixture::new();
    let request = begin(&fixture, OLIVIA).await;
    let (harbour, wattle) = (tenant(&fixture, HARBOUR), tenant(&fixture, "Wattle Grove Books"));
    for choice in [tenant(&fixture, "Prairie Lantern Coffee"), String::new(), format!("{harbour}&tenant={wattle}")] {
        assert_eq!(choose(&fixture, &request, &choice).await.status, StatusCode::INTERNAL_SERVER_ERROR, "{choice}");
    }
    let fixture = Fixture::with(|settings| settings.xero_bulk_connections = true);
    let request = begin(&fixture, OLIVIA).await;
    let both = format!("{}&tenant={}", tenant(&fixture, HARBOUR), tenant(&fixture, "Wattle Grove Books"));
    assert_eq!(choose(&fixture, &request, &both).await.status, StatusCode::SEE_OTHER);
    decide(&fixture, &request, "allow").await;
    assert_eq!(fixture.world.xero().connections().len(), 2);
}

#[tokio::test]
async fn at_the_connection_limit_nobody_comes_back() {
    let fixture = Fixture::with(|settings| settings.xero_connection_limit = Some(0));
    let request = begin(&fixture, OLIVIA).await;
    choose(&fixture, &request, &tenant(&fixture, HARBOUR)).await;
    assert_eq!(decide(&fixture, &request, "allow").await.header("location"), "/connectionLimit");
    assert!(fixture.world.xero().connections().is_empty());
}

#[tokio::test]
async fn who_asks_for_identity_only_chooses_no_organisation() {
    let fixture = Fixture::new();
    let answer = get(&fixture.xero, &authorize_path(&[("scope", "openid profile email")]), &[]).await;
    let request = answer.parameter("request").expect("a request");
    let form = format!("request={request}&user={}", encoded(OLIVIA));
    let answer = post_form(&fixture.xero, "/identity/login", None, &form).await;
    assert!(answer.header("location").starts_with("/identity/consent"));
    assert!(decide(&fixture, &request, "allow").await.parameter("code").is_some());
    assert!(fixture.world.xero().connections().is_empty());
}

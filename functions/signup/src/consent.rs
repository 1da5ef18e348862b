//! The way to Xero's consent page.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::clock::{random_hex, sha256_hex};
use domain::consent::ConsentAttempt;
use domain::ids::StateHash;
use domain::sign_up::SignUp;
use http::HeaderMap;
use visiting::{Pkce, own_tenant};
use web::responses::{see_other_upstream, with_cookie};
use web::{Problem, SessionId};
use xero::ConsentRequest;

use crate::sign_up::SignUpFunction;

/// `GET /connect`: to Xero at once. `?again`: for the sign-up of this browser, whatever its step. `?contacts`: the same, and
/// for the contacts as well, so that a contact group can be chosen. `?anew`: for nobody's. None of them, as from the Marketplace: for the sign-up of this browser while that is unfinished. Where it is
/// for nobody's, without payroll, as the country is not known yet.
pub(crate) async fn connect(
    State(function): State<SignUpFunction>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = SessionId::from_headers(&headers);
    let session = known.clone().unwrap_or_else(|| SessionId::generate(&*function.visitors.random));
    let visitor = function.visitors.find(&headers).await?.filter(|visitor| match query.as_deref() {
        Some("again" | "contacts") => true,
        Some("anew") => false,
        _ => visitor.sign_up.portal().is_none(),
    });
    let sign_up = visitor.as_ref().map(|visitor| &visitor.sign_up);
    let to_xero = begin(&function, &session, sign_up, query.as_deref() == Some("contacts")).await?;
    Ok(if known.is_some() { to_xero } else { with_cookie(to_xero, session.cookie()) })
}

/// Begins an attempt that is bound to the browser's session, and sends the browser to Xero. `contacts`: whether the owner
/// wants to choose a contact group. Whose people are one's contacts already is asked for them at every consent.
pub(crate) async fn begin(
    function: &SignUpFunction,
    session: &SessionId,
    sign_up: Option<&SignUp>,
    contacts: bool,
) -> Result<Response, Problem> {
    let visitors = &function.visitors;
    let tenant = match sign_up {
        Some(sign_up) => own_tenant(&*function.state, sign_up).await?,
        None => None,
    };
    let contacts =
        tenant.is_some_and(|tenant| tenant.may_choose_group() && (contacts || tenant.contact_group.is_some()));
    let state = random_hex::<32>(&*visitors.random);
    let nonce = random_hex::<32>(&*visitors.random);
    let pkce = function.pkce.then(|| Pkce::random(&*visitors.random));
    let attempt = ConsentAttempt {
        state: StateHash::new(sha256_hex(&state)),
        sign_up: sign_up.map(|sign_up| sign_up.id.clone()),
        session: session.hash(),
        nonce: nonce.clone(),
        code_verifier: pkce.as_ref().map(|pkce| pkce.verifier.clone()),
        contacts,
        started_at: visitors.clock.now(),
        completed_at: None,
    };
    function.state.add_consent(&attempt).await?;
    let request = ConsentRequest {
        country: sign_up.map(|sign_up| sign_up.details.country),
        contacts,
        state,
        nonce,
        code_challenge: pkce.map(|pkce| pkce.challenge),
    };
    // Why is in the log.
    let to_xero = function.xero.authorize_url(&request).await;
    let to_xero = to_xero.map_err(|_| Problem::xero_unavailable(None, visitors.clock.now()))?;
    see_other_upstream(&visitors.site, to_xero.as_str())
}

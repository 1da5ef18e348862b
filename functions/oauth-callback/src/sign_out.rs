//! Signs somebody without a portal out of all their browsers. With a portal an administrator does it, in Settings.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use http::HeaderMap;
use visiting::{LiveSession, PRESSED_AGAIN};
use web::forms::{ButtonForm, parse};
use web::pages::SignedOutPage;
use web::responses::{forgetting, with_cookie};
use web::session::expired_cookie;
use web::{Frame, Problem, page_in};

use crate::xero_callback::Callback;

/// `POST /signout/everywhere`.
pub(crate) async fn everywhere(
    State(callback): State<Callback>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let form: ButtonForm = parse(&body)?;
    let live = visitors.require_session_press(&headers, &form.form_token).await?;
    if let LiveSession::Visitor(visitor) = &live
        && visitor.sign_up.portal().is_some()
    {
        return Err(visitor.wrong_step());
    }
    if let LiveSession::Visitor(visitor) = &live {
        visitors.record_unless_lately(visitor, AuditAction::SignedOutEverywhere, PRESSED_AGAIN).await?;
    }
    let here = live.session().hash();
    for session in visitors.signed_in_as(&live).await?.into_iter().filter(|session| session.hash != here) {
        visitors.state.remove_session(&session.hash).await?;
    }
    // Its own last: whoever is cut off before can press again.
    visitors.state.remove_session(&here).await?;
    let out = page_in(&visitors.site, &Frame::SignUp, &SignedOutPage { everywhere: true });
    Ok(with_cookie(forgetting(out), expired_cookie()))
}

//! How a refusal is told: to an administrator within the portal's navigation, with the portal's own way back in. The owner
//! of a sign-up who opens one of the portal's rooms is led to the login that lets them in.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::session::{Session, StandsFor};
use http::Method;
use platform::telemetry::Causes;
use web::responses::see_other;
use web::{FormToken, Frame, Problem, SessionId};

use crate::visitor::Visitors;

/// A layer, inside of [`web::responses::finish`]. It asks the state for nothing unless something was refused.
pub async fn frame_problems(State(visitors): State<Visitors>, request: Request, next: Next) -> Response {
    let session = SessionId::from_headers(request.headers());
    let is_read = request.method() == Method::GET;
    let mut response = next.run(request).await;
    let (Some(session), Some(problem)) = (session, response.extensions().get::<Problem>().cloned()) else {
        return response;
    };
    let stored = visitors.sessions.find_session(&session.hash()).await.unwrap_or_else(|error| {
        tracing::warn!(error = %Causes(&error), "a refusal is told without its frame");
        None
    });
    let is_live = stored.as_ref().is_some_and(|stored| stored.is_live(visitors.clock.now()));
    if let Some(Session { stands_for: StandsFor::SignUp { .. }, .. }) = &stored
        && is_live
        && is_read
        && problem == Problem::PortalSignedOut
    {
        return see_other("/portal/login");
    }
    let Some(Session { stands_for: StandsFor::Administrator(administrator), .. }) = &stored else { return response };
    if matches!(problem, Problem::SignedOut | Problem::PortalSignedOut) {
        response.extensions_mut().insert(Problem::PortalSignedOut);
    } else if is_live {
        let frame = Frame::Portal { domain: administrator.domain.clone(), form_token: FormToken::of(&session) };
        response.extensions_mut().insert(frame);
    }
    response
}

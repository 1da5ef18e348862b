//! The layers of every router: what a request is called in the log, and how its answer leaves.

use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use domain::clock::random_hex;
use domain::fault::Causes;
use domain::session::StandsFor;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;
use lambda_http::RequestExt as _;
use platform::cause::caused_by;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tracing::Instrument as _;
use tracing::field::Empty;
use transport::counted;
use vault::invocation;
use web::finish::{AskedFor, finish, problem_of};
use web::responses::{prefers_json, see_other};
use web::{FormToken, Frame, Problem, SessionId};

use crate::security::Guard;
use crate::visitor::Visitors;

/// How long a function may take to answer a person, as `infra/template.yaml` has it.
const LONGEST_REQUEST: Duration = Duration::from_secs(29);

/// What is larger is sent compressed: lists of hundreds of people. A smaller page may repeat what somebody has typed, and its
/// length, beside a form's token, would tell of that token (the attack is known as BREACH). The edge, where there is one,
/// compresses those as well; a token that was found out in that way is of use only together with the session's cookie, which
/// no other site's press carries.
const SENT_AS_IT_IS: u16 = 60_000;

/// The router of a function with the layers that each has.
pub fn layered(router: Router, visitors: &Visitors) -> Router {
    router.layer(from_fn_with_state(visitors.clone(), answer)).layer(compression())
}

/// Compresses what is larger than [`SENT_AS_IT_IS`], for whoever takes that.
pub(crate) fn compression() -> CompressionLayer<SizeAbove> {
    CompressionLayer::new().gzip(true).compress_when(SizeAbove::new(SENT_AS_IT_IS))
}

/// Answers one request within a span of its own. Every line that is logged on the way carries the span's `reference`,
/// which a page shows where support is needed, and Lambda's own id of the request. It answers when everything has ended
/// that must be whole, because the process may be frozen from then on.
async fn answer(State(visitors): State<Visitors>, mut request: Request, next: Next) -> Response {
    if visitors.edge.as_ref().is_some_and(|edge| !edge.admit(request.headers_mut())) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let reference = random_hex::<6>(&*visitors.random);
    let time_left = time_left(&request, visitors.clock.now());
    let request_id = request.lambda_context_ref().map(|context| context.request_id.as_str());
    let (method, path) = (request.method(), route(&request));
    let span = tracing::info_span!("request", reference, request_id, %method, path, portal = Empty, import = Empty);
    let answered = Box::pin(async {
        let (headers, is_read) = (request.headers().clone(), request.method() == Method::GET);
        let wants_json = prefers_json(&headers);
        let asked = is_read.then(|| request.uri().path_and_query().map(|asked| AskedFor(asked.as_str().to_owned())));
        let answered = if is_form(&request) { next.run(request).await } else { Problem::NotAForm.into_response() };
        let mut response = framed(&visitors, &headers, is_read, answered).await;
        if !wants_json {
            lead_with_login(&visitors, &headers, &mut response).await;
        }
        tell_failure(response.status());
        if let Some(problem) = problem_of(&response)
            && let Some(guard) = Guard::of(&problem)
        {
            visitors.tell_security(guard, &headers, Guard::portal_of(&problem)).await;
        }
        if let Some(asked) = asked.flatten() {
            response.extensions_mut().insert(asked);
        }
        finish(&visitors.site, response, wants_json, &reference)
    });
    invocation(time_left, counted(caused_by(&reference, answered))).instrument(span).await
}

/// Says of a failed page whose fault it was, because only our own stops a deployment: 500 is ours, and what is wrong with
/// a request is a 4xx, so every other is an upstream's.
fn tell_failure(status: StatusCode) {
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        // The alarm `PagesFailing` looks for this event, and deployments for the alarm.
        tracing::error!(event = "page_failed", "a page failed, and it is our fault");
    } else if status.is_server_error() {
        // The alarm `UpstreamsFailing` looks for this event.
        tracing::warn!(event = "upstream_failed", status = status.as_u16(), "a page failed with Xero or GO1");
    }
}

/// How long this request may still take. A deadline in the past is none: `cargo lambda watch` sends one in 1970.
fn time_left(request: &Request, now: Timestamp) -> Duration {
    let deadline = request.lambda_context_ref().map(lambda_http::Context::deadline);
    let deadline = deadline.and_then(|deadline| deadline.duration_since(UNIX_EPOCH).ok());
    let now = Duration::try_from(now.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
    let left = deadline.and_then(|deadline| deadline.checked_sub(now));
    left.map_or(LONGEST_REQUEST, |left| left.min(LONGEST_REQUEST))
}

/// The pattern of the route, as `/imports/{import}`. What stands in its place is somebody's, and stays out of the log.
fn route(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str)
}

/// Whether a press is what a browser makes of a form of ours (the HTML Standard, "Form submission"). Another site's script
/// can send text of any kind without being asked first, so what a body is is not guessed from the body.
fn is_form(request: &Request) -> bool {
    if request.method() != Method::POST || request.extensions().get::<MatchedPath>().is_none() {
        return true;
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Tells a refusal to an administrator within the portal's navigation, with the portal's own way back in. The owner of
/// a sign-up who opens one of the portal's pages is led to the login that lets them in. It asks the state for nothing
/// unless something was refused.
async fn framed(visitors: &Visitors, headers: &HeaderMap, is_read: bool, mut response: Response) -> Response {
    let problem = problem_of(&response);
    let (Some(session), Some(problem)) = (SessionId::from_headers(headers), problem) else { return response };
    let stored = visitors.state.find_session(&session.hash()).await.unwrap_or_else(|error| {
        tracing::warn!(error = %Causes(&error), "a refusal is told without its frame");
        None
    });
    let Some(stored) = stored else { return response };
    let now = visitors.clock.now();
    if matches!(problem, Problem::SignedOut | Problem::PortalSignedOut) {
        let is_portal = match stored.stands_for {
            StandsFor::SignUp { .. } if is_read && problem == Problem::PortalSignedOut && now < stored.expires_at() => {
                return see_other("/portal/login");
            }
            StandsFor::Administrator(_) => true,
            _ => problem == Problem::PortalSignedOut,
        };
        let for_quiet = visitors.ended_for_quiet(&stored).await.unwrap_or_else(|error| {
            tracing::warn!(error = %Causes(&error), "a refusal is told without its reason");
            false
        });
        response.extensions_mut().insert(match (is_portal, for_quiet) {
            (true, true) => Problem::PortalSignedOutForQuiet,
            (true, false) => Problem::PortalSignedOut,
            (false, true) => Problem::SignedOutForQuiet,
            (false, false) => Problem::SignedOut,
        });
    } else if let StandsFor::Administrator(administrator) = &stored.stands_for
        && !stored.ends(None).are_past(now)
    {
        let frame = Frame::Portal { domain: administrator.domain.clone(), form_token: FormToken::of(&session) };
        response.extensions_mut().insert(frame);
    }
    response
}

/// Lets the page of a refusal lead with the login that an import of the visitor waits for, in the words of their country,
/// and know how long they stay, as all their other pages do.
async fn lead_with_login(visitors: &Visitors, headers: &HeaderMap, response: &mut Response) {
    if problem_of(response).is_none() {
        return;
    }
    // A refusal is told in any case, also where the table does not answer.
    let Some(visitor) = visitors.find(headers).await.ok().flatten() else { return };
    let frame = response.extensions_mut().remove::<Frame>().unwrap_or(Frame::SignUp);
    let frame = frame.until(visitor.left).wanting(visitor.login_wanted).local(Some(visitor.locale));
    response.extensions_mut().insert(frame);
}

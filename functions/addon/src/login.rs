//! Leads to GO1's login, and logs out.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::clock::{random_hex, sha256_hex};
use domain::go1_login::{Go1LoginAttempt, Go1LoginPurpose};
use domain::ids::StateHash;
use domain::portal::PortalDomain;
use domain::tenant::PortalStep;
use http::HeaderMap;
use vault::VaultError;
use visiting::{LiveSession, Pkce, Visitor};
use web::form_token::{check_origin, check_post};
use web::forms::{ButtonForm, parse};
use web::pages::{LoggedOutPage, PortalConnectPage};
use web::responses::{forgetting, see_other, see_other_upstream, with_cookie};
use web::session::expired_cookie;
use web::{Problem, SessionId, page};

use crate::addon::Addon;
use crate::arrival::sign_up_of;

/// The administrator who opens a portal's pages, or where to send the browser instead.
pub(crate) enum Entry {
    Administrator(Box<Visitor>),
    /// The browser must go to this page first.
    Redirect(Response),
}

/// Finds the administrator of this browser's session. A browser that comes from the portal's Integrations page, or
/// without a session, has pressed "Configure" and is led to GO1's login at once. If its session has ended, it is told
/// so.
pub(crate) async fn entry(addon: &Addon, headers: &HeaderMap, query: Option<&str>) -> Result<Entry, Problem> {
    let query = LoginQuery::read(query)?;
    let hint = query.portal.as_ref();
    let is_from = |domain: &PortalDomain| hint.is_none_or(|hint| hint == domain);
    match addon.visitors.live_session(headers).await? {
        Some(LiveSession::Visitor(visitor)) => {
            if visitor.administrator.as_ref().is_some_and(|one| is_from(&one.domain)) {
                return Ok(Entry::Administrator(visitor));
            }
        }
        Some(LiveSession::PortalArrival { arrival, .. }) if is_from(&arrival.portal.domain) => {
            return Ok(Entry::Redirect(see_other("/portal/connect")));
        }
        None if hint.is_none() && SessionId::from_headers(headers).is_some() => return Err(Problem::PortalSignedOut),
        Some(_) | None => {}
    }
    let purpose = Go1LoginPurpose::Enter { portal: query.portal };
    Ok(Entry::Redirect(redirect_to_go1(addon, headers, purpose).await?))
}

/// `GET /portal/login`: redirects to GO1. `?portal=` is the portal that the person comes from. `?for=sign-up` gives the
/// sign-up of this browser access to its portal.
pub(crate) async fn begin(
    State(addon): State<Addon>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = LoginQuery::read(query.as_deref())?;
    let purpose = if query.for_sign_up {
        for_sign_up(&addon, &headers).await?
    } else {
        Go1LoginPurpose::Enter { portal: query.portal }
    };
    redirect_to_go1(&addon, &headers, purpose).await
}

/// What a login for the sign-up of this browser is for. An administrator's own login gives it the same access.
async fn for_sign_up(addon: &Addon, headers: &HeaderMap) -> Result<Go1LoginPurpose, Problem> {
    let visitor = addon.visitors.require(headers).await?;
    if let Some(administrator) = visitor.administrator {
        return Ok(Go1LoginPurpose::Enter { portal: Some(administrator.domain) });
    }
    match addon.tenant(&visitor).await.map(|tenant| tenant.portal) {
        Ok(PortalStep::Requested { .. } | PortalStep::Created { .. }) => {
            Ok(Go1LoginPurpose::ForSignUp { sign_up: visitor.sign_up.id })
        }
        // GO1 must confirm again that the owner administers the portal to be connected.
        Ok(PortalStep::NotRequested) | Err(Problem::NotFound) if visitor.sign_up.existing_portal.is_some() => {
            Ok(Go1LoginPurpose::ForSignUp { sign_up: visitor.sign_up.id })
        }
        // There is no portal to log in to yet.
        Ok(PortalStep::NotRequested) | Err(Problem::NotFound) => Err(visitor.wrong_step()),
        Err(problem) => Err(problem),
    }
}

/// Begins an attempt that is bound to the browser's session, and sends the browser to GO1.
async fn redirect_to_go1(addon: &Addon, headers: &HeaderMap, purpose: Go1LoginPurpose) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let known = SessionId::from_headers(headers);
    let session = known.clone().unwrap_or_else(|| SessionId::generate(&*visitors.random));
    let state = random_hex::<32>(&*visitors.random);
    let pkce = addon.pkce.then(|| Pkce::random(&*visitors.random));
    let challenge = pkce.as_ref().map(|pkce| pkce.challenge.as_str());
    // Why is in the log.
    let authorize_url = addon.go1_login.authorize_url(&state, challenge).await.map_err(|_| VaultError::OurFault)?;
    let attempt = Go1LoginAttempt {
        state: StateHash::new(sha256_hex(&state)),
        session: session.hash(),
        purpose,
        code_verifier: pkce.map(|pkce| pkce.verifier),
        started_at: visitors.clock.now(),
        completed_at: None,
    };
    addon.state.add_go1_login(&attempt).await?;
    let to_go1 = see_other_upstream(&visitors.site, authorize_url.as_str())?;
    Ok(if known.is_some() { to_go1 } else { with_cookie(to_go1, session.cookie()) })
}

/// `GET /portal/connect`: an administrator of a portal that is not connected.
pub(crate) async fn connect(State(addon): State<Addon>, headers: HeaderMap) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let arrival = match visitors.live_session(&headers).await? {
        Some(LiveSession::PortalArrival { arrival, .. }) => arrival,
        Some(LiveSession::Visitor(visitor)) if visitor.administrator.is_some() => return Ok(see_other("/portal")),
        Some(_) | None => return Err(Problem::PortalSignedOut),
    };
    let kept = addon.state.find_portal(&arrival.portal.portal).await?;
    if let Some(portal) = kept.as_ref().filter(|portal| portal.erased_at.is_none()) {
        return match sign_up_of(&addon, portal).await? {
            // Another person has connected it since, so GO1 must say again who this is.
            Some(_) => Ok(see_other("/portal/login")),
            // GO1 would say the same again, as often as it is asked, and lead back here.
            None => Err(Problem::PortalWithoutSignUp { domain: portal.domain.clone() }),
        };
    }
    let view = PortalConnectPage { domain: arrival.portal.domain.clone(), was_erased: kept.is_some() };
    Ok(page(&visitors.site, &view))
}

/// `POST /portal/logout`. It also succeeds if the session has ended already.
pub(crate) async fn log_out(State(addon): State<Addon>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let form: ButtonForm = parse(&body)?;
    // Another site's post comes without the cookie, so it looks like one after the session; it must not take the cookie.
    check_origin(&headers, &visitors.site)?;
    if let Some(live) = visitors.live_session(&headers).await? {
        check_post(&headers, &visitors.site, live.session(), &form.form_token)?;
        let hash = live.session().hash();
        visitors.state.remove_session(&hash).await?;
    }
    Ok(with_cookie(forgetting(page(&visitors.site, &LoggedOutPage)), expired_cookie()))
}

/// What the address says. None of it is a right.
#[derive(Default)]
struct LoginQuery {
    portal: Option<PortalDomain>,
    for_sign_up: bool,
}

impl LoginQuery {
    /// Refuses what stands twice: whoever looks before us may take the other one.
    fn read(text: Option<&str>) -> Result<Self, Problem> {
        let (mut query, mut seen) = (Self::default(), BTreeSet::new());
        for (name, value) in url::form_urlencoded::parse(text.unwrap_or_default().as_bytes()) {
            match &*name {
                "portal" => query.portal = PortalDomain::parse(&value).ok(),
                "for" => query.for_sign_up = value == "sign-up",
                _ => {}
            }
            if !seen.insert(name) {
                return Err(Problem::BadRequest);
            }
        }
        Ok(query)
    }
}

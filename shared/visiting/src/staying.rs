//! How long a session lasts when nobody uses it, and what counts as a use.

use domain::fault::Causes;
use domain::session::{Session, StandsFor};
use http::HeaderMap;
use jiff::Timestamp;
use state::StateError;
use web::TimeLeft;
use web::responses::prefers_json;

use crate::visitor::Visitors;

impl Visitors {
    /// Records that a live session is used by this request, and says how long it lasts from now on. A request for JSON is no
    /// use: an open page asks for its progress by itself. Where the use cannot be written the page is shown all the same, and
    /// the session may end some minutes early.
    pub(crate) async fn used(
        &self,
        headers: &HeaderMap,
        mut session: Session,
        portal_since: Option<Timestamp>,
    ) -> TimeLeft {
        let now = self.clock.now();
        if session.records_use_at(now) && !prefers_json(headers) {
            match self.state.record_use(&session, now).await {
                Ok(()) => session.last_used_at = Some(now),
                Err(error) => tracing::warn!(error = %Causes(&error), "the use of a session was not recorded"),
            }
        }
        let ends = session.ends(portal_since);
        TimeLeft { unused: ends.unused_at.duration_since(now), at_most: ends.latest_at.duration_since(now) }
    }

    /// Whether a session that is over is so because it was not used.
    pub(crate) async fn ended_for_quiet(&self, session: &Session) -> Result<bool, StateError> {
        let sign_up = match &session.stands_for {
            StandsFor::SignUp { id, .. } => self.state.find_sign_up(id).await?,
            StandsFor::XeroArrival(_) | StandsFor::Administrator(_) | StandsFor::PortalArrival(_) => None,
        };
        let portal = match sign_up.as_ref().and_then(|sign_up| sign_up.portal()) {
            Some(portal) => self.state.find_portal(portal).await?,
            None => None,
        };
        Ok(session.ends(portal.map(|portal| portal.created_at)).is_past_for_quiet(self.clock.now()))
    }
}

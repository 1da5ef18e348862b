//! How long a session lasts when nobody uses it, what counts as a use, and who is signed in.

use domain::fault::Causes;
use domain::ids::SessionHash;
use domain::session::{Session, SessionOwner, StandsFor};
use http::HeaderMap;
use jiff::Timestamp;
use state::StateError;
use web::TimeLeft;
use web::pages::SignedIn;
use web::responses::prefers_json;

use crate::visitor::{LiveSession, Visitor, Visitors};

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

    /// Who is signed in to the portal of an administrator: every administrator, and whoever signed up. The newest first.
    pub async fn signed_in_to_portal(&self, visitor: &Visitor) -> Result<Vec<Session>, StateError> {
        let portal = match visitor.sign_up.portal() {
            Some(portal) => self.state.find_portal(portal).await?,
            None => None,
        };
        let is_in = |session: &Session| match &session.stands_for {
            StandsFor::Administrator(other) => visitor.sign_up.portal() == Some(&other.portal),
            _ => visitor.sign_up.owner.is_some(),
        };
        let owner = SessionOwner::SignUp(visitor.sign_up.id.clone());
        let live = self.live_sessions(&owner, portal.map(|portal| portal.created_at)).await?;
        Ok(live.into_iter().filter(is_in).collect())
    }

    /// Ends every session by which whoever signed up is signed in, of whichever login: where an organisation is disconnected, Xero
    /// can be asked about none of them any more. The one of `visitor`, where it is one of them, comes after the others.
    pub async fn end_owners_sessions(&self, visitor: &Visitor) -> Result<(), StateError> {
        let here = visitor.session.hash();
        let mut sessions = self.signed_in_to_portal(visitor).await?;
        sessions.retain(|session| matches!(session.stands_for, StandsFor::SignUp { .. }));
        sessions.sort_by_key(|session| session.hash == here);
        for session in sessions {
            self.state.remove_session(&session.hash).await?;
        }
        Ok(())
    }

    /// In which browsers the person is signed in who has no portal yet, this one among them. The newest first.
    pub async fn signed_in_as(&self, live: &LiveSession) -> Result<Vec<Session>, StateError> {
        let owner = match live {
            LiveSession::Visitor(visitor) => SessionOwner::SignUp(visitor.sign_up.id.clone()),
            LiveSession::XeroArrival { arrival, .. } => SessionOwner::XeroUser(arrival.xero_user.clone()),
            LiveSession::PortalArrival { arrival, .. } => SessionOwner::Portal(arrival.portal.portal.clone()),
        };
        // From a portal that is not connected several administrators may have come.
        let is_theirs = |session: &Session| match (&session.stands_for, live) {
            (StandsFor::PortalArrival(other), LiveSession::PortalArrival { arrival, .. }) => {
                other.portal.account == arrival.portal.account
            }
            _ => true,
        };
        Ok(self.live_sessions(&owner, None).await?.into_iter().filter(is_theirs).collect())
    }

    async fn live_sessions(
        &self,
        owner: &SessionOwner,
        portal_since: Option<Timestamp>,
    ) -> Result<Vec<Session>, StateError> {
        let now = self.clock.now();
        let mut live = self.state.sessions_of(owner).await?;
        live.retain(|session| !session.ends(portal_since).are_past(now));
        live.sort_by_key(|session| std::cmp::Reverse((session.used_at(), session.hash.clone())));
        Ok(live)
    }
}

/// The sessions as a page lists them for the browser of `here`. `owner`: the name of whoever signed up.
pub fn listed(sessions: &[Session], here: &SessionHash, owner: &str) -> Vec<SignedIn> {
    let listed = |session: &Session| {
        let administrator = match &session.stands_for {
            StandsFor::Administrator(administrator) => Some(administrator.name.clone()),
            StandsFor::SignUp { .. } | StandsFor::XeroArrival(_) | StandsFor::PortalArrival(_) => None,
        };
        SignedIn {
            is_owner: administrator.is_none(),
            name: administrator.unwrap_or_else(|| owner.to_owned()),
            since: session.started_at,
            used_at: session.used_at(),
            is_here: session.hash == *here,
        }
    };
    sessions.iter().map(listed).collect()
}

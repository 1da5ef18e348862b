//! Who is visiting: from the cookie to the sign-up that this browser may see, and what it may do next.

use std::error::Error;
use std::sync::Arc;

use domain::arrival::{Arrival, PortalArrival};
use domain::audit::{AuditAction, AuditEntry};
use domain::clock::{Clock, Random, random_hex};
use domain::ids::{SessionHash, SignUpId, XeroUserId};
use domain::session::{Administrator, Session, StandsFor};
use domain::sign_up::{SignUp, SignUpStep};
use http::HeaderMap;
use jiff::Timestamp;
use platform::telemetry::Causes;
use state::{AuditTrail, Sessions, SignUps, StateError};
use web::form_token::check_post;
use web::{FormToken, Frame, Problem, SessionId, SiteSettings};

/// How often a change of a sign-up is tried again, because another tab changed it at the same moment.
const CHANGES_AGAIN: u32 = 5;

/// The header in which the gateway tells the browser's address.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Knows visitors. Every function with pages has one.
#[derive(Clone)]
pub struct Visitors {
    /// What the pages must know about where they are served.
    pub site: Arc<SiteSettings>,
    /// Browsers' sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Sign-ups.
    pub sign_ups: Arc<dyn SignUps>,
    /// What people did.
    pub audit: Arc<dyn AuditTrail>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// Somebody whose browser has a live session.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The browser's session.
    pub session: SessionId,
    /// The one sign-up that it may see.
    pub sign_up: SignUp,
    /// The Xero login that opened the session; `None` before the first, and for who came from the portal.
    pub login: Option<XeroUserId>,
    /// As whom they came from the portal, if they did. They may see what is the sign-up's, as its owner may.
    pub administrator: Option<Administrator>,
}

/// Whoever has a live session: a visitor, or somebody whom Xero has named and who has no sign-up yet.
#[derive(Clone, Debug)]
pub enum Guest {
    /// Has a sign-up.
    Visitor(Box<Visitor>),
    /// Has come from Xero.
    Arrival {
        /// The browser's session.
        session: SessionId,
        /// Who it is.
        arrival: Box<Arrival>,
    },
    /// Has come from a portal that is not connected.
    PortalArrival {
        /// The browser's session.
        session: SessionId,
        /// Who it is.
        arrival: Box<PortalArrival>,
    },
}

impl Guest {
    /// The browser's session.
    pub fn session(&self) -> &SessionId {
        match self {
            Self::Visitor(visitor) => &visitor.session,
            Self::Arrival { session, .. } | Self::PortalArrival { session, .. } => session,
        }
    }

    /// The token for this browser's forms.
    pub fn form_token(&self) -> FormToken {
        FormToken::of(self.session())
    }
}

impl Visitor {
    /// The token for this browser's forms.
    pub fn form_token(&self) -> FormToken {
        FormToken::of(&self.session)
    }

    /// Who it is, for the trail: the administrator's name, or the one that was typed.
    pub fn name(&self) -> String {
        match &self.administrator {
            Some(administrator) => administrator.name.clone(),
            None => self.sign_up.details.name(),
        }
    }

    /// Around which pages are shown to them: the portal's navigation, or the steps of the sign-up.
    pub fn frame(&self) -> Frame {
        match &self.administrator {
            Some(administrator) => {
                Frame::Portal { domain: administrator.domain.clone(), form_token: self.form_token() }
            }
            None => Frame::SignUp,
        }
    }

    /// Whether it is certain that this is whoever has the email that was typed: Xero has verified it, in this session.
    pub fn is_verified_owner(&self) -> bool {
        let owner = self.sign_up.owner.as_ref().filter(|owner| owner.email_is_verified);
        owner.is_some_and(|owner| self.login.as_ref() == Some(&owner.xero_user))
    }

    /// Our own path of the step at which the sign-up stands; for an administrator, of the portal's first page.
    pub fn next_path(&self) -> String {
        if self.administrator.is_some() { self.frame().home().to_owned() } else { next_path(&self.sign_up) }
    }

    /// What to answer where a step is asked for that the sign-up is not at.
    pub fn elsewhere(&self) -> Problem {
        Problem::StepBehind { go_on: self.next_path() }
    }
}

/// Our own path of the step at which a sign-up stands.
pub fn next_path(sign_up: &SignUp) -> String {
    match (&sign_up.step, &sign_up.import) {
        (SignUpStep::Started, _) => "/connect".to_owned(),
        (SignUpStep::Consented { .. }, _) => "/organisations".to_owned(),
        (SignUpStep::OrganisationConfirmed { .. }, _) => "/preview".to_owned(),
        (SignUpStep::PortalProvisioned { .. }, Some(import)) => format!("/imports/{import}"),
        // A portal that was there before is provisioned as soon as the organisation is named.
        (SignUpStep::PortalProvisioned { .. }, None) if sign_up.existing_portal.is_some() => "/preview".to_owned(),
        (SignUpStep::PortalProvisioned { .. } | SignUpStep::Welcomed { .. }, _) => "/get-started".to_owned(),
    }
}

impl Visitors {
    /// Whoever has a live session, or nobody.
    pub async fn guest(&self, headers: &HeaderMap) -> Result<Option<Guest>, Problem> {
        let Some(session) = SessionId::from_headers(headers) else { return Ok(None) };
        let now = self.clock.now();
        let stored = self.sessions.find_session(&session.hash()).await.map_err(|error| self.failed(&error))?;
        let Some(stored) = stored.filter(|stored| stored.is_live(now)) else { return Ok(None) };
        let (id, login, administrator) = match stored.stands_for {
            StandsFor::Arrival(arrival) => return Ok(Some(Guest::Arrival { session, arrival: Box::new(arrival) })),
            StandsFor::PortalArrival(arrival) => {
                return Ok(Some(Guest::PortalArrival { session, arrival: Box::new(arrival) }));
            }
            StandsFor::SignUp { id, login } => (id, login, None),
            StandsFor::Administrator(administrator) => (administrator.sign_up.clone(), None, Some(administrator)),
        };
        let sign_up = self.sign_ups.find_sign_up(&id).await.map_err(|error| self.failed(&error))?;
        // An administrator's right ends with the portal's place in the sign-up.
        let is_theirs = |sign_up: &SignUp| {
            administrator.as_ref().is_none_or(|administrator| sign_up.portal() == Some(&administrator.portal))
        };
        let sign_up = sign_up.filter(is_theirs);
        Ok(sign_up.map(|sign_up| Guest::Visitor(Box::new(Visitor { session, sign_up, login, administrator }))))
    }

    /// Who pressed a button on a page of ours, with a sign-up or without.
    pub async fn guest_press(&self, headers: &HeaderMap, token: &FormToken) -> Result<Guest, Problem> {
        let guest = self.guest(headers).await?.ok_or(Problem::SignedOut)?;
        check_post(headers, &self.site, guest.session(), token)?;
        Ok(guest)
    }

    /// Who it is, or nobody.
    pub async fn find(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Problem> {
        match self.guest(headers).await? {
            Some(Guest::Visitor(visitor)) => Ok(Some(*visitor)),
            Some(Guest::Arrival { .. } | Guest::PortalArrival { .. }) | None => Ok(None),
        }
    }

    /// Who it is; [`Problem::SignedOut`] where it is nobody.
    pub async fn require(&self, headers: &HeaderMap) -> Result<Visitor, Problem> {
        self.find(headers).await?.ok_or(Problem::SignedOut)
    }

    /// Who pressed a button, once it is certain that they did so on a page of ours.
    pub async fn require_press(&self, headers: &HeaderMap, token: &FormToken) -> Result<Visitor, Problem> {
        let visitor = self.require(headers).await?;
        check_post(headers, &self.site, &visitor.session, token)?;
        Ok(visitor)
    }

    /// Which administrator it is; [`Problem::PortalSignedOut`] where it is none, or no longer one.
    pub async fn require_administrator(&self, headers: &HeaderMap) -> Result<(Visitor, Administrator), Problem> {
        let visitor = self.find(headers).await?.ok_or(Problem::PortalSignedOut)?;
        let administrator = visitor.administrator.clone().ok_or(Problem::PortalSignedOut)?;
        Ok((visitor, administrator))
    }

    /// Which administrator pressed a button, once it is certain that they did so on a page of ours.
    pub async fn require_administrator_press(
        &self,
        headers: &HeaderMap,
        token: &FormToken,
    ) -> Result<(Visitor, Administrator), Problem> {
        let (visitor, administrator) = self.require_administrator(headers).await?;
        check_post(headers, &self.site, &visitor.session, token)?;
        Ok((visitor, administrator))
    }

    /// Gives the browser a new session, which ends the one before: whoever could have planted that gets nothing by it.
    pub async fn begin_session(&self, stands_for: StandsFor, before: &SessionHash) -> Result<SessionId, Problem> {
        self.add_session(stands_for, self.clock.now(), before).await
    }

    /// Gives the browser a new session for one that is the same person's: it ends when the one before would have ended.
    pub async fn replace_session(&self, stands_for: StandsFor, before: &SessionHash) -> Result<SessionId, Problem> {
        let replaced = self.sessions.find_session(before).await.map_err(|error| self.failed(&error))?;
        let started_at = replaced.ok_or(Problem::PortalSignedOut)?.started_at;
        self.add_session(stands_for, started_at, before).await
    }

    async fn add_session(
        &self,
        stands_for: StandsFor,
        started_at: Timestamp,
        before: &SessionHash,
    ) -> Result<SessionId, Problem> {
        let session = SessionId::generate(&*self.random);
        let row = Session { hash: session.hash(), stands_for, started_at };
        self.sessions.add_session(&row).await.map_err(|error| self.failed(&error))?;
        self.sessions.remove_session(before).await.map_err(|error| self.failed(&error))?;
        Ok(session)
    }

    /// Changes a sign-up and stores it. Where another tab changed it meanwhile, the change is made to what is stored now.
    pub async fn change(
        &self,
        mut sign_up: SignUp,
        change: impl Fn(SignUp) -> Result<SignUp, Problem> + Send,
    ) -> Result<SignUp, Problem> {
        let id = sign_up.id.clone();
        for _ in 0..CHANGES_AGAIN {
            match self.sign_ups.replace_sign_up(change(sign_up)?).await {
                Err(StateError::Conflict) => {}
                stored => return stored.map_err(|error| self.failed(&error)),
            }
            let stored = self.sign_ups.find_sign_up(&id).await.map_err(|error| self.failed(&error))?;
            sign_up = stored.ok_or(Problem::SignedOut)?;
        }
        Err(self.failed(&StateError::Conflict))
    }

    /// Records what somebody did. `by`: their name, where it is known.
    pub async fn record(
        &self,
        headers: &HeaderMap,
        sign_up: &SignUpId,
        by: Option<String>,
        action: AuditAction,
    ) -> Result<(), Problem> {
        let from = headers
            .get(FORWARDED_FOR)
            .and_then(|value| value.to_str().ok())
            .and_then(|addresses| addresses.rsplit(',').next())
            .and_then(|address| address.trim().parse::<std::net::IpAddr>().ok())
            .map(|address| address.to_string());
        let entry = AuditEntry { at: self.clock.now(), sign_up: sign_up.clone(), action, by, from };
        self.audit.append_audit(&entry).await.map_err(|error| self.failed(&error))
    }

    /// An error that is ours: logged whole under a reference, which is all that the page says.
    pub fn failed(&self, error: &(dyn Error + 'static)) -> Problem {
        let reference = random_hex::<6>(&*self.random);
        tracing::error!(error = %Causes(error), reference, "a request failed");
        Problem::Internal { reference }
    }
}

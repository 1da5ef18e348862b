//! Finds the session of a request by its cookie, and the sign-up that this browser may see.

use std::sync::Arc;

use domain::arrival::{PortalArrival, XeroArrival};
use domain::clock::{Clock, Random};
use domain::ids::{SessionHash, XeroUserId};
use domain::session::{Administrator, Session, StandsFor};
use domain::sign_up::{SignUp, SignUpStep};
use domain::tenant::Tenant;
use http::HeaderMap;
use jiff::Timestamp;
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use state::{AuditTrail, Counters, ImportReader, PortalReader, Sessions, SignUps, StateError, TenantReader};
use web::form_token::check_post;
use web::{FormToken, Frame, Locale, LoginWanted, Problem, SessionId, SiteSettings, TimeLeft};

use crate::edge::Edge;
use crate::network::{BrowserAddress, Today};
use crate::seen::{Seen, locale};
use crate::site::site_settings;

/// How often a change of a sign-up is tried again, because another tab changed it at the same moment. One of those who press
/// is through each time.
const CHANGES_AGAIN: u32 = 12;

/// The parts of the table that visitors need: sessions, sign-ups and the audit trail, where their organisation is, whether
/// an import waits for them, and how often they did what costs something.
pub trait VisitorState:
    Sessions + SignUps + AuditTrail + PortalReader + ImportReader + TenantReader + Counters
{
}

impl<S: Sessions + SignUps + AuditTrail + PortalReader + ImportReader + TenantReader + Counters> VisitorState for S {}

/// Reads and begins sessions. Every function with pages has one.
#[derive(Clone)]
pub struct Visitors {
    /// What the pages must know about where they are served.
    pub site: Arc<SiteSettings>,
    pub state: Arc<dyn VisitorState>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub(crate) today: Arc<Today>,
    /// What every request must come by, where the stage has one.
    pub(crate) edge: Option<Arc<Edge>>,
}

/// A person with a live session and a sign-up.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub session: SessionId,
    pub address: BrowserAddress,
    /// The one sign-up that it may see.
    pub sign_up: SignUp,
    /// The Xero user who opened the session; `None` before the first login, and for a portal's administrator.
    pub login: Option<XeroUserId>,
    /// The portal's administrator, if the person came from the portal. They may see what the owner of the sign-up may.
    pub administrator: Option<Administrator>,
    /// How words and times are written for them: as in their organisation's country; before there is one, as in the country
    /// that they named.
    pub locale: Locale,
    /// The import of their portal that goes on only after a login with GO1, if there is one.
    pub login_wanted: Option<LoginWanted>,
    /// How long their session lasts.
    pub left: TimeLeft,
    pub seen: Box<Seen>,
}

/// What a live session belongs to: a visitor with a sign-up, or a person whom Xero or GO1 has named and who has none
/// yet.
#[derive(Clone, Debug)]
pub enum LiveSession {
    Visitor(Box<Visitor>),
    /// A person who came from Xero and has no sign-up yet.
    XeroArrival {
        session: SessionId,
        arrival: Box<XeroArrival>,
        left: TimeLeft,
    },
    /// An administrator who came from a portal that is not connected.
    PortalArrival {
        session: SessionId,
        arrival: Box<PortalArrival>,
        left: TimeLeft,
    },
}

impl LiveSession {
    pub fn session(&self) -> &SessionId {
        match self {
            Self::Visitor(visitor) => &visitor.session,
            Self::XeroArrival { session, .. } | Self::PortalArrival { session, .. } => session,
        }
    }

    /// The token for this browser's forms.
    pub fn form_token(&self) -> FormToken {
        FormToken::of(self.session())
    }

    /// What surrounds a page of the sign-up for whoever this is: it leads with the login that an import of theirs waits
    /// for.
    pub fn sign_up_frame(&self) -> Frame {
        match self {
            Self::Visitor(visitor) => visitor
                .steps()
                .signed_in(visitor.form_token())
                .until(visitor.left)
                .wanting(visitor.login_wanted.clone())
                .local(Some(visitor.locale.clone())),
            Self::XeroArrival { left, .. } | Self::PortalArrival { left, .. } => {
                Frame::SignUp.signed_in(self.form_token()).until(*left)
            }
        }
    }
}

impl Visitor {
    /// The token for this browser's forms.
    pub fn form_token(&self) -> FormToken {
        FormToken::of(&self.session)
    }

    /// The name for the audit trail: the administrator's, or the one that the owner typed.
    pub fn name(&self) -> String {
        match &self.administrator {
            Some(administrator) => administrator.name.clone(),
            None => self.sign_up.details.name(),
        }
    }

    /// What surrounds the pages for this visitor: the portal's navigation, or the steps of the sign-up.
    pub fn frame(&self) -> Frame {
        let frame = match &self.administrator {
            Some(administrator) => {
                Frame::Portal { domain: administrator.domain.clone(), form_token: self.form_token() }
            }
            None => self.steps().signed_in(self.form_token()),
        };
        frame.until(self.left).wanting(self.login_wanted.clone()).local(Some(self.locale.clone()))
    }

    /// The steps of the sign-up: until it has a portal those that are finished can be opened again.
    fn steps(&self) -> Frame {
        if self.sign_up.portal().is_none() { Frame::SignUpUnderWay } else { Frame::SignUp }
    }

    /// Whether Xero has verified, in this session, that the typed email is this person's.
    pub fn is_verified_owner(&self) -> bool {
        let owner = self.sign_up.owner.as_ref().filter(|owner| owner.email_is_verified);
        owner.is_some_and(|owner| self.login.as_ref() == Some(&owner.xero_user))
    }

    /// The path of the sign-up's current step; for an administrator, of the portal's overview.
    pub fn next_path(&self) -> String {
        if self.administrator.is_some() { self.frame().home().to_owned() } else { next_path(&self.sign_up) }
    }

    /// The organisation that they confirmed, as it was read with their session, for a page that only shows it: what
    /// [`crate::confirmed_tenant`] reads anew.
    pub fn shown_tenant(&self) -> Result<&Tenant, Problem> {
        if self.sign_up.tenant().is_none() {
            return Err(self.wrong_step());
        }
        let own = self.seen.tenant.as_ref().filter(|tenant| tenant.sign_up == self.sign_up.id);
        own.ok_or_else(|| Problem::WrongStep { next_path: "/organisations".to_owned() })
    }

    /// The answer to a request for a step that the sign-up is not at.
    pub fn wrong_step(&self) -> Problem {
        Problem::WrongStep { next_path: self.next_path() }
    }
}

/// The path of a sign-up's current step.
pub fn next_path(sign_up: &SignUp) -> String {
    match (&sign_up.step, &sign_up.import) {
        (SignUpStep::Started, _) => "/connect".to_owned(),
        (SignUpStep::Consented { .. }, _) => "/organisations".to_owned(),
        (SignUpStep::OrganisationConfirmed { .. }, _) => "/preview".to_owned(),
        (SignUpStep::PortalProvisioned { .. }, Some(import)) => format!("/imports/{import}"),
        // An existing portal is provisioned as soon as the organisation is confirmed, before any import.
        (SignUpStep::PortalProvisioned { .. }, None) if sign_up.existing_portal.is_some() => "/preview".to_owned(),
        (SignUpStep::PortalProvisioned { .. } | SignUpStep::Welcomed { .. }, _) => "/get-started".to_owned(),
    }
}

impl Visitors {
    pub async fn new<S: VisitorState + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
    ) -> Result<Self, StartError> {
        Ok(Self {
            site: Arc::new(site_settings(&context.environment)?),
            state: context.state.clone(),
            clock: context.clock.clone(),
            random: context.random.clone(),
            today: Arc::default(),
            edge: Edge::read(&context.environment, secrets).await?.map(Arc::new),
        })
    }

    /// The live session of the request's cookie, if there is one. To ask is to use it, but for a poll.
    pub async fn live_session(&self, headers: &HeaderMap) -> Result<Option<LiveSession>, Problem> {
        match self.without_tenant(headers).await? {
            Some(LiveSession::Visitor(visitor)) => {
                Ok(Some(LiveSession::Visitor(Box::new(self.with_tenant(*visitor).await?))))
            }
            other => Ok(other),
        }
    }

    /// The same without the organisation, which most polls do without.
    async fn without_tenant(&self, headers: &HeaderMap) -> Result<Option<LiveSession>, Problem> {
        let Some(session) = SessionId::from_headers(headers) else { return Ok(None) };
        let now = self.clock.now();
        let stored = self.state.find_session(&session.hash()).await?;
        let Some(stored) = stored.filter(|stored| !stored.ends(None).are_past(now)) else { return Ok(None) };
        let (id, login, administrator) = match stored.stands_for.clone() {
            StandsFor::XeroArrival(arrival) => {
                let left = self.used(headers, stored, None).await;
                return Ok(Some(LiveSession::XeroArrival { session, arrival: Box::new(arrival), left }));
            }
            StandsFor::PortalArrival(arrival) => {
                let left = self.used(headers, stored, None).await;
                return Ok(Some(LiveSession::PortalArrival { session, arrival: Box::new(arrival), left }));
            }
            StandsFor::SignUp { id, login } => (id, login, None),
            StandsFor::Administrator(administrator) => (administrator.sign_up.clone(), None, Some(administrator)),
        };
        let sign_up = self.state.find_sign_up(&id).await?;
        // An administrator loses access when the sign-up no longer has their portal.
        let is_theirs = |sign_up: &SignUp| {
            administrator.as_ref().is_none_or(|administrator| sign_up.portal() == Some(&administrator.portal))
        };
        let Some(sign_up) = sign_up.filter(is_theirs) else { return Ok(None) };
        let portal = match sign_up.portal() {
            Some(portal) => self.state.find_portal(portal).await?,
            None => None,
        };
        // With a portal there is more to lose: the session is shorter, and is over where the owner's access was ended.
        let portal_since = portal.as_ref().map(|portal| portal.created_at);
        let has_owner = administrator.is_some() || sign_up.owner.is_some();
        if portal_since.is_some() && !has_owner || stored.ends(portal_since).are_past(now) {
            return Ok(None);
        }
        let left = self.used(headers, stored, portal_since).await;
        let address = BrowserAddress::of(headers);
        let active_import = match portal.as_ref().and_then(|portal| Some((&portal.id, portal.active_import.as_ref()?)))
        {
            Some((portal, active)) => self.state.find_import(portal, active).await?,
            None => None,
        };
        let locale = locale(&sign_up, None);
        // What the active import wants, if that is a login. Nobody else would be told.
        let login_wanted = active_import.as_ref().and_then(LoginWanted::of);
        let seen = Box::new(Seen { tenant: None, portal, active_import });
        let visitor = Visitor { session, address, sign_up, login, administrator, locale, login_wanted, left, seen };
        Ok(Some(LiveSession::Visitor(Box::new(visitor))))
    }

    /// The visitor of [`Self::require_for_poll`] with the organisation, for a poll that shows something.
    pub async fn with_tenant(&self, mut visitor: Visitor) -> Result<Visitor, Problem> {
        if let Some(tenant) = visitor.sign_up.tenant() {
            let tenant = self.state.find_tenant(tenant).await?;
            visitor.locale = locale(&visitor.sign_up, tenant.as_ref());
            visitor.seen.tenant = tenant;
        }
        Ok(visitor)
    }

    /// What surrounds a page that is there for everybody, as this browser's visitor has it. It is shown also where the
    /// table does not answer, and nothing is read for a browser without a session.
    pub async fn frame_by(&self, headers: &HeaderMap) -> Frame {
        match self.live_session(headers).await.ok().flatten() {
            Some(LiveSession::Visitor(visitor)) => {
                Frame::SignUp.until(visitor.left).wanting(visitor.login_wanted).local(Some(visitor.locale))
            }
            Some(LiveSession::XeroArrival { left, .. } | LiveSession::PortalArrival { left, .. }) => {
                Frame::SignUp.until(left)
            }
            None => Frame::SignUp,
        }
    }

    /// The live session of a form post, after checking that it came from a page of ours.
    pub async fn require_session_press(&self, headers: &HeaderMap, token: &FormToken) -> Result<LiveSession, Problem> {
        let live = self.live_session(headers).await?.ok_or(Problem::SignedOut)?;
        check_post(headers, &self.site, live.session(), token)?;
        Ok(live)
    }

    pub async fn find(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Problem> {
        match self.live_session(headers).await? {
            Some(LiveSession::Visitor(visitor)) => Ok(Some(*visitor)),
            Some(LiveSession::XeroArrival { .. } | LiveSession::PortalArrival { .. }) | None => Ok(None),
        }
    }

    /// The visitor; [`Problem::SignedOut`] where there is none.
    pub async fn require(&self, headers: &HeaderMap) -> Result<Visitor, Problem> {
        self.find(headers).await?.ok_or(Problem::SignedOut)
    }

    /// The same for a poll, before it is known whether there is anything to show: the organisation is not read, and the times
    /// are written as the form says.
    pub async fn require_for_poll(&self, headers: &HeaderMap) -> Result<Visitor, Problem> {
        match self.without_tenant(headers).await? {
            Some(LiveSession::Visitor(visitor)) => Ok(*visitor),
            _ => Err(Problem::SignedOut),
        }
    }

    /// The visitor of a form post, after checking that it came from a page of ours.
    pub async fn require_press(&self, headers: &HeaderMap, token: &FormToken) -> Result<Visitor, Problem> {
        let visitor = self.require(headers).await?;
        check_post(headers, &self.site, &visitor.session, token)?;
        Ok(visitor)
    }

    /// The portal's administrator; [`Problem::PortalSignedOut`] where there is none, or no longer one.
    pub async fn require_administrator(&self, headers: &HeaderMap) -> Result<(Visitor, Administrator), Problem> {
        let visitor = self.find(headers).await?.ok_or(Problem::PortalSignedOut)?;
        let administrator = visitor.administrator.clone().ok_or(Problem::PortalSignedOut)?;
        Ok((visitor, administrator))
    }

    /// The administrator of a form post, after checking that it came from a page of ours.
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
        let replaced = self.state.find_session(before).await?;
        let started_at = replaced.ok_or(Problem::PortalSignedOut)?.started_at;
        self.add_session(stands_for, started_at, before).await
    }

    async fn add_session(
        &self,
        stands_for: StandsFor,
        started_at: Timestamp,
        before: &SessionHash,
    ) -> Result<SessionId, Problem> {
        let session = SessionId::of_kind(stands_for.kind(), &*self.random);
        // Whoever gets it has pressed: for one that replaces another this is no longer when it began.
        let last_used_at = Some(self.clock.now()).filter(|now| *now > started_at);
        let row = Session { hash: session.hash(), stands_for, started_at, last_used_at };
        self.state.add_session(&row).await?;
        self.state.remove_session(before).await?;
        Ok(session)
    }

    /// Changes a sign-up and stores it. Where another tab changed it meanwhile, the change is made to what is stored
    /// now.
    pub async fn change(
        &self,
        mut sign_up: SignUp,
        change: impl Fn(SignUp) -> Result<SignUp, Problem> + Send,
    ) -> Result<SignUp, Problem> {
        let id = sign_up.id.clone();
        for _ in 0..CHANGES_AGAIN {
            match self.state.replace_sign_up(change(sign_up)?).await {
                Err(StateError::Conflict) => {}
                stored => return Ok(stored?),
            }
            let stored = self.state.find_sign_up(&id).await?;
            sign_up = stored.ok_or(Problem::SignedOut)?;
        }
        Err(Problem::SameMoment)
    }
}

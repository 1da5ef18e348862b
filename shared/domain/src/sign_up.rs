//! A sign-up: `started -> consented -> organisation confirmed -> portal provisioned -> welcomed`.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::country::Country;
use crate::email::EmailAddress;
use crate::existing_portal::ExistingPortal;
use crate::fault::Fault;
use crate::ids::{ImportId, PlanDigest, PortalId, SignUpId, TenantId, XeroUserId};
use crate::obstacle::MetObstacle;
use crate::portal::PortalDomain;

/// How long the function that asked GO1 for a portal may still be running. Longer than the functions' time-out.
pub const REQUEST_IN_FLIGHT: SignedDuration = SignedDuration::from_secs(35);

/// What the owner typed, checked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpDetails {
    /// The owner's first name.
    pub given_name: String,
    /// The owner's last name.
    pub family_name: String,
    /// Where GO1 sends its link.
    pub email: EmailAddress,
    /// The company's name, which the portal gets.
    pub company: String,
    /// Where the company says it is; Xero has the last word.
    pub country: Country,
    /// The address asked for.
    pub domain: PortalDomain,
    /// One of [`crate::portal::INDUSTRIES`]; empty where the portal was there before.
    pub industry: String,
}

impl SignUpDetails {
    /// First and last name, for the audit trail and for pages.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

impl fmt::Debug for SignUpDetails {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignUpDetails").field("country", &self.country).finish_non_exhaustive()
    }
}

/// What the owner accepted, when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The version of GO1's terms that was linked.
    pub terms_version: String,
    /// The version of the terms of collection that was shown.
    pub collection_version: String,
    /// When the form was sent.
    pub at: Timestamp,
}

/// The Xero login whose sign-up it is. It alone is let in again from elsewhere; others may log in to Xero in the
/// owner's browser, to read the people with their role, and get nothing more by it. Where an administrator of the portal
/// has ended that access, a sign-up has no owner, and gets none any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Xero's id of the user.
    pub xero_user: XeroUserId,
    /// Whether the email that was typed is this login's, which Xero has verified.
    pub email_is_verified: bool,
}

/// One customer's way from the form to the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUp {
    /// A random id that nobody can guess.
    pub id: SignUpId,
    /// The details from the form.
    pub details: SignUpDetails,
    /// The terms that the owner accepted, by version.
    pub acceptance: Acceptance,
    /// The step that the sign-up has reached.
    pub step: SignUpStep,
    /// The Xero user who owns the sign-up, once somebody has logged in to Xero for it.
    pub owner: Option<Owner>,
    /// Whether the last consent covers payroll's employees.
    pub may_read_payroll: bool,
    /// The name of who gave the last consent, as Xero has it.
    #[serde(default)]
    pub consented_by: Option<String>,
    /// When that login at Xero began; `None` in rows of before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_began_at: Option<Timestamp>,
    /// The portal that is connected instead of a new one.
    #[serde(default)]
    pub existing_portal: Option<ExistingPortal>,
    /// The plan that was shown last.
    pub plan: Option<PlanDigest>,
    /// What the last look at the people met instead of them; `None` where it made a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<MetObstacle>,
    /// The import that was confirmed last.
    pub import: Option<ImportId>,
    /// When a press began to ask GO1 for a portal with these details, for the organisation that is named: for as long as a press
    /// can last neither changes, and no other press asks. What came of it is the organisation's own step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_asked_for_at: Option<Timestamp>,
    /// When the form was sent.
    pub started_at: Timestamp,
    /// Goes up by one with each change; a change is stored on the condition that it has not moved.
    pub revision: u64,
}

/// How far a sign-up is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SignUpStep {
    /// The form was sent.
    Started,
    /// The owner let us into Xero.
    Consented {
        /// The Xero user who gave the last consent.
        xero_user: XeroUserId,
        /// Which consent it was (`authentication_event_id`), where the access token tells.
        authentication_event: Option<String>,
        /// The organisation that was chosen before the form was sent.
        chosen: Option<TenantId>,
    },
    /// The owner named the organisation.
    OrganisationConfirmed {
        /// The Xero user who gave the last consent.
        xero_user: XeroUserId,
        /// Xero's id of the consent (`authentication_event_id`), where the access token has it.
        authentication_event: Option<String>,
        /// The organisation, by its Xero tenant id.
        tenant: TenantId,
    },
    /// The portal was created or connected.
    PortalProvisioned {
        /// The Xero user who gave the last consent.
        xero_user: XeroUserId,
        /// The organisation, by its Xero tenant id.
        tenant: TenantId,
        /// GO1's id of the portal.
        portal: PortalId,
    },
    /// The owner went into the portal.
    Welcomed {
        /// The Xero user who gave the last consent.
        xero_user: XeroUserId,
        /// The organisation, by its Xero tenant id.
        tenant: TenantId,
        /// GO1's id of the portal.
        portal: PortalId,
    },
}

/// A step that cannot follow the one that a sign-up is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this step cannot follow the one that the sign-up is at")]
pub struct StepRefused;

impl Fault for StepRefused {}

impl SignUp {
    /// A new sign-up from a checked form.
    pub fn start(id: SignUpId, details: SignUpDetails, acceptance: Acceptance) -> Self {
        let started_at = acceptance.at;
        Self {
            id,
            details,
            acceptance,
            step: SignUpStep::Started,
            owner: None,
            may_read_payroll: false,
            consented_by: None,
            consent_began_at: None,
            existing_portal: None,
            plan: None,
            obstacle: None,
            import: None,
            portal_asked_for_at: None,
            started_at,
            revision: 0,
        }
    }

    /// Xero sent the owner back with a grant, for an organisation that is still to be named. Possible again until the
    /// portal exists, to choose another organisation.
    pub fn consented(
        self,
        xero_user: XeroUserId,
        authentication_event: Option<String>,
        now: Timestamp,
    ) -> Result<Self, StepRefused> {
        match self.step {
            SignUpStep::OrganisationConfirmed { .. } if self.is_asking(now) => Err(StepRefused),
            SignUpStep::Started | SignUpStep::Consented { .. } | SignUpStep::OrganisationConfirmed { .. } => {
                let step = SignUpStep::Consented { xero_user, authentication_event, chosen: None };
                Ok(Self { step, plan: None, obstacle: None, ..self })
            }
            SignUpStep::PortalProvisioned { .. } | SignUpStep::Welcomed { .. } => Err(StepRefused),
        }
    }

    /// Somebody logged in to Xero for it, whose email Xero writes as `written_email`. It is theirs where it is nobody's yet,
    /// or where Xero has verified that the email that was typed is theirs. One that has a portal and no owner stays without:
    /// its access was ended.
    #[must_use]
    pub fn logged_in(self, xero_user: &XeroUserId, written_email: &str) -> Self {
        let email_is_verified = self.details.email.is_written_as(written_email);
        let is_open = match &self.owner {
            None => self.portal().is_none(),
            Some(_) => email_is_verified,
        };
        if !is_open {
            return self;
        }
        Self { owner: Some(Owner { xero_user: xero_user.clone(), email_is_verified }), ..self }
    }

    /// The same without an owner: from now on nobody gets in by a login at Xero.
    #[must_use]
    pub fn without_owner(self) -> Self {
        Self { owner: None, ..self }
    }

    /// The same with other details, until GO1 is asked for the portal. Of another email Xero has verified nothing.
    pub fn with_details(mut self, details: SignUpDetails, now: Timestamp) -> Result<Self, StepRefused> {
        if self.is_settled(now) {
            return Err(StepRefused);
        }
        if let Some(owner) = &mut self.owner {
            owner.email_is_verified &= details.email == self.details.email;
        }
        Ok(Self { details, ..self })
    }

    /// GO1 is about to be asked for a portal of this organisation, with the details as they are stored with this: whoever
    /// changes them at the same moment comes before, or too late. Where the portal exists it changes nothing. The caller has
    /// seen that no other press [asks](Self::is_asking): it could not be told any more when that one is over.
    pub fn asks_for_portal(self, of: &TenantId, now: Timestamp) -> Result<Self, StepRefused> {
        match &self.step {
            SignUpStep::OrganisationConfirmed { tenant, .. } if tenant == of => {
                Ok(Self { portal_asked_for_at: Some(now), ..self })
            }
            SignUpStep::PortalProvisioned { tenant, .. } | SignUpStep::Welcomed { tenant, .. } if tenant == of => {
                Ok(self)
            }
            _ => Err(StepRefused),
        }
    }

    /// The press that asked at that time is over: all can be changed again for which the organisation's step leaves room.
    #[must_use]
    pub fn asks_no_more(self, asked_at: Option<Timestamp>) -> Self {
        let portal_asked_for_at = self.portal_asked_for_at.filter(|at| Some(*at) != asked_at);
        Self { portal_asked_for_at, ..self }
    }

    /// Whether a press may be asking GO1 for the portal at this moment.
    pub fn is_asking(&self, now: Timestamp) -> bool {
        let may_last = |at| now.duration_since(at) < REQUEST_IN_FLIGHT;
        self.portal().is_none() && self.portal_asked_for_at.is_some_and(may_last)
    }

    /// Whether the portal exists, or a press may be asking GO1 for it: it is made of these details, for this organisation.
    /// Whether GO1 was asked before is the organisation's to say: [`crate::tenant::Tenant::is_settled`].
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.portal().is_some() || self.is_asking(now)
    }

    /// Whether this Xero user owns the sign-up, and the email that was typed is theirs by Xero's word.
    pub fn is_verified_as(&self, xero_user: &XeroUserId) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.xero_user == *xero_user && owner.email_is_verified)
    }

    /// Whether this Xero user owns the sign-up.
    pub fn is_owned_by(&self, xero_user: &XeroUserId) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.xero_user == *xero_user)
    }

    /// Xero sent the owner back with a grant for the organisation that was named before: the step stays. What kept us
    /// from reading it before may be over. `event` is this consent's: that of another user's says nothing of theirs.
    #[must_use]
    pub fn consented_again(self, user: XeroUserId, event: Option<String>) -> Self {
        let mut step = self.step;
        match &mut step {
            SignUpStep::Started => {}
            SignUpStep::Consented { xero_user, authentication_event, .. }
            | SignUpStep::OrganisationConfirmed { xero_user, authentication_event, .. } => {
                (*xero_user, *authentication_event) = (user, event);
            }
            SignUpStep::PortalProvisioned { xero_user, .. } | SignUpStep::Welcomed { xero_user, .. } => {
                *xero_user = user;
            }
        }
        Self { step, obstacle: None, ..self }
    }

    /// The owner named the organisation.
    pub fn organisation_confirmed(self, tenant: TenantId, now: Timestamp) -> Result<Self, StepRefused> {
        match self.step {
            _ if self.is_asking(now) => Err(StepRefused),
            SignUpStep::Consented { xero_user, authentication_event, .. }
            | SignUpStep::OrganisationConfirmed { xero_user, authentication_event, .. } => {
                let step = SignUpStep::OrganisationConfirmed { xero_user, authentication_event, tenant };
                Ok(Self { step, plan: None, obstacle: None, ..self })
            }
            _ => Err(StepRefused),
        }
    }

    /// The portal exists. Saying so twice changes nothing.
    pub fn portal_provisioned(self, portal: PortalId) -> Result<Self, StepRefused> {
        match self.step {
            SignUpStep::OrganisationConfirmed { xero_user, tenant, .. } => {
                Ok(Self { step: SignUpStep::PortalProvisioned { xero_user, tenant, portal }, ..self })
            }
            SignUpStep::PortalProvisioned { .. } | SignUpStep::Welcomed { .. } => Ok(self),
            _ => Err(StepRefused),
        }
    }

    /// Its organisation has got further than the sign-up says, because somebody was cut off in between: the same is
    /// said here.
    pub fn caught_up(self, tenant: &TenantId, portal: Option<&PortalId>, now: Timestamp) -> Result<Self, StepRefused> {
        let named =
            if self.tenant() == Some(tenant) { self } else { self.organisation_confirmed(tenant.clone(), now)? };
        match portal {
            Some(portal) => named.portal_provisioned(portal.clone()),
            None => Ok(named),
        }
    }

    /// The owner went into the portal. Saying so twice changes nothing.
    pub fn welcomed(self) -> Result<Self, StepRefused> {
        match self.step {
            SignUpStep::PortalProvisioned { xero_user, tenant, portal } => {
                Ok(Self { step: SignUpStep::Welcomed { xero_user, tenant, portal }, ..self })
            }
            SignUpStep::Welcomed { .. } => Ok(self),
            _ => Err(StepRefused),
        }
    }

    /// The organisation, once confirmed.
    pub fn tenant(&self) -> Option<&TenantId> {
        match &self.step {
            SignUpStep::Started | SignUpStep::Consented { .. } => None,
            SignUpStep::OrganisationConfirmed { tenant, .. }
            | SignUpStep::PortalProvisioned { tenant, .. }
            | SignUpStep::Welcomed { tenant, .. } => Some(tenant),
        }
    }

    /// The portal, once it exists.
    pub fn portal(&self) -> Option<&PortalId> {
        match &self.step {
            SignUpStep::PortalProvisioned { portal, .. } | SignUpStep::Welcomed { portal, .. } => Some(portal),
            _ => None,
        }
    }
}

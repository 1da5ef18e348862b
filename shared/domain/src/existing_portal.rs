//! A portal that is connected instead of a new one, and how long it is believed that somebody administers it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{PortalId, TenantId, UserAccountId};
use crate::portal::PortalDomain;

/// How long an administrator's session lasts: GO1 says who is one, so it is asked again soon.
pub const ADMINISTRATOR_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// A portal that was there before the sign-up, and that an administrator of it wants connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingPortal {
    /// GO1's id of the portal.
    pub portal: PortalId,
    /// The portal's address, such as `acme.mygo1.com`.
    pub domain: PortalDomain,
    /// The administrator's account in it.
    pub account: UserAccountId,
    /// When GO1 said that they are one.
    #[serde(default)]
    pub since: Timestamp,
    /// The organisation that GO1 made it for, where it is known to be that one's.
    #[serde(default)]
    pub tenant: Option<TenantId>,
}

impl ExistingPortal {
    /// Whether GO1 said so within the hour. After that it is asked again before anything is connected.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.since + ADMINISTRATOR_LIFETIME
    }

    /// Whether it may be connected with this organisation.
    pub fn is_for(&self, tenant: &TenantId) -> bool {
        self.tenant.as_ref().is_none_or(|own| own == tenant)
    }
}

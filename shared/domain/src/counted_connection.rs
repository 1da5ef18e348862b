//! Connections at Xero, counted: an application's tier has room for so many, and whoever comes after the last of them ends
//! on a page of Xero's and never comes back to us (<https://developer.xero.com/faq/pricing-and-policy-updates>).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, TenantId, XeroUserId};
use crate::tenant::Tenant;

/// For this long after a consent, what becomes of it may not be stored yet.
const CONSENT_IN_PROGRESS: SignedDuration = SignedDuration::from_hours(1);

/// Within this time after a consent an organisation is confirmed, or never: longer than a session lasts.
const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// For this long a connection counts whose organisation was never confirmed, or is read through another: as long as a sign-up
/// is kept.
const UNCONFIRMED_COUNTED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A connection that Xero showed us after a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedConnection {
    /// Xero's id of the connection.
    pub connection: ConnectionId,
    /// The organisation that it is to.
    pub tenant: TenantId,
    /// The Xero user whose consent showed it; not known of those that an earlier release counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xero_user: Option<XeroUserId>,
    /// When Xero last showed it to us after a consent.
    pub counted_at: Timestamp,
}

impl CountedConnection {
    /// Whether it is of no use any more: a day after Xero last showed it nobody has confirmed its organisation, or that one is
    /// read through somebody else's. No session of that consent lives any more, so whoever goes on begins with another
    /// consent. While one lives, the connection is what Xero is asked by, whether the organisation is still theirs.
    pub fn came_to_nothing(&self, tenant: Option<&Tenant>, now: Timestamp) -> bool {
        let is_unused = tenant.is_none_or(|tenant| self.is_beside_that_of(tenant));
        is_unused && now.duration_since(self.counted_at) >= CONFIRMED_WITHIN
    }

    /// Whether somebody else's connection is the one that the organisation is read through.
    fn is_beside_that_of(&self, tenant: &Tenant) -> bool {
        let is_another_s = self.xero_user.as_ref().is_some_and(|user| *user != tenant.xero_user);
        is_another_s && tenant.organisation.connection != self.connection
    }

    /// Whether it still counts, by what is stored of its organisation. Xero is not asked: where in doubt it counts, so
    /// that the alarm comes too early and not too late.
    pub fn still_counts(&self, tenant: Option<&Tenant>, now: Timestamp) -> bool {
        let age = now.duration_since(self.counted_at);
        match tenant {
            _ if age < CONSENT_IN_PROGRESS => true,
            Some(tenant) if !self.is_beside_that_of(tenant) => {
                tenant.disconnected.is_none() && tenant.organisation.connection == self.connection
            }
            Some(_) | None => age < UNCONFIRMED_COUNTED,
        }
    }
}

/// Whether operations should know that the tier is nearly full: a tenth of it is left, or one.
pub fn is_nearly_full(connections: usize, tier: usize) -> bool {
    connections + (tier / 10).max(1) >= tier
}

#[cfg(test)]
mod tests {
    use super::is_nearly_full;

    #[test]
    fn the_alarm_comes_while_there_is_room_for_one_or_for_a_tenth() {
        for (tier, last_quiet) in [(5, 3), (50, 44), (1000, 899)] {
            assert!(!is_nearly_full(last_quiet, tier), "{last_quiet} of {tier}");
            assert!(is_nearly_full(last_quiet + 1, tier), "{} of {tier}", last_quiet + 1);
        }
    }
}

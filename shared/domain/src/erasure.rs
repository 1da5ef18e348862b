//! Erasing what is held of a portal: what is told of it afterwards, and who goes on with one that was cut off.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{PortalId, ReceiptId, SignUpId, TenantId};
use crate::portal::{Portal, PortalDomain};
use crate::tenant::{Disconnection, Tenant};

/// How long a receipt is kept after the erasure was asked for.
pub const RECEIPT_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Younger than this, whoever pressed may still be at it; and what was on its way when they pressed, a page or a batch,
/// may still write. Longer than any function of ours lives.
pub const GRACE_PERIOD: SignedDuration = SignedDuration::from_mins(2);

/// How long an erasure waits for Xero to answer. Then our access is erased, and the receipt says that the connection is
/// still listed there.
pub const LONGEST_WAIT_FOR_XERO: SignedDuration = SignedDuration::from_hours(24);

/// An erasure that was confirmed, for as long as there is something to do for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The portal whose data is erased.
    pub portal: PortalId,
    /// The organisation that the portal belongs to.
    pub tenant: TenantId,
    /// The sign-up that the organisation belonged to when the erasure was confirmed.
    pub sign_up: SignUpId,
    /// Where it is told what was removed.
    pub receipt: ReceiptId,
    /// When it was confirmed.
    pub asked_at: Timestamp,
}

/// What an erasure removed, without anybody's name. Whoever has its id may read it, also without a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Names it; nobody can guess it.
    pub id: ReceiptId,
    /// The portal's address, such as `acme.mygo1.com`.
    pub domain: PortalDomain,
    /// When it was confirmed.
    pub asked_at: Timestamp,
    /// When all was done; `None` while some of it is still being removed.
    pub ended_at: Option<Timestamp>,
    /// The organisation's time zone by its IANA name.
    pub timezone: Option<String>,
    /// What there was to remove.
    pub removed: Removed,
    /// What became of the connection at Xero; `None` while it is not certain.
    pub xero: Option<XeroEnding>,
    /// Whether an access to Xero stays, because another sign-up was consented to with the same login.
    #[serde(default)]
    pub access_kept: bool,
    /// How many places stay used.
    pub places_used: u32,
    /// How many imports stay counted.
    pub imports_accepted: u32,
}

/// How much there was of each kind when the erasure was confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Sign-ups: the details that were typed.
    pub sign_ups: usize,
    /// Lists of people that were looked at.
    pub plans: usize,
    /// People of imports: names, emails and outcomes.
    pub people: usize,
    /// Imports, undos included.
    pub imports: usize,
    /// Links between an employee and a GO1 account.
    pub members: usize,
    /// Entries of the trail, whose names and addresses go.
    pub audit_entries: usize,
    /// Xero logins of the sign-up.
    pub xero_logins: usize,
    /// Accesses to the portal.
    pub go1_accesses: usize,
    /// Browsers' sessions, of the owner and of the portal's administrators.
    pub sessions: usize,
}

/// What became of the connection at Xero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum XeroEnding {
    /// The organisation was disconnected before.
    DisconnectedBefore,
    /// Xero has removed the connection.
    Removed,
    /// Xero no longer let us in, or did not answer for [`LONGEST_WAIT_FOR_XERO`]: it may still list the connection.
    NotRemoved,
}

/// What there is to do for an erasure, for whoever looks after those that were cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing is due yet.
    Nothing,
    /// It was cut off: the rest goes.
    Unfinished,
    /// It is done; what came after it, from whoever was on the way, goes too, and then it is over.
    Leftovers,
}

impl Erasure {
    /// An erasure of `portal`, which is the portal of `tenant`.
    pub fn new(portal: &Portal, tenant: &Tenant, receipt: ReceiptId, now: Timestamp) -> Self {
        let sign_up = tenant.sign_up.clone();
        Self { portal: portal.id.clone(), tenant: portal.tenant.clone(), sign_up, receipt, asked_at: now }
    }

    /// The receipt as it begins, with what there is to remove.
    pub fn receipt(&self, portal: &Portal, tenant: &Tenant, removed: Removed) -> Receipt {
        Receipt {
            id: self.receipt.clone(),
            domain: portal.domain.clone(),
            asked_at: self.asked_at,
            ended_at: None,
            timezone: tenant.organisation.timezone.clone(),
            removed,
            xero: tenant.disconnected.as_ref().map(|_| XeroEnding::DisconnectedBefore),
            access_kept: false,
            places_used: portal.places_used,
            imports_accepted: portal.imports_accepted,
        }
    }

    /// What there is to do, while nobody presses.
    pub fn due(&self, receipt: &Receipt, now: Timestamp) -> Due {
        let patience = if receipt.xero.is_none() { LONGEST_WAIT_FOR_XERO } else { GRACE_PERIOD };
        match receipt.ended_at {
            Some(ended) if now.duration_since(ended) >= GRACE_PERIOD => Due::Leftovers,
            None if now.duration_since(self.asked_at) >= patience => Due::Unfinished,
            Some(_) | None => Due::Nothing,
        }
    }
}

impl Receipt {
    /// When the table may delete it.
    pub fn expires_at(&self) -> Timestamp {
        self.asked_at + RECEIPT_KEPT
    }
}

impl XeroEnding {
    /// What taking the connection back came to.
    pub fn of(disconnection: &Disconnection) -> Self {
        if disconnection.removed_at_xero { Self::Removed } else { Self::NotRemoved }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure() -> (Erasure, Receipt) {
        let asked_at = Timestamp::UNIX_EPOCH;
        let (portal, tenant, sign_up, id) = ("1".into(), "tenant".into(), "way".into(), ReceiptId::from("receipt"));
        let receipt = Receipt {
            id: id.clone(),
            domain: PortalDomain::parse("wattle").expect("an address"),
            asked_at,
            ended_at: None,
            timezone: None,
            removed: Removed::default(),
            xero: None,
            access_kept: false,
            places_used: 7,
            imports_accepted: 1,
        };
        (Erasure { portal, tenant, sign_up, receipt: id, asked_at }, receipt)
    }

    #[test]
    fn an_erasure_waits_for_xero_a_day_and_for_whoever_is_at_it_two_minutes() {
        let (erasure, waiting) = erasure();
        let settled = Receipt { xero: Some(XeroEnding::Removed), ..waiting.clone() };
        let ended =
            Receipt { ended_at: Some(Timestamp::UNIX_EPOCH + SignedDuration::from_mins(10)), ..settled.clone() };
        let first = |receipt: &Receipt| {
            let minutes =
                (0..3_000).map(|minutes| (minutes, Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)));
            minutes.map(|(minutes, now)| (minutes, erasure.due(receipt, now))).find(|(_, due)| *due != Due::Nothing)
        };
        assert_eq!(first(&waiting), Some((24 * 60, Due::Unfinished)));
        assert_eq!(first(&settled), Some((2, Due::Unfinished)));
        assert_eq!(first(&ended), Some((12, Due::Leftovers)));
    }
}

//! The trail of a sign-up: who did what, and from where.

use domain::audit::{AuditAction, AuditEntry};
use domain::ids::SignUpId;
use domain::sign_up::REQUEST_IN_FLIGHT;
use jiff::{SignedDuration, Timestamp};
use state::StateError;

use crate::network::BrowserAddress;
use crate::visitor::{Visitor, Visitors};

/// Within this time a press is the same press again, for [`Visitors::record_unless_lately`].
pub const PRESSED_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// How far the clocks of two functions may differ: whoever looks for the line of something begins so much before its time.
pub const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);

/// How many of the newest entries are looked at for what somebody did a while ago. Beyond them it is recorded once more.
const LOOKED_AT: usize = 50;

/// The address as a trail has it.
fn told_address(address: BrowserAddress) -> Option<String> {
    address.ip().map(|address| address.to_string())
}

impl Visitors {
    /// Records what a visitor did to their sign-up, or to the portal that is its.
    pub async fn record(&self, visitor: &Visitor, action: AuditAction) -> Result<(), StateError> {
        self.record_for(&visitor.sign_up.id, Some(visitor.name()), visitor.address, action).await
    }

    /// Records what somebody did who is no visitor of that sign-up yet. `by`: their name, where it is known.
    pub async fn record_for(
        &self,
        sign_up: &SignUpId,
        by: Option<String>,
        address: BrowserAddress,
        action: AuditAction,
    ) -> Result<(), StateError> {
        let from = told_address(address);
        let entry = AuditEntry { at: self.clock.now(), sign_up: sign_up.clone(), action, by, from };
        self.state.append_audit(&entry).await
    }

    /// Records what was done at that time and stands in no trail, because the press that did it was cut off before. As long as
    /// that press may last it is left to it, so that presses at once leave one line.
    pub async fn record_if_cut_off(
        &self,
        visitor: &Visitor,
        action: AuditAction,
        done_at: Timestamp,
    ) -> Result<(), StateError> {
        if self.clock.now().duration_since(done_at) < REQUEST_IN_FLIGHT {
            return Ok(());
        }
        let since = self.state.audit_since(&visitor.sign_up.id, done_at, usize::MAX).await?;
        if since.iter().any(|entry| entry.action == action) {
            return Ok(());
        }
        self.record(visitor, action).await
    }

    /// Records what may be done again and again, unless the same person did the same from the same address within that time.
    /// Whoever calls this does it before the deed: cut off in between, it leaves a line too many rather than none. Presses at one
    /// moment may leave one each.
    pub async fn record_unless_lately(
        &self,
        visitor: &Visitor,
        action: AuditAction,
        lately: SignedDuration,
    ) -> Result<(), StateError> {
        let (since, by, from) = (self.clock.now() - lately, Some(visitor.name()), told_address(visitor.address));
        let newest = self.state.newest_audit_of(&visitor.sign_up.id, LOOKED_AT).await?;
        let is_same = |entry: &AuditEntry| entry.action == action && (&entry.by, &entry.from) == (&by, &from);
        if newest.iter().any(|entry| entry.at > since && is_same(entry)) {
            return Ok(());
        }
        self.record(visitor, action).await
    }

    /// Records what is done once for all, where no row says when and each of many presses at once believes that it did it: by one
    /// of those of a minute; where that one was cut off, by the next who presses.
    pub async fn record_once(&self, visitor: &Visitor, action: AuditAction) -> Result<(), StateError> {
        let trail = self.state.audit_of(&visitor.sign_up.id).await?;
        let is_told = trail.iter().any(|entry| entry.action == action);
        if is_told || !self.is_first(&visitor.sign_up.id, "trail", SignedDuration::from_mins(1)).await? {
            return Ok(());
        }
        self.record(visitor, action).await
    }
}

//! The trail of a sign-up: who did what, and from where.

use domain::audit::{AuditAction, AuditEntry};
use domain::ids::SignUpId;
use domain::sign_up::REQUEST_IN_FLIGHT;
use jiff::{SignedDuration, Timestamp};
use state::StateError;

use crate::network::BrowserAddress;
use crate::visitor::{Visitor, Visitors};

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
        let from = address.ip().map(|address| address.to_string());
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
        let trail = self.state.audit_of(&visitor.sign_up.id).await?;
        if trail.iter().any(|entry| entry.at >= done_at && entry.action == action) {
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

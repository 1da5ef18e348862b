//! Sign-ups, sessions, consents, plans and the audit trail in memory.

use std::collections::hash_map::Entry;

use async_trait::async_trait;
use domain::audit::AuditEntry;
use domain::consent::ConsentAttempt;
use domain::go1_login::Go1LoginAttempt;
use domain::ids::{PlanDigest, SessionHash, SignUpId, StateHash, TenantId, XeroUserId};
use domain::plan::Plan;
use domain::session::{Session, SessionOwner};
use domain::sign_up::SignUp;
use jiff::Timestamp;

use super::{Dated, Memory, is_past};
use crate::sign_ups::{ends_with, entry_ends_with, sign_up_ends_at};
use crate::{
    AuditTrail, Consents, Go1Logins, PLAN_KEPT, PlanReader, Plans, Sessions, SignUpList, SignUpReader, SignUps,
    StateError, XeroLogins,
};

#[async_trait]
impl SignUpReader for Memory {
    async fn find_sign_up(&self, id: &SignUpId) -> Result<Option<SignUp>, StateError> {
        let now = self.clock.now();
        let stored = self.kept().sign_ups.get(id).cloned();
        Ok(stored.filter(|sign_up| !is_past(sign_up_ends_at(sign_up), now)))
    }
}

#[async_trait]
impl SignUpList for Memory {
    async fn sign_ups(&self) -> Result<Vec<SignUp>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        Ok(kept.sign_ups.values().filter(|sign_up| !is_past(sign_up_ends_at(sign_up), now)).cloned().collect())
    }
}

#[async_trait]
impl SignUps for Memory {
    async fn add_sign_up(&self, sign_up: &SignUp) -> Result<(), StateError> {
        match self.kept().sign_ups.entry(sign_up.id.clone()) {
            Entry::Occupied(place) if place.get() == sign_up => Ok(()),
            Entry::Occupied(_) => Err(StateError::Conflict),
            Entry::Vacant(place) => {
                place.insert(sign_up.clone());
                Ok(())
            }
        }
    }

    async fn replace_sign_up(&self, sign_up: SignUp) -> Result<SignUp, StateError> {
        let mut kept = self.kept();
        let stored = kept.sign_ups.get_mut(&sign_up.id).ok_or(StateError::Conflict)?;
        let before = sign_up.revision;
        let next = SignUp { revision: before + 1, ..sign_up };
        if *stored != next && stored.revision != before {
            return Err(StateError::Conflict);
        }
        *stored = next.clone();
        if next.portal().is_some() {
            for entry in kept.audit.iter_mut().filter(|entry| entry.value.sign_up == next.id) {
                entry.until = None;
            }
            for login in kept.xero_logins.values_mut().filter_map(|sign_ups| sign_ups.get_mut(&next.id)) {
                login.until = None;
            }
        }
        Ok(next)
    }
}

#[async_trait]
impl XeroLogins for Memory {
    async fn add_sign_up_of(&self, user: &XeroUserId, sign_up: &SignUpId) -> Result<(), StateError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let until = ends_with(kept.sign_ups.get(sign_up), now);
        let sign_ups = kept.xero_logins.entry(user.clone()).or_default();
        sign_ups.insert(sign_up.clone(), Dated { value: (), until });
        Ok(())
    }

    async fn sign_ups_of(&self, user: &XeroUserId) -> Result<Vec<SignUpId>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        let there = kept.xero_logins.get(user).into_iter().flatten().filter(|(_, login)| login.is_there(now));
        Ok(there.map(|(sign_up, _)| sign_up.clone()).collect())
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn find_session(&self, hash: &SessionHash) -> Result<Option<Session>, StateError> {
        let now = self.clock.now();
        let stored = self.kept().sessions.get(hash).cloned();
        Ok(stored.filter(|session| session.is_at(hash) && !is_past(Some(session.kept_until()), now)))
    }

    async fn add_session(&self, session: &Session) -> Result<(), StateError> {
        self.kept().sessions.insert(session.hash.clone(), session.clone());
        Ok(())
    }

    async fn sessions_of(&self, owner: &SessionOwner) -> Result<Vec<Session>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        let theirs = kept.sessions.values().filter(|session| session.owner() == *owner && session.is_at(&session.hash));
        Ok(theirs.filter(|session| !is_past(Some(session.kept_until()), now)).cloned().collect())
    }

    async fn record_use(&self, session: &Session, at: Timestamp) -> Result<(), StateError> {
        let mut kept = self.kept();
        let stored = kept.sessions.get_mut(&session.hash);
        if let Some(stored) = stored.filter(|stored| stored.last_used_at == session.last_used_at) {
            stored.last_used_at = Some(at);
        }
        Ok(())
    }

    async fn remove_session(&self, hash: &SessionHash) -> Result<(), StateError> {
        self.kept().sessions.remove(hash);
        Ok(())
    }
}

#[async_trait]
impl Consents for Memory {
    async fn add_consent(&self, attempt: &ConsentAttempt) -> Result<(), StateError> {
        match self.kept().consents.entry(attempt.state.clone()) {
            Entry::Occupied(place) if place.get() == attempt => Ok(()),
            Entry::Occupied(_) => Err(StateError::Conflict),
            Entry::Vacant(place) => {
                place.insert(attempt.clone());
                Ok(())
            }
        }
    }

    async fn find_consent(&self, state: &StateHash) -> Result<Option<ConsentAttempt>, StateError> {
        let now = self.clock.now();
        let stored = self.kept().consents.get(state).cloned();
        Ok(stored.filter(|attempt| !is_past(Some(attempt.kept_until()), now)))
    }

    async fn complete_consent(&self, attempt: &ConsentAttempt) -> Result<(), StateError> {
        let mut kept = self.kept();
        let stored = kept.consents.get_mut(&attempt.state).filter(|stored| stored.completed_at.is_none());
        *stored.ok_or(StateError::Conflict)? = attempt.clone();
        Ok(())
    }
}

#[async_trait]
impl Go1Logins for Memory {
    async fn add_go1_login(&self, attempt: &Go1LoginAttempt) -> Result<(), StateError> {
        match self.kept().go1_logins.entry(attempt.state.clone()) {
            Entry::Occupied(place) if place.get() == attempt => Ok(()),
            Entry::Occupied(_) => Err(StateError::Conflict),
            Entry::Vacant(place) => {
                place.insert(attempt.clone());
                Ok(())
            }
        }
    }

    async fn find_go1_login(&self, state: &StateHash) -> Result<Option<Go1LoginAttempt>, StateError> {
        let now = self.clock.now();
        let stored = self.kept().go1_logins.get(state).cloned();
        Ok(stored.filter(|attempt| !is_past(Some(attempt.kept_until()), now)))
    }

    async fn complete_go1_login(&self, attempt: &Go1LoginAttempt) -> Result<(), StateError> {
        let mut kept = self.kept();
        let stored = kept.go1_logins.get_mut(&attempt.state).filter(|stored| stored.completed_at.is_none());
        *stored.ok_or(StateError::Conflict)? = attempt.clone();
        Ok(())
    }
}

#[async_trait]
impl PlanReader for Memory {
    async fn find_plan(&self, tenant: &TenantId, digest: &PlanDigest) -> Result<Option<Plan>, StateError> {
        let now = self.clock.now();
        let stored = self.kept().plans.get(&(tenant.clone(), digest.clone())).cloned();
        Ok(stored.filter(|plan| !is_past(Some(plan.read_at + PLAN_KEPT), now)))
    }
}

#[async_trait]
impl Plans for Memory {
    async fn put_plan(&self, plan: &Plan) -> Result<PlanDigest, StateError> {
        let digest = plan.digest();
        self.kept().plans.insert((plan.tenant.clone(), digest.clone()), plan.clone());
        Ok(digest)
    }

    async fn put_choices(&self, plan: &Plan) -> Result<(), StateError> {
        if let Some(stored) = self.kept().plans.get_mut(&(plan.tenant.clone(), plan.digest())) {
            *stored = plan.clone();
        }
        Ok(())
    }
}

#[async_trait]
impl AuditTrail for Memory {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StateError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let until = entry_ends_with(&entry.sign_up, kept.sign_ups.get(&entry.sign_up), now);
        kept.audit.push(Dated { value: entry.clone(), until });
        Ok(())
    }

    async fn audit_of(&self, sign_up: &SignUpId) -> Result<Vec<AuditEntry>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        let its = kept.audit.iter().filter(|entry| entry.value.sign_up == *sign_up && entry.is_there(now));
        let mut entries: Vec<_> = its.map(|entry| entry.value.clone()).collect();
        entries.sort_by_key(|entry| entry.at);
        Ok(entries)
    }

    async fn newest_audit_of(&self, sign_up: &SignUpId, most: usize) -> Result<Vec<AuditEntry>, StateError> {
        let entries = self.audit_of(sign_up).await?;
        Ok(entries.into_iter().rev().take(most).collect())
    }

    async fn audit_since(
        &self,
        sign_up: &SignUpId,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<AuditEntry>, StateError> {
        let entries = self.audit_of(sign_up).await?;
        Ok(entries.into_iter().filter(|entry| entry.at >= since).take(most).collect())
    }
}

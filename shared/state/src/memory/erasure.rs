//! Erasing what is held of a portal, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::audit::{AuditAction, AuditEntry};
use domain::erasure::{Erasure, Receipt, Removed};
use domain::ids::{PortalId, ReceiptId, SignUpId, TenantId, XeroUserId};
use domain::session::SessionOwner;

use super::{Dated, Memory, is_past};
use crate::{BeginRefused, Erasures, GrantOwner, ReceiptReader, StateError};

#[async_trait]
impl ReceiptReader for Memory {
    async fn find_receipt(&self, id: &ReceiptId) -> Result<Option<Receipt>, StateError> {
        let now = self.clock.now();
        let stored = self.kept().receipts.get(id).cloned();
        Ok(stored.filter(|receipt| !is_past(Some(receipt.expires_at()), now)))
    }
}

#[async_trait]
impl Erasures for Memory {
    async fn held(&self, portal: &PortalId, tenant: &TenantId, sign_up: &SignUpId) -> Result<Removed, StateError> {
        let kept = self.kept();
        let owner = SessionOwner::SignUp(sign_up.clone());
        let of_portal = |(of, _): &&(PortalId, _)| of == portal;
        Ok(Removed {
            sign_ups: usize::from(kept.sign_ups.contains_key(sign_up)),
            plans: kept.plans.keys().filter(|(of, _)| of == tenant).count(),
            people: kept.people.iter().filter(|((of, _), _)| of == portal).map(|(_, people)| people.len()).sum(),
            imports: kept.imports.keys().filter(of_portal).count(),
            members: kept.members.get(portal).map_or(0, BTreeMap::len),
            audit_entries: kept.audit.iter().filter(|entry| entry.value.sign_up == *sign_up).count(),
            xero_logins: kept.xero_logins.values().filter(|sign_ups| sign_ups.contains_key(sign_up)).count(),
            go1_accesses: usize::from(kept.grants.contains_key(&GrantOwner::Portal(portal.clone()))),
            sessions: kept.sessions.values().filter(|session| session.owner() == owner).count(),
        })
    }

    async fn begin_erasure(&self, erasure: &Erasure, receipt: &Receipt) -> Result<(), BeginRefused> {
        let mut kept = self.kept();
        if let Some(before) = kept.erasures.get(&erasure.portal).filter(|before| before.sign_up == erasure.sign_up) {
            return Err(BeginRefused::BegunBefore(Box::new(before.clone())));
        }
        let portal = kept.portals.get_mut(&erasure.portal).filter(|portal| portal.tenant == erasure.tenant);
        let portal = portal.ok_or(StateError::Conflict)?;
        if portal.erased_at.is_some() {
            return Err(BeginRefused::Erased);
        }
        if let Some(import) = &portal.active_import {
            return Err(BeginRefused::ImportActive(import.clone()));
        }
        if portal.imports_accepted != receipt.imports_accepted {
            return Err(BeginRefused::Outdated);
        }
        portal.erased_at = Some(erasure.asked_at);
        portal.administrator = None;
        kept.erasures.insert(erasure.portal.clone(), erasure.clone());
        kept.receipts.insert(receipt.id.clone(), receipt.clone());
        let entry = AuditEntry {
            at: erasure.asked_at,
            sign_up: erasure.sign_up.clone(),
            action: AuditAction::Erased { portal: erasure.portal.clone() },
            by: None,
            from: None,
        };
        kept.audit.push(Dated { value: entry, until: None });
        Ok(())
    }

    async fn find_erasure(&self, portal: &PortalId) -> Result<Option<Erasure>, StateError> {
        Ok(self.kept().erasures.get(portal).cloned())
    }

    async fn erasures(&self) -> Result<Vec<Erasure>, StateError> {
        Ok(self.kept().erasures.values().cloned().collect())
    }

    async fn put_receipt(&self, receipt: &Receipt) -> Result<(), StateError> {
        self.kept().receipts.insert(receipt.id.clone(), receipt.clone());
        Ok(())
    }

    async fn end_erasure(&self, portal: &PortalId, sign_up: &SignUpId) -> Result<(), StateError> {
        self.kept().erasures.retain(|of, erasure| of != portal || erasure.sign_up != *sign_up);
        Ok(())
    }

    async fn erase_plans(&self, tenant: &TenantId) -> Result<(), StateError> {
        self.kept().plans.retain(|(of, _), _| of != tenant);
        Ok(())
    }

    async fn erase_imports(&self, portal: &PortalId) -> Result<(), StateError> {
        let mut kept = self.kept();
        kept.people.retain(|(of, _), _| of != portal);
        kept.people_until.retain(|(of, _), _| of != portal);
        kept.batches.retain(|(of, _), _| of != portal);
        kept.imports.retain(|(of, _), _| of != portal);
        Ok(())
    }

    async fn erase_members(&self, portal: &PortalId) -> Result<(), StateError> {
        self.kept().members.remove(portal);
        Ok(())
    }

    async fn xero_users_of(&self, sign_up: &SignUpId) -> Result<Vec<XeroUserId>, StateError> {
        let kept = self.kept();
        let users = kept.xero_logins.iter().filter(|(_, sign_ups)| sign_ups.contains_key(sign_up));
        Ok(users.map(|(user, _)| user.clone()).collect())
    }

    async fn erase_login(&self, user: &XeroUserId, sign_up: &SignUpId) -> Result<(), StateError> {
        let mut kept = self.kept();
        if let Some(sign_ups) = kept.xero_logins.get_mut(user) {
            sign_ups.remove(sign_up);
        }
        kept.xero_logins.retain(|_, sign_ups| !sign_ups.is_empty());
        Ok(())
    }

    async fn erase_sessions(&self, owner: &SessionOwner) -> Result<(), StateError> {
        self.kept().sessions.retain(|_, session| session.owner() != *owner);
        Ok(())
    }

    async fn erase_sign_up(&self, sign_up: &SignUpId) -> Result<(), StateError> {
        self.kept().sign_ups.remove(sign_up);
        Ok(())
    }

    async fn erase_people_of_audit(&self, sign_up: &SignUpId) -> Result<(), StateError> {
        for entry in self.kept().audit.iter_mut().filter(|entry| entry.value.sign_up == *sign_up) {
            entry.value = entry.value.clone().without_people();
        }
        Ok(())
    }
}

//! Token sets: by which key they are sealed, sealing them anew, forgetting them.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{SignUpId, XeroUserId};
use domain::tenant::Tenant;
use state::GrantOwner;
use vault::{Resealed, Resealer, SealingKeys};

use crate::error::OpsError;
use crate::subject::Meant;
use crate::tool::{OpsState, Tool};

/// The keys of both upstreams.
#[derive(Clone)]
pub struct Keys {
    pub xero: Arc<SealingKeys>,
    pub go1: Arc<SealingKeys>,
}

impl Keys {
    fn of(&self, owner: &GrantOwner) -> &Arc<SealingKeys> {
        match owner {
            GrantOwner::XeroUser(_) => &self.xero,
            GrantOwner::Portal(_) => &self.go1,
        }
    }
}

/// How many token sets are sealed with which key, by upstream.
pub type ByKey = BTreeMap<(&'static str, String), usize>;

/// What became of the token sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResealedAll {
    /// So many are sealed with the current key now.
    pub now: usize,
    /// So many were so before.
    pub before: usize,
    /// A worker was at so many: run it again.
    pub in_use: usize,
    /// These do not open with our keys: whose they are, and why.
    pub failed: Vec<(String, String)>,
}

/// What became of a portal's tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    /// Whose tokens were forgotten.
    pub forgotten: Vec<String>,
    /// Whose were kept, and the sign-up with another organisation that needs them.
    pub kept: Vec<(String, SignUpId)>,
}

fn upstream(owner: &GrantOwner) -> &'static str {
    match owner {
        GrantOwner::XeroUser(_) => "Xero",
        GrantOwner::Portal(_) => "GO1",
    }
}

/// Whose token set it is, by id.
fn of(owner: &GrantOwner) -> String {
    match owner {
        GrantOwner::XeroUser(user) => format!("Xero user {user}"),
        GrantOwner::Portal(portal) => format!("portal {portal}"),
    }
}

impl<S: OpsState + 'static> Tool<S> {
    /// Counts the token sets by the key that they are sealed with.
    pub async fn keys(&self) -> Result<ByKey, OpsError> {
        let mut counts = ByKey::new();
        for owner in self.state.grant_owners().await? {
            let Some(grant) = self.state.find_grant(&owner).await? else { continue };
            let key = SealingKeys::key_of(&grant.sealed).unwrap_or("none").to_owned();
            *counts.entry((upstream(&owner), key)).or_default() += 1;
        }
        Ok(counts)
    }

    /// Seals every token set with the current key of its upstream.
    pub async fn reseal(&self, keys: &Keys) -> Result<ResealedAll, OpsError> {
        let mut all = ResealedAll::default();
        for owner in self.state.grant_owners().await? {
            let resealer = Resealer {
                grants: self.state.clone(),
                keys: keys.of(&owner).clone(),
                clock: self.clock.clone(),
                random: self.random.clone(),
            };
            match resealer.reseal(&owner).await {
                Ok(Resealed::Now) => all.now += 1,
                Ok(Resealed::Before) => all.before += 1,
                Ok(Resealed::InUse) => all.in_use += 1,
                Ok(Resealed::Gone) => {}
                Err(vault::VaultError::Seal(error)) => all.failed.push((of(&owner), error.to_string())),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }

    /// Forgets the tokens of a portal at GO1, and those of every Xero login that its organisation can be read with, where
    /// that login reads no other organisation. At Xero and GO1 themselves they stay valid until somebody ends them there.
    pub async fn revoke(&self, portal: &Meant) -> Result<Revoked, OpsError> {
        let portal = self.portal(portal.id()).await?;
        let tenant = self.tenant_of(&portal).await?;
        let mut users = self.state.xero_users_of(&tenant.sign_up).await?;
        if !users.contains(&tenant.xero_user) {
            users.push(tenant.xero_user.clone());
        }
        let mut owners = vec![GrantOwner::Portal(portal.id)];
        let mut revoked = Revoked::default();
        for user in users {
            match self.other_customer(&user, &tenant).await? {
                None => owners.push(GrantOwner::XeroUser(user)),
                Some(sign_up) => revoked.kept.push((of(&GrantOwner::XeroUser(user)), sign_up)),
            }
        }
        for owner in &owners {
            self.state.erase_grant(owner).await?;
        }
        revoked.forgotten = owners.iter().map(of).collect();
        Ok(revoked)
    }

    /// A sign-up of this login with another organisation. One that never came to an organisation, or to this one, needs no
    /// tokens that a new login does not bring.
    async fn other_customer(&self, user: &XeroUserId, tenant: &Tenant) -> Result<Option<SignUpId>, OpsError> {
        for id in self.state.sign_ups_of(user).await? {
            let other = self.state.find_sign_up(&id).await?.filter(|other| other.id != tenant.sign_up);
            let confirmed = other.as_ref().and_then(|other| other.tenant());
            if confirmed.is_some_and(|confirmed| *confirmed != tenant.organisation.tenant) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

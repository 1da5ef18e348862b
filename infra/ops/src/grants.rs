//! Token sets: by which key they are sealed, sealing them anew, forgetting them.

use std::collections::BTreeMap;
use std::sync::Arc;

use state::GrantOwner;
use vault::{Resealed, Resealer, SealingKeys};

use crate::error::OpsError;
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

    /// Forgets the tokens of a portal at GO1, and those of the Xero login that its organisation is read with, where that
    /// login serves no other sign-up. At Xero and GO1 themselves they stay valid until somebody ends them there. Returns
    /// whose tokens were forgotten.
    pub async fn revoke(&self, portal: &str) -> Result<Vec<String>, OpsError> {
        let portal = self.portal(portal).await?;
        let tenant = self.tenant_of(&portal).await?;
        let mut owners = vec![GrantOwner::Portal(portal.id)];
        let mut is_shared = false;
        for id in self.state.sign_ups_of(&tenant.xero_user).await? {
            is_shared |= id != tenant.sign_up && self.state.find_sign_up(&id).await?.is_some();
        }
        if !is_shared {
            owners.push(GrantOwner::XeroUser(tenant.xero_user));
        }
        for owner in &owners {
            self.state.erase_grant(owner).await?;
        }
        Ok(owners.iter().map(of).collect())
    }
}

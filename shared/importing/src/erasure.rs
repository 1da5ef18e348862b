//! Erases what is stored about a portal. Every step can be done again, and each keeps the rows by which the rest is
//! found, so that the next request or the sweeper can finish an erasure that was cut off.

use std::sync::Arc;

use domain::clock::Clock;
use domain::erasure::{Due, Erasure, Receipt, XeroEnding};
use domain::ids::{ImportId, ReceiptId, XeroUserId};
use domain::portal::Portal;
use domain::session::{SESSION_LIFETIME, SessionOwner};
use domain::sign_up::SignUp;
use domain::tenant::{Disconnection, Tenant};
use state::{
    BeginRefused, CountedConnections, Erasures, GrantOwner, Grants, SignUpReader, StateError, Tenants, XeroLogins,
    change_tenant,
};

/// The parts of the table that an erasure uses: what is erased, organisations, the sign-ups of a Xero user, and tokens.
pub trait ErasureState: Erasures + Tenants + CountedConnections + SignUpReader + XeroLogins + Grants {}

impl<S: Erasures + Tenants + CountedConnections + SignUpReader + XeroLogins + Grants> ErasureState for S {}

/// Erases in the table. It needs no secret, because tokens are removed unread.
#[derive(Clone)]
pub struct Eraser {
    pub state: Arc<dyn ErasureState>,
    pub clock: Arc<dyn Clock>,
}

/// Why a portal is not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// An import is running; nothing was begun.
    #[error("an import is running")]
    ImportActive(ImportId),
    /// An import was accepted since the page was shown; nothing was begun.
    #[error("an import was accepted meanwhile")]
    Outdated,
    #[error("what was held of the portal is erased")]
    Erased,
    /// The table failed. The sweeper finishes what was begun.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Eraser {
    /// Begins to erase what is stored about `portal`, or finds the erasure that was begun before. `imports_accepted`:
    /// the number that the page showed. `receipt`: the id of the receipt of a new erasure.
    pub async fn begin(
        &self,
        portal: &Portal,
        tenant: &Tenant,
        imports_accepted: u32,
        receipt: ReceiptId,
    ) -> Result<Erasure, EraseError> {
        if portal.erased_at.is_none() && portal.imports_accepted != imports_accepted {
            return Err(EraseError::Outdated);
        }
        let erasure = Erasure::new(portal, tenant, receipt, self.clock.now());
        let before = self.state.find_erasure(&portal.id).await?;
        if let Some(before) = before.filter(|before| before.sign_up != erasure.sign_up) {
            // The customer came back and erases again, so the earlier erasure is finished before this one begins.
            if self.state.find_receipt(&before.receipt).await?.is_some() {
                self.erase_all(&before).await?;
            }
            self.erase_leftovers(&before).await?;
        }
        let held = self.state.held(&erasure.portal, &erasure.tenant, &erasure.sign_up).await?;
        let receipt = erasure.receipt(portal, tenant, held);
        match self.state.begin_erasure(&erasure, &receipt).await {
            Ok(()) => {
                tracing::info!(portal = %portal.id, ?held, "erasing what is held of a portal");
                Ok(erasure)
            }
            Err(BeginRefused::BegunBefore(before)) => Ok(*before),
            Err(BeginRefused::ImportActive(import)) => Err(EraseError::ImportActive(import)),
            Err(BeginRefused::Outdated) => Err(EraseError::Outdated),
            Err(BeginRefused::Erased) => Err(EraseError::Erased),
            Err(BeginRefused::State(error)) => Err(error.into()),
        }
    }

    /// The organisation, if this erasure still has to remove its connection at Xero.
    pub async fn connected_tenant(&self, erasure: &Erasure) -> Result<Option<Tenant>, StateError> {
        let receipt = self.state.find_receipt(&erasure.receipt).await?.ok_or(StateError::Conflict)?;
        let tenant = self.state.find_tenant(&erasure.tenant).await?.ok_or(StateError::Conflict)?;
        Ok((receipt.xero.is_none() && tenant.sign_up == erasure.sign_up).then_some(tenant))
    }

    /// Stores that the connection at Xero is gone, so that a later request knows it if this one is cut off.
    pub async fn disconnected(&self, erasure: &Erasure, gone: &Disconnection) -> Result<(), StateError> {
        // If somebody has connected the organisation again in the meantime, that access is erased as well.
        self.change_tenant(erasure, |tenant| Tenant { disconnected: Some(gone.clone()), ..tenant }).await
    }

    /// Stores in the receipt how our access to Xero ended.
    pub async fn access_ended(&self, erasure: &Erasure, gone: &Disconnection) -> Result<(), StateError> {
        let receipt = self.state.find_receipt(&erasure.receipt).await?.ok_or(StateError::Conflict)?;
        self.state.put_receipt(&Receipt { xero: Some(XeroEnding::of(gone)), ..receipt }).await
    }

    /// Erases everything in the table. The organisation comes last: until then nobody can connect it again, so all rows
    /// that are found belong to this sign-up. After that the portal and the organisation may belong to a new sign-up of
    /// the customer.
    pub async fn erase_all(&self, erasure: &Erasure) -> Result<Receipt, StateError> {
        let Erasure { portal, tenant, sign_up, .. } = erasure;
        let receipt = self.state.find_receipt(&erasure.receipt).await?.ok_or(StateError::Conflict)?;
        if receipt.ended_at.is_some() {
            return Ok(receipt);
        }
        let receipt = self.note_kept_access(erasure, receipt).await?;
        if let Some(own) = self.own_tenant(erasure).await?.filter(|tenant| tenant.erased_at.is_none()) {
            self.state.discount_connection(&own.organisation.connection).await?;
            self.state.erase_grant(&GrantOwner::Portal(portal.clone())).await?;
            self.state.erase_plans(tenant).await?;
            self.state.erase_imports(portal).await?;
            self.state.erase_members(portal).await?;
            self.state.erase_sessions(&SessionOwner::Portal(portal.clone())).await?;
        }
        self.erase_logins(erasure).await?;
        self.state.erase_sessions(&SessionOwner::SignUp(sign_up.clone())).await?;
        self.state.erase_sign_up(sign_up).await?;
        self.state.erase_people_of_audit(sign_up).await?;
        let now = self.clock.now();
        self.change_tenant(erasure, |tenant| tenant.erased(now)).await?;
        let left = self.own_tenant(erasure).await?.and_then(|tenant| tenant.disconnected);
        let xero = receipt.xero.or_else(|| left.as_ref().map(XeroEnding::of)).or(Some(XeroEnding::NotRemoved));
        let receipt = Receipt { ended_at: Some(now), xero, ..receipt };
        self.state.put_receipt(&receipt).await?;
        tracing::info!(%portal, "what was held of a portal is erased");
        Ok(receipt)
    }

    /// Finishes an erasure that was cut off, or erases what was written after one that was not, once it is due.
    pub async fn resume_if_due(&self, erasure: &Erasure) -> Result<(), StateError> {
        // A receipt is kept for 30 days, so without one the erasure is older than that.
        let receipt = self.state.find_receipt(&erasure.receipt).await?;
        match receipt.map_or(Due::Leftovers, |receipt| erasure.due(&receipt, self.clock.now())) {
            Due::Nothing => Ok(()),
            Due::Unfinished => {
                tracing::warn!(portal = %erasure.portal, "ending an erasure that was cut off");
                self.erase_all(erasure).await.map(drop)
            }
            Due::Leftovers => self.erase_leftovers(erasure).await,
        }
    }

    /// Erases rows that requests wrote which were running during the erasure: a plan, a login, an audit entry. Rows of
    /// a new connection are not touched.
    async fn erase_leftovers(&self, erasure: &Erasure) -> Result<(), StateError> {
        let Erasure { portal, tenant, sign_up, .. } = erasure;
        if self.own_tenant(erasure).await?.is_some() {
            self.state.erase_plans(tenant).await?;
            self.state.erase_imports(portal).await?;
            self.state.erase_members(portal).await?;
            let now = self.clock.now();
            self.change_tenant(erasure, |tenant| tenant.erased(now)).await?;
            // A login that is about to connect the portal again may have stored this grant, so it is kept for a
            // session's time.
            self.state.limit_grant(&GrantOwner::Portal(portal.clone()), now + SESSION_LIFETIME).await?;
        }
        self.erase_logins(erasure).await?;
        self.state.erase_sessions(&SessionOwner::SignUp(sign_up.clone())).await?;
        self.state.erase_sign_up(sign_up).await?;
        self.state.erase_people_of_audit(sign_up).await?;
        self.state.end_erasure(portal, sign_up).await
    }

    /// The organisation, if it still belongs to this sign-up.
    async fn own_tenant(&self, erasure: &Erasure) -> Result<Option<Tenant>, StateError> {
        let stored = self.state.find_tenant(&erasure.tenant).await?;
        Ok(stored.filter(|tenant| tenant.sign_up == erasure.sign_up))
    }

    /// Stores in the receipt that an access to Xero is kept, before the login row is erased by which that is known.
    async fn note_kept_access(&self, erasure: &Erasure, receipt: Receipt) -> Result<Receipt, StateError> {
        for user in self.xero_users(erasure).await? {
            let grant = self.state.find_grant(&GrantOwner::XeroUser(user.clone())).await?;
            if !receipt.access_kept && grant.is_some() && self.has_another(&user, erasure).await? {
                let receipt = Receipt { access_kept: true, ..receipt };
                self.state.put_receipt(&receipt).await?;
                return Ok(receipt);
            }
        }
        Ok(receipt)
    }

    /// The Xero users of the sign-up, and the one with whose grant the organisation is read.
    async fn xero_users(&self, erasure: &Erasure) -> Result<Vec<XeroUserId>, StateError> {
        let mut users = self.state.xero_users_of(&erasure.sign_up).await?;
        let reader = self.own_tenant(erasure).await?.filter(|tenant| tenant.erased_at.is_none());
        if let Some(Tenant { xero_user, .. }) = reader.filter(|tenant| !users.contains(&tenant.xero_user)) {
            users.push(xero_user);
        }
        Ok(users)
    }

    /// Erases the Xero logins of the sign-up. Users who have no other sign-up lose their grant and their sessions too.
    async fn erase_logins(&self, erasure: &Erasure) -> Result<(), StateError> {
        for user in &self.xero_users(erasure).await? {
            self.erase_abandoned(user, erasure).await?;
            if !self.has_another(user, erasure).await? {
                self.state.erase_grant(&GrantOwner::XeroUser(user.clone())).await?;
                self.state.erase_sessions(&SessionOwner::XeroUser(user.clone())).await?;
            }
            self.state.erase_login(user, &erasure.sign_up).await?;
        }
        Ok(())
    }

    /// Whether this user consented in any other sign-up, also of another customer.
    async fn has_another(&self, user: &XeroUserId, erasure: &Erasure) -> Result<bool, StateError> {
        for id in self.state.sign_ups_of(user).await? {
            let other = self.state.find_sign_up(&id).await?.filter(|other| other.id != erasure.sign_up);
            if other.is_some_and(|other| !was_abandoned(&other, erasure)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Erases the user's sign-ups of the same organisation that never reached its portal, and login rows whose sign-up
    /// is gone.
    async fn erase_abandoned(&self, user: &XeroUserId, erasure: &Erasure) -> Result<(), StateError> {
        for id in self.state.sign_ups_of(user).await? {
            let stored = self.state.find_sign_up(&id).await?;
            if id == erasure.sign_up || stored.is_some_and(|stored| !was_abandoned(&stored, erasure)) {
                continue;
            }
            self.state.erase_sessions(&SessionOwner::SignUp(id.clone())).await?;
            self.state.erase_people_of_audit(&id).await?;
            self.state.erase_sign_up(&id).await?;
            self.state.erase_login(user, &id).await?;
        }
        Ok(())
    }

    /// Changes the organisation, if it still belongs to this sign-up.
    async fn change_tenant(
        &self,
        erasure: &Erasure,
        change: impl Fn(Tenant) -> Tenant + Send + Sync,
    ) -> Result<(), StateError> {
        let Some(tenant) = self.own_tenant(erasure).await? else { return Ok(()) };
        let changed = |tenant: Tenant| {
            let changed = change(tenant.clone());
            (tenant.sign_up == erasure.sign_up && changed != tenant).then_some(changed)
        };
        change_tenant(&*self.state, tenant, changed).await.map(drop)
    }
}

/// Whether this is another sign-up of the organisation that never reached a portal.
fn was_abandoned(sign_up: &SignUp, erasure: &Erasure) -> bool {
    sign_up.id != erasure.sign_up && sign_up.portal().is_none() && sign_up.tenant() == Some(&erasure.tenant)
}

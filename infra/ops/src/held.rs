//! What is held of a customer: handed out, and erased.

use domain::erasure::Receipt;
use domain::ids::ReceiptId;
use importing::erasure::Eraser;
use serde_json::{Value, json};
use state::StateError;

use crate::error::OpsError;
use crate::subject::Meant;
use crate::tool::{OpsState, Tool};

/// A value as JSON.
pub(crate) fn value<T: serde::Serialize>(of: T) -> Result<Value, OpsError> {
    serde_json::to_value(of).map_err(|error| OpsError::State(StateError::Malformed(error.into())))
}

impl<S: OpsState + 'static> Tool<S> {
    /// Everything that is held of a portal, its organisation and its sign-up. Tokens are left out: they are no data of the
    /// customer, and who has them can act for them.
    pub async fn export(&self, portal: &str) -> Result<Value, OpsError> {
        let portal = self.portal(portal).await?;
        let tenant = self.tenant_of(&portal).await?;
        let sign_up = self.state.find_sign_up(&tenant.sign_up).await?;
        let plan = match sign_up.as_ref().and_then(|sign_up| sign_up.plan.as_ref()) {
            Some(plan) => self.state.find_plan(&portal.tenant, plan).await?,
            None => None,
        };
        let mut imports = Vec::new();
        for import in self.state.imports_of(&portal.id).await? {
            let people = self.state.import_people(&portal.id, &import.id).await?;
            let batches = self.state.batches(&portal.id, &import.id).await?;
            imports.push(json!({ "import": value(&import)?, "people": value(people)?, "batches": value(batches)? }));
        }
        Ok(json!({
            "members": value(self.state.members(&portal.id).await?)?,
            "trail": value(self.state.audit_of(&tenant.sign_up).await?)?,
            "portal": value(portal)?,
            "organisation": value(tenant)?,
            "sign_up": value(sign_up)?,
            "plan": value(plan)?,
            "imports": imports,
        }))
    }

    /// Erases what is held of a portal, as its settings page does, without a word to Xero: the receipt says that the
    /// connection was not removed there. Cut off, it is ended by the sweeper or by the same command.
    pub async fn erase(&self, portal: &Meant) -> Result<Receipt, OpsError> {
        let portal = self.portal(portal.id()).await?;
        let tenant = self.tenant_of(&portal).await?;
        let receipt = ReceiptId::new(domain::clock::random_hex::<16>(&*self.random));
        let eraser = Eraser { state: self.state.clone(), clock: self.clock.clone() };
        let erasure = eraser.begin(&portal, &tenant, portal.imports_accepted, receipt).await?;
        Ok(eraser.erase_all(&erasure).await?)
    }
}

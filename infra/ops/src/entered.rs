//! What somebody entered who has no portal: found by their email, handed out, deleted.

use deleting::{DeleteError, delete_rows, entered};
use domain::ids::{SignUpId, TenantId};
use domain::sign_up::SignUp;
use serde_json::{Value, json};

use crate::error::OpsError;
use crate::held::value;
use crate::subject::Meant;
use crate::tool::{OpsState, Tool};

impl<S: OpsState + 'static> Tool<S> {
    /// The sign-ups that have this email, in any case: of each a line with its id and its portal. It reads the whole table.
    pub async fn find(&self, email: &str) -> Result<Vec<String>, OpsError> {
        let wanted = email.trim().to_lowercase();
        let mut found: Vec<SignUp> = self.state.sign_ups().await?;
        found.retain(|sign_up| sign_up.details.email.as_str().to_lowercase() == wanted);
        let portal = |sign_up: &SignUp| sign_up.portal().map_or("no portal".to_owned(), |id| format!("portal {id}"));
        Ok(found.iter().map(|sign_up| format!("sign-up {}: {}", sign_up.id, portal(sign_up))).collect())
    }

    /// Everything that is held of a sign-up without a portal. Tokens are left out.
    pub async fn export_entered(&self, id: &str) -> Result<Value, OpsError> {
        let entered = entered(&*self.state, &self.sign_up(id).await?).await?;
        // Which plan was shown is told only of the organisation that the sign-up names now.
        let shown = entered.sign_up.as_ref().and_then(|sign_up| sign_up.tenant().zip(sign_up.plan.as_ref()));
        let is_own = |id: &TenantId| entered.tenants.iter().any(|tenant| tenant.organisation.tenant == *id);
        let plan = match shown {
            Some((tenant, plan)) if is_own(tenant) => self.state.find_plan(tenant, plan).await?,
            _ => None,
        };
        Ok(json!({
            "trail": value(self.state.audit_of(&SignUpId::new(id)).await?)?,
            "sign_up": value(&entered.sign_up)?,
            "organisations": value(&entered.tenants)?,
            "xero_users": value(&entered.users)?,
            "plan": value(plan)?,
        }))
    }

    /// Deletes everything that is held of a sign-up without a portal, as "Delete what you entered" does, without a word to
    /// Xero.
    pub async fn erase_entered(&self, id: &Meant) -> Result<(), OpsError> {
        let entered = entered(&*self.state, &self.sign_up(id.id()).await?).await?;
        Ok(delete_rows(&*self.state, &entered).await?)
    }

    async fn sign_up(&self, id: &str) -> Result<SignUp, OpsError> {
        self.state.find_sign_up(&SignUpId::new(id)).await?.ok_or(OpsError::NoSignUp)
    }
}

impl From<DeleteError> for OpsError {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::State(error) => Self::State(error),
            error => Self::NotDeleted(error),
        }
    }
}

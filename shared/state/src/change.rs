//! Changes what others may change at the same moment. It is read, changed, and stored on the condition that nobody else
//! changed it meanwhile; where somebody did, all of that is done again.

use domain::tenant::Tenant;

use crate::{StateError, Tenants};

/// How often a change is made anew to what is stored by then. One of those who change at the same moment is through each
/// time, so as many as this may press at once.
const CHANGE_TRIES: u32 = 12;

/// Changes an organisation and stores it; where somebody else changed it meanwhile, what is stored now is changed.
/// `change` is given what is stored, `known` first, and returns what it is to be, or `None` to leave it as it is: then
/// nothing is stored, and `None` comes back. Also where the organisation is no longer there.
/// [`StateError::Conflict`] where others were quicker each time.
pub async fn change_tenant(
    tenants: &dyn Tenants,
    known: Tenant,
    change: impl Fn(Tenant) -> Option<Tenant> + Send + Sync,
) -> Result<Option<Tenant>, StateError> {
    let id = known.organisation.tenant.clone();
    let mut stored = Some(known);
    for _ in 0..CHANGE_TRIES {
        let Some(changed) = stored.and_then(&change) else { return Ok(None) };
        match tenants.put_tenant(changed).await {
            Err(StateError::Conflict) => {}
            done => return done.map(Some),
        }
        stored = tenants.find_tenant(&id).await?;
    }
    Err(StateError::Conflict)
}

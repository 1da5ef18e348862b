//! Somebody whom GO1 has named, once they logged in with it.

use domain::arrival::PortalArrival;
use domain::existing_portal::ExistingPortal;
use domain::fault::Causes;
use domain::portal::Portal;
use go1::{Go1Error, Go1Tokens, Me};
use visiting::BrowserAddress;
use web::{LoginFor, Problem};

use crate::addon::Addon;

/// Somebody whom GO1 has named as an administrator of a portal.
pub(crate) struct NamedAdministrator {
    /// Where the browser is that came back with it.
    pub(crate) address: BrowserAddress,
    pub(crate) me: Me,
    /// What opens the portal, as them.
    pub(crate) tokens: Go1Tokens,
    pub(crate) portal: ExistingPortal,
    /// The portal's name, where GO1 tells it.
    pub(crate) portal_name: Option<String>,
    /// The portal, where it is known here.
    pub(crate) kept: Option<Portal>,
}

impl NamedAdministrator {
    /// Their name in GO1; their email where they have none.
    pub(crate) fn name(&self) -> String {
        let me = &self.me;
        let name = format!("{} {}", me.given_name, me.family_name);
        match name.trim() {
            "" => me.email.as_str().to_owned(),
            name => name.to_owned(),
        }
    }

    pub(crate) fn arrival(&self) -> PortalArrival {
        let me = &self.me;
        PortalArrival {
            portal: self.portal.clone(),
            company: self.portal_name.clone().unwrap_or_default(),
            given_name: me.given_name.clone(),
            family_name: me.family_name.clone(),
            email: me.email.as_str().to_owned(),
        }
    }
}

/// What to answer where GO1 did not do what was asked of it.
pub(crate) fn unavailable(addon: &Addon, error: &Go1Error, login: LoginFor) -> Problem {
    tracing::warn!(error = %Causes(error), "GO1 did not say who logged in");
    if let Go1Error::MissingScope { .. } = error {
        return Problem::Go1NotGranted;
    }
    Problem::Go1LoginUnavailable { retry_after: error.retry_after(addon.visitors.clock.now()), login }
}

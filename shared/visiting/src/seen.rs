//! What was read with a session, for pages that show how things stand.

use domain::import::Import;
use domain::portal::Portal;
use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use web::Locale;

/// What was read with the session of a request. It is for pages that show how things stand; whoever decides something by it
/// reads it anew.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The organisation of the sign-up, also where another sign-up went on with it.
    pub(crate) tenant: Option<Tenant>,
    /// The portal of the sign-up.
    pub(crate) portal: Option<Portal>,
    /// The import that the portal is busy with.
    pub(crate) active_import: Option<Import>,
}

impl Seen {
    /// The portal of the sign-up.
    pub fn portal(&self) -> Option<&Portal> {
        self.portal.as_ref()
    }

    /// The import that the portal is busy with.
    pub fn active_import(&self) -> Option<&Import> {
        self.active_import.as_ref()
    }
}

/// How words and times are written for whoever a sign-up belongs to.
pub(crate) fn locale(sign_up: &SignUp, tenant: Option<&Tenant>) -> Locale {
    tenant.map_or_else(
        || Locale { country: sign_up.details.country, timezone: None },
        |tenant| Locale { country: tenant.organisation.country, timezone: tenant.organisation.timezone.clone() },
    )
}

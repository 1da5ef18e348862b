//! What stands around a page: the steps of the sign-up, or the navigation of a portal.

use domain::portal::PortalDomain;

use crate::form_token::FormToken;

/// What stands around a page. The same page can stand in either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The steps of the sign-up, where the page has one.
    SignUp,
    /// The navigation of a portal, for its administrator.
    Portal {
        domain: PortalDomain,
        /// This browser's token, for the button that logs out.
        form_token: FormToken,
    },
}

impl Frame {
    /// Whether the page is shown to a portal's administrator.
    pub fn is_portal(&self) -> bool {
        matches!(self, Self::Portal { .. })
    }

    /// The page to go back to from a room that both have: the portal's overview, or where the sign-up's portal is.
    pub fn home(&self) -> &'static str {
        if self.is_portal() { "/portal" } else { "/get-started" }
    }
}

/// A page of the portal's navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalTab {
    /// How the integration stands.
    Overview,
    /// Who was imported, and importing more.
    Users,
    /// How it is used, what is held, disconnecting and erasing.
    Settings,
}

impl PortalTab {
    pub const ALL: [Self; 3] = [Self::Overview, Self::Users, Self::Settings];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Users => "Users",
            Self::Settings => "Settings",
        }
    }

    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/portal",
            Self::Users => "/portal/users",
            Self::Settings => "/portal/settings",
        }
    }
}

//! What surrounds a page: the steps of the sign-up, or the navigation of a portal.

use domain::portal::PortalDomain;

use crate::form_token::FormToken;

/// What surrounds a page. Some pages are shown in both frames.
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

    /// The page to go back to from a page that both frames have: the portal's overview, or the end of the sign-up.
    pub fn home(&self) -> &'static str {
        if self.is_portal() { "/portal" } else { "/get-started" }
    }
}

/// A page of the portal's navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalTab {
    /// The state of the integration.
    Overview,
    /// The members, and importing more people.
    Users,
    /// The usage, the stored data, disconnecting and erasing.
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

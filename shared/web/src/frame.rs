//! What surrounds a page: the steps of the sign-up, or the navigation of a portal.

use std::iter::successors;

use domain::ids::ImportId;
use domain::import::Import;
use domain::portal::PortalDomain;
use jiff::{SignedDuration, Timestamp};

use crate::form_token::FormToken;
use crate::locale::Locale;
use crate::saved_details::SavedDetails;

/// What surrounds a page. Some pages are shown in both frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The steps of the sign-up, where the page has one.
    SignUp,
    /// The same for a sign-up without a portal yet, whose finished steps can be opened again.
    SignUpUnderWay,
    /// The navigation of a portal, for its administrator.
    Portal {
        domain: PortalDomain,
        /// This browser's token, for the button that logs out.
        form_token: FormToken,
    },
    /// One of the others, for a customer whose import goes on only after a login with GO1: every page leads with that.
    LoginWanted { frame: Box<Self>, wanted: LoginWanted },
    /// One of the others, for a browser with a session: the sign-up's pages let it sign out.
    SignedIn {
        frame: Box<Self>,
        /// This browser's token, for the button that signs out.
        form_token: FormToken,
    },
    /// One of the others, for the people of an organisation: words, dates and times are theirs.
    Local { frame: Box<Self>, locale: Locale },
    /// One of the others, for a browser whose session ends: the page says so some minutes before.
    Until { frame: Box<Self>, left: TimeLeft },
    /// One of the others, after the details of the sign-up were saved: the page leads with what was.
    Saved { frame: Box<Self>, details: SavedDetails },
}

/// How long a session lasts from when its page is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft {
    /// If nobody uses it.
    pub unused: SignedDuration,
    /// However it is used.
    pub at_most: SignedDuration,
}

/// An import, or an undo, that goes on only after a login with GO1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginWanted {
    pub import: ImportId,
    pub is_undo: bool,
    /// When it ends without one.
    pub ends_by: Timestamp,
}

impl LoginWanted {
    /// What `import` wants, if that is a login.
    pub fn of(import: &Import) -> Option<Self> {
        import.waits_for_login().then(|| Self {
            import: import.id.clone(),
            is_undo: import.undoes.is_some(),
            ends_by: import.ends_by(),
        })
    }

    /// What it is called within a sentence.
    pub(crate) fn import_or_undo(&self) -> &'static str {
        if self.is_undo { "undo" } else { "import" }
    }
}

impl Frame {
    /// What this frame is put around.
    fn inner(&self) -> Option<&Self> {
        match self {
            Self::LoginWanted { frame, .. }
            | Self::SignedIn { frame, .. }
            | Self::Local { frame, .. }
            | Self::Until { frame, .. }
            | Self::Saved { frame, .. } => Some(frame),
            Self::Portal { .. } | Self::SignUp | Self::SignUpUnderWay => None,
        }
    }

    /// This frame and those that it is put around, the outermost first.
    fn layers(&self) -> impl Iterator<Item = &Self> {
        successors(Some(self), |frame| frame.inner())
    }

    /// Whether the page is shown to a portal's administrator.
    pub fn is_portal(&self) -> bool {
        self.layers().any(|frame| matches!(frame, Self::Portal { .. }))
    }

    /// The same frame for the people of an organisation, where that is known.
    #[must_use]
    pub fn local(self, locale: Option<Locale>) -> Self {
        match locale {
            Some(locale) => Self::Local { frame: Box::new(self), locale },
            None => self,
        }
    }

    /// How words, dates and times are written in it.
    pub fn locale(&self) -> Locale {
        let local = self.layers().find_map(|frame| match frame {
            Self::Local { locale, .. } => Some(locale.clone()),
            _ => None,
        });
        local.unwrap_or_default()
    }

    /// What is around the page, whatever is told besides; and the login that an import waits for.
    pub(crate) fn parts(&self) -> (&Self, Option<&LoginWanted>) {
        let wanted = self.layers().find_map(|frame| match frame {
            Self::LoginWanted { wanted, .. } => Some(wanted),
            _ => None,
        });
        (self.layers().last().unwrap_or(self), wanted)
    }

    /// The same frame for a browser with a session.
    #[must_use]
    pub fn signed_in(self, form_token: FormToken) -> Self {
        Self::SignedIn { frame: Box::new(self), form_token }
    }

    /// The token of the browser's session, where a page of the sign-up lets it sign out.
    pub(crate) fn signs_out_with(&self) -> Option<&FormToken> {
        self.layers().find_map(|frame| match frame {
            Self::SignedIn { form_token, .. } => Some(form_token),
            _ => None,
        })
    }

    /// The same frame for a browser whose session lasts that long.
    #[must_use]
    pub fn until(self, left: TimeLeft) -> Self {
        Self::Until { frame: Box::new(self), left }
    }

    /// How long the browser's session lasts, where it has one.
    pub(crate) fn time_left(&self) -> Option<TimeLeft> {
        self.layers().find_map(|frame| match frame {
            Self::Until { left, .. } => Some(*left),
            _ => None,
        })
    }

    /// The same frame, where details were saved: it says so.
    #[must_use]
    pub fn saying(self, saved: Option<SavedDetails>) -> Self {
        match saved {
            Some(details) => Self::Saved { frame: Box::new(self), details },
            None => self,
        }
    }

    /// What was saved just before.
    pub(crate) fn saved(&self) -> Option<&SavedDetails> {
        self.layers().find_map(|frame| match frame {
            Self::Saved { details, .. } => Some(details),
            _ => None,
        })
    }

    /// The same frame for somebody of whom a login may be wanted.
    #[must_use]
    pub fn wanting(self, login: Option<LoginWanted>) -> Self {
        match login {
            Some(wanted) => Self::LoginWanted { frame: Box::new(self), wanted },
            None => self,
        }
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

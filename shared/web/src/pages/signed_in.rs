//! Who is signed in now, as the pages list it that let people end it.

use jiff::Timestamp;

/// A browser in which somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose it is, by name.
    pub name: String,
    /// Whether it is that of whoever signed up, and not of an administrator of the portal.
    pub is_owner: bool,
    /// When they signed in.
    pub since: Timestamp,
    /// When they last opened something, to five minutes.
    pub used_at: Timestamp,
    /// Whether it is the browser that the page is shown in.
    pub is_here: bool,
}

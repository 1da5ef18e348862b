//! The users: who was imported, by which import, and what GO1 has of them now.

use askama::Template;
use domain::ids::ImportId;
use jiff::Timestamp;

use super::PortalOrganisation;
use super::users_query::{UsersQuery, UsersShown};
use super::users_row::{AtGo1, UserRow};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::pages::{View, Width};
use crate::site::SiteSettings;
use crate::words;

/// How many users a page of the list has.
pub const USERS_PER_PAGE: usize = 25;

/// What the page needs beside the users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsersContext {
    pub form_token: FormToken,
    /// The organisation, and how its connection stands.
    pub organisation: PortalOrganisation,
    /// How many places are left.
    pub places_left: u32,
    /// Every import that brought somebody, the newest first.
    pub imports: Vec<ImportChoice>,
}

/// An import, as something to choose by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportChoice {
    pub import: ImportId,
    pub accepted_at: Timestamp,
}

/// The list, a page of it. "Import from Xero" posts to `/preview/people`; the search is a GET of `/portal/users`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "portal/users.html")]
pub struct UsersPage {
    context: UsersContext,
    query: UsersQuery,
    listed: UsersListed,
}

/// What was read for one page of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsersListed {
    /// Those on the page, in the order to show.
    pub users: Vec<UserRow>,
    /// How many the search and the filter have found, on all pages.
    pub found: usize,
    /// How many there are of each kind, whatever is searched for; `None` where that was not read.
    pub counts: Vec<(UsersShown, Option<usize>)>,
}

impl UsersPage {
    /// The page `query.page` of those whom `query` finds.
    pub fn of(listed: UsersListed, query: UsersQuery, context: UsersContext) -> Self {
        Self { context, query, listed }
    }

    /// How many there are of whom nothing is asked.
    fn total(&self) -> usize {
        let all = self.listed.counts.iter().find(|(shown, _)| *shown == UsersShown::All);
        all.and_then(|(_, count)| *count).unwrap_or_default()
    }

    /// The filters that would show somebody, or may, and the one that is on, each with its count where that is known.
    fn filters(&self) -> Vec<(UsersShown, Option<String>)> {
        let is_offered = |shown| shown == self.query.show || shown == UsersShown::All;
        let all = self.listed.counts.iter().copied();
        let offered = all.filter(|(shown, count)| *count != Some(0) || is_offered(*shown));
        offered.map(|(shown, count)| (shown, count.map(words::thousands))).collect()
    }

    fn pages(&self) -> usize {
        self.listed.found.div_ceil(USERS_PER_PAGE).max(1)
    }

    /// The numbers of the first and the last user on this page.
    fn range(&self) -> (usize, usize) {
        let before = self.query.page.saturating_sub(1) * USERS_PER_PAGE;
        (before + 1, before + self.listed.users.len())
    }
}

impl View for UsersPage {
    fn title(&self) -> String {
        "Xero: Users".to_owned()
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Users)
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}

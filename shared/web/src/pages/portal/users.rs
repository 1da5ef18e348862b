//! The users: everybody in the portal as GO1 has them now, and who of them was imported, when and by which import.

use std::collections::BTreeSet;
use std::ops::Deref;

use askama::Template;
use domain::ids::ImportId;
use jiff::Timestamp;

use super::PortalOrganisation;
use super::users_query::{UsersQuery, UsersShown, UsersSort};
use super::users_row::{AtGo1, Standing, UserRow};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::pages::{View, Width};
use crate::site::SiteSettings;
use crate::words;

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
    /// What GO1 has shown.
    pub read: UsersRead,
}

/// An import, as something to choose by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportChoice {
    pub import: ImportId,
    pub accepted_at: Timestamp,
}

/// What GO1 has shown of the portal's users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsersRead {
    /// Its list. `unlisted`: how many more it has than one page reads.
    Now { unlisted: usize },
    /// Nothing: it did not answer, or not in time. Only who was imported is shown.
    Unavailable,
    /// Nothing before an administrator signs in again.
    LoginNeeded,
    /// Nothing, because it does not allow us to read the portal's users.
    NotGranted,
}

/// The list, a page of it. "Import from Xero" posts to `/preview/people`; the search is a GET of `/portal/users`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsersPage {
    context: UsersContext,
    query: UsersQuery,
    /// Those on the page, in the order to show.
    users: Vec<UserRow>,
    /// How many the search and the filter have found, on all pages.
    found: usize,
    /// How many there are of each kind, whatever is searched for.
    counts: Vec<(UsersShown, usize)>,
    /// The letters that names on the list begin with, and the page on which each comes first.
    letters: Vec<(char, usize)>,
}

#[derive(Template)]
#[template(path = "portal/users.html")]
struct UsersTemplate<'page> {
    page: &'page UsersPage,
    site: &'page SiteSettings,
}

impl Deref for UsersTemplate<'_> {
    type Target = UsersPage;

    fn deref(&self) -> &UsersPage {
        self.page
    }
}

impl UsersPage {
    /// The page of `rows` that `query` asks for, or the last one where there are not so many.
    pub fn of(rows: Vec<UserRow>, mut query: UsersQuery, context: UsersContext) -> Self {
        let counts = UsersShown::ALL.map(|shown| (shown, rows.iter().filter(|row| shown.includes(row)).count()));
        let mut found: Vec<UserRow> = rows.into_iter().filter(|row| query.finds(row)).collect();
        found.sort_by_cached_key(|row| query.sort.key(row));
        let letters = letters(&found, &query);
        query.page = query.page.clamp(1, found.len().div_ceil(query.size.max(1)).max(1));
        let (count, from) = (found.len(), (query.page - 1) * query.size);
        let users = found.into_iter().skip(from).take(query.size).collect();
        Self { context, query, users, found: count, counts: counts.to_vec(), letters }
    }

    fn count(&self, shown: UsersShown) -> usize {
        self.counts.iter().find(|(kind, _)| *kind == shown).map_or(0, |(_, count)| *count)
    }

    /// How many there are of whom nothing is asked.
    fn total(&self) -> usize {
        self.count(UsersShown::All)
    }

    /// The filters that show somebody, and the one that is on.
    fn filters(&self) -> Vec<(UsersShown, usize)> {
        let is_offered = |shown| shown == self.query.show || shown == UsersShown::All;
        let all = self.counts.iter().copied();
        all.filter(|(shown, count)| *count > 0 || is_offered(*shown)).collect()
    }

    /// The weight of the button that imports: a quiet one where Xero cannot be read, as it would only say so.
    fn import_weight(&self) -> &'static str {
        if self.context.organisation.can_be_read() { "button is-large" } else { "button is-large is-quiet" }
    }

    /// Whether there are more than the smallest page has.
    fn offers_sizes(&self) -> bool {
        UsersQuery::sizes().first().is_some_and(|smallest| self.found > *smallest)
    }

    fn pages(&self) -> usize {
        self.found.div_ceil(self.query.size.max(1)).max(1)
    }

    /// The numbers of the first and the last user on this page.
    fn range(&self) -> (usize, usize) {
        let before = self.query.page.saturating_sub(1) * self.query.size;
        (before + 1, before + self.users.len())
    }

    /// How many are in the portal that one page cannot read.
    fn unlisted(&self) -> usize {
        match self.context.read {
            UsersRead::Now { unlisted } => unlisted,
            _ => 0,
        }
    }

    fn is_read(&self) -> bool {
        matches!(self.context.read, UsersRead::Now { .. })
    }

    /// Those on the page, each with the letter that begins with them.
    fn rows(&self) -> Vec<(&UserRow, Option<char>)> {
        let mut before = None;
        let rows = self.users.iter().map(|row| {
            let letter = Some(self.query.sort.letter(row)).filter(char::is_ascii_alphabetic);
            let is_first = letter != before;
            before = letter;
            (row, letter.filter(|_| is_first))
        });
        rows.collect()
    }
}

/// Which letters there are in a sorted list, and where each begins.
fn letters(found: &[UserRow], query: &UsersQuery) -> Vec<(char, usize)> {
    let mut known = BTreeSet::new();
    let at = found.iter().enumerate().map(|(index, row)| (query.sort.letter(row), index / query.size.max(1) + 1));
    at.filter(|(letter, _)| letter.is_ascii_alphabetic() && known.insert(*letter)).collect()
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

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        UsersTemplate { page: self, site }.render_with_values(&frame.locale())
    }
}

//! What the list of users was asked for: a search, a filter, a page.

use domain::ids::ImportId;
use domain::name::sort_key;
use domain::text::{folded, line};
use serde::Deserialize;

use super::users_row::{AtGo1, Standing, UserRow};

/// The longest search that is taken, in characters.
const LONGEST_SEARCH: usize = 100;

/// How many users a page of the list has, as may be chosen.
const SIZES: [usize; 3] = [25, 50, 100];

/// What the address of `/portal/users` says after the question mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct UsersQuery {
    /// A part of a name or of an email.
    pub q: String,
    pub show: UsersShown,
    /// Only those of this import.
    pub import: Option<ImportId>,
    pub sort: UsersSort,
    /// How many a page has: 25, 50 or 100.
    pub size: usize,
    /// Which page, from 1.
    pub page: usize,
}

/// By what the users are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsersSort {
    #[default]
    LastName,
    FirstName,
}

/// A filter of the users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsersShown {
    #[default]
    All,
    /// Who is imported: as many as the overview says.
    Imported,
    /// Of those, whose account we made.
    New,
    /// Of those, who had an account already.
    Linked,
    /// Who has not got everything.
    NotFinished,
    /// Whose import was undone.
    Undone,
    /// Who is in the portal without an import.
    Others,
    /// Whose account is deactivated.
    Deactivated,
    /// Whose account GO1 no longer has.
    Gone,
}

impl UsersQuery {
    /// What the address says; everybody where it says nothing that is ours.
    pub fn parse(query: Option<&str>) -> Self {
        let mut asked: Self = serde_html_form::from_str(query.unwrap_or_default()).unwrap_or_default();
        asked.q = line(&asked.q).chars().take(LONGEST_SEARCH).collect();
        asked.import = asked.import.filter(|import| !import.as_str().is_empty());
        asked.page = asked.page.max(1);
        if !SIZES.contains(&asked.size) {
            asked.size = SIZES[0];
        }
        asked
    }

    /// How many a page may have.
    pub(super) fn sizes() -> [usize; 3] {
        SIZES
    }

    /// Whether anything is asked for but everybody.
    pub(super) fn is_narrow(&self) -> bool {
        !self.q.is_empty() || self.show != UsersShown::All || self.import.is_some()
    }

    /// Whether somebody is looked for.
    pub fn finds(&self, row: &UserRow) -> bool {
        let wanted = folded(&self.q);
        let is_named = wanted.is_empty()
            || row.who().is_some_and(|who| {
                folded(&format!("{} {}", who.given_name, who.family_name)).contains(&wanted)
                    || who.email.as_ref().is_some_and(|email| folded(email).contains(&wanted))
            });
        let is_theirs = |import: &ImportId| {
            row.imported.as_ref().is_some_and(|brought| *import == brought.import || brought.also.contains(import))
        };
        is_named && self.show.includes(row) && self.import.as_ref().is_none_or(is_theirs)
    }

    /// The address of another page of the same list.
    pub(super) fn address(&self, page: usize) -> String {
        Self { page, ..self.clone() }.path()
    }

    /// The address of the same search with another filter.
    pub(super) fn showing(&self, show: UsersShown) -> String {
        Self { page: 1, show, ..self.clone() }.path()
    }

    /// The address of everybody, in the same order.
    pub(super) fn everybody(&self) -> String {
        let Self { sort, size, .. } = *self;
        Self { sort, size, page: 1, ..Self::default() }.path()
    }

    fn path(&self) -> String {
        let mut fields = self.fields();
        if self.page > 1 {
            fields.push(("page", self.page.to_string()));
        }
        match serde_html_form::to_string(fields) {
            Ok(fields) if !fields.is_empty() => format!("/portal/users?{fields}"),
            _ => "/portal/users".to_owned(),
        }
    }

    /// All of it but the page, as far as it is not as ever.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        if !self.q.is_empty() {
            fields.push(("q", self.q.clone()));
        }
        if self.show != UsersShown::All {
            fields.push(("show", self.show.value().to_owned()));
        }
        if let Some(import) = &self.import {
            fields.push(("import", import.as_str().to_owned()));
        }
        if self.sort != UsersSort::LastName {
            fields.push(("sort", self.sort.value().to_owned()));
        }
        if SIZES[1..].contains(&self.size) {
            fields.push(("size", self.size.to_string()));
        }
        fields
    }
}

impl UsersSort {
    pub(super) const ALL: [Self; 2] = [Self::LastName, Self::FirstName];

    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::LastName => "last-name",
            Self::FirstName => "first-name",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::LastName => "By last name",
            Self::FirstName => "By first name",
        }
    }

    /// What somebody is sorted by: the name that is asked for, the other one, the email. Whoever has only one name is
    /// sorted by that, and whoever has none comes last.
    pub fn key(self, row: &UserRow) -> (bool, String, String) {
        let Some(who) = row.who() else { return (true, String::new(), String::new()) };
        let (given, family) = (sort_key(&who.given_name), sort_key(&who.family_name));
        let (first, second) = match self {
            Self::LastName => (family, given),
            Self::FirstName => (given, family),
        };
        let (first, second) = if first.is_empty() { (second, first) } else { (first, second) };
        (first.is_empty(), first, format!("{second} {}", who.email.as_deref().unwrap_or_default()))
    }

    /// The letter under which somebody stands: `#` for a name that begins with none.
    pub(super) fn letter(self, row: &UserRow) -> char {
        let (_, first, _) = self.key(row);
        first.chars().next().filter(char::is_ascii_alphabetic).map_or('#', |letter| letter.to_ascii_uppercase())
    }
}

impl UsersShown {
    /// All, in the order to show.
    pub const ALL: [Self; 9] = [
        Self::All,
        Self::Imported,
        Self::New,
        Self::Linked,
        Self::NotFinished,
        Self::Undone,
        Self::Others,
        Self::Deactivated,
        Self::Gone,
    ];

    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Imported => "imported",
            Self::New => "new",
            Self::Linked => "linked",
            Self::NotFinished => "not-finished",
            Self::Undone => "undone",
            Self::Others => "others",
            Self::Deactivated => "deactivated",
            Self::Gone => "gone",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "Everyone",
            Self::Imported => "Imported from Xero",
            Self::New => "New accounts",
            Self::Linked => "Existing accounts",
            Self::NotFinished => "Not finished",
            Self::Undone => "Undone",
            Self::Others => "Not from Xero",
            Self::Deactivated => "Deactivated",
            Self::Gone => "No longer in GO1",
        }
    }

    /// Whether it shows somebody.
    pub fn includes(self, row: &UserRow) -> bool {
        let imported = row.imported.as_ref();
        let stands = |standing| imported.filter(|brought| brought.standing == standing);
        match self {
            Self::All => true,
            Self::Imported => stands(Standing::Imported).is_some(),
            Self::New => stands(Standing::Imported).is_some_and(|brought| brought.created),
            Self::Linked => stands(Standing::Imported).is_some_and(|brought| !brought.created),
            Self::NotFinished => stands(Standing::NotFinished).is_some(),
            Self::Undone => stands(Standing::Undone).is_some(),
            Self::Others => imported.is_none(),
            Self::Deactivated => matches!(row.at_go1, AtGo1::Account { active: false, .. }),
            Self::Gone => row.at_go1 == AtGo1::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::pages::portal::users_row::{Imported, NameAndEmail};

    fn query() -> impl Strategy<Value = UsersQuery> {
        let shown = select(UsersShown::ALL.to_vec());
        let import = option::of("[ -~é]{1,12}").prop_map(|import| import.map(ImportId::new));
        let (sort, size) = (select(UsersSort::ALL.to_vec()), select(SIZES.to_vec()));
        ("[ -~é&=%+]{0,40}", shown, import, 1_usize..9, sort, size)
            .prop_map(|(q, show, import, page, sort, size)| UsersQuery { q: line(&q), show, import, sort, size, page })
    }

    fn row(given_name: &str, email: Option<&str>) -> UserRow {
        named(given_name, "", email)
    }

    fn named(given_name: &str, family_name: &str, email: Option<&str>) -> UserRow {
        let (given_name, family_name) = (given_name.to_owned(), family_name.to_owned());
        let who = NameAndEmail { given_name, family_name, email: email.map(str::to_owned) };
        let (import, also, standing) = ("i1".into(), Vec::new(), Standing::Imported);
        let brought = Imported { created: true, import, also, since: Timestamp::UNIX_EPOCH, standing };
        UserRow { at_go1: AtGo1::Account { who, active: true }, imported: Some(brought) }
    }

    fn asked_by(address: &str) -> UsersQuery {
        UsersQuery::parse(address.strip_prefix("/portal/users").and_then(|rest| rest.strip_prefix('?')))
    }

    #[test]
    fn somebody_is_found_however_accents_and_blanks_are_spelled() {
        for q in ["zo\u{EB} lee", "ZOE\u{308}", "zo\u{EB}\u{A0}lee", "\u{200B}lee", "Lee@X"] {
            let query = UsersQuery { q: q.to_owned(), ..UsersQuery::default() };
            assert!(query.finds(&row("Zo\u{EB} Lee", Some("lee@x.com"))), "{q:?}");
        }
    }

    proptest! {
        #[test]
        fn an_address_asks_for_what_it_was_made_of(query in query(), page in 1_usize..9) {
            prop_assert_eq!(asked_by(&query.address(page)), UsersQuery { page, ..query.clone() });
            for show in UsersShown::ALL {
                prop_assert_eq!(asked_by(&query.showing(show)), UsersQuery { page: 1, show, ..query.clone() });
            }
        }

        #[test]
        fn whatever_the_address_says_is_an_answer(text in "[ -~é]{0,200}") {
            let asked = UsersQuery::parse(Some(&text));
            prop_assert!(asked.page >= 1 && asked.q.chars().count() <= LONGEST_SEARCH);
        }

        #[test]
        fn a_part_of_a_name_or_of_an_email_finds_somebody_in_any_case(before in "[a-z ]{0,9}", part in "[a-z@.é]{1,9}", after in "[a-z ]{0,9}") {
            let whole = format!("{before}{part}{after}");
            let query = UsersQuery { q: part.to_uppercase(), ..UsersQuery::default() };
            prop_assert!(query.finds(&row(&whole, None)) && query.finds(&row("0", Some(&whole))));
            prop_assert!(!query.finds(&row("0", Some("0"))));
        }
    }

    #[test]
    fn everybody_is_shown_where_the_address_asks_for_nothing_that_is_ours() {
        let everybody = UsersQuery { page: 1, size: 25, ..UsersQuery::default() };
        let odd =
            ["", "page=0", "page=x", "show=nobody", "import=", "q=%20", "q=a&q=b", "other=1", "size=7", "sort=age"];
        for address in odd {
            assert_eq!(UsersQuery::parse(Some(address)), everybody, "{address}");
        }
        assert_eq!(UsersQuery::parse(None), everybody);
    }

    #[test]
    fn each_filter_shows_its_own() {
        let active = row("Ava", None);
        let AtGo1::Account { who, .. } = active.at_go1.clone() else { panic!("an account") };
        let brought = active.imported.clone().expect("imported");
        let inactive = UserRow { at_go1: AtGo1::Account { who, active: false }, ..active.clone() };
        let linked = Imported { created: false, ..brought.clone() };
        let linked = UserRow { imported: Some(linked), ..active.clone() };
        let gone = UserRow { at_go1: AtGo1::Gone, ..active.clone() };
        let undone = Imported { standing: Standing::Undone, ..brought.clone() };
        let undone = UserRow { imported: Some(undone), ..inactive.clone() };
        let partly = Imported { standing: Standing::NotFinished, ..brought.clone() };
        let partly = UserRow { imported: Some(partly), ..active.clone() };
        let unresolved = Imported { created: false, standing: Standing::NotFinished, ..brought };
        let unresolved = UserRow { at_go1: AtGo1::Unresolved, imported: Some(unresolved) };
        let other = UserRow { imported: None, ..active.clone() };
        let shown = |row: &UserRow| UsersShown::ALL.into_iter().filter(|shown| shown.includes(row)).collect::<Vec<_>>();
        assert_eq!(shown(&active), [UsersShown::All, UsersShown::Imported, UsersShown::New]);
        assert_eq!(shown(&inactive), [UsersShown::All, UsersShown::Imported, UsersShown::New, UsersShown::Deactivated]);
        assert_eq!(shown(&linked), [UsersShown::All, UsersShown::Imported, UsersShown::Linked]);
        assert_eq!(shown(&gone), [UsersShown::All, UsersShown::Imported, UsersShown::New, UsersShown::Gone]);
        assert_eq!(shown(&undone), [UsersShown::All, UsersShown::Undone, UsersShown::Deactivated]);
        assert_eq!(shown(&partly), [UsersShown::All, UsersShown::NotFinished]);
        assert_eq!(shown(&unresolved), [UsersShown::All, UsersShown::NotFinished]);
        assert_eq!(shown(&other), [UsersShown::All, UsersShown::Others]);
    }

    #[test]
    fn names_are_sorted_by_either_part_whatever_their_case_and_accents() {
        let mut rows =
            [("bea", "Zimmer"), ("\u{C9}mile", "abbott"), ("", "Dunn"), ("Ann", ""), ("Carl", "O\u{2019}Neil")]
                .map(|(given, family)| named(given, family, None));
        let order = |rows: &[UserRow]| {
            let names = rows.iter().filter_map(UserRow::who);
            names.map(|who| format!("{} {}", who.given_name, who.family_name).trim().to_owned()).collect::<Vec<_>>()
        };
        rows.sort_by_cached_key(|row| UsersSort::LastName.key(row));
        assert_eq!(order(&rows), ["\u{C9}mile abbott", "Ann", "Dunn", "Carl O\u{2019}Neil", "bea Zimmer"]);
        assert_eq!(rows.each_ref().map(|row| UsersSort::LastName.letter(row)), ['A', 'A', 'D', 'O', 'Z']);
        rows.sort_by_cached_key(|row| UsersSort::FirstName.key(row));
        assert_eq!(order(&rows), ["Ann", "bea Zimmer", "Carl O\u{2019}Neil", "Dunn", "\u{C9}mile abbott"]);
        let gone = UserRow { at_go1: AtGo1::Gone, ..rows[0].clone() };
        assert!(UsersSort::LastName.key(&gone) > UsersSort::LastName.key(&named("zoe", "zz", None)));
        assert_eq!(UsersSort::LastName.letter(&named("7", "7", None)), '#');
    }
}

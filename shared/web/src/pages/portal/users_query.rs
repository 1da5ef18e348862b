//! What the list of users was asked for: a search, a filter, a page.

use domain::ids::ImportId;
use domain::text::{folded, line};
use serde::Deserialize;

use super::users_row::{AtGo1, UserRow};

/// The longest search that is taken, in characters.
const LONGEST_SEARCH: usize = 100;

/// What the address of `/portal/users` says after the question mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct UsersQuery {
    /// A part of a name or of an email.
    pub q: String,
    pub show: UsersShown,
    /// Only those of this import.
    pub import: Option<ImportId>,
    /// Which page, from 1.
    pub page: usize,
}

/// A filter of the users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsersShown {
    #[default]
    All,
    /// Whose account we made.
    New,
    /// Who had an account already.
    Linked,
    /// Who has not got everything.
    NotFinished,
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
        asked
    }

    /// Whether anything is asked for but everybody.
    pub(super) fn is_narrow(&self) -> bool {
        !self.q.is_empty() || self.show != UsersShown::All || self.import.is_some()
    }

    /// Whether somebody is looked for.
    pub fn finds(&self, row: &UserRow) -> bool {
        let wanted = folded(&self.q);
        let is_named = wanted.is_empty()
            || match &row.at_go1 {
                AtGo1::Account { name, email, .. } => {
                    folded(name).contains(&wanted)
                        || email.as_ref().is_some_and(|email| folded(email).contains(&wanted))
                }
                AtGo1::Gone | AtGo1::Unresolved => false,
            };
        let is_brought_by = |import: &ImportId| *import == row.import || row.also.contains(import);
        is_named && self.show.includes(row) && self.import.as_ref().is_none_or(is_brought_by)
    }

    /// The address of another page of the same list.
    pub(super) fn address(&self, page: usize) -> String {
        Self { page, ..self.clone() }.path()
    }

    /// The address of the same search with another filter.
    pub(super) fn showing(&self, show: UsersShown) -> String {
        Self { page: 1, show, ..self.clone() }.path()
    }

    fn path(&self) -> String {
        let mut fields = Vec::new();
        if self.page > 1 {
            fields.push(("page", self.page.to_string()));
        }
        if !self.q.is_empty() {
            fields.push(("q", self.q.clone()));
        }
        if self.show != UsersShown::All {
            fields.push(("show", self.show.value().to_owned()));
        }
        if let Some(import) = &self.import {
            fields.push(("import", import.as_str().to_owned()));
        }
        match serde_html_form::to_string(fields) {
            Ok(fields) if !fields.is_empty() => format!("/portal/users?{fields}"),
            _ => "/portal/users".to_owned(),
        }
    }
}

impl UsersShown {
    /// All, in the order to show.
    pub const ALL: [Self; 6] = [Self::All, Self::New, Self::Linked, Self::NotFinished, Self::Deactivated, Self::Gone];

    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::New => "new",
            Self::Linked => "linked",
            Self::NotFinished => "not-finished",
            Self::Deactivated => "deactivated",
            Self::Gone => "gone",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "Everyone",
            Self::New => "New accounts",
            Self::Linked => "Existing accounts",
            Self::NotFinished => "Not finished",
            Self::Deactivated => "Deactivated",
            Self::Gone => "No longer in GO1",
        }
    }

    /// Whether it shows somebody.
    pub fn includes(self, row: &UserRow) -> bool {
        match self {
            Self::All => true,
            Self::New => row.created,
            Self::Linked => !row.created && row.at_go1 != AtGo1::Unresolved,
            Self::NotFinished => row.unfinished,
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

    fn query() -> impl Strategy<Value = UsersQuery> {
        let shown = select(UsersShown::ALL.to_vec());
        let import = option::of("[ -~é]{1,12}").prop_map(|import| import.map(ImportId::new));
        ("[ -~é&=%+]{0,40}", shown, import, 1_usize..9).prop_map(|(q, show, import, page)| UsersQuery {
            q: line(&q),
            show,
            import,
            page,
        })
    }

    fn row(name: &str, email: Option<&str>) -> UserRow {
        let at_go1 = AtGo1::Account { name: name.to_owned(), email: email.map(str::to_owned), active: true };
        let (import, also) = ("i1".into(), Vec::new());
        UserRow { at_go1, created: true, import, also, since: Timestamp::UNIX_EPOCH, unfinished: false }
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
        let everybody = UsersQuery { page: 1, ..UsersQuery::default() };
        for address in ["", "page=0", "page=x", "show=nobody", "import=", "q=%20", "q=a&q=b", "other=1"] {
            assert_eq!(UsersQuery::parse(Some(address)), everybody, "{address}");
        }
        assert_eq!(UsersQuery::parse(None), everybody);
    }

    #[test]
    fn each_filter_shows_its_own() {
        let active = row("Ava", None);
        let AtGo1::Account { name, email, .. } = active.at_go1.clone() else { panic!("an account") };
        let inactive = UserRow { at_go1: AtGo1::Account { name, email, active: false }, ..active.clone() };
        let linked = UserRow { created: false, ..active.clone() };
        let gone = UserRow { at_go1: AtGo1::Gone, ..active.clone() };
        let unresolved = UserRow { at_go1: AtGo1::Unresolved, created: false, unfinished: true, ..active.clone() };
        let shown = |row: &UserRow| UsersShown::ALL.into_iter().filter(|shown| shown.includes(row)).collect::<Vec<_>>();
        assert_eq!(shown(&active), [UsersShown::All, UsersShown::New]);
        assert_eq!(shown(&inactive), [UsersShown::All, UsersShown::New, UsersShown::Deactivated]);
        assert_eq!(shown(&linked), [UsersShown::All, UsersShown::Linked]);
        assert_eq!(shown(&gone), [UsersShown::All, UsersShown::New, UsersShown::Gone]);
        assert_eq!(shown(&unresolved), [UsersShown::All, UsersShown::NotFinished]);
    }
}

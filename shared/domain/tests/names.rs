//! Which names may be one person's.

use domain::account::{AccountDoubt, AccountStatus, preference};
use domain::ids::{EmployeeId, UserAccountId};
use domain::name::PersonName;
use proptest::prelude::*;
use proptest::sample::select;

fn name(given: &str, family: &str) -> PersonName {
    PersonName::new(given, family)
}

#[test]
fn kindly_compared_names_are_one_person_s() {
    for (xero, go1) in [
        (("Ann", "Lee"), ("ann", "LEE")),
        (("Zo\u{eb}", "M\u{fc}ller"), ("Zoe", "Muller")),
        (("Zo\u{eb}", "M\u{fc}ller"), ("zoe", "MUELLER")),
        (("S\u{f8}ren", "Kj\u{e6}r"), ("Soren", "Kjaer")),
        (("Ann", "Lee"), ("Lee", "Ann")),
        (("J", "Smith"), ("John", "Smith")),
        (("John", "Smith"), ("J.", "Smith")),
        (("Robert", "Jones"), ("Bob", "Jones")),
        (("William", "Tan"), ("Bill", "Tan")),
        (("Elizabeth", "Wu"), ("Liz", "Wu")),
        (("Sue", "Baker"), ("Susan", "Baker")),
        (("Joe", "Baker"), ("Joseph", "Baker")),
        (("Mary Jane", "Watson"), ("Mary", "Watson")),
        (("Pat", "O'Brien"), ("Patrick", "OBrien")),
        (("Pat", "O\u{2019}Brien"), ("Pat", "O'Brien")),
        (("Jos\u{e9}", "de la Cruz"), ("Jose", "De La Cruz")),
        (("Ann", "Smith-Jones"), ("Ann", "Smith Jones")),
        (("\u{674e}", "\u{5c0f}\u{9f99}"), ("Xiaolong", "Li")),
        (("\u{418}\u{432}\u{430}\u{43d}", "\u{41f}\u{435}\u{442}\u{440}\u{43e}\u{432}"), ("Ivan", "Petrov")),
        (("Dr Ann", "Lee"), ("Ann", "Lee")),
        (("Hiroshi \u{6d69}", "Tanaka \u{7530}\u{4e2d}"), ("Hiroshi", "Tanaka")),
        (("Hiroshi \u{6d69}", "Tanaka \u{7530}\u{4e2d}"), ("\u{7530}\u{4e2d}", "\u{6d69}")),
        (("Hiroshi", "Tanaka \u{7530}\u{4e2d}"), ("Hiroshi", "Tanaka")),
        (("Ann", "Lee"), ("Ann Lee", "")),
        (("Ann", "Lee"), ("", "")),
        (("Ann", "Lee"), ("-", ".")),
        (("A01", "Example"), ("a01", "example")),
    ] {
        assert!(name(xero.0, xero.1).may_be(&name(go1.0, go1.1)), "{xero:?} and {go1:?}");
    }
}

#[test]
fn other_names_are_other_people_s() {
    for (xero, go1) in [
        (("John", "Smith"), ("Jane", "Smith")),
        (("Ann", "Lee"), ("Ann", "Smith")),
        (("Bo", "Park"), ("Kim", "Known")),
        (("Bo", "Park"), ("Info", "")),
        (("Robert", "Jones"), ("Roberta", "Jones")),
        (("Maria", "Rossi"), ("Mario", "Rossi")),
        (("Front", "Desk"), ("Olivia", "Hartley")),
        (("A01", "Example"), ("A02", "Example")),
        (("Hiroshi \u{6d69}", "Tanaka \u{7530}\u{4e2d}"), ("Kenji", "Tanaka")),
        (("Hiroshi", "Tanaka \u{7530}\u{4e2d}"), ("Kenji", "Sato")),
        (("John", "Smith Sr."), ("John", "Smith Jr.")),
        (("\u{674e}", "\u{5c0f}\u{9f99}"), ("Wei", "Zhang")),
    ] {
        assert!(!name(xero.0, xero.1).may_be(&name(go1.0, go1.1)), "{xero:?} and {go1:?}");
    }
}

fn names() -> impl Strategy<Value = PersonName> {
    let given = select(vec!["Ann", "Bob", "Robert", "R.", "Zo\u{eb}", "Mary Jane", "", "\u{674e}", "A1", "O'Neil"]);
    let family = select(vec!["Lee", "M\u{fc}ller", "Mueller", "van Dijk", "Smith-Jones", "", "\u{5c0f}\u{9f99}", "2"]);
    (given, family).prop_map(|(given, family)| name(given, family))
}

proptest! {
    #[test]
    fn whoever_compares_comes_to_the_same(one in names(), other in names()) {
        prop_assert_eq!(one.may_be(&other), other.may_be(&one));
        prop_assert!(one.may_be(&one));
        let swapped = name(&one.family_name, &one.given_name);
        prop_assert!(one.may_be(&swapped));
    }

    #[test]
    fn any_text_is_compared(given in any::<String>(), family in any::<String>(), other in names()) {
        let odd = name(&given, &family);
        prop_assert!(odd.may_be(&odd));
        prop_assert_eq!(odd.may_be(&other), other.may_be(&odd));
    }

    #[test]
    fn of_several_accounts_the_same_usable_one_is_taken_in_any_order(
        accounts in prop::collection::vec((names(), select(vec!["active", "archived", "odd"])), 1..5),
        person in names(), turn in 0_usize..5,
    ) {
        let mut numbered: Vec<(UserAccountId, AccountStatus, PersonName)> = accounts
            .into_iter()
            .enumerate()
            .map(|(number, (name, word))| (UserAccountId::new(number.to_string()), AccountStatus::of(word), name))
            .collect();
        let taken = |accounts: &[(UserAccountId, AccountStatus, PersonName)]| {
            let key = |(id, status, name): &&(UserAccountId, AccountStatus, PersonName)| {
                preference(&person, status, name, id)
            };
            accounts.iter().min_by_key(key).cloned().expect("one")
        };
        let first = taken(&numbered);
        let size = numbered.len();
        numbered.rotate_left(turn % size);
        prop_assert_eq!(&taken(&numbered), &first);
        let usable = |status: &AccountStatus| *status == AccountStatus::Active;
        prop_assert!(usable(&first.1) || !numbered.iter().any(|(_, status, _)| usable(status)));
    }

    #[test]
    fn nothing_is_doubtful_about_an_active_account_of_the_same_name_that_nobody_else_has(
        person in names(), other in names(), word in select(vec!["active", "archived", "odd"]), held in any::<bool>(),
    ) {
        let holder = EmployeeId::from("holder");
        let status = AccountStatus::of(word);
        let doubt = AccountDoubt::of(&person, &other, &status, held.then_some(&holder));
        let clear = !held && person.may_be(&other) && !matches!(status, AccountStatus::Unknown(_));
        prop_assert_eq!(doubt.is_none(), clear);
        prop_assert_eq!(doubt.is_some_and(|doubt| doubt.is_about_whose()), held || !person.may_be(&other));
    }
}

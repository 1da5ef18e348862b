//! What is decided for one person, case by case.

use std::collections::{HashMap, HashSet};

use domain::account::{AccountDoubt, AccountStatus};
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, UserAccountId};
use domain::member::{Member, was_created_since};
use domain::name::PersonName;
use domain::people::{PersonStatus, SourcePerson};
use domain::plan::{BlockedReason, Decision, KnownAccount, PlanInput, make_plan};
use jiff::Timestamp;

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

/// Nobody, in no portal.
fn empty() -> PlanInput {
    PlanInput {
        group: None,
        tenant: "tenant".into(),
        people: Vec::new(),
        members: HashMap::new(),
        old_emails: HashMap::new(),
        accounts: None,
        owner: address("a@x.com"),
        owner_name: PersonName::new("Ann", "Lee"),
        courses: Vec::new(),
        places_left: 200,
        imports_accepted: 0,
        missed_before: HashSet::new(),
        longest_name: 255,
        read_at: Timestamp::UNIX_EPOCH,
    }
}

/// One person at Xero: employee `1`, Ann Lee.
fn ann(email: &str) -> SourcePerson {
    SourcePerson {
        employee_id: "1".into(),
        given_name: "Ann".to_owned(),
        family_name: "Lee".to_owned(),
        email: Some(email.to_owned()).into(),
        status: PersonStatus::Active,
    }
}

fn account(id: &str, email: &str) -> KnownAccount {
    KnownAccount {
        id: id.into(),
        email: Some(address(email)),
        name: PersonName::new("Ann", "Lee"),
        status: AccountStatus::Active,
        created_time: Some(Timestamp::UNIX_EPOCH),
    }
}

/// Ann as a member.
fn member(account: Option<&str>, unfinished: bool) -> HashMap<EmployeeId, Member> {
    let member = Member {
        employee_id: "1".into(),
        account: account.map(UserAccountId::from),
        created: false,
        import: "import".into(),
        since: Timestamp::UNIX_EPOCH,
        unfinished,
        asked_at: None,
        deactivated: false,
        reactivated_by: None,
        revision: 0,
    };
    HashMap::from([("1".into(), member)])
}

fn link(account: &str) -> Decision {
    Decision::Link { account: Some(account.into()), deactivated: false }
}

fn decide(input: PlanInput) -> Decision {
    make_plan(input).entries.remove(0).decision
}

#[test]
fn the_owner_on_the_payroll_is_linked_before_the_portal_exists_and_afterwards_as_the_list_says() {
    let owner = PlanInput { people: vec![ann("A@X.com ")], ..empty() };
    assert_eq!(decide(owner.clone()), Decision::Link { account: None, deactivated: false });
    let accounts = Some(vec![account("7", "a@x.com")]);
    assert_eq!(decide(PlanInput { accounts, ..owner.clone() }), link("7"));
    // The owner's account has another email by now.
    assert_eq!(decide(PlanInput { accounts: Some(Vec::new()), ..owner }), Decision::Create);
}

#[test]
fn what_go1_has_otherwise_is_told() {
    let differs = |xero: SourcePerson| {
        let accounts = Some(vec![account("7", "ann@x.com")]);
        let input = PlanInput { people: vec![xero], members: member(Some("7"), false), accounts, ..empty() };
        match decide(input) {
            Decision::AlreadyMember { differs, left, .. } => (differs.and_then(|differs| differs.email), left),
            other => panic!("{other:?}"),
        }
    };
    let go1s = Some("ann@x.com".to_owned());
    assert_eq!(differs(ann(" Ann@X.com")), (None, false));
    assert_eq!(differs(ann("new@x.com")), (go1s.clone(), false));
    assert_eq!(differs(SourcePerson { family_name: "Ray".to_owned(), ..ann("ann@x.com") }), (go1s, false));
    let silent = SourcePerson { email: None.into(), given_name: String::new(), ..ann("") };
    assert_eq!(differs(silent), (None, false), "what Xero does not say is no difference");
    assert_eq!(differs(SourcePerson { status: PersonStatus::Left, ..ann("ann@x.com") }), (None, true));
}

#[test]
fn whoever_was_not_finished_goes_on_where_they_are() {
    let decide = |account: Option<&str>, email: &str, old: Option<&str>, known: &[&KnownAccount]| {
        decide(PlanInput {
            people: vec![ann(email)],
            members: member(account, true),
            old_emails: old.map(|old| ("1".into(), address(old))).into_iter().collect(),
            accounts: Some(known.iter().copied().cloned().collect()),
            places_left: 0,
            ..empty()
        })
    };
    let resume = |account: Option<&str>, created| Decision::Resume {
        account: account.map(Into::into),
        created,
        deactivated: false,
    };
    let blocked = |reason| Decision::Blocked { reason };
    let (old, new) = (account("7", "old@x.com"), account("8", "new@x.com"));
    let before = KnownAccount { created_time: Some(Timestamp::MIN), ..new.clone() };
    assert_eq!(decide(Some("7"), "new@x.com", None, &[&old]), resume(Some("7"), false));
    assert_eq!(decide(Some("7"), "bob", None, &[&old]), blocked(BlockedReason::MalformedEmail));
    assert_eq!(decide(Some("7"), " ", None, &[&old]), blocked(BlockedReason::NoEmail));
    assert_eq!(decide(None, "new@x.com", Some("old@x.com"), &[]), resume(None, false));
    assert_eq!(decide(None, "new@x.com", Some("old@x.com"), &[&old]), resume(Some("7"), true));
    assert_eq!(decide(None, "new@x.com", Some("old@x.com"), &[&before]), resume(Some("8"), false));
    assert_eq!(decide(None, "new@x.com", Some("old@x.com"), &[&before, &old]), resume(Some("7"), true));
    assert_eq!(decide(None, "new@x.com", None, &[&new]), resume(Some("8"), true));
    assert_eq!(decide(None, "new@x.com", None, &[]), blocked(BlockedReason::Unresolved));
    assert_eq!(decide(None, " ", Some("old@x.com"), &[]), blocked(BlockedReason::NoEmail));
}

#[test]
fn from_whom_an_import_was_taken_back_goes_on_without_a_place_and_gets_the_account_back() {
    for deactivated in [true, false] {
        let mut members = member(Some("7"), true);
        for member in members.values_mut() {
            member.deactivated = deactivated;
        }
        let accounts = Some(vec![account("7", "ann@x.com")]);
        let input = PlanInput { people: vec![ann("ann@x.com")], members, accounts, places_left: 0, ..empty() };
        let expected = Decision::Resume { account: Some("7".into()), created: false, deactivated };
        assert!(!expected.takes_place());
        assert_eq!(decide(input), expected);
    }
}

#[test]
fn whoever_comes_back_is_linked_to_the_account_that_they_had() {
    let again = SourcePerson { employee_id: "2".into(), ..ann("ann@x.com") };
    let gone = SourcePerson { status: PersonStatus::Left, ..ann("ann@x.com") };
    for people in [vec![again.clone()], vec![gone, again]] {
        let accounts = Some(vec![account("7", "ann@x.com")]);
        let plan = make_plan(PlanInput { people, members: member(Some("7"), false), accounts, ..empty() });
        let back = plan.entries.iter().find(|entry| entry.employee_id == "2".into()).expect("read");
        assert_eq!(back.decision, link("7"));
        assert!(back.ticked, "they are themselves: no question");
        assert_eq!(plan.left, [], "whoever works there again has not left");
        let old = plan.entries.iter().find(|entry| entry.employee_id == "1".into());
        let works_as = old.map(|old| match &old.decision {
            Decision::AlreadyMember { works_as, .. } => works_as.clone(),
            other => panic!("{other:?}"),
        });
        assert!(works_as.is_none_or(|works_as| works_as == Some("2".into())));
    }
}

#[test]
fn an_account_is_not_older_than_the_import_where_go1_tells_the_same_second() {
    let at = Timestamp::from_millisecond;
    let since = at(1_767_225_600_900).expect("a time");
    let told = |milliseconds| was_created_since(at(milliseconds).ok(), since);
    assert!(told(1_767_225_600_900) && told(1_767_225_601_000), "with its fraction");
    assert!(told(1_767_225_600_000), "without it");
    assert!(!told(1_767_225_599_999) && !was_created_since(None, since));
}

/// Ann at Xero, and what is decided and doubted where GO1 has this account under her email.
fn newcomer(known: KnownAccount, members: HashMap<EmployeeId, Member>) -> (Decision, Option<AccountDoubt>, bool) {
    let people = vec![SourcePerson { employee_id: "2".into(), ..ann("ann@x.com") }];
    let entry = make_plan(PlanInput { people, members, accounts: Some(vec![known]), ..empty() }).entries.remove(0);
    (entry.decision, entry.doubt, entry.ticked)
}

#[test]
fn an_account_under_another_name_is_asked_about_and_one_that_nobody_can_use_is_told() {
    let known = |name: &PersonName, word: &str| KnownAccount {
        name: name.clone(),
        status: AccountStatus::of(word),
        ..account("7", "ann@x.com")
    };
    let (own, kim) = (PersonName::new("Lee", "ANN"), PersonName::new("Kim", "Known"));
    let blocked = |word: &str, name: Option<&PersonName>| Decision::Blocked {
        reason: BlockedReason::AccountInactive { word: word.to_owned(), name: name.cloned() },
    };
    let decided = |name, word| newcomer(known(name, word), HashMap::new());
    assert_eq!(decided(&own, "active"), (link("7"), None, true));
    assert_eq!(decided(&kim, "active"), (link("7"), Some(AccountDoubt::OtherName { name: kim.clone() }), false));
    let odd = Some(AccountDoubt::Status { word: "onboarding".to_owned() });
    assert_eq!(decided(&own, "onboarding"), (link("7"), odd, false));
    assert_eq!(decided(&own, "Archived"), (blocked("archived", None), None, false));
    assert_eq!(decided(&kim, "suspended"), (blocked("suspended", Some(&kim)), None, false));

    // An undo has deactivated it, when it was that of another record of hers.
    let mut ours = member(Some("7"), true);
    for member in ours.values_mut() {
        member.deactivated = true;
    }
    let again = Decision::Link { account: Some("7".into()), deactivated: true };
    assert_eq!(newcomer(known(&own, "inactive"), ours), (again, None, true));
}

#[test]
fn the_owners_address_on_somebody_else_is_asked_about_before_the_portal_exists() {
    let kim = SourcePerson { given_name: "Kim".to_owned(), family_name: "Known".to_owned(), ..ann("a@x.com") };
    let entry = make_plan(PlanInput { people: vec![kim], ..empty() }).entries.remove(0);
    assert_eq!(entry.decision, Decision::Link { account: None, deactivated: false });
    let owner = PersonName::new("Ann", "Lee");
    assert_eq!((entry.doubt, entry.ticked), (Some(AccountDoubt::OtherName { name: owner }), false));
}

#[test]
fn a_member_whose_account_somebody_deactivated_at_go1_is_told_so() {
    let inactive = KnownAccount { status: AccountStatus::inactive(), ..account("7", "ann@x.com") };
    let told = |unfinished, deactivated| {
        let mut members = member(Some("7"), unfinished);
        for member in members.values_mut() {
            member.deactivated = deactivated;
        }
        let accounts = Some(vec![inactive.clone()]);
        let entry = make_plan(PlanInput { people: vec![ann("ann@x.com")], members, accounts, ..empty() });
        let entry = entry.entries.into_iter().next().expect("Ann");
        (entry.decision, entry.doubt)
    };
    let status = Some(AccountDoubt::Status { word: "inactive".to_owned() });
    let (decision, doubt) = told(false, false);
    assert!(matches!(decision, Decision::AlreadyMember { left: false, .. }));
    assert_eq!(doubt, status);
    let reason = BlockedReason::AccountInactive { word: "inactive".to_owned(), name: None };
    assert_eq!(told(true, false), (Decision::Blocked { reason }, None));
    // What an undo deactivated comes back.
    let resume = Decision::Resume { account: Some("7".into()), created: false, deactivated: true };
    assert_eq!(told(true, true), (resume, None));
}

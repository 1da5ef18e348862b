//! People previews.

use std::collections::{HashMap, HashSet};

use domain::account::AccountStatus;
use domain::contact_group::ContactGroup;
use domain::country::Country;
use domain::email::{EmailAddress, SourceEmail};
use domain::ids::{EmployeeId, LearningObjectId};
use domain::member::Member;
use domain::name::PersonName;
use domain::people::{PersonStatus, SourcePerson, Unread};
use domain::plan::{AddressSeen, KnownAccount, Plan, PlanInput, make_plan};
use domain::portal::PortalDomain;
use web::pages::{PeopleContext, PeopleNotice, PeoplePage, PlanChanges};

use super::common::{HOSTILE, Sample, now, page, token, under_way};

const GIVEN: [&str; 17] = [
    "Ava", "Noah", "Isla", "Leo", "Mia", "Theo", "Zoe", "Hugo", "Ruby", "Finn", "Lucia", "Omar", "Priya", "Jonas",
    "Mei", "Callum", "Anahera",
];
const FAMILY: [&str; 13] = [
    "Abbott",
    "Baxter",
    "Castellanos",
    "Dang",
    "Ellery",
    "Fitzgerald",
    "Grant",
    "Huynh",
    "Iverson",
    "Jovanovic",
    "Kowalczyk",
    "Lindqvist",
    "Murray-Smythe",
];

pub(super) fn person(number: usize) -> SourcePerson {
    let (given, family) = (GIVEN[number % GIVEN.len()], FAMILY[number % FAMILY.len()]);
    SourcePerson {
        employee_id: EmployeeId::new(format!("e-{number:04}")),
        given_name: given.to_owned(),
        family_name: family.to_owned(),
        email: Some(format!("{given}.{family}{number}@harbourhearth.example.com").to_lowercase()).into(),
        status: PersonStatus::Active,
    }
}

/// `importable` people and, with `trouble`, nine who cannot be imported.
fn people_of(importable: usize, trouble: bool) -> Vec<SourcePerson> {
    let mut people: Vec<SourcePerson> = (0..importable).map(person).collect();
    if trouble {
        let repeated = Some("AVA.abbott0@harbourhearth.example.com ");
        let emails = [None, None, Some(" "), Some("finn at work"), Some("zoe@"), repeated, None];
        for (number, email) in (900..).zip(emails) {
            people.push(SourcePerson { email: SourceEmail::read(email), ..person(number) });
        }
        people.push(SourcePerson { status: PersonStatus::Left, ..person(950) });
        people.push(SourcePerson { family_name: String::new(), ..person(951) });
    }
    people
}

fn plan_of(importable: usize, trouble: bool, places_left: u32) -> Plan {
    finish(people_of(importable, trouble), places_left)
}

/// A later look: of the first `members`, one has another name at GO1, one another email, one has left and one is no
/// longer listed; with `unfinished`, two were not finished.
pub(super) fn later(people: usize, members: usize, unfinished: bool) -> Plan {
    let mut listed: Vec<SourcePerson> = (0..people).map(person).collect();
    let accounts = (0..members).map(|number| {
        let person = person(number);
        let mut account = KnownAccount {
            id: number.to_string().as_str().into(),
            email: person.email.address().ok().cloned(),
            name: PersonName::new(&person.given_name, &person.family_name),
            status: AccountStatus::Active,
            created_time: None,
        };
        match number {
            2 => "Isobel".clone_into(&mut account.name.given_name),
            3 => account.email = EmailAddress::parse("leo@old.example.com").ok(),
            _ => {}
        }
        account
    });
    let mut accounts: Vec<KnownAccount> = accounts.collect();
    let kept = accounts.iter().enumerate().map(|(number, account)| {
        let member = Member {
            employee_id: person(number).employee_id,
            account: Some(account.id.clone()).filter(|_| number != 7 || !unfinished),
            created: true,
            import: "import".into(),
            since: now(),
            unfinished: unfinished && (6..8).contains(&number),
            asked_at: None,
            deactivated: false,
            reactivated_by: None,
            revision: 0,
        };
        (member.employee_id.clone(), member)
    });
    let kept: HashMap<EmployeeId, Member> = kept.collect();
    if unfinished {
        accounts.remove(7);
    }
    listed[4].status = PersonStatus::Left;
    listed.remove(5);
    make_plan(PlanInput {
        members: kept,
        old_emails: HashMap::from([(person(7).employee_id, EmailAddress::parse("hugo@x.example.com").expect("good"))]),
        accounts: Some(accounts),
        missed_before: HashSet::from([person(5).employee_id]),
        ..input(listed, 200 - u32::try_from(members).expect("few"))
    })
}

/// A look at people whose accounts are doubtful: under another name, of another member, called something that nobody
/// knows; two that nobody can use, one of them somebody else's; and somebody who was hired again.
fn of_doubtful_accounts(name: &str) -> Plan {
    let mut listed: Vec<SourcePerson> = (0..7).map(person).collect();
    listed.push(SourcePerson { employee_id: "hired-again".into(), ..person(6) });
    listed[6].status = PersonStatus::Left;
    let account = |number: usize, word: &str, of: PersonName| KnownAccount {
        id: number.to_string().as_str().into(),
        email: person(number).email.address().ok().cloned(),
        name: of,
        status: AccountStatus::of(word),
        created_time: None,
    };
    let own = |number: usize| PersonName::new(&person(number).given_name, &person(number).family_name);
    let others = PersonName::new(name, "Known");
    let accounts = vec![
        account(0, "active", own(0)),
        account(1, "active", others.clone()),
        account(3, "onboarding", own(3)),
        account(4, "archived", own(4)),
        account(5, "inactive", others),
        account(6, "active", own(6)),
    ];
    let mut members = HashMap::new();
    for number in [0, 6] {
        let employee_id = person(number).employee_id;
        let account = Some(number.to_string().as_str().into());
        let asked = Member::unresolved("import".into(), now(), employee_id.clone(), now());
        members.insert(employee_id, Member { account, unfinished: false, asked_at: None, ..asked });
    }
    // The first member has another email at Xero by now, and somebody else has theirs.
    listed[2].email = person(0).email;
    listed[0].email = Some("ava@harbourhearth.example.com".to_owned()).into();
    make_plan(PlanInput { members, accounts: Some(accounts), ..input(listed, 198) })
}

fn input(people: Vec<SourcePerson>, places_left: u32) -> PlanInput {
    PlanInput {
        tenant: "tenant".into(),
        group: None,
        people,
        members: HashMap::new(),
        old_emails: HashMap::new(),
        accounts: None,
        owner: EmailAddress::parse("noah.baxter1@harbourhearth.example.com").expect("an address"),
        owner_name: PersonName::new("Noah", "Baxter"),
        courses: (1001..1006).map(|id: u32| LearningObjectId::new(id.to_string())).collect(),
        places_left,
        imports_accepted: 0,
        missed_before: HashSet::new(),
        longest_name: 255,
        read_at: now(),
    }
}

fn finish(people: Vec<SourcePerson>, places_left: u32) -> Plan {
    make_plan(input(people, places_left))
}

fn context(country: Country) -> PeopleContext {
    PeopleContext {
        form_token: token(),
        organisation: match country {
            Country::Australia => "Harbour & Hearth Hospitality",
            Country::UnitedStates => "Prairie Lantern Coffee",
        }
        .to_owned(),
        country,
        xero_people_url: "https://go.xero.com/".to_owned(),
        new_portal: PortalDomain::parse("harbour-hearth").ok(),
        owner_email: Some("olivia.hartley@example.com".to_owned()),
    }
}

pub(super) fn view(plan: &Plan) -> PeoplePage {
    PeoplePage::of(plan, context(Country::Australia))
}

/// People of whom Xero says odd things, and a member whom this look did not find.
fn odd() -> Plan {
    let unread = |number, unread| SourcePerson { status: PersonStatus::Unread(unread), ..person(number) };
    let status = |number, status: Option<&str>| SourcePerson {
        status: PersonStatus::Unknown(status.map(str::to_owned)),
        ..person(number)
    };
    let mut nothing = unread(20, Unread::ALL);
    (nothing.given_name, nothing.family_name) = (String::new(), String::new());
    nothing.email = SourceEmail::read(None);
    let people = vec![
        person(0),
        nothing,
        unread(21, Unread { id: true, ..Unread::default() }),
        unread(22, Unread { id: true, email: true, ..Unread::default() }),
        unread(23, Unread { given_name: true, family_name: true, ..Unread::default() }),
        status(24, None),
        status(25, Some("ON LEAVE")),
        SourcePerson { status: PersonStatus::LoginRemoved, ..person(26) },
        SourcePerson { given_name: "N".repeat(256), ..person(27) },
    ];
    make_plan(PlanInput { members: missing(), accounts: Some(Vec::new()), ..input(people, 199) })
}

/// The contacts of a group: also a company, and one that is archived.
fn of_a_group(name: &str) -> Plan {
    let mut people: Vec<SourcePerson> = (0..12).map(person).collect();
    people[3].status = PersonStatus::Archived;
    people[5].status = PersonStatus::Company;
    (people[5].given_name, people[5].family_name) = (String::new(), String::new());
    let group = Some(ContactGroup { id: "group".into(), name: name.to_owned() });
    make_plan(PlanInput { group, ..input(people, 200) })
}

/// Member number 30, who is on no list.
fn missing() -> HashMap<EmployeeId, Member> {
    let id = person(30).employee_id;
    let member = Member::unresolved("import".into(), now(), id.clone(), now());
    HashMap::from([(id, Member { account: Some("30".into()), unfinished: false, ..member })])
}

/// The people preview in all its states.
pub(super) fn previews() -> Vec<Sample> {
    let full = plan_of(204, true, 200);
    let everybody: Vec<EmployeeId> = full.importable().map(|entry| entry.employee_id.clone()).collect();
    let mut moved = people_of(205, true);
    moved.remove(3);
    "Theodore".clone_into(&mut moved[5].given_name);
    let changed = finish(moved, 200);
    let differences = PlanChanges::between(&full, &changed);

    let advisers = (0..9)
        .map(|number| SourcePerson {
            status: if number % 4 == 3 { PersonStatus::Adviser } else { PersonStatus::Active },
            ..person(number)
        })
        .collect();
    let mut slips: Vec<SourcePerson> = (0..5).map(person).collect();
    slips[1].email = SourceEmail::read(Some("noah.baxter@harbourhearth.example.con"));
    slips[3].email = SourceEmail::read(Some("leo.dang@gmial.com"));
    let mut hostile = person(1);
    (hostile.given_name, hostile.family_name) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    let mut hostile_blocked = SourcePerson { email: SourceEmail::read(Some(HOSTILE)), ..hostile.clone() };
    hostile_blocked.employee_id = EmployeeId::from(HOSTILE);
    let mut hostile_context = context(Country::Australia);
    HOSTILE.clone_into(&mut hostile_context.organisation);

    let mut hostile_later = later(9, 9, true);
    for entry in &mut hostile_later.entries {
        (entry.given_name, entry.family_name) = (HOSTILE.to_owned(), HOSTILE.to_owned());
        if let domain::plan::Decision::AlreadyMember { differs: Some(differs), .. } = &mut entry.decision {
            (differs.given_name, differs.family_name) = (HOSTILE.to_owned(), HOSTILE.to_owned());
        }
    }
    HOSTILE.clone_into(&mut hostile_later.left[0].name);
    let of_200: Vec<EmployeeId> = [6, 203].map(|number| person(number).employee_id).into();
    let was = later(14, 11, false);
    let mut left_with_another_name = was.clone();
    "Theodora Grant".clone_into(&mut left_with_another_name.left[0].name);
    let other_leaver = PlanChanges::between(&was, &left_with_another_name);
    let failed: Vec<EmployeeId> = [6, 7, 11].map(|number| person(number).employee_id).into();
    let changed_page = view(&changed).with_notice(PeopleNotice::SourceChanged(Some(differences)));
    let left_out: Vec<EmployeeId> = everybody.iter().skip(2).take(198).cloned().collect();
    let shown = full.clone().with_ticks(&left_out);
    let looked_again = changed.clone().following(&shown);
    let checked = view(&looked_again).with_newcomers(&looked_again.newcomers_since(&shown));
    let checked = checked.with_notice(PeopleNotice::CheckedAgain(PlanChanges::between(&shown, &looked_again)));
    let with_address = |taken| {
        let domain = PortalDomain::parse("harbour-hearth").expect("an address");
        Plan { address: Some(AddressSeen { domain, taken }), ..plan_of(7, false, 200) }
    };
    let no_places_to_finish = Plan { places_left: 0, ..later(14, 11, true) };
    let again = PeopleContext { new_portal: None, owner_email: None, ..context(Country::Australia) };
    vec![
        page("people", &view(&full)),
        under_way("people-under-way", &view(&plan_of(7, false, 200))),
        page("people-few", &view(&plan_of(7, false, 200))),
        page("people-no-places", &view(&plan_of(7, false, 0))),
        page("people-doubtful-accounts", &view(&of_doubtful_accounts("Kim"))),
        page("people-doubtful-accounts-hostile", &view(&of_doubtful_accounts(HOSTILE))),
        page("people-no-places-to-finish", &PeoplePage::of(&no_places_to_finish, again.clone())),
        page("people-checked", &checked),
        page("people-checked-same", &view(&full).with_notice(PeopleNotice::CheckedAgain(PlanChanges::default()))),
        page("people-address-free", &view(&with_address(false))),
        page("people-address-taken", &view(&with_address(true))),
        page("people-slips", &view(&finish(slips, 200))),
        page("people-one", &view(&plan_of(1, false, 200))),
        page("people-again", &PeoplePage::of(&later(14, 11, false), again.clone())),
        page("people-odd", &view(&odd())),
        page("people-few-users", &PeoplePage::of(&plan_of(2, false, 200), context(Country::UnitedStates))),
        page("people-group", &PeoplePage::of(&of_a_group("Employees"), context(Country::UnitedStates))),
        page("people-group-hostile", &PeoplePage::of(&of_a_group(HOSTILE), context(Country::UnitedStates))),
        page("people-odd-users", &PeoplePage::of(&odd(), context(Country::UnitedStates))),
        page("people-left-users", &PeoplePage::of(&later(14, 11, false), context(Country::UnitedStates))),
        page("people-all-in", &PeoplePage::of(&later(11, 11, false), again.clone())),
        page(
            "people-retry",
            &PeoplePage::of(&later(14, 11, true), again.clone())
                .with_ticks(&failed)
                .with_notice(PeopleNotice::FailedTicked),
        ),
        page(
            "people-retry-nobody",
            &PeoplePage::of(&later(14, 11, true), again).with_ticks(&[]).with_notice(PeopleNotice::FailedTicked),
        ),
        page("people-hostile-again", &PeoplePage::of(&hostile_later, context(Country::Australia))),
        page("people-united-states", &PeoplePage::of(&finish(advisers, 200), context(Country::UnitedStates))),
        page("people-all-blocked", &view(&plan_of(0, true, 200))),
        page("people-hostile", &PeoplePage::of(&finish(vec![hostile, hostile_blocked], 200), hostile_context)),
        page("people-changed", &changed_page),
        page(
            "people-left-changed",
            &view(&left_with_another_name).with_notice(PeopleNotice::SourceChanged(Some(other_leaver))),
        ),
        page("people-retry-of-many", &view(&full).with_ticks(&of_200).with_notice(PeopleNotice::FailedTicked)),
        page("people-too-many-ticked", &view(&full).with_ticks(&everybody).with_notice(PeopleNotice::TooManyTicked)),
        page(
            "people-nobody-ticked",
            &view(&plan_of(7, true, 200)).with_ticks(&[]).with_notice(PeopleNotice::NobodyTicked),
        ),
        page("people-not-offered", &view(&plan_of(7, true, 200)).with_notice(PeopleNotice::NotOffered)),
    ]
}

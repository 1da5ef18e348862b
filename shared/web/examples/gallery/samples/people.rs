//! People previews and imports.

use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, LearningObjectId};
use domain::import::{FailureReason, Import, ImportPerson, ImportStatus, Outcome};
use domain::people::{SourcePerson, Standing};
use domain::plan::{Plan, PlanInput, make_plan};
use http::StatusCode;
use jiff::SignedDuration;
use web::pages::{ImportPage, PeopleContext, PeopleNotice, PeoplePage, PlanChanges};

use super::{HOSTILE, Sample, domain, now, page, refused, site, stages, token};

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

fn person(number: usize) -> SourcePerson {
    let (given, family) = (GIVEN[number % GIVEN.len()], FAMILY[number % FAMILY.len()]);
    SourcePerson {
        employee_id: EmployeeId::new(format!("e-{number:04}")),
        given_name: given.to_owned(),
        family_name: family.to_owned(),
        email: Some(format!("{given}.{family}{number}@harbourhearth.example.com").to_lowercase()),
        standing: Standing::Active,
    }
}

/// `importable` people and, with `trouble`, nine who cannot be imported.
fn people_of(importable: usize, trouble: bool) -> Vec<SourcePerson> {
    let mut people: Vec<SourcePerson> = (0..importable).map(person).collect();
    if trouble {
        let repeated = Some("AVA.abbott0@harbourhearth.example.com ");
        let emails = [None, None, Some(" "), Some("finn at work"), Some("zoe@"), repeated, None];
        for (number, email) in (900..).zip(emails) {
            people.push(SourcePerson { email: email.map(str::to_owned), ..person(number) });
        }
        people.push(SourcePerson { standing: Standing::Left, ..person(950) });
        people.push(SourcePerson { family_name: String::new(), ..person(951) });
    }
    people
}

fn plan_of(importable: usize, trouble: bool, places_left: u32) -> Plan {
    finish(people_of(importable, trouble), places_left)
}

fn finish(people: Vec<SourcePerson>, places_left: u32) -> Plan {
    make_plan(PlanInput {
        tenant: "tenant".into(),
        people,
        members: std::collections::HashSet::new(),
        accounts: std::collections::BTreeMap::new(),
        owner: EmailAddress::parse("noah.baxter1@harbourhearth.example.com").expect("an address"),
        courses: (1001..1006).map(|id: u32| LearningObjectId::new(id.to_string())).collect(),
        places_left,
        imports_accepted: 0,
        read_at: now(),
    })
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
        portal_exists: false,
    }
}

fn view(plan: &Plan) -> PeoplePage {
    PeoplePage::of(plan, context(Country::Australia))
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
            standing: if number % 4 == 3 { Standing::Adviser } else { Standing::Active },
            ..person(number)
        })
        .collect();
    let mut hostile = person(1);
    (hostile.given_name, hostile.family_name) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    let mut hostile_blocked = SourcePerson { email: Some(HOSTILE.to_owned()), ..hostile.clone() };
    hostile_blocked.employee_id = EmployeeId::from(HOSTILE);
    let mut hostile_context = context(Country::Australia);
    HOSTILE.clone_into(&mut hostile_context.organisation);

    let mut members = plan_of(7, false, 2);
    for entry in &mut members.entries[..3] {
        entry.decision = domain::plan::Decision::AlreadyMember;
    }
    let changed_page = view(&changed).with_notice(PeopleNotice::SourceChanged(Some(differences)));
    let changed_answer = web::responses::page_with_status(&site(), StatusCode::CONFLICT, &changed_page);
    let again = PeopleContext { portal_exists: true, ..context(Country::Australia) };
    vec![
        page("people", &view(&full)),
        page("people-few", &view(&plan_of(7, false, 200))),
        page("people-one", &view(&plan_of(1, false, 200))),
        page("people-again", &PeoplePage::of(&members, again)),
        page("people-united-states", &PeoplePage::of(&finish(advisers, 200), context(Country::UnitedStates))),
        page("people-all-blocked", &view(&plan_of(0, true, 200))),
        page("people-hostile", &PeoplePage::of(&finish(vec![hostile, hostile_blocked], 200), hostile_context)),
        Sample { name: "people-changed".to_owned(), response: changed_answer },
        refused("people-too-many-ticked", &view(&full).with_ticks(&everybody).with_notice(PeopleNotice::TooManyTicked)),
        refused(
            "people-nobody-ticked",
            &view(&plan_of(7, true, 200)).with_ticks(&[]).with_notice(PeopleNotice::NobodyTicked),
        ),
        refused("people-not-offered", &view(&plan_of(7, true, 200)).with_notice(PeopleNotice::NotOffered)),
    ]
}

/// `people` people of whom the first `done` have ended well.
pub(super) fn imported(people: usize, done: usize) -> Vec<ImportPerson> {
    (0..people)
        .map(|number| {
            let person = person(number);
            ImportPerson {
                employee_id: person.employee_id,
                given_name: person.given_name,
                family_name: person.family_name,
                email: EmailAddress::parse(person.email.as_deref().unwrap_or_default()).expect("an address"),
                link: number == 1,
                outcome: if number < done {
                    Outcome::Done { account: "account".into(), created: number != 1, enrollments: 5 }
                } else {
                    Outcome::Waiting
                },
            }
        })
        .collect()
}

fn import_page(status: ImportStatus, people: Vec<ImportPerson>) -> ImportPage {
    let import = Import {
        id: "0123456789abcdef".into(),
        portal: "portal".into(),
        tenant: "tenant".into(),
        plan: "plan".into(),
        people: people.iter().map(|person| person.employee_id.clone()).collect(),
        courses: (1001..1006).map(|id: u32| LearningObjectId::new(id.to_string())).collect(),
        status,
        accepted_at: now(),
        ended_at: status.has_ended().then(|| now() + SignedDuration::from_secs(95)),
        wait_until: None,
    };
    ImportPage::of(&import, people, "Harbour & Hearth Hospitality".to_owned(), domain())
}

/// An import in all its states.
pub(super) fn imports() -> Vec<Sample> {
    let mut samples: Vec<Sample> = stages()
        .into_iter()
        .map(|(name, status, done, failure)| {
            let mut people = imported(200, done);
            if let Some(reason) = failure {
                let others = [FailureReason::AccountRefused, FailureReason::EnrollmentRefused, reason];
                for (index, person) in people.iter_mut().skip(done).enumerate() {
                    let reason = if done > 0 { others[index % others.len()] } else { reason };
                    person.outcome = Outcome::Failed { reason, account: None };
                }
            }
            page(&format!("import-{name}"), &import_page(status, people))
        })
        .collect();
    let mut waiting = import_page(ImportStatus::Running, imported(200, 60));
    waiting.wait_until = Some(now() + SignedDuration::from_mins(12));
    let mut erased = import_page(ImportStatus::Done, imported(200, 200));
    erased.people.clear();
    let mut hostile = import_page(ImportStatus::PartlyDone, imported(3, 2));
    HOSTILE.clone_into(&mut hostile.organisation);
    for person in &mut hostile.people {
        (person.given_name, person.family_name) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    }
    samples.push(page("import-waiting", &waiting));
    samples.push(page("import-erased", &erased));
    samples.push(page("import-hostile", &hostile));
    samples
}

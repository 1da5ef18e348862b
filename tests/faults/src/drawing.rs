//! The scenario of a seed: everything in it is drawn at random, and follows from the seed.

use domain::import::PEOPLE_PER_BATCH;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stand_ins::Duplicates;
use stand_ins::go1::endpoint;

use crate::fault::{Failing, Fault, PlannedFault, RetryAfter};
use crate::press::{PlannedPress, Press, When};
use crate::scenario::{
    CourseRefusal, CustomerScenario, PermanentError, PlannedOutage, RefusedCourses, Scenario, StartingPoint,
    TokensAtStart,
};

/// Faults are planned for the steps below this one, in most runs. The import of one person without any fault takes about
/// fifty.
const PLANNED_STEPS: usize = 90;

/// After how many minutes somebody logs in with GO1: mostly on the same day.
const LOGINS: [i64; 13] = [1, 1, 1, 10, 10, 10, 45, 45, 45, 180, 180, 180, 3 * 24 * 60];

/// The presses that are planned, each as often as it stands here.
const PRESSES: [Press; 15] = [
    Press::Stop,
    Press::Stop,
    Press::StopTwice,
    Press::Retry,
    Press::Retry,
    Press::ImportChanged,
    Press::ImportChanged,
    Press::ImportLate,
    Press::Undo,
    Press::Undo,
    Press::Erase,
    Press::Disconnect,
    Press::LogIn,
    Press::Users,
    Press::BeginCourse,
];

/// Of so many seeds one is an outage and nothing else.
const OUTAGE_ALONE_EVERY: u64 = 20;

/// How many minutes such an outage takes: from one that a batch's first tries outlast to one that no import does.
const LONG_OUTAGES: [i64; 5] = [20, 45, 120, 10 * 60, 26 * 60];

impl Scenario {
    /// The scenario of a seed.
    pub fn of(seed: u64) -> Self {
        // The multiplication makes neighbouring seeds differ in everything.
        let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x51);
        let random = &mut random;
        let is_large = chance(random, 2);
        let customers = if is_large { 1 } else { *pick(random, &[1, 1, 1, 1, 1, 2, 2, 3]) };
        let customers: Vec<_> = (0..customers).map(|number| customer(random, number, is_large)).collect();
        let clocks_differ = chance(random, 6);
        let planned_steps = if customers.len() > 1 { 2 * PLANNED_STEPS } else { PLANNED_STEPS };
        let planned_faults = (0..random.random_range(0..=4)).map(|_| PlannedFault {
            step: random.random_range(0..planned_steps),
            choice: random.random_range(0..1_000),
        });
        let planned_faults: Vec<PlannedFault> = planned_faults.collect();
        let mut duplicates = *pick(
            random,
            &[Duplicates::Conflict, Duplicates::BadRequest, Duplicates::Unprocessable, Duplicates::Accepted],
        );
        if clocks_differ && duplicates == Duplicates::Accepted {
            // Whose clock is off by minutes cannot know that another attempt is at work, so with a GO1 that creates second
            // accounts no product could keep the promise.
            duplicates = Duplicates::Conflict;
        }
        let drawn = Self {
            seed: seed.max(1),
            customers,
            courses: random.random_range(1..=3),
            pace: (*pick(random, &[1, 4]), *pick(random, &[0, 5])),
            duplicates,
            lists_behind: if chance(random, 30) { random.random_range(1..=30) } else { 0 },
            clocks_differ,
            writes_previous_version: chance(random, 25),
            user_limit: chance(random, 10).then(|| random.random_range(0..4)),
            presses: if chance(random, 15) { 2 } else { 1 },
            outage: chance(random, 15).then(|| outage(random)),
            permanent_error: chance(random, 5).then(|| permanent_error(random)),
            has_unreadable_message: chance(random, 5),
            planned_faults,
            course_refusal: chance(random, 10).then(|| course_refusal(random)),
        };
        if seed.is_multiple_of(OUTAGE_ALONE_EVERY) { drawn.with_an_outage_alone(random) } else { drawn }
    }

    /// The same customers, and nothing but a GO1 that fails for a while. Among other troubles an outage is hardly ever
    /// judged: whoever is missing afterwards may be missing for another reason.
    fn with_an_outage_alone(self, random: &mut StdRng) -> Self {
        let outage = PlannedOutage { failing: Failing::Go1, minutes: *pick(random, &LONG_OUTAGES), ..outage(random) };
        let alone = |customer| CustomerScenario { looks_by_page: false, presses: Vec::new(), ..customer };
        Self {
            customers: self.customers.into_iter().map(alone).collect(),
            clocks_differ: false,
            user_limit: None,
            presses: 1,
            outage: Some(outage),
            permanent_error: None,
            has_unreadable_message: false,
            planned_faults: Vec::new(),
            course_refusal: None,
            ..self
        }
    }
}

fn chance(random: &mut StdRng, percent: u32) -> bool {
    random.random_ratio(percent, 100)
}

fn customer(random: &mut StdRng, number: usize, is_large: bool) -> CustomerScenario {
    let people = match random.random_range(0..100) {
        _ if is_large => random.random_range(50..=200),
        0..40 => 1,
        40..65 => 2,
        65..80 => 3,
        80..90 => 5,
        // Two batches.
        _ => PEOPLE_PER_BATCH + 2,
    };
    let most_left = if people > PEOPLE_PER_BATCH { people + 4 } else { 14 };
    let person = |random: &mut StdRng| match random.random_range(0..100) {
        0..70 => StartingPoint::New,
        70..80 => StartingPoint::ForeignAccount,
        80..85 => StartingPoint::ForeignEnrollment,
        85..90 => StartingPoint::CoursesMissing,
        90..95 => StartingPoint::UncertainCreated,
        _ => StartingPoint::UncertainNotCreated,
    };
    CustomerScenario {
        people: (0..people).map(|_| person(random)).collect(),
        places_left: if is_large { random.random_range(20..=200) } else { random.random_range(1..=most_left) },
        starts_after: if number == 0 { 0 } else { random.random_range(0..3_000) },
        looks_by_page: chance(random, 10),
        of_a_group: false,
        tokens: *pick(
            random,
            &[TokensAtStart::Fresh, TokensAtStart::Fresh, TokensAtStart::Expiring, TokensAtStart::Void],
        ),
        login_after: (!chance(random, 2)).then(|| *pick(random, &LOGINS)),
        presses: presses(random),
    }
}

/// What is pressed after the first press, in this order where it waits for an import to end.
fn presses(random: &mut StdRng) -> Vec<PlannedPress> {
    let planned = *pick(random, &[0, 0, 0, 0, 1, 1, 1, 2, 3]);
    let planned = (0..planned).map(|_| {
        let when = match random.random_range(0..100) {
            0..35 => When::After(random.random_range(0..3_000)),
            35..50 => When::After(random.random_range(0..300_000)),
            50..75 => When::Ended,
            _ => When::Idle,
        };
        PlannedPress { when, press: *pick(random, &PRESSES) }
    });
    planned.collect()
}

fn pick<'a, T>(random: &mut StdRng, among: &'a [T]) -> &'a T {
    &among[random.random_range(0..among.len())]
}

fn outage(random: &mut StdRng) -> PlannedOutage {
    let faults = [
        Fault::ServerErrorBefore,
        Fault::ServerErrorAfter,
        Fault::FailBefore,
        Fault::FailAfter,
        Fault::ConnectionRefused,
        Fault::TimeoutBefore,
        Fault::HtmlAnswer,
        Fault::BlockPage,
        Fault::RateLimited(RetryAfter::Absent),
    ];
    let endpoints = [
        None,
        None,
        Some(endpoint::CREATE_USER_ACCOUNT),
        Some(endpoint::CREATE_ENROLLMENT),
        Some(endpoint::LIST_USER_ACCOUNTS),
        Some(endpoint::TOKEN),
        Some(endpoint::UPDATE_USER_ACCOUNT),
        Some(endpoint::DELETE_ENROLLMENT),
    ];
    PlannedOutage {
        from_second: random.random_range(0..3),
        minutes: *pick(random, &[5, 10, 20, 45, 120, 26 * 60]),
        failing: pick(random, &endpoints).map_or(Failing::Go1, Failing::Endpoint),
        fault: *pick(random, &faults),
    }
}

fn permanent_error(random: &mut StdRng) -> PermanentError {
    let endpoint = *pick(random, &[endpoint::CREATE_USER_ACCOUNT, endpoint::CREATE_ENROLLMENT]);
    PermanentError { endpoint, status: *pick(random, &[400, 403, 422, 500]) }
}

fn course_refusal(random: &mut StdRng) -> CourseRefusal {
    let of = if chance(random, 50) { RefusedCourses::First } else { RefusedCourses::Calls(random.random_range(1..=4)) };
    CourseRefusal { status: *pick(random, &[403, 404]), of }
}

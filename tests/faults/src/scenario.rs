//! What happens in one run: who is imported, how GO1 and the owner behave, and which faults are planned. All of it
//! follows from a seed.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stand_ins::Duplicates;
use stand_ins::go1::endpoint;

use crate::fault::{Fault, PlannedFault, RetryAfter};

/// Faults are planned for the steps below this one. The import of one person without any fault takes about fifty.
const PLANNED_STEPS: usize = 90;

/// What GO1 and our table hold of a person when the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartingPoint {
    /// Nothing at all.
    New,
    /// An account at GO1 that this product did not create.
    ForeignAccount,
    /// A member with an account, whose courses are missing.
    CoursesMissing,
    /// A member for whom an earlier import may have created an account, and did.
    UncertainCreated,
    /// A member for whom an earlier import may have created an account, and did not.
    UncertainNotCreated,
}

/// A status with which GO1 answers every call of one kind, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermanentError {
    pub endpoint: &'static str,
    pub status: u16,
}

/// Whether the owner presses "Try the failed again".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    Never,
    /// As soon as the import has ended, while requests of it may still be in flight. Then only the first import is
    /// stopped where the scenario stops one.
    AtOnce,
    /// When nothing is left to do.
    WhenIdle,
}

/// The portal's tokens when the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokensAtStart {
    Fresh,
    /// The access token has to be renewed before the first call.
    Expiring,
    /// The access token has to be renewed, and GO1 no longer takes the refresh token.
    Void,
}

/// A period in which GO1 fails.
#[derive(Clone, Copy, Debug)]
pub struct PlannedOutage {
    pub from_second: i64,
    pub minutes: i64,
    /// The only endpoint that fails, or `None` where all of them do.
    pub endpoint: Option<&'static str>,
    pub fault: Fault,
}

/// What happens in one run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The seed of the scheduling and of every generated value. With 0 the scheduling is not random at all.
    pub seed: u64,
    /// The people who are ticked.
    pub people: Vec<StartingPoint>,
    pub courses: usize,
    /// How many places the portal has left before the import.
    pub places_left: u32,
    /// How many calls the worker has in flight, and how many it makes in a second; 0 stands for no limit.
    pub pace: (usize, u32),
    /// How GO1 answers the creation of a second account with the same email.
    pub duplicates: Duplicates,
    /// Whether messages are written as the release before this one wrote them.
    pub writes_previous_version: bool,
    /// How many accounts GO1 allows beside those that there are.
    pub user_limit: Option<usize>,
    /// How many times the button is pressed at the same moment.
    pub presses: usize,
    /// The owner stops the import during this delivery, so many milliseconds after it began.
    pub stop_during_delivery: Option<(usize, u64)>,
    /// The owner stops the import so many seconds after the button was pressed.
    pub stop_after_seconds: Option<i64>,
    pub tokens: TokensAtStart,
    /// How many minutes the owner takes to log in with GO1 where that has become necessary.
    pub login_after_minutes: i64,
    pub outage: Option<PlannedOutage>,
    /// An error that GO1 answers for the first person for ever.
    pub permanent_error: Option<PermanentError>,
    /// Whether the queue holds a message that no release can read.
    pub has_unreadable_message: bool,
    pub retries: Retries,
    pub planned_faults: Vec<PlannedFault>,
}

impl Scenario {
    /// The scenario of the enumeration: one person, two courses, and nothing at random. With two faults GO1 creates a
    /// second account for everybody, and whoever failed is tried again at once, so that asking twice has an effect.
    pub fn smallest(planned_faults: Vec<PlannedFault>) -> Self {
        let is_pair = planned_faults.len() > 1;
        let duplicates = if is_pair { Duplicates::Accepted } else { Duplicates::Conflict };
        Self {
            seed: 0,
            people: vec![StartingPoint::New],
            courses: 2,
            places_left: 5,
            pace: (4, 0),
            duplicates,
            writes_previous_version: false,
            user_limit: None,
            presses: 1,
            stop_during_delivery: None,
            stop_after_seconds: None,
            tokens: TokensAtStart::Fresh,
            login_after_minutes: 10,
            outage: None,
            permanent_error: None,
            has_unreadable_message: false,
            retries: if is_pair { Retries::AtOnce } else { Retries::Never },
            planned_faults,
        }
    }

    /// The scenario of a seed.
    pub fn of(seed: u64) -> Self {
        // The multiplication makes neighbouring seeds differ in everything.
        let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x51);
        let people = match random.random_range(0..100) {
            0..40 => 1,
            40..65 => 2,
            65..80 => 3,
            80..90 => 5,
            _ => 12,
        };
        let person = |random: &mut StdRng| match random.random_range(0..100) {
            0..70 => StartingPoint::New,
            70..85 => StartingPoint::ForeignAccount,
            85..90 => StartingPoint::CoursesMissing,
            90..95 => StartingPoint::UncertainCreated,
            _ => StartingPoint::UncertainNotCreated,
        };
        let people: Vec<StartingPoint> = (0..people).map(|_| person(&mut random)).collect();
        let planned_faults = (0..random.random_range(0..=4)).map(|_| PlannedFault {
            step: random.random_range(0..PLANNED_STEPS),
            choice: random.random_range(0..1_000),
        });
        let planned_faults: Vec<PlannedFault> = planned_faults.collect();
        let chance = |random: &mut StdRng, percent: u32| random.random_ratio(percent, 100);
        Self {
            seed: seed.max(1),
            courses: random.random_range(1..=3),
            places_left: random.random_range(1..=14),
            pace: (*pick(&mut random, &[1, 4]), *pick(&mut random, &[0, 5])),
            duplicates: *pick(
                &mut random,
                &[Duplicates::Conflict, Duplicates::BadRequest, Duplicates::Unprocessable, Duplicates::Accepted],
            ),
            writes_previous_version: chance(&mut random, 25),
            user_limit: chance(&mut random, 10).then(|| random.random_range(0..4)),
            presses: if chance(&mut random, 15) { 2 } else { 1 },
            stop_during_delivery: chance(&mut random, 10)
                .then(|| (random.random_range(0..3), random.random_range(0..3_000))),
            stop_after_seconds: chance(&mut random, 8).then(|| random.random_range(1..300)),
            tokens: *pick(
                &mut random,
                &[TokensAtStart::Fresh, TokensAtStart::Fresh, TokensAtStart::Expiring, TokensAtStart::Void],
            ),
            login_after_minutes: *pick(&mut random, &[1, 10, 45, 180]),
            outage: chance(&mut random, 15).then(|| outage(&mut random)),
            permanent_error: chance(&mut random, 5).then(|| permanent_error(&mut random)),
            has_unreadable_message: chance(&mut random, 5),
            retries: match random.random_range(0..100) {
                0..15 => Retries::WhenIdle,
                15..35 => Retries::AtOnce,
                _ => Retries::Never,
            },
            planned_faults,
            people,
        }
    }

    /// Whether it is one of the enumeration, with nothing at random.
    pub fn is_enumerated(&self) -> bool {
        self.seed == 0
    }

    /// Whether all of its outages and errors pass within minutes, so that the import must end soon after them.
    pub fn is_transient(&self) -> bool {
        // While GO1 answers nothing at all, failures do not count against a batch. Where it answers some of the calls,
        // the fifth failure ends the batch.
        let outage_passes = self.outage.is_none_or(|outage| match outage.endpoint {
            None => outage.minutes <= 120,
            Some(_) => outage.minutes <= 20 && self.planned_faults.is_empty(),
        });
        outage_passes && self.permanent_error.is_none_or(|error| error.status < 500)
    }

    /// Whether, besides, GO1 refuses nobody and nobody stops the import: then everybody must be imported in the end.
    pub fn imports_everybody(&self) -> bool {
        // An outage of one endpoint can end a batch by five failures within a minute.
        self.outage.is_none_or(|outage| outage.endpoint.is_none())
            && self.is_transient()
            && self.permanent_error.is_none()
            && self.user_limit.is_none()
            && self.stop_during_delivery.is_none()
            && self.stop_after_seconds.is_none()
    }
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
        Fault::RateLimited(RetryAfter::Absent),
    ];
    let endpoints = [
        None,
        None,
        Some(endpoint::CREATE_USER_ACCOUNT),
        Some(endpoint::CREATE_ENROLLMENT),
        Some(endpoint::LIST_USER_ACCOUNTS),
        Some(endpoint::TOKEN),
    ];
    PlannedOutage {
        from_second: random.random_range(0..3),
        minutes: *pick(random, &[5, 10, 20, 45, 120, 26 * 60]),
        endpoint: *pick(random, &endpoints),
        fault: *pick(random, &faults),
    }
}

fn permanent_error(random: &mut StdRng) -> PermanentError {
    let endpoint = *pick(random, &[endpoint::CREATE_USER_ACCOUNT, endpoint::CREATE_ENROLLMENT]);
    PermanentError { endpoint, status: *pick(random, &[400, 403, 422, 500]) }
}

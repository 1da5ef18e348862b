//! What happens in one universe. All of it follows from a seed.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stand_ins::Duplicates;
use stand_ins::go1::endpoint;

use crate::points::{Asked, Kind, Order};

/// The points within which things go wrong; a quiet import of one person has about fifty.
const REACH: usize = 90;

/// What one person is at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// New.
    New,
    /// Has an account that we did not make.
    AtGo1,
    /// A member with an account, courses missing.
    Unfinished,
    /// A member whose account may exist, and does.
    Uncertain,
    /// A member whose account may exist, and does not.
    UncertainAndNot,
}

/// How GO1 treats one person's account for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bad {
    /// At which endpoint.
    pub endpoint: &'static str,
    /// With which status.
    pub status: u16,
}

/// Whether the owner tries the failed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// No.
    Never,
    /// As soon as the import has ended, while what it asked of GO1 may still be on the wire. A stop is for the first
    /// import only.
    AtOnce,
    /// Once nothing is left to do.
    Later,
}

/// The portal's tokens at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// Good for twelve hours.
    Fresh,
    /// About to expire.
    Expiring,
    /// About to expire, and GO1 takes the refresh token no longer.
    Void,
}

/// A time in which GO1 fails.
#[derive(Clone, Copy, Debug)]
pub struct Failing {
    /// After how many seconds.
    pub from: i64,
    /// For how many minutes.
    pub minutes: i64,
    /// Where; `None`: everywhere.
    pub endpoint: Option<&'static str>,
    /// How.
    pub kind: Kind,
}

/// What happens in one universe.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Chance, where any is left; 0: none is.
    pub seed: u64,
    /// Who is ticked.
    pub people: Vec<Role>,
    /// How many courses.
    pub courses: usize,
    /// Places left before.
    pub places_left: u32,
    /// Calls in flight, and a second.
    pub pace: (usize, u32),
    /// GO1's answer to a second account.
    pub duplicates: Duplicates,
    /// Whether messages are the old version's.
    pub is_old: bool,
    /// Accounts that GO1 allows beside those there are.
    pub user_limit: Option<usize>,
    /// How often the button is pressed at once.
    pub presses: usize,
    /// The owner stops the import while this delivery is at work, after so many milliseconds.
    pub stop: Option<(usize, u64)>,
    /// The owner stops the import so many seconds after the button was pressed, whatever it waits for.
    pub stop_later: Option<i64>,
    /// The tokens.
    pub tokens: Tokens,
    /// How long the owner takes to log in where GO1 wants it, in minutes.
    pub login_after: i64,
    /// When GO1 fails.
    pub failing: Option<Failing>,
    /// What GO1 does to the first person for ever.
    pub bad: Option<Bad>,
    /// Whether a message that nobody can read is on the queue.
    pub poison: bool,
    /// Whether, and when, the failed are tried again.
    pub retries: Retries,
    /// What goes wrong at which point.
    pub orders: Vec<Order>,
}

impl Scenario {
    /// One person, two courses, and nothing left to chance: what is enumerated. Where two things go wrong, GO1 lets
    /// everybody make a second account, and whoever failed is tried again at once, so that whoever asks twice is seen.
    pub fn smallest(orders: Vec<Order>) -> Self {
        let is_pair = orders.len() > 1;
        let duplicates = if is_pair { Duplicates::Accepted } else { Duplicates::Conflict };
        Self {
            seed: 0,
            people: vec![Role::New],
            courses: 2,
            places_left: 5,
            pace: (4, 0),
            duplicates,
            is_old: false,
            user_limit: None,
            presses: 1,
            stop: None,
            stop_later: None,
            tokens: Tokens::Fresh,
            login_after: 10,
            failing: None,
            bad: None,
            poison: false,
            retries: if is_pair { Retries::AtOnce } else { Retries::Never },
            orders,
        }
    }

    /// That of a seed.
    pub fn of(seed: u64) -> Self {
        // Neighbouring seeds are to differ in everything.
        let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x51);
        let people = match random.random_range(0..100) {
            0..40 => 1,
            40..65 => 2,
            65..80 => 3,
            80..90 => 5,
            _ => 12,
        };
        let role = |random: &mut StdRng| match random.random_range(0..100) {
            0..70 => Role::New,
            70..85 => Role::AtGo1,
            85..90 => Role::Unfinished,
            90..95 => Role::Uncertain,
            _ => Role::UncertainAndNot,
        };
        let people: Vec<Role> = (0..people).map(|_| role(&mut random)).collect();
        let orders = (0..random.random_range(0..=4))
            .map(|_| Order { point: random.random_range(0..REACH), choice: random.random_range(0..1_000) });
        let orders: Vec<Order> = orders.collect();
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
            is_old: chance(&mut random, 25),
            user_limit: chance(&mut random, 10).then(|| random.random_range(0..4)),
            presses: if chance(&mut random, 15) { 2 } else { 1 },
            stop: chance(&mut random, 10).then(|| (random.random_range(0..3), random.random_range(0..3_000))),
            stop_later: chance(&mut random, 8).then(|| random.random_range(1..300)),
            tokens: *pick(&mut random, &[Tokens::Fresh, Tokens::Fresh, Tokens::Expiring, Tokens::Void]),
            login_after: *pick(&mut random, &[1, 10, 45, 180]),
            failing: chance(&mut random, 15).then(|| failing(&mut random)),
            bad: chance(&mut random, 5).then(|| bad(&mut random)),
            poison: chance(&mut random, 5),
            retries: match random.random_range(0..100) {
                0..15 => Retries::Later,
                15..35 => Retries::AtOnce,
                _ => Retries::Never,
            },
            orders,
            people,
        }
    }

    /// Whether nothing is left to chance.
    pub fn is_smallest(&self) -> bool {
        self.seed == 0
    }

    /// Whether everything that goes wrong by itself passes within minutes.
    pub fn is_brief(&self) -> bool {
        // While GO1 answers nothing at all no failure counts. Where it answers some calls, five do.
        let passes = self.failing.is_none_or(|failing| match failing.endpoint {
            None => failing.minutes <= 120,
            Some(_) => failing.minutes <= 20 && self.orders.is_empty(),
        });
        passes && self.bad.is_none_or(|bad| bad.status < 500)
    }

    /// Whether, besides, nobody is refused: then everybody must be done in the end.
    pub fn is_mild(&self) -> bool {
        // Where GO1 does one thing and not the other, five failures within a minute end a batch.
        self.failing.is_none_or(|failing| failing.endpoint.is_none())
            && self.is_brief()
            && self.bad.is_none()
            && self.user_limit.is_none()
            && self.stop.is_none()
            && self.stop_later.is_none()
    }
}

fn pick<'a, T>(random: &mut StdRng, among: &'a [T]) -> &'a T {
    &among[random.random_range(0..among.len())]
}

fn failing(random: &mut StdRng) -> Failing {
    let kinds = [
        Kind::Error,
        Kind::ErrorAfter,
        Kind::Fail,
        Kind::Lose,
        Kind::Refused,
        Kind::HangNever,
        Kind::Html,
        Kind::Limited(Asked::Nothing),
    ];
    let endpoints = [
        None,
        None,
        Some(endpoint::CREATE_USER_ACCOUNT),
        Some(endpoint::CREATE_ENROLLMENT),
        Some(endpoint::LIST_USER_ACCOUNTS),
        Some(endpoint::TOKEN),
    ];
    Failing {
        from: random.random_range(0..3),
        minutes: *pick(random, &[5, 10, 20, 45, 120, 26 * 60]),
        endpoint: *pick(random, &endpoints),
        kind: *pick(random, &kinds),
    }
}

fn bad(random: &mut StdRng) -> Bad {
    let endpoint = *pick(random, &[endpoint::CREATE_USER_ACCOUNT, endpoint::CREATE_ENROLLMENT]);
    Bad { endpoint, status: *pick(random, &[400, 403, 422, 500]) }
}

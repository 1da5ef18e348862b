//! Orders to fail.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::gate::Gate;
use crate::random::Random;
use crate::world::World;

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// This answer, and nothing happens.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Headers by name.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body as it is.
        #[serde(default)]
        body: String,
    },
    /// The call takes effect, and this is answered instead of the truth.
    AnswerAfterEffect {
        /// The HTTP status.
        status: u16,
        /// Headers by name.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body as it is.
        #[serde(default)]
        body: String,
    },
    /// The call waits so long before it is handled.
    Delay {
        /// In milliseconds.
        milliseconds: u64,
    },
    /// The connection is cut, and nothing happens.
    CutBefore,
    /// The call takes effect, and the connection is cut before the answer.
    LoseAnswer,
}

/// An order to fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The endpoint it concerns; none: every one.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Only calls whose method, path, query or body contain this text.
    #[serde(default)]
    pub matching: Option<String>,
    /// How many matching calls pass first.
    #[serde(default)]
    pub skip: u32,
    /// How many calls fail then; none: all of them.
    #[serde(default)]
    pub times: Option<u32>,
    /// The probability of failing, from 0 to 1.
    #[serde(default = "certain")]
    pub chance: f64,
    /// How it fails.
    #[serde(flatten)]
    pub kind: FaultKind,
}

fn certain() -> f64 {
    1.0
}

impl Fault {
    /// The next call to this endpoint fails so.
    pub fn next(endpoint: &str, kind: FaultKind) -> Self {
        Self::times(endpoint, 1, kind)
    }

    /// The next `times` calls to this endpoint fail so.
    pub fn times(endpoint: &str, times: u32, kind: FaultKind) -> Self {
        Self { times: Some(times), ..Self::always(endpoint, kind) }
    }

    /// Every call to this endpoint fails so, until the faults are cleared.
    pub fn always(endpoint: &str, kind: FaultKind) -> Self {
        Self { endpoint: Some(endpoint.to_owned()), matching: None, skip: 0, times: None, chance: 1.0, kind }
    }

    /// Calls to this endpoint fail so with this probability, from 0 to 1.
    pub fn by_chance(endpoint: &str, chance: f64, kind: FaultKind) -> Self {
        Self { chance, ..Self::always(endpoint, kind) }
    }

    /// The same fault, for calls that contain this text only.
    #[must_use]
    pub fn matching(mut self, text: &str) -> Self {
        self.matching = Some(text.to_owned());
        self
    }

    /// The same fault, after so many matching calls have passed.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }
}

impl FaultKind {
    /// An answer with this status, no headers and no body.
    pub fn status(status: u16) -> Self {
        Self::answer(status, &[], "")
    }

    /// An answer; nothing happens.
    pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::Answer {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    /// A wrong answer after the call took effect.
    pub fn answer_after_effect(status: u16, body: &str) -> Self {
        Self::AnswerAfterEffect { status, headers: BTreeMap::new(), body: body.to_owned() }
    }
}

/// What becomes of a call: how long it waits, and how it fails. Orders that have been carried out are removed.
pub(crate) fn draw(
    faults: &mut Vec<Fault>,
    random: &mut Random,
    endpoint: &str,
    text: &str,
) -> (Duration, Option<FaultKind>) {
    let mut delay = Duration::ZERO;
    let mut drawn = None;
    for fault in faults.iter_mut() {
        if fault.times == Some(0)
            || fault.endpoint.as_deref().is_some_and(|wanted| wanted != endpoint)
            || fault.matching.as_deref().is_some_and(|wanted| !text.contains(wanted))
        {
            continue;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        // One failure at a time: a later order waits its turn. Delays add up.
        if drawn.is_some() || (fault.chance < 1.0 && !random.chance(fault.chance)) {
            continue;
        }
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        match &fault.kind {
            FaultKind::Delay { milliseconds } => delay += Duration::from_millis(*milliseconds),
            kind => drawn = Some(kind.clone()),
        }
    }
    faults.retain(|fault| fault.times != Some(0));
    (delay, drawn)
}

/// The fault desk of one stand-in, for tests.
pub struct Faults(pub(crate) World, pub(crate) fn(&World) -> &Gate);

impl Faults {
    /// Adds an order to fail. Orders apply in the order in which they were added; delays add up.
    pub fn add(&self, fault: Fault) {
        (self.1)(&self.0).with_faults(|faults| faults.push(fault));
    }

    /// Removes every order.
    pub fn clear(&self) {
        (self.1)(&self.0).with_faults(Vec::clear);
    }

    /// The orders that still stand.
    pub fn standing(&self) -> Vec<Fault> {
        (self.1)(&self.0).with_faults(|faults| faults.clone())
    }
}

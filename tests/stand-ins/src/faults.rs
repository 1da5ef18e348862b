//! Scripted faults: which calls fail, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::random::Random;

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// This is answered, and the call has no effect.
    Answer {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: String,
    },
    /// The call takes effect, and this is answered instead of its result.
    AnswerAfterEffect {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: String,
    },
    /// The call waits before it is handled.
    Delay { milliseconds: u64 },
    /// The connection is cut, and the call has no effect.
    CutBefore,
    /// The call takes effect, and the connection is cut before the answer is sent.
    LoseAnswer,
}

/// A fault, and the calls that it is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The endpoint; `None` is every one.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// A text that a call must have in its method, path, query or body.
    #[serde(default)]
    pub matching: Option<String>,
    /// How many matching calls succeed first.
    #[serde(default)]
    pub skip: u32,
    /// How many matching calls fail after those; `None` is all of them.
    #[serde(default)]
    pub times: Option<u32>,
    /// The probability that a matching call fails, from 0 to 1.
    #[serde(default = "certain")]
    pub chance: f64,
    #[serde(flatten)]
    pub kind: FaultKind,
}

fn certain() -> f64 {
    1.0
}

impl Fault {
    /// The next call to this endpoint fails.
    pub fn next(endpoint: &str, kind: FaultKind) -> Self {
        Self::times(endpoint, 1, kind)
    }

    /// The next `times` calls to this endpoint fail.
    pub fn times(endpoint: &str, times: u32, kind: FaultKind) -> Self {
        Self { times: Some(times), ..Self::always(endpoint, kind) }
    }

    /// Every call to this endpoint fails until the faults are cleared.
    pub fn always(endpoint: &str, kind: FaultKind) -> Self {
        Self { endpoint: Some(endpoint.to_owned()), matching: None, skip: 0, times: None, chance: 1.0, kind }
    }

    /// Calls to this endpoint fail with this probability, from 0 to 1.
    pub fn by_chance(endpoint: &str, chance: f64, kind: FaultKind) -> Self {
        Self { chance, ..Self::always(endpoint, kind) }
    }

    /// The same fault for calls that contain this text only.
    #[must_use]
    pub fn matching(mut self, text: &str) -> Self {
        self.matching = Some(text.to_owned());
        self
    }

    /// The same fault after so many matching calls have succeeded.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }
}

impl FaultKind {
    /// An answer with this status, without headers, body and effect.
    pub fn status(status: u16) -> Self {
        Self::answer(status, &[], "")
    }

    /// This answer, without an effect.
    pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::Answer {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    /// This answer after the call took effect.
    pub fn answer_after_effect(status: u16, body: &str) -> Self {
        Self::AnswerAfterEffect { status, headers: BTreeMap::new(), body: body.to_owned() }
    }
}

/// How long a call waits and how it fails. A fault that has done its work is removed.
pub(crate) fn next_fault(
    faults: &mut Vec<Fault>,
    random: &mut Random,
    endpoint: &str,
    text: &str,
) -> (Duration, Option<FaultKind>) {
    let mut delay = Duration::ZERO;
    let mut chosen = None;
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
        // A call fails in one way only, so a later fault waits for another call. Delays add up.
        if chosen.is_some() || (fault.chance < 1.0 && !random.chance(fault.chance)) {
            continue;
        }
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        match &fault.kind {
            FaultKind::Delay { milliseconds } => delay += Duration::from_millis(*milliseconds),
            kind => chosen = Some(kind.clone()),
        }
    }
    faults.retain(|fault| fault.times != Some(0));
    (delay, chosen)
}

//! What an import waits for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A time before which an import asks nothing of GO1. The first attempt after it shows whether the reason is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// No call to GO1 is made before this time.
    pub until: Timestamp,
    /// The reason, which decides how long the next wait is.
    pub why: WaitReason,
    /// How many waits for the same reason came one after the other.
    pub times: u32,
}

/// What an import waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredReason", into = "StoredReason")]
pub enum WaitReason {
    /// GO1 asked for the wait (`Retry-After`). Stored as `asked`.
    RetryAfter,
    /// GO1 does not answer, or answers with server errors.
    Failing,
    /// A fault of our own, such as a sealing key that does not open a token. Stored as `ours`.
    OwnFault,
    /// GO1 wants a login of the owner.
    Login {
        /// The tokens that it no longer takes; any newer ones are worth another try.
        generation: u64,
    },
    /// GO1 assigns none of the courses in this portal. Stored as `ours` with the batch, so that the release before waits
    /// as well.
    NoCourses {
        /// The batch whose first person was to show it. Nobody of another batch is begun before that has changed.
        batch: u32,
    },
}

/// How a reason is stored.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
enum StoredReason {
    Asked,
    Failing,
    Ours {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        without_courses: Option<u32>,
    },
    Login {
        generation: u64,
    },
}

impl From<StoredReason> for WaitReason {
    fn from(stored: StoredReason) -> Self {
        match stored {
            StoredReason::Asked => Self::RetryAfter,
            StoredReason::Failing => Self::Failing,
            StoredReason::Ours { without_courses: None } => Self::OwnFault,
            StoredReason::Ours { without_courses: Some(batch) } => Self::NoCourses { batch },
            StoredReason::Login { generation } => Self::Login { generation },
        }
    }
}

impl From<WaitReason> for StoredReason {
    fn from(why: WaitReason) -> Self {
        match why {
            WaitReason::RetryAfter => Self::Asked,
            WaitReason::Failing => Self::Failing,
            WaitReason::OwnFault => Self::Ours { without_courses: None },
            WaitReason::NoCourses { batch } => Self::Ours { without_courses: Some(batch) },
            WaitReason::Login { generation } => Self::Login { generation },
        }
    }
}

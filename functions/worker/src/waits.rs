//! How long messages and imports wait before the next attempt.

use std::time::Duration;

use domain::import::{Import, WaitReason};
use jiff::Timestamp;

/// A message that comes back is deleted once it was received so often, before the queue takes it for one that
/// cannot be handled. Its batch is recorded as unsent before, so the next sweep sends it again, after a wait of its import.
pub(crate) const MOST_RECEIVES: u32 = 800;

/// How long a message waits where another worker has its batch, or the table failed.
pub(crate) const SHORT_WAIT: Duration = Duration::from_secs(2);

/// How long a batch waits after its first failure; doubled after each further one.
pub(crate) const FIRST_WAIT: Duration = Duration::from_secs(2);

/// How long the import waits before each probe while GO1 creates nothing: before the first, the second, and so on.
pub(crate) const PROBE_WAITS: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_mins(1), Duration::from_mins(6), Duration::from_mins(15)];

/// The same while GO1 assigns none of the courses: it takes somebody at GO1 to change that.
pub(crate) const COURSE_WAITS: [Duration; 3] =
    [Duration::from_mins(1), Duration::from_mins(6), Duration::from_mins(15)];

/// The longest wait that our own backoff reaches.
pub(crate) const LONGEST_BACKOFF: Duration = Duration::from_mins(15);

/// How long the import waits the first time for a fault of our own, such as a token that our keys do not open.
pub(crate) const OWN_FAULT_WAIT: Duration = Duration::from_mins(1);

/// How long the import waits where GO1 refuses tokens that it has just renewed.
pub(crate) const RENEWED_WAIT: Duration = Duration::from_mins(1);

/// After how long a message of an import comes back whose time is over. The sweeper, which runs each minute, ends it.
pub(crate) const OVERDUE_WAIT: Duration = Duration::from_mins(1);

/// How often we check whether the owner has logged in with GO1.
pub(crate) const LOGIN_WAIT: Duration = Duration::from_mins(5);

/// The end of each invocation that is kept for saving results: longer than one call to GO1 and the writes after it. A
/// short invocation keeps half of its time, so that each one gets something done.
pub(crate) const TIME_TO_SAVE: Duration = Duration::from_secs(15);

/// How long the import waits where GO1 assigns no course, and for what. The owner reads it on the page, operations
/// are told once.
pub(crate) fn without_courses(import: &Import, batch: u32) -> (Duration, WaitReason) {
    let before = import.wait.filter(|wait| matches!(wait.why, WaitReason::NoCourses { .. }));
    if before.is_none() {
        // The alarm `NoCourses` looks for this event.
        tracing::error!(event = "no_courses", portal = %import.portal, import = %import.id, courses = ?import.courses, "GO1 assigns none of the courses in a portal; its import waits");
    }
    let times = before.map_or(0, |wait| wait.times) as usize;
    (COURSE_WAITS[times.min(COURSE_WAITS.len() - 1)], WaitReason::NoCourses { batch })
}

/// How long it is from `now` until `then`; nothing where that is over.
pub(crate) fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

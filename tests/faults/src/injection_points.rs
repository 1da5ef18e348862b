//! The places at which something can go wrong, what can go wrong there, and what was ordered to.

use std::fmt;

use jiff::Timestamp;

/// Where a step goes out of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A read of the table.
    Read(&'static str),
    /// A write to the table.
    Write(&'static str),
    /// A call to GO1 that changes nothing.
    Ask(&'static str),
    /// A call to GO1 that changes something.
    Tell(&'static str),
    /// Batches to the queue.
    Send,
    /// A message's wait, or a dead letter.
    Return,
    /// A message on its way to the worker.
    Deliver,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The process ends; the step is not taken.
    KillBefore,
    /// The process ends; the step is taken.
    KillAfter,
    /// The process ends; the call arrives a while later.
    KillLate,
    /// The engine panics at this step, which is not taken.
    Panic,
    /// No answer in time, and it happens later; the engine panics instead of waiting for that.
    PanicLate,
    /// An error; the step is not taken.
    Fail,
    /// An error; the step is taken.
    Lose,
    /// The step is taken twice: the SDK asks again after a lost answer.
    Repeat,
    /// No connection; nothing was sent.
    Refused,
    /// 429, with this `Retry-After`.
    Limited(Asked),
    /// 500; nothing happened.
    Error,
    /// 503; it happened.
    ErrorAfter,
    /// 504; it happens later.
    ErrorLate,
    /// A page instead of JSON; it happened.
    Html,
    /// Half of the answer; it happened.
    Truncated,
    /// An answer of ten megabytes; it happened.
    TooLarge,
    /// No answer in time; it never happens.
    HangNever,
    /// No answer in time; it happens later.
    HangLate,
    /// An answer just in time.
    Slow,
    /// Every access token has expired.
    Expire,
    /// The queue takes all but one.
    Partial,
    /// Two workers get it at once, or the second one so many steps later.
    TwiceAtOnce(u8),
    /// It comes again although it was acknowledged.
    Unacknowledged,
    /// The sweeper looks while the worker works.
    WithSweep,
    /// The process stands still and wakes up when the message has long been somebody else's.
    Freeze,
}

/// A `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// None.
    Nothing,
    /// In seconds.
    Seconds(u32),
    /// A date half a minute from now.
    Date,
}

/// What can go wrong with a read of the table.
const READ: &[Kind] = &[Kind::KillBefore, Kind::Fail, Kind::Panic];
/// With a write.
const WRITE: &[Kind] = &[Kind::KillBefore, Kind::KillAfter, Kind::Fail, Kind::Lose, Kind::Repeat, Kind::Panic];
/// With a question to GO1.
const ASK: &[Kind] = &[
    Kind::KillBefore,
    Kind::Fail,
    Kind::Error,
    Kind::Limited(Asked::Nothing),
    Kind::Limited(Asked::Seconds(45)),
    Kind::Html,
    Kind::Truncated,
    Kind::HangNever,
    Kind::Expire,
    Kind::Panic,
];
/// With an order to GO1.
const TELL: &[Kind] = &[
    Kind::KillBefore,
    Kind::KillAfter,
    Kind::KillLate,
    Kind::Refused,
    Kind::Fail,
    Kind::Lose,
    Kind::Limited(Asked::Nothing),
    Kind::Limited(Asked::Seconds(0)),
    Kind::Limited(Asked::Seconds(3)),
    Kind::Limited(Asked::Seconds(45)),
    Kind::Limited(Asked::Date),
    Kind::Limited(Asked::Seconds(86_400)),
    Kind::Error,
    Kind::ErrorAfter,
    Kind::ErrorLate,
    Kind::Html,
    Kind::Truncated,
    Kind::TooLarge,
    Kind::HangNever,
    Kind::HangLate,
    Kind::Slow,
    Kind::Expire,
    Kind::Panic,
    Kind::PanicLate,
];
/// With a sending.
const SEND: &[Kind] = &[Kind::KillBefore, Kind::KillAfter, Kind::Fail, Kind::Lose, Kind::Partial];
/// With a message's wait.
const RETURN: &[Kind] = &[Kind::KillBefore, Kind::KillAfter, Kind::Fail, Kind::Lose];
/// With a delivery.
const DELIVER: &[Kind] = &[
    Kind::TwiceAtOnce(0),
    Kind::TwiceAtOnce(5),
    Kind::TwiceAtOnce(9),
    Kind::Unacknowledged,
    Kind::WithSweep,
    Kind::Freeze,
];

impl Place {
    /// What can go wrong here.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Read(_) => READ,
            Self::Write(_) => WRITE,
            Self::Ask(_) => ASK,
            Self::Tell(_) => TELL,
            Self::Send => SEND,
            Self::Return => RETURN,
            Self::Deliver => DELIVER,
        }
    }
}

impl Kind {
    /// Whether it passes by itself within minutes, so that whoever it happens to is done in the end. A panic on a person
    /// ends that person.
    pub fn passes_soon(self) -> bool {
        !self.is_panic() && self != Self::Limited(Asked::Seconds(86_400))
    }

    /// Whether the engine panics.
    pub fn is_panic(self) -> bool {
        matches!(self, Self::Panic | Self::PanicLate)
    }
}

/// That something goes wrong at the point with this number, in the order in which points are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which point.
    pub point: usize,
    /// Which of the kinds that can go wrong there; taken modulo their number.
    pub choice: usize,
}

impl fmt::Display for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.point, self.choice)
    }
}

/// A time in which GO1, or one endpoint, fails at every call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The endpoint; `None`: all.
    pub endpoint: Option<&'static str>,
    /// How.
    pub kind: Kind,
}

/// A point that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
    /// What went wrong, if anything.
    pub kind: Option<Kind>,
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.at.strftime("%d %H:%M:%S%.3f"), self.place)?;
        match self.kind {
            Some(kind) => write!(formatter, "  <-- {kind:?}"),
            None => Ok(()),
        }
    }
}

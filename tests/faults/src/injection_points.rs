//! The injection points: the places where a step leaves the process, and the faults that can be injected at each.

use crate::fault::{Fault, RetryAfter};
use crate::press::{Press, Timing};

/// A place where a step leaves the process. Every fault is injected at one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectionPoint {
    /// A read of the table, by the name of the function that makes it.
    TableRead(&'static str),
    /// A write to the table, by the name of the function that makes it.
    TableWrite(&'static str),
    /// A request that changes nothing at GO1, by its endpoint.
    Go1Read(&'static str),
    /// A request that changes something at GO1, by its endpoint.
    Go1Write(&'static str),
    /// A request that changes nothing at Xero.
    XeroRead,
    /// A request that changes something at Xero.
    XeroWrite,
    /// Messages are sent to the queue.
    QueueSend,
    /// The worker hides a message for a while, or moves it to the dead letters.
    QueueReturn,
    /// The queue delivers a message to the worker.
    Delivery,
}

const TABLE_READ: &[Fault] =
    &[Fault::CrashBefore, Fault::FailBefore, Fault::Panic, Fault::CancelBefore, Fault::LateAnswer(4)];

const TABLE_WRITE: &[Fault] = &[
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::FailBefore,
    Fault::FailAfter,
    Fault::RepeatedWrite,
    Fault::Panic,
    Fault::CancelBefore,
    Fault::CancelAfter,
    Fault::RepeatedLater,
    Fault::LateAnswer(4),
];

const GO1_READ: &[Fault] = &[
    Fault::CrashBefore,
    Fault::FailBefore,
    Fault::ServerErrorBefore,
    Fault::RateLimited(RetryAfter::Absent),
    Fault::RateLimited(RetryAfter::Seconds(45)),
    Fault::HtmlAnswer,
    Fault::BlockPage,
    Fault::TruncatedAnswer,
    Fault::TimeoutBefore,
    Fault::ExpiredTokens,
    Fault::Panic,
    Fault::CancelBefore,
    Fault::LateAnswer(9),
    Fault::ListsBehind(25),
    Fault::GrantsEnded,
];

const GO1_WRITE: &[Fault] = &[
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::CrashInFlight,
    Fault::ConnectionRefused,
    Fault::FailBefore,
    Fault::FailAfter,
    Fault::RateLimited(RetryAfter::Absent),
    Fault::RateLimited(RetryAfter::Seconds(0)),
    Fault::RateLimited(RetryAfter::Seconds(3)),
    Fault::RateLimited(RetryAfter::Seconds(45)),
    Fault::RateLimited(RetryAfter::Date),
    Fault::RateLimited(RetryAfter::Seconds(86_400)),
    Fault::ServerErrorBefore,
    Fault::ServerErrorAfter,
    Fault::ServerErrorInFlight,
    Fault::HtmlAnswer,
    Fault::BlockPage,
    Fault::TruncatedAnswer,
    Fault::OversizedAnswer,
    Fault::TimeoutBefore,
    Fault::TimeoutInFlight,
    Fault::SlowAnswer,
    Fault::ExpiredTokens,
    Fault::Panic,
    Fault::PanicInFlight,
    Fault::CancelBefore,
    Fault::CancelAfter,
    Fault::CancelInFlight,
    Fault::LateAnswer(5),
    Fault::ListsBehind(3),
    Fault::ListsBehind(25),
    Fault::GrantsEnded,
];

const XERO_READ: &[Fault] = &[
    Fault::CrashBefore,
    Fault::FailBefore,
    Fault::ServerErrorBefore,
    Fault::TimeoutBefore,
    Fault::LateAnswer(9),
    Fault::ExpiredTokens,
    Fault::CancelBefore,
];

const XERO_WRITE: &[Fault] = &[
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::FailBefore,
    Fault::FailAfter,
    Fault::ServerErrorBefore,
    Fault::TimeoutInFlight,
    Fault::LateAnswer(9),
    Fault::CancelAfter,
];

const QUEUE_SEND: &[Fault] = &[
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::FailBefore,
    Fault::FailAfter,
    Fault::PartialSend,
    Fault::CancelAfter,
];

const QUEUE_RETURN: &[Fault] = &[
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::FailBefore,
    Fault::FailAfter,
    Fault::CancelBefore,
    Fault::CancelAfter,
];

const DELIVERY: &[Fault] = &[
    Fault::ConcurrentDelivery(0),
    Fault::ConcurrentDelivery(5),
    Fault::ConcurrentDelivery(9),
    Fault::RepeatedDelivery,
    Fault::ConcurrentSweep,
    Fault::ProcessPause,
    Fault::ClockOff(180),
    Fault::ClockOff(-180),
];

/// What can happen at every step, whatever the step is: the invocation is frozen, or a person does something.
const ANYWHERE: &[Fault] = &[
    Fault::Freeze(45),
    Fault::Freeze(460),
    Fault::Person(Press::Stop, Timing::Beside),
    Fault::Person(Press::Stop, Timing::Meanwhile),
    Fault::Person(Press::StopTwice, Timing::Beside),
    Fault::Person(Press::StopTwice, Timing::Meanwhile),
    Fault::Person(Press::Sweep, Timing::Beside),
    Fault::Person(Press::Sweep, Timing::Meanwhile),
    Fault::Person(Press::LogIn, Timing::Meanwhile),
    Fault::Person(Press::ConfirmAgain, Timing::Beside),
    Fault::Person(Press::ConfirmAgain, Timing::Meanwhile),
    Fault::Person(Press::ImportChanged, Timing::Beside),
    Fault::Person(Press::ImportChanged, Timing::Meanwhile),
    Fault::Person(Press::Retry, Timing::Meanwhile),
    Fault::Person(Press::Undo, Timing::Beside),
    Fault::Person(Press::Undo, Timing::Meanwhile),
    Fault::Person(Press::Erase, Timing::Beside),
    Fault::Person(Press::Erase, Timing::Meanwhile),
    Fault::Person(Press::Disconnect, Timing::Meanwhile),
    Fault::Person(Press::Users, Timing::Beside),
    Fault::Person(Press::BeginCourse, Timing::Meanwhile),
    Fault::Thaw,
];

impl InjectionPoint {
    /// The faults that only this kind of step has.
    fn own_faults(self) -> &'static [Fault] {
        match self {
            Self::TableRead(_) => TABLE_READ,
            Self::TableWrite(_) => TABLE_WRITE,
            Self::Go1Read(_) => GO1_READ,
            Self::Go1Write(_) => GO1_WRITE,
            Self::XeroRead => XERO_READ,
            Self::XeroWrite => XERO_WRITE,
            Self::QueueSend => QUEUE_SEND,
            Self::QueueReturn => QUEUE_RETURN,
            Self::Delivery => DELIVERY,
        }
    }

    /// How many of the faults that can be injected here are of this kind of step only. They come first.
    pub fn own(self) -> usize {
        self.own_faults().len()
    }

    /// How many faults can be injected here.
    pub fn faults(self) -> usize {
        self.own() + if self == Self::Delivery { 0 } else { ANYWHERE.len() }
    }

    /// The fault with this number. The number is the `choice` of a planned fault, so a changed order changes the meaning
    /// of every `SCHEDULE=` that somebody has written down. It is taken modulo the number of faults.
    pub fn fault(self, choice: usize) -> Fault {
        let choice = choice % self.faults();
        let own = self.own_faults();
        own.get(choice).copied().unwrap_or_else(|| ANYWHERE[choice - own.len()])
    }
}

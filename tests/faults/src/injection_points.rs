//! The injection points: the places where a step leaves the process, and the faults that can be injected at each.

use crate::fault::{Fault, RetryAfter};

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
    /// Messages are sent to the queue.
    QueueSend,
    /// The worker hides a message for a while, or moves it to the dead letters.
    QueueReturn,
    /// The queue delivers a message to the worker.
    Delivery,
}

const TABLE_READ: &[Fault] = &[Fault::CrashBefore, Fault::FailBefore, Fault::Panic];

const TABLE_WRITE: &[Fault] =
    &[Fault::CrashBefore, Fault::CrashAfter, Fault::FailBefore, Fault::FailAfter, Fault::RepeatedWrite, Fault::Panic];

const GO1_READ: &[Fault] = &[
    Fault::CrashBefore,
    Fault::FailBefore,
    Fault::ServerErrorBefore,
    Fault::RateLimited(RetryAfter::Absent),
    Fault::RateLimited(RetryAfter::Seconds(45)),
    Fault::HtmlAnswer,
    Fault::TruncatedAnswer,
    Fault::TimeoutBefore,
    Fault::ExpiredTokens,
    Fault::Panic,
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
    Fault::TruncatedAnswer,
    Fault::OversizedAnswer,
    Fault::TimeoutBefore,
    Fault::TimeoutInFlight,
    Fault::SlowAnswer,
    Fault::ExpiredTokens,
    Fault::Panic,
    Fault::PanicInFlight,
];

const QUEUE_SEND: &[Fault] =
    &[Fault::CrashBefore, Fault::CrashAfter, Fault::FailBefore, Fault::FailAfter, Fault::PartialSend];

const QUEUE_RETURN: &[Fault] = &[Fault::CrashBefore, Fault::CrashAfter, Fault::FailBefore, Fault::FailAfter];

const DELIVERY: &[Fault] = &[
    Fault::ConcurrentDelivery(0),
    Fault::ConcurrentDelivery(5),
    Fault::ConcurrentDelivery(9),
    Fault::RepeatedDelivery,
    Fault::ConcurrentSweep,
    Fault::ProcessPause,
];

impl InjectionPoint {
    /// The faults that can be injected here. The position in this list is the `choice` of a planned fault, so a changed
    /// order changes the meaning of every `SCHEDULE=` that somebody has written down.
    pub fn faults(self) -> &'static [Fault] {
        match self {
            Self::TableRead(_) => TABLE_READ,
            Self::TableWrite(_) => TABLE_WRITE,
            Self::Go1Read(_) => GO1_READ,
            Self::Go1Write(_) => GO1_WRITE,
            Self::QueueSend => QUEUE_SEND,
            Self::QueueReturn => QUEUE_RETURN,
            Self::Delivery => DELIVERY,
        }
    }
}

//! The faults that the simulator can inject, and the plan that says which one is injected where.

use std::fmt;

use jiff::Timestamp;

use crate::press::{Press, Timing};

/// A fault that is injected at one injection point.
///
/// "Before" means that the step has no effect, "after" that it has taken effect, and "in flight" that the request
/// arrives at GO1 up to 50 seconds later, when nobody listens to the answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    CrashBefore,
    CrashAfter,
    CrashInFlight,
    /// The product's code panics before the step.
    Panic,
    /// The product's code panics while it waits for the answer to a request in flight.
    PanicInFlight,
    /// The step fails with an error: of the table, of the queue, or because the connection to GO1 is cut.
    FailBefore,
    FailAfter,
    /// The write is made twice, as when the AWS SDK retries after a lost answer.
    RepeatedWrite,
    ConnectionRefused,
    /// GO1 answers with status 429.
    RateLimited(RetryAfter),
    /// GO1 answers with status 500.
    ServerErrorBefore,
    /// GO1 answers with status 503.
    ServerErrorAfter,
    /// Something in front of GO1 answers with status 504.
    ServerErrorInFlight,
    /// The request takes effect, and an HTML page is answered instead of JSON.
    HtmlAnswer,
    /// A firewall in front of GO1 keeps the request from it, and answers with status 403 and a page of its own.
    BlockPage,
    /// The request takes effect, and half of the answer arrives.
    TruncatedAnswer,
    /// The request takes effect, and the answer is larger than the client accepts.
    OversizedAnswer,
    /// The client times out, and the request never arrives.
    TimeoutBefore,
    TimeoutInFlight,
    /// The answer arrives just before the client would time out.
    SlowAnswer,
    /// Every access token has expired when the request arrives.
    ExpiredTokens,
    /// The queue accepts all messages but one.
    PartialSend,
    /// Two workers receive the same message; the second one starts this many scheduler turns later.
    ConcurrentDelivery(u8),
    /// The message is delivered again although the worker has handled it.
    RepeatedDelivery,
    /// The sweeper runs while the worker handles the message.
    ConcurrentSweep,
    /// The worker's process is paused, and goes on when another worker has long received the same message.
    ProcessPause,
    /// The invocation's future is dropped at this step, which has no effect. Its process lives on and is used again.
    CancelBefore,
    /// The same, and the step takes effect.
    CancelAfter,
    /// The same, and the request arrives later.
    CancelInFlight,
    /// The invocation stands still for so many seconds before this step, as a Lambda that is frozen, and then goes on.
    Freeze(u16),
    /// The write is made once more two seconds later, as when the AWS SDK retries after its own time-out.
    RepeatedLater,
    /// Whoever is frozen goes on here, to the end of their invocation, while this step waits.
    Thaw,
    /// The request takes effect at once, and the answer takes so many seconds.
    LateAnswer(u8),
    /// From here on GO1's lists and searches are behind by so many seconds.
    ListsBehind(u8),
    /// GO1 ends the grant of every portal: no token that was issued so far works any more.
    GrantsEnded,
    /// The clock of the worker that receives the message is ahead by so many seconds, or behind.
    ClockOff(i16),
    /// Somebody presses a button at this moment.
    Person(Press, Timing),
}

impl Fault {
    /// Whether its effects pass within minutes, so that everybody whom it concerns is imported in the end. A panic is
    /// not of this kind: the person whose turn panics is reported as failed.
    pub fn is_transient(self) -> bool {
        match self {
            Self::RateLimited(RetryAfter::Seconds(86_400)) => false,
            Self::Person(press, _) => press.leaves_imports_alone(),
            fault => !fault.is_panic(),
        }
    }

    /// Whether the invocation does not go on after it.
    pub(crate) fn ends_the_invocation(self) -> bool {
        matches!(
            self,
            Self::CrashBefore
                | Self::CrashAfter
                | Self::CrashInFlight
                | Self::CancelBefore
                | Self::CancelAfter
                | Self::CancelInFlight
        )
    }

    pub fn is_panic(self) -> bool {
        matches!(self, Self::Panic | Self::PanicInFlight)
    }
}

/// The `Retry-After` header of an answer with status 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    Absent,
    Seconds(u32),
    /// A date that is half a minute away.
    Date,
}

/// A fault that is planned for one step of a run. Steps are the injection points in the order in which the run reaches
/// them, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedFault {
    pub step: usize,
    /// The position of the fault in the list of the injection point that the step turns out to be. It is taken modulo
    /// the length of that list, so every number is valid.
    pub choice: usize,
}

impl fmt::Display for PlannedFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.step, self.choice)
    }
}

/// What fails in an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// Every call to GO1.
    Go1,
    /// The calls to one endpoint of GO1.
    Endpoint(&'static str),
    /// One write of the table, by the name of the function that makes it.
    Write(&'static str),
}

/// A period in which something fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) failing: Failing,
    pub(crate) fault: Fault,
}

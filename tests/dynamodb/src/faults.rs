//! What can go wrong between a client and its table.

use std::fmt;
use std::time::Duration;

use crate::counts::Asked;

/// A fault of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `ProvisionedThroughputExceededException`: nothing is done.
    Throttled,
    /// `TransactionConflictException`; for a transaction `TransactionCanceledException` with the reason
    /// `TransactionConflict`: nothing is done. A read of one item or of a query meets no conflict, so it goes through.
    Conflict,
    /// Status 500, and nothing is done.
    FailsBefore,
    /// Status 500, and it is done.
    FailsAfter,
    /// The connection breaks, and nothing is done.
    LostBefore,
    /// It is done, and the connection breaks before the answer.
    LostAfter,
    /// It is done at once, and the answer comes this much later.
    AnswersLate(Duration),
    /// It is done this much later, and then answered, also where the client has given up and asked again meanwhile.
    ArrivesLate(Duration),
    /// A batch leaves out the last of its writes or reads; any other request goes through.
    LeavesOut,
}

impl Fault {
    /// All kinds, with `late` for those that take time.
    pub const fn all(late: Duration) -> [Self; 9] {
        [
            Self::Throttled,
            Self::Conflict,
            Self::FailsBefore,
            Self::FailsAfter,
            Self::LostBefore,
            Self::LostAfter,
            Self::AnswersLate(late),
            Self::ArrivesLate(late),
            Self::LeavesOut,
        ]
    }
}

/// A fault of the first request that is one of some kind.
pub(crate) struct Planned {
    is_it: Box<dyn FnMut(&Asked) -> bool + Send>,
    fault: Fault,
}

impl fmt::Debug for Planned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Planned").field("fault", &self.fault).finish_non_exhaustive()
    }
}

impl Planned {
    pub(crate) fn new(is_it: impl FnMut(&Asked) -> bool + Send + 'static, fault: Fault) -> Self {
        Self { is_it: Box::new(is_it), fault }
    }

    /// Takes the first whose request this is. All of them see it, because they may count.
    pub(crate) fn first(planned: &mut Vec<Self>, asked: &Asked) -> Option<Fault> {
        let mut is_it = planned.iter_mut().map(|one| (one.is_it)(asked)).collect::<Vec<_>>().into_iter();
        let position = is_it.position(|is_it| is_it)?;
        Some(planned.remove(position).fault)
    }
}

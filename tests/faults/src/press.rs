//! What people do: the buttons that they press, and when.

/// Something that a person does, or that happens beside the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// The owner presses "Import" for the first plan once more.
    ConfirmAgain,
    /// "Stop the import".
    Stop,
    /// "Stop the import" in two tabs at once.
    StopTwice,
    /// "Try again": a look, and an import of those whom the page ticks.
    Retry,
    /// Somebody begins to work there and somebody else leaves; then a look, and an import of those whom the page ticks.
    ImportChanged,
    /// Somebody begins to work there, then a look. A while later they may have left again, and the import is of what was shown.
    ImportLate,
    /// A look at the people, without an import.
    Look,
    /// An administrator undoes the last import.
    Undo,
    /// An administrator erases what is held.
    Erase,
    /// "Disconnect Xero".
    Disconnect,
    /// An administrator logs in with GO1.
    LogIn,
    /// An administrator opens the page of users, which asks GO1 for them.
    Users,
    /// A learner begins a course at GO1.
    BeginCourse,
    /// The sweeper runs, as once a minute.
    Sweep,
    /// An operator empties the queue.
    EmptyQueue,
}

impl Press {
    /// Whether everybody whom an import names is still imported.
    pub fn leaves_imports_alone(self) -> bool {
        match self {
            Self::ConfirmAgain
            | Self::Look
            | Self::LogIn
            | Self::Users
            | Self::BeginCourse
            | Self::Sweep
            | Self::EmptyQueue => true,
            Self::Stop
            | Self::StopTwice
            | Self::Retry
            | Self::ImportChanged
            | Self::ImportLate
            | Self::Undo
            | Self::Erase
            | Self::Disconnect => false,
        }
    }

    /// Whether the page or the press may ask Xero something.
    pub(crate) fn needs_xero(self) -> bool {
        matches!(
            self,
            Self::ConfirmAgain
                | Self::Retry
                | Self::ImportChanged
                | Self::ImportLate
                | Self::Look
                | Self::Erase
                | Self::Disconnect
        )
    }
}

/// How a press falls into a step of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Both go on, turn by turn.
    Beside,
    /// The step waits until everything is over that the press leads to.
    Meanwhile,
}

/// When a press is planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// So many milliseconds after the first import was confirmed.
    After(u64),
    /// As soon as the last import has ended, while requests of it may still be in flight.
    Ended,
    /// When nothing is left to do.
    Idle,
}

/// A press of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedPress {
    pub when: When,
    pub press: Press,
}

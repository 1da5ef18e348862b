//! Why the table did not do what was asked.

/// Why the table did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The condition did not hold: somebody else changed the item since it was read. Read again and decide again.
    #[error("somebody else changed this meanwhile")]
    Conflict,
    /// The table does not answer, or not in time. Trying later may help.
    #[error("the table does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An item is not of the shape that this code writes, or a newer release wrote it in one that this code cannot
    /// know; the source says which.
    #[error("an item of the table cannot be read")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl domain::fault::Fault for StateError {}

//! How much was asked of the tables.

use std::collections::BTreeMap;

/// Of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests that arrived, also those that were refused or whose answer was lost.
    pub requests: u64,
    /// Read units, in halves: an eventually consistent read of up to 4 KB takes one.
    pub read_half_units: u64,
    /// Write units.
    pub write_units: u64,
}

/// By the operation's name.
pub type Counts = BTreeMap<String, Count>;

/// One request that arrived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The operation's name.
    pub operation: String,
    /// The expressions in it, in their order: what it does, without whom it is about.
    pub expressions: Vec<String>,
    /// The partition keys and sort keys of the items that it writes, or reads one by one.
    pub keys: Vec<(String, String)>,
    /// The HTTP status of what was done; `None` for one that was never done.
    pub status: Option<u16>,
}

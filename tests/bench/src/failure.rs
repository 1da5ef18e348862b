//! What goes wrong in a benchmark: words for whoever started it.

/// Why something could not be measured.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

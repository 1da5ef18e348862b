//! How well a rule about a request is founded.

/// How well a rule is founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// The service's own documents say so.
    Documented,
    /// A standard says so that the service says it follows.
    Standard,
    /// Public clients of the service do so.
    SeenElsewhere,
    /// Nobody says so.
    Assumed,
}

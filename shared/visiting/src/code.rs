//! The code with which an upstream sends a browser back.

/// A code as an authorization server may write one: visible ASCII and spaces, one at least (RFC 6749, appendix A.11).
/// Anybody can write something else into the address of a callback. It is no code, and no upstream is asked about it.
pub fn code_of(given: Option<String>) -> Option<String> {
    given.filter(|code| !code.is_empty() && code.bytes().all(|byte| matches!(byte, b' '..=b'~')))
}

//! What the rules need from outside: the time, and randomness. Both are passed in, so that tests can move and repeat
//! them.

use jiff::Timestamp;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// The current time, in UTC.
    fn now(&self) -> Timestamp;
}

/// Makes bytes that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills the whole of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// An unguessable name of `BYTES` random bytes, in lower-case hex.
pub fn random_hex<const BYTES: usize>(random: &dyn Random) -> String {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes);
    to_hex(&bytes)
}

/// A random number, to spread waits by.
pub fn random_number(random: &dyn Random) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// The bytes as lower-case hexadecimal digits, two for each byte.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The SHA-256 of `text`, in lower-case hex: how secrets that only a browser holds are looked up.
pub fn sha256_hex(text: &str) -> String {
    use sha2::Digest as _;
    to_hex(&sha2::Sha256::digest(text.as_bytes()))
}

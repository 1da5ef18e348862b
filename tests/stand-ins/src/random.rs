//! Random identifiers, tokens and decisions. All of them follow from the seed.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

#[derive(Debug)]
pub(crate) struct Random(StdRng);

impl Random {
    /// The generator of one purpose. Two purposes with the same seed do not influence each other.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(StdRng::seed_from_u64(seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let bits: u128 = self.0.random();
        let bits = bits & !(0xF << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// A text of so many letters and digits.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(LETTERS[self.0.random_range(0..LETTERS.len())])).collect()
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }

    /// True with this probability, from 0 to 1.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

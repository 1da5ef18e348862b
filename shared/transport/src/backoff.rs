//! How long to wait before trying again.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

/// Where waits take their randomness from: any function that returns evenly spread numbers.
pub type RandomSource = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Waits that double, up to a limit, each shortened by chance so that callers who failed together do not return
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest that the first wait can be.
    pub first: Duration,
    /// The longest that any wait can be.
    pub most: Duration,
}

impl Backoff {
    /// The wait after the failure number `failures`, counted from 1: between half of the doubled time and all of it.
    pub fn delay(&self, failures: u32, random: &dyn Fn() -> u64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let longest = self.first.saturating_mul(1_u32 << doublings).min(self.most);
        let longest = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX - 1);
        let half = longest / 2;
        Duration::from_nanos(half + random() % (longest - half + 1))
    }
}

/// Numbers good enough to spread waits, from the keys that the standard library draws for its hash maps. Not for
/// secrets.
pub fn process_random() -> RandomSource {
    Arc::new(|| RandomState::new().hash_one(0_u8))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_is_between_half_and_all_of_the_doubled_time(
            first in 1_u64..10_000, most in 1_u64..100_000, failures in 0_u32.., random in any::<u64>()
        ) {
            let backoff = Backoff { first: Duration::from_millis(first), most: Duration::from_millis(most) };
            let delay = backoff.delay(failures, &move || random);
            let doubled = u128::from(first) << failures.saturating_sub(1).min(31);
            let longest = doubled.min(u128::from(most)) * 1_000_000;
            prop_assert!(delay.as_nanos() <= longest);
            prop_assert!(delay.as_nanos() >= longest / 2);
        }
    }

    #[test]
    fn the_process_gives_different_numbers() {
        let random = process_random();
        assert_ne!(random(), random());
    }
}

//! Who presses when, with how many people: drawn from a seed.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::model::Press;

/// The most people of a portal.
pub(crate) const MOST_PEOPLE: u32 = 200;

/// Half of the portals have no more people than this. Assumed, as is the spread: most who use Xero are small.
const MEDIAN_PEOPLE: f64 = 8.0;
const SPREAD: f64 = 1.2;

/// Presses at random times, so many an hour on average, for so many hours.
pub(crate) fn presses(seed: u64, an_hour: f64, hours: f64) -> Vec<Press> {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut at, mut presses) = (0.0, Vec::new());
    loop {
        at += -one(&mut random).ln() * 3_600.0 / an_hour;
        if at > hours * 3_600.0 {
            return presses;
        }
        presses.push(Press { at, people: people(&mut random) });
    }
}

/// Above 0, and 1 at the most.
pub(crate) fn one(random: &mut StdRng) -> f64 {
    1.0 - random.random::<f64>()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 200")]
fn people(random: &mut StdRng) -> u32 {
    // A normal number by Box and Muller.
    let normal = (-2.0 * one(random).ln()).sqrt() * (std::f64::consts::TAU * one(random)).cos();
    (MEDIAN_PEOPLE * (SPREAD * normal).exp()).round().clamp(1.0, f64::from(MOST_PEOPLE)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_come_as_were_asked_for_in_portals_of_every_size_and_the_same_for_the_same_seed() {
        let drawn = presses(1, 1_000.0, 10.0);
        assert!((9_500..=10_500).contains(&drawn.len()), "{}", drawn.len());
        let smaller = drawn.iter().filter(|press| f64::from(press.people) <= MEDIAN_PEOPLE).count();
        assert!((4_500..=6_000).contains(&smaller), "{smaller}");
        assert!(drawn.iter().any(|press| press.people == MOST_PEOPLE) && drawn.iter().any(|press| press.people == 1));
        let again = presses(1, 1_000.0, 10.0);
        assert!(drawn.iter().zip(&again).all(|(one, other)| one.at.to_bits() == other.at.to_bits()));
    }
}

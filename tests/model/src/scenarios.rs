//! What is checked: several small worlds, each exhaustively, as one with everything in it would never end.

use crate::rules::Scenario;
use crate::state::Budget;

/// All scenarios of `make model`.
pub fn scenarios() -> Vec<Scenario> {
    vec![
        two_stops(),
        stop_in_between(),
        stop_and_again(),
        undo_of_two(),
        undo_and_again(),
        fewer_places(),
        erasure(),
        was_there(),
    ]
}

/// One person, two presses on "Stop" at once, a wait, and a day that ends.
pub fn two_stops() -> Scenario {
    let budget = Budget { imports: 1, stops: 2, days: 1, trouble: 1, crashes: 1, repeats: 1, ..Budget::default() };
    scenario("two stops", 1, budget)
}

/// Two people in two batches, one of which may have begun.
pub fn stop_in_between() -> Scenario {
    let budget = Budget { imports: 1, stops: 2, trouble: 1, ..Budget::default() };
    scenario("a stop in between", 2, budget)
}

/// One person, lists that are behind, and a second import after whatever became of the first.
pub fn stop_and_again() -> Scenario {
    let budget = Budget { imports: 2, days: 1, trouble: 2, crashes: 1, deliveries: 1, ..Budget::default() };
    Scenario { lag: true, ..scenario("a second import", 1, budget) }
}

/// Two people, one of whom is given up while a worker asks, and an undo.
pub fn undo_of_two() -> Scenario {
    let budget = Budget { imports: 1, undos: 1, days: 1, crashes: 1, deliveries: 1, ..Budget::default() };
    scenario("undo of two", 2, budget)
}

/// One person, an undo, and an import that brings them back.
pub fn undo_and_again() -> Scenario {
    let budget = Budget { imports: 2, undos: 1, days: 1, crashes: 1, deliveries: 1, ..Budget::default() };
    scenario("an undo, and again", 1, budget)
}

/// Two people and one place.
pub fn fewer_places() -> Scenario {
    let budget = Budget { imports: 2, stops: 1, trouble: 1, crashes: 1, ..Budget::default() };
    Scenario { cap: 1, lag: true, ..scenario("fewer places than people", 2, budget) }
}

/// One person, an erasure that is cut off, and a worker that still asks.
pub fn erasure() -> Scenario {
    let budget =
        Budget { imports: 1, erasures: 1, days: 1, crashes: 2, deliveries: 1, trouble: 1, ..Budget::default() };
    scenario("erasure", 1, budget)
}

/// An account and a course that were there before.
pub fn was_there() -> Scenario {
    let budget = Budget { imports: 1, undos: 1, crashes: 1, trouble: 1, ..Budget::default() };
    Scenario { was_there: true, ..scenario("was there before", 2, budget) }
}

fn scenario(name: &'static str, people: usize, budget: Budget) -> Scenario {
    Scenario { name, people, cap: people, was_there: false, lag: false, budget, without: None }
}

//! Without any one of its rules the engine breaks a promise, and the checker finds how. With all of them it finds
//! nothing, here in worlds small enough for every run of the tests; `make model` checks the larger ones.

use model::scenarios::{
    erasure, fewer_places, stop_and_again, stop_in_between, two_stops, undo_and_again, undo_of_two, was_there,
};
use model::state::Budget;
use model::{Action, Rule, Scenario};
use stateright::{Checker, HasDiscoveries, Model};

/// How `scenario` breaks the promise without `rule`: what happens, in order. With the rule it must break none.
fn broken(scenario: Scenario, rule: Rule, promise: &'static str) -> Vec<Action> {
    let kept = scenario.clone().checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    for property in kept.model().properties() {
        let is_example = matches!(property.expectation, stateright::Expectation::Sometimes);
        let found = kept.discovery(property.name);
        assert!(is_example || found.is_none(), "with {rule:?}, `{}` is broken: {found:?}", property.name);
    }
    let found = scenario.without(rule).checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let path = found.discovery(promise);
    path.unwrap_or_else(|| panic!("without {rule:?}, `{promise}` is not found broken")).into_actions()
}

fn smaller(scenario: impl FnOnce() -> Scenario, budget: Budget) -> Scenario {
    Scenario { budget, ..scenario() }
}

#[test]
fn a_conflict_of_a_drop_that_is_not_read_keeps_places_of_people_who_were_never_begun() {
    let world = smaller(two_stops, Budget { imports: 1, stops: 2, trouble: 1, ..Budget::default() });
    let path = broken(world, Rule::ConflictIsRead, "a place is kept only for whom GO1 may have been asked");
    let stops =
        path.iter().filter(|action| matches!(action, Action::Press(model::Press::Stop) | Action::Sweep)).count();
    assert_eq!(stops, 2, "two stops, or one beside a sweep: {path:?}");
    let world = smaller(two_stops, Budget { imports: 1, stops: 1, trouble: 1, repeats: 1, ..Budget::default() });
    let path = broken(world, Rule::ConflictIsRead, "a place is kept only for whom GO1 may have been asked");
    assert!(path.iter().any(|action| matches!(action, Action::Twice(_))), "our own earlier write: {path:?}");
}

#[test]
fn who_takes_an_attempt_that_ended_in_order_for_one_that_may_have_asked_keeps_places_for_nothing() {
    let world = smaller(two_stops, Budget { imports: 1, stops: 1, trouble: 1, ..Budget::default() });
    broken(world, Rule::EndInOrderIsTold, "a place is kept only for whom GO1 may have been asked");
}

#[test]
fn a_batch_that_was_attempted_for_nothing_must_not_be_begun_after_a_stop() {
    let world = smaller(two_stops, Budget { imports: 1, stops: 1, trouble: 1, deliveries: 1, ..Budget::default() });
    broken(world, Rule::StoppedIsNotBegun, "a stop begins nothing that had not begun");
}

#[test]
fn an_undo_whose_people_are_worked_out_twice_never_ends() {
    let world = smaller(undo_of_two, Budget { imports: 1, undos: 1, days: 1, deliveries: 1, ..Budget::default() });
    broken(world, Rule::UndoKeepsItsPeople, "every import ends");
}

#[test]
fn an_empty_search_while_lists_are_behind_makes_a_second_account_or_forgets_the_first() {
    let world = smaller(stop_and_again, Budget { imports: 1, crashes: 1, ..Budget::default() });
    broken(world, Rule::EmptyIsUnresolved, "nobody is created twice");
    let world = smaller(stop_and_again, Budget { imports: 1, trouble: 1, ..Budget::default() });
    broken(world, Rule::EmptyIsUnresolved, "nobody is forgotten");
}

#[test]
fn asked_at_must_cover_the_attempt_that_still_asks() {
    let world = smaller(stop_and_again, Budget { imports: 2, days: 1, deliveries: 1, ..Budget::default() });
    broken(world, Rule::AskedCoversTheAttempt, "nobody is created twice");
}

#[test]
fn an_undo_that_is_given_up_must_be_waited_for() {
    let budget = Budget { imports: 2, undos: 1, days: 1, deliveries: 1, ..Budget::default() };
    broken(smaller(undo_and_again, budget), Rule::GivenUpUndoIsWaitedFor, "who was deactivated can come back");
}

#[test]
fn a_member_row_that_is_compared_by_its_account_alone_loses_the_marks_of_an_undo() {
    let budget = Budget { imports: 1, undos: 1, days: 1, deliveries: 1, ..Budget::default() };
    broken(smaller(undo_and_again, budget), Rule::RevisionIsCompared, "who was deactivated can come back");
}

#[test]
fn an_attempt_without_a_condition_is_begun_by_two_and_makes_two_accounts() {
    let world = smaller(stop_in_between, Budget { imports: 1, deliveries: 1, ..Budget::default() });
    broken(world, Rule::AttemptIsConditional, "nobody is created twice");
}

#[test]
fn who_may_have_an_account_and_no_place_has_one_after_all() {
    let world = smaller(fewer_places, Budget { imports: 2, days: 1, ..Budget::default() });
    broken(world, Rule::UnresolvedKeepsItsPlace, "places equal members at rest");
}

#[test]
fn what_a_worker_writes_after_an_erasure_must_be_swept_away() {
    let world = smaller(erasure, Budget { imports: 1, erasures: 1, days: 1, deliveries: 1, ..Budget::default() });
    broken(world, Rule::ErasureIsSweptAgain, "after an erasure nobody is left");
}

#[test]
fn an_account_that_was_there_before_stays_active() {
    broken(was_there(), Rule::OnlyOursIsDeactivated, "an undo removes only what its import made");
}

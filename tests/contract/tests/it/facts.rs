//! What is written of the facts themselves.

use std::collections::BTreeSet;

use contract::{Fact, Grade, Report, Verdict, all_facts};

#[test]
fn every_fact_has_a_name_of_its_own_a_source_and_something_that_depends_on_it() {
    let mut names = BTreeSet::new();
    for Fact { name, call, says, source, depends, .. } in all_facts() {
        assert!(names.insert(*name), "{name} stands twice");
        assert!(says.ends_with('.') && !says.contains('|'), "{name}: {says}");
        assert!(![call, source, depends].iter().any(|text| text.trim().is_empty() || text.contains('|')), "{name}");
    }
}

#[test]
fn what_is_assumed_stands_first_in_the_table_and_what_differs_before_what_holds() {
    let assumed: Vec<_> = all_facts().filter(|fact| fact.grade == Grade::Assumed).collect();
    let mut report = Report::default();
    for fact in all_facts() {
        report.saw(fact, Verdict::Holds("as said".to_owned()));
    }
    let last = *assumed.last().expect("some are assumed");
    report.saw(last, Verdict::Differs("otherwise".to_owned()));
    let table = report.table(all_facts());
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert!(rows[0].starts_with(&format!("| {} |", last.name)) && rows[0].contains("DIFFERS: otherwise"));
    let words: Vec<bool> = rows.iter().map(|row| row.contains("| ASSUMED: ")).collect();
    assert_eq!(words.iter().take_while(|assumed| **assumed).count(), assumed.len());
    assert_eq!(words.iter().filter(|assumed| **assumed).count(), assumed.len());
}

#[test]
fn a_difference_is_not_forgotten_for_a_later_look_that_found_none() {
    let fact = all_facts().next().expect("a fact");
    let mut report = Report::default();
    report.saw(fact, Verdict::Differs("otherwise".to_owned()));
    report.saw(fact, Verdict::Holds("as said".to_owned()));
    assert_eq!(report.differences(), [fact.name]);
}

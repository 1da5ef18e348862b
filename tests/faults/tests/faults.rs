//! What `make faults` runs in full, in small; and what it rests on.

use std::path::Path;
use std::process::Command;

use faults::{Campaign, Case, Kind, Mark, Order, Place};

#[test]
fn five_hundred_seeds_and_every_single_fault_break_no_promise() {
    let campaign = Campaign { first_seed: 1, seeds: 500, pairs_every: 40, threads: 2, until_failure: false };
    let report = campaign.run();
    assert!(report.is_good(), "{:?}: {:?}", report.broken, report.failures);
}

#[test]
fn a_seed_is_played_again_step_by_step() {
    for seed in 1..=40 {
        let (first, second) = (Case::Seed(seed).run(), Case::Seed(seed).run());
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_eq!(first.verdict.complaints, second.verdict.complaints);
    }
}

#[test]
fn a_case_is_written_as_it_is_read() {
    for text in ["17:3", "17:3+20:0"] {
        let case: Case = text.parse().expect("a schedule");
        assert_eq!(case.to_string(), format!("SCHEDULE={text}"));
    }
    assert_eq!("123".parse(), Ok(Case::Seed(123)));
    assert!("17".parse::<Case>().is_ok() && "a:b".parse::<Case>().is_err());
}

/// GO1 does not answer a creation, the person's turn panics, and the owner tries the failed again at once, while the first
/// creation is on the wire. Here GO1 would make a second account.
#[test]
fn who_is_tried_again_at_once_is_made_once() {
    let quiet = Case::Schedule(Vec::new()).run().trace;
    let is_creation = |mark: &Mark| matches!(mark.place, Place::Tell(endpoint) if endpoint.contains("create-user"));
    let point = quiet.iter().position(is_creation).expect("somebody is made");
    let choice = quiet[point].place.kinds().iter().position(|kind| *kind == Kind::PanicLate).expect("it can");
    // The second order is never reached: two of them are what lets GO1 make a second account.
    let orders = vec![Order { point, choice }, Order { point: usize::MAX, choice: 0 }];
    let outcome = Case::Schedule(orders).run();
    assert_eq!(outcome.verdict.complaints, Vec::<String>::new());
    let creations: Vec<_> = outcome.trace.iter().filter(|mark| is_creation(mark)).collect();
    assert!(creations.len() <= 2, "{creations:?}");
    let looks = outcome.trace.iter().filter(|mark| matches!(mark.place, Place::Ask(_)));
    let last = looks.map(|mark| mark.at).max().expect("the second import looks");
    assert!(last.duration_since(creations[0].at).as_secs() >= 60, "and it waits until nothing can come any more");
}

/// A kill drops a runtime. It stops everything only where nothing runs outside of it, and nothing is done on the way out.
#[test]
fn nothing_of_the_engine_runs_beside_its_runtime_or_when_it_is_dropped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Vec::new();
    for part in ["functions", "shared"] {
        collect(&root.join(part), &mut sources);
    }
    assert!(sources.len() > 100);
    for source in sources {
        let text = std::fs::read_to_string(&source).expect("a source is text");
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        // The transport of tests serves on when its caller gives up, as a server does; it is no part of the product.
        let is_for_tests = source.ends_with("transport/src/router.rs");
        for word in ["tokio::spawn", "task::spawn", "spawn_blocking", "thread::spawn", "impl Drop"] {
            assert!(is_for_tests || !product.contains(word), "{} has {word}", source.display());
        }
    }
}

fn collect(folder: &Path, sources: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("tests") {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
}

#[test]
fn every_mutant_can_still_be_applied() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let patches: Vec<_> = std::fs::read_dir(root.join("tests/faults/mutants")).expect("a folder").collect();
    assert!(patches.len() >= 15, "{} mutants", patches.len());
    for patch in patches {
        let patch = patch.expect("an entry").path().canonicalize().expect("a path");
        let check = Command::new("git").args(["apply", "--check"]).arg(&patch).current_dir(&root).output();
        let check = check.expect("git runs");
        assert!(check.status.success(), "{}: {}", patch.display(), String::from_utf8_lossy(&check.stderr));
    }
}

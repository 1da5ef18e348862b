//! A small campaign, as `make faults` runs a large one, and the assumptions that the simulator rests on.

use std::path::Path;
use std::process::Command;

use faults::{Campaign, Case, Fault, InjectionPoint, PlannedFault, Story, TraceEntry, known_orders};

#[test]
fn two_hundred_seeds_and_a_sample_of_the_single_faults_and_of_the_pairs_break_no_promise() {
    let (singles_every, pairs_every) = (29, 31);
    let campaign = Campaign { first_seed: 1, seeds: 200, singles_every, pairs_every, threads: 2, until_failure: false };
    let report = campaign.run();
    assert!(report.is_good(), "{:?}: {:?}", report.violations, report.failures);
}

/// What each of them showed is mended, in the product or in the simulator. They go on telling of it for as long as nothing
/// else is drawn before what broke it.
#[test]
fn the_seeds_that_once_broke_a_promise_break_none() {
    let seeds =
        [984, 1_212, 8_368, 11_177, 12_709, 12_948, 13_769, 16_210, 21_655, 22_724, 34_009, 34_872, 39_955, 53_705];
    for seed in seeds {
        assert_eq!(Case::Seed(seed).run().findings.descriptions, Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn a_seed_always_leaves_the_same_trace() {
    for seed in 1..=40 {
        let (first, second) = (Case::Seed(seed).run(), Case::Seed(seed).run());
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_eq!(first.findings.descriptions, second.findings.descriptions);
    }
}

#[test]
fn a_case_is_written_as_it_is_read() {
    for text in ["17:3", "17:3+20:0", "undo@17:3", "lists@"] {
        let case: Case = text.parse().expect("a schedule");
        assert_eq!(case.to_string(), format!("SCHEDULE={text}"));
    }
    assert_eq!("123".parse(), Ok(Case::Seed(123)));
    assert!("17".parse::<Case>().is_ok() && "a:b".parse::<Case>().is_err());
}

#[test]
fn the_orders_that_once_broke_a_promise_break_none() {
    for order in known_orders() {
        let result = order.run();
        assert!(result.trace.iter().filter(|entry| entry.fault.is_some()).count() > 1, "{order} comes to its steps");
        assert_eq!(result.findings.descriptions, Vec::<String>::new(), "{order}");
    }
}

/// GO1 does not answer a creation, the person's turn panics, and the owner tries the failed again at once, while the first
/// creation is in flight. The GO1 of this test creates a second account where it is asked for one.
#[test]
fn who_is_tried_again_at_once_is_created_once() {
    let without_faults = Case::Schedule(Story::Import, Vec::new()).run().trace;
    let is_creation = |entry: &TraceEntry| matches!(entry.point, InjectionPoint::Go1Write(endpoint) if endpoint.contains("create-user"));
    let step = without_faults.iter().position(is_creation).expect("somebody is created");
    let point = without_faults[step].point;
    let mut choices = 0..point.faults();
    let choice = choices.find(|choice| point.fault(*choice) == Fault::PanicInFlight).expect("a creation can panic");
    // The second fault is never reached. It is there because with two faults GO1 creates second accounts.
    let planned_faults = vec![PlannedFault { step, choice }, PlannedFault { step: usize::MAX, choice: 0 }];
    let result = Case::Schedule(Story::Import, planned_faults).run();
    assert_eq!(result.findings.descriptions, Vec::<String>::new());
    let creations: Vec<_> = result.trace.iter().filter(|entry| is_creation(entry)).collect();
    assert!(creations.len() <= 2, "{creations:?}");
    let looks = result.trace.iter().filter(|entry| matches!(entry.point, InjectionPoint::Go1Read(_)));
    let last = looks.map(|entry| entry.at).max().expect("the second import looks for the account");
    let waited = last.duration_since(creations[0].at);
    assert!(waited.as_secs() >= 60, "the second import waits until the first creation can no longer arrive");
}

/// Of every fault at every step of the story every so many is injected, besides those that the campaign takes of all stories.
#[test]
fn a_contact_group_is_read_at_both_looks_and_no_fault_there_breaks_a_promise() {
    const EVERY: usize = 23;
    let without_faults = Case::Schedule(Story::Group, Vec::new()).run();
    assert_eq!(without_faults.findings.descriptions, Vec::<String>::new());
    let count =
        |fits: fn(&InjectionPoint) -> bool| without_faults.trace.iter().filter(|entry| fits(&entry.point)).count();
    let reads = count(|point| matches!(point, InjectionPoint::XeroRead));
    assert!(reads >= 4, "the group and its contacts, twice: {reads}");
    let is_creation: fn(&InjectionPoint) -> bool =
        |point| matches!(point, InjectionPoint::Go1Write(endpoint) if endpoint.contains("create-user"));
    assert_eq!(count(is_creation), 2, "somebody, and the newcomer");
    let steps = without_faults.trace.iter().enumerate();
    let faults =
        steps.flat_map(|(step, entry)| (0..entry.point.faults()).map(move |choice| PlannedFault { step, choice }));
    let faults: Vec<PlannedFault> = faults.collect();
    for fault in faults.into_iter().step_by(EVERY) {
        let result = Case::Schedule(Story::Group, vec![fault]).run();
        assert_eq!(result.findings.descriptions, Vec::<String>::new(), "{fault:?}");
    }
}

/// A simulated crash drops the future of an invocation, and lets no step of its process go on. That stops everything only as
/// long as the product starts no thread and does nothing when a value is dropped. The one place where it starts a task is the
/// vault's, for what must not be broken off: each of its steps asks whether its process is still there.
#[test]
fn the_product_starts_tasks_in_one_place_and_does_nothing_on_drop() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Vec::new();
    for part in ["functions", "shared"] {
        collect(&root.join(part), &mut sources);
    }
    assert!(sources.len() > 100);
    for source in sources {
        let text = std::fs::read_to_string(&source).expect("a source is text");
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        // Both are for tests. The one goes on serving when its caller gives up, as a server does; the other says with
        // which seed a reader panicked.
        let is_for_tests =
            ["transport/src/router.rs", "transport/src/odd.rs"].iter().any(|file| source.ends_with(file));
        for word in ["tokio::spawn", "task::spawn", "JoinSet", "spawn_blocking", "thread::spawn", "impl Drop"] {
            let is_unbroken = word == "tokio::spawn" && source.ends_with("vault/src/invocation.rs");
            let expected = usize::from(is_unbroken);
            assert!(is_for_tests || product.matches(word).count() == expected, "{} has {word}", source.display());
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
    let patches = |folder: &str| -> Vec<_> {
        let entries = std::fs::read_dir(root.join("tests/faults").join(folder)).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path().canonicalize().expect("a path"));
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "patch")).collect()
    };
    let (ours, others) = (patches("mutants"), patches("unseen"));
    assert!(ours.len() >= 68 && others.len() >= 26, "{} and {} mutants", ours.len(), others.len());
    for patch in ours.into_iter().chain(others) {
        let check = Command::new("git").args(["apply", "--check"]).arg(&patch).current_dir(&root).output();
        let check = check.expect("git runs");
        assert!(check.status.success(), "{}: {}", patch.display(), String::from_utf8_lossy(&check.stderr));
    }
}

//! A run as an operator leads it against the real services, here against stand-ins behind their own ports, the consents
//! included.

use std::os::unix::fs::PermissionsExt as _;

use contract::{Verdict, all_facts};

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_sees_every_fact_hold_and_asks_before_whatever_writes() {
    let stage = Stage::new(|_| {}).await.disconnecting();
    let (report, operator) = stage.run("").await;
    let not_held: Vec<_> = all_facts()
        .filter(|fact| !matches!(report.of(fact), Verdict::Holds(_)))
        .map(|fact| (fact.name, report.of(fact)))
        .collect();
    assert!(not_held.is_empty(), "{not_held:#?}");
    assert_eq!(operator.opened, 2, "the two consents");
    for asked in [
        "Log in to Xero",
        "Renew",
        "Create the test portal",
        "second portal",
        "made-up person",
        "was used",
        "Log in with GO1",
        "Disconnect",
    ] {
        assert!(operator.asked.iter().any(|question| question.contains(asked)), "{asked}: {:#?}", operator.asked);
    }
    let mode = std::fs::metadata(stage.keep()).expect("the file of tokens").permissions().mode();
    assert_eq!(mode & 0o077, 0, "others cannot read it");
    let text = report.table(all_facts());
    for secret in stage.world.issued_secrets() {
        assert!(!text.contains(&secret), "a token stands in the table");
    }
    assert!(!text.contains('@') && !text.contains("Olivia"), "a person stands in the table");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_uses_the_portal_and_the_connection_of_the_first() {
    let stage = Stage::new(|_| {}).await;
    stage.run("").await;
    let made = |stage: &Stage| stage.world.go1().portals().iter().filter(|portal| portal.ours).count();
    let before = made(&stage);
    let (report, operator) = stage.run("").await;
    assert_eq!(made(&stage), before, "no second portal");
    assert_eq!(operator.opened, 1, "only the login at GO1");
    assert!(report.differences().is_empty(), "{:?}", report.differences());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_operator_does_not_allow_is_not_done() {
    let stage = Stage::new(|_| {}).await;
    let ours = |stage: &Stage| stage.world.go1().portals().into_iter().filter(|portal| portal.ours).count();
    let before = ours(&stage);
    let (report, _) = stage.run("Create").await;
    assert_eq!(ours(&stage), before, "no portal was made");
    assert!(report.differences().is_empty(), "{:?}", report.differences());
}

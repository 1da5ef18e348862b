//! The template's metric filters count what the functions log, and nothing that should raise an alarm is logged where no
//! filter looks. The lines are those of the shipped functions in the shipped form.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::counted_connection::CountedConnection;
use rig::{BLUEGUM, HARBOUR, Rig, Route, Steps, WATTLE, import_of};
use serde_json::Value;
use stand_ins::go1::endpoint::{
    CREATE_ENROLLMENT, CREATE_USER_ACCOUNT, LIST_LEARNING_OBJECTS, LIST_USER_ACCOUNTS, LOGIN,
};
use stand_ins::{Fault, FaultKind};
use state::CountedConnections as _;

use super::routes::without_names;
use crate::importing::sweeping_many::Slow;
use crate::log;

const TEMPLATE: &str = include_str!("../../../../../infra/template.yaml");

/// A function, by its name in the template, and an event that it logs.
type Logged = (String, String);

/// What the metric filters count.
fn counted() -> BTreeSet<Logged> {
    let filters = TEMPLATE.split("Type: AWS::Logs::MetricFilter").skip(1);
    let filters = filters.filter_map(|filter| {
        let value = |name: &str| {
            let line = filter.lines().find_map(|line| line.trim().strip_prefix(name)).expect("each filter has it");
            line.trim().to_owned()
        };
        let group = value("LogGroupName: !Ref");
        let pattern = value("FilterPattern:");
        // Others count by message or level, and infra/test_runbooks.py looks their messages up in the sources.
        let event = pattern.strip_prefix("'{ $.event = \"")?;
        let event = event.strip_suffix("\" }'").expect("a filter compares the event and nothing else").to_owned();
        if OF_ALL_PAGES.contains(&&*event) {
            return None;
        }
        Some((group.strip_suffix("Logs").expect("a function's log group").to_owned(), event))
    });
    filters.collect()
}

/// The function that wrote a line, told by the line's first span.
fn function_of(line: &Value) -> String {
    let span = &line["spans"][0];
    match span["name"].as_str() {
        Some("batch") => "Worker".to_owned(),
        Some("sweep") => "Sweeper".to_owned(),
        Some("request") => {
            let key = format!(
                "{} {}",
                span["method"].as_str().unwrap_or_default(),
                span["path"].as_str().unwrap_or_default()
            );
            let route = Route::all().iter().find(|route| without_names(route.key) == without_names(&key));
            route.unwrap_or_else(|| panic!("{key} is no route")).function.to_owned()
        }
        _ => panic!("a line that is in nothing: {line}"),
    }
}

/// What every page may log, in whichever function it is: `infra/test_template.py` and `infra/test_watching.py` hold that each
/// function of pages has the filter, and these are met by journeys of every kind.
const OF_ALL_PAGES: [&str; 3] = ["page_failed", "upstream_failed", "security"];

/// What a journey logs of the events that are counted somewhere, at any level.
async fn logged(journey: impl Future<Output = ()>) -> BTreeSet<Logged> {
    log::catch();
    journey.await;
    let events: BTreeSet<String> = counted().into_iter().map(|(_, event)| event).collect();
    let lines = log::caught();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("each line is a JSON object"));
    let mut logged = BTreeSet::new();
    for line in lines {
        let Some(event) = line["event"].as_str().filter(|event| events.contains(*event)) else { continue };
        let is_always_logged = line["level"] == "ERROR" || line["level"] == "WARN";
        assert!(is_always_logged, "{event} is logged whatever LogLevel says, which takes `warn` at the least");
        logged.insert((function_of(&line), event.to_owned()));
    }
    logged
}

/// The connections of a small tier are used up but for one.
pub(super) async fn a_tier_is_nearly_full() {
    let rig = Rig::new(1);
    for number in 0..3 {
        let (connection, tenant) =
            (format!("connection-{number}").as_str().into(), format!("tenant-{number}").as_str().into());
        let counted = CountedConnection { connection, tenant, xero_user: None, counted_at: rig.world.now() };
        rig.state.count_connection(&counted).await.expect("memory answers");
    }
    rig.at_courses(&HARBOUR).await;
}

pub(super) async fn a_course_is_retired() {
    let rig = Rig::new(2);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    assert!(rig.world.go1().retire_course("1003"));
    olivia.browser.open(&courses.url).await;
    let people = olivia.look(&courses).await;
    // A plan of more than a minute is compared with what is there now.
    rig.wait(Duration::from_mins(2)).await;
    olivia.confirm(&people).await;
}

/// GO1 did not grant a scope that each of the functions needs.
pub(super) async fn go1_refuses_the_product() {
    let rig = Rig::new(3);
    let missing = FaultKind::answer(401, &[("content-type", "application/json")], r#"{"message":"Missing scopes"}"#);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    for endpoint in [LIST_LEARNING_OBJECTS, CREATE_USER_ACCOUNT, LOGIN] {
        rig.world.go1().faults().add(Fault::always(endpoint, missing.clone()));
    }
    olivia.open("/preview").await;
    olivia.get_started().await;
    import_of(&olivia.confirm(&people).await);
    rig.minutes_pass(2).await;

    let rig = Rig::new(6);
    let ada = rig.managed(&WATTLE).await;
    rig.world.go1().faults().add(Fault::always(LIST_USER_ACCOUNTS, missing));
    ada.open("/portal/users").await;
}

pub(super) async fn no_course_can_be_assigned() {
    let rig = Rig::new(4);
    rig.confirmed(24).await;
    let refused = r#"{"error_code": "enrollment_operation_not_permitted", "message": "Learning Object is private."}"#;
    let refused = FaultKind::answer(403, &[("content-type", "application/json")], refused);
    rig.world.go1().faults().add(Fault::always(CREATE_ENROLLMENT, refused));
    rig.pump().await;
}

/// The worker does not run.
pub(super) async fn nobody_receives_the_messages() {
    let rig = Rig::new(5);
    rig.confirmed(24).await;
    rig.wait(Duration::from_mins(16)).await;
    rig.sweep().await;
    assert!(rig.learners(&BLUEGUM).is_empty());
}

/// The table is so slow that a sweep has no time for its imports.
pub(super) async fn a_sweep_does_not_finish() {
    let rig = Rig::new(7);
    rig.confirmed(24).await;
    let slow = Steps::new(Arc::new(rig.state.clone()), Slow(Duration::from_secs(31)));
    sweeper::sweep(&rig.sweeper_over(slow)).await.expect("memory answers");
}

#[tokio::test(start_paused = true)]
async fn each_metric_filter_counts_a_line_that_its_function_writes_and_no_such_line_is_counted_nowhere() {
    let mut told = logged(a_tier_is_nearly_full()).await;
    assert_eq!(told, BTreeSet::from([("OauthCallback".to_owned(), "xero_tier_nearly_full".to_owned())]));
    told.extend(logged(a_course_is_retired()).await);
    told.extend(Box::pin(logged(go1_refuses_the_product())).await);
    told.extend(logged(no_course_can_be_assigned()).await);
    told.extend(logged(nobody_receives_the_messages()).await);
    told.extend(logged(a_sweep_does_not_finish()).await);
    assert_eq!(told, counted(), "what was logged, and what infra/template.yaml counts");
}

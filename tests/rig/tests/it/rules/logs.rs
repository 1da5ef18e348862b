//! docs/logs.md says everything that is logged, and one reference leads from a press to each call that it brought about.
//! That each line of the sources is in it, also those that no journey here brings about, is `tests/house/test_logs.py`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rig::{HARBOUR, Rig, WATTLE};
use serde_json::Value;
use stand_ins::go1::endpoint::{CREATE_USER_ACCOUNT, LIST_USER_ACCOUNTS};
use stand_ins::{Fault, FaultKind, World};

use super::{alarms, privacy};
use crate::log;

const CONTRACT: &str = include_str!("../../../../../docs/logs.md");

/// What each line has besides its own fields.
const OF_EVERY_LINE: [&str; 5] = ["timestamp", "level", "target", "spans", "message"];

/// The rows of the table below a heading: the texts of each row's cells.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, part) = CONTRACT.split_once(&format!("\n## {heading}\n")).expect("the heading is there");
    let part = part.split("\n## ").next().unwrap_or_default();
    let rows = part.lines().filter(|line| line.starts_with("| "));
    let rows = rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect());
    rows.skip(2).collect()
}

/// What stands between backticks.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

struct Contract {
    /// By what is said: how loud, and its fields. One thing may be said with fields of two kinds.
    lines: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
    spans: BTreeMap<String, BTreeSet<String>>,
    figures: BTreeSet<String>,
}

impl Contract {
    fn read() -> Self {
        let mut lines: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for row in table("Lines") {
            let (levels, fields) = lines.entry(row[1].to_owned()).or_default();
            levels.insert(row[0].to_owned());
            fields.extend(names(row[2]));
        }
        let spans = table("Spans").into_iter().map(|row| (row[0].replace('`', ""), names(row[1]))).collect();
        let figures = table("Figures").into_iter().flat_map(|row| names(row[0])).collect();
        Self { lines, spans, figures }
    }

    /// What is wrong with a line, if anything is.
    fn breach(&self, line: &Value) -> Option<String> {
        let fields = line.as_object().expect("an object");
        if fields.contains_key("_aws") {
            let unknown: Vec<_> = fields.keys().filter(|name| !self.figures.contains(*name)).collect();
            return (!unknown.is_empty()).then(|| format!("figures with {unknown:?}"));
        }
        let message = line["message"].as_str().unwrap_or_default();
        let Some((levels, known)) = self.lines.get(message) else { return Some(format!("nobody knows of {line}")) };
        if !levels.contains(line["level"].as_str().unwrap_or_default()) {
            return Some(format!("{message:?} is told at {}", line["level"]));
        }
        let mut own = fields.keys().filter(|name| !OF_EVERY_LINE.contains(&name.as_str()));
        if let Some(unknown) = own.find(|name| !known.contains(*name)) {
            return Some(format!("{message:?} has {unknown}"));
        }
        for span in line["spans"].as_array().into_iter().flatten() {
            let name = span["name"].as_str().unwrap_or_default();
            let Some(known) = self.spans.get(name) else { return Some(format!("the span {name}")) };
            let mut own = span.as_object().expect("an object").keys().filter(|name| *name != "name");
            if let Some(unknown) = own.find(|name| !known.contains(*name)) {
                return Some(format!("the span {name} has {unknown}"));
            }
        }
        None
    }
}

/// The lines that were caught, without those of libraries, which a function writes from `info` on only.
fn caught() -> Vec<Value> {
    let lines = log::caught();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("each line is a JSON object"));
    let is_quiet = |line: &Value| matches!(line["level"].as_str(), Some("DEBUG" | "TRACE"));
    let is_ours = |line: &Value| line["message"].as_str().is_some_and(|said| CONTRACT.contains(said));
    lines.filter(|line| !is_quiet(line) || is_ours(line)).collect()
}

fn of<'lines>(lines: &'lines [Value], message: &str) -> Vec<&'lines Value> {
    lines.iter().filter(|line| line["message"] == message).collect()
}

fn span<'line>(line: &'line Value, name: &str) -> Option<&'line Value> {
    line["spans"].as_array()?.iter().find(|span| span["name"] == name)
}

#[tokio::test(start_paused = true)]
async fn nothing_is_logged_that_the_contract_does_not_name_and_no_canary_is_in_it() {
    log::catch();
    let rig = Rig::new(1);
    privacy::troubled_journey(&rig).await;
    privacy::american_journey(&rig).await;
    rig.minutes_pass(3).await;
    alarms::a_tier_is_nearly_full().await;
    alarms::a_course_is_retired().await;
    alarms::go1_refuses_the_product().await;
    alarms::no_course_can_be_assigned().await;
    alarms::nobody_receives_the_messages().await;
    alarms::a_sweep_does_not_finish().await;
    let lines = caught();
    let contract = Contract::read();
    let breaches: BTreeSet<String> = lines.iter().filter_map(|line| contract.breach(line)).collect();
    assert!(breaches.is_empty(), "{breaches:#?}");
    for said in
        ["import accepted", "somebody's turn is over", "an import waits", "a batch is tried again", "import ended"]
    {
        assert!(!of(&lines, said).is_empty(), "no journey has led to {said:?}");
    }
    let text = lines.iter().map(Value::to_string).collect::<String>();
    for canary in World::canaries().iter().chain(&rig.world.issued_secrets()) {
        assert!(!text.contains(canary.as_str()), "{canary} is in the log");
    }
    assert!(!text.contains('@'), "nobody's address");
    for employee in rig.employees(&HARBOUR) {
        let name = format!("{} {}", employee.first_name, employee.last_name);
        assert!(!text.contains(&name), "{name} is in the log");
    }
}

#[tokio::test(start_paused = true)]
async fn one_reference_leads_from_the_press_to_each_call_of_the_import() {
    log::catch();
    let rig = Rig::new(2);
    let (_, import) = rig.confirmed(24).await;
    let answer = FaultKind::answer(503, &[("x-request-id", "5f6e7d8c")], "{}");
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, answer).after(3));
    rig.world.go1().faults().add(Fault::next(LIST_USER_ACCOUNTS, FaultKind::CutBefore));
    rig.pump().await;
    let lines = caught();
    let accepted = of(&lines, "import accepted");
    let [accepted] = *accepted.as_slice() else { panic!("one press: {accepted:?}") };
    assert_eq!(accepted["import"], import.as_str());
    let reference = &span(accepted, "request").expect("within its request")["reference"];
    assert!(reference.is_string());

    let begun = lines.iter().filter(|line| span(line, "batch").is_some()).collect::<Vec<_>>();
    assert!(begun.len() > 24, "{}", begun.len());
    for line in &begun {
        assert_eq!(span(line, "batch").expect("it is one")["cause"], *reference, "{line}");
    }
    let failed = of(&lines, "a call failed");
    let [failed] = *failed.as_slice() else { panic!("one answer of 503: {failed:?}") };
    assert_eq!((&failed["status"], &failed["correlation_id"]), (&503.into(), &"5f6e7d8c".into()));
    assert!(failed["duration_ms"].is_u64());
    let (batch, call) = (span(failed, "batch").expect("a batch's"), span(failed, "call").expect("a call's"));
    assert_eq!((&batch["import"], &batch["attempt"]), (&import.as_str().into(), &1.into()));
    assert!(batch["batch"].is_u64() && batch["portal"].is_string());
    assert_eq!((&call["upstream"], &call["call"]), (&"GO1".into(), &"create user account".into()));
    let unanswered = of(&lines, "a call got no answer");
    assert!(unanswered.iter().all(|line| span(line, "batch").is_some_and(|batch| batch["attempt"].is_u64())));
    assert_eq!(unanswered.len(), 1, "{unanswered:?}");

    let over = of(&lines, "somebody's turn is over");
    let people: BTreeSet<_> = over.iter().map(|line| line["person"].as_str().expect("an id")).collect();
    assert_eq!((over.len(), people.len()), (24, 24), "one line for each");
    assert_eq!(of(&lines, "import ended").len(), 1);
    let waits = of(&lines, "a batch is tried again");
    assert!(!waits.is_empty() && waits.iter().all(|line| line["why"].is_string() && line["seconds"].is_u64()));
}

/// There is one for each person of each import, so its size is most of what an import's log costs.
#[tokio::test(start_paused = true)]
async fn the_line_of_a_person_s_end_is_short_and_names_the_import_and_its_portal() {
    log::catch();
    let rig = Rig::new(4);
    let (_, import) = rig.imported(&WATTLE).await;
    let caught = log::caught();
    let over: Vec<&str> = caught.lines().filter(|line| line.contains("somebody's turn is over")).collect();
    assert!(over.len() > 5, "{}", over.len());
    for line in over {
        let told: Value = serde_json::from_str(line).expect("an object");
        assert_eq!((&told["import"], told["portal"].is_string()), (&import.as_str().into(), true), "{line}");
        assert!(line.len() <= 300, "{} bytes: {line}", line.len());
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_is_counted_once_by_upstream_and_call_in_the_embedded_metric_format() {
    log::catch();
    let rig = Rig::new(3);
    rig.imported(&WATTLE).await;
    rig.wait(Duration::from_mins(1)).await;
    let lines = caught();
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for figures in lines.iter().filter(|line| line.get("_aws").is_some()) {
        let of = figures["Upstream"].as_str().expect("an upstream");
        let durations = figures["CallDuration"].as_array().expect("a list").len();
        assert!((1..=100).contains(&durations), "CloudWatch takes a hundred values");
        assert_eq!(figures["Calls"], durations);
        assert_ne!(figures["Call"], "unnamed", "each call has a name");
        *counted.entry(of).or_default() += durations;
        let metrics = &figures["_aws"]["CloudWatchMetrics"][0];
        for name in metrics["Dimensions"][0].as_array().into_iter().flatten() {
            assert!(figures[name.as_str().expect("a name")].is_string(), "a dimension is a text beside the metrics");
        }
        for metric in metrics["Metrics"].as_array().expect("a list") {
            assert!(!figures[metric["Name"].as_str().expect("a name")].is_null(), "{metric}");
        }
    }
    let sent = BTreeMap::from([("GO1", rig.sent_to_go1().len()), ("Xero", rig.sent_to_xero().len())]);
    assert_eq!(counted, sent);
    assert!(lines.len() < 3 * rig.sent_to_go1().len(), "and they are not told one by one");
}

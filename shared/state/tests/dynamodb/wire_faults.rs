//! The adapter itself under faults of its wire: whatever the suite asks of the table, with each fault at each kind of
//! request. One fault is no reason to fail: the SDK asks again, and so does the adapter. A write whose answer was lost
//! must not be reported as something that did not happen, nor be done twice.
//!
//! A run of a part takes up to [`AT_ONCE`] faults, each at a kind of request of its own: that is twenty times quicker than
//! a run for each. Where such a run fails it is halved until one fault alone fails, because several at once are not
//! promised to be borne.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use dynamodb::{Asked, Fault, InMemoryDynamoDb, Settings};
use jiff::Timestamp;
use serde_json::Value as Json;
use state::conformance::{self, Sizes};
use state::dynamodb::{DynamoDb, create_table};

const TABLE: &str = "table";

/// When the client gives up an attempt and all of them, as in `platform::aws`; and a fault that outlasts the first.
const ATTEMPT: Duration = Duration::from_secs(5);
const OPERATION: Duration = Duration::from_secs(12);
const LATE: Duration = Duration::from_secs(6);

/// How many items a page has: fewer than there are of each kind, and not so few that most requests are for pages.
const ITEMS_PER_PAGE: usize = 7;

/// How many faults one run takes. The SDK repeats nothing any more after some fifty failures in a row.
const AT_ONCE: usize = 24;

type Part = for<'a> fn(&'a DynamoDb) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What one run left behind.
struct Run {
    log: Vec<Asked>,
    items: Vec<Json>,
    /// What the suite did not find as it must be, or a fault that was not met.
    failed: Option<String>,
}

/// The first request of a kind, in the run without faults.
#[derive(Clone, Debug)]
struct Place {
    /// What it is, and whether it was done.
    kind: String,
    request: String,
    /// How many requests like it come before.
    before: usize,
}

/// A fault at the first request of a kind.
type Mishap = (Place, Fault);

async fn run(part: Part, mishaps: &[Mishap]) -> Run {
    let began = tokio::time::Instant::now();
    let clock = move || Timestamp::UNIX_EPOCH + began.elapsed();
    let database = InMemoryDynamoDb::new(Settings { items_per_page: Some(ITEMS_PER_PAGE), ..Settings::new(clock) });
    create_table(&database.client(), TABLE).await.expect("a table");
    database.reset_counts();
    for (place, fault) in mishaps {
        let (request, mut before) = (place.request.clone(), place.before);
        let is_it = move |asked: &Asked| {
            let is_alike = request_of(asked) == request;
            let is_it = is_alike && before == 0;
            before -= usize::from(is_alike && !is_it);
            is_it
        };
        database.fail_where(is_it, *fault);
    }
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
    let client = Client::from_conf(database.client_config().timeout_config(timeouts).build());
    let store = DynamoDb::new(client, TABLE, Arc::new(conformance::SuiteClock));
    let ended = tokio::spawn(async move { part(&store).await }).await;
    // What arrives late arrives.
    tokio::time::sleep(2 * LATE).await;
    let failed = ended.err().map(|failed| {
        let panic = failed.into_panic();
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    });
    let failed = failed.or_else(|| (database.clear_faults() > 0).then(|| "a fault was not met".to_owned()));
    Run { log: database.log(), items: database.items(TABLE).into_iter().map(without_order).collect(), failed }
}

/// An item without what differs from run to run: the order of entries of the trail.
fn without_order(mut item: Json) -> Json {
    if let Some(sort_key) = item["sk"]["S"].as_str().filter(|key| key.starts_with("AUDIT#")) {
        let without = sort_key.rsplit_once('#').map(|(moment, _)| moment.to_owned());
        item["sk"]["S"] = without.into();
    }
    item
}

/// What a request is: its operation and expressions, and the kinds of the rows that it is about; many alike count as one.
fn request_of(asked: &Asked) -> String {
    let mut rows: Vec<&str> =
        asked.keys.iter().map(|(_, sort_key)| sort_key.split('#').next().unwrap_or_default()).collect();
    let mut expressions: Vec<&str> = asked.expressions.iter().map(String::as_str).collect();
    rows.dedup();
    expressions.dedup();
    format!("{} {} [{}]", asked.operation, rows.join(" "), expressions.join("; "))
}

/// The first request of each kind.
fn places(log: &[Asked]) -> Vec<Place> {
    let (mut places, mut seen) = (BTreeMap::new(), BTreeMap::<String, usize>::new());
    for asked in log {
        let request = request_of(asked);
        let kind = format!("{request}{}", if asked.status == Some(200) { "" } else { ", refused" });
        let before = seen.entry(request.clone()).or_default();
        places.entry(kind.clone()).or_insert(Place { kind, request, before: *before });
        *before += 1;
    }
    places.into_values().collect()
}

/// The faults that say something about such a request.
fn faults_of(operation: &str) -> Vec<Fault> {
    let reads = matches!(operation, "GetItem" | "Query");
    let applies = |fault: &Fault| match fault {
        Fault::Conflict | Fault::FailsAfter | Fault::LostAfter | Fault::ArrivesLate(_) => !reads,
        Fault::LeavesOut => operation == "BatchWriteItem",
        _ => true,
    };
    Fault::all(LATE).into_iter().filter(applies).collect()
}

/// Runs of up to [`AT_ONCE`] mishaps, in each of which no two are at requests that are alike: a repetition of the one would
/// be counted for the other.
fn runs_of(mut mishaps: Vec<Mishap>) -> Vec<Vec<Mishap>> {
    let mut runs = Vec::new();
    while !mishaps.is_empty() {
        let (mut run, mut rest, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
        for mishap in mishaps {
            if run.len() < AT_ONCE && taken.insert(mishap.0.request.clone()) {
                run.push(mishap);
            } else {
                rest.push(mishap);
            }
        }
        runs.push(run);
        mishaps = rest;
    }
    runs
}

/// What each of these mishaps does alone, where all of them together do something.
async fn findings_of(part: Part, without: &Run, mishaps: &[Mishap]) -> BTreeSet<String> {
    let with = run(part, mishaps).await;
    let failed = with.failed.or_else(|| (with.items != without.items).then(|| "other items are left".to_owned()));
    match (failed, mishaps) {
        (None, _) => BTreeSet::new(),
        (Some(failed), [mishap]) => BTreeSet::from([name_of(mishap) + &failed]),
        (Some(_), _) => {
            let (one, other) = mishaps.split_at(mishaps.len() / 2);
            let mut found = Box::pin(findings_of(part, without, one)).await;
            found.append(&mut Box::pin(findings_of(part, without, other)).await);
            found
        }
    }
}

/// What a mishap does begins with this.
fn name_of((place, fault): &Mishap) -> String {
    format!("{}, {fault:?}: ", place.kind)
}

/// What a finding has that is known: the request and the fault, and behind three dots what comes of it.
fn parts(known: &str) -> impl Iterator<Item = &str> {
    known.split(" ... ")
}

/// Runs a part with each fault at the first request of each kind, and returns what went wrong. What is known to go wrong
/// runs alone, because it would hide what else does.
async fn findings(part: Part, known: &[&str]) -> BTreeSet<String> {
    let without = run(part, &[]).await;
    assert_eq!(without.failed, None, "without a fault");
    let places = places(&without.log);
    let faults = |place: &Place| faults_of(place.kind.split(' ').next().unwrap_or_default());
    let mishaps = places.iter().flat_map(|place| faults(place).into_iter().map(|fault| (place.clone(), fault)));
    let is_known =
        |mishap: &Mishap| known.iter().any(|known| parts(known).take(1).all(|of| name_of(mishap).contains(of)));
    let (alone, together): (Vec<_>, Vec<_>) = mishaps.partition(is_known);
    let mut found = BTreeSet::new();
    for mishaps in runs_of(together).into_iter().chain(alone.into_iter().map(|mishap| vec![mishap])) {
        found.append(&mut findings_of(part, &without, &mishaps).await);
    }
    found
}

/// Nothing goes wrong but what is known to; and what is known still does, so that the list only becomes less.
fn compare(found: &BTreeSet<String>, known: &[&str]) {
    let is = |finding: &str, known: &str| parts(known).all(|part| finding.contains(part));
    let unknown: Vec<_> =
        found.iter().filter(|finding| !known.iter().any(|known| is(finding, known))).cloned().collect();
    let mended: Vec<_> = known.iter().filter(|known| !found.iter().any(|finding| is(finding, known))).collect();
    assert!(unknown.is_empty(), "{} findings:\n{}", unknown.len(), unknown.join("\n"));
    assert!(mended.is_empty(), "these are mended, so they need not stand here: {mended:?}");
}

/// Declares a test for each part of the suite, with what is known to go wrong there. `races_have_one_winner` is none of
/// them: it has no write that the others lack, and hundreds of requests a run. `counters_count` counts
/// a write twice whose answer was lost, as its doc says.
macro_rules! no_fault_of_the_wire_is_seen {
    ($($part:ident $(($sizes:expr))?: [$($known:literal),* $(,)?]),+ $(,)?) => { $(
        #[tokio::test(start_paused = true)]
        async fn $part() {
            let part: Part = |store| Box::pin(conformance::$part(store, "one-" $(, $sizes)?));
            let known = [$($known),*];
            compare(&findings(part, &known).await, &known);
        }
    )+ };
}

no_fault_of_the_wire_is_seen!(
    audit_is_kept: [],
    // A completion whose answer is lost meets itself when the SDK asks again. Two who complete write the same row, so
    // nothing tells them apart: it is reported as a replay, and the person logs in again, which is safe.
    a_sign_up_is_kept: ["[attribute_exists(#pk) AND attribute_not_exists(#completed_at)] ... completed: Conflict"],
    plans_are_whole(Sizes::FEW): [],
    organisations_are_kept(Sizes::FEW): [],
    // The suite erases the token set within the seconds by which its first write is late, and an erased row leaves
    // nothing behind that could refuse it. It is sealed, and the table deletes it in its time.
    grants_are_leased: ["UpdateItem GRANT [attribute_not_exists(#generation); SET #sealed"],
    imports_are_accepted(Sizes::FEW): [
        // A cursor that arrives late stands in place of a newer one: the next sweep begins somewhere else in the circle.
        "PutItem CURSOR [], ArrivesLate ... other items are left",
        // Two workers may end somebody in the same way, and only one has done it: whoever meets a conflict goes on as if it
        // had been the other (`worker::person`).
        "UpdateItem PERSON [#outcome.#outcome ... ended: Conflict",
    ],
    imports_are_worked_on: [
        // The suite begins it without a name, by which an attempt knows itself.
        "UpdateItem BATCH [#attempts = :attempts AND #dropped = :no; ... begun again: Conflict",
        "UpdateItem PERSON [#outcome.#outcome ... ended: Conflict",
    ],
    portals_are_erased(Sizes::FEW): [],
);

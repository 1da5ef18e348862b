//! The rows as they are stored: samples of each kind and version are committed in `tests/rows/`, as plain JSON. What is
//! written now is the sample of its version, and every sample is read. None of this needs the emulator.

mod changes;
pub(crate) mod customers;
mod kinds;
mod places;
mod portals;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};
use state::StateError;
use state::dynamodb::{ROW_VERSION, Row};

use kinds::{read, written};
use table::Item;

/// Where the samples are.
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rows");

/// Where this is set, what is written now is added to the samples of versions that have none.
const ADD: &str = "STATE_TEST_ADD_SAMPLES";

/// What to do where the shape has changed.
const ADVICE: &str = "Committed samples stay as they are: such rows are in the table. Where the change is meant, raise \
                      the kind's version in rows.rs and run this once with STATE_TEST_ADD_SAMPLES=1, which adds its \
                      sample. README.md says how many releases that takes.";

/// The name of a kind's sample, without its version.
fn name(row: Row) -> String {
    row.name().to_lowercase().replace('\'', "").replace(' ', "-")
}

fn file(row: Row, version: u32) -> PathBuf {
    PathBuf::from(format!("{SAMPLES}/{}.v{version}.json", name(row)))
}

/// Adds the samples that are missing, before any is read: each test, and each process of tests, does so for itself. They
/// write the same, and a sample is moved to its place whole, so none is read half written.
static ADDED: LazyLock<()> = LazyLock::new(|| {
    let missing: Vec<Row> = Row::ALL.iter().copied().filter(|row| !file(*row, row.version()).exists()).collect();
    if std::env::var_os(ADD).is_none() || missing.is_empty() {
        return;
    }
    // A runtime of its own: this may be called within a test's.
    let adding = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        for row in missing {
            let text = serde_json::to_string_pretty(&runtime.block_on(written(row))).expect("JSON");
            let unfinished = PathBuf::from(format!("{SAMPLES}/../.{}-{}", std::process::id(), name(row)));
            fs::write(&unfinished, text + "\n").expect("written");
            fs::rename(&unfinished, file(row, row.version())).expect("moved to its place");
        }
    });
    adding.join().expect("the missing samples are added");
});

/// The rows of a sample; `None` where there is none.
fn sample(row: Row, version: u32) -> Option<Vec<Item>> {
    LazyLock::force(&ADDED);
    let text = fs::read_to_string(file(row, version)).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file(row, version).display())))
}

/// An attribute that this release does not know.
const ADDED_LATER: &str = "added_later";

/// These rows as a newer release may have written them: in that version, and with something that is not known here.
fn ahead(mut items: Vec<Item>, version: u32) -> Vec<Item> {
    for item in &mut items {
        item.insert(ROW_VERSION.to_owned(), version.into());
        item.insert(ADDED_LATER.to_owned(), "kept".into());
    }
    items
}

/// Why these rows are not read.
async fn refusal(row: Row, items: &[Item]) -> String {
    match read(row, items).await {
        Err(StateError::Malformed(source)) => source.to_string(),
        other => panic!("{}: {other:?}", row.name()),
    }
}

/// Every sample, up to the version that the next release may write.
fn samples() -> impl Iterator<Item = (Row, u32, Vec<Item>)> {
    let versions = Row::ALL.iter().flat_map(|row| (1..=row.newest_read()).map(|version| (*row, version)));
    versions.filter_map(|(row, version)| Some((row, version, sample(row, version)?)))
}

#[test]
fn every_kind_of_row_has_a_sample_of_every_version() {
    let read: Vec<_> = samples().map(|(row, version, _)| file(row, version)).collect();
    for row in Row::ALL {
        for version in 1..=row.version() {
            assert!(read.contains(&file(*row, version)), "{} is missing. {ADVICE}", file(*row, version).display());
        }
    }
    let there = fs::read_dir(SAMPLES).expect("samples").map(|entry| entry.expect("a sample").path());
    let strays: Vec<_> = there.filter(|path| !read.contains(path)).collect();
    assert!(strays.is_empty(), "{strays:?} are of no kind, or more than one version ahead");
}

#[tokio::test]
async fn what_is_written_is_the_sample_of_its_version() {
    for row in Row::ALL {
        let (items, file) = (written(*row).await, file(*row, row.version()));
        let sample = sample(*row, row.version()).unwrap_or_default();
        for (item, sampled) in items.iter().zip(&sample) {
            let names = item.keys().chain(sampled.keys());
            let differ: BTreeSet<_> = names.filter(|name| item.get(*name) != sampled.get(*name)).collect();
            let where_it_is = format!("{} {} of {}", sampled["pk"], sampled["sk"], file.display());
            assert!(differ.is_empty(), "{differ:?} of {where_it_is} are not what is written. {ADVICE}");
        }
        assert_eq!(items.len(), sample.len(), "{} has other rows than what is written. {ADVICE}", file.display());
    }
}

#[tokio::test]
async fn every_sample_is_read() {
    for (row, version, items) in samples() {
        read(row, &items).await.unwrap_or_else(|error| panic!("{} {version}: {error:?}", row.name()));
    }
}

#[tokio::test]
async fn a_row_one_version_ahead_is_read_and_one_further_ahead_is_named_as_such_and_nothing_of_it() {
    for row in Row::ALL {
        let (name, reads) = (row.name(), row.newest_read());
        let items = sample(*row, row.version()).expect("a sample");
        read(*row, &ahead(items.clone(), reads)).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let version = reads + 1;
        let expected =
            format!("a newer release wrote this {name} in version {version}, and this one reads them up to {reads}");
        assert_eq!(refusal(*row, &ahead(items, version)).await, expected);
    }
}

#[tokio::test]
async fn a_row_whose_version_is_no_version_is_not_read() {
    for version in [json!(0), json!(-1), json!(1.5), json!("2"), json!(true), Value::Null] {
        let mut items = sample(Row::Portal, Row::Portal.version()).expect("a sample");
        items[0].insert(ROW_VERSION.to_owned(), version);
        assert_eq!(refusal(Row::Portal, &items).await, "not a readable portal");
    }
}

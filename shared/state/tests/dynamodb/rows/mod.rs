//! The rows as they are stored: samples of each kind and version are committed in `tests/rows/`, as plain JSON. What is
//! written now is the sample of its version, and every sample is read. None of this needs the emulator.

mod kinds;
mod portals;
mod table;
mod way;

use std::fs;
use std::path::PathBuf;

use state::dynamodb::Row;

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

/// The rows of a sample; `None` where there is none.
fn sample(row: Row, version: u32) -> Option<Vec<Item>> {
    let text = fs::read_to_string(file(row, version)).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file(row, version).display())))
}

/// Every sample, up to the version that the next release may write.
fn samples() -> impl Iterator<Item = (Row, u32, Vec<Item>)> {
    let versions = Row::ALL.iter().flat_map(|row| (1..=row.version() + 1).map(|version| (*row, version)));
    versions.filter_map(|(row, version)| Some((row, version, sample(row, version)?)))
}

#[test]
fn every_kind_of_row_has_a_sample_of_every_version() {
    let mut read: Vec<_> = samples().map(|(row, version, _)| file(row, version)).collect();
    for row in Row::ALL {
        for version in 1..=row.version() {
            assert!(read.contains(&file(*row, version)), "{} is missing. {ADVICE}", file(*row, version).display());
        }
    }
    let mut there: Vec<_> =
        fs::read_dir(SAMPLES).expect("samples").map(|entry| entry.expect("a sample").path()).collect();
    there.sort();
    read.sort();
    assert_eq!(there, read, "a sample that is of no kind, or more than one version ahead");
}

#[tokio::test]
async fn what_is_written_is_the_sample_of_its_version() {
    for row in Row::ALL {
        let (items, file) = (written(*row).await, file(*row, row.version()));
        if std::env::var_os(ADD).is_some() && !file.exists() {
            let text = serde_json::to_string_pretty(&items).expect("JSON");
            fs::write(&file, text + "\n").expect("written");
        }
        let sample = sample(*row, row.version()).unwrap_or_default();
        for (item, sampled) in items.iter().zip(&sample) {
            assert_eq!(item, sampled, "{} is another shape than what is written. {ADVICE}", file.display());
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

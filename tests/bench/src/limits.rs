//! What does not depend on how busy a machine is, against committed limits: the instructions that each function runs until it
//! asks for its first event, those that the worker runs for one person and the pages for one poll, and the size of each archive.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cloud::{Cloud, Places, bare, need_binaries};
use crate::customers::ready;
use crate::failure::Failure;
use crate::measure::importing::import;
use crate::measure::sizes;
use crate::parts::{QUICK, SLOW};

/// Two imports of so many people: what the second takes more is theirs.
const PEOPLE: [u32; 2] = [10, 30];

/// An import of so many people is watched, and one of as many is not: what the first takes more is what the answers take.
const WATCHED: u32 = 200;

/// How many per cent more than the limit is let through: hash maps and the order of answers make each run a little different.
const ALLOWED: u64 = 3;

/// Figures of one kind of processor. Callgrind counts what this processor's build runs, and archives are of one architecture.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Limits {
    architecture: String,
    /// Instructions, from `exec` to the first request for an event.
    start_instructions: BTreeMap<String, u64>,
    /// Instructions of the worker for one person more, courses and all.
    person_instructions: u64,
    /// Instructions of the page's function for one answer to a page that watches an import of [`WATCHED`] people, on average.
    poll_instructions: u64,
    /// Bytes of each archive.
    zip_bytes: BTreeMap<String, u64>,
}

/// Measures, prints each figure beside its limit, and fails where one is exceeded. With `write` the figures become the limits.
pub(crate) async fn limits(places: &Places, file: &Path, write: bool) -> Result<(), Failure> {
    need_binaries(places)?;
    std::fs::create_dir_all(&places.logs)?;
    let measured = measure(places).await?;
    if write {
        std::fs::write(file, format!("{}\n", serde_json::to_string_pretty(&measured)?))?;
    }
    let limits: Limits = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    if limits.architecture != measured.architecture {
        return Err(format!("the limits are for {}, and this is {}", limits.architecture, measured.architecture).into());
    }
    let lines = compared(&limits, &measured);
    for line in &lines {
        println!("{line}");
    }
    let exceeded = lines.iter().filter(|line| line.is_exceeded()).count();
    if exceeded == 0 { Ok(()) } else { Err(format!("{exceeded} of {} limits are exceeded", lines.len()).into()) }
}

async fn measure(places: &Places) -> Result<Limits, Failure> {
    let cloud = Cloud::start(places, QUICK).await?;
    let mut start_instructions = BTreeMap::new();
    let bare = bare(places)?;
    for function in cloud.functions().chain([&bare]) {
        eprintln!("        {}", function.name);
        function.count_instructions();
        start_instructions.insert(function.name.to_owned(), function.start().await?.end_counted()?);
    }
    drop(cloud);
    let cloud = Cloud::start(places, QUICK).await?;
    let worker = cloud.function("worker");
    worker.count_instructions();
    let mut counted = Vec::new();
    for people in PEOPLE {
        eprintln!("        an import of {people}");
        let customers = ready(&cloud, 1, people).await?;
        import(&cloud, &customers[0], false).await?;
        counted.push(worker.retire_counted()?);
    }
    let more = counted[1].checked_sub(counted[0]).ok_or("more people took fewer instructions")?;
    drop(cloud);
    Ok(Limits {
        architecture: std::env::consts::ARCH.to_owned(),
        start_instructions,
        person_instructions: more / u64::from(PEOPLE[1] - PEOPLE[0]),
        poll_instructions: poll_instructions(places).await?,
        zip_bytes: sizes::zips(places)?.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect(),
    })
}

async fn poll_instructions(places: &Places) -> Result<u64, Failure> {
    let cloud = Cloud::start(places, SLOW).await?;
    let pages = cloud.function("import");
    pages.count_instructions();
    let (mut counted, mut polls) = (Vec::new(), 0);
    for page_open in [false, true] {
        eprintln!("        an import of {WATCHED}, {}", if page_open { "watched" } else { "not watched" });
        let customers = ready(&cloud, 1, WATCHED).await?;
        polls = import(&cloud, &customers[0], page_open).await?.polls.len() as u64;
        counted.push(pages.retire_counted()?);
    }
    let more = counted[1].checked_sub(counted[0]).ok_or("to be watched took fewer instructions")?;
    more.checked_div(polls).ok_or_else(|| "the page has asked for nothing".into())
}

/// A figure beside its limit.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    name: String,
    limit: Option<u64>,
    measured: Option<u64>,
}

impl Line {
    /// A figure without a limit, and a limit without a figure, are exceeded: something is new, or is no longer measured.
    fn is_exceeded(&self) -> bool {
        match (self.limit, self.measured) {
            (Some(limit), Some(measured)) => measured * 100 > limit * (100 + ALLOWED),
            _ => true,
        }
    }

    /// What may be kept, as it is well below its limit.
    fn is_lower(&self) -> bool {
        matches!((self.limit, self.measured), (Some(limit), Some(measured)) if measured * (100 + ALLOWED) < limit * 100)
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = |number: Option<u64>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
        let (measured, limit) = (number(self.measured), number(self.limit));
        write!(out, "{:<44} {measured:>12}  limit {limit:>12}", self.name)?;
        if self.is_exceeded() {
            write!(out, "  EXCEEDED")?;
        } else if self.is_lower() {
            write!(out, "  lower: make limits WRITE=1 keeps it")?;
        }
        Ok(())
    }
}

fn compared(limits: &Limits, measured: &Limits) -> Vec<Line> {
    let named = |all: &Limits| -> BTreeMap<String, u64> {
        let starts =
            all.start_instructions.iter().map(|(name, count)| (format!("instructions, start of {name}"), *count));
        let zips = all.zip_bytes.iter().map(|(name, bytes)| (format!("bytes, archive of {name}"), *bytes));
        let others = [
            ("instructions, one person".to_owned(), all.person_instructions),
            ("instructions, one poll".to_owned(), all.poll_instructions),
        ];
        starts.chain(zips).chain(others).collect()
    };
    let (limits, measured) = (named(limits), named(measured));
    let both = limits.keys().chain(measured.keys().filter(|name| !limits.contains_key(*name)));
    both.map(|name| Line {
        name: name.clone(),
        limit: limits.get(name).copied(),
        measured: measured.get(name).copied(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(start: u64, person: u64, zips: &[(&str, u64)]) -> Limits {
        Limits {
            architecture: "x86_64".to_owned(),
            start_instructions: BTreeMap::from([("worker".to_owned(), start)]),
            person_instructions: person,
            poll_instructions: 5,
            zip_bytes: zips.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect(),
        }
    }

    fn exceeded(limits: &Limits, measured: &Limits) -> Vec<String> {
        compared(limits, measured).into_iter().filter(Line::is_exceeded).map(|line| line.name).collect()
    }

    #[test]
    fn a_little_more_is_let_through_and_no_more() {
        let limits = of(1_000, 1_000, &[("worker", 1_000)]);
        assert_eq!(exceeded(&limits, &of(1_030, 1_030, &[("worker", 1_030)])), Vec::<String>::new());
        assert_eq!(exceeded(&limits, &of(1_031, 900, &[("worker", 1_000)])), ["instructions, start of worker"]);
        assert_eq!(exceeded(&limits, &of(900, 1_031, &[("worker", 1_000)])), ["instructions, one person"]);
        assert_eq!(exceeded(&limits, &of(900, 900, &[("worker", 1_031)])), ["bytes, archive of worker"]);
    }

    #[test]
    fn what_is_new_or_gone_is_no_silent_pass() {
        let limits = of(1, 1, &[("worker", 1), ("gone", 1)]);
        let measured = of(1, 1, &[("worker", 1), ("new", 1)]);
        assert_eq!(exceeded(&limits, &measured), ["bytes, archive of gone", "bytes, archive of new"]);
    }

    #[test]
    fn what_is_well_below_its_limit_is_said() {
        let lines = compared(&of(1_000, 1_000, &[]), &of(960, 990, &[]));
        let lower: Vec<_> = lines.iter().filter(|line| line.is_lower()).map(|line| line.name.as_str()).collect();
        assert_eq!(lower, ["instructions, start of worker"]);
    }

    #[test]
    fn the_committed_limits_are_of_every_function() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("limits.json");
        let limits: Limits = serde_json::from_str(&std::fs::read_to_string(file).expect("the limits")).expect("JSON");
        let functions = crate::cloud::template::FUNCTIONS.map(|(name, _)| name.to_owned());
        assert!(functions.iter().all(|name| limits.start_instructions.contains_key(name)));
        assert!(functions.iter().all(|name| limits.zip_bytes.contains_key(name)));
        assert!(limits.start_instructions.contains_key("bare-function") && limits.person_instructions > 0);
    }
}

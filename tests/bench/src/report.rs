//! The report: what was measured under the names that are agreed on, what was not and why, and the table for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::figures::Figure;

/// A figure of the report: its name, what it is, its goal, and how it is written.
struct Row {
    field: &'static str,
    what: &'static str,
    goal: &'static str,
    /// Digits behind the point.
    digits: usize,
}

const fn row(field: &'static str, what: &'static str, goal: &'static str, digits: usize) -> Row {
    Row { field, what, goal, digits }
}

const ROWS: [Row; 21] = [
    row(
        "import_efficiency_300ms",
        "import of 200 x 5, 300 ms a call, 10 in flight, 20 a second: bound / time from the press",
        ">= 0.97",
        3,
    ),
    row("import_efficiency_50ms", "the same, 50 ms a call, 20 in flight, no rate", ">= 0.93", 3),
    row("import_efficiency_defaults", "the same with the template's defaults, 300 ms a call", ">= 0.95", 3),
    row(
        "speedup_over_sequential",
        "how many times faster than one call after another (50 ms, 20 in flight)",
        ">= 15",
        1,
    ),
    row("calls_over_rate", "calls over the rate in any second, over all imports with a rate", "0", 0),
    row("self_inflicted_429", "calls that GO1 refused at exactly that rate", "0", 0),
    row("xero_people_reads", "reads of Xero for a look at 200 people", "<= 3", 0),
    row("go1_calls_per_person", "calls to GO1 a person", "6", 2),
    row("go1_calls_per_person_defaults", "the same with the template's defaults", "<= 6.12", 2),
    row("cold_start_ratio", "cold start, exec to first /next, over a bare function: the slowest function", "<= 2.5", 2),
    row("warm_overhead_us", "a warm answer beyond a bare function's, median, us: the slowest function", "<= 60", 0),
    row("progress_cpu_ms", "processor's time of one poll of the progress of 200 people, ms", "<= 1", 2),
    row("rss_mb", "memory at rest, MB: the largest function", "<= 10", 1),
    row("worker_memory_growth_mb", "the worker's most memory, 200 people against 1, MB more", "<= 3", 1),
    row("zip_mb", "zip, MB: the largest function", "<= 3.0", 2),
    row("writes_per_person", "items written to the table a person", "<= 3.2", 2),
    row("requests_per_person", "requests to the table a person", "<= 3.5", 2),
    row("cost_per_import_usd", "cost of a full import, page open, 20 a second, $", "<= 0.0007", 5),
    row("cost_per_import_defaults_usd", "the same with the template's defaults, $", "<= 0.0010", 5),
    row("fairness_ratio", "an import of 5 people behind 50 full ones, times its time alone", "<= 2", 2),
    row("look_2000_s", "a look at 2,000 people, 300 ms a page of Xero, s", "<= 13", 1),
];

/// Where the table goes in the README.
const BEGIN: &str = "<!-- figures: make bench-readme -->";
const END: &str = "<!-- end of figures -->";

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Report {
    values: BTreeMap<&'static str, Value>,
    details: BTreeMap<String, Figure>,
    not_measured: BTreeMap<&'static str, String>,
    /// The machine, its load and how long it took.
    pub(crate) surroundings: BTreeMap<&'static str, Value>,
}

impl Report {
    /// A figure of [`ROWS`], by the median of what was measured.
    pub(crate) fn set(&mut self, field: &'static str, figure: Option<Figure>) {
        if let Some(figure) = figure {
            self.values.insert(field, json!(figure.median));
            self.details.insert(field.to_owned(), figure);
        }
    }

    /// A figure that each function has.
    pub(crate) fn set_by_function(&mut self, field: &'static str, figures: &BTreeMap<&'static str, f64>) {
        self.values.insert(field, json!(figures));
    }

    /// Something beside the rows that helps to understand them.
    pub(crate) fn detail(&mut self, name: impl Into<String>, figure: Option<Figure>) {
        self.details.extend(figure.map(|figure| (name.into(), figure)));
    }

    /// Why these figures are missing, as far as they are.
    pub(crate) fn is_missing(&mut self, fields: &[&'static str], why: &str) {
        for field in fields {
            if !self.values.contains_key(field) {
                self.not_measured.insert(field, why.to_owned());
            }
        }
    }

    /// Takes what another has measured.
    pub(crate) fn add(&mut self, other: Self) {
        self.values.extend(other.values);
        self.details.extend(other.details);
        self.not_measured.extend(other.not_measured);
    }

    /// The whole report; every row is there, and what was not measured is null, with why.
    pub(crate) fn to_json(&self) -> Value {
        let mut whole = serde_json::Map::new();
        for row in &ROWS {
            whole.insert(row.field.to_owned(), self.values.get(row.field).cloned().unwrap_or(Value::Null));
        }
        let missing = ROWS.iter().filter(|row| !self.values.contains_key(row.field)).map(|row| {
            let why = self.not_measured.get(row.field).map_or("this part was left out", String::as_str);
            (row.field.to_owned(), json!(why))
        });
        whole.insert("not_measured".to_owned(), missing.collect());
        whole.insert("details".to_owned(), json!(self.details));
        whole.insert("surroundings".to_owned(), json!(self.surroundings));
        Value::Object(whole)
    }
}

/// The table of a report.
pub(crate) fn table(report: &Value) -> String {
    let mut table = String::from("| figure | goal | measured | spread |\n| --- | --- | ---: | ---: |\n");
    for row in &ROWS {
        let value = &report[row.field];
        let number = |value: f64| format!("{value:.digits$}", digits = row.digits);
        let measured = match value {
            Value::Number(value) => value.as_f64().map_or_else(String::new, number),
            Value::Object(functions) => {
                let largest = functions.iter().filter_map(|(name, value)| Some((value.as_f64()?, name)));
                let largest = largest.max_by(|one, other| one.0.total_cmp(&other.0));
                largest.map_or_else(String::new, |(value, name)| format!("{} ({name})", number(value)))
            }
            _ => {
                let why = report["not_measured"][row.field].as_str().unwrap_or_default();
                format!("not measured: {}", why.replace('|', "/").replace('\n', " "))
            }
        };
        let detail = &report["details"][row.field];
        let spread = match (detail["least"].as_f64(), detail["most"].as_f64(), detail["times"].as_u64()) {
            (Some(least), Some(most), Some(times)) if times > 1 => {
                format!("{} to {}, {times} times", number(least), number(most))
            }
            _ => String::new(),
        };
        let _ = writeln!(table, "| {} | {} | {measured} | {spread} |", row.what, row.goal);
    }
    table
}

/// Writes the table of a report into a README, between its two marks.
pub(crate) fn write_readme(report: &Path, readme: &Path) -> Result<(), Failure> {
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report)?)?;
    if report["surroundings"]["quick"] != json!(false) {
        return Err("the last run was a quick one, whose figures go nowhere: make bench".into());
    }
    let text = std::fs::read_to_string(readme)?;
    std::fs::write(readme, with_table(&text, &table(&report))?)?;
    Ok(())
}

fn with_table(text: &str, table: &str) -> Result<String, Failure> {
    let missing = || format!("the README has no {BEGIN} with {END} behind it");
    let (before, rest) = text.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::default();
        report.set("import_efficiency_50ms", Figure::of(&[0.9, 0.8, 0.85], "", ""));
        report.set_by_function("zip_mb", &BTreeMap::from([("worker", 3.5), ("addon", 4.25)]));
        report.is_missing(&["fairness_ratio", "zip_mb"], "the import did not end");
        report
    }

    #[test]
    fn every_figure_is_there_by_its_name_and_what_was_not_measured_is_null_with_why() {
        let json = report().to_json();
        for row in &ROWS {
            assert!(json.get(row.field).is_some(), "{}", row.field);
            assert_eq!(json[row.field].is_null(), json["not_measured"].get(row.field).is_some(), "{}", row.field);
        }
        assert_eq!(json["import_efficiency_50ms"], 0.85);
        assert_eq!(json["zip_mb"]["addon"], 4.25);
        assert_eq!(json["not_measured"]["fairness_ratio"], "the import did not end");
    }

    #[test]
    fn the_table_has_a_line_for_each_figure_and_invents_none() {
        let table = table(&report().to_json());
        assert_eq!(table.lines().count(), 2 + ROWS.len());
        let line = |words: &str| table.lines().find(|line| line.contains(words)).expect("a line").to_owned();
        assert!(line("50 ms a call").ends_with("| 0.850 | 0.800 to 0.900, 3 times |"));
        assert!(line("zip, MB").contains("4.25 (addon)"));
        assert!(line("behind 50 full").contains("not measured: the import did not end"));
        assert!(line("a look at 2,000").contains("not measured"));
    }

    #[test]
    fn the_table_goes_between_its_marks_and_the_rest_stays() {
        let text = format!("# A\n\n{BEGIN}\n\nold\n\n{END}\n\nrest\n");
        let new = with_table(&text, "new\n").expect("both marks are there");
        assert_eq!(new, format!("# A\n\n{BEGIN}\n\nnew\n\n{END}\n\nrest\n"));
        assert!(with_table("# A\n", "new").is_err());
        assert!(with_table(include_str!("../../../README.md"), "new").is_ok(), "the project's own has them");
    }
}

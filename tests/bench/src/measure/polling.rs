//! The page of an import, asking for its progress as its own script does.

use std::time::{Duration, Instant};

use journeys::browser::Sent;
use journeys::page::{Page, WalkError};
use serde::Deserialize;

use crate::customers::Ready;

/// For how long only what has changed is asked for.
const WHOLE_AFTER: Duration = Duration::from_secs(10);

/// How long the script waits after so many answers, while GO1 is not waited for.
pub(crate) fn wait_before_poll(asked: u32) -> Duration {
    Duration::from_millis(u64::from(1_500 + asked * 75).min(6_000))
}

/// What the script reads of an answer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    unchanged: bool,
    ended: bool,
    revision: String,
    people: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    row: usize,
    state: String,
}

/// The rows that have ended, as far as the page knows.
#[derive(Default)]
struct Known(Vec<bool>);

impl Known {
    fn learn(&mut self, people: &[Row]) {
        for person in people.iter().filter(|person| matches!(person.state.as_str(), "done" | "failed")) {
            if self.0.len() <= person.row {
                self.0.resize(person.row + 1, false);
            }
            self.0[person.row] = true;
        }
    }

    /// Four in each hexadecimal digit, the first in its lowest bit.
    fn written(&self) -> String {
        let digit = |four: &[bool]| four.iter().enumerate().map(|(bit, known)| u32::from(*known) << bit).sum::<u32>();
        self.0.chunks(4).filter_map(|four| char::from_digit(digit(four), 16)).collect()
    }
}

/// Asks for the progress as the page's script does, until the import has ended.
pub(crate) async fn polls(ready: &Ready, page: &Page) -> Result<(), WalkError> {
    let (mut asked, mut known, mut revision) = (0, Known::default(), String::new());
    let mut whole_at: Option<Instant> = None;
    loop {
        tokio::time::sleep(wait_before_poll(asked)).await;
        let is_fresh = whole_at.is_some_and(|at| at.elapsed() < WHOLE_AFTER);
        let mut url = page.url.clone();
        let since = if is_fresh { revision.as_str() } else { "" };
        url.query_pairs_mut().append_pair("since", since).append_pair("known", &known.written());
        let seen = ready.journey.browser.follow(Sent::get(&url, "application/json")).await?;
        let answer: Answer = serde_json::from_str(&seen.text).map_err(|_| seen.unexpected("the progress as JSON"))?;
        asked += 1;
        if answer.ended {
            return Ok(());
        }
        if !answer.unchanged {
            known.learn(&answer.people);
            revision = answer.revision;
            whole_at = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_page_is_asked_for_as_its_own_script_asks() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the project's folder");
        let script = fs::read_to_string(project.join("shared/web/assets/site.js")).expect("the page's script");
        assert!(script.contains("Math.min(1500 + asked * 75, 6000)"), "another pace: change wait_before_poll as well");
        assert!(script.contains("new URLSearchParams({ since, known: known() })"), "it asks for something else");
        assert!(script.contains("Date.now() - wholeAt < 10000 ? revision"), "it asks for all at other times");
        let waits = [0, 1, 60, 100].map(|asked| wait_before_poll(asked).as_millis());
        assert_eq!(waits, [1_500, 1_575, 6_000, 6_000]);
    }

    #[test]
    fn a_row_that_ended_is_a_bit() {
        let mut known = Known::default();
        let row = |row, state: &str| Row { row, state: state.to_owned() };
        known.learn(&[row(0, "done"), row(2, "working"), row(5, "failed")]);
        assert_eq!(known.written(), "12");
    }
}

//! What the script asks for: nothing that it has already.

use serde::{Deserialize, Serialize};

/// The progress that a browser has. Whoever has ended stays as they are, so the rows that it has are all it says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ImportPoll {
    /// The revision of the last answer.
    since: String,
    /// The rows that have ended as far as the browser knows, four in each hexadecimal digit, the first in its lowest bit.
    known: String,
}

/// The answer where nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Unchanged {
    pub unchanged: bool,
}

impl ImportPoll {
    /// What the address says; a browser that has nothing where it says nothing that is ours.
    pub fn parse(query: Option<&str>) -> Self {
        serde_html_form::from_str(query.unwrap_or_default()).unwrap_or_default()
    }

    /// Whether the browser has this revision.
    pub fn has(&self, revision: &str) -> bool {
        self.since == revision
    }

    /// Whether the browser knows that the row has ended.
    pub(super) fn knows(&self, row: usize) -> bool {
        let digit = self.known.as_bytes().get(row / 4).and_then(|digit| char::from(*digit).to_digit(16));
        digit.is_some_and(|digit| (digit >> (row % 4)) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// As the script writes it.
    fn written(rows: &[bool]) -> String {
        let digit = |four: &[bool]| four.iter().enumerate().map(|(bit, known)| u32::from(*known) << bit).sum::<u32>();
        rows.chunks(4).filter_map(|four| char::from_digit(digit(four), 16)).collect()
    }

    proptest! {
        #[test]
        fn the_rows_that_a_browser_has_are_those_that_it_says(rows in vec(any::<bool>(), 0..220)) {
            let poll = ImportPoll::parse(Some(&format!("since=abc&known={}", written(&rows))));
            prop_assert!(poll.has("abc") && !poll.has("abd"));
            for row in 0..230 {
                prop_assert_eq!(poll.knows(row), rows.get(row).copied().unwrap_or(false), "{}", row);
            }
        }

        #[test]
        fn whatever_the_address_says_is_an_answer(text in "[ -~é]{0,200}") {
            let poll = ImportPoll::parse(Some(&text));
            prop_assert!((0..300).all(|row| !poll.knows(row)) || text.contains("known="));
        }
    }
}

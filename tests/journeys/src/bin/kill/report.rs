//! What a run comes to.

use std::fmt;
use std::path::Path;

use serde::Serialize;

/// In how many portals the worker must have been killed.
const FEWEST_PORTALS: usize = 20;

/// The figures; `wrong` says which of them must be 0.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Report {
    /// How often the worker was killed at work.
    pub(crate) kills: usize,
    /// In how many portals it was at work in the second before.
    pub(crate) portals: usize,
    /// How many calls to GO1 ran when it was killed.
    pub(crate) calls_cut: usize,
    /// How many imports there were, each of another portal.
    pub(crate) imports: usize,
    /// How many people they had.
    pub(crate) people: usize,
    /// People who are not in their portal with all of their courses, or of whom we do not say so.
    pub(crate) lost: usize,
    /// Accounts, enrollments and welcome mails beyond one, and enrollments made anew.
    pub(crate) created_twice: usize,
    /// Imports that have not ended, and messages that are still in the queue.
    pub(crate) hanging: usize,
    /// Portals with other places taken than members.
    pub(crate) places_off: usize,
    /// Messages in the dead letters.
    pub(crate) dead_letters: usize,
    /// How long it took.
    pub(crate) seconds: u64,
}

impl Report {
    /// What is not as it must be after so many kills.
    pub(crate) fn wrong(&self, kills: usize) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.kills < kills {
            wrong.push(format!("only {} of {kills} kills", self.kills));
        }
        if self.portals < FEWEST_PORTALS.min(kills) {
            wrong.push(format!("killed in {} portals only", self.portals));
        }
        let must_be_nothing = [
            ("lost", self.lost),
            ("created_twice", self.created_twice),
            ("hanging", self.hanging),
            ("places_off", self.places_off),
            ("dead_letters", self.dead_letters),
        ];
        wrong.extend(
            must_be_nothing.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}")),
        );
        wrong
    }

    /// Writes it as JSON.
    pub(crate) fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_string_pretty(self)?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} kills in {} portals ({} calls cut), {} imports, {} people, {} s: lost {}, created_twice {}, hanging {}, \
             places_off {}, dead_letters {}",
            self.kills,
            self.portals,
            self.calls_cut,
            self.imports,
            self.people,
            self.seconds,
            self.lost,
            self.created_twice,
            self.hanging,
            self.places_off,
            self.dead_letters
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Report = Report {
        kills: 200,
        portals: 30,
        calls_cut: 500,
        imports: 40,
        people: 480,
        lost: 0,
        created_twice: 0,
        hanging: 0,
        places_off: 0,
        dead_letters: 0,
        seconds: 900,
    };

    #[test]
    fn each_figure_that_must_be_nothing_is_told() {
        assert!(GOOD.wrong(200).is_empty());
        let changes: [fn(&mut Report); 7] = [
            |report| report.kills = 199,
            |report| report.portals = 19,
            |report| report.lost = 1,
            |report| report.created_twice = 1,
            |report| report.hanging = 1,
            |report| report.places_off = 1,
            |report| report.dead_letters = 1,
        ];
        for change in changes {
            let mut report = GOOD;
            change(&mut report);
            assert_eq!(report.wrong(200).len(), 1, "{report:?}");
        }
    }
}

//! How an import stands: the page, and the same in JSON for the script that keeps it current.

use askama::Template;
use domain::ids::ImportId;
use domain::import::{Import, ImportPerson, ImportStatus, Outcome, Progress};
use domain::portal::PortalDomain;
use jiff::Timestamp;
use serde::Serialize;

use super::{Step, View, Width};
use crate::site::SiteSettings;
use crate::words::{self, count_of, moment, thousands};

/// The progress page. It polls its own address for [`ImportJson`], or reloads itself where there is no script.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "import.html")]
pub struct ImportPage {
    /// Which import.
    pub import: ImportId,
    /// The organisation's name.
    pub organisation: String,
    /// The portal's address.
    pub domain: PortalDomain,
    /// How far it is.
    pub status: ImportStatus,
    /// Its sums.
    pub progress: Progress,
    /// While GO1 asks us to wait: until when.
    pub wait_until: Option<Timestamp>,
    /// When it was confirmed.
    pub accepted_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Everybody, in the plan's order. Empty once the names were erased after the import's retention.
    pub people: Vec<ImportPerson>,
}

/// What the script polls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportJson {
    /// `accepting`, `running`, `done`, `partly_done` or `failed`.
    pub status: ImportStatus,
    /// Whether nothing will change any more.
    pub ended: bool,
    /// The page's heading.
    pub heading: String,
    /// The sums in a sentence, for the live region.
    pub sentence: String,
    /// How much is done, in percent, rounded down.
    pub percent: usize,
    /// The sums.
    pub progress: Progress,
    /// While GO1 asks us to wait: until when.
    pub wait_until: Option<Timestamp>,
    /// Those who have ended, by their row on the page.
    pub people: Vec<PersonJson>,
}

/// One person who has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonJson {
    /// The row on the page, from 0. Ids stay with us.
    pub row: usize,
    /// `done` or `failed`.
    pub state: &'static str,
    /// How they fared, in words.
    pub words: String,
}

impl ImportPage {
    /// The page of `import`. `people` in the plan's order.
    pub fn of(import: &Import, mut people: Vec<ImportPerson>, organisation: String, domain: PortalDomain) -> Self {
        // Rows are being written while the import is accepted: whoever has none yet is waiting.
        let mut progress = Progress::of(&people);
        if !import.status.has_ended() {
            let missing = import.people.len().saturating_sub(progress.people);
            progress.people += missing;
            progress.waiting += missing;
        }
        if import.status == ImportStatus::Accepting {
            // Some of the rows would be others once all are there.
            people.clear();
        }
        Self {
            import: import.id.clone(),
            organisation,
            domain,
            status: import.status,
            progress,
            wait_until: import.wait_until,
            accepted_at: import.accepted_at,
            ended_at: import.ended_at,
            people,
        }
    }

    /// The same as JSON.
    pub fn json(&self) -> ImportJson {
        let people = self.people.iter().enumerate().filter_map(|(row, person)| {
            let state = state(&person.outcome);
            (state != "waiting").then(|| PersonJson { row, state, words: words::outcome(&person.outcome) })
        });
        ImportJson {
            status: self.status,
            ended: self.has_ended(),
            heading: self.heading(),
            sentence: self.sentence(),
            percent: self.percent(),
            progress: self.progress,
            wait_until: self.waiting_until(),
            people: people.collect(),
        }
    }

    fn has_ended(&self) -> bool {
        self.status.has_ended()
    }

    fn waiting_until(&self) -> Option<Timestamp> {
        self.wait_until.filter(|_| self.status == ImportStatus::Running)
    }

    fn heading(&self) -> String {
        let Progress { people, done, .. } = self.progress;
        match self.status {
            ImportStatus::Accepting => "Your import is being prepared".to_owned(),
            ImportStatus::Running if self.wait_until.is_some() => "GO1 asks us to wait".to_owned(),
            ImportStatus::Running => "Your people are on their way".to_owned(),
            ImportStatus::Done if people == 1 => "Everybody is in: 1 person".to_owned(),
            ImportStatus::Done => format!("Everybody is in: {} people", thousands(people)),
            ImportStatus::PartlyDone => {
                format!("{} of {} are in", thousands(done), count_of(people, "person", "people"))
            }
            ImportStatus::Failed => "Nobody could be imported".to_owned(),
        }
    }

    fn sentence(&self) -> String {
        let Progress { people, waiting, done, failed, .. } = self.progress;
        format!(
            "{}: {} done, {} waiting, {} failed.",
            count_of(people, "person", "people"),
            thousands(done),
            thousands(waiting),
            thousands(failed)
        )
    }

    fn percent(&self) -> usize {
        let Progress { people, waiting, .. } = self.progress;
        ((people - waiting.min(people)) * 100).checked_div(people).unwrap_or(0)
    }

    fn accepted(&self) -> String {
        moment(self.accepted_at)
    }

    fn ended(&self) -> String {
        self.ended_at.map(moment).unwrap_or_default()
    }

    fn wait_words(&self) -> String {
        self.waiting_until().map(moment).unwrap_or_default()
    }

    fn failures(&self) -> Vec<&ImportPerson> {
        self.people.iter().filter(|person| matches!(person.outcome, Outcome::Failed { .. })).collect()
    }
}

fn state(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Waiting => "waiting",
        Outcome::Done { .. } => "done",
        Outcome::Failed { .. } => "failed",
    }
}

impl View for ImportPage {
    fn title(&self) -> String {
        self.heading()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::Import)
    }

    fn reload_after(&self) -> Option<u32> {
        (!self.has_ended()).then_some(3)
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn body(&self, _site: &SiteSettings) -> askama::Result<String> {
        self.render()
    }
}

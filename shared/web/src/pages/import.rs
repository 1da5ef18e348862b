//! How an import stands: the page, and the same in JSON for the script that keeps it current.

mod failures;
mod finished_later;
mod headings;
mod poll;
#[cfg(test)]
mod tests;
mod under_way;
mod watched;

use std::collections::HashSet;
use std::ops::Deref;

use askama::Template;
use domain::ids::{EmployeeId, ImportId};
use domain::import::{Import, ImportPerson, ImportStatus, Outcome, Progress, Wait, WaitReason};
use domain::portal::PortalDomain;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use finished_later::finished_later;
pub(super) use finished_later::who_has;
pub use poll::{ImportPoll, Unchanged};
pub use under_way::UnderWay;

use super::{StateIcon, Step, View, Width};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::{Locale, filters};
use crate::site::SiteSettings;
use crate::words::{self, count_of, thousands};

/// The page says nothing of a wait that is shorter than this.
const WORTH_SHOWING: SignedDuration = SignedDuration::from_secs(2);

/// The progress page. It polls its own address for [`ImportJson`], or reloads itself where there is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPage {
    pub import: ImportId,
    /// How the import stands, as it is stored.
    pub stored: Import,
    pub organisation: String,
    pub domain: PortalDomain,
    /// The token of the forms that stop the import or try it again.
    pub form_token: FormToken,
    pub status: ImportStatus,
    pub progress: Progress,
    /// How many people the plan showed.
    pub read: usize,
    /// The courses that people who are imported lack, because GO1 refused them, by their titles.
    pub refused: Vec<String>,
    /// While we wait for GO1: until when and why.
    pub wait: Option<Wait>,
    /// Until when the import before this one may keep it back, while nobody of it has begun.
    pub held_back_until: Option<Timestamp>,
    pub stopped: bool,
    /// Whether it ended before anything was sent, because its people were no longer known.
    pub never_begun: bool,
    pub accepted_at: Timestamp,
    /// When it ends at the latest.
    pub ends_by: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// The import that it takes back, where it is an undo.
    pub undoes: Option<ImportId>,
    pub undo: Option<LastUndo>,
    /// Whether its people can be taken back by who sees the page: of an undo, those whom it could not.
    pub offers_undo: bool,
    /// While it runs: who is being worked on, and how fast GO1 may be called.
    pub under_way: UnderWay,
    /// Those who failed here and whom a later import has finished since.
    pub finished_later: HashSet<EmployeeId>,
    /// That later import, where there was one; the last of several.
    pub later_import: Option<ImportId>,
    /// Everybody, in the plan's order. Empty once the names were erased after the import's retention.
    pub people: Vec<ImportPerson>,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportTemplate<'page> {
    page: &'page ImportPage,
    frame: &'page Frame,
}

impl Deref for ImportTemplate<'_> {
    type Target = ImportPage;

    fn deref(&self) -> &ImportPage {
        self.page
    }
}

/// An undo of the import that the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUndo {
    pub id: ImportId,
    pub accepted_at: Timestamp,
    pub status: ImportStatus,
}

/// What the script polls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportJson {
    /// `accepting`, `running`, `done`, `partly_done` or `failed`.
    pub status: ImportStatus,
    /// Whether nothing will change any more.
    pub ended: bool,
    pub heading: String,
    /// The sums in a sentence, for the live region.
    pub sentence: String,
    /// How much is done, in percent, rounded down.
    pub percent: usize,
    /// How the bar looks: `is-running`, `is-done`, `is-partly-done` or `is-failed`.
    pub look: &'static str,
    pub progress: ProgressJson,
    /// While we wait for GO1: until when.
    pub wait_until: Option<Timestamp>,
    /// The same as the page has it.
    pub wait_words: Option<String>,
    /// And why we wait for GO1: `asked`, `failing`, `ours`, `courses` or `login`.
    pub wait_why: Option<&'static str>,
    /// What the next poll says, so that it is answered only with what has changed.
    pub revision: String,
    /// How long it will take, once that can be told.
    pub left: Option<String>,
    /// Those who have ended and whom the browser does not know yet, and those who are being worked on, by their row on
    /// the page.
    pub people: Vec<PersonJson>,
}

/// The sums, and what the page makes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProgressJson {
    #[serde(flatten)]
    pub sums: Progress,
    /// Of those who failed, people without an account.
    pub not_imported: usize,
}

/// One person who has ended, or is being worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonJson {
    /// The row on the page, from 0. Ids stay with us.
    pub row: usize,
    /// `done`, `failed` or `working`.
    pub state: &'static str,
    /// What became of them, in words.
    pub words: String,
}

impl ImportPage {
    /// The page of `import` at `now`. `people` in the order of the page.
    pub fn of(
        import: &Import,
        mut people: Vec<ImportPerson>,
        organisation: String,
        domain: PortalDomain,
        form_token: FormToken,
        now: Timestamp,
    ) -> Self {
        let mut progress = import.sums.unwrap_or_else(|| Progress::of(&people));
        if !import.status.has_ended() {
            // Rows are being written while the import is accepted: whoever has none yet is waiting.
            let missing = (import.people as usize).saturating_sub(progress.people);
            progress.people += missing;
            progress.waiting += missing;
        }
        let refused = if import.status.has_ended() { import.refused.clone() } else { import.refused_to(&people) };
        if import.status == ImportStatus::Accepting {
            // Some of the rows would be others once all are there.
            people.clear();
        }
        Self {
            import: import.id.clone(),
            organisation,
            domain,
            form_token,
            status: import.status,
            progress,
            read: import.read as usize,
            refused: refused.iter().map(|course| import.title_of(course).to_owned()).collect(),
            stored: import.clone(),
            wait: import.wait.filter(|wait| {
                import.status == ImportStatus::Running && wait.until.duration_since(now) > WORTH_SHOWING
            }),
            held_back_until: None,
            stopped: import.stopped_at.is_some(),
            never_begun: import.status == ImportStatus::Failed && import.sent_at.is_none(),
            accepted_at: import.accepted_at,
            ends_by: import.ends_by(),
            ended_at: import.ended_at,
            undoes: import.undoes.clone(),
            undo: None,
            offers_undo: false,
            under_way: UnderWay::at(now, &[], 0),
            finished_later: HashSet::new(),
            later_import: None,
            people,
        }
    }

    /// The same page, of an import that may be kept back by these other imports of its portal.
    #[must_use]
    pub fn held_back_by(mut self, imports: &[Import], now: Timestamp) -> Self {
        let held = imports.iter().filter(|other| other.id != self.import).filter_map(Import::holds_back_until).max();
        let has_begun = self.progress.waiting < self.progress.people;
        self.held_back_until = held.filter(|until| *until > now && !has_begun && !self.has_ended() && !self.stopped);
        self
    }

    /// Whether nobody has begun, so that another import may keep it back.
    pub fn may_be_held_back(&self) -> bool {
        !self.has_ended() && self.progress.waiting == self.progress.people
    }

    /// The same page, of an import that this undo takes back.
    #[must_use]
    pub fn with_undo(mut self, undo: Option<&Import>) -> Self {
        self.undo =
            undo.map(|undo| LastUndo { id: undo.id.clone(), accepted_at: undo.accepted_at, status: undo.status });
        self
    }

    /// The same page, for somebody who may or may not take the import back now.
    #[must_use]
    pub fn offering_undo(self, possible: bool) -> Self {
        let knows_whom = !self.people.is_empty() || self.never_begun && self.undoes.is_some();
        let offers_undo = possible && self.has_ended() && knows_whom;
        Self { offers_undo, ..self }
    }

    /// What of it a browser lacks, with the times of a page in this locale.
    pub fn json(&self, locale: &Locale, poll: &ImportPoll, revision: String) -> ImportJson {
        let people = self.people.iter().enumerate().filter_map(|(row, person)| {
            let state = self.state_of(person);
            (state != "waiting" && !poll.knows(row)).then(|| PersonJson { row, state, words: self.words_of(person) })
        });
        ImportJson {
            status: self.status,
            ended: self.has_ended(),
            heading: self.heading(),
            sentence: self.sentence(),
            percent: self.percent(),
            look: self.look(),
            progress: ProgressJson { sums: self.progress, not_imported: self.progress.not_imported() },
            wait_until: self.wait.map(|wait| wait.until),
            wait_words: self.wait.map(|wait| locale.moment(wait.until)),
            wait_why: self.wait.map(|wait| reason(&self.stored, &wait.why)),
            revision,
            left: self.time_left(),
            people: people.collect(),
        }
    }

    fn has_ended(&self) -> bool {
        self.status.has_ended()
    }

    /// Whether an undo has taken everything back that it did.
    fn is_taken_back(&self) -> bool {
        self.undo.as_ref().is_some_and(|undo| undo.status == ImportStatus::Done)
    }

    /// The word for it within a sentence: an import or an undo.
    fn import_or_undo(&self) -> &'static str {
        if self.undoes.is_some() { "undo" } else { "import" }
    }

    fn sentence(&self) -> String {
        let Progress { people, waiting, done, partly, failed, .. } = self.progress;
        let people = count_of(people, "person", "people");
        let (done, waiting) = (thousands(done), thousands(waiting));
        if self.undoes.is_some() {
            return format!("{people}: {done} done, {waiting} waiting, {} failed.", thousands(failed));
        }
        let (partly, nothing) = (thousands(partly), thousands(self.progress.not_imported()));
        format!("{people}: {done} done, {waiting} waiting, {partly} partly done, {nothing} not imported.")
    }

    /// How much is over, in percent; of what has ended, how much is done.
    fn percent(&self) -> usize {
        let Progress { people, waiting, done, .. } = self.progress;
        let part = if self.has_ended() { done } else { people - waiting.min(people) };
        (part * 100).checked_div(people).unwrap_or(0)
    }

    /// How the bar looks. A full one is no good sign where nobody of those who are over is done.
    fn look(&self) -> &'static str {
        let Progress { done, failed, .. } = self.progress;
        match self.status {
            ImportStatus::Running if failed > 0 && done == 0 => "is-failed",
            ImportStatus::Accepting | ImportStatus::Running => "is-running",
            ImportStatus::Done => "is-done",
            ImportStatus::PartlyDone => "is-partly-done",
            ImportStatus::Failed => "is-failed",
        }
    }

    /// How the mark beside the heading looks: like the bar, unless a later import has finished everybody who failed.
    fn mark(&self) -> &'static str {
        if self.finished_count() > 0 && !self.is_left() { "is-done" } else { self.look() }
    }

    /// That GO1 refuses courses, in a sentence.
    fn refused_courses(&self) -> String {
        words::refused_courses(&self.refused, self.progress.short)
    }
}

fn state(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Waiting => "waiting",
        Outcome::Done { .. } | Outcome::Undone { .. } => "done",
        Outcome::Failed { .. } => "failed",
    }
}

/// What the page knows a wait by: with another one it has other words.
fn reason(import: &Import, why: &WaitReason) -> &'static str {
    match why {
        WaitReason::RetryAfter if import.backs_off() => "busy",
        WaitReason::RetryAfter => "asked",
        WaitReason::Failing => "failing",
        WaitReason::OwnFault => "ours",
        WaitReason::NoCourses { .. } => "courses",
        WaitReason::Login { .. } => "login",
    }
}

impl View for ImportPage {
    fn title(&self) -> String {
        self.heading()
    }

    fn step(&self) -> Option<Step> {
        self.undoes.is_none().then_some(Step::Import)
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(if self.undoes.is_some() { PortalTab::Overview } else { PortalTab::Users })
    }

    fn tells_of_login(&self) -> bool {
        self.wait.is_some_and(|wait| matches!(wait.why, WaitReason::Login { .. }))
    }

    fn icon(&self) -> StateIcon {
        match self.status {
            ImportStatus::Accepting | ImportStatus::Running if self.wait.is_none() => StateIcon::Busy,
            ImportStatus::Done => StateIcon::Done,
            _ if self.mark() == "is-done" => StateIcon::Done,
            _ => StateIcon::Attention,
        }
    }

    fn reload_after(&self) -> Option<u32> {
        self.seconds_to_reload()
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        ImportTemplate { page: self, frame }.render_with_values(&frame.locale())
    }
}

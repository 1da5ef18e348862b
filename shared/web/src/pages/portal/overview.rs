//! The overview: what the integration is connected to, how it stands, and what it has done.

use std::ops::Deref;

use askama::Template;
use domain::ids::ImportId;
use domain::import::{ImportStatus, Progress};
use domain::portal::{PLACES, PortalDomain};
use jiff::{SignedDuration, Timestamp};

use super::{ConnectionShown, PortalOrganisation};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::pages::import::who_has;
use crate::pages::{View, Width};
use crate::site::SiteSettings;
use crate::words::{self, count_of, how_long};

/// The first page of a portal's administrator. "Check the connection" posts to `/portal/check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverviewPage {
    pub form_token: FormToken,
    pub domain: PortalDomain,
    /// Where that is.
    pub portal_url: String,
    /// The organisation, and how its connection stands.
    pub organisation: PortalOrganisation,
    /// How many have their account and their courses, and were not taken back.
    pub imported: usize,
    /// How many of the places are used: also by those who were taken back.
    pub places_used: u32,
    /// The last imports and undos, the newest first.
    pub imports: Vec<ImportLine>,
    /// What stands above everything.
    pub notice: Option<OverviewNotice>,
}

#[derive(Template)]
#[template(path = "portal/overview.html")]
struct OverviewTemplate<'page> {
    page: &'page OverviewPage,
    site: &'page SiteSettings,
}

impl Deref for OverviewTemplate<'_> {
    type Target = OverviewPage;

    fn deref(&self) -> &OverviewPage {
        self.page
    }
}

/// What the last press has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverviewNotice {
    /// The connection was checked. What was found is in [`PortalOrganisation::connection`].
    Checked,
    /// It could not be checked: Xero does not answer, or asks us to wait.
    NotChecked {
        /// How long Xero asks us to wait.
        retry_after: Option<SignedDuration>,
    },
    /// Somebody connected the organisation anew.
    Reconnected,
}

/// One import, or the undo of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportLine {
    /// The import's id; its page is `/imports/{import}`.
    pub import: ImportId,
    /// The import that it takes back, where it is an undo.
    pub undoes: Option<ImportId>,
    pub status: ImportStatus,
    pub stopped: bool,
    /// Whether it waits because GO1 assigns none of its courses.
    pub waits_for_courses: bool,
    pub progress: Progress,
    /// How many of those who failed a later import has finished.
    pub finished_later: usize,
    /// The courses that people who are imported lack, because GO1 refused them, by their titles.
    pub refused: Vec<String>,
    pub accepted_at: Timestamp,
    /// By whom, where that is known.
    pub by: Option<String>,
    /// Whether it can be taken back.
    pub undo: UndoOffer,
}

/// Whether an import can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoOffer {
    /// It cannot be taken back, or no longer.
    No,
    /// Until then, at `/portal/undo/{import}`.
    Until(Timestamp),
    /// This undo has taken it back, or is at it.
    By(ImportId),
}

impl ImportLine {
    fn is_running(&self) -> bool {
        !self.status.has_ended()
    }

    /// How it stands, in a word or two, and the tag's class.
    fn tag(&self) -> (&'static str, &'static str) {
        match (self.status, self.undoes.is_some()) {
            (ImportStatus::Accepting | ImportStatus::Running, _) if self.stopped => ("Stopping", "is-info"),
            (ImportStatus::Accepting | ImportStatus::Running, _) if self.waits_for_courses => ("Waiting", "is-warning"),
            (ImportStatus::Accepting | ImportStatus::Running, _) => ("In progress", "is-info"),
            (ImportStatus::Done | ImportStatus::PartlyDone, false) if matches!(self.undo, UndoOffer::By(_)) => {
                ("Undone", "is-plain")
            }
            (ImportStatus::Done, _) => ("Done", "is-good"),
            (ImportStatus::PartlyDone | ImportStatus::Failed, _) if self.is_finished_later() => {
                ("Finished since", "is-good")
            }
            (ImportStatus::PartlyDone | ImportStatus::Failed, _) if self.stopped => ("Stopped", "is-warning"),
            (ImportStatus::PartlyDone, true) => ("Partly undone", "is-warning"),
            (ImportStatus::PartlyDone, false) if self.progress.not_imported() > 0 => {
                ("Not everyone imported", "is-warning")
            }
            (ImportStatus::PartlyDone, false) => ("Courses missing", "is-warning"),
            (ImportStatus::Failed, true) => ("Nothing undone", "is-warning"),
            (ImportStatus::Failed, false) => ("No one imported", "is-warning"),
        }
    }

    /// Whether a later import has finished everybody who failed.
    fn is_finished_later(&self) -> bool {
        self.finished_later > 0 && self.finished_later >= self.progress.failed
    }

    /// What came of it, in a sentence.
    fn outcome(&self) -> String {
        let Progress {
            people,
            waiting,
            done,
            short,
            created,
            enrollments,
            failed,
            partly,
            removed,
            kept,
            deactivated,
            ..
        } = self.progress;
        if self.is_running() {
            let of = count_of(people, "person", "people");
            let so_far = format!("{} of {of} done.", words::thousands(people.saturating_sub(waiting)));
            return if self.waits_for_courses {
                format!("{so_far} GO1 doesn’t let anyone in your portal have these courses yet.")
            } else {
                so_far
            };
        }
        let who = match (done, failed) {
            (0, _) => format!("None of {}", count_of(people, "person", "people")),
            (_, 0) => count_of(people, "person", "people"),
            _ => format!("{} of {}", words::thousands(done), count_of(people, "person", "people")),
        };
        if self.undoes.is_some() {
            let courses = count_of(removed, "course assignment", "course assignments");
            let accounts = count_of(deactivated, "account", "accounts");
            let stay = match kept {
                0 => String::new(),
                1 => " 1 that’s been started or finished stays.".to_owned(),
                _ => format!(" {} that have been started or finished stay.", words::thousands(kept)),
            };
            return format!("{who}: {courses} removed, {accounts} deactivated.{stay}");
        }
        let accounts = count_of(created, "new account", "new accounts");
        let courses = count_of(enrollments, "course assignment", "course assignments");
        let others = match partly {
            0 => String::new(),
            1 => " 1 has an account, but not every course.".to_owned(),
            _ => format!(" {} have an account, but not every course.", words::thousands(partly)),
        };
        let refused = words::refused_courses(&self.refused, short);
        let space = if refused.is_empty() { "" } else { " " };
        let since = match self.finished_later {
            0 => String::new(),
            later => format!(" {} been imported since.", who_has(later, failed.saturating_sub(later))),
        };
        format!("{who} imported: {accounts}, {courses}.{others}{space}{refused}{since}")
    }
}

impl OverviewPage {
    /// Those that run, then the others, each the newest first.
    fn lines(&self) -> Vec<&ImportLine> {
        let (mut running, ended): (Vec<_>, Vec<_>) = self.imports.iter().partition(|line| line.is_running());
        running.extend(ended);
        running
    }

    /// How many places somebody has who is not imported: an undo keeps them, and so does whoever is not finished.
    fn kept_places(&self) -> usize {
        (self.places_used as usize).saturating_sub(self.imported)
    }

    fn places_left(&self) -> u32 {
        PLACES.saturating_sub(self.places_used)
    }

    fn wait(retry_after: Option<SignedDuration>) -> String {
        match retry_after {
            Some(wait) => format!("Xero asks us to wait {}.", how_long(wait)),
            None => "Give it a minute.".to_owned(),
        }
    }
}

impl View for OverviewPage {
    fn title(&self) -> String {
        "Xero: Overview".to_owned()
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Overview)
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        OverviewTemplate { page: self, site }.render_with_values(&frame.locale())
    }
}

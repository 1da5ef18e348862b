//! The last page of the sign-up, which leads into the portal.

use askama::Template;
use domain::ids::ImportId;
use domain::import::Progress;
use domain::portal::{PLACES, PortalDomain};

use super::{StateIcon, Step, View, Width};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::site::SiteSettings;
use crate::words::count_of;

/// The way into the portal. Its button posts to `/get-started`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "get-started.html")]
pub struct GetStartedPage {
    pub form_token: FormToken,
    pub domain: PortalDomain,
    /// Where that is.
    pub portal_url: String,
    /// The address that was asked for, where that was taken and another was given.
    pub asked_for: Option<PortalDomain>,
    /// Where GO1 sends the link to set the password: the owner's email. `None` for a portal that was there before: its
    /// administrator has a password.
    pub email: Option<String>,
    /// The last import of the sign-up, where people were imported.
    pub import: Option<(ImportId, Progress)>,
    /// How many people are imported by now, over all imports and without those who were undone.
    pub imported: usize,
}

impl GetStartedPage {
    fn import_sentence(&self) -> String {
        match &self.import {
            None => format!("You haven’t imported anyone yet. You can do it any time, up to {PLACES} people in total."),
            Some((_, progress)) if progress.waiting > 0 => format!(
                "{} of {} imported so far. The import carries on by itself.",
                progress.done,
                count_of(progress.people, "person", "people")
            ),
            Some((_, progress)) if self.imported != progress.done => {
                format!("{} imported by now, over all imports.", count_of(self.imported, "person is", "people are"))
            }
            Some((_, progress)) if progress.failed > 0 => {
                let partly = match progress.partly {
                    0 => String::new(),
                    1 => ", 1 has an account, but not every course".to_owned(),
                    some => format!(", {some} have an account, but not every course"),
                };
                let nothing = match progress.not_imported() {
                    0 => String::new(),
                    some => format!(", {some} couldn’t be imported"),
                };
                format!("{} imported{partly}{nothing}.", count_of(progress.done, "person was", "people were"))
            }
            Some((_, progress)) => format!(
                "{} imported, with {}. GO1 emails a welcome to everyone with a new account.",
                count_of(progress.done, "person was", "people were"),
                count_of(progress.enrollments, "course assignment", "course assignments")
            ),
        }
    }
}

impl View for GetStartedPage {
    fn icon(&self) -> StateIcon {
        StateIcon::Done
    }

    fn title(&self) -> String {
        "Your portal".to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::Done)
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}

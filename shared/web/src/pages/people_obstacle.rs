//! What can stand between the owner and the list of people.

use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use domain::plan::MOST_PEOPLE;
use domain::portal::PLACES;
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

use super::Step;
use super::message::{ANOTHER_LOGIN, Message, MessagePage, NextStep, Picture, XERO_AGAIN};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::problem::LONG_WAIT;
use crate::words::{how_long, moment_in, thousands};

/// The page in place of the people. "Check again" posts to `/preview/people`, "Skip" to `/imports/skip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleObstaclePage {
    pub form_token: FormToken,
    pub organisation: String,
    /// What stands in the way.
    pub obstacle: PeopleObstacle,
    /// The organisation's time zone by its IANA name; times are told in UTC where it is not known.
    pub timezone: Option<String>,
    /// Where the organisation can be opened in Xero; shown where it can be mended there.
    pub xero_url: Option<String>,
    /// Whether the portal exists; then skipping creates nothing.
    pub portal_exists: bool,
}

impl MessagePage for PeopleObstaclePage {
    fn message(&self, frame: &Frame) -> Message {
        let organisation = &self.organisation;
        let stopped = |heading| Message::new(heading, Picture::Stopped);
        let message = match &self.obstacle {
            PeopleObstacle::Nobody => self
                .mend_in_xero(Message::new("There is nobody to import", Picture::People))
                .paragraph(&format!("We looked, and Xero lists nobody at {organisation}."))
                .paragraph(&or_later(frame, "Add people in Xero and check again")),
            PeopleObstacle::PayrollNotSetUp => self
                .mend_in_xero(stopped("Payroll is not set up in Xero"))
                .paragraph(&format!("The people of an Australian organisation come from Xero Payroll, and {organisation} does not use it yet."))
                .paragraph(&or_later(frame, "Set payroll up in Xero and check again")),
            PeopleObstacle::Connection(ConnectionTrouble::NoPayrollAdministrator) => self
                .check_again(stopped("Your Xero login cannot see payroll"))
                .paragraph(&format!("You may log in to {organisation}, but only a payroll administrator may read its employees. We got no names."))
                .paragraph(&format!("Ask whoever runs payroll to make you a payroll administrator in Xero, then check again. Or log in as somebody who is one. {ANOTHER_LOGIN}"))
                .other(NextStep::another_login()),
            PeopleObstacle::Connection(ConnectionTrouble::PermissionMissing) => stopped("We may not read the list of employees yet")
                .paragraph(&format!("You let us into {organisation}, but not to the employees in its payroll. So we got no names."))
                .paragraph(&format!("Log in to Xero once more, choose {organisation} again, and allow the list of employees. We take names, email addresses and who still works there from it, and nothing about pay."))
                .main(NextStep::to("Log in to Xero once more", XERO_AGAIN)),
            PeopleObstacle::Connection(ConnectionTrouble::AccessEnded) => stopped("Your login to Xero has run out")
                .paragraph(&format!("Xero no longer lets us read {organisation}. That happens when nothing was read for about two months, or when access was taken back."))
                .paragraph("Log in to Xero again. You come back to this step, and nothing that you did is lost.")
                .main(NextStep::to("Log in to Xero again", XERO_AGAIN)),
            PeopleObstacle::Connection(ConnectionTrouble::RemovedAtXero) => stopped("Xero is disconnected")
                .paragraph(&format!("The connection of {organisation} to GO1 was removed, here or in Xero. So we cannot read its people."))
                .paragraph(&format!("To connect it again, log in with Xero and choose {organisation}. You come back to this step, and nothing that you did is lost."))
                .main(NextStep::to("Log in with Xero", XERO_AGAIN)),
            PeopleObstacle::Connection(ConnectionTrouble::TrialOver) => self
                .mend_in_xero(stopped("The trial of Xero is over"))
                .paragraph(&format!("{organisation} was on a trial of Xero, and Xero no longer lets us read it."))
                .paragraph(&or_later(frame, "Choose a plan in Xero and check again")),
            PeopleObstacle::Connection(ConnectionTrouble::RoleLost) => self
                .check_again(stopped("Your Xero login may not read this organisation"))
                .paragraph(&format!("{organisation} is still connected, but Xero refuses us. Somebody has taken your role there away, or the organisation was closed."))
                .paragraph(&format!("Ask whoever runs {organisation} in Xero to give your role back, then check again. Or log in as somebody who has one. {ANOTHER_LOGIN}"))
                .other(NextStep::another_login()),
            PeopleObstacle::TooMany { people } => stopped("There are too many people for one list")
                .paragraph(&format!("Xero lists {} people at {organisation}. We can show {} at a time, and a portal has {PLACES} places.", thousands(people), thousands(MOST_PEOPLE)))
                .paragraph("Please contact support about an import of this size."),
            PeopleObstacle::Refused { correlation_id } => self.refused(correlation_id.as_deref()),
            PeopleObstacle::DailyLimit { until } => self.daily_limit(*until, frame),
            PeopleObstacle::XeroUnavailable { retry_after } => self.xero_unavailable(*retry_after, frame),
        };
        let skip = NextStep::Skip { form_token: self.form_token.clone(), portal_exists: self.portal_exists };
        message.other(skip).at(Step::People)
    }
}

impl PeopleObstaclePage {
    fn daily_limit(&self, until: Option<Timestamp>, frame: &Frame) -> Message {
        let organisation = &self.organisation;
        let message = Message::new("Xero's daily limit is reached", Picture::Waiting)
            .paragraph(&format!("Xero lets an app read an organisation so many times a day, and for {organisation} no more are left. The list of people was not read."))
            .paragraph(&or_later(frame, "What you did is kept"));
        let message = match until {
            None => message.paragraph("Check again tomorrow."),
            Some(until) => {
                // To the next whole minute: what is shown without seconds must not be too early.
                let minutes = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
                let until = until.round(minutes).unwrap_or(until);
                message.not_before(until, moment_in(until, self.timezone.as_deref()))
            }
        };
        message.other(back_to_the_courses())
    }

    /// Nobody says why, so nothing is said of why: only what it mostly is.
    fn refused(&self, correlation_id: Option<&str>) -> Message {
        let organisation = &self.organisation;
        let message = self
            .check_again(Message::new("Xero refuses, and does not say why", Picture::Stopped))
            .paragraph(&format!("We asked for the people of {organisation}, and Xero refused without a reason. We got no names."))
            .paragraph(&format!("Mostly it is one of these: your login has no role at {organisation} any more or may not see its people, the organisation was closed or its trial is over, or something between us and Xero is out of order. Look whether you can open its people in Xero, then check again."))
            .other(NextStep::another_login());
        match correlation_id {
            None => message,
            Some(id) => message
                .paragraph(&format!("If it stays so, give support this number, by which Xero finds its answer: {id}")),
        }
    }

    fn xero_unavailable(&self, retry_after: Option<SignedDuration>, frame: &Frame) -> Message {
        let message = Message::new("Xero does not answer", Picture::Waiting);
        match retry_after {
            None => self.check_again(message).paragraph(
                "We could not read your people. That says nothing about how many there are: the list was not read.",
            ),
            Some(wait) if wait < LONG_WAIT => self.check_again(message).paragraph(&too_busy(wait)),
            Some(wait) => {
                message.paragraph(&too_busy(wait)).paragraph("What you did is kept.").other(back_to_the_courses())
            }
        }
        .paragraph(&or_later(frame, "Come back later"))
    }

    fn check_again(&self, message: Message) -> Message {
        message.main(NextStep::CheckAgain(self.form_token.clone()))
    }

    fn mend_in_xero(&self, message: Message) -> Message {
        self.check_again(message).external_link("Open it in Xero", self.xero_url.as_deref())
    }
}

/// What to do; and that it can be done later, where the portal waits for it.
fn or_later(frame: &Frame, what: &str) -> String {
    if frame.is_portal() {
        format!("{what}.")
    } else {
        format!("{what}, or go on without people now and import them later.")
    }
}

fn too_busy(wait: SignedDuration) -> String {
    format!("Xero is too busy to answer us and asks us to wait {}. The list was not read.", how_long(wait))
}

fn back_to_the_courses() -> NextStep {
    NextStep::to("Back to the courses", "/preview")
}

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
use crate::words::{how_long, thousands};

/// The page in place of the people. "Check again" posts to `/preview/people`, "Skip" to `/imports/skip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleObstaclePage {
    pub form_token: FormToken,
    pub organisation: String,
    /// What stands in the way.
    pub obstacle: PeopleObstacle,
    /// The name of the contact group whose contacts are read, where one was chosen.
    pub group: Option<String>,
    /// Whether a contact group can be chosen.
    pub may_choose_group: bool,
    /// Where the organisation can be opened in Xero; shown where it can be mended there.
    pub xero_url: Option<String>,
    /// Whether the portal exists; then skipping creates nothing.
    pub portal_exists: bool,
}

impl MessagePage for PeopleObstaclePage {
    fn message(&self, frame: &Frame) -> Message {
        let organisation = self.organisation.as_str();
        let stopped = |heading| Message::new(heading, Picture::Stopped);
        let message = match &self.obstacle {
            PeopleObstacle::Nobody if self.group.is_some() => self
                .mend_in_xero(Message::new("There’s no one in this contact group", Picture::People))
                .paragraph_of("We looked in the contact group {} at {}. It’s empty, or it was deleted in Xero.", [self.group.as_deref().unwrap_or_default(), organisation])
                .paragraph(or_later(
                    frame,
                    "Add people to it in Xero and check again, or choose another group.",
                    "Add people to it in Xero and check again, choose another group, or continue without people and import them later.",
                )),
            PeopleObstacle::Nobody => self
                .mend_in_xero(Message::new("There’s no one to import", Picture::People))
                .paragraph_of("We looked, and Xero lists no one at {}.", [organisation])
                .paragraph(or_later(
                    frame,
                    "Add people in Xero and check again.",
                    "Add people in Xero and check again, or continue without people and import them later.",
                )),
            PeopleObstacle::PayrollNotSetUp => self
                .mend_in_xero(stopped("Payroll isn’t set up in Xero"))
                .paragraph_of("In Australia, people come from Xero Payroll, and {} isn’t using it yet.", [organisation])
                .paragraph(or_later(
                    frame,
                    "Set up payroll in Xero and check again.",
                    "Set up payroll in Xero and check again, or continue without people and import them later.",
                )),
            PeopleObstacle::Connection(trouble) => self.connection(*trouble, frame),
            PeopleObstacle::TooMany { people } => stopped("There are too many people for one list")
                .paragraph_of(
                    "Xero lists {} people at {}. We can show {} at a time, and a portal has {} places.",
                    [&thousands(people), organisation, &thousands(MOST_PEOPLE), &PLACES.to_string()],
                )
                .paragraph("Please contact support about an import this size."),
            PeopleObstacle::Refused { correlation_id } => self.refused(correlation_id.as_deref()),
            PeopleObstacle::DailyLimit { until } => self.daily_limit(*until, frame),
            PeopleObstacle::XeroUnavailable { retry_after } => self.xero_unavailable(*retry_after, frame),
        };
        let is_about_whom =
            self.may_choose_group && matches!(self.obstacle, PeopleObstacle::Nobody | PeopleObstacle::TooMany { .. });
        let other = if self.group.is_some() { "Choose another group" } else { "Choose a contact group" };
        let message = if is_about_whom { message.other(NextStep::to(other, "/preview/groups")) } else { message };
        let skip = NextStep::Skip { form_token: self.form_token.clone(), portal_exists: self.portal_exists };
        message.other(skip).at(Step::People)
    }
}

impl PeopleObstaclePage {
    /// What stands between us and the organisation in Xero.
    fn connection(&self, trouble: ConnectionTrouble, frame: &Frame) -> Message {
        let organisation = self.organisation.as_str();
        let stopped = |heading| Message::new(heading, Picture::Stopped);
        match trouble {
            ConnectionTrouble::NoPayrollAdministrator => self
                .check_again(stopped("Your Xero login can’t see payroll"))
                .paragraph_of("You can sign in to {}, but only a payroll administrator can read its employees. We got no names.", [organisation])
                .paragraph("Ask whoever runs payroll to make you a payroll administrator in Xero, then check again. Or sign in as someone who is one.")
                .paragraph(ANOTHER_LOGIN)
                .other(NextStep::another_login()),
            ConnectionTrouble::PermissionMissing if self.may_choose_group => stopped("We can’t read your contacts yet")
                .paragraph_of("You let us into {}, but not to its contacts, so we got no names.", [organisation])
                .paragraph_of("Sign in to Xero once more, choose {} again, and allow contacts. We read only the group you chose, and take names and email addresses.", [organisation])
                .main(NextStep::to("Sign in to Xero once more", "/connect?contacts")),
            ConnectionTrouble::PermissionMissing => stopped("We can’t read your employee list yet")
                .paragraph_of("You let us into {}, but not to its payroll employees, so we got no names.", [organisation])
                .paragraph_of("Sign in to Xero once more, choose {} again, and allow the employee list. We take names, email addresses and who still works there. Nothing about pay.", [organisation])
                .main(NextStep::to("Sign in to Xero once more", XERO_AGAIN)),
            ConnectionTrouble::AccessEnded => stopped("Your Xero sign-in has expired")
                .paragraph_of("Xero no longer lets us read {}. That happens when nothing has been read for about two months, or when our access was removed.", [organisation])
                .paragraph("Sign in to Xero again to come back to this step. Everything you’ve done is saved.")
                .main(NextStep::to("Sign in to Xero again", XERO_AGAIN)),
            ConnectionTrouble::RemovedAtXero => stopped("Xero is disconnected")
                .paragraph_of("The connection between {} and GO1 was removed, here or in Xero, so we can’t read its people.", [organisation])
                .paragraph_of("To reconnect, sign in with Xero and choose {}. You’ll come back to this step, and everything you’ve done is saved.", [organisation])
                .main(NextStep::to("Sign in with Xero", XERO_AGAIN)),
            ConnectionTrouble::TrialOver => self
                .mend_in_xero(stopped("Your Xero trial has ended"))
                .paragraph_of("{} was on a Xero trial, and Xero no longer lets us read it.", [organisation])
                .paragraph(or_later(frame, "Choose a Xero plan and check again.", "Choose a Xero plan and check again, or continue without people and import them later.")),
            ConnectionTrouble::RoleLost => self
                .check_again(stopped("Your Xero login can’t read this organisation"))
                .paragraph_of("{} is still connected, but Xero turns us away. Someone removed your role there, or the organisation was closed.", [organisation])
                .paragraph_of("Ask whoever manages {} in Xero to restore your role, then check again. Or sign in as someone who has access.", [organisation])
                .paragraph(ANOTHER_LOGIN)
                .other(NextStep::another_login()),
        }
    }

    fn daily_limit(&self, until: Option<Timestamp>, frame: &Frame) -> Message {
        let message = Message::new("Xero’s daily limit is used up", Picture::Waiting)
            .paragraph_of("Xero limits how often an app can read an organisation each day, and {} has reached it. Its people weren’t read.", [&self.organisation])
            .paragraph(or_later(frame, "Everything you’ve done is saved.", "Everything you’ve done is saved. You can also continue without people and import them later."));
        let message = match until {
            None => message.paragraph("Please check again tomorrow."),
            Some(until) => {
                // To the next whole minute: what is shown without seconds must not be too early.
                let minutes = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
                message.not_before(until.round(minutes).unwrap_or(until))
            }
        };
        message.other(back_to_the_courses())
    }

    /// Nobody says why, so nothing is said of why: only what it mostly is.
    fn refused(&self, correlation_id: Option<&str>) -> Message {
        let organisation = self.organisation.as_str();
        let message = self
            .check_again(Message::new("Xero said no, without saying why", Picture::Stopped))
            .paragraph_of("We asked for the people at {}, and Xero refused without a reason. We got no names.", [organisation])
            .paragraph_of("It’s usually one of these: your login lost its role at {} or can’t see its people, the organisation was closed or its trial ended, or something between us and Xero isn’t working. See whether you can open its people in Xero, then check again.", [organisation])
            .other(NextStep::another_login());
        match correlation_id {
            None => message,
            Some(id) => message.paragraph_of(
                "If it keeps happening, give support this number, so that Xero can find its answer: {}",
                [id],
            ),
        }
    }

    fn xero_unavailable(&self, retry_after: Option<SignedDuration>, frame: &Frame) -> Message {
        let message = Message::new("Xero isn’t answering", Picture::Waiting);
        let busy = |message: Message, wait| {
            let words = "Xero is too busy to answer and asks us to wait {}. Your people weren’t read.";
            message.paragraph_of(words, [&how_long(wait)])
        };
        match retry_after {
            None => self.check_again(message).paragraph(
                "We couldn’t read your people. That says nothing about how many there are: we never got the list.",
            ),
            Some(wait) if wait < LONG_WAIT => busy(self.check_again(message), wait),
            Some(wait) => {
                busy(message, wait).paragraph("Everything you’ve done is saved.").other(back_to_the_courses())
            }
        }
        .paragraph(or_later(
            frame,
            "Come back later.",
            "Come back later, or continue without people and import them later.",
        ))
    }

    fn check_again(&self, message: Message) -> Message {
        message.main(NextStep::CheckAgain(self.form_token.clone()))
    }

    fn mend_in_xero(&self, message: Message) -> Message {
        self.check_again(message).external_link("Open it in Xero", self.xero_url.as_deref())
    }
}

/// What to do; and that it can be done later, where the portal waits for it.
fn or_later(frame: &Frame, what: &'static str, or_later: &'static str) -> &'static str {
    if frame.is_portal() { what } else { or_later }
}

fn back_to_the_courses() -> NextStep {
    NextStep::to("Back to the courses", "/preview")
}

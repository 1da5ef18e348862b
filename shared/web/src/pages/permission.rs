//! What an Australian organisation needs besides the first consent: its payroll, and somebody who may see it.

use super::Step;
use super::message::{ANOTHER_LOGIN, Message, MessagePage, NextStep, Picture, XERO_AGAIN};
use crate::form_token::FormToken;
use crate::frame::Frame;

/// Why Xero asks once more: the organisation turned out to be in Australia. Its link leads to `/connect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MorePermissionPage {
    pub organisation: String,
}

/// The Xero user may not see payroll, told before anything is promised. Its main link leads to `/connect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayrollRolePage {
    pub form_token: FormToken,
    pub organisation: String,
    /// Whether the portal exists: the other way on is then the portal (a post to `/imports/skip`), otherwise the
    /// courses.
    pub portal_exists: bool,
}

impl MessagePage for MorePermissionPage {
    fn message(&self, _frame: &Frame) -> Message {
        let organisation = self.organisation.as_str();
        Message::new("Xero will ask you once more", Picture::Locked)
            .at(Step::Organisation)
            .paragraph_of("{} is in Australia, so its people are in Xero Payroll. You’ve let us into the organisation, but not to its employee list.", [organisation])
            .paragraph("Xero will ask you to allow that list. We take names, email addresses and who still works there. Nothing about pay.")
            .paragraph_of("In Xero, choose {} again. Next, you’ll see the courses.", [organisation])
            .main(NextStep::to("Continue to Xero", XERO_AGAIN))
    }
}

impl MessagePage for PayrollRolePage {
    fn message(&self, _frame: &Frame) -> Message {
        let organisation = self.organisation.as_str();
        let message = Message::new("Your Xero login can’t see payroll", Picture::Stopped)
            .at(Step::Organisation)
            .paragraph_of("The people of {} are in Xero Payroll, and only a payroll administrator can read them. Your login isn’t one, so there’d be no list.", [organisation])
            .paragraph("Sign in to Xero as a payroll administrator, or ask whoever runs payroll to make you one.")
            .paragraph(ANOTHER_LOGIN)
            .main(NextStep::another_login());
        if self.portal_exists {
            message.other(NextStep::Skip { form_token: self.form_token.clone(), portal_exists: true })
        } else {
            message
                .paragraph("You can look at the courses in the meantime, and create your portal without people.")
                .other(NextStep::to("Continue to the courses", "/preview"))
        }
    }
}

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
        let organisation = &self.organisation;
        Message::new("Xero asks you once more", Picture::Locked)
            .at(Step::Organisation)
            .paragraph(&format!("In Xero, {organisation} is in Australia, so its people are in Xero Payroll. You let us into the organisation, but not to its list of employees."))
            .paragraph("So Xero asks you again, for reading that list only. We take names, email addresses and who still works there from it, and nothing about pay.")
            .paragraph(&format!("At Xero, choose {organisation} again. Then you go on with the courses."))
            .main(NextStep::to("Go on to Xero", XERO_AGAIN))
    }
}

impl MessagePage for PayrollRolePage {
    fn message(&self, _frame: &Frame) -> Message {
        let organisation = &self.organisation;
        let message = Message::new("Your Xero login cannot see payroll", Picture::Stopped)
            .at(Step::Organisation)
            .paragraph(&format!("The people of {organisation} are in Xero Payroll, and only a payroll administrator may read them. Your login is not one, so there would be no list of people."))
            .paragraph(&format!("Log in to Xero as somebody who is a payroll administrator. {ANOTHER_LOGIN}"))
            .paragraph("You can also ask whoever runs payroll to make you one.")
            .main(NextStep::another_login());
        if self.portal_exists {
            message.other(NextStep::Skip { form_token: self.form_token.clone(), portal_exists: true })
        } else {
            message
                .paragraph("You can look at the courses meanwhile, and create the portal without people.")
                .other(NextStep::to("Go on to the courses", "/preview"))
        }
    }
}

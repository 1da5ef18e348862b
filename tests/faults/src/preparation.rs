//! How GO1 and a portal's tokens are prepared for a run.

use jiff::SignedDuration;
use secrecy::SecretString;
use stand_ins::go1::{OpenedPortal, endpoint};
use stand_ins::{Fault, FaultKind};
use state::GrantOwner;
use vault::TokenSet;

use crate::customer::Customer;
use crate::ready::ready;
use crate::scenario::{RefusedCourses, TokensAtStart};
use crate::system::System;

/// Every course that is configured, of both countries.
const CONFIGURED: [&str; 10] = ["1001", "1002", "1003", "1004", "1005", "2001", "2002", "2003", "2004", "2005"];

impl System {
    /// The error that GO1 answers for one person, the courses that it does not have or refuses, and the unreadable
    /// message.
    pub(crate) fn prepare_go1(&self) {
        let go1 = self.simulator.world.go1();
        for course in CONFIGURED.iter().filter(|id| !self.courses().contains(*id)) {
            go1.retire_course(course);
        }
        if let Some(error) = self.scenario.permanent_error {
            let kind = FaultKind::answer(error.status, &[], r#"{"message":"No."}"#);
            let fault = Fault::always(error.endpoint, kind);
            let fault = if error.endpoint == endpoint::CREATE_USER_ACCOUNT { fault.matching("p01@") } else { fault };
            go1.faults().add(fault);
        }
        if let Some(refusal) = self.scenario.course_refusal {
            let kind = FaultKind::answer(refusal.status, &[], r#"{"message":"Learning Object is private."}"#);
            go1.faults().add(match refusal.of {
                RefusedCourses::First => Fault::always(endpoint::CREATE_ENROLLMENT, kind)
                    .matching(&format!(r#""lo_id":"{}""#, self.courses()[0])),
                RefusedCourses::Calls(calls) => Fault::times(endpoint::CREATE_ENROLLMENT, calls, kind),
            });
        }
        if self.scenario.has_unreadable_message {
            let group = self.customers[0].portal.as_str();
            self.queue.put(group, "unreadable", r#"{"version":99,"portal":"another"}"#);
        }
        if self.scenario.lists_behind > 0 {
            self.simulator.lists_behind(self.scenario.lists_behind);
        }
    }

    /// Stores a portal's tokens in the condition in which the scenario wants them.
    pub(crate) fn store_tokens_at_start(&self, customer: &Customer, opened: &OpenedPortal, at_start: TokensAtStart) {
        let is_fresh = at_start == TokensAtStart::Fresh;
        let lifetime = if is_fresh { SignedDuration::from_hours(12) } else { SignedDuration::ZERO };
        let tokens = TokenSet {
            access_token: SecretString::from(opened.access_token.clone()),
            refresh_token: SecretString::from(opened.refresh_token.clone()),
            access_expires_at: self.simulator.clock.read() + lifetime,
        };
        let vault = self.wiring_without_faults().go1_access().vault;
        ready(vault.keep(&GrantOwner::Portal(customer.portal.clone()), &tokens)).expect("memory answers");
        if at_start == TokensAtStart::Void {
            self.simulator.world.go1().end_grants(customer.portal.as_str());
        }
    }
}

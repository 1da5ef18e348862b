//! The fake GO1 as a test sees it: what it holds, and which calls arrived.

use serde::Serialize;

use super::state::{Enrollment, Portal, UserAccount};
use crate::courses::Course;
use crate::fault_script::Faults;
use crate::request_log::Call;
use crate::world::World;

/// A handle to the fake GO1 of a [`World`].
#[derive(Clone)]
pub struct FakeGo1(pub(crate) World);

/// A portal in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortalSummary {
    pub id: String,
    pub domain: String,
    pub name: String,
    /// The id that the maker of the portal has for the customer.
    pub external_customer_id: Option<String>,
    /// Whether this product's partner app made it.
    pub ours: bool,
    /// How many user accounts it has, with its administrator's.
    pub user_accounts: usize,
    pub enrollments: usize,
}

impl World {
    pub fn go1(&self) -> FakeGo1 {
        FakeGo1(self.clone())
    }
}

impl FakeGo1 {
    /// The scripted faults.
    pub fn faults(&self) -> Faults {
        Faults(self.0.clone(), World::go1_interceptor)
    }

    /// How many calls an endpoint got, by its name in [`super::endpoint`].
    pub fn calls(&self, endpoint: &str) -> usize {
        self.0.go1_interceptor().with_log(|log| log.count(endpoint))
    }

    /// Every call so far, in the order in which they arrived.
    pub fn call_log(&self) -> Vec<Call> {
        self.0.go1_interceptor().with_log(|log| log.calls().to_vec())
    }

    /// The highest number of calls in any window of one second, for one portal id (or `partner`) or over all.
    pub fn highest_calls_in_one_second(&self, portal_id: Option<&str>) -> usize {
        self.0.go1_interceptor().with_log(|log| log.highest_in_one_second(portal_id))
    }

    /// The highest number of calls at the same time, for one portal id (or `partner`) or for the busiest.
    pub fn highest_calls_in_flight(&self, portal_id: Option<&str>) -> u32 {
        self.0.go1_interceptor().with_log(|log| log.highest_in_flight(portal_id))
    }

    /// How many calls the rate limit refused.
    pub fn refused_by_rate_limit(&self) -> usize {
        self.0.state().go1.limits.refused()
    }

    /// Every portal, with the sample portals.
    pub fn portals(&self) -> Vec<Portal> {
        self.0.state().go1.portals.clone()
    }

    pub fn portal(&self, domain: &str) -> Option<Portal> {
        self.0.state().go1.portal_by_domain(domain).cloned()
    }

    /// Every portal in numbers.
    pub fn summaries(&self) -> Vec<PortalSummary> {
        let state = self.0.state();
        let summary = |portal: &Portal| PortalSummary {
            id: portal.id.clone(),
            domain: portal.domain.clone(),
            name: portal.name.clone(),
            external_customer_id: portal.external_customer_id.clone(),
            ours: portal.ours,
            user_accounts: state.go1.accounts_of(&portal.id).count(),
            enrollments: state.go1.enrollments_of(&portal.id).count(),
        };
        state.go1.portals.iter().map(summary).collect()
    }

    /// The accounts of a portal, in the order in which they were made.
    pub fn user_accounts(&self, portal_id: &str) -> Vec<UserAccount> {
        self.0.state().go1.accounts_of(portal_id).cloned().collect()
    }

    /// The enrolments of a portal, in the order in which they were made, without archived ones.
    pub fn enrollments(&self, portal_id: &str) -> Vec<Enrollment> {
        self.0.state().go1.enrollments_of(portal_id).cloned().collect()
    }

    /// The emails to which GO1 sent a welcome mail, in order. An email that stands here twice got two of them.
    pub fn welcome_mails(&self) -> Vec<String> {
        self.0.state().go1.welcome_mails.clone()
    }

    /// How many times `re-enroll=true` was sent. It throws away what somebody has learned, so it should never be sent.
    pub fn re_enrollments(&self) -> usize {
        self.0.state().go1.re_enrolled
    }

    pub fn courses(&self) -> Vec<Course> {
        self.0.state().go1.courses.clone()
    }
}

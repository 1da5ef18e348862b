//! What somebody at Xero, or Xero itself, does to the world while a test runs.

use jiff::SignedDuration;

use super::side::XeroSide;
use super::state::XeroState;
use crate::cast::{admit, cast, one_of_many, plain_staff, plain_users};
use crate::organisations::{Organisation, PayrollState, XeroUser};
use crate::world::XeroLimit;

impl XeroSide {
    /// Changes the organisation of this name, as somebody at Xero would; false when there is none.
    pub fn edit_organisation(&self, name: &str, edit: impl FnOnce(&mut Organisation)) -> bool {
        let mut state = self.0.state();
        let found = state.xero.organisations.iter_mut().find(|organisation| organisation.name == name);
        found.map(edit).is_some()
    }

    /// Adds so many organisations in Australia, each with so many people (at most about 5,000) on its payroll, none with any
    /// trouble and its owner among them, who has no other. Returns each with its owner; names and emails are all different.
    pub fn add_organisations(&self, count: usize, people: usize) -> Vec<(XeroUser, Organisation)> {
        let seed = self.0.settings().seed;
        let mut state = self.0.state();
        let first = state.xero.organisations.len();
        let made: Vec<_> = (first..first + count).map(|number| one_of_many(seed, number, people)).collect();
        for (owner, organisation) in &made {
            state.xero.users.push(owner.clone());
            state.xero.organisations.push(organisation.clone());
        }
        made
    }

    /// Replaces the payroll of the organisation of this name, or its Xero users where its country has no payroll, by so
    /// many people (at most about 5,000) without any trouble; false when there is none of this name.
    pub fn set_head_count(&self, name: &str, count: usize) -> bool {
        let mut state = self.0.state();
        let state = &mut *state;
        let Some(organisation) = organisation(&mut state.xero, name) else { return false };
        if organisation.payroll == PayrollState::NotOffered {
            organisation.users = plain_users(&mut state.random, count);
        } else {
            organisation.employees = plain_staff(&mut state.random, count);
        }
        true
    }

    /// Ends the trial of the organisation of this name: from now on each call for it is forbidden, and its connections
    /// stay in the list. False when there is none of this name, or its class is not TRIAL.
    pub fn end_trial(&self, name: &str) -> bool {
        let on_trial = self.organisation(name).is_some_and(|organisation| organisation.class == "TRIAL");
        on_trial && self.close_organisation(name)
    }

    /// Ends the subscription of the organisation of this name, as [`Self::end_trial`] does for any class.
    pub fn close_organisation(&self, name: &str) -> bool {
        self.edit_organisation(name, |organisation| organisation.closed = true)
    }

    /// Takes somebody out of the organisation of this name: from now on each of their calls for it is forbidden, and
    /// their connection stays in the list. False when organisation or user is unknown.
    pub fn remove_member(&self, name: &str, email: &str) -> bool {
        self.change_member(name, email, |organisation, user_id| {
            organisation.members.retain(|member| member.user_id != user_id);
            for row in organisation.users.iter_mut().filter(|row| row.user_id == user_id) {
                "REMOVED".clone_into(&mut row.role);
            }
        })
    }

    /// Gives somebody this role in the organisation of this name, and lets them in where they are not. A role that may
    /// not connect an app (READONLY, INVOICEONLY, ...) closes the organisation to their calls, and their connection stays
    /// in the list. False when organisation or user is unknown.
    pub fn set_role(&self, name: &str, email: &str, role: &str) -> bool {
        let user = self.users().into_iter().find(|user| user.email == email);
        let Some(user) = user else { return false };
        self.edit_organisation(name, |organisation| {
            let members = &organisation.members;
            let member = members.iter().find(|member| member.user_id == user.user_id);
            let payroll_administrator = member.is_some_and(|member| member.payroll_administrator);
            admit(organisation, &user, payroll_administrator, role, false);
        })
    }

    /// Says whether somebody may see the payroll of the organisation of this name. False when organisation or user is
    /// unknown.
    pub fn set_payroll_administrator(&self, name: &str, email: &str, may: bool) -> bool {
        self.change_member(name, email, |organisation, user_id| {
            for member in organisation.members.iter_mut().filter(|member| member.user_id == user_id) {
                member.payroll_administrator = may;
            }
        })
    }

    fn change_member(&self, name: &str, email: &str, change: impl FnOnce(&mut Organisation, &str)) -> bool {
        let user = self.users().into_iter().find(|user| user.email == email);
        user.is_some_and(|user| self.edit_organisation(name, |organisation| change(organisation, &user.user_id)))
    }

    /// Resets the organisation of this name as Xero does with demo companies every 28 days: its connections are gone,
    /// and all that was changed in it. It is of class DEMO then. False when there is none of this name.
    pub fn reset_demo(&self, name: &str) -> bool {
        let fresh = cast(self.0.settings().seed).organisations.into_iter().find(|fresh| fresh.name == name);
        let Some(fresh) = fresh else { return false };
        self.disconnect(&fresh.tenant_id);
        self.edit_organisation(name, |organisation| *organisation = Organisation { class: "DEMO".to_owned(), ..fresh })
    }

    /// Removes every connection of this organisation, as its owner would in Xero itself.
    pub fn disconnect(&self, tenant_id: &str) {
        self.0.state().xero.connections.retain(|connection| connection.tenant_id != tenant_id);
    }

    /// Uses up one of the limits, so that calls are refused until so long from now; for the organisation of this name,
    /// which the limit of the app does not need. False when there is none of this name.
    pub fn exhaust(&self, limit: XeroLimit, organisation: &str, lasting: SignedDuration) -> bool {
        let tenant = self.organisation(organisation).map(|organisation| organisation.tenant_id);
        if tenant.is_none() && limit != XeroLimit::AppMinute {
            return false;
        }
        let now = self.0.now();
        let limits = self.0.settings().xero_limits;
        self.0.state().xero.limits.exhaust(limit, limits, &tenant.unwrap_or_default(), lasting, now);
        true
    }

    /// Says whether one consent may connect several organisations from now on.
    pub fn set_bulk_connections(&self, allowed: bool) {
        self.0.state().xero.bulk_connections = allowed;
    }

    /// Makes every access token given out so far an expired one.
    pub fn expire_access_tokens(&self) {
        let now = self.0.now();
        for token in self.0.state().xero.access_tokens.values_mut() {
            token.expires = token.expires.min(now);
        }
    }

    /// Signs with a new key from now on. The old one stays published until the next turn.
    pub fn rotate_signing_key(&self) {
        let mut state = self.0.state();
        state.xero.oldest_key = state.xero.key;
        state.xero.key += 1;
    }
}

fn organisation<'xero>(xero: &'xero mut XeroState, name: &str) -> Option<&'xero mut Organisation> {
    xero.organisations.iter_mut().find(|organisation| organisation.name == name)
}

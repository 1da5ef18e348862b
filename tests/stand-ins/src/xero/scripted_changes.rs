//! What a test can let happen at Xero: what people do there, and what Xero does with limits, tokens and keys.

use jiff::SignedDuration;

use super::fake::FakeXero;
use super::state::XeroState;
use crate::contact::ContactGroup;
use crate::organisations::{Organisation, PayrollState, XeroUser};
use crate::sample_contacts::plain_contacts;
use crate::sample_organisations::{numbered_organisation, plain_staff, plain_users, samples};
use crate::sample_parts::set_member;
use crate::settings::XeroLimit;

impl FakeXero {
    /// Changes the organisation with this name. Returns false where there is none.
    pub fn edit_organisation(&self, name: &str, edit: impl FnOnce(&mut Organisation)) -> bool {
        let mut state = self.0.state();
        let found = state.xero.organisations.iter_mut().find(|organisation| organisation.name == name);
        found.map(edit).is_some()
    }

    /// Adds so many Australian organisations, each with so many people (at most about 5,000) on its payroll, who can all be
    /// imported. The owner is one of them, and a member of no other organisation. All names and emails are different.
    pub fn add_organisations(&self, count: usize, people: usize) -> Vec<(XeroUser, Organisation)> {
        let seed = self.0.settings().seed;
        let mut state = self.0.state();
        let first = state.xero.organisations.len();
        let made: Vec<_> = (first..first + count).map(|number| numbered_organisation(seed, number, people)).collect();
        for (owner, organisation) in &made {
            state.xero.users.push(owner.clone());
            state.xero.organisations.push(organisation.clone());
        }
        made
    }

    /// Replaces the payroll of the organisation with this name, or its Xero users where its country has no payroll, by so
    /// many people (at most about 5,000) who can all be imported. Returns false where there is no such organisation.
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

    /// Makes a contact group of so many people (at most about 5,000) who can all be imported, in place of one of that name.
    /// Returns false where there is no such organisation.
    pub fn set_contact_group(&self, organisation_name: &str, name: &str, count: usize) -> bool {
        let mut state = self.0.state();
        let state = &mut *state;
        let Some(organisation) = organisation(&mut state.xero, organisation_name) else { return false };
        let people = plain_contacts(&mut state.random, count);
        let contacts = people.iter().map(|contact| contact.contact_id.clone()).collect();
        let group = ContactGroup { group_id: state.random.uuid(), name: name.to_owned(), deleted: false, contacts };
        organisation.contacts.extend(people);
        organisation.contact_groups.retain(|group| group.name != name);
        organisation.contact_groups.push(group);
        true
    }

    /// Changes a contact group of the organisation with this name. Returns false where either is not there.
    pub fn edit_contact_group(&self, organisation: &str, name: &str, edit: impl FnOnce(&mut ContactGroup)) -> bool {
        let mut found = false;
        self.edit_organisation(organisation, |organisation| {
            if let Some(group) = organisation.contact_groups.iter_mut().find(|group| group.name == name) {
                edit(group);
                found = true;
            }
        });
        found
    }

    /// Ends the trial of the organisation with this name: from now on every call for it is answered 403, and its connections
    /// stay in the list. Returns false where there is no such organisation, or its class is not TRIAL.
    pub fn end_trial(&self, name: &str) -> bool {
        let on_trial = self.organisation(name).is_some_and(|organisation| organisation.class == "TRIAL");
        on_trial && self.close_organisation(name)
    }

    /// Ends the subscription of the organisation with this name, which has the same effects for any class.
    pub fn close_organisation(&self, name: &str) -> bool {
        self.edit_organisation(name, |organisation| organisation.closed = true)
    }

    /// Removes somebody from the organisation with this name: from now on their calls for it are answered 403, and their
    /// connection stays in the list. Returns false where organisation or user is unknown.
    pub fn remove_member(&self, name: &str, email: &str) -> bool {
        self.change_member(name, email, |organisation, user_id| {
            organisation.members.retain(|member| member.user_id != user_id);
            for row in organisation.users.iter_mut().filter(|row| row.user_id == user_id) {
                "REMOVED".clone_into(&mut row.role);
            }
        })
    }

    /// Gives somebody this role in the organisation with this name, and makes them a member where they are not. With a role
    /// that may not connect an app (READONLY, INVOICEONLY, ...) their calls for it are answered 403, and their connection
    /// stays in the list. Returns false where organisation or user is unknown.
    pub fn set_role(&self, name: &str, email: &str, role: &str) -> bool {
        let user = self.users().into_iter().find(|user| user.email == email);
        let Some(user) = user else { return false };
        self.edit_organisation(name, |organisation| {
            let members = &organisation.members;
            let member = members.iter().find(|member| member.user_id == user.user_id);
            let payroll_administrator = member.is_some_and(|member| member.payroll_administrator);
            set_member(organisation, &user, payroll_administrator, role, false);
        })
    }

    /// Sets whether somebody may see the payroll of the organisation with this name. Returns false where organisation or user
    /// is unknown.
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

    /// Resets the organisation with this name as Xero resets demo companies every 28 days: its connections are gone, and so
    /// is everything that was changed in it. Its class is DEMO then. Returns false where it is not one of the samples.
    pub fn reset_demo(&self, name: &str) -> bool {
        let fresh = samples(self.0.settings().seed).organisations.into_iter().find(|fresh| fresh.name == name);
        let Some(fresh) = fresh else { return false };
        self.disconnect(&fresh.tenant_id);
        self.edit_organisation(name, |organisation| *organisation = Organisation { class: "DEMO".to_owned(), ..fresh })
    }

    /// Removes all connections of this organisation, as its owner can in Xero itself.
    pub fn disconnect(&self, tenant_id: &str) {
        self.0.state().xero.connections.retain(|connection| connection.tenant_id != tenant_id);
    }

    /// Uses up one of the limits for the organisation with this name, so that calls are refused for so long. The limit of the
    /// app needs no organisation. Returns false where the organisation is unknown.
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

    /// Sets whether one consent may connect several organisations.
    pub fn set_bulk_connections(&self, allowed: bool) {
        self.0.state().xero.bulk_connections = allowed;
    }

    /// Makes all access tokens expire that were issued so far.
    pub fn expire_access_tokens(&self) {
        let now = self.0.now();
        for token in self.0.state().xero.access_tokens.values_mut() {
            token.expires = token.expires.min(now);
        }
    }

    /// Signs with a new key from now on. The old key is published until the next rotation.
    pub fn rotate_signing_key(&self) {
        let mut state = self.0.state();
        state.xero.oldest_key = state.xero.key;
        state.xero.key += 1;
    }

    /// The secrets that our client may show from now on: the old and the new one, while it is exchanged.
    pub fn set_client_secrets(&self, secrets: Vec<String>) {
        self.0.state().xero.client_secrets = secrets;
    }
}

fn organisation<'xero>(xero: &'xero mut XeroState, name: &str) -> Option<&'xero mut Organisation> {
    xero.organisations.iter_mut().find(|organisation| organisation.name == name)
}

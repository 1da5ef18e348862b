//! What a test can let happen at GO1 without a call of the product: what a portal's administrator does there, and what
//! GO1 does with courses and tokens.

use jiff::{SignedDuration, Timestamp};

use super::fake::FakeGo1;
use super::roles::{ADMINISTRATOR, LEARNER};
use super::scopes::Scopes;
use super::state::{Caller, Enrollment, NewAccount, Portal, UserAccount, normalised};
use super::tokens::issue;

/// The tokens that a login of a portal's administrator brings.
#[derive(Clone, Debug)]
pub struct NewTokens {
    pub access_token: String,
    /// It works once.
    pub refresh_token: String,
}

/// A portal that was made without a call, with the tokens that the call would have brought.
#[derive(Clone, Debug)]
pub struct OpenedPortal {
    pub portal_id: String,
    /// The administrator's user account.
    pub account_id: String,
    pub access_token: String,
    /// It works once.
    pub refresh_token: String,
}

impl FakeGo1 {
    /// Makes a portal of the partner app, as `POST /portals` does, for a test that starts later. Its domain is
    /// `<name>.mygo1.com`, and its administrator is `admin@<name>.example.com`.
    pub fn open_portal(&self, name: &str, country: &str) -> OpenedPortal {
        let now = self.0.now();
        let mut state = self.0.state();
        let go1 = &mut state.go1;
        let portal_id = go1.next_id();
        go1.portals.push(Portal {
            id: portal_id.clone(),
            name: name.to_owned(),
            domain: format!("{name}.mygo1.com"),
            country: country.to_owned(),
            industry: "Other Services".to_owned(),
            timezone: "UTC".to_owned(),
            company_size: None,
            external_customer_id: None,
            logo: None,
            notifications: true,
            ours: true,
            administrator: None,
            created: now,
        });
        let email = format!("admin@{name}.example.com");
        let account = NewAccount {
            email: &email,
            username: &email,
            given_name: "Alex",
            family_name: "Admin",
            roles: vec![ADMINISTRATOR.to_owned()],
        };
        let account_id = go1.add_account(&portal_id, account, now);
        if let Some(portal) = go1.portals.last_mut() {
            portal.administrator = Some(account_id.clone());
        }
        let caller = Caller::Portal { portal_id: portal_id.clone(), account_id: account_id.clone() };
        let tokens = issue(go1, caller, Scopes::of_new_portal(self.0.settings()), now);
        let token = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
        OpenedPortal {
            portal_id,
            account_id,
            access_token: token("access_token"),
            refresh_token: token("refresh_token"),
        }
    }

    /// Logs a portal's administrator in: they get new tokens, and the old ones go on working. Returns `None` where the
    /// portal has no administrator.
    pub fn log_in(&self, portal_id: &str) -> Option<NewTokens> {
        let now = self.0.now();
        let mut state = self.0.state();
        let account_id = state.go1.portal(portal_id)?.administrator.clone()?;
        let caller = Caller::Portal { portal_id: portal_id.to_owned(), account_id };
        let tokens = issue(&mut state.go1, caller, Scopes::of_new_portal(self.0.settings()), now);
        let token = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
        Some(NewTokens { access_token: token("access_token"), refresh_token: token("refresh_token") })
    }

    /// Adds a learner to a portal, as its administrator can, and returns the account's id.
    pub fn add_user_account(&self, portal_id: &str, email: &str, given_name: &str, family_name: &str) -> String {
        let now = self.0.now();
        let roles = vec![LEARNER.to_owned()];
        let account = NewAccount { email, username: email, given_name, family_name, roles };
        self.0.state().go1.add_account(portal_id, account, now)
    }

    /// Adds a learner to a portal without a welcome mail, and returns the account's id.
    pub fn add_learner(&self, portal_id: &str, email: &str, given_name: &str, family_name: &str) -> String {
        let id = self.add_user_account(portal_id, email, given_name, family_name);
        self.0.state().go1.welcome_mails.retain(|mailed| mailed != email);
        id
    }

    /// Changes somebody's account in a portal, as its administrator can. Returns false where nobody has this email.
    pub fn edit_user_account(&self, portal_id: &str, email: &str, change: impl FnOnce(&mut UserAccount)) -> bool {
        let now = self.0.now();
        let mut state = self.0.state();
        let go1 = &mut state.go1;
        let Some(position) = go1.by_email.remove(&(portal_id.to_owned(), normalised(email))) else { return false };
        let account = &mut go1.accounts[position];
        go1.lists.keep(account, now);
        change(account);
        go1.by_email.insert((portal_id.to_owned(), normalised(&account.email)), position);
        true
    }

    /// Gives an account another role, as an administrator can.
    pub fn set_role(&self, account_id: &str, role: &str) {
        self.change_account(account_id, |account| account.roles = vec![role.to_owned()]);
    }

    /// Activates or deactivates an account, as an administrator can.
    pub fn set_active(&self, account_id: &str, active: bool) {
        self.change_account(account_id, |account| (account.active, account.status) = (active, None));
    }

    /// Lets the API say this word of an account, such as `archived`; the person may log in or not.
    pub fn set_status(&self, account_id: &str, word: &str, active: bool) {
        self.change_account(account_id, |account| (account.active, account.status) = (active, Some(word.to_owned())));
    }

    /// Sets how far a learner is with a course: `not-started`, `in-progress` or `completed`. Returns false where there is
    /// no enrolment with this id.
    pub fn set_enrollment_status(&self, enrollment_id: &str, status: &str) -> bool {
        let mut state = self.0.state();
        let found = state.go1.enrollments.iter_mut().find(|each| each.id == enrollment_id && !each.archived);
        found.map(|enrollment| status.clone_into(&mut enrollment.status)).is_some()
    }

    /// Assigns a course to somebody, as an administrator can. Returns false where there is no such account.
    pub fn assign(&self, account_id: &str, lo_id: &str) -> bool {
        self.assign_at(account_id, lo_id, self.0.now())
    }

    /// The same, at another time than now.
    pub fn assign_at(&self, account_id: &str, lo_id: &str, created: Timestamp) -> bool {
        let mut state = self.0.state();
        let go1 = &mut state.go1;
        let Some(portal_id) = go1.account(account_id).map(|account| account.portal_id.clone()) else { return false };
        let assigner_account_id = go1.portal(&portal_id).and_then(|portal| portal.administrator.clone());
        let id = go1.next_id();
        go1.enroll(Enrollment {
            id,
            portal_id,
            user_account_id: account_id.to_owned(),
            lo_id: lo_id.to_owned(),
            enrollment_type: "assigned".to_owned(),
            status: "not-started".to_owned(),
            assigner_account_id,
            due_date: None,
            created,
            archived: false,
        });
        true
    }

    fn change_account(&self, account_id: &str, change: impl FnOnce(&mut UserAccount)) {
        let now = self.0.now();
        let mut state = self.0.state();
        let go1 = &mut state.go1;
        if let Some(position) = go1.by_id.get(account_id).copied() {
            go1.lists.keep(&go1.accounts[position], now);
            change(&mut go1.accounts[position]);
        }
    }

    /// Lets the lists and searches of a portal be this far behind what was written, from now on. What is read by its id
    /// is not behind.
    pub fn set_lists_behind(&self, portal_id: &str, behind: SignedDuration) {
        self.0.state().go1.lists.set_behind(portal_id, behind);
    }

    /// Takes a course out of the catalogue. Returns false where there is none with this id.
    pub fn retire_course(&self, lo_id: &str) -> bool {
        let mut state = self.0.state();
        let course = state.go1.courses.iter_mut().find(|course| course.lo_id == lo_id);
        course.map(|course| course.retired = true).is_some()
    }

    /// Makes all access tokens expire that were issued so far.
    pub fn expire_access_tokens(&self) {
        let now = self.0.now();
        for token in self.0.state().go1.access_tokens.values_mut() {
            token.expires = token.expires.min(now);
        }
    }

    /// Makes all refresh tokens useless that were issued so far.
    pub fn void_refresh_tokens(&self) {
        for token in self.0.state().go1.refresh_tokens.values_mut() {
            token.used = true;
        }
    }

    /// The secrets that our client may show from now on: the old and the new one, while it is exchanged.
    pub fn set_client_secrets(&self, secrets: Vec<String>) {
        self.0.state().go1.client_secrets = secrets;
    }
}

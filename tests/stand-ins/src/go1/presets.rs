//! What somebody did at GO1 without us, for tests.

use super::side::Go1Side;
use super::state::{Caller, NewAccount, UserAccount};

/// What a login of a portal's administrator brings.
#[derive(Clone, Debug)]
pub struct NewTokens {
    /// The access token.
    pub access_token: String,
    /// The refresh token, which works once.
    pub refresh_token: String,
}

impl Go1Side {
    /// Adds a learner to a portal, without a welcome mail, and returns the account's id.
    pub fn add_learner(&self, portal_id: &str, email: &str, given_name: &str, family_name: &str) -> String {
        let now = self.0.now();
        let mut state = self.0.state();
        let roles = vec![super::LEARNER.to_owned()];
        let account = NewAccount { email, username: email, given_name, family_name, roles };
        let id = state.go1.add_account(portal_id, account, now);
        state.go1.welcome_mails.retain(|mailed| mailed != email);
        id
    }

    /// Gives an account another role, as an administrator can.
    pub fn set_role(&self, account_id: &str, role: &str) {
        self.change(account_id, |account| account.roles = vec![role.to_owned()]);
    }

    /// Switches an account on or off, as an administrator can.
    pub fn set_active(&self, account_id: &str, active: bool) {
        self.change(account_id, |account| account.active = active);
    }

    fn change(&self, account_id: &str, change: impl FnOnce(&mut UserAccount)) {
        let mut state = self.0.state();
        if let Some(position) = state.go1.by_id.get(account_id).copied() {
            change(&mut state.go1.accounts[position]);
        }
    }

    /// Logs a portal's administrator in: new tokens beside those there are. `None` where nobody administers it.
    pub fn log_in(&self, portal_id: &str) -> Option<NewTokens> {
        let now = self.0.now();
        let mut state = self.0.state();
        let account_id = state.go1.portal(portal_id)?.administrator.clone()?;
        let caller = Caller::Portal { portal_id: portal_id.to_owned(), account_id };
        let tokens = super::tokens::issue(&mut state.go1, caller, now);
        let token = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
        Some(NewTokens { access_token: token("access_token"), refresh_token: token("refresh_token") })
    }
}

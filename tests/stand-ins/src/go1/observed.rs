//! What a test can ask that GO1 itself knows and never tells: whose a token is, whether it still works.

use super::fake::FakeGo1;
use super::state::Caller;

impl FakeGo1 {
    /// The portal whose access token this is; `None` for the partner's own, and for one that GO1 does not know.
    pub fn portal_of_token(&self, access_token: &str) -> Option<String> {
        match &self.0.state().go1.access_tokens.get(access_token)?.caller {
            Caller::Portal { portal_id, .. } => Some(portal_id.clone()),
            Caller::Partner => None,
        }
    }

    /// Whether GO1 would exchange this refresh token now.
    pub fn takes_refresh_token(&self, refresh_token: &str) -> bool {
        let now = self.0.now();
        let state = self.0.state();
        state.go1.refresh_tokens.get(refresh_token).is_some_and(|token| !token.used && token.expires > now)
    }

    /// Makes the refresh tokens of one portal useless that were issued so far, and its access tokens expire.
    pub fn end_grants(&self, portal_id: &str) {
        let now = self.0.now();
        let mut state = self.0.state();
        let is_its = |caller: &Caller| matches!(caller, Caller::Portal { portal_id: of, .. } if of == portal_id);
        for token in state.go1.refresh_tokens.values_mut().filter(|token| is_its(&token.caller)) {
            token.used = true;
        }
        for token in state.go1.access_tokens.values_mut().filter(|token| is_its(&token.caller)) {
            token.expires = token.expires.min(now);
        }
    }

    /// A learner begins the first course that they have not begun. Returns the enrollment, or `None` where there is none.
    pub fn begin_a_course(&self, portal_id: &str) -> Option<String> {
        let mut state = self.0.state();
        let mut all = state.go1.enrollments.iter_mut();
        let found = all.find(|each| each.portal_id == portal_id && !each.archived && each.status == "not-started")?;
        "in-progress".clone_into(&mut found.status);
        Some(found.id.clone())
    }

    /// An enrollment, whether or not it was removed.
    pub fn any_enrollment(&self, id: &str) -> Option<super::Enrollment> {
        self.0.state().go1.enrollments.iter().find(|each| each.id == id).cloned()
    }
}

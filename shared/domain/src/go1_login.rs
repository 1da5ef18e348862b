//! One trip to GO1's login page and back: `pending -> completed`, once, for ten minutes, in the browser that began it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::consent::{ATTEMPT_REMEMBERED, ConsentRefused};
use crate::ids::{SessionHash, SignUpId, StateHash};
use crate::portal::PortalDomain;

/// How long somebody may take at GO1.
pub const GO1_LOGIN_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// One attempt at "Log in with GO1".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Go1LoginAttempt {
    /// Names the attempt: the digest of the `state` that GO1 echoes.
    pub state: StateHash,
    /// The browser that began it.
    pub session: SessionHash,
    /// What the login is for, which decides where it leads.
    pub purpose: Go1LoginPurpose,
    /// PKCE's secret half, where PKCE is on: a code of another attempt is worth nothing to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_verifier: Option<String>,
    /// When the browser was sent off.
    pub started_at: Timestamp,
    /// When GO1 sent it back; `None` while pending.
    pub completed_at: Option<Timestamp>,
}

/// What somebody logs in to GO1 for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Go1LoginPurpose {
    /// To manage a portal's integration.
    Enter {
        /// The portal that they come from, where it said so. A hint for the words of a refusal, never a right.
        portal: Option<PortalDomain>,
    },
    /// To give a sign-up access to its portal, new or anew.
    ForSignUp {
        /// The sign-up that gets access to its portal.
        sign_up: SignUpId,
    },
}

impl Go1LoginAttempt {
    /// When it stops being good for anything.
    pub fn expires_at(&self) -> Timestamp {
        self.started_at + GO1_LOGIN_LIFETIME
    }

    /// Until when it is kept: somebody who comes too late is told so, and not that nobody knows of them.
    pub fn kept_until(&self) -> Timestamp {
        self.expires_at() + ATTEMPT_REMEMBERED
    }

    /// Ends the attempt, or tells why it cannot be ended. The caller stores the result on the condition that
    /// nobody else ended it meanwhile.
    pub fn complete(self, session: &SessionHash, now: Timestamp) -> Result<Self, ConsentRefused> {
        ConsentRefused::check(self.completed_at, self.session == *session, self.expires_at(), now)?;
        Ok(Self { completed_at: Some(now), ..self })
    }
}

//! One attempt at Xero consent: `pending -> completed`, once, for ten minutes, in the browser that began it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{SessionHash, SignUpId, StateHash};

/// How long the owner may take at Xero.
pub const CONSENT_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// For how long after its end an attempt is remembered.
pub(crate) const ATTEMPT_REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// One trip to Xero and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentAttempt {
    /// Names the attempt: the digest of the `state` that Xero echoes.
    pub state: StateHash,
    /// Whose sign-up it continues; `None` for somebody who comes from Xero, new or to be let in again.
    pub sign_up: Option<SignUpId>,
    /// The browser that began it.
    pub session: SessionHash,
    /// Comes back in the id_token, so that one from another attempt cannot be replayed.
    pub nonce: String,
    /// PKCE's secret half, where PKCE is on.
    pub code_verifier: Option<String>,
    /// Whether Xero's contacts were asked for as well, for a contact group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contacts: bool,
    /// When the owner was sent off.
    pub started_at: Timestamp,
    /// When Xero sent them back; `None` while pending.
    pub completed_at: Option<Timestamp>,
}

/// Why an answer from Xero cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsentRefused {
    /// The attempt was completed before.
    #[error("this answer from Xero was used before")]
    Replayed,
    /// The attempt began more than ten minutes ago.
    #[error("the way to Xero and back took too long")]
    Expired,
    /// The attempt began in another browser.
    #[error("this way to Xero was begun in another browser")]
    AnotherBrowser,
}

impl ConsentRefused {
    /// The guards of every trip to a login page and back, in their order: once, in the browser that began it, in time.
    pub(crate) fn check(
        completed_at: Option<Timestamp>,
        is_same_browser: bool,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Self> {
        if completed_at.is_some() {
            Err(Self::Replayed)
        } else if !is_same_browser {
            Err(Self::AnotherBrowser)
        } else if now >= expires_at {
            Err(Self::Expired)
        } else {
            Ok(())
        }
    }
}

impl ConsentAttempt {
    /// When it stops being good for anything.
    pub fn expires_at(&self) -> Timestamp {
        self.started_at + CONSENT_LIFETIME
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

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> ConsentAttempt {
        ConsentAttempt {
            state: "state".into(),
            sign_up: Some("sign-up".into()),
            session: "browser".into(),
            nonce: "nonce".to_owned(),
            code_verifier: None,
            contacts: false,
            started_at: Timestamp::UNIX_EPOCH,
            completed_at: None,
        }
    }

    #[test]
    fn an_attempt_completes_once_in_time_in_its_browser() {
        let last_moment = Timestamp::UNIX_EPOCH + CONSENT_LIFETIME - SignedDuration::from_millis(1);
        let completed = attempt().complete(&"browser".into(), last_moment).expect("in time");
        assert_eq!(completed.clone().complete(&"browser".into(), last_moment), Err(ConsentRefused::Replayed));
        assert_eq!(attempt().complete(&"other".into(), last_moment), Err(ConsentRefused::AnotherBrowser));
        let too_late = last_moment + SignedDuration::from_millis(1);
        assert_eq!(attempt().complete(&"browser".into(), too_late), Err(ConsentRefused::Expired));
    }
}

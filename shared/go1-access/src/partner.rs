//! Our own token at GO1, kept in memory until shortly before it expires.

use std::sync::Arc;

use domain::clock::Clock;
use go1::{Go1Client, Go1Error, PartnerToken};
use jiff::SignedDuration;
use secrecy::SecretString;
use tokio::sync::Mutex;

/// A token with less than this left is not used for another call.
const RENEW_BEFORE_EXPIRY: SignedDuration = SignedDuration::from_mins(5);

/// Gives the partner token. Client credentials have no refresh token, so there is nothing to keep in the table.
pub(crate) struct Partner {
    go1: Arc<Go1Client>,
    clock: Arc<dyn Clock>,
    token: Mutex<Option<PartnerToken>>,
}

impl Partner {
    pub(crate) fn new(go1: Arc<Go1Client>, clock: Arc<dyn Clock>) -> Self {
        Self { go1, clock, token: Mutex::new(None) }
    }

    /// A token that is good for some minutes.
    pub(crate) async fn token(&self) -> Result<SecretString, Go1Error> {
        let mut kept = self.token.lock().await;
        let now = self.clock.now();
        match &*kept {
            Some(token) if token.expires_at.duration_since(now) > RENEW_BEFORE_EXPIRY => Ok(token.access_token.clone()),
            _ => {
                let token = self.go1.partner_token(now).await?;
                let secret = token.access_token.clone();
                *kept = Some(token);
                Ok(secret)
            }
        }
    }

    /// Forgets the token, because GO1 no longer takes it.
    pub(crate) async fn forget(&self) {
        *self.token.lock().await = None;
    }
}

//! The grants as they are stored: sealed for their owner.

use std::sync::Arc;

use domain::clock::{Clock, Random};
use domain::fault::Fault;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use state::{GrantOwner, Grants, StateError, StoredGrant};
use transport::Reread;

use crate::invocation::OutOfTime;
use crate::{NotReady, SealError, SealingKeys, TokenSet};

/// The grants, and what seals and opens them.
#[derive(Clone)]
pub(crate) struct SealedGrants {
    pub(crate) grants: Arc<dyn Grants>,
    pub(crate) keys: Arc<Reread<SealingKeys>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// An access token that is valid for at least about a minute.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The bearer token for calls to the upstream (RFC 6750).
    pub secret: SecretString,
    /// The generation of the pair that it belongs to, for [`crate::Vault::replace_access_token`].
    pub generation: u64,
}

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no grant, or the upstream has ended it: the person must log in again.
    #[error("the grant is over; log in again")]
    NeedsReconnect {
        /// The generation of the stored pair that no longer works, 0 where there is none. A later generation is worth
        /// another try.
        generation: u64,
    },
    /// The upstream does not answer. The grant stays as it is.
    #[error("the upstream does not renew tokens at the moment")]
    UpstreamUnavailable,
    /// The upstream renews no tokens now, and asks to be left alone for this long. The grant stays as it is.
    #[error("the upstream asks to be left alone")]
    RetryAfter(SignedDuration),
    /// The upstream refuses this product as its client, or our credentials there cannot be read. The grant stays as it is,
    /// and operations have been told.
    #[error("the upstream refuses this product as its client, or our credentials there cannot be read")]
    OurFault,
    /// Another worker holds the lease and does not finish in time.
    #[error("another worker is renewing this token and does not finish")]
    Busy,
    /// The token must be renewed, and this invocation has not the time for it. The grant stays as it is.
    #[error("this invocation has no time left to renew a token")]
    OutOfTime,
    /// The stored tokens cannot be decrypted, or our keys cannot be read.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The table did not answer.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Fault for VaultError {}

impl From<NotReady> for VaultError {
    fn from(NotReady: NotReady) -> Self {
        Self::OurFault
    }
}

impl From<OutOfTime> for VaultError {
    fn from(OutOfTime: OutOfTime) -> Self {
        Self::OutOfTime
    }
}

/// What is sealed. It has no version of its own: a release ignores what it does not know.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// When the upstream refused the refresh token, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused_at: Option<Timestamp>,
    /// The digest of the refresh token that this pair was exchanged for; `None` for the pair of a consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exchanged_for: Option<String>,
    /// The digests of the tokens before that one, the newest first: an exchange of one of them may still be on its way,
    /// and an upstream that takes it may take back everything that came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) exchanged_before: Vec<String>,
    /// When somebody last logged in for this grant, whatever was renewed since. `None` where the pair is of a release
    /// that did not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) logged_in_at: Option<Timestamp>,
}

/// What is known of a grant without its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantState {
    /// The number of what is stored: 1 for the first pair, one more for each later one and for each refusal, 0 where there
    /// is none. Another number means that something is worth another try, and not that anybody has logged in.
    pub generation: u64,
    /// When somebody last logged in, where that is known.
    pub logged_in_at: Option<Timestamp>,
}

impl Sealed {
    pub(crate) fn of(tokens: &TokenSet) -> Self {
        Self {
            access_token: tokens.access_token.expose_secret().to_owned(),
            refresh_token: tokens.refresh_token.expose_secret().to_owned(),
            refused_at: None,
            exchanged_for: None,
            exchanged_before: Vec::new(),
            logged_in_at: None,
        }
    }
}

impl SealedGrants {
    pub(crate) async fn seal(&self, owner: &GrantOwner, tokens: &Sealed) -> Result<String, VaultError> {
        let plain = serde_json::to_string(tokens).map_err(|_| SealError::Broken)?;
        Ok(self.keys().await?.seal(&plain, &owner_text(owner), &*self.random)?)
    }

    async fn keys(&self) -> Result<Arc<SealingKeys>, SealError> {
        Ok(self.keys.get().await?)
    }

    /// Opens a grant. Where it is sealed with a key that is not known here, the keys were turned since they were read: they
    /// are read again.
    pub(crate) async fn open(&self, owner: &GrantOwner, grant: &StoredGrant) -> Result<Sealed, VaultError> {
        let opened = self.keys().await?.open(&grant.sealed, &owner_text(owner));
        let plain = match opened {
            Err(SealError::UnknownKey) => {
                self.keys.again().await;
                self.keys().await?.open(&grant.sealed, &owner_text(owner))?
            }
            opened => opened?,
        };
        Ok(serde_json::from_str(plain.expose_secret()).map_err(|_| SealError::Broken)?)
    }
}

pub(crate) fn owner_text(owner: &GrantOwner) -> String {
    match owner {
        GrantOwner::XeroUser(id) => format!("xero-user|{id}"),
        GrantOwner::Portal(id) => format!("go1-portal|{id}"),
    }
}

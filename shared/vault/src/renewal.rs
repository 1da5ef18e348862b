//! One renewal of a grant, from the lease to the store. It is run as a whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::clock::{random_hex, sha256_hex};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use state::{GrantOwner, Lease, StateError, StoredGrant};

use crate::insist::insist;
use crate::invocation::has_time;
use crate::sealed_grants::{AccessToken, Sealed, SealedGrants, VaultError};
use crate::{CALL_AND_STORE, LONGEST_CALL, Refresh, RefreshFailure, TokenSet};

/// How long one worker may take for a renewal: longer than two calls at the clients' time-out.
const LEASE: SignedDuration = SignedDuration::from_secs(25);

/// How much of the lease must be left before the upstream is called: the clients' time-out for one call.
const LEASE_FOR_A_CALL: SignedDuration = SignedDuration::from_secs(LONGEST_CALL.as_secs().cast_signed());

/// How many exchanges back a pair knows where it comes from. Xero takes a refresh token again for half an hour, and in that
/// time an access token is renewed once, or a few times where it is refused.
const TOKENS_BEFORE: usize = 4;

/// What a renewal takes with it into its own task.
pub(crate) struct Renewal {
    pub(crate) grants: SealedGrants,
    pub(crate) owner: GrantOwner,
    /// The grant to renew, as it was read.
    pub(crate) grant: StoredGrant,
    pub(crate) tokens: Sealed,
    pub(crate) refresh: Arc<dyn Refresh>,
}

impl Renewal {
    /// Takes the lease, asks the upstream, and stores the answer. `None` where the grant must be read again: another
    /// worker has the lease, or has changed the grant.
    pub(crate) async fn run(self) -> Result<Option<AccessToken>, VaultError> {
        let Self { grants, owner, grant, .. } = &self;
        let now = grants.clock.now();
        let lease = Lease { holder: random_hex::<16>(&*grants.random), until: now + LEASE };
        match grants.grants.lease_grant(owner, grant.generation, &lease, now).await {
            Ok(()) => self.under(&lease).await,
            Err(StateError::Conflict) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the upstream. The lease was given on the condition that the grant is still the stored one, so its refresh
    /// token is the newest.
    async fn under(&self, lease: &Lease) -> Result<Option<AccessToken>, VaultError> {
        let (grants, owner) = (&self.grants, &self.owner);
        // A call that outlives the lease could end after the next worker's call.
        let in_time = || lease.until.duration_since(grants.clock.now()) >= LEASE_FOR_A_CALL;
        if !in_time() || !has_time(CALL_AND_STORE) {
            grants.grants.release_grant(owner, &lease.holder).await?;
            return if has_time(CALL_AND_STORE) { Ok(None) } else { Err(VaultError::OutOfTime) };
        }
        let sent = SecretString::from(self.tokens.refresh_token.clone());
        let mut answer = self.refresh.refresh(&sent, grants.clock.now()).await;
        if answer.as_ref().err() == Some(&RefreshFailure::OutcomeUnknown) && in_time() && has_time(CALL_AND_STORE) {
            answer = self.refresh.refresh(&sent, grants.clock.now()).await;
        }
        match answer {
            Ok(renewed) => self.keep_renewed(renewed, lease).await,
            Err(RefreshFailure::Refused) => self.keep_refusal(lease).await,
            Err(RefreshFailure::Unavailable | RefreshFailure::OutcomeUnknown) => {
                grants.grants.release_grant(owner, &lease.holder).await?;
                Err(VaultError::UpstreamUnavailable)
            }
            Err(RefreshFailure::RetryAfter(wait)) => {
                grants.grants.release_grant(owner, &lease.holder).await?;
                Err(VaultError::RetryAfter(wait))
            }
            Err(RefreshFailure::OurFault) => {
                grants.grants.release_grant(owner, &lease.holder).await?;
                Err(VaultError::OurFault)
            }
        }
    }

    /// Stores the new pair before anybody uses it. It exists nowhere else, and the upstream no longer takes the one that
    /// it was exchanged for: so it goes over whatever was stored of that one, also where the lease is another worker's
    /// by now. It gives way to a pair that is newer, and to a new consent. Nothing in here that may pass loses it: the store,
    /// and what is read where another worker was quicker, are tried again for as long as there is time. Only where the
    /// upstream takes the same token again, they are not once the lease is over: whoever has it next may have exchanged
    /// that token, and have died before the store.
    async fn keep_renewed(&self, renewed: TokenSet, lease: &Lease) -> Result<Option<AccessToken>, VaultError> {
        let (grants, owner) = (&self.grants, &self.owner);
        let sent = digest(&self.tokens.refresh_token);
        let next = self.tokens.exchanged(&renewed);
        let (sealed, expires_at) = (grants.seal(owner, &next).await?, renewed.access_expires_at);
        // The generation that is stored, as far as is known. A failure in the middle forgets nothing of it.
        let known = AtomicU64::new(self.grant.generation);
        let tries = AtomicU64::new(0);
        let keep = || async {
            let is_again = tries.fetch_add(1, Ordering::Relaxed) > 0 && self.refresh.takes_tokens_again();
            loop {
                let generation = known.load(Ordering::Relaxed);
                if is_again && generation == self.grant.generation && grants.clock.now() >= lease.until {
                    return Ok(None);
                }
                match grants.grants.renew_grant(owner, generation, &sealed, expires_at).await {
                    Ok(()) => return Ok(Some(generation + 1)),
                    Err(StateError::Conflict) => {}
                    Err(error) => return Err(VaultError::State(error)),
                }
                let Some(stored) = grants.grants.find_grant(owner).await? else { return Ok(None) };
                if !next.replaces(&grants.open(owner, &stored).await?, &sent) {
                    return Ok(None);
                }
                tracing::warn!("a renewal that came late is stored over what another worker made of the same token");
                known.store(stored.generation, Ordering::Relaxed);
            }
        };
        Ok(insist(keep).await?.map(|generation| AccessToken { secret: renewed.access_token, generation }))
    }

    /// Stores the refusal, so that other workers need not ask again. It needs the lease: what another worker has made of
    /// the grant meanwhile, a new pair or a new consent, stays.
    async fn keep_refusal(&self, lease: &Lease) -> Result<Option<AccessToken>, VaultError> {
        let (grants, owner, generation) = (&self.grants, &self.owner, self.grant.generation);
        let now = grants.clock.now();
        let refused = Sealed { refused_at: Some(now), ..self.tokens.clone() };
        let sealed = grants.seal(owner, &refused).await?;
        match insist(|| grants.grants.refuse_grant(owner, generation, &lease.holder, &sealed, now)).await {
            Ok(()) => Err(VaultError::NeedsReconnect { generation: generation + 1 }),
            Err(StateError::Conflict) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Sealed {
    /// The pair that was given for this one's refresh token. It knows where it comes from.
    fn exchanged(&self, renewed: &TokenSet) -> Self {
        let before = self.exchanged_for.iter().chain(&self.exchanged_before);
        Self {
            exchanged_for: Some(digest(&self.refresh_token)),
            exchanged_before: before.take(TOKENS_BEFORE).cloned().collect(),
            logged_in_at: self.logged_in_at,
            ..Self::of(renewed)
        }
    }

    /// Whether this pair, which was exchanged for the token with the digest `sent`, goes over what is stored: over that
    /// token itself, marked as refused or leased anew; and over what other workers made of it before, in one exchange or
    /// more, which the upstream has taken back with this one. Which of two it gave last, only its own clock can say, to
    /// the second; within one second the one whose answer came last is taken for it.
    fn replaces(&self, stored: &Self, sent: &str) -> bool {
        let is_earlier =
            || issued_at(&stored.access_token).zip(issued_at(&self.access_token)).is_some_and(|(a, b)| a <= b);
        let came_of_it = || stored.exchanged_for.iter().chain(&stored.exchanged_before).any(|before| before == sent);
        digest(&stored.refresh_token) == sent || came_of_it() && is_earlier()
    }
}

/// When the upstream issued an access token, by the `iat` of its claims (RFC 7519, section 4.1.6); `None` where it is no
/// JSON Web Token. Nothing is trusted for it.
fn issued_at(access_token: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Claims {
        iat: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(access_token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| claims.iat)
}

/// What tells two refresh tokens apart without being one.
fn digest(refresh_token: &str) -> String {
    sha256_hex(refresh_token)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// A pair whose access token was issued so many seconds after the epoch.
    fn pair(refresh_token: &str, issued: i64) -> TokenSet {
        let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"iat":{issued}}}"#));
        TokenSet {
            access_token: format!("header.{claims}.signature").into(),
            refresh_token: refresh_token.to_owned().into(),
            access_expires_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// An upstream that takes a refresh token again takes back everything that came of it. So a pair whose answer came late
    /// goes over what other workers made of the same token since, in as many exchanges as are remembered, if it was given
    /// after that.
    #[test]
    fn a_late_pair_goes_over_all_that_came_of_its_token_before_it() {
        let first = Sealed::of(&pair("refresh-0", 0));
        let sent = digest("refresh-0");
        let mut stored = first.clone();
        for exchanges in 1..=TOKENS_BEFORE + 3 {
            let issued = i64::try_from(exchanges).expect("a small number") * 10;
            stored = stored.exchanged(&pair(&format!("refresh-{exchanges}"), issued));
            let is_known = exchanges <= TOKENS_BEFORE + 1;
            let (before, at, after) = (issued - 1, issued, issued + 1);
            for (late, replaces) in [(before, false), (at, is_known), (after, is_known)] {
                let late = first.exchanged(&pair("refresh-late", late));
                assert_eq!(late.replaces(&stored, &sent), replaces, "{exchanges} exchanges");
            }
        }
        // A new consent came of no exchange, and the token itself is what was sent.
        let late = first.exchanged(&pair("refresh-late", 1_000));
        assert!(!late.replaces(&Sealed::of(&pair("consent", 1)), &sent) && late.replaces(&first, &sent));
    }
}

//! One grant, Xero, and those who use the grant.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use rig::{APP, SeededRandom, WATTLE};
use secrecy::{ExposeSecret as _, SecretString};
use stand_ins::xero::endpoint;
use stand_ins::{Clock as _, TokioClock, World, WorldSettings};
use state::{GrantOwner, Grants};
use tokio::task::JoinSet;
use transport::{ClientCredentials, Reread, RouterTransport};
use url::Url;
use vault::{AccessToken, Refresh, SealingKeys, Vault, VaultError, invocation};
use xero::{XeroClient, XeroSettings, XeroTokens};
use xero_access::{XERO_CALLBACK_PATH, xero_token_set};

use super::kept::Kept;
use super::steps::{AroundStore, Mishap, SteppedRefresh, Steps};

/// How many ask at once.
pub(crate) const CROWD: usize = 50;

/// Longer than a refresher's lease.
pub(crate) const LEASE_OVER: SignedDuration = SignedDuration::from_secs(26);

/// Longer than an access token of Xero lives, and than it takes the previous refresh token.
pub(crate) const HALF_AN_HOUR_AND_MORE: SignedDuration = SignedDuration::from_mins(31);

/// How long each of them has, as the worker has.
const INVOCATION: Duration = Duration::from_mins(1);

/// Longer than a call takes that has left.
const CALLS_END: Duration = Duration::from_millis(150);

/// Longer than anybody waits before the store is tried again, and than that try takes.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

const BEGINNING: Timestamp = Timestamp::constant(1_795_392_000, 0);
const XERO: &str = "http://xero.localhost:8401";
const NONCE: &str = "once";
const SCOPES: &str = "openid profile email offline_access accounting.settings.read";
const SEALING_KEYS: &str = r#"{"current":"1","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#;

pub(crate) type Given = Result<AccessToken, VaultError>;

/// Our clock: it runs with tokio's, and a test puts it forward or back.
struct OurClock {
    tokio: TokioClock,
    ahead: Mutex<SignedDuration>,
}

impl Clock for OurClock {
    fn now(&self) -> Timestamp {
        self.tokio.now() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who needs the token. Clones share the steps.
#[derive(Clone)]
pub(crate) struct User {
    vault: Vault,
    refresh: Arc<dyn Refresh>,
    owner: GrantOwner,
}

impl User {
    /// A token; in place of `refused`, where there is one.
    pub(crate) async fn ask(&self, refused: Option<&AccessToken>) -> Given {
        let asked = async {
            match refused {
                None => self.vault.access_token(&self.owner, &self.refresh).await,
                Some(refused) => self.vault.replace_access_token(&self.owner, refused, &self.refresh).await,
            }
        };
        invocation(INVOCATION, asked).await
    }
}

/// The grant with everything around it.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) client: Arc<XeroClient>,
    /// One of the crowd, to whom nothing happens.
    pub(crate) user: User,
    ours: Arc<OurClock>,
    random: Arc<SeededRandom>,
    keys: Arc<SealingKeys>,
    grants: Arc<dyn Grants>,
}

impl Stage {
    /// A grant that was given just now, our clock so far ahead of Xero's.
    pub(crate) async fn with_skew(kept: &Kept, seed: u64, ahead: SignedDuration) -> Self {
        let tokio = TokioClock::starting_at(BEGINNING);
        let xero_latency = Duration::from_millis(20);
        let world =
            World::new(WorldSettings { seed, clock: Arc::new(tokio), xero_latency, ..WorldSettings::default() });
        let transport = RouterTransport::new(stand_ins::xero::router(world.clone()));
        let client = Arc::new(XeroClient::new(settings(), Arc::new(transport)));
        let ours = Arc::new(OurClock { tokio, ahead: Mutex::new(ahead) });
        let random = Arc::new(SeededRandom::new(seed));
        let keys = Arc::new(SealingKeys::from_json(&SEALING_KEYS.into()).expect("keys of the right form"));
        let user = User {
            vault: Vault::new(kept.grants.clone(), keys.clone(), ours.clone(), random.clone()),
            refresh: Arc::new(SteppedRefresh(client.clone(), Steps::with(Mishap::None))),
            owner: kept.somebody(),
        };
        let stage = Self { world, client, user, ours, random, keys, grants: kept.grants.clone() };
        stage.consent().await;
        stage
    }

    /// A grant that was given just now.
    pub(crate) async fn fresh(kept: &Kept, seed: u64) -> Self {
        Self::with_skew(kept, seed, SignedDuration::ZERO).await
    }

    /// A grant whose access token has expired.
    pub(crate) async fn expired(kept: &Kept, seed: u64) -> Self {
        let stage = Self::fresh(kept, seed).await;
        stage.pass(HALF_AN_HOUR_AND_MORE);
        stage
    }

    /// The owner logs in at Xero, and the tokens are kept.
    pub(crate) async fn consent(&self) -> XeroTokens {
        let redirect = callback();
        let (user, organisations) = (WATTLE.xero_user, [WATTLE.organisation]);
        let xero = self.world.xero();
        let code = xero.authorization_code(user, &organisations, SCOPES, redirect.as_str(), Some(NONCE), None);
        let code = code.expect("somebody of this world");
        let consent = self.client.exchange_code(&code, None, NONCE, self.ours.now()).await.expect("a consent");
        let tokens = consent.tokens;
        self.user.vault.keep(&self.user.owner, &xero_token_set(tokens.clone())).await.expect("kept");
        tokens
    }

    /// The grant is forgotten.
    pub(crate) async fn erase(&self) {
        self.user.vault.erase(&self.user.owner).await.expect("erased");
    }

    /// Somebody of whom each step is counted, and to whom this happens.
    pub(crate) fn unlucky(&self, mishap: Mishap) -> (User, Arc<Steps>) {
        let steps = Steps::with(mishap);
        let grants = Arc::new(rig::Steps::new(self.grants.clone(), AroundStore(steps.clone())));
        let user = User {
            vault: Vault::new(grants, self.keys.clone(), self.ours.clone(), self.random.clone()),
            refresh: Arc::new(SteppedRefresh(self.client.clone(), steps.clone())),
            owner: self.user.owner.clone(),
        };
        (user, steps)
    }

    /// Time passes, for us and for Xero, and nobody waits for it.
    pub(crate) fn pass(&self, time: SignedDuration) {
        self.put_our_clock_on(time);
        self.world.advance(time);
    }

    /// Only our clock is put forward, or back.
    pub(crate) fn put_our_clock_on(&self, time: SignedDuration) {
        *self.ours.ahead.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// What has left for Xero or for the table arrives there.
    pub(crate) async fn calls_end(&self) {
        tokio::time::sleep(CALLS_END).await;
    }

    /// What began is stored, or ten seconds are over: the real table takes its time.
    pub(crate) async fn is_stored(&self, generation: u64) {
        for _ in 0..100 {
            if self.generation().await >= generation {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Whoever still tried to store a pair gives up, now that the lease is over.
    pub(crate) async fn tries_end(&self) {
        tokio::time::sleep(LONGEST_PAUSE).await;
    }

    /// How often Xero's token endpoint was called for a refresh so far, or for a consent.
    pub(crate) fn asked(&self) -> usize {
        self.world.xero().calls(endpoint::TOKEN)
    }

    /// Which pair is kept; the first is 1.
    pub(crate) async fn generation(&self) -> u64 {
        let grant = self.grants.find_grant(&self.user.owner).await.expect("the store answers");
        grant.expect("the grant is kept").generation
    }

    /// Fifty ask at once.
    pub(crate) async fn crowd(&self, refused: Option<&AccessToken>) -> Vec<Given> {
        let mut asking = JoinSet::new();
        for _ in 0..CROWD {
            let (user, refused) = (self.user.clone(), refused.cloned());
            asking.spawn(async move { user.ask(refused.as_ref()).await });
        }
        asking.join_all().await
    }

    /// Whether Xero takes this token.
    pub(crate) async fn works(&self, token: &AccessToken) -> bool {
        self.client.connections(&token.secret, None).await.is_ok_and(|connections| connections.len() == 1)
    }

    /// Everybody got the same token, and Xero takes it.
    pub(crate) async fn all_work(&self, given: Vec<Given>) -> AccessToken {
        let mut given = given.into_iter().map(|given| given.expect("a token"));
        let first = given.next().expect("somebody asked");
        assert!(given.all(|token| same(&token.secret, &first.secret)), "all get the same token");
        assert!(self.works(&first).await, "Xero takes the token");
        first
    }

    /// The kept pair is the newest that Xero knows: half an hour on, when every older one is void, it is renewed by one
    /// call.
    pub(crate) async fn is_sound(&self) {
        assert_eq!(self.world.xero().live_refresh_tokens(), 1);
        self.pass(HALF_AN_HOUR_AND_MORE);
        let asked = self.asked();
        self.all_work(vec![self.user.ask(None).await]).await;
        assert_eq!(self.asked() - asked, 1, "the kept refresh token is the one that Xero takes");
    }
}

/// Whether two tokens are one.
pub(crate) fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn callback() -> Url {
    url(APP).join(XERO_CALLBACK_PATH).expect("a path")
}

fn settings() -> XeroSettings {
    XeroSettings {
        login_url: url(XERO),
        identity_url: url(XERO),
        issuer: XERO.to_owned(),
        api_url: url(XERO),
        accounting_url: url(XERO).join("/api.xro/2.0").expect("a path"),
        payroll_url: url(XERO).join("/payroll.xro/1.0").expect("a path"),
        app: Arc::new(Reread::fixed(ClientCredentials {
            client_id: stand_ins::xero::CLIENT_ID.to_owned(),
            client_secret: stand_ins::xero::CLIENT_SECRET.into(),
        })),
        redirect_uri: callback(),
        pkce: false,
    }
}

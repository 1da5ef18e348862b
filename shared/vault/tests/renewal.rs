//! Many workers, one token set that expires.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::clock::{Clock, Random};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use state::memory::Memory;
use state::{GrantOwner, Grants, Lease, StateError, StoredGrant};
use vault::{LostAnswer, Refresh, RefreshFailure, SealingKeys, TokenSet, Vault, VaultError};

/// Time that runs with tokio's, so that a paused test moves both.
struct TokioClock(tokio::time::Instant);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::try_from(self.0.elapsed()).expect("short")
    }
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (byte, next) in bytes.iter_mut().zip(number.iter().cycle()) {
            *byte = *next;
        }
    }
}

/// An upstream that gives a new pair for the newest refresh token, and answers as told before that.
struct Upstream {
    answers: Mutex<Vec<RefreshFailure>>,
    issued: AtomicU64,
    asked: AtomicU64,
    after_lost_answer: LostAnswer,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Refresh for Upstream {
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(250)).await;
        if let Some(failure) = self.answers.lock().expect("not poisoned").pop() {
            return Err(failure);
        }
        let issued = self.issued.load(Ordering::SeqCst);
        if refresh_token.expose_secret() != format!("refresh-{issued}") {
            return Err(RefreshFailure::Refused);
        }
        self.issued.store(issued + 1, Ordering::SeqCst);
        Ok(tokens(issued + 1, now))
    }

    fn after_lost_answer(&self) -> LostAnswer {
        self.after_lost_answer
    }
}

fn tokens(number: u64, now: Timestamp) -> TokenSet {
    TokenSet {
        access_token: format!("access-{number}").into(),
        refresh_token: format!("refresh-{number}").into(),
        access_expires_at: now + SignedDuration::from_mins(30),
    }
}

/// A table that takes its time to give a lease.
struct SlowLease(Memory, Duration);

#[async_trait]
impl Grants for SlowLease {
    async fn find_grant(&self, owner: &GrantOwner) -> Result<Option<StoredGrant>, StateError> {
        self.0.find_grant(owner).await
    }

    async fn put_grant(&self, owner: &GrantOwner, sealed: &str, expires: Timestamp) -> Result<(), StateError> {
        self.0.put_grant(owner, sealed, expires).await
    }

    async fn limit_grant(&self, owner: &GrantOwner, until: Timestamp) -> Result<(), StateError> {
        self.0.limit_grant(owner, until).await
    }

    async fn lease_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), StateError> {
        tokio::time::sleep(self.1).await;
        self.0.lease_grant(owner, generation, lease, now).await
    }

    async fn renew_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: &str,
        sealed: &str,
        expires: Timestamp,
    ) -> Result<(), StateError> {
        self.0.renew_grant(owner, generation, holder, sealed, expires).await
    }

    async fn release_grant(&self, owner: &GrantOwner, holder: &str) -> Result<(), StateError> {
        self.0.release_grant(owner, holder).await
    }

    async fn erase_grant(&self, owner: &GrantOwner) -> Result<(), StateError> {
        self.0.erase_grant(owner).await
    }
}

struct World {
    memory: Memory,
    vault: Vault,
    upstream: Upstream,
    owner: GrantOwner,
}

fn vault_over(grants: Arc<dyn Grants>, clock: &Arc<dyn Clock>) -> Vault {
    let keys = format!(r#"{{"current":"1","1":"{}"}}"#, "0a".repeat(32));
    let keys = Arc::new(SealingKeys::from_json(&keys.into()).expect("well-formed"));
    Vault::new(grants, keys, clock.clone(), Arc::new(Counting(AtomicU64::new(0))))
}

/// A vault with a token set that has expired.
async fn world(answers: &[RefreshFailure], after_lost_answer: LostAnswer) -> World {
    let memory = Memory::default();
    let clock: Arc<dyn Clock> = Arc::new(TokioClock(tokio::time::Instant::now()));
    let vault = vault_over(Arc::new(memory.clone()), &clock);
    let owner = GrantOwner::XeroUser("user".into());
    vault.keep(&owner, &tokens(0, clock.now())).await.expect("kept");
    tokio::time::sleep(Duration::from_secs(29 * 60 + 1)).await;
    let answers = Mutex::new(answers.iter().rev().copied().collect());
    let upstream = Upstream { answers, issued: 0.into(), asked: 0.into(), after_lost_answer, clock };
    World { memory, vault, upstream, owner }
}

impl World {
    async fn ask(&self) -> Result<String, VaultError> {
        let token = self.vault.access_token(&self.owner, &self.upstream).await?;
        Ok(token.secret.expose_secret().to_owned())
    }

    fn asked(&self) -> u64 {
        self.upstream.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_workers_make_one_refresh() {
    let world = world(&[], LostAnswer::MayRepeat).await;
    let given = join_all((0..50).map(|_| world.ask())).await;
    assert!(given.iter().all(|token| token.as_ref().is_ok_and(|token| token == "access-1")), "{given:?}");
    assert_eq!(world.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_upstream_no_longer_takes_is_replaced_once() {
    let world = world(&[], LostAnswer::MayRepeat).await;
    let refused = world.vault.access_token(&world.owner, &world.upstream).await.expect("a token");
    let replaced = (0..50).map(|_| world.vault.replace_access_token(&world.owner, &refused, &world.upstream));
    for token in join_all(replaced).await {
        assert_eq!(token.expect("a newer token").secret.expose_secret(), "access-2");
    }
    assert_eq!(world.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_may_pass_keeps_the_grant() {
    let world = world(&[RefreshFailure::Unavailable], LostAnswer::EndsGrant).await;
    assert!(matches!(world.ask().await, Err(VaultError::UpstreamUnavailable)));
    assert_eq!(world.ask().await.expect("the grant is kept"), "access-1");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_where_the_upstream_allows_it() {
    let at_xero = world(&[RefreshFailure::OutcomeUnknown], LostAnswer::MayRepeat).await;
    assert_eq!(at_xero.ask().await.expect("the second answer arrives"), "access-1");
    let at_go1 = world(&[RefreshFailure::OutcomeUnknown], LostAnswer::EndsGrant).await;
    assert!(matches!(at_go1.ask().await, Err(VaultError::NeedsReconnect { .. })));
    assert_eq!(at_go1.asked(), 1, "a refresh token of GO1 works once");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_means_log_in_again_unless_somebody_has() {
    let world = world(&[RefreshFailure::Refused], LostAnswer::MayRepeat).await;
    let log_in_meanwhile = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.vault.keep(&world.owner, &tokens(7, world.upstream.clock.now())).await.expect("kept");
    };
    let (given, ()) = tokio::join!(world.ask(), log_in_meanwhile);
    assert_eq!(given.expect("the newer pair"), "access-7");

    let alone = self::world(&[RefreshFailure::Refused], LostAnswer::MayRepeat).await;
    assert!(matches!(alone.ask().await, Err(VaultError::NeedsReconnect { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_to_all_after_one_call_and_asked_about_again_in_ten_minutes() {
    let world = world(&[RefreshFailure::Refused], LostAnswer::EndsGrant).await;
    for _ in 0..2 {
        let given = join_all((0..50).map(|_| world.ask())).await;
        assert!(given.iter().all(|given| matches!(given, Err(VaultError::NeedsReconnect { .. }))), "{given:?}");
    }
    assert_eq!(world.asked(), 1);
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(world.ask().await.expect("the refusal was a mistake"), "access-1");
    assert_eq!(world.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_comes_too_late_for_a_call_asks_nobody() {
    for (table_takes, expected) in [(14, Some("access-1")), (16, None)] {
        let mut world = world(&[], LostAnswer::MayRepeat).await;
        let slow = SlowLease(world.memory.clone(), Duration::from_secs(table_takes));
        world.vault = vault_over(Arc::new(slow), &world.upstream.clock);
        let given = world.ask().await;
        assert!(expected.is_some() || matches!(given, Err(VaultError::Busy)), "{given:?}");
        assert_eq!(given.ok().as_deref(), expected);
        assert_eq!(world.asked(), u64::from(expected.is_some()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresher_that_dies_holds_the_others_up_for_its_lease_only() {
    let world = world(&[], LostAnswer::MayRepeat).await;
    let now = world.upstream.clock.now();
    let lease = Lease { holder: "dead".to_owned(), until: now + SignedDuration::from_secs(25) };
    world.memory.lease_grant(&world.owner, 1, &lease, now).await.expect("leased");
    assert!(matches!(world.ask().await, Err(VaultError::Busy)), "nobody waits for a page as long as a lease lasts");
    let waited = world.upstream.clock.now().duration_since(now);
    assert!(waited < SignedDuration::from_secs(9), "{waited:?}");
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert_eq!(world.ask().await.expect("after the lease"), "access-1");
    let waited = world.upstream.clock.now().duration_since(now);
    assert!(waited >= SignedDuration::from_secs(25) && waited < SignedDuration::from_secs(27), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_shows_no_token_and_opens_for_nobody_else() {
    let world = world(&[], LostAnswer::MayRepeat).await;
    world.ask().await.expect("a token");
    let stored = world.memory.find_grant(&world.owner).await.expect("readable").expect("there");
    assert!(!format!("{stored:?}").contains("access-") && !format!("{stored:?}").contains("refresh-"));
    let other = GrantOwner::XeroUser("other".into());
    world.memory.put_grant(&other, &stored.sealed, stored.access_expires_at).await.expect("stored");
    let opened = world.vault.access_token(&other, &world.upstream).await;
    assert!(matches!(opened, Err(VaultError::Seal(_))), "{opened:?}");
}

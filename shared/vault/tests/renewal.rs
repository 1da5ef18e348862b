//! Many workers, one token set that expires.

mod slow_table;

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
use state::{GrantOwner, Grants, Lease};
use vault::{AccessToken, Refresh, RefreshFailure, SealingKeys, TokenSet, Vault, VaultError, invocation};

use slow_table::SlowTable;

/// How long an invocation has, as those have that answer people.
const TIME: Duration = Duration::from_secs(29);

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
    /// How long a call takes before the upstream sees it, and how long its answer takes.
    on_the_way: Mutex<Vec<(Duration, Duration)>>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Refresh for Upstream {
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let on_the_way = self.on_the_way.lock().expect("not poisoned").pop();
        let (there, back) = on_the_way.unwrap_or((Duration::ZERO, Duration::from_millis(250)));
        tokio::time::sleep(there).await;
        let answer = self.answer(refresh_token, now);
        tokio::time::sleep(back).await;
        answer
    }
}

impl Upstream {
    fn answer(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
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
}

fn tokens(number: u64, now: Timestamp) -> TokenSet {
    TokenSet {
        access_token: format!("access-{number}").into(),
        refresh_token: format!("refresh-{number}").into(),
        access_expires_at: now + SignedDuration::from_mins(30),
    }
}

struct World {
    memory: Memory,
    vault: Vault,
    upstream: Arc<Upstream>,
    owner: GrantOwner,
}

fn vault_over(grants: Arc<dyn Grants>, clock: &Arc<dyn Clock>) -> Vault {
    let keys = format!(r#"{{"current":"1","1":"{}"}}"#, "0a".repeat(32));
    let keys = Arc::new(SealingKeys::from_json(&keys.into()).expect("well-formed"));
    Vault::new(grants, keys, clock.clone(), Arc::new(Counting(AtomicU64::new(0))))
}

/// A vault with a token set that has expired.
async fn world(answers: &[RefreshFailure]) -> World {
    let clock: Arc<dyn Clock> = Arc::new(TokioClock(tokio::time::Instant::now()));
    let memory = Memory::new(clock.clone());
    let vault = vault_over(Arc::new(memory.clone()), &clock);
    let owner = GrantOwner::XeroUser("user".into());
    vault.keep(&owner, &tokens(0, clock.now())).await.expect("kept");
    tokio::time::sleep(Duration::from_secs(29 * 60 + 1)).await;
    let answers = Mutex::new(answers.iter().rev().copied().collect());
    let upstream = Upstream { answers, issued: 0.into(), asked: 0.into(), on_the_way: Mutex::default(), clock };
    let upstream = Arc::new(upstream);
    World { memory, vault, upstream, owner }
}

impl World {
    async fn ask(&self) -> Result<String, VaultError> {
        Ok(self.token().await?.secret.expose_secret().to_owned())
    }

    /// One invocation that needs the token.
    async fn token(&self) -> Result<AccessToken, VaultError> {
        invocation(TIME, self.vault.access_token(&self.owner, &self.refresh())).await
    }

    /// One invocation to which the upstream has refused this token.
    async fn replace(&self, refused: &AccessToken) -> Result<AccessToken, VaultError> {
        invocation(TIME, self.vault.replace_access_token(&self.owner, refused, &self.refresh())).await
    }

    /// The same grants in this table.
    fn at(&mut self, table: SlowTable) {
        let table = SlowTable { memory: self.memory.clone(), ..table };
        self.vault = vault_over(Arc::new(table), &self.upstream.clock);
    }

    fn refresh(&self) -> Arc<dyn Refresh> {
        self.upstream.clone()
    }

    /// The calls are on their way for so long before the upstream sees them, and their answers for so long.
    fn delay_calls<const N: usize>(&self, calls: [(u64, u64); N]) {
        let milliseconds = Duration::from_millis;
        let calls = calls.into_iter().rev().map(|(there, back)| (milliseconds(there), milliseconds(back)));
        *self.upstream.on_the_way.lock().expect("not poisoned") = calls.collect();
    }

    fn asked(&self) -> u64 {
        self.upstream.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_workers_make_one_refresh() {
    let world = world(&[]).await;
    let given = join_all((0..50).map(|_| world.ask())).await;
    assert!(given.iter().all(|token| token.as_ref().is_ok_and(|token| token == "access-1")), "{given:?}");
    assert_eq!(world.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_upstream_no_longer_takes_is_replaced_once() {
    let world = world(&[]).await;
    let refused = world.token().await.expect("a token");
    let replaced = (0..50).map(|_| world.replace(&refused));
    for token in join_all(replaced).await {
        assert_eq!(token.expect("a newer token").secret.expose_secret(), "access-2");
    }
    assert_eq!(world.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_may_pass_keeps_the_grant() {
    let world = world(&[RefreshFailure::Unavailable]).await;
    assert!(matches!(world.ask().await, Err(VaultError::UpstreamUnavailable)));
    assert_eq!(world.ask().await.expect("the grant is kept"), "access-1");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_upstream_asks_for_is_told_and_keeps_the_grant() {
    let wait = SignedDuration::from_mins(30);
    let world = world(&[RefreshFailure::RetryAfter(wait)]).await;
    let told = world.ask().await;
    assert!(matches!(told, Err(VaultError::RetryAfter(asked)) if asked == wait), "{told:?}");
    assert_eq!(world.asked(), 1, "it is left alone");
    assert_eq!(world.ask().await.expect("the grant is kept"), "access-1");
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_the_old_token_is_tried_once_more_and_only_a_refusal_ends_the_grant() {
    let lost = RefreshFailure::OutcomeUnknown;
    let once = world(&[lost]).await;
    assert_eq!(once.ask().await.expect("the second answer arrives"), "access-1");
    assert_eq!(once.asked(), 2);
    let twice = world(&[lost, lost]).await;
    assert!(matches!(twice.ask().await, Err(VaultError::UpstreamUnavailable)), "nobody has refused anything");
    assert_eq!(twice.asked(), 2, "once more, not for ever");
    assert_eq!(twice.ask().await.expect("whoever comes later tries the old token too"), "access-1");
    let spent = world(&[lost, RefreshFailure::Refused]).await;
    assert!(matches!(spent.ask().await, Err(VaultError::NeedsReconnect { .. })), "the lost answer had renewed it");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_waiting_and_not_the_renewal() {
    let world = world(&[]).await;
    let refresh = world.refresh();
    let asked = world.vault.access_token(&world.owner, &refresh);
    let impatient = tokio::time::timeout(Duration::from_millis(100), asked);
    assert!(invocation(TIME, impatient).await.is_err(), "it has not waited for the answer");
    assert_eq!((world.ask().await.expect("the pair is stored"), world.asked()), ("access-1".to_owned(), 1));
}

#[tokio::test(start_paused = true)]
async fn no_renewal_begins_without_the_time_to_finish_it() {
    // A call of ten seconds, and a store of seven.
    for (time, expected) in [(17, 1), (16, 0)] {
        let world = world(&[]).await;
        let refresh = world.refresh();
        let given = invocation(Duration::from_secs(time), world.vault.access_token(&world.owner, &refresh)).await;
        assert!(expected == 1 || matches!(given, Err(VaultError::OutOfTime)), "{given:?}");
        assert_eq!((given.is_ok(), world.asked()), (expected == 1, expected));
    }
    let world = world(&[]).await;
    let outside = world.vault.access_token(&world.owner, &world.refresh()).await;
    assert!(matches!(outside, Err(VaultError::OutOfTime)), "nobody knows when this would be killed");
    assert_eq!(world.asked(), 0);
}

/// Lambda kills what is not over when its time is up, and with it the only copy of a pair that the upstream has made.
#[tokio::test(start_paused = true)]
async fn a_slow_call_and_a_slow_store_after_it_are_over_before_the_invocation_is() {
    for time in 1..=29 {
        let mut world = world(&[]).await;
        world.delay_calls([(0, 9_900)]);
        world.at(SlowTable { store_takes: Duration::from_secs(7), ..SlowTable::default() });
        let begun = tokio::time::Instant::now();
        let refresh = world.refresh();
        let given = invocation(Duration::from_secs(time), world.vault.access_token(&world.owner, &refresh)).await;
        assert!(begun.elapsed() <= Duration::from_secs(time), "of {time} s it takes {:?}", begun.elapsed());
        assert_eq!(world.asked(), u64::from(given.is_ok()), "{time} s: {given:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_meets_a_change_is_stored_also_where_the_table_stumbles_meanwhile() {
    for failing_reads in [0, 1, 4, 12] {
        let mut world = world(&[]).await;
        let (failing_reads, changed_before) = (failing_reads.into(), true.into());
        world.at(SlowTable { failing_reads, changed_before, ..SlowTable::default() });
        assert_eq!(world.ask().await.expect("the pair is kept"), "access-1");
        tokio::time::sleep(Duration::from_mins(30)).await;
        assert_eq!(world.ask().await.expect("and so is its refresh token"), "access-2");
    }
}

/// Whoever has just logged in is not sent to the login again because the table stumbled: what they brought exists nowhere
/// else.
#[tokio::test(start_paused = true)]
async fn a_pair_is_stored_for_as_long_as_there_is_time() {
    for failing_stores in [1, 4, 12] {
        let mut world = world(&[]).await;
        world.at(SlowTable { failing_stores: failing_stores.into(), ..SlowTable::default() });
        assert_eq!(world.ask().await.expect("renewed"), "access-1");
        world.at(SlowTable { failing_stores: failing_stores.into(), ..SlowTable::default() });
        let tokens = tokens(7, world.upstream.clock.now());
        invocation(TIME, world.vault.keep(&world.owner, &tokens)).await.expect("kept");
        assert_eq!(world.ask().await.expect("kept"), "access-7");
    }
    let mut world = world(&[]).await;
    world.at(SlowTable { failing_stores: u64::MAX.into(), ..SlowTable::default() });
    let begun = tokio::time::Instant::now();
    assert!(matches!(world.ask().await, Err(VaultError::State(_))));
    assert!(begun.elapsed() < TIME, "the person is told, and nothing is killed: {:?}", begun.elapsed());
}

/// A worker stands still between its check and its call for longer than its lease, as in a process that is frozen, and
/// another renews meanwhile. The upstream takes each refresh token once, so it takes one of the two calls: whichever it
/// is, the pair that it gave is what stays.
#[tokio::test(start_paused = true)]
async fn whoever_gets_the_pair_for_a_token_that_works_once_stores_it_also_after_its_lease() {
    for (late_arrives_at, late_answer_takes) in [(24_000, 250), (25_000, 250), (26_000, 250), (26_000, 2_000)] {
        for next_call_takes in [0, 1_000, 2_000] {
            let world = world(&[]).await;
            world.delay_calls([(late_arrives_at, late_answer_takes), (next_call_takes, 250)]);
            let after_the_lease = async {
                tokio::time::sleep(Duration::from_millis(25_050)).await;
                world.token().await
            };
            let (late, next) = tokio::join!(world.token(), after_the_lease);
            let which = format!("{late_arrives_at}, {late_answer_takes}, {next_call_takes}: {late:?}, {next:?}");
            assert!(late.is_ok() || next.is_ok(), "{which}");
            assert_eq!(world.ask().await.expect(&which), "access-1", "{which}");
            tokio::time::sleep(Duration::from_mins(30)).await;
            assert_eq!(world.ask().await.expect(&which), "access-2", "the newest refresh token is kept: {which}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_means_log_in_again_unless_somebody_has() {
    let world = world(&[RefreshFailure::Refused]).await;
    let log_in_meanwhile = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.vault.keep(&world.owner, &tokens(7, world.upstream.clock.now())).await.expect("kept");
    };
    let (given, ()) = tokio::join!(world.ask(), log_in_meanwhile);
    assert_eq!(given.expect("the newer pair"), "access-7");

    let alone = self::world(&[RefreshFailure::Refused]).await;
    assert!(matches!(alone.ask().await, Err(VaultError::NeedsReconnect { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_to_all_after_one_call_and_asked_about_again_in_ten_minutes() {
    let world = world(&[RefreshFailure::Refused]).await;
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
        let mut world = world(&[]).await;
        let lease_takes = Duration::from_secs(table_takes);
        world.at(SlowTable { lease_takes, ..SlowTable::default() });
        let refresh = world.refresh();
        // The invocation has the time; the lease has not.
        let given = invocation(2 * TIME, world.vault.access_token(&world.owner, &refresh)).await;
        let given = given.map(|token| token.secret.expose_secret().to_owned());
        assert!(expected.is_some() || matches!(given, Err(VaultError::Busy)), "{given:?}");
        assert_eq!(given.ok().as_deref(), expected);
        assert_eq!(world.asked(), u64::from(expected.is_some()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresher_that_dies_holds_the_others_up_for_its_lease_only() {
    let world = world(&[]).await;
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
    let world = world(&[]).await;
    world.ask().await.expect("a token");
    let stored = world.memory.find_grant(&world.owner).await.expect("readable").expect("there");
    assert!(!format!("{stored:?}").contains("access-") && !format!("{stored:?}").contains("refresh-"));
    let other = GrantOwner::XeroUser("other".into());
    world.memory.put_grant(&other, &stored.sealed, stored.access_expires_at).await.expect("stored");
    let opened = world.vault.access_token(&other, &world.refresh()).await;
    assert!(matches!(opened, Err(VaultError::Seal(_))), "{opened:?}");
}

//! Secrets that are read when they are needed, and turned while functions run: those that read them before go on, in both directions, and imports with
//! them. Beside each stands what happens where the secret was not turned and is simply wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::import::WaitReason;
use operations::grants::Keys;
use operations::tool::Tool;
use platform::secrets::{SecretError, Secrets};
use platform::settings::names;
use rig::{BLUEGUM, Rig, SESSION, SeededRandom};
use secrecy::SecretString;
use serde_json::json;
use stand_ins::{go1, xero};
use vault::{SealError, SealingKeys, VaultError, invocation};
use xero_access::XeroAccessError;

use crate::log;

const FIRST: &str = r#"{"current":"1","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#;
const SECOND: &str = r#"{"current":"2","2":"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}"#;
const BOTH: &str = r#"{"current":"2","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","2":"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}"#;
const RETIRED: &str = "retired";
/// How long a request to a page may take.
const REQUEST: Duration = Duration::from_secs(29);

/// Secrets Manager, in which each secret is turned once it was read.
#[derive(Clone)]
struct Turning {
    keys: [&'static str; 2],
    xero: [&'static str; 2],
    go1: [&'static str; 2],
    reads: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Turning {
    /// Nothing is turned but what a test says.
    fn none() -> Self {
        let (xero, go1) = ([xero::CLIENT_SECRET; 2], [go1::CLIENT_SECRET; 2]);
        Self { keys: [FIRST; 2], xero, go1, reads: Arc::default() }
    }

    fn all(&self) -> usize {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    fn reads(&self, variable: &str) -> usize {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).get(variable).copied().unwrap_or_default()
    }
}

#[async_trait]
impl Secrets for Turning {
    async fn text(&self, variable: &'static str, _: &str) -> Result<SecretString, SecretError> {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        let read = reads.entry(variable).or_default();
        let now = (*read).min(1);
        *read += 1;
        let credentials = |id: &str, secret: &str| json!({ "client_id": id, "client_secret": secret }).to_string();
        Ok(match variable {
            names::XERO_CLIENT_SECRET_ARN => credentials(xero::CLIENT_ID, self.xero[now]),
            names::GO1_CLIENT_SECRET_ARN => credentials(go1::CLIENT_ID, self.go1[now]),
            _ => self.keys[now].to_owned(),
        }
        .into())
    }

    fn shared(&self) -> Arc<dyn Secrets> {
        Arc::new(self.clone())
    }
}

/// An import of twelve whose worker began with these secrets: how many are done when its messages have been worked, or
/// what it waits for.
async fn import_with(rig: &Rig, secrets: &Turning) -> Result<usize, WaitReason> {
    let worker = rig.worker_reading(secrets);
    let (olivia, import) = rig.confirmed(24).await;
    finish(rig, &worker, &olivia, &import).await
}

async fn finish(
    rig: &Rig,
    worker: &worker::Worker,
    olivia: &rig::Visitor,
    import: &domain::ids::ImportId,
) -> Result<usize, WaitReason> {
    for _ in 0..4 {
        if rig.queue.is_empty() {
            break;
        }
        rig.deliver_to(worker).await;
        if let Some(wait) = rig.kept_import(&BLUEGUM, import).await.wait {
            return Err(wait.why);
        }
    }
    Ok(olivia.progress(import).await.done)
}

fn reseal(rig: &Rig, secret: &str) -> (Tool<state::memory::Memory>, Keys) {
    let keys = Arc::new(SealingKeys::from_json(&SecretString::from(secret)).expect("keys"));
    let (state, random) = (Arc::new(rig.state.clone()), Arc::new(SeededRandom::new(99)));
    (Tool { state, clock: Arc::new(rig.clock), random }, Keys { xero: keys.clone(), go1: keys })
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_began_before_the_sealing_keys_were_turned_goes_on_with_what_was_sealed_anew() {
    for (after, ended) in [(BOTH, Ok(24)), (FIRST, Err(WaitReason::OwnFault))] {
        let rig = Rig::new(1);
        let secrets = Turning { keys: [FIRST, after], ..Turning::none() };
        let worker = rig.worker_reading(&secrets);
        let (olivia, import) = rig.confirmed(24).await;
        let (tool, keys) = reseal(&rig, BOTH);
        assert_eq!(tool.reseal(&keys).await.expect("resealed").now, 2);
        assert_eq!(finish(&rig, &worker, &olivia, &import).await, ended, "{after}");
        assert_eq!(secrets.reads(names::GO1_SEALING_KEY_ARN), 2, "at its beginning, and once again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_began_with_keys_that_were_turned_back_goes_on_too() {
    for (after, ended) in [(FIRST, Ok(24)), (SECOND, Err(WaitReason::OwnFault))] {
        let rig = Rig::new(2);
        let secrets = Turning { keys: [SECOND, after], ..Turning::none() };
        assert_eq!(import_with(&rig, &secrets).await, ended, "{after}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_began_with_a_client_secret_that_go1_takes_no_more_reads_it_again_and_tells_nobody() {
    for (after, ended) in [(go1::CLIENT_SECRET, Ok(24)), (RETIRED, Err(WaitReason::OwnFault))] {
        log::catch();
        let rig = Rig::new(3);
        let secrets = Turning { go1: [RETIRED, after], ..Turning::none() };
        let worker = rig.worker_reading(&secrets);
        let (olivia, import) = rig.confirmed(24).await;
        rig.world.go1().expire_access_tokens();
        assert_eq!(finish(&rig, &worker, &olivia, &import).await, ended, "{after}");
        assert_eq!(secrets.reads(names::GO1_CLIENT_SECRET_ARN), 2);
        assert_eq!(
            log::caught().contains("go1_refuses_us"),
            after == RETIRED,
            "operators are told of what stays wrong"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_began_with_a_retired_client_secret_gets_its_tokens_from_both_upstreams() {
    for (go1_after, xero_after) in [(go1::CLIENT_SECRET, xero::CLIENT_SECRET), (RETIRED, RETIRED)] {
        let rig = Rig::new(4);
        rig.confirmed(3).await;
        rig.pump().await;
        let is_healed = go1_after != RETIRED;
        let secrets = Turning { go1: [RETIRED, go1_after], xero: [RETIRED, xero_after], ..Turning::none() };

        let xero = rig.xero_access_reading(&secrets);
        rig.wait(Duration::from_mins(31)).await;
        let token = invocation(REQUEST, xero.token(&rig.xero_user(&BLUEGUM))).await;
        assert_eq!(token.is_ok(), is_healed, "Xero's token is renewed: {token:?}");

        let go1 = rig.go1_access_reading(&secrets);
        let domains = go1.as_partner(async |token| go1.client.taken_domains(&token, "acme").await).await;
        assert_eq!(domains.is_ok(), is_healed, "GO1's partner token: {domains:?}");
        assert_eq!(secrets.reads(names::GO1_CLIENT_SECRET_ARN), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_read_when_it_is_needed_and_once_for_all_who_need_it_at_once() {
    let rig = Rig::new(5);
    rig.confirmed(3).await;
    rig.pump().await;
    let secrets = Turning::none();
    let (go1, xero) = (rig.go1_access_reading(&secrets), rig.xero_access_reading(&secrets));
    assert_eq!(secrets.all(), 0, "a function that was started and asked for nothing");

    let domains = || go1.as_partner(async |token| go1.client.taken_domains(&token, "acme").await);
    let (first, second, third) = tokio::join!(domains(), domains(), domains());
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!((secrets.reads(names::GO1_CLIENT_SECRET_ARN), secrets.all()), (1, 1));

    let user = rig.xero_user(&BLUEGUM);
    let token = || invocation(REQUEST, xero.token(&user));
    let (first, second) = tokio::join!(token(), token());
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(
        (secrets.reads(names::XERO_SEALING_KEY_ARN), secrets.all()),
        (1, 2),
        "and no credentials: it is not renewed"
    );
    rig.wait(Duration::from_mins(31)).await;
    assert!(token().await.is_ok());
    assert_eq!((secrets.reads(names::XERO_CLIENT_SECRET_ARN), secrets.all()), (1, 3));

    let _worker = rig.worker_reading(&secrets);
    assert_eq!(
        (secrets.reads(names::GO1_SEALING_KEY_ARN), secrets.all()),
        (1, 4),
        "the worker opens a token whatever comes"
    );
}

#[tokio::test]
async fn a_page_that_needs_no_token_reads_no_secret() {
    let rig = Rig::new(6);
    let (olivia, import) = rig.confirmed(3).await;
    let secrets = Turning::none();
    let begun_now = rig.visitor_reading(&secrets, &BLUEGUM);
    for path in ["/", "/signup"] {
        assert_eq!((begun_now.open(path).await.status.as_u16(), secrets.all()), (200, 0), "{path}");
    }
    begun_now.browser.set_cookie(SESSION, &olivia.browser.cookie(SESSION).expect("a session"));
    let progress = begun_now.open_import(&import).await;
    assert_eq!((progress.status.as_u16(), secrets.all()), (200, 0), "the page of an import");
    begun_now.progress(&import).await;
    assert_eq!(secrets.all(), 0, "and what it asks for while it is open");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_wrong_is_told_in_words_and_read_anew_by_whoever_needs_it_next() {
    log::catch();
    let rig = Rig::new(7);
    rig.confirmed(3).await;
    let secrets = Turning { keys: ["{}", FIRST], ..Turning::none() };
    let xero = rig.xero_access_reading(&secrets);
    let user = rig.xero_user(&BLUEGUM);
    let token = || invocation(REQUEST, xero.token(&user));
    let failed = token().await;
    assert!(matches!(&failed, Err(XeroAccessError::Vault(VaultError::Seal(SealError::Unread(_))))), "{failed:?}");
    assert!(token().await.is_ok());
    assert_eq!(secrets.reads(names::XERO_SEALING_KEY_ARN), 2);
    let caught = log::caught();
    let told = "the secret that XERO_SEALING_KEY_ARN names is not";
    assert_eq!(caught.lines().filter(|line| line.contains(told) && line.contains("ERROR")).count(), 1, "{caught}");
}

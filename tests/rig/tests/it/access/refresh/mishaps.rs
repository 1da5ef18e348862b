//! The store stumbles, and stories in which anything may happen, from a seed.

use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use stand_ins::xero::endpoint::TOKEN;
use stand_ins::{Fault, FaultKind};
use tokio::task::JoinSet;
use vault::VaultError;

use super::kept::Kept;
use super::stage::{LEASE_OVER, Stage};
use super::steps::Mishap;

over_both_stores!(
    a_store_that_fails_at_any_call_costs_no_login,
    whatever_happens_to_the_refreshers_nobody_logs_in_again,
);

/// How many cases run side by side, each with a grant and a Xero of its own, because on the table whoever waits for the
/// store does so in real time.
const SIDE_BY_SIDE: usize = 8;

async fn a_store_that_fails_at_any_call_costs_no_login(kept: Kept) {
    let cases = [1, 40].into_iter().flat_map(|times| (0..8).map(move |from| (from, times)));
    let run = async |(from, times)| {
        let stage = Stage::expired(&kept, 50).await;
        let (user, _steps) = stage.unlucky(Mishap::StoreFails { from, times });
        let given = user.ask(None).await;
        assert!(matches!(given, Ok(_) | Err(VaultError::State(_))), "from step {from}: {given:?}");
        stage.pass(LEASE_OVER);
        let generation = stage.generation().await;
        let asked = stage.asked();
        let given = stage.crowd(None).await;
        stage.all_work(given).await;
        assert_eq!(stage.asked() - asked, usize::from(generation == 1), "from step {from}, {times} times");
        stage.is_sound().await;
    };
    stream::iter(cases).for_each_concurrent(SIDE_BY_SIDE, run).await;
}

fn mishap(dice: &mut StdRng) -> Mishap {
    match dice.random_range(0..4) {
        0 => Mishap::None,
        1 => Mishap::StoreFails { from: dice.random_range(0..8), times: dice.random_range(1..15) },
        _ => Mishap::Stop(dice.random_range(0..10)),
    }
}

fn fault(dice: &mut StdRng) -> Fault {
    let kinds = [FaultKind::LoseAnswer, FaultKind::CutBefore, FaultKind::status(503)];
    let kind = kinds.choose(dice).expect("there are three").clone();
    Fault::times(TOKEN, dice.random_range(1..4), kind).after(dice.random_range(0..3))
}

/// Up to eight users, each of whom comes when it likes and may be stopped for good; some are killed where they stand.
async fn a_round(stage: &Stage, dice: &mut StdRng) {
    let mut users = JoinSet::new();
    for _ in 0..dice.random_range(1..=8) {
        let comes = Duration::from_millis(dice.random_range(0..300));
        let killed = Duration::from_millis(dice.random_range(1..2_000));
        let (user, _steps) = stage.unlucky(mishap(dice));
        users.spawn(async move {
            tokio::time::sleep(comes).await;
            tokio::time::timeout(killed, user.ask(None)).await
        });
    }
    for given in users.join_all().await.into_iter().flatten() {
        let may_pass = matches!(given, Err(VaultError::State(_) | VaultError::UpstreamUnavailable | VaultError::Busy));
        assert!(given.is_ok() || may_pass, "{given:?}");
    }
}

async fn whatever_happens_to_the_refreshers_nobody_logs_in_again(kept: Kept) {
    for seed in 0..kept.seeds {
        let mut dice = StdRng::seed_from_u64(seed);
        let stage = Stage::expired(&kept, seed).await;
        // All rounds are within the half hour after the first exchange.
        for _ in 0..dice.random_range(1..8) {
            let faults = (0..dice.random_range(0..3)).map(|_| fault(&mut dice));
            for fault in faults.collect::<Vec<_>>() {
                stage.world.xero().faults().add(fault);
            }
            a_round(&stage, &mut dice).await;
            stage.pass(SignedDuration::from_secs(dice.random_range(0..60)));
        }
        stage.calls_end().await;
        stage.world.xero().faults().clear();
        stage.pass(LEASE_OVER);
        stage.tries_end().await;
        let (asked, generation) = (stage.asked(), stage.generation().await);
        let given = stage.crowd(None).await;
        stage.all_work(given).await;
        assert_eq!(stage.asked() - asked, usize::from(generation == 1), "seed {seed}");
        stage.is_sound().await;
    }
}

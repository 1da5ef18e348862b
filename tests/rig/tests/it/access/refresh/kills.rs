//! The refresher dies, or sleeps through its lease, anywhere: whoever comes after it goes on.

use rig::killed_at;
use stand_ins::xero::endpoint;
use stand_ins::{Fault, FaultKind};
use vault::{AccessToken, VaultError};

use super::kept::Kept;
use super::stage::{LEASE_OVER, Stage};
use super::steps::Mishap;

over_both_stores!(
    a_refresher_killed_before_or_after_any_call_costs_one_more_refresh_and_no_login,
    a_refresher_killed_within_its_call_costs_one_more_refresh_and_no_login,
    a_user_who_stops_waiting_at_any_await_costs_nothing,
    refreshers_killed_one_after_another_cost_no_login,
    a_refresher_that_wakes_after_its_lease_does_no_harm,
);

/// Why a token is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    Expired,
    Refused,
    LostAnswer,
}

const SCENES: [Scene; 3] = [Scene::Expired, Scene::Refused, Scene::LostAnswer];

impl Scene {
    /// The stage, and the token that was refused where one was.
    async fn prepare(self, kept: &Kept, seed: u64) -> (Stage, Option<AccessToken>) {
        if self == Self::Refused {
            let stage = Stage::fresh(kept, seed).await;
            let refused = stage.user.ask(None).await.expect("the first token");
            stage.world.xero().expire_access_tokens();
            return (stage, Some(refused));
        }
        let stage = Stage::expired(kept, seed).await;
        if self == Self::LostAnswer {
            stage.world.xero().faults().add(Fault::next(endpoint::TOKEN, FaultKind::LoseAnswer));
        }
        (stage, None)
    }
}

/// What a dead refresher left, and what came after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Remains {
    /// How often it had asked Xero.
    asked: usize,
    /// Whether it had stored what it got.
    stored: bool,
    /// How often the fifty asked Xero.
    more: usize,
}

async fn fifty_go_on(stage: &Stage, refused: Option<&AccessToken>) -> Remains {
    stage.calls_end().await;
    stage.world.xero().faults().clear();
    // The consent was the first call.
    let asked = stage.asked() - 1;
    let stored = stage.generation().await > 1;
    stage.pass(LEASE_OVER);
    let given = stage.crowd(refused).await;
    stage.all_work(given).await;
    let more = stage.asked() - 1 - asked;
    assert_eq!(stage.generation().await, 2, "one new pair is kept, the dead one's or one of the fifty's");
    stage.is_sound().await;
    Remains { asked, stored, more }
}

async fn a_refresher_killed_before_or_after_any_call_costs_one_more_refresh_and_no_login(kept: Kept) {
    for scene in SCENES {
        let mut remains = Vec::new();
        for at in 0.. {
            let (stage, refused) = scene.prepare(&kept, 10).await;
            let (user, steps) = stage.unlucky(Mishap::Stop(at));
            let died = tokio::select! {
                biased;
                _ = steps.stopped() => true,
                given = user.ask(refused.as_ref()) => {
                    stage.all_work(vec![given]).await;
                    false
                }
            };
            if !died {
                break;
            }
            remains.push(fifty_go_on(&stage, refused.as_ref()).await);
        }
        // Before and after: the look, the lease, Xero (again, where its answer was lost), the store.
        let (asked, stored): (&[usize], usize) = match scene {
            Scene::LostAnswer => (&[0, 0, 0, 0, 0, 1, 1, 2, 2, 2], 9),
            Scene::Expired | Scene::Refused => (&[0, 0, 0, 0, 0, 1, 1, 1], 7),
        };
        let expected = asked.iter().enumerate().map(|(at, &asked)| {
            let stored = at == stored;
            Remains { asked, stored, more: usize::from(!stored) }
        });
        assert_eq!(remains, expected.collect::<Vec<_>>(), "{scene:?}");
    }
}

async fn a_refresher_killed_within_its_call_costs_one_more_refresh_and_no_login(kept: Kept) {
    for scene in SCENES {
        let mut remains = Vec::new();
        for waits in 0.. {
            let (stage, refused) = scene.prepare(&kept, 11).await;
            let (user, steps) = stage.unlucky(Mishap::DieWithinCall(waits));
            let died = tokio::select! {
                biased;
                _ = steps.stopped() => true,
                given = user.ask(refused.as_ref()) => {
                    stage.all_work(vec![given]).await;
                    false
                }
            };
            if !died {
                break;
            }
            remains.push(fifty_go_on(&stage, refused.as_ref()).await);
        }
        assert!(!remains.is_empty(), "{scene:?}: a call waits for its answer");
        // The call goes on without whoever made it, and nobody stores what it brings.
        assert!(remains.iter().all(|left| *left == Remains { asked: 1, stored: false, more: 1 }), "{remains:?}");
    }
}

/// The waiting is dropped, and the process lives on: the renewal that had begun is finished, and asked for once.
async fn a_user_who_stops_waiting_at_any_await_costs_nothing(kept: Kept) {
    for scene in SCENES {
        let mut begun = 0;
        // At a real table one run waits more often than the next, so a walk can step over the call to Xero.
        for _walk in 0..5 {
            begun += begun_when_dropped_at_each_await(scene, &kept).await;
            if begun > 0 {
                break;
            }
        }
        assert!(begun >= 1, "{scene:?}");
    }
}

/// Drops the waiting at its first await, at its second, and so on. Returns how often a renewal had begun by then.
async fn begun_when_dropped_at_each_await(scene: Scene, kept: &Kept) -> usize {
    let mut begun = 0;
    for waits in 0.. {
        let (stage, refused) = scene.prepare(kept, 14).await;
        let (user, _steps) = stage.unlucky(Mishap::None);
        if killed_at(waits, user.ask(refused.as_ref())).await.is_some() {
            break;
        }
        stage.calls_end().await;
        if stage.asked() > 1 {
            stage.is_stored(2).await;
        }
        let (asked, generation) = (stage.asked() - 1, stage.generation().await);
        assert_eq!(asked > 0, generation == 2, "{scene:?}, dropped at {waits}: what began is stored");
        begun += usize::from(asked > 0);
        let given = stage.crowd(refused.as_ref()).await;
        stage.all_work(given).await;
        let calls = if scene == Scene::LostAnswer { 2 } else { 1 };
        assert_eq!(stage.asked() - 1, calls, "{scene:?}, dropped at {waits}: nobody asks again");
        stage.is_sound().await;
    }
    begun
}

async fn refreshers_killed_one_after_another_cost_no_login(kept: Kept) {
    let stage = Stage::expired(&kept, 12).await;
    // Each has asked Xero, and none has lived to keep the answer: all within the half hour that Xero gives.
    for _ in 0..10 {
        let asked = stage.asked();
        let (user, steps) = stage.unlucky(Mishap::Stop(5));
        tokio::select! {
            biased;
            place = steps.stopped() => assert_eq!(place, "after Xero"),
            given = user.ask(None) => panic!("it lives: {given:?}"),
        }
        assert_eq!(stage.asked() - asked, 1);
        stage.pass(LEASE_OVER);
    }
    let asked = stage.asked();
    let given = stage.crowd(None).await;
    stage.all_work(given).await;
    assert_eq!(stage.asked() - asked, 1);
    stage.is_sound().await;
}

/// Also where it has just decided to ask: Xero takes that call, and voids what it gave to another meanwhile. The pair that
/// it gave last is the one that stays.
async fn a_refresher_that_wakes_after_its_lease_does_no_harm(kept: Kept) {
    let mut places = Vec::new();
    for at in 0.. {
        let stage = Stage::expired(&kept, 13).await;
        let (user, steps) = stage.unlucky(Mishap::Stop(at));
        let mut asleep = tokio::spawn(async move { user.ask(None).await });
        let place = tokio::select! {
            place = steps.stopped() => place,
            _ = &mut asleep => break,
        };
        places.push(place);
        stage.pass(LEASE_OVER);
        let given = stage.crowd(None).await;
        stage.all_work(given).await;
        steps.let_go();
        match asleep.await.expect("no panic") {
            Ok(late) => assert!(stage.works(&late).await, "at step {at}"),
            // It has waited for longer than anybody does.
            Err(VaultError::Busy) => {}
            Err(error) => panic!("at step {at}: {error}"),
        }
        stage.is_sound().await;
    }
    assert_eq!(places.len(), 8, "{places:?}");
}

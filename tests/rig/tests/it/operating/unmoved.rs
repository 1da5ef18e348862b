//! Dead letters that nothing can be done with, and a pause that a worker knew nothing of.

use async_trait::async_trait;
use domain::clock::Clock as _;
use domain::ids::PortalId;
use domain::import::{BatchMessage, WaitReason};
use importing::queue::QueueError;
use operations::error::OpsError;
use operations::letters::{DeadLetter, DeadLetters};
use operations::tool::Tool;
use rig::{BLUEGUM, Rig, WATTLE};
use stand_ins::go1::endpoint::TOKEN;
use stand_ins::{Fault, FaultKind};
use state::memory::Memory;
use state::{GrantOwner, Grants as _};
use worker::{ReturnPath as _, Unhandled};

use super::{meant, paused_while_at_work, tool};

/// A letter of this body, as the next of a portal's group.
async fn dies(rig: &Rig, portal: &PortalId, id: &str, body: &str) {
    let letter = Unhandled { message_id: id, group: portal.as_str(), body };
    rig.queue.to_dead_letters(letter, "a test").await.expect("taken");
}

/// As many readable letters of a running import, behind one that nobody can read.
async fn thirteen_letters(rig: &Rig) -> (Tool<Memory>, PortalId) {
    rig.confirmed(24).await;
    let (portal, body) = (rig.portal(&BLUEGUM), rig.queue.bodies().remove(0));
    while let Some(event) = rig.receive() {
        rig.settle(&event, Some(aws_lambda_events::sqs::SqsBatchResponse::default()));
    }
    dies(rig, &portal, "newer", r#"{"version":99}"#).await;
    for number in 0..12 {
        dies(rig, &portal, &format!("letter-{number}"), &body).await;
    }
    (tool(rig), portal)
}

#[tokio::test(start_paused = true)]
async fn a_letter_that_stays_keeps_no_other_of_its_group_back() {
    let rig = Rig::new(19);
    let (tool, _) = thirteen_letters(&rig).await;
    let redriven = tool.redrive(&rig.queue).await.expect("redriven");
    assert_eq!((redriven.sent, redriven.kept.len(), redriven.left), (12, 1, 1), "{redriven:?}");
    assert_eq!(rig.queue.len(), 12);
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_back_by_more_than_are_received_at_once_is_told() {
    let rig = Rig::new(20);
    rig.confirmed(3).await;
    let (portal, body) = (rig.portal(&BLUEGUM), rig.queue.bodies().remove(0));
    for number in 0..10 {
        dies(&rig, &portal, &format!("newer-{number}"), r#"{"version":99}"#).await;
    }
    dies(&rig, &portal, "behind", &body).await;
    let redriven = tool(&rig).redrive(&rig.queue).await.expect("redriven");
    assert_eq!((redriven.sent, redriven.kept.len(), redriven.left), (0, 10, 11), "{redriven:?}");
}

#[tokio::test(start_paused = true)]
async fn a_letter_of_an_import_that_is_not_there_stays_unless_an_erasure_took_it() {
    let rig = Rig::new(21);
    rig.imported(&WATTLE).await;
    let (portal, tool) = (rig.portal(&WATTLE), tool(&rig));
    let body = rig.queue.bodies().remove(0);
    let import = BatchMessage::from_json(&body).expect("ours").import().clone();
    // As after a restore to a second before it was accepted.
    dies(&rig, &portal, "newer", &body.replace(import.as_str(), "0123456789abcdef0123456789abcdef")).await;
    let redriven = tool.redrive(&rig.queue).await.expect("redriven");
    assert_eq!((redriven.sent, redriven.over, redriven.kept.len(), redriven.left), (0, 0, 1, 1), "{redriven:?}");
    assert_eq!(rig.queue.dead_letters().len(), 1);

    tool.erase(&meant(&tool, portal.as_str(), "erase").await).await.expect("erased");
    let redriven = tool.redrive(&rig.queue).await.expect("redriven");
    assert_eq!((redriven.over, redriven.left), (1, 0), "{redriven:?}");
}

/// Dead letters whose third batch cannot be sent.
struct Failing<'rig> {
    rig: &'rig Rig,
}

#[async_trait]
impl DeadLetters for Failing<'_> {
    async fn receive(&self) -> Result<Vec<DeadLetter>, QueueError> {
        DeadLetters::receive(&self.rig.queue).await
    }

    async fn send_again(&self, message: &BatchMessage, id: &str) -> Result<(), QueueError> {
        if self.rig.queue.len() == 2 {
            return Err(QueueError("SQS does not answer".into()));
        }
        self.rig.queue.send_again(message, id).await
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        DeadLetters::delete(&self.rig.queue, letter).await
    }

    async fn put_back(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        self.rig.queue.put_back(letter).await
    }

    async fn depth(&self) -> Result<usize, QueueError> {
        self.rig.queue.depth().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_midway_hides_no_letter() {
    let rig = Rig::new(22);
    let (tool, _) = thirteen_letters(&rig).await;
    let refused = tool.redrive(&Failing { rig: &rig }).await;
    assert!(matches!(refused, Err(OpsError::Queue(_))), "{refused:?}");
    assert_eq!(rig.queue.len(), 2);
    let seen = DeadLetters::receive(&rig.queue).await.expect("read");
    assert_eq!(seen.len(), 10, "at once, and in their order");
    assert!(seen[0].body.contains("99"));
}

#[tokio::test(start_paused = true)]
async fn a_pause_stands_where_a_worker_waits_for_a_token_and_has_begun_nobody() {
    let rig = Rig::new(23);
    let (_, import) = rig.confirmed(24).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    // Its token is over, so the first thing that the worker does is to ask for another.
    let owner = GrantOwner::Portal(portal.clone());
    let stored = rig.kept_grant(&owner).await.expect("kept");
    rig.state.put_grant(&owner, &stored.sealed, rig.clock.now()).await.expect("stored");
    // GO1 takes its time to refuse that, for which the worker makes the import wait for a login.
    rig.end_access_to_go1();
    let asked = rig.world.go1().calls(TOKEN);
    let slow = Fault::always(TOKEN, FaultKind::Delay { milliseconds: 9_000 });
    rig.world.go1().faults().add(slow);
    let until = paused_while_at_work(&rig, &tool, &portal).await;
    assert!(rig.world.go1().calls(TOKEN) > asked, "the worker was waiting for a token");
    rig.world.go1().faults().clear();
    let sent = rig.sent_to_go1().len();
    rig.minutes_pass(60).await;
    assert_eq!(rig.sent_to_go1().len(), sent, "nothing is sent for an hour");
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("it waits");
    assert_eq!((wait.until, wait.why), (until, WaitReason::OwnFault));
}

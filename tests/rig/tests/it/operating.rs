//! What operators do by commands (`infra/ops`), on a product at work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use deleting::DeleteError;
use domain::audit::AuditAction;
use domain::clock::Clock as _;
use domain::ids::{ImportId, PortalId};
use domain::import::{ImportStatus, Wait, WaitReason};
use importing::erasure::EraseError;
use jiff::{SignedDuration, Timestamp};
use operations::error::OpsError;
use operations::grants::{Keys, ResealedAll};
use operations::redrive::Redriven;
use operations::subject::Meant;
use operations::tool::Tool;
use rig::{BLUEGUM, PRAIRIE, Rig, SeededRandom, WATTLE};
use secrecy::SecretString;
use stand_ins::go1::endpoint::CREATE_USER_ACCOUNT;
use stand_ins::{Fault, FaultKind};
use state::memory::Memory;
use state::{GrantOwner, Grants as _, ImportWork as _, Lease};
use vault::SealingKeys;
use worker::{ReturnPath as _, Unhandled};

mod forgetting;
mod unmoved;

/// A second key beside the one that the rig's functions seal with, and what is left when the first is taken away.
const BOTH: &str = r#"{"current":"2","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","2":"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}"#;
const SECOND_ONLY: &str = r#"{"current":"2","2":"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}"#;
const STRANGE: &str = r#"{"current":"3","3":"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}"#;

fn tool(rig: &Rig) -> Tool<Memory> {
    Tool { state: Arc::new(rig.state.clone()), clock: Arc::new(rig.clock), random: Arc::new(SeededRandom::new(99)) }
}

fn keys(secret: &str) -> Keys {
    let keys = Arc::new(SealingKeys::from_json(&SecretString::from(secret)).expect("keys"));
    Keys { xero: keys.clone(), go1: keys }
}

/// A portal that an operator names by its address.
async fn meant(tool: &Tool<Memory>, portal: &str, deed: &str) -> Meant {
    let subject = tool.portal_subject(portal).await.expect("there");
    tool.begin("Robin", deed, &subject, subject.known_as()).await.expect("named")
}

/// How many people of an import fared how, as the command tells it.
async fn together(tool: &Tool<Memory>, portal: &PortalId, import: &ImportId) -> String {
    let story = tool.follow(portal.as_str(), import.as_str()).await.expect("there");
    story.into_iter().find(|line| line.starts_with("together")).unwrap_or_default()
}

/// Until when a portal is paused for ten hours, a second after a worker has read its import.
async fn paused_while_at_work(rig: &Rig, tool: &Tool<Memory>, portal: &PortalId) -> Timestamp {
    let pause = async {
        rig.wait(Duration::from_secs(1)).await;
        tool.pause(portal.as_str(), 10).await.expect("paused")
    };
    tokio::join!(rig.deliver(), pause).1
}

/// Everything that waits becomes a dead letter, as if it had come too often, and one more that nobody can read.
async fn all_messages_die(rig: &Rig, portal: &PortalId) {
    while let Some(event) = rig.receive() {
        for message in &event.records {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let (id, body) = (text(&message.message_id), text(&message.body));
            let letter = Unhandled { message_id: &id, group: portal.as_str(), body: &body };
            rig.queue.to_dead_letters(letter, "a test").await.expect("taken");
        }
        rig.settle(&event, Some(aws_lambda_events::sqs::SqsBatchResponse::default()));
    }
    let newer = Unhandled { message_id: "newer", group: portal.as_str(), body: r#"{"version":99}"# };
    rig.queue.to_dead_letters(newer, "a test").await.expect("taken");
}

#[tokio::test(start_paused = true)]
async fn dead_letters_go_back_into_their_portal_s_group_and_their_import_ends() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.confirmed(24).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    all_messages_die(&rig, &portal).await;
    assert!(rig.queue.is_empty());
    assert_eq!(rig.queue.dead_letters().len(), 3);

    let redriven = tool.redrive(&rig.queue).await.expect("redriven");
    assert_eq!((redriven.sent, redriven.over, redriven.kept.len()), (2, 0, 1), "{redriven:?}");
    assert_eq!(rig.queue.groups(), [portal.as_str(), portal.as_str()], "one portal's messages wait for each other");
    assert_eq!(rig.queue.dead_letters().len(), 1, "what cannot be read stays");
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.done, 24);
    assert_eq!(rig.learners(&BLUEGUM).len(), 24, "and nobody twice");

    let body = rig.queue.bodies().remove(0);
    let again = Unhandled { message_id: "again", group: portal.as_str(), body: &body };
    rig.queue.to_dead_letters(again, "a test").await.expect("taken");
    let redriven = tool.redrive(&rig.queue).await.expect("redriven");
    assert_eq!((redriven.sent, redriven.over), (0, 1), "its import is over: {redriven:?}");
    assert!(rig.queue.is_empty() && redriven != Redriven::default());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_handled_keeps_its_group() {
    let rig = Rig::new(2);
    rig.queue.put("700001", "unknown", r#"{"version":99,"portal":"700001"}"#);
    rig.pump().await;
    assert_eq!(rig.queue.dead_letters().len(), 1);
    assert_eq!(rig.queue.dead_letter_groups(), ["700001"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_stuck_is_listed_and_followed_by_ids_alone() {
    let rig = Rig::new(3);
    let (_, import) = rig.confirmed(24).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    rig.wait(Duration::from_mins(40)).await;
    let stuck = tool.stuck().await.expect("listed");
    let [one] = stuck.as_slice() else { panic!("one import: {stuck:?}") };
    assert!(rig.clock.now().duration_since(one.last_sign) >= SignedDuration::from_mins(40));
    let line = one.line(rig.clock.now());
    assert!(line.contains(import.as_str()) && line.contains(portal.as_str()) && line.contains("0 of 2 batches tried"));

    rig.end_access_to_go1();
    rig.minutes_pass(2).await;
    let line = tool.stuck().await.expect("listed")[0].line(rig.clock.now());
    assert!(line.contains("a login of an administrator"), "{line}");

    let story = tool.follow(portal.as_str(), import.as_str()).await.expect("there").join("\n");
    for told in ["accepted: import of 24 people", "sent last, sending 1", "together: 24 wait", "has not ended"] {
        assert!(story.contains(told), "{told} in {story}");
    }
    let people = rig.kept_people(&BLUEGUM, &import).await;
    for person in &people {
        assert!(story.contains(person.employee_id.as_str()));
        assert!(!story.contains(&person.family_name) && !story.contains(person.email.as_str()), "{story}");
    }
    assert!(matches!(tool.follow(portal.as_str(), "another").await, Err(OpsError::NoImport)));
}

#[tokio::test(start_paused = true)]
async fn a_paused_portal_is_not_worked_for_two_days_and_its_import_ends_well_after_them() {
    let rig = Rig::new(11);
    let (_, import) = rig.confirmed(24).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    // Longer than an import may take.
    let until = tool.pause(portal.as_str(), 48).await.expect("paused");
    assert!(tool.stuck().await.expect("listed")[0].line(rig.clock.now()).contains(&format!("paused until {until}")));
    let story = tool.follow(portal.as_str(), import.as_str()).await.expect("there");
    assert!(story.contains(&format!("paused by an operator until {until}")), "{story:?}");
    assert!(!story.iter().any(|line| line.contains("went on") || line.contains("waits until")), "{story:?}");
    let sent = rig.sent_to_go1().len();
    for _ in 0..47 {
        rig.wait(Duration::from_mins(58)).await;
        rig.minutes_pass(2).await;
    }
    assert_eq!(rig.sent_to_go1().len(), sent, "GO1 is not called");
    assert_eq!(together(&tool, &portal, &import).await, "together: 24 wait", "and nobody is given up");
    rig.wait(Duration::from_mins(58)).await;
    rig.minutes_pass(15).await;
    assert_eq!(together(&tool, &portal, &import).await, "together: 24 done", "it goes on by itself");
    assert!(matches!(tool.pause(portal.as_str(), 1).await, Err(OpsError::NothingRuns)));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_ends_early_leaves_what_go1_asked_for() {
    let rig = Rig::new(18);
    let (_, import) = rig.confirmed(3).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    let until = rig.clock.now() + SignedDuration::from_hours(6);
    let wait = Wait { until, why: WaitReason::RetryAfter, times: 1 };
    rig.state.set_wait(&portal, &import, &wait, Some(until)).await.expect("memory answers");
    tool.pause(portal.as_str(), 8).await.expect("paused");
    rig.minutes_pass(60).await;
    tool.resume(portal.as_str()).await.expect("resumed");
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    assert_eq!((kept.wait, kept.asked_until), (Some(wait), Some(until)));
    let calls = rig.sent_to_go1().len();
    rig.minutes_pass(4 * 60).await;
    assert_eq!(rig.sent_to_go1().len(), calls, "GO1 is left alone");
    rig.minutes_pass(75).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Done);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_ended_by_a_command_and_what_only_waits_is_not() {
    let rig = Rig::new(12);
    let (olivia, import) = rig.confirmed(24).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    assert!(matches!(tool.resume(portal.as_str()).await, Err(OpsError::NotPaused)));
    tool.pause(portal.as_str(), 100).await.expect("paused");
    rig.minutes_pass(30).await;
    assert_eq!(olivia.progress(&import).await.done, 0);
    tool.resume(portal.as_str()).await.expect("resumed");
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    assert_eq!((kept.wait, kept.paused_until(rig.clock.now())), (None, None));
    assert_eq!(kept.ends_by(), rig.clock.now() + SignedDuration::from_hours(24), "its whole time from now on");
    rig.minutes_pass(11).await;
    assert_eq!(olivia.progress(&import).await.done, 24);
}

#[tokio::test(start_paused = true)]
async fn a_pause_stands_where_a_worker_at_work_stores_a_wait_of_its_own() {
    let rig = Rig::new(13);
    let (_, import) = rig.confirmed(24).await;
    let (portal, tool) = (rig.portal(&BLUEGUM), tool(&rig));
    // GO1 does not answer in time, for which the worker makes the import wait a little.
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::Delay { milliseconds: 50_000 }));
    let until = paused_while_at_work(&rig, &tool, &portal).await;
    rig.world.go1().faults().clear();
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("it waits");
    assert_eq!((wait.until, wait.why), (until, WaitReason::OwnFault));
    let sent = rig.sent_to_go1().len();
    rig.minutes_pass(60).await;
    assert_eq!(rig.sent_to_go1().len(), sent);
}

#[tokio::test(start_paused = true)]
async fn every_token_set_is_sealed_anew_while_an_import_waits_and_the_old_key_can_go() {
    let rig = Rig::new(4);
    let (olivia, import) = rig.confirmed(24).await;
    let (portal, tool) = (GrantOwner::Portal(rig.portal(&BLUEGUM)), tool(&rig));
    let counted = |key: &str| BTreeMap::from([(("GO1", key.to_owned()), 1), (("Xero", key.to_owned()), 1)]);
    assert_eq!(tool.keys().await.expect("counted"), counted("1"));

    // A worker renews one of them at this moment.
    let stored = rig.kept_grant(&portal).await.expect("kept");
    let now = rig.clock.now();
    let lease = Lease { holder: "a worker".to_owned(), until: now + SignedDuration::from_secs(10) };
    rig.state.lease_grant(&portal, stored.generation, &lease, now).await.expect("free");
    let all = tool.reseal(&keys(BOTH)).await.expect("resealed");
    assert_eq!(all, ResealedAll { now: 1, in_use: 1, ..ResealedAll::default() });
    rig.wait(Duration::from_secs(11)).await;
    let all = tool.reseal(&keys(BOTH)).await.expect("resealed");
    assert_eq!(all, ResealedAll { now: 1, before: 1, ..ResealedAll::default() });
    assert_eq!(tool.keys().await.expect("counted"), counted("2"));

    // The first key is gone, and nobody has to log in again.
    let worker = rig.worker_sealing_with(SECOND_ONLY);
    while !rig.queue.is_empty() {
        rig.deliver_to(&worker).await;
    }
    assert_eq!(olivia.progress(&import).await.done, 24);

    let all = tool.reseal(&keys(STRANGE)).await.expect("told");
    assert_eq!((all.now, all.failed.len()), (0, 2), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_handed_out_without_tokens_and_erased_with_a_receipt() {
    let rig = Rig::new(5);
    let (_, import) = rig.imported(&WATTLE).await;
    let (portal, tool) = (rig.portal(&WATTLE), tool(&rig));
    let people = rig.kept_people(&WATTLE, &import).await;
    assert!(!people.is_empty());
    let export = tool.export(portal.as_str()).await.expect("held").to_string();
    for person in &people {
        assert!(export.contains(person.email.as_str()), "{} is handed out", person.email.as_str());
    }
    for part in ["members", "trail", "portal", "organisation", "sign_up", "plan", "imports"] {
        assert!(export.contains(&format!("\"{part}\":")), "{part}");
    }
    for secret in rig.world.issued_secrets() {
        assert!(!export.contains(&secret), "a token is handed out");
    }

    let receipt = tool.erase(&meant(&tool, portal.as_str(), "erase").await).await.expect("erased");
    assert!(receipt.ended_at.is_some());
    let kept = rig.state.items().join("\n");
    for person in &people {
        assert!(!kept.contains(person.email.as_str()) && !kept.contains(&person.family_name), "nobody is left");
    }
    assert!(rig.kept_grant(&GrantOwner::Portal(portal.clone())).await.is_none());
    assert!(matches!(tool.portal_subject("another").await, Err(OpsError::NoPortal)));
}

#[tokio::test(start_paused = true)]
async fn whoever_has_no_portal_is_found_handed_out_and_deleted_and_whoever_has_one_is_not() {
    let rig = Rig::new(14);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    olivia.look(&courses).await;
    let kept = rig.kept_sign_up(&WATTLE).await;
    let (tool, email) = (tool(&rig), kept.details.email.as_str());
    let found = tool.find(&email.to_uppercase()).await.expect("read");
    assert_eq!(found, [format!("sign-up {}: no portal", kept.id)]);
    assert_eq!(tool.find("nobody@example.com").await.expect("read"), [""; 0]);

    let export = tool.export_entered(kept.id.as_str()).await.expect("held");
    let employee = rig.employees(&WATTLE).remove(0);
    assert_eq!(export["sign_up"]["details"]["email"], email);
    assert_eq!(export["organisations"][0]["organisation"]["name"], WATTLE.organisation);
    assert!(export["plan"].to_string().contains(&employee.last_name), "the people that were looked at");
    assert!(export["trail"].as_array().is_some_and(|trail| !trail.is_empty()));
    for secret in rig.world.issued_secrets() {
        assert!(!export.to_string().contains(&secret), "a token is handed out");
    }

    let subject = tool.sign_up_subject(kept.id.as_str()).await.expect("there");
    assert!(subject.to_string().contains(WATTLE.organisation), "{subject}");
    let meant = tool.begin("Robin", "erase-entered", &subject, email).await.expect("named");
    tool.erase_entered(&meant).await.expect("deleted");
    let left = rig.state.items().join("\n");
    for name in ["Olivia", email, &employee.last_name, WATTLE.xero_user, WATTLE.organisation] {
        assert!(!left.contains(name), "{name} is left");
    }
    assert!(matches!(tool.sign_up_subject(kept.id.as_str()).await, Err(OpsError::NoSignUp)));
    assert!(matches!(tool.erase_entered(&meant).await, Err(OpsError::NoSignUp)));
    assert_eq!(tool.tier(5).await.expect("counted"), "0 of 5 connections", "none of its connections is kept");

    rig.imported(&PRAIRIE).await;
    let with_portal = rig.kept_sign_up(&PRAIRIE).await;
    let subject = tool.sign_up_subject(with_portal.id.as_str()).await.expect("there");
    let typed = with_portal.details.email.as_str();
    let meant = tool.begin("Robin", "erase-entered", &subject, typed).await.expect("named");
    let refused = tool.erase_entered(&meant).await;
    assert!(matches!(refused, Err(OpsError::NotDeleted(DeleteError::HasPortal))), "{refused:?}");
    assert_eq!(rig.kept_sign_up(&PRAIRIE).await, with_portal);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_erased_while_an_import_runs() {
    let rig = Rig::new(6);
    rig.confirmed(24).await;
    let (tool, portal) = (tool(&rig), rig.portal(&BLUEGUM));
    let refused = tool.erase(&meant(&tool, portal.as_str(), "erase").await).await;
    assert!(matches!(refused, Err(OpsError::Erase(EraseError::ImportActive(_)))), "{refused:?}");
    rig.pump().await;
    assert_eq!(rig.learners(&BLUEGUM).len(), 24);
}

#[tokio::test(start_paused = true)]
async fn what_an_operator_does_stands_in_a_trail_of_its_own_and_in_no_customer_s() {
    let rig = Rig::new(8);
    rig.imported(&WATTLE).await;
    let tool = tool(&rig);
    let before = rig.trail(&WATTLE).await.len();
    tool.note("Robin", "redrive", "dead letters").await.expect("written");
    let trail = tool.trail().await.expect("read");
    let [entry] = trail.as_slice() else { panic!("one entry: {trail:?}") };
    let acted = AuditAction::OperatorActed { deed: "redrive".to_owned(), about: "dead letters".to_owned() };
    assert_eq!((entry.by.as_deref(), &entry.action), (Some("Robin"), &acted));
    assert_eq!(rig.trail(&WATTLE).await.len(), before);
    rig.wait(Duration::from_hours(91 * 24)).await;
    assert_eq!(tool.trail().await.expect("read"), trail, "longer than any sign-up is kept");
    assert_eq!(tool.tier(5).await.expect("counted"), "1 of 5 connections");
    assert_eq!(tool.tier(2).await.expect("counted"), "1 of 2 connections, which is nearly full");
}

//! What the trail says of presses that change nothing of an import: who signed everybody out, whose contacts were chosen, who
//! downloaded the names of a report. And how much of it a page reads.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::audit::{AuditAction, AuditEntry};
use domain::ids::ImportId;
use http::StatusCode;
use rig::{
    Customer, EMPLOYEES_GROUP, JUNIPER, Page, Rig, Sent, Step, StepHook, Steps, Visitor, WATTLE, expect, killed_at,
};
use state::{AuditTrail as _, StateError};

use super::{framed, says, token_of};

const OTHERS_OUT: &str = "/portal/settings/sign-out-others";
const EVERYWHERE: &str = "/signout/everywhere";

/// The entries about such an action, oldest first.
async fn told(rig: &Rig, customer: &Customer, is_it: impl Fn(&AuditAction) -> bool) -> Vec<AuditEntry> {
    let mut trail = rig.trail(customer).await;
    trail.retain(|entry| is_it(&entry.action));
    trail
}

fn is_report(action: &AuditAction) -> bool {
    matches!(action, AuditAction::ReportDownloaded { .. })
}

fn is_choice(action: &AuditAction) -> bool {
    matches!(action, AuditAction::PeopleChosen { .. })
}

/// How many lines tell of reports.
async fn report_lines(rig: &Rig) -> usize {
    told(rig, &WATTLE, is_report).await.len()
}

async fn download(visitor: &Visitor, import: &ImportId) -> Page {
    visitor.open(&format!("/imports/{import}/report.csv")).await
}

#[tokio::test(start_paused = true)]
async fn signing_everybody_else_out_leaves_a_line_wherever_it_is_cut_off() {
    let mut cut_off = 0;
    for stops in 0.. {
        let rig = Rig::new(1);
        rig.imported(&WATTLE).await;
        let (ada, other) = (rig.administrator(&WATTLE).await, rig.administrator(&WATTLE).await);
        let settings = ada.open("/portal/settings").await;
        let at = rig.world.now();
        let is_whole = killed_at(stops, ada.browser.submit(&settings, OTHERS_OUT, &[])).await.is_some();
        let is_out = other.open("/portal").await.status == StatusCode::UNAUTHORIZED;
        let told = told(&rig, &WATTLE, |action| *action == AuditAction::OthersSignedOut).await;
        assert!(told.len() == 1 || !is_out && told.is_empty(), "killed at {stops}: {told:?}");
        for entry in &told {
            assert_eq!((entry.by.as_deref(), entry.at), (Some("Olivia Hartley"), at), "who, and when");
        }
        if is_whole {
            // Nobody is left to be signed out.
            ada.browser.submit(&settings, OTHERS_OUT, &[]).await;
            let trail = rig.trail(&WATTLE).await;
            let told = trail.iter().filter(|entry| entry.action == AuditAction::OthersSignedOut).count();
            assert_eq!(told, 1, "a press that signs nobody out leaves no line");
            says(&framed(ada.open("/portal/settings").await, "/portal/settings"), &["Signed everyone else out"]);
            break;
        }
        cut_off += usize::from(is_out);
    }
    assert!(cut_off > 0, "it was cut off after somebody was out");
}

#[tokio::test(start_paused = true)]
async fn signing_out_of_all_browsers_leaves_a_line_that_stays_once_there_is_a_portal() {
    let rig = Rig::new(2);
    let (at_work, _) = rig.at_courses(&WATTLE).await;
    let at_home = rig.visitor(&WATTLE);
    expect(at_home.arrive().await, StatusCode::OK, "/preview");
    let page = expect(at_work.open("/delete").await, StatusCode::OK, "/delete");
    expect(at_work.browser.submit(&page, EVERYWHERE, &[]).await, StatusCode::OK, EVERYWHERE);
    let told = told(&rig, &WATTLE, |action| *action == AuditAction::SignedOutEverywhere).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].by.as_deref(), Some("Olivia Hartley"));
    expect(at_home.arrive().await, StatusCode::OK, "/preview");
    let people = at_home.look_again().await;
    at_home.skip(&people).await;
    let ada = rig.administrator(&WATTLE).await;
    says(&framed(ada.open("/portal/settings").await, "/portal/settings"), &["Signed out of all browsers"]);
}

#[tokio::test(start_paused = true)]
async fn a_report_leaves_a_line_an_hour_for_each_who_downloads_it_and_none_where_it_is_refused() {
    let rig = Rig::new(3);
    let (olivia, import) = rig.imported(&WATTLE).await;
    assert_eq!(download(&olivia, &"of-nobody".into()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(told(&rig, &WATTLE, is_report).await, []);
    for _ in 0..3 {
        assert_eq!(download(&olivia, &import).await.status, StatusCode::OK);
    }
    let first = told(&rig, &WATTLE, is_report).await;
    assert_eq!(first.len(), 1, "{first:?}");
    let downloaded = AuditAction::ReportDownloaded { import: import.clone() };
    assert_eq!((&first[0].action, first[0].by.as_deref()), (&downloaded, Some("Olivia Hartley")));
    assert_eq!(first[0].at, rig.world.now());
    for account in rig.learners(&WATTLE) {
        let text = serde_json::to_string(&first[0]).expect("serialises");
        assert!(!text.contains(&account.email) && !text.contains(&account.family_name), "{text}");
    }
    rig.used_for(&olivia, Duration::from_mins(62)).await;
    olivia.arrive().await;
    assert_eq!(download(&olivia, &import).await.status, StatusCode::OK);
    assert_eq!(told(&rig, &WATTLE, is_report).await.len(), 2);
    let ada = rig.administrator(&WATTLE).await;
    let settings = framed(ada.open("/portal/settings").await, "/portal/settings");
    says(&settings, &["Downloaded a report", "See it"]);
}

#[tokio::test(start_paused = true)]
async fn no_report_is_downloaded_without_a_line_wherever_it_is_cut_off() {
    for stops in 0.. {
        let rig = Rig::new(4);
        let (olivia, import) = rig.imported(&WATTLE).await;
        let answer = killed_at(stops, download(&olivia, &import)).await;
        if let Some(answer) = answer {
            assert_eq!((answer.status, report_lines(&rig).await), (StatusCode::OK, 1));
            assert!(stops > 4, "it asks Xero, and the table before and after that: {stops}");
            break;
        }
        assert_eq!(download(&olivia, &import).await.status, StatusCode::OK);
        assert_eq!(report_lines(&rig).await, 1, "killed at {stops}");
    }
}

#[tokio::test(start_paused = true)]
async fn whose_people_are_chosen_leaves_a_line_for_each_change() {
    let rig = Rig::new(5);
    let (rosa, _) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let chosen = |of_group| AuditAction::PeopleChosen { tenant: rig.tenant(&JUNIPER), of_group };
    let actions =
        async || told(&rig, &JUNIPER, is_choice).await.into_iter().map(|entry| entry.action).collect::<Vec<_>>();
    assert_eq!(actions().await, [chosen(true)]);
    let entry = told(&rig, &JUNIPER, is_choice).await.remove(0);
    assert_eq!(entry.by, Some(rig.kept_sign_up(&JUNIPER).await.details.name()));
    let group = rig.kept_tenant(&JUNIPER).await.contact_group.expect("chosen");
    let text = serde_json::to_string(&entry).expect("serialises");
    assert!(!text.contains(&group.name) && !text.contains(group.id.as_str()), "its name may be somebody's: {text}");
    let groups = rosa.open("/preview/groups").await;
    rosa.choose_group(&groups, EMPLOYEES_GROUP).await;
    assert_eq!(actions().await.len(), 1, "the same again changes nothing");
    rosa.choose_group(&groups, "Suppliers").await;
    rosa.browser.follow(Sent::post(&groups, "/preview/groups", &token_of(&groups))).await;
    rosa.choose_group(&groups, EMPLOYEES_GROUP).await;
    assert_eq!(actions().await, [chosen(true), chosen(true), chosen(false), chosen(true)]);
}

#[tokio::test(start_paused = true)]
async fn no_choice_is_kept_without_a_line_wherever_it_is_cut_off() {
    let mut kept = 0;
    for stops in 0.. {
        let rig = Rig::new(6);
        let (rosa, _) = rig.at_people(&JUNIPER).await;
        let groups = rosa.allow_contacts().await;
        let is_whole = killed_at(stops, rosa.choose_group(&groups, EMPLOYEES_GROUP)).await.is_some();
        let is_kept = rig.kept_tenant(&JUNIPER).await.contact_group.is_some();
        let lines = told(&rig, &JUNIPER, is_choice).await.len();
        assert!(lines == 1 || !is_kept && lines == 0, "killed at {stops}: {lines}");
        if is_whole {
            assert!(is_kept && kept > 0, "it was cut off after it was kept");
            break;
        }
        kept += usize::from(is_kept);
    }
}

/// The names of the steps that read a trail.
#[derive(Clone, Debug, Default)]
struct Reads(Arc<Mutex<Vec<&'static str>>>);

#[async_trait]
impl StepHook for Reads {
    type Context = ();

    async fn before(&self, step: Step) -> Result<(), StateError> {
        if let Step::Read(name) = step
            && name.contains("audit")
        {
            self.0.lock().expect("no panic inside").push(name);
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn no_page_reads_more_of_a_trail_than_it_shows_and_each_still_says_who_imported() {
    let rig = Rig::new(7);
    let (_, import) = rig.imported(&WATTLE).await;
    let sign_up = rig.kept_tenant(&WATTLE).await.sign_up;
    for number in 0..300 {
        rig.wait(Duration::from_secs(1)).await;
        let guard = format!("guard {number}");
        let action = AuditAction::EntryRefused { guard };
        let entry = AuditEntry { at: rig.world.now(), sign_up: sign_up.clone(), action, by: None, from: None };
        rig.state.append_audit(&entry).await.expect("memory answers");
    }
    let reads = Reads::default();
    let ada = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), reads.clone()), &WATTLE);
    let login = ada.configure(&rig.domain_of(&WATTLE)).await;
    ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await;
    reads.0.lock().expect("no panic inside").clear();
    let settings = framed(ada.open("/portal/settings").await, "/portal/settings");
    says(
        &settings,
        &["Signed in from the portal", "(guard 299)", "(guard 101)", "There are older ones", "Olivia Hartley"],
    );
    assert!(!settings.words().contains("(guard 100)"), "one entry is hers, and 199 are these");
    says(&framed(ada.open("/portal").await, "/portal"), &["by Olivia Hartley"]);
    let undo = format!("/portal/undo/{import}");
    says(&framed(ada.open(&undo).await, &undo), &["Olivia Hartley"]);
    let read = reads.0.lock().expect("no panic inside").clone();
    assert!(read.len() >= 3 && !read.contains(&"audit_of"), "{read:?}");
}

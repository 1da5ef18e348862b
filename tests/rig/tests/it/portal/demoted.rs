//! An administrator whom GO1 has demoted within their hour: what cannot be taken back is no longer theirs to do.

use http::StatusCode;
use rig::{Page, Rig, Visitor, WATTLE, import_of, ticked};
use stand_ins::go1::{LEARNER, endpoint};
use stand_ins::{Fault, FaultKind};

/// What cannot be taken back.
const DEEDS: [&str; 5] = ["erase", "undo", "disconnect", "end-owner", "sign-out-others"];

/// Before the last button of a deed.
struct Before {
    rig: Rig,
    /// Whoever signed up, in a browser of hers.
    olivia: Visitor,
    /// The administrator.
    ada: Visitor,
    /// The page that asks, and where its form leads.
    asked: Page,
    action: String,
}

impl Before {
    async fn of(seed: u64, deed: &str) -> Self {
        let rig = Rig::new(seed);
        let (olivia, import) = rig.imported(&WATTLE).await;
        let ada = rig.administrator(&WATTLE).await;
        let (page, action) = match deed {
            "erase" => ("/portal/erase".to_owned(), "/portal/erase".to_owned()),
            "undo" => (format!("/portal/undo/{import}"), format!("/portal/undo/{import}")),
            "disconnect" => ("/disconnect".to_owned(), "/portal/disconnect".to_owned()),
            deed => ("/portal/settings".to_owned(), format!("/portal/settings/{deed}")),
        };
        let asked = ada.open(&page).await;
        assert_eq!(asked.status, StatusCode::OK, "{deed}: {}", asked.words());
        Self { rig, olivia, ada, asked, action }
    }

    async fn press(&self) -> Page {
        self.ada.browser.submit(&self.asked, &self.action, &[]).await
    }

    /// Nothing was erased, undone or disconnected, and whoever signed up is in and may come in.
    async fn nothing_happened(&self, deed: &str) {
        let Self { rig, olivia, .. } = self;
        assert!(rig.kept_portal(&WATTLE).await.erased_at.is_none(), "{deed}");
        assert!(rig.kept_portal(&WATTLE).await.active_import.is_none(), "{deed}");
        assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_none(), "{deed}");
        assert_eq!(rig.connections(&WATTLE), 1, "{deed}");
        assert!(rig.kept_sign_up(&WATTLE).await.owner.is_some(), "{deed}");
        assert_eq!(olivia.open("/get-started").await.status, StatusCode::OK, "{deed}");
    }
}

#[tokio::test(start_paused = true)]
async fn whom_go1_has_demoted_can_do_nothing_that_cannot_be_taken_back_and_is_out() {
    for deed in DEEDS {
        let before = Before::of(1, deed).await;
        before.rig.world.go1().set_role(&before.rig.administrator_of(&WATTLE), LEARNER);
        let refused = before.press().await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{deed}: {}", refused.words());
        assert!(refused.words().contains("Only administrators can manage this"), "{deed}: {}", refused.words());
        before.nothing_happened(deed).await;
        assert_eq!(before.ada.open("/portal/settings").await.status, StatusCode::UNAUTHORIZED, "{deed}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_go1_does_not_answer_nothing_happens_that_cannot_be_taken_back_and_the_next_press_does_it() {
    for deed in DEEDS {
        let before = Before::of(2, deed).await;
        let faults = before.rig.world.go1().faults();
        faults.add(Fault::always(endpoint::GET_USER_ACCOUNT, FaultKind::status(503)));
        let refused = before.press().await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{deed}: {}", refused.words());
        before.nothing_happened(deed).await;
        faults.clear();
        let done = before.press().await;
        assert_eq!(done.status, StatusCode::OK, "{deed}: {}", done.words());
    }
}

/// An administrator at the list of people, of whom one is new.
async fn at_people(seed: u64) -> (Rig, Visitor, Page) {
    let rig = Rig::new(seed);
    rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    let users = ada.open("/portal/users").await;
    let people = ada.look(&users).await;
    assert_eq!(ticked(&people), ["new"]);
    (rig, ada, people)
}

fn demote(rig: &Rig) {
    rig.world.go1().set_role(&rig.administrator_of(&WATTLE), LEARNER);
}

#[tokio::test(start_paused = true)]
async fn whom_go1_has_demoted_imports_nobody() {
    let (rig, ada, people) = at_people(3).await;
    demote(&rig);
    let refused = ada.confirm(&people).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    assert!(refused.words().contains("Only administrators can manage this"), "{}", refused.words());
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((portal.active_import, portal.imports_accepted, portal.places_used), (None, 1, 7));
    assert_eq!(ada.open("/preview/people").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn whom_go1_has_demoted_has_nobody_s_people_read_again_and_no_report() {
    let (rig, ada, people) = at_people(4).await;
    demote(&rig);
    let reads = rig.world.xero().call_log().len();
    let refused = ada.check_again(&people, &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    assert_eq!(rig.world.xero().call_log().len(), reads, "Xero was not asked for her");
    assert_eq!(ada.open("/preview/people").await.status, StatusCode::UNAUTHORIZED);

    let rig = Rig::new(5);
    let (_, import) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    let report = format!("/imports/{import}/report.csv");
    assert_eq!(ada.open(&report).await.status, StatusCode::OK);
    demote(&rig);
    assert_eq!(ada.open(&report).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.open(&format!("/imports/{import}")).await.status, StatusCode::UNAUTHORIZED, "nor its page");
}

#[tokio::test(start_paused = true)]
async fn whom_go1_has_demoted_sees_none_of_the_portal_s_users() {
    let rig = Rig::new(9);
    rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    assert!(ada.open("/portal/users").await.words().contains("7 people are imported"));
    demote(&rig);
    let refused = ada.open("/portal/users").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    assert!(!refused.text.contains("@wattlegrove.example.com"), "{}", refused.words());
    assert_eq!(ada.open("/portal").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn where_go1_does_not_answer_nobody_is_imported_and_the_next_press_does_it() {
    let (rig, ada, people) = at_people(6).await;
    let faults = rig.world.go1().faults();
    faults.add(Fault::always(endpoint::GET_USER_ACCOUNT, FaultKind::status(503)));
    let refused = ada.confirm(&people).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.words());
    assert_eq!(rig.kept_portal(&WATTLE).await.imports_accepted, 1);
    faults.clear();
    let again = ada.open("/preview/people").await;
    assert_eq!(ticked(&again), ["new"], "and the ticks are as they were");
    import_of(&ada.confirm(&again).await);
    assert_eq!(rig.kept_portal(&WATTLE).await.imports_accepted, 2);
}

/// What was allowed when she came in, an hour ago at the most.
#[tokio::test(start_paused = true)]
async fn where_go1_does_not_answer_the_report_can_still_be_had() {
    let rig = Rig::new(7);
    let (_, import) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    rig.world.go1().faults().add(Fault::always(endpoint::GET_USER_ACCOUNT, FaultKind::status(503)));
    assert_eq!(ada.open(&format!("/imports/{import}/report.csv")).await.status, StatusCode::OK);
}

/// The list is read again as well, which asks about her no second time.
#[tokio::test(start_paused = true)]
async fn go1_is_asked_about_an_administrator_once_for_an_import_however_old_the_list_is() {
    for minutes in [0, 5] {
        let (rig, ada, people) = at_people(8).await;
        rig.wait(std::time::Duration::from_mins(minutes)).await;
        let asked = rig.world.go1().calls(endpoint::GET_USER_ACCOUNT);
        import_of(&ada.confirm(&people).await);
        assert_eq!(rig.world.go1().calls(endpoint::GET_USER_ACCOUNT) - asked, 1, "{minutes}");
    }
}

//! An administrator whom GO1 has demoted within their hour: what cannot be taken back is no longer theirs to do.

use http::StatusCode;
use rig::{Page, Rig, Visitor, WATTLE};
use stand_ins::go1::{LEARNER, endpoint};
use stand_ins::{Fault, FaultKind};

/// What cannot be taken back, each by the page that asks.
const DEEDS: [&str; 3] = ["erase", "undo", "disconnect"];

/// An administrator before the last button of a deed.
async fn before_the_press(seed: u64, deed: &str) -> (Rig, Visitor, Page) {
    let rig = Rig::new(seed);
    let (_, import) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    let page = match deed {
        "erase" => "/portal/erase".to_owned(),
        "undo" => format!("/portal/undo/{import}"),
        _ => "/disconnect".to_owned(),
    };
    let asked = ada.open(&page).await;
    assert_eq!(asked.status, StatusCode::OK, "{deed}: {}", asked.words());
    (rig, ada, asked)
}

async fn press(ada: &Visitor, asked: &Page) -> Page {
    let path = asked.url.path().to_owned();
    let action = [path.as_str(), "/portal/disconnect"].into_iter().find(|action| asked.form(action).is_ok());
    ada.browser.submit(asked, action.expect("a form"), &[]).await
}

/// Nothing was erased, undone or disconnected.
async fn nothing_happened(rig: &Rig, deed: &str) {
    assert!(rig.kept_portal(&WATTLE).await.erased_at.is_none(), "{deed}");
    assert!(rig.kept_portal(&WATTLE).await.active_import.is_none(), "{deed}");
    assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_none(), "{deed}");
    assert_eq!(rig.connections(&WATTLE), 1, "{deed}");
}

#[tokio::test(start_paused = true)]
async fn whom_go1_has_demoted_can_neither_erase_nor_undo_nor_disconnect_and_is_out() {
    for deed in DEEDS {
        let (rig, ada, asked) = before_the_press(1, deed).await;
        rig.world.go1().set_role(&rig.administrator_of(&WATTLE), LEARNER);
        let refused = press(&ada, &asked).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{deed}: {}", refused.words());
        assert!(refused.words().contains("Only administrators can manage this"), "{deed}: {}", refused.words());
        nothing_happened(&rig, deed).await;
        assert_eq!(ada.open("/portal/settings").await.status, StatusCode::UNAUTHORIZED, "{deed}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_go1_does_not_answer_nothing_happens_that_cannot_be_taken_back_and_the_next_press_does_it() {
    for deed in DEEDS {
        let (rig, ada, asked) = before_the_press(2, deed).await;
        let faults = rig.world.go1().faults();
        faults.add(Fault::always(endpoint::GET_USER_ACCOUNT, FaultKind::status(503)));
        let refused = press(&ada, &asked).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{deed}: {}", refused.words());
        nothing_happened(&rig, deed).await;
        faults.clear();
        let done = press(&ada, &asked).await;
        assert_eq!(done.status, StatusCode::OK, "{deed}: {}", done.words());
    }
}

//! Erasing and undoing: the second steps, and the receipt.

use domain::erasure::{Receipt, Removed, XeroEnding};
use jiff::SignedDuration;
use web::pages::{ConnectionShown, EraseNotice, ErasePage, ReceiptPage, UndoPage};

use super::common::{HOSTILE, Sample, domain, now, page, timezone, token};
use super::portal::{days_ago, framed, organisation};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = erasing();
    samples.extend(undoing());
    samples
}

fn erasing() -> Vec<Sample> {
    let erase = ErasePage {
        form_token: token(),
        domain: domain(),
        organisation: organisation(ConnectionShown::Connected),
        places_used: 73,
        running: None,
        begun: false,
        imports_accepted: 3,
        notice: None,
    };
    let gone = organisation(ConnectionShown::Disconnected { at: now(), removed_at_xero: true });
    let receipt = Receipt {
        id: "0f5d3c9a71e2486bb0d2c4f1a8937e65".into(),
        domain: domain(),
        asked_at: now(),
        ended_at: Some(now() + SignedDuration::from_secs(9)),
        timezone: Some(timezone().to_owned()),
        removed: Removed {
            sign_ups: 1,
            plans: 2,
            people: 87,
            imports: 4,
            members: 73,
            audit_entries: 14,
            xero_logins: 1,
            go1_accesses: 1,
            sessions: 2,
        },
        xero: Some(XeroEnding::Removed),
        access_kept: false,
        places_used: 73,
        imports_accepted: 4,
    };
    let nothing =
        Receipt { removed: Removed::default(), xero: Some(XeroEnding::DisconnectedBefore), ..receipt.clone() };
    let erasing = Receipt { xero: None, ended_at: None, ..receipt.clone() };
    let here_only = Receipt { xero: Some(XeroEnding::NotRemoved), ..receipt.clone() };
    vec![
        framed("portal-erase", &erase),
        framed("portal-erase-running", &ErasePage { running: Some("i5".into()), ..erase.clone() }),
        framed("portal-erase-outdated", &ErasePage { notice: Some(EraseNotice::Outdated), ..erase.clone() }),
        framed(
            "portal-erase-xero-unavailable",
            &ErasePage { begun: true, notice: Some(EraseNotice::XeroUnavailable), ..erase.clone() },
        ),
        framed("portal-erase-begun", &ErasePage { begun: true, organisation: gone, ..erase }),
        page("portal-receipt", &ReceiptPage { receipt }),
        page("portal-receipt-erasing", &ReceiptPage { receipt: erasing }),
        page("portal-receipt-here-only", &ReceiptPage { receipt: here_only }),
        page("portal-receipt-of-nothing", &ReceiptPage { receipt: nothing }),
    ]
}

fn undoing() -> Vec<Sample> {
    let undo = UndoPage {
        form_token: token(),
        import: "i3".into(),
        domain: domain(),
        organisation: organisation(ConnectionShown::Connected),
        accepted_at: days_ago(2),
        by: Some("Olivia Hartley".to_owned()),
        enrollments: 1_000,
        created: 198,
        begun: Some(0),
        linked: 2,
        left_out: 0,
        taken_back: 0,
        imports_accepted: 4,
        until: days_ago(2) + SignedDuration::from_hours(7 * 24),
    };
    let one = UndoPage {
        enrollments: 5,
        created: 1,
        linked: 0,
        left_out: 1,
        taken_back: 1,
        by: None,
        begun: Some(1),
        ..undo.clone()
    };
    let hostile = UndoPage { by: Some(HOSTILE.to_owned()), created: 0, begun: None, ..undo.clone() };
    vec![framed("portal-undo", &undo), framed("portal-undo-one", &one), framed("portal-undo-hostile", &hostile)]
}

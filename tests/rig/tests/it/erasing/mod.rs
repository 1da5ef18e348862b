//! Erasing what is held: nobody is left in the table, somebody else's is as it was, and a receipt says what went.

mod cut_off;
mod gone;
mod obstacles;
mod slow;
mod thawed;

use std::time::Duration;

use domain::erasure::Receipt;
use domain::ids::ReceiptId;
use http::{HeaderValue, StatusCode};
use rig::{MEI, Page, Rig, Visitor, WATTLE, expect, import_of, press_import};
use state::ReceiptReader as _;

/// From where somebody pressed.
pub(crate) const ADDRESS: &str = "203.0.113.77";

/// After this the sweeper ends what was cut off, and goes once more over what was not.
pub(crate) const MINUTES: Duration = Duration::from_secs(150);

pub(crate) async fn minutes_pass(rig: &Rig) {
    for _ in 0..2 {
        rig.wait(MINUTES).await;
        rig.sweep().await;
    }
}

/// Everything that can be held of Wattle: its people imported from a known address, a plan that was shown since, two
/// logins at Xero, an administrator from the portal.
pub(crate) async fn filled(rig: &Rig) -> Visitor {
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let mut press = press_import(&people, &rig::ticked(&people)[..5]);
    press.headers.insert("x-forwarded-for", HeaderValue::from_static(ADDRESS));
    import_of(&olivia.browser.follow(press).await);
    rig.pump().await;
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, MEI.xero_user, true);
    olivia.beside(MEI).connect_again().await;
    expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    rig.administrator(&WATTLE).await
}

pub(crate) async fn ask(visitor: &Visitor) -> Page {
    expect(visitor.open("/portal/erase").await, StatusCode::OK, "/portal/erase")
}

pub(crate) async fn press(visitor: &Visitor, asked: &Page) -> Page {
    visitor.browser.submit(asked, "/portal/erase", &[]).await
}

pub(crate) async fn erase(visitor: &Visitor) -> Page {
    let asked = ask(visitor).await;
    receipt_page(press(visitor, &asked).await)
}

#[track_caller]
pub(crate) fn receipt_page(page: Page) -> Page {
    assert!(page.status == StatusCode::OK && page.url.path().starts_with("/portal/receipts/"), "{}", page.words());
    page
}

pub(crate) async fn receipt(rig: &Rig, page: &Page) -> Receipt {
    let id = page.url.path().rsplit('/').next().unwrap_or_default();
    rig.state.find_receipt(&ReceiptId::from(id)).await.expect("memory answers").expect("kept")
}

/// Names and emails of Wattle's people and of whoever manages it, its own name, and where somebody pressed.
pub(crate) fn marks(rig: &Rig) -> Vec<String> {
    let mut marks = vec![WATTLE.organisation.to_owned(), ADDRESS.to_owned()];
    for employee in rig.employees(&WATTLE) {
        marks.push(employee.last_name);
        marks.extend(employee.email.map(|email| email.trim().to_owned()));
    }
    for customer in [WATTLE, MEI] {
        marks.extend([customer.name.0, customer.name.1].map(str::to_owned));
    }
    marks.push(WATTLE.xero_user.to_owned());
    marks
}

/// The items that hold a mark. What is sealed is left out: it is random letters, among which a short name stands now and
/// then.
pub(crate) fn found(items: &[String], marks: &[String]) -> Vec<String> {
    let holds = |item: &&String| {
        let readable = without_sealed(&item.to_lowercase());
        marks.iter().any(|mark| readable.contains(&mark.to_lowercase()))
    };
    items.iter().filter(holds).cloned().collect()
}

fn without_sealed(item: &str) -> String {
    const SEALED: &str = "\"sealed\":\"";
    let mut parts = item.split(SEALED);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').map_or("", |(_, rest)| rest))
}

#[test]
fn a_name_among_random_letters_of_a_seal_is_nobodys() {
    let sealed = r#"XeroUser {"value":{"sealed":"v1.1.abcMeiXYZ","by":"Sam"}}"#.to_owned();
    let marks = ["Mei".to_owned()];
    assert_eq!(found(std::slice::from_ref(&sealed), &marks), [""; 0]);
    let told = sealed.replace("Sam", "Mei");
    assert_eq!(found(std::slice::from_ref(&told), &marks), std::slice::from_ref(&told));
}

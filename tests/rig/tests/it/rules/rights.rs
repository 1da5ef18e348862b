//! Which rows each function may touch: all that the journeys need, and nothing that none of them needs. Every step of the
//! state is taken on a table too, which refuses what the template does not allow.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use http::HeaderValue;
use rig::{
    BLUEGUM, EMPLOYEES_GROUP, HARBOUR, JUNIPER, PRAIRIE, Page, Rig, RigSettings, Sent, Visitor, WATTLE, address,
    given_rights, import_of, ticked,
};
use stand_ins::xero::endpoint::DELETE_CONNECTION;
use stand_ins::{Fault, FaultKind, go1};
use state::ImportReader as _;

use crate::erasing;

/// Rights that are given and that no journey of this file uses, and why they are kept: a right and a reason a line.
fn kept() -> BTreeSet<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/rules/rights_kept.txt");
    let text = fs::read_to_string(file).expect("the rights that are kept");
    let reasoned = text.lines().map(|line| line.split_once(": ").expect("a right, and why it is kept"));
    reasoned.map(|(right, _)| right.to_owned()).collect()
}

fn on_a_table(seed: u64) -> Rig {
    Rig::with(RigSettings { on_a_table: true, ..RigSettings::of(seed) })
}

/// Presses where the page offers it. A press that nobody could make shows in the end: its rights are not used.
async fn press(visitor: &Visitor, page: &Page, action: &str) -> Page {
    if page.form(action).is_err() {
        println!("no {action} on {}: {}", page.url, page.words());
        return visitor.open("/").await;
    }
    visitor.browser.submit(page, action, &[]).await
}

/// What the functions of the rigs used, and what they were refused.
#[derive(Default)]
struct Seen {
    used: BTreeSet<String>,
    refused: BTreeSet<String>,
}

impl Seen {
    fn see(&mut self, rig: &Rig) {
        self.used.extend(rig.rights().used());
        self.refused.extend(rig.rights().refused());
    }
}

/// A sign-up from the form to the portal, an import with each press that there is, and the way into the portal.
async fn somebody_signs_up_and_imports(seen: &mut Seen) {
    let rig = on_a_table(1);
    let olivia = rig.visitor(&WATTLE);
    olivia.open("/").await;
    let named = olivia.reach_organisations().await;
    // Two tabs, a change of mind, a page that is left open.
    olivia.open("/signup").await;
    let courses = olivia.confirm_organisation(&named).await;
    let people = olivia.look(&courses).await;
    let address = olivia.open("/portal-address").await;
    let people = match olivia.browser.submit(&address, "/portal-address", &[("portal", "wattle-books")]).await {
        changed if changed.url.path() == "/preview/people" => changed,
        _ => people,
    };
    rig.wait(Duration::from_mins(6)).await;
    let again = olivia.check_again(&people, &ticked(&people)[2..]).await;
    // GO1 refuses one course at first.
    let faults = rig.world.go1().faults();
    let no = FaultKind::answer(403, &[], r#"{"message": "No.", "error_code": "no"}"#);
    faults.add(Fault::always(go1::endpoint::CREATE_ENROLLMENT, no).matching("1003"));
    let first = import_of(&olivia.confirm(&again).await);
    rig.pump().await;
    faults.clear();
    olivia.progress(&first).await;
    olivia.report(&first).await;
    let page = olivia.open_import(&first).await;
    let retried = olivia.browser.submit(&page, &format!("/imports/{first}/retry"), &[]).await;
    let second = import_of(&olivia.confirm(&retried).await);
    let page = olivia.open_import(&second).await;
    olivia.stop(&page, &second).await;
    rig.a_quarter_of_an_hour_passes().await;
    olivia.get_started().await;
    rig.wait(Duration::from_mins(70)).await;
    olivia.open("/preview").await;
    olivia.arrive().await;
    olivia.disconnect().await;
    olivia.connect_again().await;
    seen.see(&rig);
}

/// Everything in the portal's rooms, to the erasure.
async fn an_administrator_manages_and_erases(seen: &mut Seen) {
    let rig = on_a_table(2);
    let ada = erasing::filled(&rig).await;
    for room in ["/portal", "/portal/users", "/portal/settings", "/help", "/", "/preview", "/privacy", "/connect"] {
        rig.wait(Duration::from_mins(6)).await;
        ada.open(room).await;
    }
    let mut junk = Sent::get(&address("/oauth/go1/callback?state=junk&code=junk"), "text/html");
    junk.headers.insert("x-forwarded-for", HeaderValue::from_static(erasing::ADDRESS));
    ada.browser.send(&junk).await;
    let overview = ada.open("/portal").await;
    press(&ada, &overview, "/portal/check").await;
    // An administrator who signs out at the sign-up's door, and one whose own browser begins another sign-up.
    let leaves = rig.administrator(&WATTLE).await;
    let door = leaves.open("/").await;
    press(&leaves, &door, "/signout").await;
    let again = rig.administrator(&WATTLE).await.beside(HARBOUR);
    again.sign_up().await;
    let imports = rig.state.imports_of(&rig.portal(&WATTLE)).await.expect("memory answers");
    let undo = format!("/portal/undo/{}", imports[0].id);
    let asked = ada.open(&undo).await;
    let running = press(&ada, &asked, &undo).await;
    let undone = import_of(&running);
    rig.pump().await;
    ada.open_import(&undone).await;
    let other = rig.administrator(&WATTLE).await;
    let settings = ada.open("/portal/settings").await;
    press(&ada, &settings, "/portal/settings/sign-out-others").await;
    other.open("/portal").await;
    press(&ada, &settings, "/portal/settings/end-owner").await;
    ada.disconnect().await;
    ada.connect_again().await;
    rig.sweep().await;
    let ada = rig.administrator(&WATTLE).await;
    // Xero is silent at first, so the sweeper has something left to end.
    rig.world.xero().faults().add(Fault::always(DELETE_CONNECTION, FaultKind::status(503)));
    let asked = erasing::ask(&ada).await;
    erasing::press(&ada, &asked).await;
    rig.world.xero().faults().clear();
    rig.wait(Duration::from_hours(25)).await;
    erasing::minutes_pass(&rig).await;
    // Somebody else's goes at once.
    rig.imported(&PRAIRIE).await;
    let sam = rig.administrator(&PRAIRIE).await;
    let receipt = erasing::erase(&sam).await;
    sam.browser.open(&receipt.url).await;
    erasing::minutes_pass(&rig).await;
    // The portal comes back.
    let back = rig.visitor(&WATTLE);
    let login = back.configure(&rig.domain_of(&WATTLE)).await;
    back.log_in_as(&login, &rig.administrator_of(&WATTLE)).await;
    let form = back.open("/signup").await;
    let login = back.accept(&form, &[]).await;
    let named = back.consent(&login).await;
    let courses = back.choose(&named, &rig.tenant(&WATTLE)).await;
    back.look(&courses).await;
    let out = rig.administrator(&WATTLE).await;
    let page = out.open("/portal").await;
    press(&out, &page, "/portal/logout").await;
    seen.see(&rig);
}

/// Who stops on the way: deletes, signs out, comes from the Marketplace, is refused.
async fn some_leave_before_there_is_a_portal(seen: &mut Seen) {
    let rig = on_a_table(3);
    let sam = rig.visitor(&PRAIRIE);
    let form = sam.arrive().await;
    let named = sam.complete_sign_up(&form).await;
    sam.confirm_organisation(&named).await;
    let at_home = rig.visitor(&PRAIRIE);
    at_home.arrive().await;
    let asked = sam.open("/delete").await;
    press(&sam, &asked, "/signout/everywhere").await;
    let page = at_home.arrive().await;
    press(&at_home, &page, "/signout").await;
    at_home.arrive().await;
    let asked = at_home.open("/delete").await;
    press(&at_home, &asked, "/delete").await;
    // One whom Xero has named and who sends no form.
    let mei = rig.visitor(&HARBOUR);
    mei.arrive().await;
    let asked = mei.open("/delete").await;
    press(&mei, &asked, "/delete").await;
    for path in ["/oauth/xero/callback?state=junk&code=junk", "/preview", "/imports/junk", "/portal"] {
        let mut junk = Sent::get(&address(path), "text/html");
        junk.headers.insert("x-forwarded-for", HeaderValue::from_static(erasing::ADDRESS));
        mei.browser.send(&junk).await;
    }
    // One who changes what they typed, and one whose sign-up is over.
    let olivia = rig.visitor(&WATTLE);
    olivia.reach_organisations().await;
    let form = olivia.open("/signup").await;
    press(&olivia, &form, "/signup").await;
    rig.wait(Duration::from_hours(13)).await;
    olivia.open("/organisations").await;
    olivia.arrive().await;
    seen.see(&rig);
}

/// Contacts of a group, an import that waits for a login, and a sweep that has something to do.
async fn imports_of_other_kinds(seen: &mut Seen) {
    let rig = on_a_table(4);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    rosa.skip(&people).await;
    let (owner, _) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.minutes_pass(3).await;
    let page = owner.open("/portal/login?for=sign-up").await;
    owner.log_in_as(&page, &rig.administrator_of(&BLUEGUM)).await;
    rig.minutes_pass(10).await;
    seen.see(&rig);
}

#[tokio::test(start_paused = true)]
async fn the_journeys_are_refused_no_row_and_no_right_is_given_that_none_of_them_uses() {
    let mut seen = Seen::default();
    somebody_signs_up_and_imports(&mut seen).await;
    an_administrator_manages_and_erases(&mut seen).await;
    some_leave_before_there_is_a_portal(&mut seen).await;
    imports_of_other_kinds(&mut seen).await;
    let unused: BTreeSet<_> = given_rights().difference(&seen.used).cloned().collect();
    assert_eq!((seen.refused, unused), (BTreeSet::new(), kept()), "what is not allowed, and what is and was not used");
}

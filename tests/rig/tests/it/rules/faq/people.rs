//! How many, and who.

use http::StatusCode;
use rig::{BLUEGUM, HARBOUR, Rig, Sent, expect, import_of, ticked};

use super::newcomer;

#[tokio::test(start_paused = true)]
async fn a_portal_takes_two_hundred_people_in_total_over_as_many_imports_as_somebody_wants() {
    let rig = Rig::new(1);
    let olivia = rig.visitor(&BLUEGUM);
    let mut there = 0;
    rig.edit_payroll(&BLUEGUM, |people| people.extend((0..90).map(newcomer)));
    let mut people = olivia.reach_people().await;
    for joined in [70, 60, 0] {
        let chosen = ticked(&people);
        there += chosen.len();
        import_of(&olivia.confirm(&people).await);
        rig.pump().await;
        assert_eq!(rig.learners(&BLUEGUM).len(), there);
        assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used as usize, there);
        let all = there;
        rig.edit_payroll(&BLUEGUM, |people| people.extend((all..all + joined).map(newcomer)));
        people = olivia.look_again().await;
    }
    // The third took what was left of 220.
    assert_eq!(there, 200);
    assert!(people.words().contains("20 people are over the limit"), "{}", people.words());
    assert!(people.form("/imports").is_err(), "there is nothing to press");
    // Who presses all the same is refused.
    let one_more = rig.employees(&BLUEGUM).pop().expect("somebody").employee_id;
    let named = |name: &str| people.values(name).remove(0);
    let fields = [("form_token", named("form_token")), ("plan", named("plan")), ("people", one_more)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    let refused = olivia.browser.send(&Sent::post(&people, "/imports", &fields)).await;
    let led = refused.location().expect("an address").expect("a redirect");
    assert_eq!(led.query(), Some("refused=too-many"));
    rig.pump().await;
    assert_eq!(rig.learners(&BLUEGUM).len(), 200);
}

#[tokio::test(start_paused = true)]
async fn whoever_works_there_and_has_both_names_and_an_email_of_their_own_can_be_imported_and_gets_one_mail() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&HARBOUR);
    let people = expect(olivia.reach_people().await, StatusCode::OK, "/preview/people");
    let employees = rig.employees(&HARBOUR);
    let offered = people.values("people");
    for employee in &employees {
        let has_both = !employee.first_name.trim().is_empty() && !employee.last_name.trim().is_empty();
        let has_email = employee.email.as_deref().is_some_and(|email| email.contains('@'));
        let is_offered = offered.contains(&employee.employee_id);
        assert!(!is_offered || (has_both && has_email), "{employee:?}");
    }
    assert_eq!(offered.len(), 204, "the others are told, each with a reason");
    import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let mut mailed = rig.world.go1().welcome_mails();
    mailed.retain(|email| email != HARBOUR.xero_user);
    let mut made: Vec<String> = rig.learners(&HARBOUR).into_iter().map(|account| account.email).collect();
    mailed.sort();
    made.sort();
    assert_eq!(mailed, made);
}

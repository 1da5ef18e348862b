//! What holds for every source of people, where they are the contacts of a group: whose group can be chosen, how often and
//! how many portals, and what is left after a disconnection and an erasure.

use std::time::Duration;

use domain::tenant::Tenant;
use http::StatusCode;
use rig::{Customer, EMPLOYEES_GROUP, JUNIPER, PRAIRIE, Page, Rig, WATTLE, expect, import_of};
use stand_ins::xero::endpoint::{CONTACT_GROUP, CONTACT_GROUPS, CONTACTS};
use state::Tenants as _;

use crate::erasing::{erase, found, minutes_pass};

/// How often Xero was asked for groups and for contacts.
fn reads(rig: &Rig) -> usize {
    [CONTACT_GROUPS, CONTACT_GROUP, CONTACTS].map(|endpoint| rig.world.xero().calls(endpoint)).iter().sum()
}

fn is_too_often(page: &Page) {
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{}", page.words());
}

#[tokio::test(start_paused = true)]
async fn the_group_of_another_organisation_cannot_be_chosen() {
    let rig = Rig::new(1);
    rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let juniper = rig.world.xero().organisation(JUNIPER.organisation).expect("the organisation");
    let theirs = juniper.contact_groups.iter().find(|group| group.name == EMPLOYEES_GROUP).expect("the group");
    rig.world.xero().set_contact_group(PRAIRIE.organisation, "Crew", 3);
    let (sam, _) = rig.at_people(&PRAIRIE).await;
    let groups = sam.allow_contacts().await;
    let read = rig.world.xero().calls(CONTACT_GROUP);
    let mut answers = Vec::new();
    for forged in [theirs.group_id.as_str(), "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f", "../Contacts", ""] {
        let answer = sam.browser.submit(&groups, "/preview/groups", &[("group", forged)]).await;
        assert_eq!(answer.url.path(), "/preview/groups", "{forged}: {}", answer.words());
        assert!(answer.text.contains("Crew") && !answer.text.contains(&theirs.group_id), "{}", answer.words());
        answers.push(answer.words().clone());
        assert_eq!(rig.kept_tenant(&PRAIRIE).await.contact_group, None);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "another's group looks as one that nobody has");
    assert_eq!(rig.world.xero().calls(CONTACT_GROUP), read, "and is not asked for");
}

#[tokio::test(start_paused = true)]
async fn the_groups_are_looked_at_as_often_as_people_are() {
    let rig = Rig::new(2);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let mut opened = 0;
    let refused = loop {
        let groups = rosa.open("/preview/groups").await;
        if groups.status != StatusCode::OK {
            break groups;
        }
        opened += 1;
        assert!(opened < 60, "sixty looks an hour, and some were before");
    };
    is_too_often(&refused);
    let asked = reads(&rig);
    is_too_often(&rosa.look(&people).await);
    assert_eq!(reads(&rig), asked, "Xero is not asked");
}

#[tokio::test(start_paused = true)]
async fn a_trial_whose_people_are_contacts_makes_one_portal_a_day_as_any_other() {
    const FIRST: Customer = Customer { country: "US", ..WATTLE };
    const SECOND: Customer = Customer { country: "US", ..rig::BLUEGUM };
    let rig = Rig::new(3);
    for customer in [&FIRST, &SECOND] {
        let xero = rig.world.xero();
        assert!(xero.edit_organisation(customer.organisation, |one| {
            "TRIAL".clone_into(&mut one.class);
            "US".clone_into(&mut one.country_code);
        }));
        let is_there = xero.set_contact_group(customer.organisation, "Crew", 3);
        assert!(is_there);
    }
    let (olivia, people) = rig.at_group(&FIRST, "Crew").await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 3);
    // Days are UTC's, and this one has an hour left.
    rig.wait(Duration::from_hours(23)).await;
    let (again, people) = rig.at_group(&SECOND, "Crew").await;
    is_too_often(&again.confirm(&people).await);
    assert_eq!(rig.portals(&SECOND), [], "GO1 is not asked");
    rig.used_for(&again, Duration::from_mins(61)).await;
    let people = expect(again.look_again().await, StatusCode::OK, "/preview/people");
    import_of(&again.confirm(&people).await);
}

#[tokio::test(start_paused = true)]
async fn a_disconnected_organisation_s_group_is_not_read_and_is_asked_for_again_with_the_next_consent() {
    let rig = Rig::new(4);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    import_of(&rosa.confirm(&people).await);
    rig.pump().await;
    let ada = rig.administrator(&JUNIPER).await;
    ada.disconnect().await;
    let before = reads(&rig);
    let settings = ada.open("/portal/settings").await;
    assert!(!settings.text.contains("href=\"/preview/groups\""), "nothing can be chosen while it is disconnected");
    let told = rosa.open("/preview/groups").await;
    assert!(!told.words().contains("Suppliers"), "{}", told.words());
    assert_eq!(reads(&rig), before);
    assert_eq!((rig.connections(&JUNIPER), rig.world.xero().live_refresh_tokens()), (0, 0));
    // Her session is over, so the first consent is a login, which does not know yet what her organisation needs.
    rosa.connect_again().await;
    let wanted = rosa.look_again().await;
    assert!(wanted.words().contains("allow contacts"), "{}", wanted.words());
    rosa.connect_again().await;
    let again = expect(rosa.look_again().await, StatusCode::OK, "/preview/people");
    assert!(again.words().contains("contact group Employees"), "{}", again.words());
}

#[tokio::test(start_paused = true)]
async fn after_an_erasure_neither_a_contact_nor_the_group_is_left() {
    let rig = Rig::new(5);
    let name = "Zebra crossing crew";
    rig.world
        .xero()
        .edit_contact_group(JUNIPER.organisation, EMPLOYEES_GROUP, |group| name.clone_into(&mut group.name));
    let (rosa, people) = rig.at_group(&JUNIPER, name).await;
    import_of(&rosa.confirm(&people).await);
    rig.pump().await;
    expect(rosa.look_again().await, StatusCode::OK, "/preview/people");
    let juniper = rig.world.xero().organisation(JUNIPER.organisation).expect("the organisation");
    let group = juniper.contact_groups.iter().find(|group| group.name == name).expect("the group");
    let members = juniper.contacts.iter().filter(|contact| group.contacts.contains(&contact.contact_id));
    let mut marks: Vec<String> =
        members.filter_map(|contact| contact.email.as_deref()).map(|email| email.trim().to_owned()).collect();
    marks.extend([name.to_owned(), group.group_id.clone(), JUNIPER.organisation.to_owned()]);
    let is_kept = |mark: &&String| !found(&rig.state.items(), std::slice::from_ref(*mark)).is_empty();
    assert!(marks.iter().filter(is_kept).count() > 34, "so there is something to erase");

    erase(&rig.administrator(&JUNIPER).await).await;
    minutes_pass(&rig).await;
    assert_eq!(found(&rig.state.items(), &marks), [""; 0]);
    let tenant = rig.kept_tenant(&JUNIPER).await;
    assert_eq!((tenant.contact_group, tenant.may_read_contacts), (None, false));
    assert_eq!(rig.kept_members(&JUNIPER).await, []);
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_for_this_organisation_no_contact_is_asked_for_whatever_is_chosen() {
    let rig = Rig::new(6);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let groups = rosa.open("/preview/groups").await;
    // As after a consent that named another organisation: the login's token could still read these contacts.
    let kept = rig.kept_tenant(&JUNIPER).await;
    rig.state.put_tenant(Tenant { may_read_contacts: false, ..kept.clone() }).await.expect("memory answers");
    let asked = reads(&rig);
    rosa.look(&people).await;
    let answer = rosa.choose_group(&groups, "Suppliers").await;
    assert_eq!(reads(&rig), asked, "{}", answer.words());
    assert_eq!(rig.kept_tenant(&JUNIPER).await.contact_group, kept.contact_group);
}

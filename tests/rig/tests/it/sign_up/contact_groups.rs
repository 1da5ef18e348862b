//! An American organisation whose people are the contacts of a group: chosen with one more consent, and not before it is
//! pressed; shown at each look; changed, emptied, deleted, closed.

use domain::plan::Plan;
use http::StatusCode;
use rig::{Customer, EMPLOYEES_GROUP, JUNIPER, PRAIRIE, Page, Rig, Visitor, WATTLE, expect, import_of, ticked};
use stand_ins::xero::endpoint::{CONTACT_GROUP, CONTACT_GROUPS, CONTACTS, USERS};
use stand_ins::{Contact, Fault, FaultKind};
use state::PlanReader as _;

fn says(page: &Page, words: &[&str]) {
    for each in words {
        assert!(page.words().contains(each), "{each}: {}", page.words());
    }
}

/// How often each of Xero's lists was read.
fn reads(rig: &Rig) -> [usize; 4] {
    [USERS, CONTACT_GROUPS, CONTACT_GROUP, CONTACTS].map(|endpoint| rig.world.xero().calls(endpoint))
}

async fn shown_plan(rig: &Rig, customer: &Customer) -> Plan {
    let digest = rig.kept_sign_up(customer).await.plan.expect("a plan");
    rig.state.find_plan(&rig.tenant(customer), &digest).await.expect("memory").expect("kept")
}

async fn chosen(rig: &Rig, customer: &Customer) -> Option<String> {
    rig.kept_tenant(customer).await.contact_group.map(|group| group.name)
}

/// From the list of Xero users to that of a group: to the people.
async fn choose(visitor: &Visitor, name: &str) -> Page {
    let groups = expect(visitor.open("/preview/groups").await, StatusCode::OK, "/preview/groups");
    expect(visitor.choose_group(&groups, name).await, StatusCode::OK, "/preview/people")
}

#[tokio::test(start_paused = true)]
async fn an_organisation_of_two_users_imports_the_forty_contacts_of_its_group() {
    let rig = Rig::new(1);
    let (rosa, users) = rig.at_people(&JUNIPER).await;
    says(&users, &["Only 2 people can log in to Xero", "Choose a contact group", "2 people to choose from"]);
    assert_eq!(reads(&rig), [1, 0, 0, 0]);

    let asked = expect(rosa.open("/preview/groups").await, StatusCode::OK, "/preview/groups");
    says(&asked, &["Xero will ask you once more", "allow all contacts", "only the group you choose"]);
    assert_eq!(reads(&rig), [1, 0, 0, 0], "nothing is read before it is allowed");
    let groups = rosa.allow_contacts().await;
    says(&groups, &["Employees", "Empty shelf", "Suppliers", "How to make a group in Xero", "import contacts from it"]);
    assert!(!groups.words().contains("Old team"), "it was deleted");

    let before = reads(&rig);
    let people = expect(rosa.choose_group(&groups, EMPLOYEES_GROUP).await, StatusCode::OK, "/preview/people");
    let after = reads(&rig);
    assert_eq!([0, 1, 2, 3].map(|each| after[each] - before[each]), [0, 1, 1, 1], "the list, the group, its contacts");
    says(&people, &["in your Xero contact group Employees", "34 people to choose from", "6 people can’t be imported"]);
    says(&people, &["company name only", "Archived in your Xero contacts", "Shares an email address"]);
    says(&people, &["asked for their details to be erased in Xero.", "Nothing to do"]);
    assert_eq!(ticked(&people).len(), 34);

    let import = import_of(&rosa.confirm(&people).await);
    rig.pump().await;
    let progress = rosa.progress(&import).await;
    assert_eq!((progress.done, progress.created, progress.failed), (34, 33, 0), "her own account was there");
    assert_eq!(rig.learners(&JUNIPER).len(), 33);
    assert!(rig.kept_members(&JUNIPER).await.iter().all(|member| member.employee_id.is_contact()));
    rig.places_are_members(&JUNIPER).await;
}

#[tokio::test(start_paused = true)]
async fn the_group_is_part_of_the_plan_and_is_there_at_each_later_look_and_can_be_changed() {
    let rig = Rig::new(2);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let first = shown_plan(&rig, &JUNIPER).await;
    assert_eq!(first.group.as_ref().map(|group| group.name.as_str()), Some(EMPLOYEES_GROUP));
    let again = expect(rosa.look(&people).await, StatusCode::OK, "/preview/people");
    says(&again, &["contact group Employees", "Nothing has changed"]);
    assert_eq!(shown_plan(&rig, &JUNIPER).await.digest(), first.digest());

    rig.world
        .xero()
        .edit_contact_group(JUNIPER.organisation, EMPLOYEES_GROUP, |group| "Staff".clone_into(&mut group.name));
    let renamed = expect(rosa.look(&again).await, StatusCode::OK, "/preview/people");
    says(&renamed, &["contact group Staff"]);
    assert_eq!(chosen(&rig, &JUNIPER).await.as_deref(), Some("Staff"), "as it is called by now");
    assert_ne!(shown_plan(&rig, &JUNIPER).await.digest(), first.digest());

    let suppliers = choose(&rosa, "Suppliers").await;
    says(&suppliers, &["contact group Suppliers", "One person can’t be imported"]);
    let groups = rosa.open("/preview/groups").await;
    says(&groups, &["Your people come from this group now", "Use your Xero users instead"]);
    let mut fields = groups.form("/preview/groups").expect("the choice");
    fields.retain(|(name, _)| name != "group");
    let back = rosa.browser.follow(rig::Sent::post(&groups, "/preview/groups", &fields)).await;
    says(&expect(back, StatusCode::OK, "/preview/people"), &["who can log in to Xero", "2 people to choose from"]);
    assert_eq!(chosen(&rig, &JUNIPER).await, None);
    assert_eq!(shown_plan(&rig, &JUNIPER).await.group, None);
}

#[tokio::test(start_paused = true)]
async fn declining_the_contacts_leaves_everything_as_it_was() {
    let rig = Rig::new(3);
    let (rosa, _) = rig.at_people(&JUNIPER).await;
    let (tenant, plan) = (rig.kept_tenant(&JUNIPER).await, shown_plan(&rig, &JUNIPER).await);
    let login = rosa.open("/connect?contacts").await;
    let refused = rosa.consent_without_return(&login, "cancel").await;
    let told = rosa.browser.open(&refused).await;
    says(&told, &["You didn’t allow contacts", "nothing was changed"]);
    assert_eq!(rig.kept_tenant(&JUNIPER).await, tenant);
    let people = expect(rosa.open("/preview/people").await, StatusCode::OK, "/preview/people");
    assert_eq!(shown_plan(&rig, &JUNIPER).await, plan);
    says(&rosa.open("/preview/groups").await, &["Xero will ask you once more"]);
    assert_eq!(reads(&rig), [1, 0, 0, 0]);
    let import = import_of(&rosa.confirm(&people).await);
    rig.pump().await;
    assert_eq!(rosa.progress(&import).await.done, 2, "and the Xero users can be imported");
}

#[tokio::test(start_paused = true)]
async fn who_was_imported_as_a_xero_user_is_not_imported_again_by_the_group() {
    let rig = Rig::new(4);
    let (rosa, import) = rig.imported(&JUNIPER).await;
    assert_eq!(rosa.progress(&import).await.done, 2);
    let groups = rosa.allow_contacts().await;
    let people = expect(rosa.choose_group(&groups, EMPLOYEES_GROUP).await, StatusCode::OK, "/preview/people");
    says(&people, &["32 people to choose from", "2 people are already imported"]);
    assert!(people.ids("#left, #missed").is_empty(), "nobody has left: {}", people.words());
    let import = import_of(&rosa.confirm(&people).await);
    rig.pump().await;
    let progress = rosa.progress(&import).await;
    assert_eq!((progress.done, progress.created), (32, 32));
    assert_eq!(rig.learners(&JUNIPER).len(), 33, "each of the 34 has one account, the owner's among them");
    assert_eq!(rig.kept_portal(&JUNIPER).await.places_used, 34);
    rig.places_are_members(&JUNIPER).await;

    // And the other way: who was imported by the group is no newcomer among the Xero users.
    rig.world.xero().edit_organisation(JUNIPER.organisation, |juniper| {
        let contact = juniper
            .contacts
            .iter()
            .find(|contact| contact.email.as_deref().is_some_and(|email| email.ends_with("juniperlane.example.com")))
            .cloned();
        let contact = contact.expect("a contact");
        juniper.users[1].email = contact.email;
    });
    let groups = rosa.open("/preview/groups").await;
    let mut fields = groups.form("/preview/groups").expect("the choice");
    fields.retain(|(name, _)| name != "group");
    let users = rosa.browser.follow(rig::Sent::post(&groups, "/preview/groups", &fields)).await;
    says(&expect(users, StatusCode::OK, "/preview/people"), &["Everyone’s already imported"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_the_group_is_no_leaver_and_whoever_joins_is_new() {
    let rig = Rig::new(5);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    import_of(&rosa.confirm(&people).await);
    rig.pump().await;
    rig.world.xero().edit_organisation(JUNIPER.organisation, |juniper| {
        let id = "99999999-8888-4777-8666-555555555555";
        juniper.contacts.push(Contact::active(id, "Nia", "Newcomer", Some("nia@juniperlane.example.com")));
        let group = juniper.contact_groups.iter_mut().find(|group| group.name == EMPLOYEES_GROUP).expect("the group");
        group.contacts.retain(|contact| contact.starts_with(['0', '1', '2', '3', '4', '5', '6', '7']));
        group.contacts.push(id.to_owned());
    });
    for _ in 0..2 {
        let again = expect(rosa.look_again().await, StatusCode::OK, "/preview/people");
        assert_eq!(ticked(&again).len(), 1, "{}", again.words());
        says(&again, &["Nia Newcomer", "New account"]);
        assert!(again.ids("#left, #missed").is_empty(), "{}", again.words());
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_empty_or_was_deleted_says_so_and_another_can_be_chosen() {
    let rig = Rig::new(6);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let empty = choose(&rosa, "Empty shelf").await;
    says(&empty, &["There’s no one in this contact group", "Empty shelf", "Choose another group"]);
    let people_again = choose(&rosa, EMPLOYEES_GROUP).await;
    says(&people_again, &["34 people to choose from"]);
    rig.world.xero().edit_contact_group(JUNIPER.organisation, EMPLOYEES_GROUP, |group| group.deleted = true);
    rig.minutes_pass(2).await;
    // What was shown is not imported any more.
    let told = expect(rosa.confirm(&people).await, StatusCode::OK, "/preview/people");
    says(&told, &["There’s no one in this contact group", "it was deleted in Xero"]);
    let groups = rosa.open("/preview/groups").await;
    assert!(groups.value_beside("group", EMPLOYEES_GROUP).is_err());
    let forged = rosa.choose_group(&groups, "Suppliers").await;
    says(&forged, &["contact group Suppliers"]);
}

#[tokio::test(start_paused = true)]
async fn a_changed_group_is_looked_at_again_before_anybody_is_imported() {
    let rig = Rig::new(7);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    rig.world.xero().edit_contact_group(JUNIPER.organisation, EMPLOYEES_GROUP, |group| drop(group.contacts.pop()));
    rig.minutes_pass(2).await;
    let again = expect(rosa.confirm(&people).await, StatusCode::OK, "/preview/people");
    says(&again, &["The list has changed since you looked"]);
    // In another tab the Xero users are chosen instead.
    let groups = rosa.open("/preview/groups").await;
    let mut fields = groups.form("/preview/groups").expect("the choice");
    fields.retain(|(name, _)| name != "group");
    rosa.browser.follow(rig::Sent::post(&groups, "/preview/groups", &fields)).await;
    rig.minutes_pass(2).await;
    let other = expect(rosa.confirm(&again).await, StatusCode::OK, "/preview/people");
    says(&other, &["The list has changed since you looked", "who can log in to Xero"]);
    assert!(rig.portals(&JUNIPER).is_empty(), "nobody was imported");
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_gone_is_asked_for_again_and_a_failed_read_is_no_empty_group() {
    let rig = Rig::new(8);
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let faults = rig.world.xero().faults();
    let missing = "{\"Status\": 401, \"Detail\": \"AuthorizationUnsuccessful\"}";
    for endpoint in [CONTACT_GROUP, CONTACTS] {
        faults.add(Fault::next(endpoint, FaultKind::answer(401, &[("content-type", "application/json")], missing)));
        let told = expect(rosa.look(&people).await, StatusCode::OK, "/preview/people");
        says(&told, &["We can’t read your contacts yet", "allow contacts"]);
        assert!(told.text.contains("/connect?contacts"));
    }
    faults.add(Fault::always(CONTACTS, FaultKind::answer(503, &[], "down")));
    says(&rosa.look(&people).await, &["Xero isn’t answering"]);
    faults.clear();
    let groups_fail = Fault::always(CONTACT_GROUPS, FaultKind::answer(503, &[], "down"));
    faults.add(groups_fail);
    says(&rosa.open("/preview/groups").await, &["Xero isn’t answering"]);
    faults.clear();
    says(&rosa.look(&people).await, &["34 people to choose from"]);
    let login = rosa.connect_again().await;
    says(&rosa.look_again().await, &["34 people to choose from"]);
    assert_eq!(login.url.path(), "/preview", "connecting again asks for the contacts as well, and leads on as ever");
}

#[tokio::test(start_paused = true)]
async fn groups_are_offered_where_there_is_no_payroll_and_nowhere_else() {
    let rig = Rig::new(9);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    assert!(!people.text.contains("/preview/groups"));
    expect(olivia.open("/preview/groups").await, StatusCode::OK, "/preview/people");
    let login = olivia.open("/connect?contacts").await;
    assert!(!login.url.as_str().contains("contacts"), "{}", login.url);
    let (sam, people) = rig.at_people(&PRAIRIE).await;
    says(&people, &["choose a contact group instead"]);
    assert!(
        !people.words().contains("can log in to Xero at Prairie Lantern Coffee. To import everyone"),
        "12 are not few"
    );
    let groups = sam.allow_contacts().await;
    says(&groups, &["has no contact groups in Xero yet", "How to make a group in Xero"]);
    assert_eq!(reads(&rig)[3], 0);
}

#[tokio::test(start_paused = true)]
async fn two_hundred_contacts_are_read_with_four_reads_more_than_users_and_nobody_else_is() {
    let rig = Rig::new(10);
    rig.world.xero().set_contact_group(JUNIPER.organisation, "Everyone", 200);
    let (_, people) = rig.at_group(&JUNIPER, "Everyone").await;
    says(&people, &["200 people to choose from"]);
    let [_, _, group, contacts] = reads(&rig);
    assert_eq!((group, contacts), (1, 4));
    let juniper = rig.world.xero().organisation(JUNIPER.organisation).expect("the organisation");
    let everyone = juniper.contact_groups.iter().find(|group| group.name == "Everyone").expect("the group");
    let asked: Vec<_> = rig.sent_to_xero().into_iter().filter(|sent| sent.target.contains("/Contacts?")).collect();
    assert!(asked.iter().all(|sent| sent.target.contains("IDs=")));
    for contact in &juniper.contacts {
        let is_asked = asked.iter().any(|sent| sent.target.contains(&contact.contact_id));
        assert_eq!(is_asked, everyone.contacts.contains(&contact.contact_id));
    }
}

#[tokio::test(start_paused = true)]
async fn an_administrator_chooses_the_group_from_the_portal_and_imports_again() {
    let rig = Rig::new(11);
    let ada = rig.managed(&JUNIPER).await;
    let users = ada.open("/portal/users").await;
    let people = expect(ada.look(&users).await, StatusCode::OK, "/preview/people");
    says(&people, &["Choose a contact group"]);
    let groups = ada.allow_contacts().await;
    let people = expect(ada.choose_group(&groups, EMPLOYEES_GROUP).await, StatusCode::OK, "/preview/people");
    says(&people, &["32 people to choose from", "2 people are already imported"]);
    let import = import_of(&ada.confirm(&people).await);
    rig.pump().await;
    assert_eq!(ada.progress(&import).await.created, 32);
    for path in ["/portal", "/portal/settings"] {
        says(&ada.open(path).await, &["contact group Employees"]);
    }
    let users = ada.open("/portal/users").await;
    says(&expect(ada.look(&users).await, StatusCode::OK, "/preview/people"), &["contact group Employees"]);
    // Settings lead to the choice, and say what was chosen.
    let settings = ada.open("/portal/settings").await;
    assert!(settings.text.contains("href=\"/preview/groups\""), "{}", settings.words());
    choose(&ada, "Suppliers").await;
    says(&ada.open("/portal/settings").await, &["contact group Suppliers"]);
    assert_eq!(chosen(&rig, &JUNIPER).await.as_deref(), Some("Suppliers"));
    ada.disconnect().await;
    let told = ada.look(&ada.open("/portal/users").await).await;
    says(&told, &["Xero is disconnected"]);
    assert!(reads(&rig)[2] > 0);
}

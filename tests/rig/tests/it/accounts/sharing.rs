//! People who share an address, and records that are another person's by now: whoever's the account is gets it, and
//! nobody is asked about their own.

use rig::{BLUEGUM, Rig, import_of, ticked};

use super::{account, courses, hire, leaves, says, with_portal};

#[tokio::test(start_paused = true)]
async fn of_a_couple_with_one_address_the_one_whose_account_it_is_is_imported() {
    let rig = Rig::new(91);
    let olivia = with_portal(&rig, &[]).await;
    let portal = rig.portal(&BLUEGUM);
    let tom = rig.world.go1().add_learner(portal.as_str(), "reeds@bluegum.example", "Tom", "Reed");
    hire(&rig, &[("wife", "Ann", "Reed", "reeds@bluegum.example"), ("man", "Tom", "Reed", "reeds@bluegum.example")]);
    let people = olivia.look_again().await;
    assert_eq!((ticked(&people), people.values("people")), (vec!["man".to_owned()], vec!["man".to_owned()]));
    says(&people, &["Shares an email address with Tom Reed"]);
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!((olivia.progress(&import).await.created, courses(&rig, &tom)), (0, 5));
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn the_owner_is_not_pushed_aside_by_a_relative_with_the_same_address() {
    let rig = Rig::new(92);
    hire(&rig, &[("a", "Adam", "Hartley", BLUEGUM.xero_user), ("o", "Olivia", "Hartley", BLUEGUM.xero_user)]);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    assert_eq!(ticked(&people), ["o"], "before the portal exists");
    olivia.skip(&people).await;
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["o"], "and afterwards");
    says(&people, &["Shares an email address with Olivia Hartley"]);
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.done, 1);
    let own = account(&rig, BLUEGUM.xero_user);
    assert_eq!((own.given_name.as_str(), courses(&rig, &own.id)), ("Olivia", 5));
}

#[tokio::test(start_paused = true)]
async fn somebody_with_two_records_is_told_as_such_and_the_second_takes_over_when_the_first_ends() {
    let rig = Rig::new(93);
    let fay = "fay@bluegum.example";
    let olivia = with_portal(&rig, &[("1", "Fay", "Twice", fay), ("2", "Fay", "Twice", "FAY@Bluegum.example")]).await;
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["1"]);
    says(&people, &["Looks like a second record of Fay Twice", "Nothing to do if that’s one person"]);
    olivia.confirm(&people).await;
    rig.pump().await;
    leaves(&rig, "1");
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["2"]);
    says(&people, &["Has an account", "Works here again"]);
    olivia.confirm(&people).await;
    rig.pump().await;
    assert_eq!((rig.learners(&BLUEGUM).len(), courses(&rig, &account(&rig, fay).id)), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn emails_that_two_members_swap_make_no_account_and_a_record_that_was_passed_on_is_questioned() {
    let rig = Rig::new(94);
    let olivia = with_portal(
        &rig,
        &[
            ("a", "Alma", "Swap", "alma@bluegum.example"),
            ("b", "Bert", "Swap", "bert@bluegum.example"),
            ("d", "Dora", "Desk", "desk@bluegum.example"),
        ],
    )
    .await;
    olivia.confirm(&olivia.look_again().await).await;
    rig.pump().await;
    rig.edit_payroll(&BLUEGUM, |people| {
        let (alma, bert) = (people[0].email.clone(), people[1].email.clone());
        (people[0].email, people[1].email) = (bert, alma);
        (people[2].first_name, people[2].last_name) = ("Dirk".to_owned(), "Newman".to_owned());
        people[2].email = Some("dirk@bluegum.example".to_owned());
    });
    let people = olivia.look_again().await;
    assert_eq!(people.values("people"), Vec::<String>::new(), "nobody is offered: {}", people.words());
    let rows = people.texts("#members tbody tr");
    let row = |name: &str| rows.iter().find(|row| row.starts_with(name)).cloned().unwrap_or_default();
    assert_eq!(row("Alma"), "Alma Swap bert@bluegum.example In GO1: Alma Swap, alma@bluegum.example");
    assert_eq!(row("Bert"), "Bert Swap alma@bluegum.example In GO1: Bert Swap, bert@bluegum.example");
    assert!(
        row("Dirk").contains("In GO1: Dora Desk, desk@bluegum.example Is this a different person now?"),
        "{rows:?}"
    );
}

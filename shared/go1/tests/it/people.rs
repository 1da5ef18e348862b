//! User accounts and enrollments against the stand-in.

use std::collections::{BTreeSet, HashSet};

use domain::ids::UserAccountId;
use go1::{CreateAccountError, Doubt, EnrollError, ErrorCode, Go1Error};
use stand_ins::go1::endpoint;
use stand_ins::{Fault, FaultKind};

use crate::support::{email, now, person, portal, world};

#[tokio::test]
async fn an_account_is_created_once_and_found_by_its_email_in_any_case() {
    let (world, client) = world(|_| ());
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    let id = client.create_user_account(token, &person("bob@example.com")).await.expect("an account");
    let found = client.find_user_account(token, &email(" BOB@example.com")).await.expect("read").expect("found");
    assert_eq!((found.id.clone(), found.email.clone(), found.active), (id, Some(email("bob@example.com")), true));
    assert_eq!((found.created_time, found.given_name.as_str()), (Some(now()), "Bob"));
    assert_eq!(found.roles, [go1::LEARNER_ROLE]);
    assert!(!format!("{found:?}").contains("Bob"));

    let again = client.create_user_account(token, &person("Bob@Example.com")).await.expect_err("exists");
    assert!(matches!(again, CreateAccountError::MaybeExists(_)), "{again:?}");
    assert_eq!(client.find_user_account(token, &email("ann@example.com")).await, Ok(None));
    assert_eq!(world.go1().user_accounts(portal.id.as_str()).len(), 2);
}

#[tokio::test]
async fn an_account_whose_answer_was_lost_is_not_asked_for_again_by_itself() {
    let (world, client) = world(|_| ());
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    for kind in
        [FaultKind::LoseAnswer, FaultKind::answer_after_effect(500, ""), FaultKind::answer_after_effect(201, "{")]
    {
        let address = format!("bob{}@example.com", world.go1().calls(endpoint::CREATE_USER_ACCOUNT));
        world.go1().faults().add(Fault::next(endpoint::CREATE_USER_ACCOUNT, kind));
        let failure = client.create_user_account(token, &person(&address)).await.expect_err("lost");
        assert!(matches!(failure, CreateAccountError::OutcomeUnknown(_)), "{failure:?}");
        assert!(client.find_user_account(token, &email(&address)).await.expect("read").is_some());
    }
    assert_eq!(world.go1().calls(endpoint::CREATE_USER_ACCOUNT), 3);
    assert_eq!(world.go1().welcome_mails().iter().filter(|mail| mail.starts_with("bob")).count(), 3);
}

#[tokio::test]
async fn a_full_portal_is_told() {
    let (_, client) = world(|settings| settings.go1_portal_user_limit = Some(1));
    let token = portal(&client).await.tokens.access_token;
    let failure = client.create_user_account(&token, &person("bob@example.com")).await.expect_err("full");
    assert_eq!(failure, CreateAccountError::PortalFull);
}

#[tokio::test]
async fn all_accounts_are_listed_page_by_page() {
    let (world, client) = world(|_| ());
    let token = portal(&client).await.tokens.access_token;
    for number in 0..104 {
        client.create_user_account(&token, &person(&format!("p{number}@example.com"))).await.expect("an account");
    }
    let nobody = (0..3).map(|number| email(&format!("nobody{number}@example.com"))).collect();
    let all = client.accounts_for(&token, &nobody, &HashSet::new()).await.expect("accounts");
    assert_eq!(all.iter().map(|account| &account.id).collect::<HashSet<_>>().len(), 105);
    assert_eq!(world.go1().calls(endpoint::LIST_USER_ACCOUNTS), 3);
    // For one person, one search is fewer calls than two pages.
    let last = all.iter().find(|account| account.email == Some(email("p103@example.com"))).expect("there");
    let one = client.accounts_for(&token, &[email("p103@example.com")].into(), &HashSet::new()).await.expect("read");
    assert!(one.contains(last));
    assert_eq!(world.go1().calls(endpoint::LIST_USER_ACCOUNTS), 5);
    let one = client.accounts_for(&token, &BTreeSet::new(), &[last.id.clone()].into()).await.expect("read");
    assert!(one.contains(last));
    assert_eq!(client.user_account(&token, &last.id).await.expect("read").as_ref(), Some(last));
    assert_eq!(client.user_account(&token, &"999999999".into()).await, Ok(None));
}

#[tokio::test]
async fn a_course_is_assigned_once_however_often_it_is_asked() {
    let (world, client) = world(|_| ());
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    let account = client.create_user_account(token, &person("bob@example.com")).await.expect("an account");
    world.go1().faults().add(Fault::next(endpoint::CREATE_ENROLLMENT, FaultKind::LoseAnswer));
    let lost = client.enroll(token, &account, &"1001".into()).await.expect_err("lost");
    assert!(matches!(lost, EnrollError::OutcomeUnknown(Doubt::NoAnswer(_))), "{lost:?}");
    let again = client.enroll(token, &account, &"1001".into()).await.expect("assigned");
    assert!(again.already);
    let other = client.enroll(token, &account, &"1002".into()).await.expect("assigned");
    assert!(!other.already);

    let held = world.go1().enrollments(portal.id.as_str());
    let ids: HashSet<_> = held.iter().map(|enrollment| enrollment.id.as_str()).collect();
    let told: HashSet<_> = [&again, &other].into_iter().filter_map(|each| Some(each.id.as_ref()?.as_str())).collect();
    assert_eq!(ids, told);
    assert_eq!(world.go1().re_enrollments(), 0);
}

#[tokio::test]
async fn what_cannot_be_assigned_is_refused_with_its_code() {
    let (_, client) = world(|_| ());
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    let unknown = client.enroll(token, &UserAccountId::new("999999999"), &"1001".into()).await;
    let Err(EnrollError::Refused(refusal)) = unknown else { panic!("{unknown:?}") };
    assert_eq!(refusal.code, Some(ErrorCode::EnrollmentResourceNotFound));
}

#[tokio::test]
async fn an_expired_token_is_unauthorized_by_either_status() {
    let (world, client) = world(|_| ());
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    world.go1().expire_access_tokens();
    let failure = client.create_user_account(token, &person("bob@example.com")).await;
    assert_eq!(failure, Err(CreateAccountError::Unauthorized));
    // The stand-in's enrollments answer 403 "Missing or invalid JWT.".
    let failure = client.enroll(token, &portal.administrator, &"1001".into()).await;
    assert_eq!(failure, Err(EnrollError::Unauthorized));
    let failure = client.find_user_account(token, &email("bob@example.com")).await;
    assert!(matches!(failure, Err(Go1Error::Unauthorized { .. })), "{failure:?}");
}

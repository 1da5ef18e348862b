//! Tokens, portals and courses against the stand-in.

use domain::ids::LearningObjectId;
use domain::portal::PortalDomain;
use go1::{CreatePortalError, Doubt, Go1Error, RefreshError, SoughtPortal};
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use stand_ins::go1::endpoint;
use stand_ins::{Fault, FaultKind};

use crate::support::{email, new_portal, now, partner, portal, world};

#[tokio::test]
async fn a_portal_is_created_with_its_owner_and_its_tokens() {
    let (world, client) = world(|_| ());
    let portal = portal(&client).await;
    let held = world.go1().portal("wattle-grove.mygo1.com").expect("it exists");
    assert_eq!((held.id.as_str(), held.external_customer_id.as_deref()), (portal.id.as_str(), Some("tenant-1")));
    assert_eq!((held.timezone.as_str(), held.country.as_str()), ("Australia/Sydney", "AU"));
    assert_eq!(held.administrator.as_deref(), Some(portal.administrator.as_str()));
    assert_eq!(portal.domain.as_str(), "wattle-grove.mygo1.com");
    assert_eq!(portal.tokens.expires_at, now() + SignedDuration::from_hours(12));

    let owner = client.find_user_account(&portal.tokens.access_token, &email("olivia.hartley@example.com")).await;
    assert_eq!(owner.expect("read").expect("an account").id, portal.administrator);
    assert!(!format!("{portal:?}").contains(portal.tokens.access_token.expose_secret()));
}

#[tokio::test]
async fn a_domain_that_is_taken_is_told() {
    let (_, client) = world(|_| ());
    portal(&client).await;
    let again = new_portal("wattle-grove", "tenant-2");
    let failure = client.create_portal(&partner(&client).await, &again, now()).await.expect_err("taken");
    assert_eq!(failure, CreatePortalError::DomainTaken);
}

#[tokio::test]
async fn the_taken_addresses_are_those_that_our_token_sees() {
    let (_, client) = world(|_| ());
    let token = partner(&client).await;
    for (domain, tenant) in [("wattle-grove", "1"), ("wattle-grove-2", "2"), ("bluegum", "3")] {
        client.create_portal(&token, &new_portal(domain, tenant), now()).await.expect("a portal");
    }
    let known = client.taken_domains(&token, "wattle-grove").await.expect("read");
    let domain = |label| PortalDomain::parse(label).expect("a domain");
    assert_eq!(known, [domain("wattle-grove"), domain("wattle-grove-2")].into());
    // Another partner's customer has it, which we are not told.
    assert!(client.taken_domains(&token, "acme").await.expect("read").is_empty());
}

#[tokio::test]
async fn a_portal_whose_answer_was_lost_is_found_again_and_is_nobody_elses() {
    let (world, client) = world(|_| ());
    let token = partner(&client).await;
    let wanted = new_portal("wattle-grove", "tenant-1");
    let find = async |domain: &str, tenant: &str| {
        let domain = PortalDomain::parse(domain).expect("a domain");
        let tenant = tenant.into();
        let sought = SoughtPortal { domain: &domain, tenant: &tenant, name: "Wattle Grove Books", asked_at: now() };
        client.find_portal(&token, sought).await.expect("a look-up")
    };
    assert_eq!(find("wattle-grove", "tenant-1").await, None);

    world.go1().faults().add(Fault::next(endpoint::CREATE_PORTAL, FaultKind::LoseAnswer));
    let failure = client.create_portal(&token, &wanted, now()).await.expect_err("lost");
    assert!(matches!(failure, CreatePortalError::OutcomeUnknown(Doubt::NoAnswer(_))), "{failure:?}");
    let found = find("wattle-grove", "tenant-1").await.expect("it exists");
    assert_eq!(found.id.as_str(), world.go1().portal("wattle-grove.mygo1.com").expect("it exists").id);
    assert_eq!(find("wattle-grove", "tenant-2").await, None, "another customer's");
    assert_eq!(find("wattle", "tenant-3").await, None);
    assert_eq!(world.go1().calls(endpoint::CREATE_PORTAL), 1);
}

#[tokio::test]
async fn a_refresh_token_works_once() {
    let (world, client) = world(|_| ());
    let first = portal(&client).await.tokens;
    let second = client.refresh(&first.refresh_token, now()).await.expect("a pair");
    assert_ne!(first.refresh_token.expose_secret(), second.refresh_token.expose_secret());
    assert_eq!(client.refresh(&first.refresh_token, now()).await.err(), Some(RefreshError::InvalidGrant));

    world.go1().faults().add(Fault::next(endpoint::TOKEN, FaultKind::LoseAnswer));
    assert_eq!(client.refresh(&second.refresh_token, now()).await.err(), Some(RefreshError::OutcomeUnknown));
}

#[tokio::test]
async fn courses_come_in_one_call_in_the_order_asked_without_html() {
    let (world, client) = world(|_| ());
    let ids: Vec<LearningObjectId> = ["1003", "1001", "1005", "1002", "1004"].map(Into::into).into();
    let token = partner(&client).await;
    let courses = client.learning_objects(&token, &ids).await.expect("courses");
    assert_eq!(courses.iter().map(|course| course.id.clone()).collect::<Vec<_>>(), ids);
    for course in &courses {
        assert!(!course.title.is_empty() && !course.summary.is_empty() && !course.summary.contains('<'), "{course:?}");
        assert!(course.image.is_some() && course.provider.is_some() && course.duration_minutes.is_some(), "{course:?}");
    }
    assert_eq!(world.go1().calls(endpoint::LIST_LEARNING_OBJECTS), 1);
    let newer = "con_01J8STANDINCOURSE000001004".into();
    let [by_newer_id] = &client.learning_objects(&token, &[newer]).await.expect("courses")[..] else { panic!("one") };
    assert_eq!((by_newer_id.lo_id.as_str(), &by_newer_id.title), ("1004", &courses[4].title));

    assert!(world.go1().retire_course("1005"));
    assert_eq!(client.learning_objects(&token, &ids).await.expect("courses").len(), 4);
    assert_eq!(client.learning_objects(&token, &[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn one_time_login_needs_its_scope() {
    for granted in [true, false] {
        let (_, client) = world(|settings| settings.go1_one_time_login = granted);
        let portal = portal(&client).await;
        let result = client.one_time_login(&portal.tokens.access_token, &portal.administrator).await;
        match result {
            Ok(token) => assert!(granted && !token.expose_secret().is_empty()),
            Err(error) => assert!(!granted && matches!(error, Go1Error::MissingScope { .. }), "{error:?}"),
        }
    }
}

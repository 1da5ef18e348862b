//! A sign-up that was cut off, and a portal that was there before it.

use domain::country::Country;
use domain::email::EmailAddress;
use domain::existing_portal::ADMINISTRATOR_LIFETIME;
use domain::existing_portal::ExistingPortal;
use domain::ids::{TenantId, XeroUserId};
use domain::obstacle::{MetObstacle, PeopleObstacle};
use domain::portal::PortalDomain;
use domain::sign_up::{Acceptance, REQUEST_IN_FLIGHT, SignUp, SignUpDetails, SignUpStep, StepRefused};
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn domain() -> PortalDomain {
    PortalDomain::parse("wattle").expect("valid")
}

fn consented() -> SignUp {
    let details = SignUpDetails {
        given_name: "Olivia".to_owned(),
        family_name: "Hartley".to_owned(),
        email: EmailAddress::parse("olivia@example.com").expect("valid"),
        company: "Wattle Grove Books".to_owned(),
        country: Country::Australia,
        domain: domain(),
        industry: String::new(),
    };
    let at = Timestamp::UNIX_EPOCH;
    let acceptance = Acceptance { terms_version: "1".to_owned(), collection_version: "1".to_owned(), at };
    SignUp::start("sign-up".into(), details, acceptance).consented("user".into(), None, NOW).expect("the next step")
}

#[test]
fn whatever_was_cut_off_before_the_portal_is_said_and_nothing_that_was_said_is_changed() {
    let named = consented().organisation_confirmed("tenant".into(), NOW).expect("the next step");
    let elsewhere = consented().organisation_confirmed("elsewhere".into(), NOW).expect("the next step");
    let provisioned = named.clone().portal_provisioned("portal".into()).expect("the next step");
    let (tenant, portal) = ("tenant".into(), "portal".into());
    for behind in [consented(), named.clone(), elsewhere, provisioned.clone()] {
        assert_eq!(behind.caught_up(&tenant, Some(&portal), NOW), Ok(provisioned.clone()));
    }
    assert_eq!(consented().caught_up(&tenant, None, NOW), Ok(named));
    assert_eq!(provisioned.caught_up(&"elsewhere".into(), Some(&"other".into()), NOW), Err(StepRefused));
}

#[test]
fn what_go1_said_about_an_administrator_holds_for_an_hour_and_for_the_organisation_that_it_was_about() {
    let since = Timestamp::UNIX_EPOCH;
    let wish = ExistingPortal { portal: "portal".into(), domain: domain(), account: "7".into(), since, tenant: None };
    assert!(wish.is_fresh(since + ADMINISTRATOR_LIFETIME - SignedDuration::from_nanos(1)));
    assert!(!wish.is_fresh(since + ADMINISTRATOR_LIFETIME));
    assert!(wish.is_for(&"tenant".into()) && wish.is_for(&"elsewhere".into()));
    let regained = ExistingPortal { tenant: Some("tenant".into()), ..wish };
    assert!(regained.is_for(&"tenant".into()) && !regained.is_for(&"elsewhere".into()));
}

#[test]
fn what_the_last_look_met_is_over_with_another_organisation_or_login_and_a_wait_grows_shorter() {
    let at = Timestamp::UNIX_EPOCH;
    let wait = |seconds| PeopleObstacle::XeroUnavailable { retry_after: Some(SignedDuration::from_secs(seconds)) };
    let met = MetObstacle { obstacle: wait(90), at };
    assert_eq!(met.as_of(at + SignedDuration::from_secs(30)), wait(60));
    let over = PeopleObstacle::XeroUnavailable { retry_after: None };
    assert_eq!(met.as_of(at + SignedDuration::from_secs(90)), over);
    let named = consented().organisation_confirmed("tenant".into(), NOW).expect("the next step");
    let blocked = SignUp { obstacle: Some(met), ..named.clone() };
    let SignUpStep::OrganisationConfirmed { authentication_event: event, .. } = named.step.clone() else {
        panic!("{:?}", named.step)
    };
    assert_eq!(blocked.clone().consented_again("user".into(), event), named, "a new login");
    let another = blocked.clone().organisation_confirmed("other".into(), NOW).expect("the same step");
    assert_eq!(another.obstacle, None);
    let anew = blocked.consented("user".into(), None, NOW).expect("the step before");
    assert_eq!(anew.obstacle, None);
}

#[test]
fn an_email_that_is_only_normalised_to_the_one_that_was_typed_makes_nobody_the_owner() {
    let (owner, other) = (XeroUserId::from("owner"), XeroUserId::from("other"));
    let consented = consented();
    let email = consented.details.email.as_str().to_owned();
    let sign_up = consented.logged_in(&owner, "");
    for mark in ["\u{AD}", "\u{200B}", "\u{A0}"] {
        for odd in [format!("{mark}{email}"), format!("{email}{mark}"), email.replace('@', &format!("{mark}@"))] {
            let unchanged = sign_up.clone().logged_in(&other, &odd);
            assert_eq!(unchanged, sign_up, "{odd:?} is another mailbox");
        }
    }
    for plain in [email.clone(), email.to_uppercase(), format!(" {email} ")] {
        let theirs = sign_up.clone().logged_in(&other, &plain).owner.expect("an owner");
        assert!(theirs.xero_user == other && theirs.email_is_verified, "{plain:?}");
    }
}

#[test]
fn details_can_be_changed_until_the_portal_exists_and_another_email_is_not_the_verified_one() {
    let user = XeroUserId::from("user");
    let consented = consented();
    let email = consented.details.email.clone();
    let sign_up = consented.logged_in(&user, email.as_str());
    let company = SignUpDetails { company: "Another Pty Ltd".to_owned(), ..sign_up.details.clone() };
    let changed = sign_up.clone().with_details(company.clone(), NOW).expect("no portal yet");
    assert!(changed.details == company && changed.owner.as_ref().is_some_and(|owner| owner.email_is_verified));
    let other = SignUpDetails { email: EmailAddress::parse("other@example.com").expect("valid"), ..company };
    let changed = changed.with_details(other.clone(), NOW).expect("no portal yet");
    let owner = changed.owner.clone().expect("still theirs");
    assert!(owner.xero_user == user && !owner.email_is_verified);
    let confirmed = changed.organisation_confirmed("tenant".into(), NOW);
    let provisioned = confirmed.and_then(|sign_up| sign_up.portal_provisioned("portal".into())).expect("in order");
    assert_eq!(provisioned.with_details(other, NOW), Err(StepRefused));
}

#[test]
fn a_press_that_asks_for_the_portal_holds_what_it_is_made_of_until_it_is_over_and_never_for_longer_than_it_can_last() {
    let named = consented().organisation_confirmed("tenant".into(), NOW).expect("the next step");
    let asking = named.clone().asks_for_portal(&"tenant".into(), NOW).expect("the next step");
    let details = named.details.clone();
    for (now, is_held) in [(NOW, true), (NOW + REQUEST_IN_FLIGHT, false)] {
        assert_eq!((asking.is_asking(now), asking.is_settled(now)), (is_held, is_held));
        assert_eq!(asking.clone().with_details(details.clone(), now).is_err(), is_held);
        assert_eq!(asking.clone().consented("user".into(), None, now).is_err(), is_held);
        assert_eq!(asking.clone().organisation_confirmed("other".into(), now).is_err(), is_held);
    }
    assert_eq!(asking.clone().asks_no_more(Some(NOW)), named);
    let later = NOW + SignedDuration::from_secs(1);
    assert_eq!(asking.clone().asks_no_more(Some(later)), asking, "another press asks by now");
    let provisioned = asking.portal_provisioned("portal".into()).expect("the next step");
    assert!(!provisioned.is_asking(NOW) && provisioned.is_settled(NOW + REQUEST_IN_FLIGHT));
}

#[test]
fn a_consent_to_the_same_organisation_is_this_login_s_and_no_earlier_one_s() {
    let named = consented().organisation_confirmed("tenant".into(), NOW).expect("the next step");
    for (before, tenant) in [(consented(), None), (named, Some(TenantId::from("tenant")))] {
        let again = before.consented_again("adviser".into(), Some("hers".to_owned()));
        let (user, event) = match &again.step {
            SignUpStep::Consented { xero_user, authentication_event, .. }
            | SignUpStep::OrganisationConfirmed { xero_user, authentication_event, .. } => {
                (xero_user.as_str(), authentication_event.as_deref())
            }
            step => panic!("{step:?}"),
        };
        assert_eq!((user, event), ("adviser", Some("hers")));
        assert_eq!(again.tenant(), tenant.as_ref());
    }
}

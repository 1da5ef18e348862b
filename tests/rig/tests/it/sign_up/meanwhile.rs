//! What an owner changes in another tab while a press waits for Xero or GO1: the portal is made of what is stored by then, and
//! what comes after that is refused.

use std::time::Duration;

use domain::sign_up::SignUpStep;
use http::StatusCode;
use rig::{HARBOUR, Rig, Visitor, WATTLE, expect, with_query};
use stand_ins::{Fault, FaultKind, go1, xero};

/// Whom a press waits for.
#[derive(Clone, Copy, Debug)]
enum Slow {
    Xero,
    Go1,
}

/// From the courses to the people, with this email and a list that is to be read anew, while Xero or GO1 is slow.
async fn before_a_slow_press(rig: &Rig, slow: Slow, olivia: &Visitor, courses: &rig::Page, email: &str) -> rig::Page {
    let form = olivia.open("/signup").await;
    olivia.browser.submit(&form, "/signup", &[("email", email)]).await;
    let people = olivia.look(courses).await;
    rig.wait(Duration::from_secs(61)).await;
    let late = FaultKind::Delay { milliseconds: 4_000 };
    match slow {
        Slow::Xero => rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, late)),
        Slow::Go1 => rig.world.go1().faults().add(Fault::always(go1::endpoint::CREATE_PORTAL, late)),
    }
    people
}

#[tokio::test(start_paused = true)]
async fn an_email_that_is_changed_while_a_press_waits_is_no_way_into_the_portal_of_another() {
    for slow in [Slow::Xero, Slow::Go1] {
        let rig = Rig::new(1);
        let (olivia, courses) = rig.at_courses(&WATTLE).await;
        let people = before_a_slow_press(&rig, slow, &olivia, &courses, "ceo@victim.example").await;
        let own = WATTLE.details().into_iter().find(|(name, _)| *name == "email").expect("an email").1;
        let form = olivia.open("/signup").await;
        let edit = async {
            rig.wait(Duration::from_secs(2)).await;
            olivia.browser.submit(&form, "/signup", &[("email", own)]).await
        };
        let (pressed, edited) = tokio::join!(olivia.confirm(&people), edit);
        assert!(!edited.status.is_server_error(), "{slow:?}: {}", edited.words());
        rig.world.xero().faults().clear();
        let mailed = rig.world.go1().welcome_mails();
        let kept = rig.kept_sign_up(&WATTLE).await;
        let to = |email: &str| mailed.iter().filter(|mail| mail.contains(email)).count();
        assert_eq!(
            to(kept.details.email.as_str()),
            1,
            "{slow:?}: GO1 was asked with the email that is kept: {}",
            pressed.words()
        );
        olivia.connect_again().await;
        let kept = rig.kept_sign_up(&WATTLE).await;
        let is_verified = kept.owner.is_some_and(|owner| owner.email_is_verified);
        assert_eq!(is_verified, to(own) == 1, "{slow:?}: they get in as whom they have shown to be");
    }
}

#[tokio::test(start_paused = true)]
async fn another_organisation_that_is_named_while_a_press_waits_leaves_no_portal_to_nobody() {
    for slow in [Slow::Xero, Slow::Go1] {
        let rig = Rig::new(2);
        let (olivia, _) = rig.at_courses(&WATTLE).await;
        olivia.beside(HARBOUR).connect_again().await;
        let chooser = expect(olivia.beside(HARBOUR).connect_again().await, StatusCode::OK, "/organisations");
        let courses = olivia.choose(&chooser, &rig.tenant(&WATTLE)).await;
        let people = before_a_slow_press(&rig, slow, &olivia, &courses, "olivia@wattle.example.com").await;
        let other = async {
            rig.wait(Duration::from_secs(1)).await;
            olivia.choose(&chooser, &rig.tenant(&HARBOUR)).await
        };
        let (pressed, named) = tokio::join!(olivia.confirm(&people), other);
        let sign_up = rig.kept_sign_up(&WATTLE).await;
        match slow {
            Slow::Xero => {
                assert_eq!(pressed.status, StatusCode::CONFLICT, "{}", pressed.words());
                expect(named, StatusCode::OK, "/preview");
                assert!(rig.portals(&WATTLE).is_empty(), "GO1 was not asked yet");
                let SignUpStep::OrganisationConfirmed { tenant, .. } = sign_up.step else {
                    panic!("{:?}", sign_up.step)
                };
                assert_eq!(tenant, rig.tenant(&HARBOUR));
            }
            Slow::Go1 => {
                assert_eq!(named.status, StatusCode::CONFLICT, "{}", named.words());
                assert_eq!(sign_up.portal(), Some(&rig.portal(&WATTLE)), "{}", pressed.words());
                rig.administrator(&WATTLE).await;
            }
        }
    }
}

/// Whoever holds the address of one answer can send it as often as they like, without a cookie.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_refused_again_and_again_is_one_line_of_the_trail() {
    let rig = Rig::new(3);
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    olivia.open("/connect?again").await;
    let asked = olivia.browser.last_redirect();
    let state = asked.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let before = rig.trail(&WATTLE).await.len();
    for _ in 0..50 {
        let back = with_query(&rig::address("/oauth/xero/callback?code=x"), "state", Some(&state));
        let refused = rig.browser().open(&back).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.words());
    }
    assert_eq!(rig.trail(&WATTLE).await.len(), before + 1);
    rig.wait(Duration::from_mins(61)).await;
    let back = with_query(&rig::address("/oauth/xero/callback?code=x"), "state", Some(&state));
    rig.browser().open(&back).await;
    assert_eq!(rig.trail(&WATTLE).await.len(), before + 2, "an hour later");
}

#[tokio::test(start_paused = true)]
async fn a_portal_whose_sign_up_is_about_another_is_no_error_of_ours_and_no_circle_at_its_administrator_s_login() {
    let rig = Rig::new(4);
    rig.imported(&WATTLE).await;
    let sign_up = rig.kept_sign_up(&WATTLE).await;
    // As a release before could leave it.
    let started = domain::sign_up::SignUp { step: SignUpStep::Started, ..sign_up };
    state::SignUps::replace_sign_up(&rig.state, started).await.expect("memory answers");
    let visitor = rig.visitor(&WATTLE);
    let login = expect(visitor.open("/portal/login").await, StatusCode::OK, "/oauth/authorize");
    let administrator = rig.administrator_of(&WATTLE);
    let mut page = visitor.log_in_as(&login, &administrator).await;
    // GO1 asks nobody a second time who they are.
    for round in 1.. {
        if page.url.path() != "/oauth/authorize" {
            break;
        }
        assert!(round < 5, "round and round in a circle");
        page = visitor.log_in_as(&page, &administrator).await;
    }
    assert_eq!((page.status, page.url.path()), (StatusCode::CONFLICT, "/portal/connect"), "{}", page.words());
    assert!(page.words().contains("Please contact support"), "{}", page.words());
}

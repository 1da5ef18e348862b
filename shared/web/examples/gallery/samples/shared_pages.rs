//! The pages that a portal's administrator shares with the sign-up, in the portal's frame.

use domain::import::ImportStatus;
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use jiff::SignedDuration;
use web::pages::{CourseCard, CoursesPage, DisconnectPage, PeopleObstaclePage};

use super::common::{Sample, domain, now, token};
use super::portal::framed;
use super::{imports, people};

pub(super) fn all() -> Vec<Sample> {
    let organisation = || "Harbour & Hearth Hospitality".to_owned();
    let course = CourseCard {
        title: "Working Well Together".to_owned(),
        picture: None,
        provider: Some("Fieldstone Academy".to_owned()),
        minutes: Some(25),
        summary: "Give and take feedback, settle a disagreement, and run a meeting that ends on time.".to_owned(),
    };
    let obstacle = |obstacle| PeopleObstaclePage {
        form_token: token(),
        organisation: organisation(),
        obstacle,
        group: None,
        may_choose_group: false,
        xero_url: Some("https://go.xero.com/".to_owned()),
        portal_exists: true,
    };
    let disconnect = |disconnected| DisconnectPage {
        form_token: token(),
        organisation: organisation(),
        connected_at: now(),
        portal: Some(domain().to_string()),
        disconnected,
    };
    let limit = PeopleObstacle::DailyLimit { until: Some(now() + SignedDuration::from_hours(5)) };
    let running = imports::view(&imports::import(ImportStatus::Running, 40), imports::imported(40, 12));
    let done = imports::view(&imports::import(ImportStatus::Done, 40), imports::imported(40, 40));
    let courses = CoursesPage { form_token: token(), organisation: organisation(), courses: vec![course; 5] };
    vec![
        framed("portal-shared-people", &people::view(&people::later(14, 11, true))),
        framed("portal-shared-courses", &courses),
        framed("portal-shared-nobody", &obstacle(PeopleObstacle::Nobody)),
        framed("portal-shared-reconnect", &obstacle(PeopleObstacle::Connection(ConnectionTrouble::AccessEnded))),
        framed("portal-shared-daily-limit", &obstacle(limit)),
        framed("portal-shared-import-running", &running),
        framed("portal-shared-import-done", &done),
        framed("portal-disconnect", &disconnect(None)),
        framed("portal-disconnected", &disconnect(Some(true))),
    ]
}

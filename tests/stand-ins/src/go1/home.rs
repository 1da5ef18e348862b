//! Pages for people to look at: a list of all portals, a portal's home and its Integrations page.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::authorize::{error_page, html};
use super::roles::role_name;
use crate::world::World;

struct PortalRow {
    name: String,
    domain: String,
    country: String,
    people: usize,
    enrollments: usize,
}

#[derive(Template)]
#[template(path = "go1_front.html")]
struct FrontPage {
    portals: Vec<PortalRow>,
}

struct Person {
    name: String,
    email: String,
    role: &'static str,
    courses: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "go1_home.html")]
struct HomePage {
    name: String,
    domain: String,
    visitor: Option<String>,
    people: Vec<Person>,
    courses: Vec<(&'static str, &'static str, &'static str)>,
    enrollments: usize,
}

#[derive(Template)]
#[template(path = "go1_integrations.html")]
struct IntegrationsPage {
    name: String,
    domain: String,
    tile_url: String,
}

/// `GET /`
pub(crate) async fn front(State(world): State<World>) -> Response {
    let state = world.state();
    let row = |portal: &super::Portal| PortalRow {
        name: portal.name.clone(),
        domain: portal.domain.clone(),
        country: portal.country.clone(),
        people: state.go1.accounts_of(&portal.id).count(),
        enrollments: state.go1.enrollments_of(&portal.id).count(),
    };
    html(&FrontPage { portals: state.go1.portals.iter().map(row).collect() })
}

fn no_portal() -> Response {
    error_page(StatusCode::NOT_FOUND, "There is no portal at this address.")
}

/// `GET /portals-home/{domain}[?oneTimeToken=]`
pub(crate) async fn home(
    State(world): State<World>,
    Path(domain): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut state = world.state();
    let Some(portal) = state.go1.portal_by_domain(&domain).cloned() else {
        return no_portal();
    };
    let mut visitor = None;
    if let Some(token) = query.get("oneTimeToken") {
        let account_id = match state.go1.one_time_tokens.get_mut(token) {
            Some((account_id, used)) if !*used => {
                *used = true;
                account_id.clone()
            }
            _ => return error_page(StatusCode::FORBIDDEN, "This login link has been used or is not one of ours."),
        };
        let account = state.go1.account(&account_id).filter(|account| account.portal_id == portal.id);
        let Some(account) = account else {
            return error_page(StatusCode::FORBIDDEN, "This login link belongs to another portal.");
        };
        visitor = Some(format!("{} {}", account.given_name, account.family_name));
    }
    let mut courses_of: HashMap<&str, Vec<&'static str>> = HashMap::new();
    for enrollment in state.go1.enrollments_of(&portal.id) {
        let course = state.go1.courses.iter().find(|course| course.lo_id == enrollment.lo_id);
        courses_of.entry(&enrollment.user_account_id).or_default().extend(course.map(|course| course.title));
    }
    let people = state.go1.accounts_of(&portal.id).map(|account| Person {
        name: format!("{} {}", account.given_name, account.family_name),
        email: account.email.clone(),
        role: account.roles.first().map_or("", |role| role_name(role)),
        courses: courses_of.get(account.id.as_str()).cloned().unwrap_or_default(),
    });
    let people: Vec<Person> = people.collect();
    let courses = state.go1.courses.iter().filter(|course| course.country == portal.country && !course.retired);
    html(&HomePage {
        name: portal.name,
        domain,
        visitor,
        enrollments: people.iter().map(|person| person.courses.len()).sum(),
        people,
        courses: courses.map(|course| (course.lo_id, course.title, course.provider)).collect(),
    })
}

/// `GET /portals-home/{domain}/integrations`
pub(crate) async fn integrations(State(world): State<World>, Path(domain): Path<String>) -> Response {
    let state = world.state();
    let Some(portal) = state.go1.portal_by_domain(&domain) else {
        return no_portal();
    };
    html(&IntegrationsPage { name: portal.name.clone(), tile_url: world.settings().xero_tile_url.clone(), domain })
}

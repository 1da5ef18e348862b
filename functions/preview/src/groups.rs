//! Chooses the contact group whose contacts are an American organisation's people, or its Xero users instead.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use http::HeaderMap;
use planning::{PEOPLE, keep_group, may_look, obstacle_of, obstacle_view, plan_and_keep, shown_plan, xero_url};
use state::StateError;
use visiting::confirmed_tenant;
use web::forms::{GroupForm, parse};
use web::pages::{ContactGroupChoice, ContactGroupsPage, ContactsPermissionPage};
use web::responses::see_other;
use web::{Problem, page_in};

use crate::preview::Preview;

/// Where a group is chosen.
const GROUPS: &str = "/preview/groups";

/// `GET /preview/groups`: why Xero has to be asked once more; with that permission, the groups, which are read from Xero.
pub(crate) async fn show(State(preview): State<Preview>, headers: HeaderMap) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let visitor = visitors.require(&headers).await?;
    let tenant = confirmed_tenant(&*preview.state, &visitor).await?;
    if !tenant.may_choose_group() {
        return Ok(see_other(PEOPLE));
    }
    let organisation = tenant.organisation.name.clone();
    let permission = ContactsPermissionPage { organisation: organisation.clone() };
    if !tenant.may_read_contacts {
        return Ok(page_in(&visitors.site, &visitor.frame(), &permission));
    }
    may_look(&preview.planner, &preview.visitors, &visitor, &tenant).await?;
    let listed = match preview.planner.contact_groups(&visitor.sign_up, &tenant).await.map_err(obstacle_of) {
        Ok(listed) => listed,
        Err(Ok(PeopleObstacle::Connection(ConnectionTrouble::PermissionMissing))) => {
            return Ok(page_in(&visitors.site, &visitor.frame(), &permission));
        }
        Err(Ok(obstacle)) => {
            let view = obstacle_view(&visitor, &tenant, obstacle);
            return Ok(page_in(&visitors.site, &visitor.frame(), &view));
        }
        Err(Err(problem)) => return Err(problem),
    };
    let chosen = tenant.chosen_group().map(|group| &group.id);
    let groups = listed.into_iter().map(|listed| ContactGroupChoice {
        is_chosen: chosen == Some(&listed.group.id),
        group: listed.group,
        size: listed.size,
    });
    let view = ContactGroupsPage {
        form_token: visitor.form_token(),
        organisation,
        groups: groups.collect(),
        xero_url: xero_url(&tenant.organisation, "/Contacts"),
    };
    Ok(page_in(&visitors.site, &visitor.frame(), &view))
}

/// `POST /preview/groups`: keeps the choice, and looks at its people. A group that Xero does not list by now is not chosen.
pub(crate) async fn choose(
    State(preview): State<Preview>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let form: GroupForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let tenant = confirmed_tenant(&*preview.state, &visitor).await?;
    if !tenant.may_choose_group() {
        return Ok(see_other(PEOPLE));
    }
    if form.group.is_some() && !tenant.may_read_contacts {
        return Ok(see_other(GROUPS));
    }
    may_look(&preview.planner, &preview.visitors, &visitor, &tenant).await?;
    let group = match &form.group {
        None => None,
        Some(id) => match preview.planner.contact_groups(&visitor.sign_up, &tenant).await {
            Ok(listed) => match listed.into_iter().find(|listed| listed.group.id == *id) {
                Some(listed) => Some(listed.group),
                None => return Ok(see_other(GROUPS)),
            },
            // The page of the groups says what is in the way.
            Err(error) => return obstacle_of(error).map(|_| see_other(GROUPS)),
        },
    };
    let before = shown_plan(&*preview.state, &visitor, &tenant, visitors.clock.now()).await?;
    if tenant.contact_group != group {
        // Before it is kept: whoever is cut off in between leaves a line too many rather than none.
        let chosen =
            AuditAction::PeopleChosen { tenant: tenant.organisation.tenant.clone(), of_group: group.is_some() };
        visitors.record(&visitor, chosen).await?;
    }
    let tenant = match keep_group(&*preview.state, &tenant, group.as_ref()).await {
        Ok(tenant) => tenant,
        // Disconnected, or connected anew by somebody else: the look says how it stands.
        Err(StateError::Conflict) => return Ok(see_other(GROUPS)),
        Err(error) => return Err(error.into()),
    };
    plan_and_keep(&preview.planner, &*preview.state, visitors, visitor, &tenant, before.as_ref()).await?;
    Ok(see_other(PEOPLE))
}

//! The failed of an import once more: another look, because what failed may stand otherwise by now.

use application::people_page::look_and_keep;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::ids::ImportId;
use http::HeaderMap;
use web::forms::{ButtonForm, parse};
use web::responses::see_other;
use web::{Problem, page_in};

use crate::Importer;

/// `POST /imports/{import}/retry`: reads again, and shows the people with the failed ticked. Creates nothing.
pub(crate) async fn retry(
    State(importer): State<Importer>,
    headers: HeaderMap,
    Path(id): Path<ImportId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let form: ButtonForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let portal = visitor.sign_up.portal().ok_or(Problem::NotFound)?;
    let import = importer.imports.find_import(portal, &id).await.map_err(|error| visitors.failed(&error))?;
    let import = import.ok_or(Problem::NotFound)?;
    if !import.status.has_ended() {
        return Ok(see_other(&format!("/imports/{id}")));
    }
    if let Some(undone) = import.undoes {
        // What is left of it is asked for as an undo is.
        return Ok(see_other(&format!("/portal/undo/{undone}")));
    }
    let tenant = importer.tenant(&visitor).await?;
    let (frame, plans, tenants) = (visitor.frame(), &*importer.plans, &*importer.tenants);
    Ok(match look_and_keep(&importer.look, plans, tenants, visitors, visitor, &tenant).await? {
        None => see_other(&format!("/preview/people?retry={id}")),
        Some(obstacle) => page_in(&visitors.site, &frame, &obstacle),
    })
}

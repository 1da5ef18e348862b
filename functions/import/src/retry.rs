//! Tries the failed people of an import again. A new plan is made first, because the reason may have changed.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::ids::ImportId;
use http::HeaderMap;
use planning::{PEOPLE, may_look, plan_and_keep};
use visiting::confirmed_tenant;
use web::Problem;
use web::forms::{ButtonForm, parse};
use web::responses::see_other;

use crate::importer::Importer;

/// `POST /imports/{import}/retry`: makes a new plan and shows the people with the failed ones ticked. Creates nothing.
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
    let import = importer.state.find_import(portal, &id).await?;
    let import = import.ok_or(Problem::NotFound)?;
    if !import.status.has_ended() {
        return Ok(see_other(&format!("/imports/{id}")));
    }
    if let Some(undone) = import.undoes {
        // The rest of an undo is confirmed on the undo's own page.
        return Ok(see_other(&format!("/portal/undo/{undone}")));
    }
    let tenant = confirmed_tenant(&*importer.state, &visitor).await?;
    may_look(&importer.planner, visitors, &visitor, &tenant).await?;
    let planned = plan_and_keep(&importer.planner, &*importer.state, visitors, visitor, &tenant, None).await?;
    Ok(if planned { see_other(&format!("{PEOPLE}?retry={id}")) } else { see_other(PEOPLE) })
}

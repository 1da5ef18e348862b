//! How an import fares, live.

use application::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::ids::ImportId;
use domain::import::{Import, ImportPerson};
use http::HeaderMap;
use web::pages::ImportPage;
use web::responses::{json, prefers_json};
use web::{Problem, page};

use crate::Importer;

/// `GET /imports/{import}`: a page, or JSON for the script that keeps it up to date.
pub(crate) async fn show(
    State(importer): State<Importer>,
    headers: HeaderMap,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    let visitor = importer.visitors.require(&headers).await?;
    let (import, people) = read(&importer, &visitor, &id).await?;
    let tenant = importer.tenant(&visitor).await?;
    let portal = importer.portals.find_portal(&import.portal).await;
    let portal = portal.map_err(|error| importer.visitors.failed(&error))?.ok_or(Problem::NotFound)?;
    let (token, now) = (visitor.form_token(), importer.visitors.clock.now());
    let view = ImportPage::of(&import, people, tenant.organisation.name, portal.domain, token, now);
    let site = &importer.visitors.site;
    Ok(if prefers_json(&headers) { json(site, &view.json()) } else { page(site, &view) })
}

/// An import of the visitor's own portal. Any other is not found, like one that is not there.
pub(crate) async fn find(importer: &Importer, visitor: &Visitor, id: &ImportId) -> Result<Import, Problem> {
    let portal = visitor.sign_up.portal().ok_or(Problem::NotFound)?;
    let import = importer.imports.find_import(portal, id).await;
    import.map_err(|error| importer.visitors.failed(&error))?.ok_or(Problem::NotFound)
}

/// The same with its people, by name.
pub(crate) async fn read(
    importer: &Importer,
    visitor: &Visitor,
    id: &ImportId,
) -> Result<(Import, Vec<ImportPerson>), Problem> {
    let import = find(importer, visitor, id).await?;
    let people = importer.imports.import_people(&import.portal, id).await;
    let mut people = people.map_err(|error| importer.visitors.failed(&error))?;
    people.sort_by_cached_key(|person| {
        (person.family_name.to_lowercase(), person.given_name.to_lowercase(), person.employee_id.clone())
    });
    Ok((import, people))
}

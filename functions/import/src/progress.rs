//! The progress of an import, as a page and as JSON. A poll that would be told nothing new reads none of its people,
//! and not the organisation.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::clock::sha256_hex;
use domain::fault::Fault;
use domain::ids::ImportId;
use domain::import::{Batch, Import, ImportPerson, ImportStatus};
use domain::portal::Portal;
use domain::text::folded;
use http::HeaderMap;
use visiting::Visitor;
use web::pages::{ImportPage, ImportPoll, Unchanged, UnderWay};
use web::responses::{json, prefers_json};
use web::{Problem, page_in};

use crate::importer::Importer;

/// `GET /imports/{import}`: a page, or JSON for the script that keeps it up to date.
pub(crate) async fn show(
    State(importer): State<Importer>,
    headers: HeaderMap,
    Path(id): Path<ImportId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let poll = prefers_json(&headers).then(|| ImportPoll::parse(query.as_deref()));
    let mut visitor = match &poll {
        Some(_) => visitors.require_for_poll(&headers).await?,
        None => visitors.require(&headers).await?,
    };
    let site = &visitors.site;
    let import = match visitor.seen.active_import().filter(|active| active.id == id) {
        Some(active) => active.clone(),
        None => find(&importer, &visitor, &id).await?,
    };
    let batches = match import.status {
        ImportStatus::Running => importer.state.batches(&import.portal, &id).await?,
        _ => Vec::new(),
    };
    let revision = revision(&import, &batches)?;
    if poll.as_ref().is_some_and(|poll| poll.has(&revision)) {
        return Ok(json(site, &Unchanged { unchanged: true }));
    }
    if poll.is_some() {
        visitor = visitors.with_tenant(visitor).await?;
    }
    let people = people_shown(&importer, &import).await?;
    let tenant = visitor.shown_tenant()?;
    let portal = visitor.seen.portal().ok_or(Problem::NotFound)?;
    let (token, now) = (visitor.form_token(), importer.visitors.clock.now());
    let view = ImportPage::of(&import, people, tenant.organisation.name.clone(), portal.domain.clone(), token, now);
    let view = view.under_way(UnderWay::at(now, &batches, importer.calls_per_second));
    let view =
        if view.may_be_finished_later() { view.with_members(&importer.state.members(&portal.id).await?) } else { view };
    let view = undo_of_import(&importer, &visitor, view, &import, portal).await?;
    let view = if view.may_be_held_back() {
        view.held_back_by(&importer.state.imports_of(&portal.id).await?, now)
    } else {
        view
    };
    Ok(match poll {
        Some(poll) => json(site, &view.json(&visitor.locale, &poll, revision)),
        None => page_in(site, &visitor.frame(), &view),
    })
}

/// The progress could not be named. Texts, numbers and times always can, so this does not happen in practice.
#[derive(Debug, thiserror::Error)]
#[error("the progress could not be named")]
struct RevisionError(#[source] serde_json::Error);

impl Fault for RevisionError {}

/// The name of how an import stands, as far as its own row and its batches tell: another one, once something was begun,
/// has ended, waits, goes on or was stopped. Within an attempt people end without it, so a browser asks for them from time
/// to time.
fn revision(import: &Import, batches: &[Batch]) -> Result<String, Problem> {
    let told = (import.status, import.wait, import.stopped_at, &import.undone_by, batches);
    let mut revision = sha256_hex(&serde_json::to_string(&told).map_err(RevisionError)?);
    revision.truncate(16);
    Ok(revision)
}

/// Adds whether the import was undone, or can be.
async fn undo_of_import(
    importer: &Importer,
    visitor: &Visitor,
    view: ImportPage,
    import: &Import,
    portal: &Portal,
) -> Result<ImportPage, Problem> {
    let find = async |id: &Option<ImportId>| match id {
        Some(id) => importer.state.find_import(&portal.id, id).await,
        None => Ok(None),
    };
    let undo = find(&import.undone_by).await?;
    let (undone, last) = match find(&import.undoes).await? {
        Some(undone) => (undone, Some(import)),
        None => (import.clone(), undo.as_ref()),
    };
    let in_time = undone.undo_until().is_some_and(|until| importer.visitors.clock.now() <= until);
    let mut possible = visitor.administrator.is_some() && portal.active_import.is_none() && in_time;
    if let Some(last) = last.filter(|undo| possible && undo.status == ImportStatus::Done) {
        possible = importer.undo().has_more_to_undo(&undone, last).await?;
    }
    Ok(view.with_undo(undo.as_ref()).offering_undo(possible))
}

/// An import of the visitor's own portal. An import of another portal is answered as not found.
pub(crate) async fn find(importer: &Importer, visitor: &Visitor, id: &ImportId) -> Result<Import, Problem> {
    let portal = visitor.sign_up.portal().ok_or(Problem::NotFound)?;
    importer.state.find_import(portal, id).await?.ok_or(Problem::NotFound)
}

/// The import with its people, sorted by name.
pub(crate) async fn read(
    importer: &Importer,
    visitor: &Visitor,
    id: &ImportId,
) -> Result<(Import, Vec<ImportPerson>), Problem> {
    let import = find(importer, visitor, id).await?;
    let people = people_of(importer, &import).await?;
    Ok((import, people))
}

/// The import's people for a page that asks again while it runs: how they were a moment ago, unless somebody is missing.
async fn people_shown(importer: &Importer, import: &Import) -> Result<Vec<ImportPerson>, Problem> {
    if import.status == ImportStatus::Running {
        let people = importer.state.import_people_lately(&import.portal, &import.id).await?;
        if people.len() >= import.people as usize {
            return Ok(by_name(people));
        }
    }
    people_of(importer, import).await
}

/// The import's people, sorted by name.
async fn people_of(importer: &Importer, import: &Import) -> Result<Vec<ImportPerson>, Problem> {
    Ok(by_name(importer.state.import_people(&import.portal, &import.id).await?))
}

fn by_name(mut people: Vec<ImportPerson>) -> Vec<ImportPerson> {
    people.sort_by_cached_key(|person| {
        (folded(&person.family_name), folded(&person.given_name), person.employee_id.clone())
    });
    people
}

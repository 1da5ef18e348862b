//! Undoes an import: a page says exactly what that does, and a press confirms it once.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::audit::AuditAction;
use domain::fault::Causes;
use domain::ids::{ImportId, PortalId, UserAccountId};
use domain::import::{Import, ImportPerson, PersonTask, UndoRefused};
use go1::Enrollment;
use http::HeaderMap;
use importing::undo::{ConfirmedUndo, UndoError, UndoOffer};
use planning::still_administrator;
use tokio::time::timeout;
use visiting::Visitor;
use web::forms::{UndoForm, parse};
use web::pages::{PortalOrganisation, UndoPage};
use web::problem::UndoRefusal;
use web::responses::see_other;
use web::{Problem, page_in};

use crate::addon::Addon;
use crate::history::{confirmation, confirmed_by};
use crate::users::LONGEST_READ;

/// `GET /portal/undo/{import}`.
pub(crate) async fn ask(
    State(addon): State<Addon>,
    headers: HeaderMap,
    Path(import): Path<ImportId>,
) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let (visitor, administrator) = visitors.require_administrator(&headers).await?;
    let offered = addon.undo().plan(&administrator.portal, &import).await;
    let UndoOffer { import, plan, imports_accepted } = match offered {
        Ok(offer) => offer,
        Err(error) => return Err(refused(&addon, &administrator.portal, &import, error).await),
    };
    let until = import.undo_until().ok_or(Problem::NotFound)?;
    let begun = begun(&addon, &import, &plan.people).await;
    let (tenant, _) = Addon::shown(&visitor)?;
    let view = UndoPage {
        form_token: visitor.form_token(),
        domain: administrator.domain,
        organisation: PortalOrganisation::of(tenant),
        accepted_at: import.accepted_at,
        by: confirmed_by(&addon, &visitor.sign_up.id, &import).await?,
        enrollments: plan.courses.saturating_sub(begun.unwrap_or_default()),
        begun,
        created: plan.accounts,
        linked: plan.existing,
        left_out: plan.finished_later,
        taken_back: plan.undone_earlier,
        imports_accepted,
        until,
        import: import.id,
    };
    Ok(page_in(&visitors.site, &visitor.frame(), &view))
}

/// How many enrollments the undo would leave now, because somebody has begun or finished them; `None` where GO1 does not
/// say. The worker asks again for each one before it removes it.
async fn begun(addon: &Addon, undone: &Import, people: &[ImportPerson]) -> Option<usize> {
    let read = async |token| addon.go1.client.begun_enrollments(&token, &undone.courses).await;
    let Ok(listed) = timeout(LONGEST_READ, addon.go1.as_portal(&undone.portal, read)).await else {
        tracing::warn!("what learners have begun could not be read in time");
        return None;
    };
    let listed = listed.inspect_err(|error| {
        tracing::warn!(error = %Causes(error), "what learners have begun could not be read");
    });
    let task_of: HashMap<&UserAccountId, &PersonTask> =
        people.iter().filter_map(|person| Some((person.task.account()?, &person.task))).collect();
    let is_taken_back = |one: &Enrollment| {
        let task = one.account.as_ref().and_then(|account| task_of.get(account));
        task.is_some_and(|task| task.takes_back(undone, &one.id, one.assigned, one.created_time))
    };
    Some(listed.ok()?.iter().filter(|one| is_taken_back(one)).count())
}

/// `POST /portal/undo/{import}`. The same press twice is one undo, and the trail says once who did it.
pub(crate) async fn confirm(
    State(addon): State<Addon>,
    headers: HeaderMap,
    Path(import): Path<ImportId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let form: UndoForm = parse(&body)?;
    let (visitor, administrator) = visitors.require_administrator_press(&headers, &form.form_token).await?;
    still_administrator(&addon.go1, visitors, &visitor, &administrator).await?;
    let accepted = addon.undo().accept(&administrator.portal, &import, form.imports_accepted).await;
    let confirmed = match accepted {
        Ok(confirmed) => confirmed,
        Err(error) => return Err(refused(&addon, &administrator.portal, &import, error).await),
    };
    // Before it is sent, which takes longest. A press that was cut off in between is made good by the next.
    let recorded = record(&addon, &visitor, &confirmed).await;
    addon.undo().send(&confirmed).await;
    recorded?;
    Ok(see_other(&format!("/imports/{}", confirmed.undo.id)))
}

/// Lets the trail say who did it, unless it does.
async fn record(
    addon: &Addon,
    visitor: &Visitor,
    ConfirmedUndo { undo, is_new }: &ConfirmedUndo,
) -> Result<(), Problem> {
    let (visitors, sign_up) = (&addon.visitors, &visitor.sign_up.id);
    if !is_new {
        let trail = visitors.state.audit_since(sign_up, undo.accepted_at, usize::MAX).await?;
        if confirmation(&trail, undo).is_some() {
            return Ok(());
        }
    }
    let import = undo.undoes.clone().ok_or(Problem::NotFound)?;
    let done = AuditAction::UndoConfirmed { import, people: undo.people as usize };
    Ok(visitors.record(visitor, done).await?)
}

async fn refused(addon: &Addon, portal: &PortalId, import: &ImportId, error: UndoError) -> Problem {
    let why = match error {
        UndoError::NotFound => return Problem::NotFound,
        UndoError::State(error) => return error.into(),
        UndoError::Running(running) => UndoRefusal::Running { running },
        UndoError::Changed => UndoRefusal::Changed,
        UndoError::Refused(UndoRefused::NotEnded) => UndoRefusal::Running { running: import.clone() },
        UndoError::Refused(UndoRefused::IsUndo) => UndoRefusal::IsUndo,
        UndoError::Refused(UndoRefused::TooLate) => UndoRefusal::TooLate,
        UndoError::Refused(UndoRefused::NamesErased) => UndoRefusal::NamesErased,
        UndoError::Refused(UndoRefused::NothingLeft { undone_earlier: 0, .. }) => UndoRefusal::NothingToUndo,
        UndoError::Refused(UndoRefused::NothingLeft { .. }) => {
            let import = addon.state.find_import(portal, import).await;
            match import.map(|import| import.and_then(|import| import.undone_by)) {
                Ok(Some(undo)) => UndoRefusal::DoneBefore { undo },
                Ok(None) => UndoRefusal::NothingToUndo,
                Err(error) => return error.into(),
            }
        }
    };
    Problem::UndoRefused { import: import.clone(), why }
}

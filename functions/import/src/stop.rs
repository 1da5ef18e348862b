//! Stops an import: people whose batch has begun are finished, the others are not imported.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::audit::AuditAction;
use domain::fault::Causes;
use domain::ids::ImportId;
use domain::import::ImportStatus;
use http::HeaderMap;
use importing::stop::drop_rest;
use web::Problem;
use web::forms::{ButtonForm, parse};
use web::responses::see_other;

use crate::importer::Importer;
use crate::progress::find;

/// How often the stop is stored again, because the import began only after it had found nothing to stop.
const MARKS: u32 = 3;

/// `POST /imports/{import}/stop`. Once `stopped_at` is stored the import is stopped; the sweeper ends what this request
/// cannot.
pub(crate) async fn stop(
    State(importer): State<Importer>,
    headers: HeaderMap,
    Path(id): Path<ImportId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (visitors, state) = (&importer.visitors, &*importer.state);
    let form: ButtonForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let mut import = find(&importer, &visitor, &id).await?;
    let (now, was_stopped) = (visitors.clock.now(), import.stopped_at.is_some());
    for _ in 0..MARKS {
        state.stop_import(&import.portal, &id, now).await?;
        import = find(&importer, &visitor, &id).await?;
        if import.status != ImportStatus::Running || import.stopped_at.is_some() {
            break;
        }
    }
    if !import.status.has_ended() && import.stopped_at.is_none() {
        // It is still being accepted, and no stop is stored of it. Nothing of it may be dropped: nobody would end its people.
        return Err(Problem::SameMoment);
    }
    let stopped = AuditAction::ImportStopped { import: id.clone() };
    if was_stopped {
        visitors.record_if_cut_off(&visitor, stopped, import.stopped_at.unwrap_or(now)).await?;
    } else if import.stopped_at == Some(now) {
        // Recorded only by the request that stopped it.
        visitors.record(&visitor, stopped).await?;
    }
    if import.status == ImportStatus::Running {
        tracing::info!(portal = %import.portal, import = %id, "import stopped");
        if let Err(error) = drop_rest(state, state, &import, now).await {
            tracing::error!(error = %Causes(&error), import = %id, "a stopped import is not wholly dropped; the sweeper goes on");
        }
    }
    Ok(see_other(&format!("/imports/{id}")))
}

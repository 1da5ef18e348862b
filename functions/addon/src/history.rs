//! What was done to a portal: its imports, and who confirmed them.

use domain::audit::{AuditAction, AuditEntry};
use domain::import::{Import, ImportStatus, Progress};
use jiff::Timestamp;
use web::Problem;
use web::pages::{ImportLine, UndoOffer};

use crate::Addon;

/// The name of who confirmed an import, by the trail (the oldest first). That of an undo names what it takes back, which
/// can have happened before.
pub(crate) fn confirmed_by(trail: &[AuditEntry], confirmed: &Import) -> Option<String> {
    let entry = trail.iter().find(|entry| match (&entry.action, &confirmed.undoes) {
        (AuditAction::ImportConfirmed { import, .. }, None) => *import == confirmed.id,
        (AuditAction::UndoConfirmed { import, .. }, Some(undone)) => {
            import == undone && entry.at >= confirmed.accepted_at
        }
        _ => false,
    });
    entry?.by.clone()
}

/// `import` as a line of the overview. `all`: every import of the portal, the undos among them.
pub(crate) async fn line(
    addon: &Addon,
    import: &Import,
    all: &[Import],
    trail: &[AuditEntry],
) -> Result<ImportLine, Problem> {
    let progress = if let Some(sums) = import.sums {
        sums
    } else {
        let people = addon.imports.import_people(&import.portal, &import.id).await;
        Progress::of(&people.map_err(|error| addon.visitors.failed(&error))?)
    };
    Ok(ImportLine {
        import: import.id.clone(),
        undoes: import.undoes.clone(),
        status: import.status,
        stopped: import.stopped_at.is_some(),
        progress,
        accepted_at: import.accepted_at,
        by: confirmed_by(trail, import),
        undo: offer(import, all, progress, addon.visitors.clock.now()),
    })
}

/// Whether an import can be taken back, as far as its own row tells; the page of the undo looks closer.
fn offer(import: &Import, all: &[Import], progress: Progress, now: Timestamp) -> UndoOffer {
    let undo = import.undone_by.as_ref().and_then(|undo| all.iter().find(|other| other.id == *undo));
    let is_wholly_undone = |undo: &Import| !undo.status.has_ended() || undo.status == ImportStatus::Done;
    match (undo, import.undo_until()) {
        (Some(undo), _) if is_wholly_undone(undo) => UndoOffer::By(undo.id.clone()),
        (_, Some(until)) if now <= until && progress.done + progress.enrollments > 0 => UndoOffer::Until(until),
        _ => UndoOffer::No,
    }
}

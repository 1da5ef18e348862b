//! What was done to a portal: its imports, and who confirmed them.

use domain::audit::{AuditAction, AuditEntry};
use domain::ids::SignUpId;
use domain::import::{Import, ImportStatus, Progress};
use domain::member::Member;
use state::StateError;
use visiting::CLOCKS_DIFFER;
use web::Problem;
use web::pages::{ImportLine, UndoOffer, finished_later};

use crate::addon::Addon;

/// How many entries are read to find who confirmed an import. It is recorded with the acceptance, and where that press was cut
/// off by the next, which comes soon; behind more than that the page names nobody.
const LOOKED_AT: usize = 50;

/// The name of who confirmed an import, by the trail of its time.
pub(crate) async fn confirmed_by(
    addon: &Addon,
    sign_up: &SignUpId,
    confirmed: &Import,
) -> Result<Option<String>, StateError> {
    let since = confirmed.accepted_at - CLOCKS_DIFFER;
    let trail = addon.visitors.state.audit_since(sign_up, since, LOOKED_AT).await?;
    Ok(confirmation(&trail, confirmed).and_then(|entry| entry.by.clone()))
}

/// What the trail (the oldest first) says of who confirmed an import. That of an undo names what it takes back, which
/// can have happened before.
pub(crate) fn confirmation<'trail>(trail: &'trail [AuditEntry], confirmed: &Import) -> Option<&'trail AuditEntry> {
    trail.iter().find(|entry| match (&entry.action, &confirmed.undoes) {
        (AuditAction::ImportConfirmed { import, .. }, None) => *import == confirmed.id,
        (AuditAction::UndoConfirmed { import, .. }, Some(undone)) => {
            import == undone && entry.at >= confirmed.accepted_at
        }
        _ => false,
    })
}

/// A portal's imports, the undos among them, and its members: what a line of the overview is told by.
#[derive(Clone, Copy)]
pub(crate) struct History<'portal> {
    pub(crate) imports: &'portal [Import],
    pub(crate) members: &'portal [Member],
}

/// `import` as a line of the overview.
pub(crate) async fn line(
    addon: &Addon,
    import: &Import,
    history: History<'_>,
    sign_up: &SignUpId,
) -> Result<ImportLine, Problem> {
    let failed = import.sums.is_none_or(|sums| sums.failed > 0) && import.undoes.is_none();
    let people = if import.sums.is_none() || failed {
        addon.state.import_people(&import.portal, &import.id).await?
    } else {
        Vec::new()
    };
    let progress = import.sums.unwrap_or_else(|| Progress::of(&people));
    let ended_without = if import.status.has_ended() { &*people } else { &[] };
    Ok(ImportLine {
        import: import.id.clone(),
        undoes: import.undoes.clone(),
        status: import.status,
        stopped: import.stopped_at.is_some(),
        waits_for_courses: import.waits_for_courses(),
        progress,
        refused: import.refused.iter().map(|course| import.title_of(course).to_owned()).collect(),
        accepted_at: import.accepted_at,
        by: confirmed_by(addon, sign_up, import).await?,
        finished_later: finished_later(ended_without, history.members).len(),
        undo: offer(addon, import, history.imports, progress).await?,
    })
}

/// Whether an import can be taken back, as far as its own row tells; the page of the undo looks closer.
async fn offer(addon: &Addon, import: &Import, all: &[Import], progress: Progress) -> Result<UndoOffer, Problem> {
    let now = addon.visitors.clock.now();
    let last = import.undone_by.as_ref().and_then(|undo| all.iter().find(|other| other.id == *undo));
    if let Some(last) = last {
        let is_over = match last.status {
            ImportStatus::Accepting | ImportStatus::Running => true,
            ImportStatus::Done => !addon.undo().has_more_to_undo(import, last).await?,
            ImportStatus::PartlyDone | ImportStatus::Failed => false,
        };
        if is_over {
            return Ok(UndoOffer::By(last.id.clone()));
        }
    }
    // Whoever failed and keeps a place has an account, or may have.
    let brought_somebody = progress.done > 0 || progress.failed > progress.places_back;
    Ok(match import.undo_until() {
        Some(until) if now <= until && brought_somebody => UndoOffer::Until(until),
        _ => UndoOffer::No,
    })
}

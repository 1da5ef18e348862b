//! Sentences for the entries of the audit trail.

use domain::audit::AuditAction;
use domain::ids::ImportId;

use crate::words::count_of;

/// What was done, in a sentence.
pub(super) fn sentence(action: &AuditAction) -> String {
    match action {
        AuditAction::TermsAccepted { terms_version, collection_version } => {
            format!(
                "Saved their details, and accepted the terms (version {terms_version}) and the terms of collection (version {collection_version})"
            )
        }
        AuditAction::XeroConsented { .. } => "Gave us access to Xero".to_owned(),
        AuditAction::ConsentRefused { guard } => refused_at_xero(guard).to_owned(),
        AuditAction::Disconnected { removed_at_xero: true, .. } => "Disconnected Xero".to_owned(),
        AuditAction::Disconnected { removed_at_xero: false, .. } => {
            "Disconnected Xero here only; Xero no longer let us in".to_owned()
        }
        AuditAction::Reconnected { .. } => "Reconnected Xero".to_owned(),
        AuditAction::OrganisationConfirmed { .. } => "Confirmed the organisation".to_owned(),
        AuditAction::PortalCreated { .. } => "Created the portal".to_owned(),
        AuditAction::PortalConnected { .. } => "Connected an existing portal".to_owned(),
        AuditAction::EntryRefused { guard } => {
            format!("A sign-in from the portal was refused ({})", guard.replace('_', " "))
        }
        AuditAction::AdministratorEntered { .. } => "Signed in from the portal".to_owned(),
        AuditAction::ImportSkipped { .. } => "Continued without importing".to_owned(),
        AuditAction::ImportConfirmed { people, .. } => {
            format!("Started an import of {}", count_of(people, "person", "people"))
        }
        AuditAction::ImportStopped { .. } => "Stopped an import".to_owned(),
        AuditAction::UndoConfirmed { people, .. } => {
            format!("Started to undo an import of {}", count_of(people, "person", "people"))
        }
        AuditAction::OwnerAccessEnded => "Ended access for the person who signed up".to_owned(),
        AuditAction::Erased { .. } => "Erased what we held".to_owned(),
        AuditAction::OperatorActed { .. } => "One of our operators worked on this portal".to_owned(),
        AuditAction::OthersSignedOut => "Signed everyone else out".to_owned(),
        AuditAction::SignedOutEverywhere => "Signed out of all browsers".to_owned(),
        AuditAction::PeopleChosen { of_group: true, .. } => "Chose a Xero contact group to import from".to_owned(),
        AuditAction::PeopleChosen { of_group: false, .. } => "Chose Xero users to import from".to_owned(),
        AuditAction::ReportDownloaded { .. } => "Downloaded a report".to_owned(),
        AuditAction::Unknown => "Something that this page can’t describe yet".to_owned(),
    }
}

/// Why a login at Xero came to nothing. A guard is stored by its name in the code, and nobody else knows that name.
fn refused_at_xero(guard: &str) -> &'static str {
    match guard {
        "Denied" => "Didn’t allow access in Xero",
        "ContactsDenied" => "Didn’t allow contacts in Xero",
        "Expired" => "A Xero sign-in took more than ten minutes",
        "Replayed" => "A Xero sign-in was used twice",
        "AnotherBrowser" => "A Xero sign-in began in another browser",
        "NoOrganisation" => "No organisation was chosen in Xero",
        _ => "A Xero sign-in didn’t work",
    }
}

/// The import that it was about.
pub(super) fn import(action: &AuditAction) -> Option<&ImportId> {
    match action {
        AuditAction::ImportConfirmed { import, .. }
        | AuditAction::ImportStopped { import }
        | AuditAction::UndoConfirmed { import, .. }
        | AuditAction::ReportDownloaded { import } => Some(import),
        _ => None,
    }
}

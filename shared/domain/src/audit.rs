//! The trail of what people did. It names roles, versions and counts, never an employee.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ImportId, PortalId, SignUpId, TenantId, UserAccountId, XeroUserId};

/// One thing that a person did, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it was done.
    pub at: Timestamp,
    /// The sign-up in whose trail the entry is listed.
    pub sign_up: SignUpId,
    /// The action, with the ids that it is about.
    #[serde(flatten)]
    pub action: AuditAction,
    /// The name of who did it, where it is known. Never an employee's, unless an employee did it.
    #[serde(default)]
    pub by: Option<String>,
    /// The address that the request came from, where the gateway tells it.
    pub from: Option<String>,
}

impl AuditEntry {
    /// The same without whoever did it: no name, no address, no login, no account. What was done stays.
    #[must_use]
    pub fn without_people(mut self) -> Self {
        match &mut self.action {
            AuditAction::XeroConsented { xero_user } => *xero_user = None,
            AuditAction::AdministratorEntered { account } => *account = None,
            _ => {}
        }
        Self { by: None, from: None, ..self }
    }
}

/// The actions that the audit trail records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AuditAction {
    /// The owner accepted GO1's terms and the terms of collection (name, email, learning record).
    TermsAccepted {
        /// The version of the terms that were shown.
        terms_version: String,
        /// The version of the terms of collection that were shown.
        collection_version: String,
    },
    /// The owner let us into Xero.
    XeroConsented {
        /// As whom; `None` once that was erased.
        #[serde(default)]
        xero_user: Option<XeroUserId>,
    },
    /// An answer from Xero was refused, or Xero's own refusal was brought.
    ConsentRefused {
        /// Which guard of the callback refused it.
        guard: String,
    },
    /// The owner disconnected the organisation.
    Disconnected {
        /// The organisation, by its Xero tenant id.
        tenant: TenantId,
        /// Whether its connection was removed at Xero; not where Xero no longer lets us in.
        removed_at_xero: bool,
    },
    /// The owner named the organisation.
    OrganisationConfirmed {
        /// The organisation, by its Xero tenant id.
        tenant: TenantId,
    },
    /// A portal came to be.
    PortalCreated {
        /// The portal, by its GO1 id.
        portal: PortalId,
    },
    /// The owner went on without people.
    ImportSkipped {
        /// The portal into which nobody was imported.
        portal: PortalId,
    },
    /// The owner confirmed an import.
    ImportConfirmed {
        /// The import, by its id.
        import: ImportId,
        /// How many people were ticked.
        people: usize,
    },
    /// Somebody stopped an import.
    ImportStopped {
        /// The import, by its id.
        import: ImportId,
    },
    /// Somebody had an import taken back.
    UndoConfirmed {
        /// The import, by its id.
        import: ImportId,
        /// For how many people it is undone.
        people: usize,
    },
    /// The organisation was connected once more.
    Reconnected {
        /// The organisation, by its Xero tenant id.
        tenant: TenantId,
    },
    /// A portal that was there before was connected.
    PortalConnected {
        /// The portal, by its GO1 id.
        portal: PortalId,
    },
    /// An administrator came in from the portal.
    AdministratorEntered {
        /// As which account; `None` once that was erased.
        #[serde(default)]
        account: Option<UserAccountId>,
    },
    /// Somebody who may not manage the portal logged in to its pages. It is not said who, as it may be an employee.
    EntryRefused {
        /// What was in the way.
        guard: String,
    },
    /// Everything that names people was erased.
    Erased {
        /// The portal whose data was erased.
        portal: PortalId,
    },
    /// A portal's administrator ended the access of whoever signed up.
    OwnerAccessEnded,
    /// An operator did something by a command. Written into the operators' own trail only ([`OPERATORS`]), which no release
    /// reads that does not know this: into a customer's from the next release on.
    OperatorActed {
        /// The command.
        deed: String,
        /// Of which portal, import or queue it was, by ids.
        about: String,
    },
}

/// The trail of the operators' commands, which is no sign-up's.
pub const OPERATORS: &str = "operators";

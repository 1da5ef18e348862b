//! The trail of what people did. It names roles, versions and counts, never an employee.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ImportId, PortalId, SignUpId, TenantId, UserAccountId, XeroUserId};

/// One thing that a person did, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct AuditEntry {
    /// When it was done.
    pub at: Timestamp,
    /// The sign-up in whose trail the entry is listed.
    pub sign_up: SignUpId,
    /// The action, with the ids that it is about.
    pub action: AuditAction,
    /// The name of who did it, where it is known. Never an employee's, unless an employee did it.
    pub by: Option<String>,
    /// The address that the request came from, where the gateway tells it.
    pub from: Option<String>,
}

/// The same as it is stored: an action that is newer than the last release is one of that release's with an addition, which
/// that release does not see, so that it can take over again. A trail with one action that it cannot read would be a page
/// that it cannot show.
#[derive(Serialize, Deserialize)]
struct Stored {
    at: Timestamp,
    sign_up: SignUpId,
    #[serde(flatten)]
    action: AuditAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newer_action: Option<AuditAction>,
    #[serde(default)]
    by: Option<String>,
    from: Option<String>,
}

impl From<Stored> for AuditEntry {
    fn from(Stored { at, sign_up, action, newer_action, by, from }: Stored) -> Self {
        // Of an action that only the next release knows, what it left for this one to read is more than nothing.
        let action = newer_action.filter(|newer| *newer != AuditAction::Unknown).unwrap_or(action);
        Self { at, sign_up, action, by, from }
    }
}

impl From<AuditEntry> for Stored {
    fn from(AuditEntry { at, sign_up, action, by, from }: AuditEntry) -> Self {
        let (action, newer_action) = match action.for_last_release() {
            Some(known) => (known, Some(action)),
            None => (action, None),
        };
        Self { at, sign_up, action, newer_action, by, from }
    }
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
    /// An administrator signed everybody else out.
    OthersSignedOut,
    /// Somebody without a portal signed out of all their browsers.
    SignedOutEverywhere,
    /// It was chosen whose contacts are the organisation's people.
    PeopleChosen {
        /// The organisation, by its Xero tenant id.
        tenant: TenantId,
        /// Whether they are a contact group's; otherwise the Xero users. Which group is not told: its name may be somebody's, and
        /// an erasure leaves none of its ids.
        of_group: bool,
    },
    /// Somebody downloaded the report of an import or an undo, which has names and emails in it.
    ReportDownloaded {
        /// The import, by its id.
        import: ImportId,
    },
    /// Something that a newer release recorded. It is read, so that one line keeps nobody from the others; never recorded.
    #[serde(other)]
    Unknown,
}

impl AuditAction {
    /// As what the last release reads an action that it does not know: one of its own that says nothing worse. `None` where it
    /// knows the action.
    fn for_last_release(&self) -> Option<Self> {
        match self {
            // Whoever did one of these was signed in, and that is what it says then.
            Self::OthersSignedOut | Self::SignedOutEverywhere | Self::ReportDownloaded { .. } => {
                Some(Self::AdministratorEntered { account: None })
            }
            Self::PeopleChosen { tenant, .. } => Some(Self::OrganisationConfirmed { tenant: tenant.clone() }),
            _ => None,
        }
    }
}

/// The trail of the operators' commands, which is no sign-up's.
pub const OPERATORS: &str = "operators";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The actions as the last release reads them, of those that stand for newer ones.
    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(tag = "action", rename_all = "snake_case")]
    enum LastRelease {
        AdministratorEntered {
            #[serde(default)]
            account: Option<UserAccountId>,
        },
        OrganisationConfirmed {
            tenant: TenantId,
        },
    }

    fn entry(action: AuditAction) -> AuditEntry {
        let by = Some("Zoë O'Hara".to_owned());
        AuditEntry { at: Timestamp::UNIX_EPOCH, sign_up: "sign-up".into(), action, by, from: None }
    }

    fn newer() -> [AuditAction; 5] {
        [
            AuditAction::OthersSignedOut,
            AuditAction::SignedOutEverywhere,
            AuditAction::PeopleChosen { tenant: "tenant".into(), of_group: true },
            AuditAction::PeopleChosen { tenant: "tenant".into(), of_group: false },
            AuditAction::ReportDownloaded { import: "import".into() },
        ]
    }

    #[test]
    fn every_newer_action_is_read_as_it_was_written_and_by_the_last_release() {
        for action in newer() {
            let row = serde_json::to_value(entry(action.clone())).expect("a row");
            assert_eq!(serde_json::from_value::<AuditEntry>(row.clone()).expect("readable"), entry(action.clone()));
            let read = serde_json::from_value::<LastRelease>(row).expect("the last release reads it");
            let confirmed = LastRelease::OrganisationConfirmed { tenant: "tenant".into() };
            let is_choice = matches!(action, AuditAction::PeopleChosen { .. });
            assert_eq!(read, if is_choice { confirmed } else { LastRelease::AdministratorEntered { account: None } });
        }
    }

    #[test]
    fn a_newer_action_is_also_read_by_its_own_name_as_the_next_release_writes_it() {
        for action in newer() {
            let mut row = serde_json::to_value(&action).expect("an action");
            row["at"] = json!("1970-01-01T00:00:00Z");
            row["sign_up"] = "sign-up".into();
            row["by"] = "Zoë O'Hara".into();
            assert_eq!(serde_json::from_value::<AuditEntry>(row).expect("readable"), entry(action));
        }
    }

    #[test]
    fn an_action_that_is_not_known_is_read_as_what_it_was_left_as_or_as_unknown() {
        let row = |known: &str, newer: Option<Value>| json!({ "at": "1970-01-01T00:00:00Z", "sign_up": "sign-up", "by": "Zoë O'Hara", "action": known, "newer_action": newer });
        let read = |row| serde_json::from_value::<AuditEntry>(row).expect("readable");
        assert_eq!(read(row("moon_visited", None)), entry(AuditAction::Unknown));
        let newer = json!({ "action": "moon_visited", "moon": 3 });
        assert_eq!(read(row("owner_access_ended", Some(newer))), entry(AuditAction::OwnerAccessEnded));
    }
}

//! Names of things. Each is a string that only its own kind of thing can be named by, so a connection id can never be
//! sent where a tenant id belongs.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as its owner gave it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    };
}

id! {
    /// A Xero organisation: the value of the `Xero-Tenant-Id` header.
    TenantId
}
id! {
    /// The link between a Xero user, our app and one organisation: what `DELETE /connections/{id}` takes.
    ConnectionId
}
id! {
    /// A Xero login (`xero_userid`): what a token set belongs to. An email can change, this cannot.
    XeroUserId
}
id! {
    /// A person in the source: Xero's `EmployeeID` in Australia, in the United States `UserID`, or for a contact what
    /// [`EmployeeId::of_contact`] makes of `ContactID`. Stable over re-imports.
    EmployeeId
}
id! {
    /// A group of contacts in Xero (`ContactGroupID`).
    ContactGroupId
}
id! {
    /// A contact in Xero (`ContactID`).
    ContactId
}
id! {
    /// A GO1 portal, by GO1's id of it.
    PortalId
}
id! {
    /// A GO1 user account: one person in one portal, what enrollments are keyed by.
    UserAccountId
}
id! {
    /// A GO1 learning object (`lo_id`).
    LearningObjectId
}
id! {
    /// A GO1 enrollment, by GO1's id of it.
    EnrollmentId
}
id! {
    /// One customer's way from the form to the portal.
    SignUpId
}
id! {
    /// One confirmed import. Derived from the plan that it applies, so that confirming twice names one import.
    ImportId
}
id! {
    /// What a plan is named by: a digest over everything that it shows.
    PlanDigest
}
id! {
    /// The SHA-256 of a browser's session id, in hex, and of which kind the session is. The id itself is only in the
    /// browser.
    SessionHash
}
id! {
    /// The SHA-256 of an OAuth `state`, in hex. The state itself is only in the browser's address bar.
    StateHash
}
id! {
    /// What was told of an erasure. Unguessable: whoever has it may read the receipt.
    ReceiptId
}

/// What the id of a contact begins with, so that it says where the person was read. Xero's own ids are UUIDs.
const CONTACT: &str = "contact-";

impl EmployeeId {
    /// The id of a person who was read as a contact.
    pub fn of_contact(id: &ContactId) -> Self {
        Self(format!("{CONTACT}{id}"))
    }

    /// Whether the person was read as a contact, and not as a Xero user or an employee.
    pub fn is_contact(&self) -> bool {
        self.0.starts_with(CONTACT)
    }
}

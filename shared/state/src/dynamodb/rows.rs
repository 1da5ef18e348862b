//! The kinds of rows, and the version in which each is written: here, and nowhere else. `README.md` has the rule.
//!
//! Another shape is another version: one number below, and a sample in `tests/rows/`, which stays when the next one
//! comes.

use aws_sdk_dynamodb::types::AttributeValue;

use super::errors::{malformed, newer};
use super::table::Item;
use crate::StateError;

/// The attribute in which a row says its version. A row without it is of version 1; 2 is 1 with it.
pub const ROW_VERSION: &str = "row_version";

/// The version of the rows that say none.
const SAYS_NONE: u32 = 1;

/// How far ahead of what is written here a row may be: a rollback goes back by one release, and the release before has
/// to read what the one after it wrote.
const AHEAD: u32 = 1;

impl Row {
    /// The newest version that this release reads. It reads every older one too: most rows are never deleted, and
    /// nobody writes them anew.
    pub const fn newest_read(self) -> u32 {
        self.version() + AHEAD
    }

    /// Refuses a row whose shape this release cannot know.
    pub(super) fn check(self, item: &Item) -> Result<(), StateError> {
        let version = match item.get(ROW_VERSION) {
            None => Some(SAYS_NONE),
            Some(AttributeValue::N(number)) => number.parse().ok().filter(|version| *version > 0),
            Some(_) => None,
        };
        match version {
            None => Err(malformed(self.name())),
            Some(version) if version > self.newest_read() => Err(newer(self.name(), version, self.newest_read())),
            Some(_) => Ok(()),
        }
    }
}

macro_rules! rows {
    ($($(#[$doc:meta])* $row:ident = $name:literal, version $version:literal;)+) => {
        /// A kind of row. Its keys are in `keys.rs`, under the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Row {
            $($(#[$doc])* $row,)+
        }

        impl Row {
            /// All kinds, in the order of the tables that list them.
            pub const ALL: &[Self] = &[$(Self::$row,)+];

            /// What the tables, the errors and the samples call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$row => $name,)+
                }
            }

            /// The version that this release writes.
            pub const fn version(self) -> u32 {
                match self {
                    $(Self::$row => $version,)+
                }
            }
        }
    };
}

rows! {
    /// A customer's way from the form to the portal, with the owner's name and email.
    SignUp = "sign-up", version 5;
    /// What somebody did, and when.
    AuditEntry = "audit entry", version 5;
    /// As whom a sign-up was consented to, for the erasure.
    XeroUserOfSignUp = "Xero user of a sign-up", version 3;
    /// A browser's session.
    Session = "session", version 5;
    /// The way to a session from whoever's it is, for the erasure.
    SessionOfOwner = "session of an owner", version 5;
    /// A trip to Xero and back.
    Consent = "consent", version 4;
    /// A trip to GO1's login page and back.
    Go1LoginAttempt = "login at GO1", version 4;
    /// The sealed tokens of a Xero login.
    XeroTokens = "Xero token set", version 3;
    /// Which sign-ups somebody who comes back from Xero may mean.
    SignUpOfXeroUser = "sign-up of a Xero user", version 3;
    /// A Xero organisation that was confirmed.
    Organisation = "organisation", version 4;
    /// Up to a hundred people of a plan.
    PlanChunk = "plan's chunk", version 5;
    /// All of a plan but its people; written last.
    PlanHead = "plan's head", version 4;
    /// A GO1 portal, its places and its active import.
    Portal = "portal", version 2;
    /// The sealed tokens of a portal.
    Go1Tokens = "GO1 token set", version 2;
    /// Which employee has which account of a portal.
    Member = "member", version 3;
    /// An import that was confirmed.
    Import = "import", version 6;
    /// A person of an import, with their outcome.
    Person = "person of an import", version 4;
    /// The attempts at the people of one batch.
    Batch = "batch of an import", version 4;
    /// A line of the list that the sweeper reads.
    ActiveImport = "active import", version 2;
    /// The last import that a sweep helped which could not help all.
    SweepCursor = "place where a sweep stopped", version 1;
    /// A connection at Xero that counts against the application's tier.
    CountedConnection = "counted connection", version 2;
    /// An erasure that was asked for and has something left to do.
    Erasure = "erasure that is not over", version 2;
    /// What is told of an erasure.
    Receipt = "receipt of an erasure", version 2;
    /// How often something was done in a time, and of whom by a digest.
    Counter = "counter", version 1;
    /// The key by which network addresses are digested on a day.
    DayKey = "key of a day", version 1;
}

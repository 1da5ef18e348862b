//! The kinds of rows, and the version in which each is written: here, and nowhere else.

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
    SignUp = "sign-up", version 1;
    /// What somebody did, and when.
    AuditEntry = "audit entry", version 1;
    /// As whom a sign-up was consented to, for the erasure.
    XeroUserOfSignUp = "Xero user of a sign-up", version 1;
    /// A browser's session.
    Session = "session", version 1;
    /// The way to a session from whoever's it is, for the erasure.
    SessionOfOwner = "session of an owner", version 1;
    /// A trip to Xero and back.
    Consent = "consent", version 1;
    /// A trip to GO1's login page and back.
    Go1Login = "login at GO1", version 1;
    /// The sealed tokens of a Xero login.
    XeroTokens = "Xero token set", version 1;
    /// Which sign-ups somebody who comes back from Xero may mean.
    SignUpOfXeroUser = "sign-up of a Xero user", version 1;
    /// A Xero organisation that was confirmed.
    Organisation = "organisation", version 1;
    /// Up to a hundred people of a plan.
    PlanChunk = "plan's chunk", version 1;
    /// All of a plan but its people; written last.
    PlanHead = "plan's head", version 1;
    /// A GO1 portal, its places and its active import.
    Portal = "portal", version 1;
    /// The sealed tokens of a portal.
    Go1Tokens = "GO1 token set", version 1;
    /// Which employee has which account of a portal.
    Member = "member", version 1;
    /// An import that was confirmed.
    Import = "import", version 1;
    /// Somebody of an import, and how they fared.
    Person = "person of an import", version 1;
    /// The attempts at ten people of an import.
    Batch = "batch of an import", version 1;
    /// A line of the list that the sweeper reads.
    ActiveImport = "active import", version 1;
    /// An erasure that was asked for and has something left to do.
    Erasure = "erasure that is not over", version 1;
    /// What is told of an erasure.
    Receipt = "receipt of an erasure", version 1;
}

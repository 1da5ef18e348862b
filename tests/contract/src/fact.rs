//! A fact: what it is, and how a list of them is written.

/// How well a fact is founded before anybody has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// No source says it.
    Assumed,
    /// Seen in public code that calls the service, or in an issue there, and not in the service's own documents.
    SeenElsewhere,
    /// The service's own documents say it.
    Documented,
}

impl Grade {
    /// As it stands in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Assumed => "ASSUMED",
            Self::SeenElsewhere => "seen elsewhere",
            Self::Documented => "documented",
        }
    }
}

/// One fact.
#[derive(Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name, `upstream/subject`.
    pub name: &'static str,
    /// The call that shows it.
    pub call: &'static str,
    /// What is leaned on, as a sentence.
    pub says: &'static str,
    /// Where it is from; for an assumed one, what is known instead.
    pub source: &'static str,
    /// How well it is founded.
    pub grade: Grade,
    /// What depends on it.
    pub depends: &'static str,
}

macro_rules! facts {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $grade:ident, $call:literal, $says:literal, $source:literal, $depends:literal;)+) => {
        $(
            pub const $constant: crate::fact::Fact = crate::fact::Fact {
                name: $name,
                call: $call,
                says: $says,
                source: $source,
                grade: crate::fact::Grade::$grade,
                depends: $depends,
            };
        )+
        /// All of them.
        pub const ALL: &[&crate::fact::Fact] = &[$(&$constant),+];
    };
}
pub(crate) use facts;

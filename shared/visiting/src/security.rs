//! What an attack leaves in the log: one event for each refusal that has to do with who asks, and for each login of an
//! administrator. `docs/security-events.md` is the list for whoever reads them.

use std::fmt;

use http::HeaderMap;
use web::problem::ConsentProblem;
use web::{LoginProblem, Problem, SessionId};

use crate::network::BrowserAddress;
use crate::visitor::Visitors;

/// How much of a session's digest names it in the log: enough to see that two lines are one browser's.
const SESSION_LENGTH: usize = 16;

macro_rules! guards {
    ($($(#[$doc:meta])* $guard:ident = $name:literal;)+) => {
        /// Which guard it was.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Guard {
            $($(#[$doc])* $guard,)+
        }

        impl Guard {
            /// All of them, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$guard,)+];

            /// Its name in the log.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$guard => $name,)+
                }
            }
        }
    };
}

guards! {
    /// A form's token is not its session's, or the post came from another site.
    FormToken = "form-token";
    /// Xero does not take a code, or it is another attempt's.
    XeroCode = "xero-code";
    /// An answer from Xero came before, in another browser, or to no attempt of ours.
    XeroAnswer = "xero-answer";
    /// The identity from Xero does not verify.
    XeroIdentity = "xero-identity";
    /// GO1 does not take a code.
    Go1Code = "go1-code";
    /// An answer from GO1 came before, in another browser, or to no attempt of ours.
    Go1Answer = "go1-answer";
    /// Somebody logged in with GO1 who is no administrator of their portal, or no longer one.
    NoAdministrator = "no-administrator";
    /// Somebody logged in to another portal than the one that was asked for.
    AnotherPortal = "another-portal";
    /// Somebody came for an organisation that is another sign-up's.
    AnothersOrganisation = "anothers-organisation";
    /// Xero no longer shows somebody their organisation, or its people.
    RoleLost = "role-lost";
    /// Something was done too often.
    TooOften = "too-often";
    /// An administrator logged in. Nothing was refused.
    AdministratorEntered = "administrator-entered";
}

impl Guard {
    /// The guard that a refusal comes from; `None` where it has nothing to do with who asks.
    pub(crate) fn of(problem: &Problem) -> Option<Self> {
        match problem {
            Problem::WrongFormToken => Some(Self::FormToken),
            Problem::NotAdministrator { .. } => Some(Self::NoAdministrator),
            Problem::AnotherPortal { .. } => Some(Self::AnotherPortal),
            Problem::LinkedByAnotherSignUp { .. } | Problem::PortalTaken { .. } => Some(Self::AnothersOrganisation),
            Problem::OrganisationForbidden { .. } | Problem::PeopleForbidden { .. } => Some(Self::RoleLost),
            Problem::TooOften { .. } => Some(Self::TooOften),
            Problem::Consent(why) => match why {
                ConsentProblem::CodeRejected => Some(Self::XeroCode),
                ConsentProblem::TokenInvalid => Some(Self::XeroIdentity),
                ConsentProblem::Replayed | ConsentProblem::AnotherBrowser | ConsentProblem::Unknown => {
                    Some(Self::XeroAnswer)
                }
                _ => None,
            },
            Problem::Go1Login { why, .. } => match why {
                LoginProblem::CodeRejected => Some(Self::Go1Code),
                LoginProblem::AccountInactive => Some(Self::NoAdministrator),
                LoginProblem::Replayed | LoginProblem::AnotherBrowser | LoginProblem::Unknown => Some(Self::Go1Answer),
                _ => None,
            },
            _ => None,
        }
    }

    /// The portal that a refusal is about, where it says one.
    pub(crate) fn portal_of(problem: &Problem) -> Option<&domain::portal::PortalDomain> {
        match problem {
            Problem::NotAdministrator { domain, .. } | Problem::LinkedByAnotherSignUp { domain, .. } => Some(domain),
            Problem::AnotherPortal { asked, .. } => Some(asked),
            _ => None,
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Visitors {
    /// Writes the event: which guard, whose session by its digest, which portal, and the network as it is counted. Where the
    /// table does not answer, the network is left out.
    pub async fn tell_security(
        &self,
        guard: Guard,
        headers: &HeaderMap,
        portal: Option<&domain::portal::PortalDomain>,
    ) {
        let session = SessionId::from_headers(headers).map(|session| session.hash().to_string());
        let session = session.as_deref().and_then(|digest| digest.get(..SESSION_LENGTH));
        let network = self.network(BrowserAddress::of(headers)).await.unwrap_or_default();
        let portal = portal.map(domain::portal::PortalDomain::as_str);
        // The alarm `SecurityEvents` looks for this event.
        tracing::warn!(event = "security", %guard, session, portal, network, "a guard of the doors was met");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_guard_once_and_in_this_order() {
        let list = include_str!("../../../docs/security-events.md");
        let named: Vec<&str> =
            list.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name)).collect();
        let guards: Vec<&str> = Guard::ALL.iter().map(|guard| guard.name()).collect();
        assert_eq!(named, guards);
    }
}

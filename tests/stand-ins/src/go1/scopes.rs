//! What a token may be used for (<https://www.go1.com/developers/customers/concepts/scope-permissions>). Each call needs one
//! scope, and a token without it is answered 401 "Missing scopes" (Totara's contentmarketplace_goone 2.0).

use std::collections::BTreeSet;

use super::endpoint;
use crate::settings::WorldSettings;

/// The scopes that GO1 documents.
const KNOWN: &[&str] = &[
    "user.login",
    "user.read",
    "user.write",
    "portal.read",
    "portal.write",
    "lo.read",
    "lo.write",
    "enrollment.read",
    "enrollment.write",
    "webhook.read",
    "webhook.write",
    "app.read",
    "app.write",
];

/// The one that GO1 grants on request only.
const RESTRICTED: &str = "user.login";

/// The scopes of one token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(BTreeSet<&'static str>);

impl Scopes {
    fn of(names: &[&'static str], settings: &WorldSettings) -> Self {
        let granted = |name: &&'static str| *name != RESTRICTED || settings.go1_one_time_login;
        Self(names.iter().copied().filter(granted).collect())
    }

    /// Those of the partner's own token.
    pub(crate) fn of_partner(settings: &WorldSettings) -> Self {
        Self::of(&["portal.read", "portal.write", "lo.read"], settings)
    }

    /// Those of the token that comes with a new portal. The reference does not say which they are.
    pub(crate) fn of_new_portal(settings: &WorldSettings) -> Self {
        let all =
            ["user.read", "user.write", "enrollment.read", "enrollment.write", "lo.read", "portal.read", RESTRICTED];
        Self::of(&all, settings)
    }

    /// Those that a login asks for, with spaces between; `None` where one is unknown, or is not granted to the app.
    pub(crate) fn asked(text: &str, settings: &WorldSettings) -> Option<Self> {
        let known = |name: &str| {
            let known = KNOWN.iter().copied().find(|known| *known == name)?;
            (known != RESTRICTED || settings.go1_one_time_login).then_some(known)
        };
        let scopes: Option<BTreeSet<_>> = text.split_whitespace().map(known).collect();
        scopes.filter(|scopes| !scopes.is_empty()).map(Self)
    }

    /// Whether a token with these may call this endpoint.
    pub(crate) fn allow(&self, endpoint: Option<&'static str>) -> bool {
        needed(endpoint).is_none_or(|needed| self.0.contains(needed))
    }
}

fn needed(endpoint: Option<&'static str>) -> Option<&'static str> {
    Some(match endpoint? {
        endpoint::CREATE_PORTAL => "portal.write",
        endpoint::LIST_PORTALS | endpoint::GET_PORTAL => "portal.read",
        endpoint::LIST_USER_ACCOUNTS | endpoint::GET_USER_ACCOUNT => "user.read",
        endpoint::CREATE_USER_ACCOUNT | endpoint::UPDATE_USER_ACCOUNT => "user.write",
        endpoint::LOGIN => RESTRICTED,
        endpoint::LIST_ENROLLMENTS | endpoint::GET_ENROLLMENT => "enrollment.read",
        endpoint::CREATE_ENROLLMENT | endpoint::DELETE_ENROLLMENT => "enrollment.write",
        endpoint::LIST_LEARNING_OBJECTS | endpoint::GET_LEARNING_OBJECT => "lo.read",
        _ => return None,
    })
}

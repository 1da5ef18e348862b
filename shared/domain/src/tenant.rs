//! A Xero organisation that was confirmed: one portal each, for ever.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::country::Country;
use crate::ids::{ConnectionId, PortalId, SignUpId, TenantId, XeroUserId};
use crate::portal::PortalDomain;

/// The organisation as the owner confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Xero's id of it.
    pub tenant: TenantId,
    /// Its name in Xero.
    pub name: String,
    /// Its country; others never get this far.
    pub country: Country,
    /// The connection through which we read it.
    pub connection: ConnectionId,
    /// For links into Xero (`https://go.xero.com/organisationlogin/default.aspx?shortcode=...`), where Xero gave one.
    pub short_code: Option<String>,
    /// Its time zone by its IANA name, where Xero's own name for it has one.
    pub timezone: Option<String>,
    /// Whether it was on Xero's trial when it was confirmed. A trial that ends closes the organisation to every app.
    pub on_trial: bool,
}

/// An organisation and what became of it here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The organisation.
    pub organisation: Organisation,
    /// Whose consent we read it with.
    pub xero_user: XeroUserId,
    /// The sign-up that it belongs to.
    pub sign_up: SignUpId,
    /// Its portal.
    pub portal: PortalStep,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// That the owner disconnected it here; `None` while it is connected, as far as we know.
    pub disconnected: Option<Disconnection>,
    /// Goes up by one with each change; a change is stored on the condition that it has not moved.
    pub revision: u64,
}

/// That an organisation was disconnected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnection {
    /// When.
    pub at: Timestamp,
    /// Whether Xero confirmed that the connection is gone there as well.
    pub removed_at_xero: bool,
}

/// How far the making of the one portal is. The middle step is recorded before GO1 is asked, so that an answer that
/// never came is looked up instead of asked for again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum PortalStep {
    /// GO1 has not been asked.
    NotRequested,
    /// GO1 was asked, and its answer is not stored yet.
    Requested {
        /// For this address.
        domain: PortalDomain,
        /// When.
        at: Timestamp,
    },
    /// The portal exists.
    Created {
        /// As what.
        portal: PortalId,
        /// Where.
        domain: PortalDomain,
    },
}

/// What confirming an organisation comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is this sign-up's: store it.
    Granted(Box<Tenant>),
    /// Its portal was asked for by another sign-up.
    LinkedElsewhere(Box<Tenant>),
}

impl Tenant {
    /// Confirms `organisation` for `sign_up`. One that was left before a portal was asked for can be taken up again by
    /// whoever Xero lets into the organisation; one with a portal cannot.
    pub fn claim(
        existing: Option<Self>,
        organisation: Organisation,
        xero_user: XeroUserId,
        sign_up: SignUpId,
        now: Timestamp,
    ) -> Claim {
        let (portal, revision) = match existing {
            None => (PortalStep::NotRequested, 0),
            Some(tenant) if tenant.is_settled() && tenant.sign_up != sign_up => {
                return Claim::LinkedElsewhere(Box::new(tenant));
            }
            Some(tenant) => (tenant.portal, tenant.revision),
        };
        let confirmed_at = now;
        let disconnected = None;
        Claim::Granted(Box::new(Self {
            organisation,
            xero_user,
            sign_up,
            portal,
            confirmed_at,
            disconnected,
            revision,
        }))
    }

    /// Somebody whom Xero lets into the organisation consented anew: it is read with their login from now on.
    #[must_use]
    pub fn reconnected(mut self, xero_user: XeroUserId, connection: ConnectionId) -> Self {
        self.organisation.connection = connection;
        Self { xero_user, disconnected: None, ..self }
    }

    /// Whether GO1 was asked for its portal: from then on the organisation is this sign-up's for ever.
    pub fn is_settled(&self) -> bool {
        self.portal != PortalStep::NotRequested
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation() -> Organisation {
        Organisation {
            tenant: "tenant".into(),
            name: "Wattle Grove Books".to_owned(),
            country: Country::Australia,
            connection: "connection".into(),
            short_code: None,
            timezone: None,
            on_trial: false,
        }
    }

    fn claim(existing: Option<Tenant>, sign_up: &str) -> Claim {
        Tenant::claim(existing, organisation(), "user".into(), sign_up.into(), Timestamp::UNIX_EPOCH)
    }

    fn granted(claim: Claim) -> Tenant {
        match claim {
            Claim::Granted(tenant) => *tenant,
            Claim::LinkedElsewhere(_) => panic!("refused"),
        }
    }

    #[test]
    fn an_organisation_without_a_portal_can_be_taken_up_again() {
        let first = granted(claim(None, "first"));
        assert_eq!(granted(claim(Some(first), "second")).sign_up, "second".into());
    }

    #[test]
    fn an_organisation_with_a_portal_belongs_to_its_sign_up() {
        let domain = PortalDomain::parse("wattle").expect("valid");
        let steps = [
            PortalStep::Requested { domain: domain.clone(), at: Timestamp::UNIX_EPOCH },
            PortalStep::Created { portal: "1".into(), domain: domain.clone() },
        ];
        for portal in steps {
            let tenant = Tenant { portal: portal.clone(), ..granted(claim(None, "first")) };
            assert_eq!(claim(Some(tenant.clone()), "second"), Claim::LinkedElsewhere(Box::new(tenant.clone())));
            assert_eq!(granted(claim(Some(tenant), "first")).portal, portal);
        }
    }
}

//! A Xero organisation that was confirmed: one portal each, for ever.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact_group::ContactGroup;
use crate::country::{Country, PeopleSource};
use crate::existing_portal::ExistingPortal;
use crate::ids::{ConnectionId, PortalId, SignUpId, TenantId, XeroUserId};
use crate::obstacle::ConnectionTrouble;
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
    /// Whether it costs nothing at Xero: a trial, or the demo company. A trial that ends, and a demo company that is made
    /// anew, close the organisation to every app.
    pub on_trial: bool,
}

/// An organisation and what became of it here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// What Xero says about the organisation.
    pub organisation: Organisation,
    /// The Xero user with whose grant the organisation is read.
    pub xero_user: XeroUserId,
    /// Their name in Xero, where Xero told.
    #[serde(default)]
    pub connected_by: Option<String>,
    /// Since when the organisation is read with that grant.
    pub connected_at: Timestamp,
    /// The sign-up that it belongs to.
    pub sign_up: SignUpId,
    /// How far the creation of the organisation's portal is.
    pub portal: PortalStep,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// That the owner disconnected it here; `None` while it is connected, as far as we know.
    pub disconnected: Option<Disconnection>,
    /// What kept us from reading it when we last tried; `None` where we could.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// When everything that names people or the organisation was erased.
    #[serde(default)]
    pub erased_at: Option<Timestamp>,
    /// Whether the consent that it is read with covers Xero's contacts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_read_contacts: bool,
    /// The contact group that the owner chose as where the people are. See [`Tenant::chosen_group`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_group: Option<ContactGroup>,
    /// Goes up by one with each change; a change is stored on the condition that it has not moved.
    pub revision: u64,
}

/// That an organisation was disconnected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnection {
    /// When the owner disconnected it.
    pub at: Timestamp,
    /// Whether Xero confirmed that the connection is gone there as well.
    pub removed_at_xero: bool,
}

/// What kept us from reading an organisation, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The reason, for which pages have words and a remedy.
    pub why: ConnectionTrouble,
    /// When it was met.
    pub at: Timestamp,
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
        /// The address that was requested.
        domain: PortalDomain,
        /// When GO1 was called.
        at: Timestamp,
    },
    /// The portal was created or connected.
    Created {
        /// GO1's id of the portal.
        portal: PortalId,
        /// The portal's address.
        domain: PortalDomain,
    },
}

/// The result of confirming an organisation for a sign-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is this sign-up's: store it.
    Granted(Box<Tenant>),
    /// Its portal was asked for by another sign-up.
    LinkedByAnotherSignUp(Box<Tenant>),
}

impl Tenant {
    /// Confirms `organisation` for `sign_up`. One that was left before a portal was asked for can be taken up again by
    /// whoever Xero lets into the organisation; one with a portal cannot, unless it was erased and an administrator of
    /// that very portal connects it anew. `existing_portal`: the portal that is connected instead of a new one.
    pub fn claim(
        existing: Option<Self>,
        organisation: Organisation,
        (xero_user, connected_by): (XeroUserId, Option<String>),
        sign_up: SignUpId,
        existing_portal: Option<&ExistingPortal>,
        now: Timestamp,
    ) -> Claim {
        let (step, revision, contact_group) = match existing {
            None => (PortalStep::NotRequested, 0, None),
            Some(tenant)
                if tenant.is_settled() && tenant.sign_up != sign_up && !tenant.can_return_to(existing_portal) =>
            {
                return Claim::LinkedByAnotherSignUp(Box::new(tenant));
            }
            // What one sign-up chose is no choice of another's.
            Some(tenant) => {
                let contact_group = tenant.contact_group.filter(|_| tenant.sign_up == sign_up);
                (tenant.portal, tenant.revision, contact_group)
            }
        };
        let portal = match (step, existing_portal) {
            (PortalStep::NotRequested, Some(existing_portal)) => {
                PortalStep::Created { portal: existing_portal.portal.clone(), domain: existing_portal.domain.clone() }
            }
            (step, _) => step,
        };
        Claim::Granted(Box::new(Self {
            organisation,
            xero_user,
            connected_by,
            connected_at: now,
            sign_up,
            portal,
            confirmed_at: now,
            disconnected: None,
            trouble: None,
            erased_at: None,
            may_read_contacts: false,
            contact_group,
            revision,
        }))
    }

    /// Whether it was erased and had the portal that is wished for.
    fn can_return_to(&self, existing_portal: Option<&ExistingPortal>) -> bool {
        match (&self.portal, existing_portal) {
            (PortalStep::Created { portal, .. }, Some(existing_portal)) => {
                self.erased_at.is_some() && *portal == existing_portal.portal
            }
            _ => false,
        }
    }

    /// Somebody whom Xero lets into the organisation consented anew: it is read with their login from now on.
    #[must_use]
    pub fn reconnected(
        mut self,
        (xero_user, connected_by): (XeroUserId, Option<String>),
        connection: ConnectionId,
        now: Timestamp,
    ) -> Self {
        if self.xero_user != xero_user || self.organisation.connection != connection || self.disconnected.is_some() {
            self.connected_at = now;
        }
        self.organisation.connection = connection;
        Self { xero_user, connected_by, disconnected: None, trouble: None, ..self }
    }

    /// The organisation without its names, its connection and the login that it was read with: its id, its country and
    /// its portal stay.
    #[must_use]
    pub fn erased(self, now: Timestamp) -> Self {
        let organisation = Organisation {
            name: String::new(),
            connection: "".into(),
            short_code: None,
            timezone: None,
            ..self.organisation
        };
        let disconnected = self.disconnected.or(Some(Disconnection { at: now, removed_at_xero: false }));
        let erased_at = self.erased_at.or(Some(now));
        Self {
            organisation,
            xero_user: "".into(),
            connected_by: None,
            disconnected,
            trouble: None,
            erased_at,
            may_read_contacts: false,
            contact_group: None,
            ..self
        }
    }

    /// Whether its people may be in a contact group: where Xero has no payroll to read.
    pub fn may_choose_group(&self) -> bool {
        self.organisation.country.people_source() == PeopleSource::XeroUsers
    }

    /// The contact group whose contacts are read as its people; `None` where they are what its country says.
    pub fn chosen_group(&self) -> Option<&ContactGroup> {
        self.contact_group.as_ref().filter(|_| self.may_choose_group())
    }

    /// Whether both are read through the same connection, of the same consent.
    pub fn is_read_as(&self, other: &Self) -> bool {
        let through = |tenant: &Self| (tenant.xero_user.clone(), tenant.organisation.connection.clone());
        through(self) == through(other) && self.connected_at == other.connected_at
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
        claim_with(existing, sign_up, None)
    }

    fn claim_with(existing: Option<Tenant>, sign_up: &str, existing_portal: Option<&ExistingPortal>) -> Claim {
        let user = ("user".into(), None);
        Tenant::claim(existing, organisation(), user, sign_up.into(), existing_portal, Timestamp::UNIX_EPOCH)
    }

    fn existing_portal(id: &str) -> ExistingPortal {
        let domain = PortalDomain::parse("wattle").expect("valid");
        ExistingPortal { portal: id.into(), domain, account: "7".into(), since: Timestamp::UNIX_EPOCH, tenant: None }
    }

    fn granted(claim: Claim) -> Tenant {
        match claim {
            Claim::Granted(tenant) => *tenant,
            Claim::LinkedByAnotherSignUp(_) => panic!("refused"),
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
            assert_eq!(claim(Some(tenant.clone()), "second"), Claim::LinkedByAnotherSignUp(Box::new(tenant.clone())));
            assert_eq!(granted(claim(Some(tenant), "first")).portal, portal);
        }
    }

    #[test]
    fn a_portal_that_was_there_is_the_organisations_from_the_beginning() {
        let (one, another) = (existing_portal("1"), existing_portal("2"));
        let created = PortalStep::Created { portal: "1".into(), domain: one.domain.clone() };
        let tenant = granted(claim_with(None, "first", Some(&one)));
        assert_eq!(tenant.portal, created);
        let taken = Claim::LinkedByAnotherSignUp(Box::new(tenant.clone()));
        assert_eq!(claim_with(Some(tenant.clone()), "second", Some(&one)), taken, "it belongs to its sign-up");
        let erased = Tenant { erased_at: Some(Timestamp::UNIX_EPOCH), ..tenant };
        assert_eq!(granted(claim_with(Some(erased.clone()), "second", Some(&one))).portal, created);
        for existing_portal in [None, Some(&another)] {
            let taken = Claim::LinkedByAnotherSignUp(Box::new(erased.clone()));
            assert_eq!(
                claim_with(Some(erased.clone()), "second", existing_portal),
                taken,
                "it had that portal, for ever"
            );
        }
    }

    #[test]
    fn an_erased_organisation_has_its_ids_and_its_portal_and_nothing_else() {
        let domain = PortalDomain::parse("wattle").expect("valid");
        let tenant = Tenant {
            portal: PortalStep::Created { portal: "1".into(), domain },
            connected_by: Some("Olivia Hartley".to_owned()),
            ..granted(claim(None, "first"))
        };
        let erased = tenant.clone().erased(Timestamp::UNIX_EPOCH);
        let kept = Organisation { name: String::new(), connection: "".into(), ..organisation() };
        assert_eq!((&erased.organisation, &erased.portal), (&kept, &tenant.portal));
        assert_eq!((erased.xero_user.as_str(), &erased.connected_by), ("", &None));
        assert!(erased.disconnected.is_some() && erased.is_settled(), "nobody reads it, nobody else takes it");
        assert_eq!(erased.clone().erased(Timestamp::MAX), erased, "once is enough");
    }
}

//! What is kept of an owner who has signed up, connected an organisation and got a portal.

use domain::email::EmailAddress;
use domain::portal::PortalDomain;
use domain::sign_up::{Acceptance, Owner, SignUp, SignUpDetails, SignUpStep};
use domain::tenant::{Organisation, PortalStep, Tenant};
use jiff::Timestamp;
use state::memory::Memory;
use state::{SignUps as _, Tenants as _};

use crate::browser::OWNER;
use crate::customer::Customer;
use crate::ready::ready;

/// Stores what is kept of an owner who has signed up, connected an organisation and got a portal.
pub(crate) fn store_sign_up(state: &Memory, customer: &Customer, at: Timestamp) {
    let id = customer.sign_up();
    let domain = PortalDomain::parse(&customer.domain).expect("an address");
    let sign_up = SignUp {
        id: id.clone(),
        details: SignUpDetails {
            given_name: "Olivia".to_owned(),
            family_name: "Example".to_owned(),
            email: EmailAddress::parse(OWNER).expect("an address"),
            company: "Wattle".to_owned(),
            country: customer.country(),
            domain: domain.clone(),
            industry: "Education and Training".to_owned(),
        },
        acceptance: Acceptance { terms_version: "1".to_owned(), collection_version: "1".to_owned(), at },
        step: SignUpStep::PortalProvisioned {
            xero_user: customer.xero_user.clone(),
            tenant: customer.tenant.clone(),
            portal: customer.portal.clone(),
        },
        owner: Some(Owner { xero_user: customer.xero_user.clone(), email_is_verified: false }),
        may_read_payroll: customer.group.is_none(),
        consented_by: None,
        consent_began_at: None,
        existing_portal: None,
        plan: None,
        import: None,
        portal_asked_for_at: None,
        started_at: at,
        revision: 0,
        obstacle: None,
    };
    ready(state.add_sign_up(&sign_up)).expect("memory answers");
    let tenant = Tenant {
        organisation: Organisation {
            tenant: customer.tenant.clone(),
            name: customer.organisation.clone(),
            country: customer.country(),
            connection: "connection".into(),
            short_code: None,
            timezone: None,
            on_trial: false,
        },
        xero_user: customer.xero_user.clone(),
        connected_by: None,
        connected_at: at,
        sign_up: id,
        portal: PortalStep::Created { portal: customer.portal.clone(), domain },
        confirmed_at: at,
        disconnected: None,
        trouble: None,
        erased_at: None,
        may_read_contacts: customer.group.is_some(),
        contact_group: customer.group.clone(),
        revision: 0,
    };
    ready(state.put_tenant(tenant)).expect("memory answers");
}

//! What the table and GO1 hold before a run: the portal, its members and tokens, and what earlier imports have left.

use std::sync::Arc;

use domain::email::EmailAddress;
use domain::ids::EmployeeId;
use domain::member::Member;
use domain::people::{PersonStatus, SourcePerson};
use domain::portal::{PLACES, Portal, PortalDomain};
use jiff::SignedDuration;
use secrecy::SecretString;
use stand_ins::go1::{OpenedPortal, endpoint};
use stand_ins::{Fault, FaultKind};
use state::{GrantOwner, MemberReader as _, Members as _, Portals as _};
use vault::TokenSet;

use crate::scenario::{StartingPoint, TokensAtStart};
use crate::simulator::ready;
use crate::system::{START, System};

impl System {
    /// Adds the people of the scenario, the error that GO1 answers for one of them, and the unreadable message.
    pub(crate) fn add_people(&mut self) {
        let go1 = self.simulator.world.go1();
        for (number, starting_point) in (1..).zip(self.scenario.people.clone()) {
            let employee = EmployeeId::new(format!("p{number:02}"));
            let email = format!("p{number:02}@example.com");
            let create_account =
                || go1.add_learner(self.portal.as_str(), &email, &format!("P{number:02}"), "Example").as_str().into();
            // The outer `Option` is the member, the inner one the account that the member is known to have.
            let member = match starting_point {
                StartingPoint::New => None,
                StartingPoint::ForeignAccount => {
                    create_account();
                    None
                }
                StartingPoint::CoursesMissing => Some(Some(create_account())),
                StartingPoint::UncertainCreated => {
                    create_account();
                    Some(None)
                }
                StartingPoint::UncertainNotCreated => Some(None),
            };
            if let Some(account) = member {
                if account.is_none() {
                    self.old_emails.insert(employee.clone(), EmailAddress::parse(&email).expect("an address"));
                }
                self.add_member(&Member {
                    employee_id: employee.clone(),
                    created: account.is_some(),
                    account,
                    import: "earlier".into(),
                    since: START - SignedDuration::from_hours(1),
                    unfinished: true,
                    asked_at: None,
                    deactivated: false,
                    reactivated_by: None,
                    revision: 0,
                });
            }
            self.people.push(SourcePerson {
                employee_id: employee,
                given_name: format!("P{number:02}"),
                family_name: "Example".to_owned(),
                email: Some(email).into(),
                status: PersonStatus::Active,
            });
        }
        if let Some(error) = self.scenario.permanent_error {
            let kind = FaultKind::answer(error.status, &[], r#"{"message":"No."}"#);
            let fault = Fault::always(error.endpoint, kind);
            let fault = if error.endpoint == endpoint::CREATE_USER_ACCOUNT { fault.matching("p01@") } else { fault };
            go1.faults().add(fault);
        }
        if self.scenario.has_unreadable_message {
            self.queue.put(self.portal.as_str(), "unreadable", r#"{"version":99,"portal":"another"}"#);
        }
    }

    fn add_member(&self, member: &Member) {
        ready(self.state.add_member(&self.portal, member)).expect("memory answers");
    }

    /// Stores the portal, with as many finished members as the scenario leaves no places for.
    pub(crate) fn store_portal(&self, administrator: &str) {
        let members = ready(self.state.members(&self.portal)).expect("memory answers").len();
        let places_used = (PLACES - self.scenario.places_left).max(u32::try_from(members).expect("a few"));
        for number in members..places_used as usize {
            self.add_member(&Member {
                employee_id: EmployeeId::new(format!("m{number:03}")),
                account: Some(format!("a{number:03}").as_str().into()),
                created: true,
                import: "earlier".into(),
                since: START - SignedDuration::from_hours(1),
                unfinished: false,
                asked_at: None,
                deactivated: false,
                reactivated_by: None,
                revision: 0,
            });
        }
        let portal = Portal {
            id: self.portal.clone(),
            tenant: self.tenant.clone(),
            domain: PortalDomain::parse("wattle").expect("an address"),
            administrator: Some(administrator.into()),
            erased_at: None,
            places_used,
            imports_accepted: 0,
            active_import: None,
            created_at: START,
        };
        ready(self.state.add_portal(&portal)).expect("memory answers");
    }

    /// Stores the portal's tokens in the condition in which the scenario wants them.
    pub(crate) fn store_tokens_at_start(&self, opened: &OpenedPortal) {
        let tokens = self.scenario.tokens;
        let lifetime =
            if tokens == TokensAtStart::Fresh { SignedDuration::from_hours(12) } else { SignedDuration::ZERO };
        self.store_tokens(&opened.access_token, &opened.refresh_token, lifetime);
        if tokens == TokensAtStart::Void {
            self.simulator.world.go1().void_refresh_tokens();
        }
    }

    fn store_tokens(&self, access: &str, refresh: &str, lifetime: SignedDuration) {
        let tokens = TokenSet {
            access_token: SecretString::from(access.to_owned()),
            refresh_token: SecretString::from(refresh.to_owned()),
            access_expires_at: self.simulator.clock.read() + lifetime,
        };
        let owner = GrantOwner::Portal(self.portal.clone());
        let vault = self.wiring_over(Arc::new(self.state.clone())).go1_access().vault;
        ready(vault.keep(&owner, &tokens)).expect("memory answers");
    }

    /// The owner logs in with GO1, and new tokens are stored.
    pub(crate) fn log_in(&self) {
        let tokens = self.simulator.world.go1().log_in(self.portal.as_str()).expect("the portal has an administrator");
        self.store_tokens(&tokens.access_token, &tokens.refresh_token, SignedDuration::from_hours(12));
    }
}

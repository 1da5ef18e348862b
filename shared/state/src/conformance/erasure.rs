//! Erasing: begun once, on no active import; everything of one portal goes, nothing of another; again it changes
//! nothing.

use domain::arrival::{PortalArrival, XeroArrival};
use domain::audit::AuditAction;
use domain::contact_group::ContactGroup;
use domain::country::Country;
use domain::erasure::{Erasure, Receipt, Removed, XeroEnding};
use domain::existing_portal::ExistingPortal;
use domain::ids::{PortalId, SessionHash, SignUpId, TenantId, XeroUserId};
use domain::import::{Batch, Import, ImportStatus};
use domain::member::Member;
use domain::plan::Plan;
use domain::portal::Portal;
use domain::session::{Administrator, Session, SessionOwner, StandsFor};
use domain::tenant::{Organisation, PortalStep, Tenant};
use futures::future::join_all;

use super::samples::{audit_entry, domain, employee, ending, import, moment, people, plan, portal, sign_up};
use super::sizes::Sizes;
use super::store::{Store, assert_conflict};
use crate::{AcceptRefused, BeginRefused, GrantOwner, StateError};

/// Two portals with everything that can be held of one; one of them is erased.
pub async fn portals_are_erased(store: &impl Store, prefix: &str, sizes: Sizes) {
    let customer = |name| Customer::of(prefix, name, sizes.erased);
    let (erased, other) = (customer("erased"), customer("erased2"));
    for customer in [&erased, &other] {
        customer.fill(store).await;
    }
    let before = other.seen(store).await;
    begin(store, &erased).await;
    for _ in 0..2 {
        remove(store, &erased).await;
        assert_eq!(erased.held(store).await, Removed { audit_entries: 4, go1_accesses: 1, ..Removed::default() });
    }
    assert_eq!(other.seen(store).await, before, "another portal is as it was");
    assert_eq!(other.held(store).await, other.everything());
    gone(store, &erased).await;
}

/// One customer's ids, which begin alike, so that one could be taken for the other.
struct Customer {
    portal: PortalId,
    tenant: TenantId,
    sign_up: SignUpId,
    users: [XeroUserId; 2],
    /// How many members there are, and people of each import.
    rows: usize,
}

impl Customer {
    fn of(prefix: &str, name: &str, rows: usize) -> Self {
        let id = |kind: &str| format!("{prefix}{kind}-{name}");
        Self {
            portal: PortalId::new(id("portal")),
            tenant: TenantId::new(id("tenant")),
            sign_up: SignUpId::new(id("way")),
            users: [XeroUserId::new(id("user-1")), XeroUserId::new(id("user-2"))],
            rows,
        }
    }

    /// All that it has: some of each kind of row.
    fn everything(&self) -> Removed {
        Removed {
            sign_ups: 1,
            plans: 2,
            people: 2 * self.rows,
            imports: 2,
            members: self.rows,
            audit_entries: 3,
            xero_logins: 2,
            go1_accesses: 1,
            sessions: 2,
        }
    }

    fn kept_portal(&self) -> Portal {
        Portal { tenant: self.tenant.clone(), ..portal(self.portal.clone()) }
    }

    fn plans(&self) -> [Plan; 2] {
        let first = plan(self.tenant.clone(), 5 * self.rows, 5);
        [Plan { imports_accepted: 1, ..first.clone() }, first]
    }

    fn sessions(&self) -> [Session; 4] {
        let existing = ExistingPortal {
            portal: self.portal.clone(),
            domain: domain("wattle"),
            account: "7".into(),
            since: moment(0),
            tenant: None,
        };
        let name = || "Zoë".to_owned();
        let stand_for = [
            StandsFor::SignUp { id: self.sign_up.clone(), login: None },
            StandsFor::Administrator(Administrator {
                sign_up: self.sign_up.clone(),
                portal: self.portal.clone(),
                domain: domain("wattle"),
                account: "7".into(),
                name: name(),
            }),
            StandsFor::XeroArrival(XeroArrival {
                xero_user: self.users[0].clone(),
                authentication_event: None,
                may_read_payroll: false,
                given_name: name(),
                family_name: name(),
                email: "zoe@example.com".to_owned(),
                organisation: None,
            }),
            StandsFor::PortalArrival(PortalArrival {
                portal: existing,
                company: name(),
                given_name: name(),
                family_name: name(),
                email: "zoe@example.com".to_owned(),
            }),
        ];
        let mut number = 0;
        stand_for.map(|stands_for| {
            number += 1;
            let hash = SessionHash::of(stands_for.kind(), &format!("{}-session-{number}", self.sign_up));
            Session { hash, stands_for, started_at: moment(0), last_used_at: None }
        })
    }

    fn owners(&self) -> [SessionOwner; 3] {
        [
            SessionOwner::SignUp(self.sign_up.clone()),
            SessionOwner::XeroUser(self.users[0].clone()),
            SessionOwner::Portal(self.portal.clone()),
        ]
    }

    /// An import, with its rows, that has ended.
    async fn import(&self, store: &impl Store, number: u32, people_count: u32) -> Import {
        let import = import(&self.portal, format!("import-{number}"), people_count);
        store.accept_import(&import, number).await.expect("accepted");
        store.add_people(&import, &people(&import), moment(86_400)).await.expect("rows");
        store.start_import(&self.portal, &import.id).await.expect("running");
        store.begin_attempt(&self.portal, &import.id, Batch::new(0), moment(2)).await.expect("a batch");
        import
    }

    async fn end(&self, store: &impl Store, import: &Import) {
        store.end_import(&self.portal, &import.id, &ending(ImportStatus::Done, 0), moment(3)).await.expect("ended");
    }

    async fn fill(&self, store: &impl Store) {
        store.add_sign_up(&sign_up(self.sign_up.as_str())).await.expect("a sign-up");
        for user in &self.users {
            store.add_sign_up_of(user, &self.sign_up).await.expect("a login");
        }
        store.add_sign_up_of(&self.users[1], &"elsewhere".into()).await.expect("another sign-up's login");
        for session in self.sessions() {
            store.add_session(&session).await.expect("a session");
        }
        for (people, at) in [(1, moment(1)), (2, moment(1))] {
            store.append_audit(&audit_entry(self.sign_up.as_str(), people, at)).await.expect("an entry");
        }
        let action = AuditAction::XeroConsented { xero_user: Some(self.users[0].clone()) };
        let consented = domain::audit::AuditEntry { action, ..audit_entry(self.sign_up.as_str(), 0, moment(5)) };
        store.append_audit(&consented).await.expect("an entry");
        store.put_tenant(self.kept_tenant()).await.expect("an organisation");
        store.add_portal(&self.kept_portal()).await.expect("a portal");
        let owner = GrantOwner::Portal(self.portal.clone());
        store.put_grant(&owner, "sealed", moment(9)).await.expect("tokens");
        for plan in self.plans() {
            store.put_plan(&plan).await.expect("a plan");
        }
        for number in 0..2 {
            let import = self.import(store, number, u32::try_from(self.rows).expect("few")).await;
            self.end(store, &import).await;
        }
        for number in 0..self.rows {
            let member = Member::unresolved("import-0".into(), moment(1), employee(number), moment(2));
            store.add_member(&self.portal, &member).await.expect("a member");
        }
    }

    fn kept_tenant(&self) -> Tenant {
        Tenant {
            organisation: Organisation {
                tenant: self.tenant.clone(),
                name: "Quandong Books".to_owned(),
                country: Country::Australia,
                connection: "connection".into(),
                short_code: None,
                timezone: Some("Australia/Sydney".to_owned()),
                on_trial: false,
            },
            xero_user: self.users[0].clone(),
            connected_by: Some("Olivia Hartley".to_owned()),
            connected_at: moment(0),
            sign_up: self.sign_up.clone(),
            portal: PortalStep::Created { portal: self.portal.clone(), domain: domain("wattle") },
            confirmed_at: moment(0),
            disconnected: None,
            trouble: None,
            erased_at: None,
            may_read_contacts: true,
            contact_group: Some(ContactGroup { id: "group".into(), name: "Everyone".to_owned() }),
            revision: 0,
        }
    }

    async fn held(&self, store: &impl Store) -> Removed {
        store.held(&self.portal, &self.tenant, &self.sign_up).await.expect("counted")
    }

    fn erasure(&self) -> Erasure {
        Erasure::new(
            &self.kept_portal(),
            &self.kept_tenant(),
            format!("{}-receipt", self.portal).as_str().into(),
            moment(60),
        )
    }

    async fn receipt(&self, store: &impl Store) -> Receipt {
        let places_used = u32::try_from(2 * self.rows).expect("few");
        let portal = Portal { places_used, imports_accepted: 2, ..self.kept_portal() };
        self.erasure().receipt(&portal, &self.kept_tenant(), self.held(store).await)
    }

    /// Everything that can be read of it, as text.
    async fn seen(&self, store: &impl Store) -> String {
        let mut plans = Vec::new();
        for plan in self.plans() {
            plans.push(store.find_plan(&self.tenant, &plan.digest()).await.expect("read").map(|plan| plan.digest()));
        }
        let mut imports = Vec::new();
        for import in store.imports_of(&self.portal).await.expect("read") {
            let people = store.import_people(&self.portal, &import.id).await.expect("read");
            imports.push((store.batches(&self.portal, &import.id).await.expect("read"), people, import));
        }
        let mut sessions = Vec::new();
        for session in self.sessions() {
            sessions.push(store.find_session(&session.hash).await.expect("read"));
        }
        let mut logins = Vec::new();
        for user in &self.users {
            let mut of_user = store.sign_ups_of(user).await.expect("read");
            of_user.sort();
            logins.push(of_user);
        }
        let mut trail: Vec<_> = store.audit_of(&self.sign_up).await.expect("read");
        trail.sort_by_key(|entry| format!("{entry:?}"));
        format!(
            "{plans:?} {imports:?} {sessions:?} {logins:?} {trail:?} {:?} {:?} {:?} {:?}",
            store.members(&self.portal).await.expect("read"),
            store.find_sign_up(&self.sign_up).await.expect("read"),
            store.find_portal(&self.portal).await.expect("read"),
            store.find_tenant(&self.tenant).await.expect("read"),
        )
    }
}

async fn begin(store: &impl Store, customer: &Customer) {
    assert_eq!(customer.held(store).await, customer.everything());
    let (erasure, receipt) = (customer.erasure(), customer.receipt(store).await);
    let nowhere = Erasure { portal: "nowhere".into(), ..erasure.clone() };
    let refused = store.begin_erasure(&nowhere, &receipt).await;
    assert!(matches!(refused, Err(BeginRefused::State(StateError::Conflict))), "{refused:?}");
    let outdated = Receipt { imports_accepted: 1, ..receipt.clone() };
    let refused = store.begin_erasure(&erasure, &outdated).await;
    assert!(matches!(refused, Err(BeginRefused::Outdated)), "{refused:?}");
    let running = customer.import(store, 2, 1).await;
    let receipt = Receipt { imports_accepted: 3, removed: customer.held(store).await, ..receipt };
    let refused = store.begin_erasure(&erasure, &receipt).await;
    assert!(matches!(&refused, Err(BeginRefused::ImportActive(active)) if *active == running.id), "{refused:?}");
    assert_eq!(store.find_erasure(&customer.portal).await.expect("read"), None);
    assert_eq!(store.find_receipt(&receipt.id).await.expect("read"), None, "a refusal writes nothing");
    customer.end(store, &running).await;

    // Many presses: one begins, and all others are told of it.
    let presses = join_all((0..8).map(|_| store.begin_erasure(&erasure, &receipt))).await;
    assert_eq!(presses.iter().filter(|press| press.is_ok()).count(), 1, "{presses:?}");
    for press in presses {
        assert!(matches!(&press, Ok(()) | Err(BeginRefused::BegunBefore(_))), "{press:?}");
    }
    assert_eq!(store.find_erasure(&customer.portal).await.expect("read"), Some(erasure.clone()));
    assert!(store.erasures().await.expect("read").contains(&erasure));
    assert_eq!(store.find_receipt(&receipt.id).await.expect("read"), Some(receipt));
    let portal = store.find_portal(&customer.portal).await.expect("read").expect("it stays");
    assert_eq!((portal.erased_at, portal.administrator), (Some(moment(60)), None));
    assert_eq!((portal.places_used as usize, portal.imports_accepted), (2 * customer.rows + 1, 3));
    let refused = store.accept_import(&import(&customer.portal, "late", 1), 3).await;
    assert!(matches!(refused, Err(AcceptRefused::Erased)), "{refused:?}");
}

async fn remove(store: &impl Store, customer: &Customer) {
    store.erase_plans(&customer.tenant).await.expect("plans");
    store.erase_imports(&customer.portal).await.expect("imports");
    store.erase_members(&customer.portal).await.expect("members");
    for user in &customer.users {
        store.erase_login(user, &customer.sign_up).await.expect("a login");
    }
    assert_eq!(store.xero_users_of(&customer.sign_up).await.expect("read"), []);
    for owner in customer.owners() {
        store.erase_sessions(&owner).await.expect("sessions");
    }
    store.erase_sign_up(&customer.sign_up).await.expect("the sign-up");
    store.erase_people_of_audit(&customer.sign_up).await.expect("the trail");
    let tenant = store.find_tenant(&customer.tenant).await.expect("read").expect("it stays");
    store.put_tenant(tenant.erased(moment(61))).await.expect("without its names");
}

async fn gone(store: &impl Store, customer: &Customer) {
    let seen = customer.seen(store).await;
    for mark in ["Zoë", "zoe@", "Quandong", "Olivia", "192.0.2.1", "import-0\"", "employee-", "user-1"] {
        assert!(!seen.contains(mark), "{mark} in {seen}");
    }
    assert_eq!(store.sign_ups_of(&customer.users[1]).await.expect("read"), ["elsewhere".into()]);
    let trail = store.audit_of(&customer.sign_up).await.expect("read");
    let done: Vec<_> = trail.iter().map(|entry| &entry.action).collect();
    assert_eq!(done.len(), 4, "{done:?}");
    assert_eq!(done[2], &AuditAction::XeroConsented { xero_user: None });
    assert_eq!(done[3], &AuditAction::Erased { portal: customer.portal.clone() });
    assert_conflict(store.replace_sign_up(sign_up(customer.sign_up.as_str())).await);

    let receipt = store.find_receipt(&customer.erasure().receipt).await.expect("read").expect("kept");
    let ended = Receipt { ended_at: Some(moment(90)), xero: Some(XeroEnding::Removed), ..receipt };
    store.put_receipt(&ended).await.expect("stored");
    assert_eq!(store.find_receipt(&ended.id).await.expect("read"), Some(ended.clone()));
    let second = come_back(store, customer, &ended).await;
    for _ in 0..2 {
        store.end_erasure(&customer.portal, &customer.sign_up).await.expect("over");
        assert_eq!(
            store.find_erasure(&customer.portal).await.expect("read"),
            Some(second.clone()),
            "not the second one"
        );
    }
    store.end_erasure(&customer.portal, &second.sign_up).await.expect("over");
    assert_eq!(store.find_erasure(&customer.portal).await.expect("read"), None);
    let again = store.begin_erasure(&customer.erasure(), &ended).await;
    assert!(matches!(again, Err(BeginRefused::Erased)), "{again:?}");
}

/// The portal is connected by a new sign-up and erased again, before the first erasure is over.
async fn come_back(store: &impl Store, customer: &Customer, first: &Receipt) -> Erasure {
    let tenant = store.find_tenant(&customer.tenant).await.expect("read").expect("it stays");
    let back = Tenant { sign_up: "back".into(), erased_at: None, ..tenant };
    store.connect_portal(back, &customer.kept_portal()).await.expect("connected");
    let second = Erasure {
        sign_up: "back".into(),
        receipt: format!("{}-second", customer.portal).as_str().into(),
        ..customer.erasure()
    };
    let receipt = Receipt { id: second.receipt.clone(), ..first.clone() };
    store.begin_erasure(&second, &receipt).await.expect("a new one");
    assert_eq!(store.find_receipt(&first.id).await.expect("read").as_ref(), Some(first));
    second
}

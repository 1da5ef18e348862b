//! What is held of a customer: here, at Xero and at GO1.

use domain::audit::AuditEntry;
use domain::ids::XeroUserId;
use domain::member::Member;
use domain::session::Session;
use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use journeys::journey::Customer;
use stand_ins::Employee;
use stand_ins::go1::UserAccount;
use state::{
    ActiveImport, ActiveImports as _, AuditTrail as _, GrantOwner, Grants as _, MemberReader as _, Sessions as _,
    SignUpReader as _, StoredGrant, TenantReader as _,
};
use web::SessionId;

use crate::browser::SESSION;
use crate::customer::Visitor;
use crate::world::Rig;

/// Why nothing can fail that asks the state.
const MEMORY: &str = "memory answers";

impl Rig {
    /// The Xero id of a customer's own login.
    ///
    /// # Panics
    /// Where Xero has no such user.
    pub fn xero_user(&self, customer: &Customer) -> XeroUserId {
        let user = self.world.xero().users().into_iter().find(|user| user.email == customer.xero_user);
        XeroUserId::new(user.expect("a user of the world").user_id)
    }

    /// The employees whom Xero has at a customer's.
    ///
    /// # Panics
    /// Where Xero has no such organisation.
    pub fn employees(&self, customer: &Customer) -> Vec<Employee> {
        self.world.xero().organisation(customer.organisation).expect("an organisation of the world").employees
    }

    /// How many connections Xero has from us to a customer's organisation.
    pub fn connections(&self, customer: &Customer) -> usize {
        let tenant = self.tenant(customer);
        self.world.xero().connections().iter().filter(|connection| connection.tenant_id == tenant.as_str()).count()
    }

    /// Everybody whom GO1 holds in a customer's portal, the owner too.
    pub fn accounts(&self, customer: &Customer) -> Vec<UserAccount> {
        self.world.go1().user_accounts(self.portal(customer).as_str())
    }

    /// The tokens that we keep of an owner, if any.
    ///
    /// # Panics
    /// Never: memory answers.
    pub async fn kept_grant(&self, owner: &GrantOwner) -> Option<StoredGrant> {
        self.state.find_grant(owner).await.expect(MEMORY)
    }

    /// Whether we keep tokens of a customer's own login at Xero.
    pub async fn has_xero_grant(&self, customer: &Customer) -> bool {
        self.kept_grant(&GrantOwner::XeroUser(self.xero_user(customer))).await.is_some()
    }

    /// A customer's organisation as we keep it, if we do.
    ///
    /// # Panics
    /// Never: memory answers.
    pub async fn find_tenant(&self, customer: &Customer) -> Option<Tenant> {
        self.state.find_tenant(&self.tenant(customer)).await.expect(MEMORY)
    }

    /// A customer's organisation as we keep it.
    ///
    /// # Panics
    /// Where it was not confirmed.
    pub async fn kept_tenant(&self, customer: &Customer) -> Tenant {
        self.find_tenant(customer).await.expect("the organisation was confirmed")
    }

    /// The sign-up that a customer's organisation belongs to.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn kept_sign_up(&self, customer: &Customer) -> SignUp {
        let sign_up = self.kept_tenant(customer).await.sign_up;
        self.state.find_sign_up(&sign_up).await.expect(MEMORY).expect("the sign-up is kept")
    }

    /// Who did what in the sign-up that a customer's organisation belongs to, oldest first.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn trail(&self, customer: &Customer) -> Vec<AuditEntry> {
        self.state.audit_of(&self.kept_tenant(customer).await.sign_up).await.expect(MEMORY)
    }

    /// The members of a customer's portal as we keep them.
    ///
    /// # Panics
    /// Never: memory answers.
    pub async fn kept_members(&self, customer: &Customer) -> Vec<Member> {
        self.state.members(&self.portal(customer)).await.expect(MEMORY)
    }

    /// The row of a browser's session.
    ///
    /// # Panics
    /// Where the browser has no cookie, or the session is not kept.
    pub async fn kept_session(&self, visitor: &Visitor) -> Session {
        let id = visitor.browser.cookie(SESSION).expect("a session");
        let id = SessionId::parse(&id).expect("a session's id");
        let kept = self.state.find_session(&id.hash()).await.expect(MEMORY);
        kept.expect("it is kept")
    }

    /// The imports that are not over, of every customer.
    ///
    /// # Panics
    /// Never: memory answers.
    pub async fn active_imports(&self) -> Vec<ActiveImport> {
        self.state.active_imports().await.expect(MEMORY)
    }
}

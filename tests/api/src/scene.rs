//! Four customers and their portals, and everybody who is signed in: what each session may see, and what it must not.

use std::collections::BTreeSet;

use axum::Router;
use domain::ids::ImportId;
use http::StatusCode;
use rig::{BLUEGUM, Customer, HARBOUR, PRAIRIE, Page, Rig, SESSION, Visitor, WATTLE, expect, ticked};
use serde::Serialize;
use stand_ins::WorldAsItWas;
use state::memory::Memory;
use url::Url;

/// The functions, and who is signed in.
pub(crate) struct Scene {
    /// The functions behind the routes of the template.
    pub(crate) app: Router,
    pub(crate) sessions: Vec<Session>,
    pub(crate) known: Known,
    rig: Rig,
    kept: Memory,
    upstreams: WorldAsItWas,
}

/// Somebody's browser.
#[derive(Serialize)]
pub(crate) struct Session {
    /// Who it is.
    role: &'static str,
    /// The session's cookie.
    cookie: String,
    /// The token of its forms.
    form_token: String,
    /// Where Xero and GO1 would send this browser back to: each works once.
    returns: Vec<Return>,
    /// What must not be shown to it: names, emails and organisations of others.
    private: BTreeSet<String>,
}

/// The end of a login.
#[derive(Serialize)]
struct Return {
    code: String,
    state: String,
}

/// Names of things that are there, somebody's or another's.
#[derive(Serialize)]
pub(crate) struct Known {
    imports: Vec<String>,
    plans: Vec<String>,
    employees: Vec<String>,
    organisations: Vec<String>,
    portals: Vec<String>,
    receipts: Vec<String>,
    connected_at: Vec<String>,
    assets: Vec<String>,
}

impl Scene {
    /// Olivia in the middle of a sign-up; Sam, whose people are imported; an administrator of Sam's portal; somebody whom
    /// nobody knows. Beside them a portal that is none of theirs, and one that was erased.
    pub(crate) async fn prepare(seed: u64) -> Self {
        let rig = Rig::new(seed);
        // Few people, because a scene is made again after every press that has an end.
        rig.world.xero().set_head_count(PRAIRIE.organisation, 3);
        let (_, others_import) = rig.confirmed(2).await;
        rig.pump().await;
        let receipt = erased(&rig).await;
        let (sam, import) = rig.imported(&PRAIRIE).await;
        let (olivia, people) = rig.at_people(&WATTLE).await;
        let administrator = rig.administrator(&PRAIRIE).await;
        let nobody = rig.visitor(&WATTLE);
        let known = known(&rig, &people, [&import, &others_import], receipt).await;
        let [wattle, prairie, bluegum] = [WATTLE, PRAIRIE, BLUEGUM].map(|customer| private(&rig, &customer));
        let all: BTreeSet<String> = wattle.iter().chain(&prairie).chain(&bluegum).cloned().collect();
        let without = |own: &BTreeSet<String>| all.difference(own).cloned().collect::<BTreeSet<_>>();
        // Olivia has both organisations.
        let olivias: BTreeSet<String> = wattle.iter().cloned().chain([BLUEGUM.organisation.to_owned()]).collect();
        let sessions = vec![
            session("anonymous", &nobody, "/signup", vec![from_xero(&nobody).await], all.clone()).await,
            session("signing-up", &olivia, "/preview", vec![from_xero(&olivia).await], without(&olivias)).await,
            session("owner", &sam, "/preview", vec![from_xero(&sam).await], without(&prairie)).await,
            session(
                "administrator",
                &administrator,
                "/portal",
                vec![from_xero(&administrator).await, from_go1(&rig, &administrator).await],
                without(&prairie),
            )
            .await,
        ];
        Self { app: rig.app(), sessions, known, kept: rig.state.copied(), upstreams: rig.world.as_it_is(), rig }
    }

    /// Everything as it was prepared, but for the time.
    pub(crate) fn put_back(&self) {
        self.rig.state.put_back(&self.kept);
        self.rig.world.put_back(&self.upstreams);
    }
}

async fn session(
    role: &'static str,
    visitor: &Visitor,
    path: &str,
    returns: Vec<Return>,
    private: BTreeSet<String>,
) -> Session {
    let page = expect(visitor.open(path).await, StatusCode::OK, path);
    let form_token = page.values("form_token").remove(0);
    let cookie = visitor.browser.cookie(SESSION).expect("a session");
    Session { role, cookie, form_token, returns, private }
}

/// The end of a login at Xero that nobody has followed yet.
async fn from_xero(visitor: &Visitor) -> Return {
    let login = visitor.open("/connect?again").await;
    answer_of(&visitor.consent_without_return(&login, "allow").await)
}

/// The end of a login with GO1 that nobody has followed yet.
async fn from_go1(rig: &Rig, visitor: &Visitor) -> Return {
    let login = visitor.open(&format!("/portal/login?portal={}", rig.domain_of(&visitor.customer))).await;
    answer_of(&visitor.log_in_without_return(&login, &rig.administrator_of(&visitor.customer)).await)
}

fn answer_of(url: &Url) -> Return {
    let part = |name: &str| url.query_pairs().find(|(each, _)| each == name).map(|(_, value)| value.into_owned());
    Return { code: part("code").expect("a code"), state: part("state").expect("a state") }
}

/// A portal that was erased: its receipt.
async fn erased(rig: &Rig) -> String {
    rig.world.xero().set_head_count(HARBOUR.organisation, 1);
    let administrator = rig.managed(&HARBOUR).await;
    let asked = expect(administrator.open("/portal/erase").await, StatusCode::OK, "/portal/erase");
    let receipt = administrator.browser.submit(&asked, "/portal/erase", &[]).await;
    let id = receipt.url.path().strip_prefix("/portal/receipts/");
    id.unwrap_or_else(|| panic!("{}", receipt.words())).to_owned()
}

/// What somebody must not see who is not of this organisation.
fn private(rig: &Rig, customer: &Customer) -> BTreeSet<String> {
    let of_xero = rig.employees(customer).into_iter().filter_map(|employee| employee.email);
    let portals = rig.portals(customer);
    let of_go1 = portals.iter().flat_map(|portal| rig.world.go1().user_accounts(portal.as_str()));
    let own = [customer.xero_user, customer.organisation].map(str::to_owned);
    let all = of_xero.chain(of_go1.map(|account| account.email)).chain(own);
    all.map(|mark| mark.trim().to_owned()).filter(|mark| !mark.is_empty()).collect()
}

async fn known(rig: &Rig, people: &Page, [import, others]: [&ImportId; 2], receipt: String) -> Known {
    let plan = |import| async move { rig.kept_import(&PRAIRIE, import).await.plan.to_string() };
    let imported = rig.kept_people(&PRAIRIE, import).await.into_iter().map(|person| person.employee_id.to_string());
    let mut employees = ticked(people);
    employees.extend(imported.take(3));
    let mut connected_at = Vec::new();
    for customer in [WATTLE, PRAIRIE] {
        connected_at.push(rig.kept_tenant(&customer).await.connected_at.to_string());
    }
    Known {
        imports: vec![import.to_string(), others.to_string()],
        plans: vec![people.values("plan").remove(0), plan(import).await],
        employees,
        organisations: [WATTLE, PRAIRIE, BLUEGUM].iter().map(|customer| rig.tenant(customer).to_string()).collect(),
        portals: [PRAIRIE, BLUEGUM].iter().map(|customer| rig.domain_of(customer)).collect(),
        receipts: vec![receipt],
        connected_at,
        assets: ["site.css", "site.js", "icon.svg", "figtree-latin.woff2"].map(str::to_owned).to_vec(),
    }
}

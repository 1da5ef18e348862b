//! Whoever is let in to one portal gets nothing of another: by no path, query, form field, header or cookie, at no route of
//! `infra/template.yaml`. What another has looks as what nobody has.

use std::collections::BTreeMap;

use domain::ids::{ImportId, PortalId};
use http::header::LOCATION;
use http::{HeaderName, HeaderValue};
use rig::{Customer, PRAIRIE, Page, Rig, Route, Sent, Visitor, WATTLE, address};
use state::{ImportReader as _, PortalReader as _};

/// What each route answers an administrator, and the owner of a sign-up, who ask it for something of another portal. A path
/// that names it is not found, or not theirs to ask; elsewhere they get their own, or are told what is wrong with a form.
const ROUTES: [(&str, u16, u16); 53] = [
    ("$default", 404, 404),
    ("GET /", 200, 200),
    ("GET /help", 200, 200),
    ("GET /privacy", 200, 200),
    ("POST /signout", 200, 200),
    ("GET /assets/{file}", 404, 404),
    ("GET /robots.txt", 200, 200),
    ("GET /.well-known/security.txt", 200, 200),
    ("GET /signup", 200, 200),
    ("POST /signup", 422, 422),
    ("GET /connect", 303, 303),
    ("GET /oauth/xero/callback", 400, 400),
    ("GET /organisations", 409, 409),
    ("POST /organisations", 409, 409),
    ("GET /organisations/permission", 200, 200),
    ("GET /organisations/payroll", 200, 200),
    ("GET /disconnect", 200, 200),
    ("POST /disconnect", 409, 409),
    ("GET /delete", 409, 409),
    ("POST /delete", 409, 409),
    ("POST /signout/everywhere", 409, 409),
    ("GET /preview", 200, 200),
    ("POST /preview/people", 303, 303),
    ("GET /preview/people", 200, 200),
    ("GET /preview/groups", 303, 303),
    ("POST /preview/groups", 303, 303),
    ("POST /imports", 303, 303),
    ("POST /imports/skip", 303, 303),
    ("GET /imports/{import_id}", 404, 404),
    ("GET /imports/{import_id}/report.csv", 404, 404),
    ("POST /imports/{import_id}/stop", 404, 404),
    ("POST /imports/{import_id}/retry", 404, 404),
    ("GET /portal-address", 409, 409),
    ("POST /portal-address", 409, 409),
    ("GET /get-started", 303, 200),
    ("POST /get-started", 303, 303),
    ("GET /oauth/go1/callback", 400, 400),
    ("GET /portal", 303, 303),
    ("POST /portal/check", 303, 401),
    ("GET /portal/login", 303, 303),
    ("POST /portal/logout", 200, 200),
    ("GET /portal/connect", 303, 303),
    ("GET /portal/users", 200, 303),
    ("GET /portal/settings", 200, 303),
    ("POST /portal/settings/end-owner", 303, 401),
    ("POST /portal/settings/sign-out-others", 303, 401),
    ("POST /portal/disconnect", 409, 401),
    ("GET /portal/undo/{import_id}", 404, 303),
    ("POST /portal/undo/{import_id}", 404, 401),
    ("GET /portal/erase", 200, 303),
    ("POST /portal/erase", 303, 401),
    ("GET /portal/receipts/{receipt}", 404, 404),
    ("GET /portal/receipts/{receipt}/text", 404, 404),
];

/// These end what the others need.
const LAST: [&str; 4] =
    ["POST /portal/settings/end-owner", "POST /portal/erase", "POST /portal/logout", "POST /signout"];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Administrator,
    Owner,
}

/// Everything that something of a portal can be named by.
type Names = BTreeMap<&'static str, String>;

fn routes() -> Vec<String> {
    let mut routes: Vec<String> = Route::all().iter().map(|route| route.key.to_owned()).collect();
    routes.sort_by_key(|route| LAST.iter().position(|last| last == route));
    routes
}

/// One world with two customers, both with an import behind them, and the first of them at the door; with what names
/// something of theirs, and of the other.
async fn two_portals(caller: Caller) -> (Rig, Visitor, Names, Names) {
    let rig = Rig::new(1);
    let owner = rig.visitor(&WATTLE);
    let (_, own) = owner.import().await;
    let (_, others) = rig.imported(&PRAIRIE).await;
    let (own, others) = (names_of(&rig, &WATTLE, &own).await, names_of(&rig, &PRAIRIE, &others).await);
    let visitor = match caller {
        Caller::Administrator => rig.administrator(&WATTLE).await,
        Caller::Owner => owner,
    };
    (rig, visitor, own, others)
}

async fn names_of(rig: &Rig, customer: &Customer, import: &ImportId) -> Names {
    let (tenant, portal) = (rig.tenant(customer), rig.portal(customer));
    let kept = rig.kept_tenant(customer).await;
    let person = rig.kept_people(customer, import).await.remove(0);
    Names::from([
        ("import", import.to_string()),
        ("plan", rig.kept_import(customer, import).await.plan.to_string()),
        ("people", person.employee_id.to_string()),
        ("email", person.email.as_str().to_owned()),
        ("organisation", tenant.to_string()),
        ("portal_id", portal.to_string()),
        ("portal", rig.domain_of(customer)),
        ("label", customer.portal.to_owned()),
        ("sign_up", kept.sign_up.to_string()),
        ("connection", kept.organisation.connection.to_string()),
        ("xero_user", kept.xero_user.to_string()),
        ("account", rig.administrator_of(customer)),
    ])
}

/// Names of the same shape that nobody has.
fn nobodys(names: &Names) -> Names {
    let other = |sign: char| match sign {
        '9' => '1',
        'f' => 'b',
        'z' => 'a',
        '0'..='8' | 'a'..='y' => char::from_u32(u32::from(sign) + 1).unwrap_or(sign),
        sign => sign,
    };
    let changed = |name: &str| name.chars().map(other).collect::<String>();
    let nobodys = names.iter().map(|(kind, name)| match name.strip_suffix(".mygo1.com") {
        Some(label) => (*kind, format!("{}.mygo1.com", changed(label))),
        None => (*kind, changed(name)),
    });
    nobodys.collect()
}

/// A request of this route that names `names` wherever something can be named.
fn ask(route: &str, page: &Page, names: &Names) -> Sent {
    let (method, path) = route.split_once(' ').unwrap_or(("GET", "/nowhere/{import_id}"));
    let path = path.replace("{import_id}", &names["import"]).replace("{file}", &names["import"]);
    let path = path.replace("{receipt}", &names["import"]);
    let called = |kind: &'static str, by: &str| (kind.to_owned(), names[by].clone());
    let mut fields: Vec<(String, String)> =
        names.iter().map(|(kind, name)| ((*kind).to_owned(), name.clone())).collect();
    fields.extend([
        called("since", "plan"),
        called("retry", "import"),
        called("tenant", "organisation"),
        called("q", "email"),
    ]);
    let mut sent = if method == "POST" {
        fields.push(("form_token".to_owned(), page.values("form_token").remove(0)));
        fields.push(("imports_accepted".to_owned(), "1".to_owned()));
        fields.push(("connected_at".to_owned(), "2026-11-22T00:00:00Z".to_owned()));
        Sent::post(page, &path, &fields)
    } else {
        let mut url = address(&path);
        url.query_pairs_mut().extend_pairs(&fields);
        Sent::get(&url, "text/html")
    };
    for (header, by) in [
        ("x-portal", "portal"),
        ("x-portal-id", "portal_id"),
        ("x-tenant-id", "organisation"),
        ("xero-tenant-id", "organisation"),
        ("x-sign-up", "sign_up"),
        ("x-original-host", "portal"),
        ("x-amzn-oidc-identity", "xero_user"),
    ] {
        let value = HeaderValue::try_from(&names[by]).expect("an id is text");
        sent.headers.insert(HeaderName::from_static(header), value);
    }
    sent
}

/// An answer, as whoever does not know the names sees it.
fn seen(page: &Page, names: &Names) -> Vec<String> {
    let blurred = |text: &str| {
        let encoded = |name: &String| url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>();
        names.values().fold(text.to_owned(), |text, name| text.replace(name, "***").replace(&encoded(name), "***"))
    };
    let location = page.headers.get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
    let head = [page.status.to_string(), blurred(location)];
    head.into_iter().chain(blurred(&page.text).lines().map(str::to_owned)).collect()
}

/// Everything that is kept of a customer, here and at Xero and GO1.
async fn all_of(rig: &Rig, customer: &Customer) -> String {
    let (id, portal): (_, PortalId) = (rig.tenant(customer), rig.portal(customer));
    let (tenant, sign_up) = (rig.kept_tenant(customer).await, rig.kept_sign_up(customer).await);
    let trail = rig.trail(customer).await;
    let kept = rig.state.find_portal(&portal).await.expect("memory answers");
    let members = rig.kept_members(customer).await;
    let imports = rig.state.imports_of(&portal).await.expect("memory answers");
    let connections = rig.world.xero().connections();
    let connections: Vec<_> = connections.iter().filter(|connection| connection.tenant_id == id.as_str()).collect();
    let accounts = rig.world.go1().user_accounts(portal.as_str());
    let enrollments = rig.world.go1().enrollments(portal.as_str());
    format!(
        "{tenant:?} {sign_up:?} {trail:?} {kept:?} {members:?} {imports:?} {connections:?} {accounts:?} {enrollments:?}"
    )
}

/// What every route answers, asked with what `names` makes of the names of the other portal.
async fn walk(caller: Caller, names: fn(&Names) -> Names) -> Vec<(String, Page, Vec<String>)> {
    let (rig, visitor, _, others) = two_portals(caller).await;
    let names = names(&others);
    let before = all_of(&rig, &PRAIRIE).await;
    let people: Vec<String> = rig.learners(&PRAIRIE).into_iter().map(|account| account.email).collect();
    assert!(people.len() > 5);
    let page = visitor.open(if caller == Caller::Administrator { "/portal" } else { "/preview" }).await;
    for (kind, name) in &names {
        visitor.browser.set_cookie(kind, name);
    }
    let mut answers = Vec::new();
    for route in routes() {
        let answer = visitor.browser.send(&ask(&route, &page, &names)).await;
        for private in people.iter().map(String::as_str).chain(["Prairie Lantern Coffee", "Okafor"]) {
            // What was sent may come back in a field.
            let shown = answer.text.replace(&names["email"], "");
            assert!(!shown.contains(private), "{caller:?} {route} shows {private}");
        }
        let seen = seen(&answer, &names);
        answers.push((route, answer, seen));
    }
    assert_eq!(all_of(&rig, &PRAIRIE).await, before, "{caller:?}: it is as it was");
    answers
}

async fn nothing_is_found(caller: Caller) {
    let theirs = walk(caller, Names::clone).await;
    let nobodys = walk(caller, nobodys).await;
    assert_eq!(theirs.len(), ROUTES.len(), "no route is gone");
    for ((route, theirs, seen), (_, _, nothing)) in theirs.iter().zip(&nobodys) {
        for (one, other) in seen.iter().zip(nothing) {
            assert_eq!(one, other, "{caller:?} {route}");
        }
        assert_eq!(seen.len(), nothing.len(), "{caller:?} {route}");
        let known = ROUTES.iter().find(|(known, ..)| known == route);
        let Some((_, administrator, owner)) = known else {
            panic!("{route} is new: what does it show of another portal?")
        };
        let status = if caller == Caller::Administrator { administrator } else { owner };
        assert_eq!(theirs.status.as_u16(), *status, "{caller:?} {route}: {}", theirs.words());
    }
}

#[tokio::test(start_paused = true)]
async fn an_administrator_gets_nothing_of_another_portal_at_any_route() {
    nothing_is_found(Caller::Administrator).await;
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_a_sign_up_gets_nothing_of_another_portal_at_any_route() {
    nothing_is_found(Caller::Owner).await;
}

#[tokio::test(start_paused = true)]
async fn the_same_questions_find_what_is_their_own() {
    for (caller, found) in [(Caller::Administrator, 6), (Caller::Owner, 4)] {
        let (_rig, visitor, own, _) = two_portals(caller).await;
        let page = visitor.open("/preview").await;
        let mut ways = 0;
        for route in routes().iter().filter(|route| route.contains("{import_id}")) {
            let answer = visitor.browser.send(&ask(route, &page, &own)).await;
            let is_sent_to_log_in = answer.headers.get(LOCATION).is_some_and(|location| location == "/portal/login");
            let is_found = answer.status.is_success() || answer.status.is_redirection();
            ways += usize::from(is_found && !is_sent_to_log_in);
        }
        assert_eq!(ways, found, "{caller:?}: a walk that finds nothing would prove nothing");
    }
}

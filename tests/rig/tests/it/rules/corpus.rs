//! Answers of Xero and GO1 as organisations really have them, each with its right outcome beside it: `tests/corpus/`. Both
//! upstreams' clients read them, a plan is made of them, and the page's words are those that a person reads.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use domain::country::PeopleSource;
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, UserAccountId};
use domain::member::Member;
use domain::name::PersonName;
use domain::plan::{Decision, KnownAccount, Plan, PlanEntry, PlanInput, make_plan};
use go1::{Go1Client, Go1Settings};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use transport::{ClientCredentials, Reread, RouterTransport, Transport};
use url::Url;
use web::words;
use xero::{GroupRead, XeroClient, XeroSettings};

/// Answers every request with this body.
fn answering(body: String) -> Arc<dyn Transport> {
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    Arc::new(RouterTransport::new(Router::new().fallback(answer)))
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn secret() -> SecretString {
    SecretString::from("nobody's")
}

fn nobody() -> Arc<Reread<ClientCredentials>> {
    Arc::new(Reread::fixed(ClientCredentials { client_id: String::new(), client_secret: secret() }))
}

fn xero(body: String) -> XeroClient {
    let settings = XeroSettings {
        login_url: url("http://login.test"),
        identity_url: url("http://identity.test"),
        issuer: "http://identity.test".to_owned(),
        api_url: url("http://api.test"),
        accounting_url: url("http://api.test/api.xro/2.0"),
        payroll_url: url("http://api.test/payroll.xro/1.0"),
        app: nobody(),
        redirect_uri: url("http://app.test"),
        pkce: false,
    };
    XeroClient::new(settings, answering(body))
}

fn go1(hits: &Value) -> Go1Client {
    let settings = Go1Settings {
        auth_url: url("http://auth.test"),
        api_url: url("http://api.test"),
        api_version: "2025-01-01".to_owned(),
        app: nobody(),
    };
    let total = hits.as_array().map_or(0, Vec::len);
    Go1Client::new(settings, answering(json!({ "total": total, "hits": hits }).to_string()))
}

/// Those who were imported before, with their accounts.
fn members(case: &Value) -> HashMap<EmployeeId, Member> {
    let member = |(employee, account): (&String, &Value)| Member {
        account: account.as_str().map(UserAccountId::from),
        unfinished: false,
        ..Member::unresolved("import".into(), Timestamp::UNIX_EPOCH, employee.as_str().into(), Timestamp::UNIX_EPOCH)
    };
    case["members"].as_object().into_iter().flatten().map(member).map(|it| (it.employee_id.clone(), it)).collect()
}

/// What somebody is called in a case: by their id, or by their place among those who have none.
fn called(entry: &PlanEntry, without_id: &mut usize) -> String {
    let id = entry.employee_id.as_str();
    if id.starts_with("no-id-") {
        *without_id += 1;
        format!("no id {without_id}")
    } else {
        id.to_owned()
    }
}

/// The plan of a case: who Xero lists, and whom GO1 has.
async fn plan(case: &Value) -> Plan {
    let source = if case["country"] == "US" { PeopleSource::XeroUsers } else { PeopleSource::PayrollEmployees };
    let body = case["xero_text"].as_str().map_or_else(|| case["xero"].to_string(), str::to_owned);
    let client = xero(body);
    let (people, group) = match case["group"].as_str() {
        None => (client.people(&secret(), &"tenant".into(), source).await.expect("people are read"), None),
        Some(id) => match client.people_of_group(&secret(), &"tenant".into(), &id.into()).await {
            Ok(GroupRead::People { people, group }) => (people, Some(group)),
            other => panic!("{other:?}"),
        },
    };
    let accounts = match case.get("go1") {
        None => None,
        Some(hits) => {
            let emails: BTreeSet<EmailAddress> =
                people.iter().filter_map(|person| person.email.address().ok().cloned()).collect();
            let ids = members(case).into_values().filter_map(|member| member.account).collect();
            let read = go1(hits).accounts_for(&secret(), &emails, &ids).await.expect("accounts are read");
            Some(read)
        }
    };
    make_plan(PlanInput {
        tenant: "tenant".into(),
        group,
        people,
        members: members(case),
        old_emails: HashMap::new(),
        accounts: accounts.map(|accounts| accounts.into_iter().map(KnownAccount::from).collect()),
        owner: EmailAddress::parse("owner@example.com").expect("an address"),
        owner_name: PersonName::new("Olivia", "Owner"),
        courses: Vec::new(),
        places_left: 200,
        imports_accepted: 0,
        missed_before: case["missed_before"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(EmployeeId::from)
            .collect(),
        longest_name: 255,
        read_at: Timestamp::UNIX_EPOCH,
    })
}

/// What is shown of somebody, in the words of a case.
fn shown(entry: &PlanEntry) -> Value {
    let (decision, told) = match &entry.decision {
        Decision::Create => ("create", None),
        Decision::Link { .. } => ("link", None),
        Decision::Resume { .. } => ("resume", None),
        Decision::AlreadyMember { .. } => ("member", None),
        Decision::Blocked { reason } => ("blocked", Some(words::blocked_reason(reason, entry, Some("the other")))),
    };
    let likely = entry.email.address().ok().and_then(EmailAddress::likely_meant);
    let all = [
        ("name", Some(json!([entry.given_name, entry.family_name]))),
        ("email", entry.email.text().map(Value::from)),
        ("decision", Some(decision.into())),
        ("ticked", Some(entry.ticked.into())),
        ("left", if let Decision::AlreadyMember { left, .. } = entry.decision { Some(left.into()) } else { None }),
        ("told", told.map(Value::from)),
        ("meant", likely.map(Value::from)),
    ];
    all.into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test]
async fn people_as_organisations_have_them_come_to_the_right_outcome() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let files = fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry").path());
    let (mut cases, mut wrong) = (0, Vec::new());
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let text = fs::read_to_string(&file).expect("a file");
        let all: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for case in all {
            cases += 1;
            let plan = plan(&case).await;
            let mut without_id = 0;
            let found: BTreeMap<_, _> =
                plan.entries.iter().map(|entry| (called(entry, &mut without_id), shown(entry))).collect();
            let left: BTreeMap<_, _> =
                plan.left.iter().map(|gone| (gone.employee_id.as_str().to_owned(), gone.confirmed)).collect();
            let expected_left: BTreeMap<String, bool> = case
                .get("left")
                .map(|left| serde_json::from_value(left.clone()).expect("who left"))
                .unwrap_or_default();
            let expected: BTreeMap<String, Value> =
                serde_json::from_value(case["outcome"].clone()).expect("an outcome of each person");
            if found != expected || left != expected_left {
                wrong
                    .push(format!("{}: expected {expected:#?}, and it is {found:#?}; who left: {left:?}", case["why"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}: {}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 120, "only {cases} cases were found");
}

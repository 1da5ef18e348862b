//! A run against mock servers of the published OpenAPI files. A mock judges each request by its file and answers with the
//! file's examples: so what it shows is that each request is valid, and that we read what the file calls an answer. It
//! holds nothing, so no fact about what a service does is looked at.

use std::sync::Arc;

use ::go1::{CreatePortalError, EnrollError, Go1Client, Go1Error, Go1Settings, NewPortal, SoughtPortal};
use ::xero::{GroupRead, XeroClient, XeroSettings};
use domain::country::{Country, PeopleSource};
use domain::email::EmailAddress;
use domain::ids::{ConnectionId, ContactGroupId, EnrollmentId, LearningObjectId, PortalId, TenantId, UserAccountId};
use domain::portal::{INDUSTRIES, PortalDomain};
use jiff::Timestamp;
use secrecy::SecretString;
use transport::{ClientCredentials, ReadRetries, Reread, Transport};
use url::Url;

/// Where the mocks are; none where none is served.
#[derive(Clone, Debug, Default)]
pub struct Mocks {
    /// Of `xero-identity.yaml`.
    pub xero_identity: Option<Url>,
    /// Of `xero_accounting.yaml`.
    pub xero_accounting: Option<Url>,
    /// Of `xero-payroll-au.yaml`.
    pub xero_payroll: Option<Url>,
    /// Of GO1's file.
    pub go1: Option<Url>,
}

/// A tenant, as the files' examples have one.
const TENANT: &str = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58";
/// A connection, likewise.
const CONNECTION: &str = "7cb59f93-2964-421d-bb5e-a0f7a4572a44";

/// A contact group, likewise.
const CONTACT_GROUP: &str = "17b44ed7-4389-4162-91cb-3dd5766e4e22";

/// What each call came to: its name, and what was read or why not.
pub type Outcome = (&'static str, Result<String, String>);

/// Makes every call that a file describes, once.
///
/// # Panics
/// Never: the addresses and ids in here are good ones.
pub async fn run(mocks: &Mocks, transport: Arc<dyn Transport>, now: Timestamp) -> Vec<Outcome> {
    let retries = ReadRetries { tries: 1, ..ReadRetries::default() };
    let token = SecretString::from("any".to_owned());
    let mut outcomes = Vec::new();
    let app = ClientCredentials { client_id: String::new(), client_secret: token.clone() };
    let app = Arc::new(Reread::fixed(app));
    let nowhere = || Url::parse("http://127.0.0.1:9/").expect("an address");
    let settings = XeroSettings {
        login_url: nowhere(),
        identity_url: nowhere(),
        issuer: String::new(),
        api_url: mocks.xero_identity.clone().unwrap_or_else(nowhere),
        accounting_url: mocks.xero_accounting.clone().unwrap_or_else(nowhere),
        payroll_url: mocks.xero_payroll.clone().unwrap_or_else(nowhere),
        app: app.clone(),
        redirect_uri: nowhere(),
        pkce: false,
    };
    let xero = XeroClient::new(settings, transport.clone()).with_retries(retries.clone());
    let tenant = TenantId::new(TENANT);
    if mocks.xero_identity.is_some() {
        let read = xero.connections(&token, None).await;
        outcomes.push(("GET /Connections", told(read.map(|read| format!("{} connections", read.len())))));
        let read = xero.connections(&token, Some(CONNECTION)).await;
        outcomes.push(("GET /Connections?authEventId=", told(read.map(|read| format!("{} connections", read.len())))));
        let removed = xero.delete_connection(&token, &ConnectionId::new(CONNECTION)).await;
        outcomes.push(("DELETE /Connections/{id}", told(removed.map(|()| "removed".to_owned()))));
    }
    if mocks.xero_accounting.is_some() {
        let read = xero.organisation(&token, &tenant).await;
        outcomes.push(("GET /Organisation", told(read.map(|read| format!("country {}", read.country_code)))));
        let read = xero.organisation_actions(&token, &tenant).await;
        outcomes.push(("GET /Organisation/Actions", told(read.map(|read| format!("payroll administration {read:?}")))));
        let read = xero.people(&token, &tenant, PeopleSource::XeroUsers).await;
        outcomes.push(("GET /Users", told(read.map(|read| format!("{} users", read.len())))));
        let read = xero.contact_groups(&token, &tenant).await;
        outcomes.push(("GET /ContactGroups", told(read.map(|read| format!("{} groups", read.len())))));
        let read = xero.people_of_group(&token, &tenant, &ContactGroupId::new(CONTACT_GROUP)).await;
        let seen = |read| match read {
            GroupRead::People { people, .. } => format!("{} contacts of the group", people.len()),
            GroupRead::Gone => "no group".to_owned(),
            GroupRead::TooMany { people } => format!("too many, {people}"),
        };
        outcomes.push(("GET /ContactGroups/{id}, GET /Contacts?IDs=", told(read.map(seen))));
    }
    if mocks.xero_payroll.is_some() {
        let read = xero.people(&token, &tenant, PeopleSource::PayrollEmployees).await;
        outcomes.push(("GET /Employees", told(read.map(|read| format!("{} employees", read.len())))));
    }
    if let Some(api_url) = &mocks.go1 {
        let settings = Go1Settings {
            auth_url: nowhere(),
            api_url: api_url.clone(),
            api_version: "2025-01-01".to_owned(),
            app: app.clone(),
        };
        let go1 = Go1Client::new(settings, transport).with_retries(retries);
        portals(&mut outcomes, &go1, &token, now).await;
        courses(&mut outcomes, &go1, &token).await;
    }
    outcomes
}

fn told<E: std::fmt::Display>(read: Result<String, E>) -> Result<String, String> {
    read.map_err(|error| error.to_string())
}

async fn portals(outcomes: &mut Vec<Outcome>, go1: &Go1Client, token: &SecretString, now: Timestamp) {
    let portal = NewPortal {
        name: "Wattle Grove Books".to_owned(),
        domain: PortalDomain::parse("wattle-grove-books").expect("an address of a portal"),
        country: Country::Australia,
        industry: INDUSTRIES[0].to_owned(),
        timezone: Some("Australia/Sydney".to_owned()),
        tenant: TenantId::new(TENANT),
        email: EmailAddress::parse("olivia.hartley@example.com").expect("an email"),
        given_name: "Olivia".to_owned(),
        family_name: "Hartley".to_owned(),
    };
    let created: Result<_, CreatePortalError> = go1.create_portal(token, &portal, now).await;
    outcomes.push(("POST /portals", told(created.map(|_| "a portal, its owner and tokens".to_owned()))));
    let sought = SoughtPortal { domain: &portal.domain, tenant: &portal.tenant, name: &portal.name, asked_at: now };
    let found = go1.find_portal(token, sought).await;
    outcomes.push(("GET /portals?keyword=", told(found.map(|found| format!("ours among them: {}", found.is_some())))));
    let read = go1.domain_of(token, &PortalId::new("123456")).await;
    let seen = |domain: Option<PortalDomain>| format!("its address told: {}", domain.is_some());
    outcomes.push(("GET /portals/{id}", told(read.map(seen))));
}

async fn courses(outcomes: &mut Vec<Outcome>, go1: &Go1Client, token: &SecretString) {
    let ids: Vec<LearningObjectId> = ["1", "2", "3", "4", "5"].into_iter().map(LearningObjectId::new).collect();
    let read = go1.learning_objects(token, &ids).await;
    outcomes.push(("GET /learning-objects?id[]=", told(read.map(|read| format!("{} of those asked for", read.len())))));
    let account = UserAccountId::new("1012");
    let enrolled: Result<_, EnrollError> = go1.enroll(token, &account, &ids[0]).await;
    outcomes
        .push(("POST /enrollments", told(enrolled.map(|enrolled| format!("its id told: {}", enrolled.id.is_some())))));
    let listed: Result<_, Go1Error> = go1.enrollments(token, &account, &ids).await;
    outcomes.push(("GET /enrollments", told(listed.map(|listed| format!("{} of those asked for", listed.len())))));
    let id = EnrollmentId::new("64500");
    let read = go1.enrollment(token, &id).await;
    outcomes.push(("GET /enrollments/{id}", told(read.map(|read| format!("there: {}", read.is_some())))));
    let removed = go1.remove_enrollment(token, &id).await;
    outcomes.push(("DELETE /enrollments/{id}", told(removed.map(|was_there| format!("was there: {was_there}")))));
}

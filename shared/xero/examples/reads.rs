//! Every read of the client, once, against whatever the environment names: Xero itself, a mock of its published
//! specifications, the stand-in. Prints counts and kinds, never a name, an email or a token. The README says how to run
//! it.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use domain::country::Country;
use domain::ids::TenantId;
use secrecy::SecretString;
use transport::{ClientCredentials, HttpSettings, HttpTransport, Reread};
use url::Url;
use xero::{GroupRead, XeroClient, XeroSettings, iana_timezone};

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match read_everything().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn read_everything() -> Result<(), Failure> {
    let token = SecretString::from(required("XERO_ACCESS_TOKEN")?);
    let tenant = TenantId::new(required("XERO_TENANT_ID")?);
    let country = required("XERO_COUNTRY")?;
    let country = Country::from_code(&country).ok_or("XERO_COUNTRY must be AU or US")?;
    let client = XeroClient::new(settings()?, Arc::new(HttpTransport::new(&HttpSettings::default())?));

    let connections = client.connections(&token, None).await?;
    let ours = connections.iter().any(|connection| connection.tenant == tenant);
    println!("connections: {}, the tenant {}", connections.len(), if ours { "among them" } else { "not among them" });

    let organisation = client.organisation(&token, &tenant).await?;
    let (class, timezone) = (organisation.class.as_deref(), organisation.timezone.as_deref());
    println!(
        "organisation: country {}, class {}, time zone {} ({}), {} a short code",
        organisation.country_code,
        class.unwrap_or("not told"),
        timezone.unwrap_or("not told"),
        timezone.and_then(iana_timezone).unwrap_or("not one of the two countries'"),
        if organisation.short_code.is_some() { "with" } else { "without" },
    );

    println!("payroll administration: {:?}", client.organisation_actions(&token, &tenant).await?);

    let people = client.people(&token, &tenant, country.people_source()).await?;
    let mut standings = BTreeMap::new();
    for person in &people {
        *standings.entry(format!("{:?}", person.status)).or_insert(0) += 1;
    }
    let without_email = people.iter().filter(|person| person.email.text().is_none()).count();
    println!("people: {} {standings:?}, {without_email} without an email", people.len());
    if country == Country::UnitedStates {
        let groups = client.contact_groups(&token, &tenant).await?;
        println!("contact groups: {}", groups.len());
        if let Some(first) = groups.first() {
            match client.people_of_group(&token, &tenant, &first.group.id).await? {
                GroupRead::People { people, .. } => println!("the first has {} contacts", people.len()),
                other => println!("the first: {other:?}"),
            }
        }
    }
    Ok(())
}

/// Xero's own addresses, but for those that the environment names.
fn settings() -> Result<XeroSettings, Failure> {
    Ok(XeroSettings {
        login_url: address("XERO_LOGIN_URL", "https://login.xero.com")?,
        identity_url: address("XERO_IDENTITY_URL", "https://identity.xero.com")?,
        issuer: given("XERO_ISSUER").unwrap_or_else(|| "https://identity.xero.com".to_owned()),
        api_url: address("XERO_API_URL", "https://api.xero.com")?,
        accounting_url: address("XERO_ACCOUNTING_URL", "https://api.xero.com/api.xro/2.0")?,
        payroll_url: address("XERO_PAYROLL_URL", "https://api.xero.com/payroll.xro/1.0")?,
        // Reads need a token and no app.
        app: Arc::new(Reread::fixed(ClientCredentials {
            client_id: String::new(),
            client_secret: SecretString::from(String::new()),
        })),
        redirect_uri: Url::parse("http://localhost/")?,
        pkce: false,
    })
}

fn address(name: &str, xero: &str) -> Result<Url, Failure> {
    let address = given(name);
    Url::parse(address.as_deref().unwrap_or(xero)).map_err(|_| format!("{name} must be an address").into())
}

fn required(name: &str) -> Result<String, Failure> {
    given(name).ok_or_else(|| format!("{name} must be set").into())
}

fn given(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

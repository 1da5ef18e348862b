//! One organisation (<https://developer.xero.com/documentation/api/accounting/organisation>).

use domain::ids::TenantId;
use domain::text::line;
use secrecy::SecretString;
use serde::Deserialize;

use crate::client::{Read, XeroClient, about};
use crate::error::XeroError;

/// What we read of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRead {
    /// The organisation's name.
    pub name: String,
    /// Its country, an ISO 3166 two-letter code. Empty where Xero has none.
    pub country_code: String,
    /// For links into Xero (`!23eYt`).
    pub short_code: Option<String>,
    /// Xero's name of its time zone (`AUSEASTERNSTANDARDTIME`); see [`crate::iana_timezone`].
    pub timezone: Option<String>,
    /// Xero's name of its plan: `TRIAL`, `DEMO`, or one of a list that grows every year.
    pub class: Option<String>,
}

/// Whether the token's user may administer the organisation's payroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayrollAdministration {
    /// Yes, and the plan has payroll.
    Allowed,
    /// No, or the plan has no payroll.
    NotAllowed,
    /// Xero did not list it.
    Unknown,
}

impl OrganisationRead {
    /// Whether it is the company that Xero makes up for every user, to try things out.
    pub fn is_demo(&self) -> bool {
        self.class.as_deref() == Some("DEMO")
    }

    /// Whether it is tried out (<https://developer.xero.com/documentation/api/accounting/types#OrganisationClass>).
    pub fn is_trial(&self) -> bool {
        self.class.as_deref() == Some("TRIAL")
    }
}

#[derive(Deserialize)]
struct Organisations {
    #[serde(rename = "Organisations")]
    organisations: Vec<OrganisationBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OrganisationBody {
    name: String,
    country_code: Option<String>,
    short_code: Option<String>,
    timezone: Option<String>,
    class: Option<String>,
}

#[derive(Deserialize)]
struct Actions {
    #[serde(rename = "Actions")]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Action {
    name: Option<String>,
    status: Option<String>,
}

impl XeroClient {
    /// Reads the organisation (`GET /Organisation`).
    pub async fn organisation(&self, token: &SecretString, tenant: &TenantId) -> Result<OrganisationRead, XeroError> {
        let call = about(&self.settings.accounting_url, token, tenant, &["Organisation"]);
        let read = Read { call: "organisation", payroll: false };
        let (body, trace) = self.read::<Organisations>(read, call.build()).await?;
        let Some(organisation) = body.organisations.into_iter().next() else {
            return Err(trace.unreadable("there is no organisation in it"));
        };
        Ok(OrganisationRead {
            name: line(&organisation.name),
            country_code: organisation.country_code.unwrap_or_default(),
            short_code: organisation.short_code.filter(|code| !code.is_empty()),
            timezone: organisation.timezone.filter(|timezone| !timezone.is_empty()),
            class: organisation.class.filter(|class| !class.is_empty()),
        })
    }

    /// Asks whether the token's user may administer payroll: a hint, before payroll itself is asked.
    pub async fn organisation_actions(
        &self,
        token: &SecretString,
        tenant: &TenantId,
    ) -> Result<PayrollAdministration, XeroError> {
        let call = about(&self.settings.accounting_url, token, tenant, &["Organisation", "Actions"]);
        let read = Read { call: "organisation actions", payroll: false };
        let (body, _) = self.read::<Actions>(read, call.build()).await?;
        let payroll = body.actions.into_iter().find(|action| action.name.as_deref() == Some("AdministerPayroll"));
        Ok(match payroll.and_then(|action| action.status).as_deref() {
            Some("ALLOWED") => PayrollAdministration::Allowed,
            Some("NOT-ALLOWED") => PayrollAdministration::NotAllowed,
            _ => PayrollAdministration::Unknown,
        })
    }
}

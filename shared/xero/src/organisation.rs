//! One organisation (<https://developer.xero.com/documentation/api/accounting/organisation>).

use domain::ids::TenantId;
use domain::text::line;
use secrecy::SecretString;
use serde::Deserialize;
use transport::answer::{Rows, Text};

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

    /// Whether it costs nothing, so that anybody can have any number of them: a trial, or the demo company.
    pub fn costs_nothing(&self) -> bool {
        self.is_trial() || self.class.as_deref() == Some("DEMO")
    }
}

#[derive(Deserialize)]
struct Organisations {
    #[serde(rename = "Organisations")]
    organisations: Rows<OrganisationBody>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct OrganisationBody {
    name: Text,
    country_code: Text,
    short_code: Text,
    timezone: Text,
    class: Text,
}

#[derive(Deserialize)]
struct Actions {
    #[serde(rename = "Actions")]
    actions: Rows<Action>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Action {
    name: Text,
    status: Text,
}

impl XeroClient {
    /// Reads the organisation (`GET /Organisation`).
    pub async fn organisation(&self, token: &SecretString, tenant: &TenantId) -> Result<OrganisationRead, XeroError> {
        let call = about(&self.settings.accounting_url, token, tenant, &["Organisation"]);
        let read = Read { call: "organisation", payroll: false };
        let (body, trace) = self.read::<Organisations>(read, call.build()).await?;
        // Only the name must be there. Any other field that cannot be read counts as not told, and whoever needs it
        // asks.
        let named = |row: OrganisationBody| Some((line(row.name.text()?), row));
        let Some((name, organisation)) = body.organisations.read.into_iter().find_map(named) else {
            return Err(trace.unreadable("there is no organisation with a name in it"));
        };
        let told = |text: &Text| text.text().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(OrganisationRead {
            name,
            country_code: told(&organisation.country_code).unwrap_or_default(),
            short_code: told(&organisation.short_code),
            timezone: told(&organisation.timezone),
            class: told(&organisation.class),
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
        let payroll = body.actions.read.iter().find(|action| action.name.text() == Some("AdministerPayroll"));
        Ok(match payroll.and_then(|action| action.status.text()) {
            Some("ALLOWED") => PayrollAdministration::Allowed,
            Some("NOT-ALLOWED") => PayrollAdministration::NotAllowed,
            _ => PayrollAdministration::Unknown,
        })
    }
}

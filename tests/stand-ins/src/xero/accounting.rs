//! The accounting endpoints that the product uses: the organisation, what the caller may do in it, and its users.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::api::{Refusal, envelope, tenant_call};
use crate::canaries::XERO_USER_CANARY;
use crate::organisations::{Member, Organisation, PayrollState};
use crate::world::World;

const SCOPES: [&str; 2] = ["accounting.settings.read", "accounting.settings"];

fn answer(
    world: &World,
    headers: &HeaderMap,
    name: &str,
    rows: impl FnOnce(&Member, &Organisation) -> Vec<Value>,
) -> Result<Response, Refusal> {
    let now = world.now();
    let mut state = world.state();
    let (member, organisation) = tenant_call(&mut state, headers, now, SCOPES)?;
    Ok(envelope(&mut state, headers, now, name, rows(&member, &organisation)))
}

/// `GET /api.xro/2.0/Organisation`
pub(crate) async fn organisation(State(world): State<World>, headers: HeaderMap) -> Response {
    answer(&world, &headers, "Organisations", |_, organisation| {
        vec![json!({
            "OrganisationID": organisation.tenant_id,
            "Name": organisation.name,
            "LegalName": format!("{} Pty Ltd", organisation.name),
            "CountryCode": organisation.country_code,
            "Version": organisation.version,
            "BaseCurrency": organisation.base_currency,
            "IsDemoCompany": organisation.class == "DEMO",
            "OrganisationStatus": "ACTIVE",
            "OrganisationType": "COMPANY",
            "OrganisationEntityType": "COMPANY",
            "PaysTax": true,
            "Timezone": organisation.timezone,
            "ShortCode": organisation.short_code,
            "Edition": "BUSINESS",
            "Class": organisation.class,
            "CreatedDateUTC": "/Date(1672531200000)/",
            "TaxNumber": "CANARY-TAX-NUMBER",
            "Addresses": [{ "AddressType": "STREET", "AddressLine1": "CANARY-ADDRESS", "City": "Springfield" }],
            "Phones": [{ "PhoneType": "OFFICE", "PhoneNumber": "CANARY-PHONE" }],
        })]
    })
    .unwrap_or_else(|refusal| *refusal)
}

/// `GET /api.xro/2.0/Organisation/Actions`
pub(crate) async fn actions(State(world): State<World>, headers: HeaderMap) -> Response {
    answer(&world, &headers, "Actions", |member, organisation| {
        let payroll = organisation.payroll != PayrollState::NotOffered && member.payroll_administrator;
        [("CreateApprovedInvoice", true), ("AdministerPayroll", payroll)]
            .into_iter()
            .map(|(name, allowed)| json!({ "Name": name, "Status": if allowed { "ALLOWED" } else { "NOT-ALLOWED" } }))
            .collect()
    })
    .unwrap_or_else(|refusal| *refusal)
}

/// `GET /api.xro/2.0/Users`
pub(crate) async fn users(State(world): State<World>, headers: HeaderMap) -> Response {
    answer(&world, &headers, "Users", |_, organisation| {
        organisation
            .users
            .iter()
            .map(|user| {
                let mut row = json!({
                    "UserID": user.user_id,
                    "FirstName": user.first_name,
                    "LastName": user.last_name,
                    "UpdatedDateUTC": format!("/Date({XERO_USER_CANARY}+0000)/"),
                    "IsSubscriber": user.is_subscriber,
                    "OrganisationRole": user.role,
                });
                if let Some(email) = &user.email {
                    row["EmailAddress"] = json!(email);
                }
                row
            })
            .collect()
    })
    .unwrap_or_else(|refusal| *refusal)
}

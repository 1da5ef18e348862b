//! Checks whether the people can be read, before an import is offered.

use axum::extract::State;
use axum::response::Response;
use domain::country::PeopleSource;
use domain::fault::Causes;
use domain::obstacle::ConnectionTrouble;
use domain::tenant::Tenant;
use http::HeaderMap;
use secrecy::SecretString;
use visiting::{Visitor, own_tenant};
use web::pages::{MorePermissionPage, PayrollRolePage};
use web::{Problem, page_in};
use xero::{PayrollAdministration, XeroError};

use crate::xero_callback::Callback;

/// The page that asks for the permission to read payroll.
const PERMISSION: &str = "/organisations/permission";

/// The page that says that the login has no payroll role.
const PAYROLL_ROLE: &str = "/organisations/payroll";

/// What is in the way of reading the people, where `path` leads to the page that says so.
pub(crate) fn in_the_way(path: &str) -> Option<ConnectionTrouble> {
    match path {
        PERMISSION => Some(ConnectionTrouble::PermissionMissing),
        PAYROLL_ROLE => Some(ConnectionTrouble::NoPayrollAdministrator),
        _ => None,
    }
}

/// The path after the organisation is confirmed: the next step, or the page that says what is in the way. Xero's answer
/// is only a hint; reading payroll for the plan decides.
pub(crate) async fn next_after_confirming(
    callback: &Callback,
    token: &SecretString,
    tenant: &Tenant,
    may_read_payroll: bool,
) -> &'static str {
    match tenant.organisation.country.people_source() {
        PeopleSource::XeroUsers => return "/preview",
        PeopleSource::PayrollEmployees => {}
    }
    if !may_read_payroll {
        return PERMISSION;
    }
    match callback.xero.client.organisation_actions(token, &tenant.organisation.tenant).await {
        // A login that Xero refuses there brings nothing that another does not have.
        Ok(PayrollAdministration::NotAllowed)
        | Err(XeroError::Forbidden { .. } | XeroError::ForbiddenWithoutReason { .. }) => PAYROLL_ROLE,
        Ok(PayrollAdministration::Allowed | PayrollAdministration::Unknown) => "/preview",
        Err(error) => {
            tracing::warn!(error = %Causes(&error), "Xero did not tell whether the user administers payroll");
            "/preview"
        }
    }
}

/// `GET /organisations/permission`: why Xero asks once more.
pub(crate) async fn permission(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let (visitor, tenant) = confirmed(&callback, &headers).await?;
    let view = MorePermissionPage { organisation: tenant.organisation.name };
    Ok(page_in(&callback.visitors.site, &visitor.frame(), &view))
}

/// `GET /organisations/payroll`: the login has no payroll role.
pub(crate) async fn payroll_role(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let (visitor, tenant) = confirmed(&callback, &headers).await?;
    let view = PayrollRolePage {
        form_token: visitor.form_token(),
        portal_exists: tenant.is_settled(),
        organisation: tenant.organisation.name,
    };
    Ok(page_in(&callback.visitors.site, &visitor.frame(), &view))
}

async fn confirmed(callback: &Callback, headers: &HeaderMap) -> Result<(Visitor, Tenant), Problem> {
    let visitor = callback.visitors.require(headers).await?;
    let tenant = own_tenant(&*callback.state, &visitor.sign_up).await?.ok_or_else(|| visitor.wrong_step())?;
    Ok((visitor, tenant))
}

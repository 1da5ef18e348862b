//! Erasing what we hold: asked for, confirmed, done once. Whoever presses again is shown the receipt.

use application::erasure::EraseError;
use application::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::clock::sha256_hex;
use domain::ids::ReceiptId;
use domain::session::Administrator;
use http::{HeaderMap, StatusCode};
use platform::telemetry::Causes;
use web::forms::{EraseForm, parse};
use web::pages::{EraseNotice, ErasePage, PortalOrganisation};
use web::responses::{page_with_status_in, see_other};
use web::{Problem, SessionId};

use crate::Addon;

/// How many characters of a digest name a receipt.
const RECEIPT_LENGTH: usize = 32;

/// `GET /portal/erase`: what goes and what stays.
pub(crate) async fn ask(State(addon): State<Addon>, headers: HeaderMap) -> Result<Response, Problem> {
    match addon.visitors.require_administrator(&headers).await {
        Ok((visitor, administrator)) => page(&addon, &visitor, administrator, StatusCode::OK, None).await,
        Err(problem) => receipt_or(&addon, &headers, problem).await,
    }
}

/// `POST /portal/erase`.
pub(crate) async fn erase(State(addon): State<Addon>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let form: EraseForm = parse(&body)?;
    let (visitor, administrator) = match visitors.require_administrator_press(&headers, &form.form_token).await {
        Ok(pressed) => pressed,
        Err(problem) => return receipt_or(&addon, &headers, problem).await,
    };
    let tenant = addon.tenant(&visitor).await?;
    let portal = addon.portal(&administrator.portal).await?;
    let known = form.imports_accepted.ok_or(Problem::BadRequest)?;
    let receipt = receipt_of(&visitor.session);
    match addon.erasing.erase(&addon.xero, &portal, &tenant, known, receipt).await {
        Ok(receipt) => Ok(see_other(&format!("/portal/receipts/{}", receipt.id))),
        Err(EraseError::ImportActive(import)) => Err(Problem::EraseWhileRunning { import }),
        Err(EraseError::Erased) => Err(Problem::PortalSignedOut),
        Err(EraseError::Outdated) => {
            page(&addon, &visitor, administrator, StatusCode::CONFLICT, Some(EraseNotice::Outdated)).await
        }
        Err(EraseError::Xero(error)) => {
            tracing::warn!(error = %Causes(&error), portal = %portal.id, "an erasure waits for Xero");
            let notice = Some(EraseNotice::XeroUnavailable);
            page(&addon, &visitor, administrator, StatusCode::SERVICE_UNAVAILABLE, notice).await
        }
        Err(EraseError::State(error)) => Err(visitors.failed(&error)),
    }
}

async fn page(
    addon: &Addon,
    visitor: &Visitor,
    administrator: Administrator,
    status: StatusCode,
    notice: Option<EraseNotice>,
) -> Result<Response, Problem> {
    let tenant = addon.tenant(visitor).await?;
    let portal = addon.portal(&administrator.portal).await?;
    let view = ErasePage {
        form_token: visitor.form_token(),
        domain: portal.domain,
        organisation: PortalOrganisation::of(&tenant),
        places_used: portal.places_used,
        running: portal.active_import,
        begun: portal.erased_at.is_some(),
        imports_accepted: portal.imports_accepted,
        notice,
    };
    Ok(page_with_status_in(&addon.visitors.site, &visitor.frame(), status, &view))
}

/// The receipt of what this browser's session has erased, itself among it; else `problem`. So pressing twice, or again
/// after an answer that was lost, leads to the receipt.
async fn receipt_or(addon: &Addon, headers: &HeaderMap, problem: Problem) -> Result<Response, Problem> {
    let Some(session) = SessionId::from_headers(headers).filter(|_| problem == Problem::PortalSignedOut) else {
        return Err(problem);
    };
    let receipt = addon.erasing.erasures.find_receipt(&receipt_of(&session)).await;
    match receipt.map_err(|error| addon.visitors.failed(&error))? {
        Some(receipt) => Ok(see_other(&format!("/portal/receipts/{}", receipt.id))),
        None => Err(problem),
    }
}

/// What a session's receipt is named by: as hard to guess as the session, which it does not tell.
fn receipt_of(session: &SessionId) -> ReceiptId {
    let mut digest = sha256_hex(&format!("receipt|{}", session.hash()));
    digest.truncate(RECEIPT_LENGTH);
    ReceiptId::new(digest)
}

//! Erases what we store about a portal, after a confirmation. A repeated request shows the receipt.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::clock::sha256_hex;
use domain::erasure::{Erasure, Receipt};
use domain::fault::Causes;
use domain::ids::ReceiptId;
use domain::session::Administrator;
use domain::tenant::{Disconnection, Organisation};
use http::{HeaderMap, StatusCode};
use importing::erasure::EraseError;
use planning::still_administrator;
use visiting::Visitor;
use web::forms::{EraseForm, parse};
use web::pages::{EraseNotice, ErasePage, PortalOrganisation};
use web::responses::{forgetting, page_with_status_in, see_other};
use web::{Problem, SessionId};
use xero_access::{XeroAccessError, give_back_others};

use crate::addon::Addon;

/// How many characters of a digest name a receipt.
const RECEIPT_LENGTH: usize = 32;

/// `GET /portal/erase`: says what is removed and what stays, and asks for a confirmation.
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
    // What was begun is finished by whoever comes.
    if portal.erased_at.is_none() {
        still_administrator(&addon.go1, visitors, &visitor, &administrator).await?;
    }
    let receipt = receipt_of(&visitor.session);
    let begun = addon.eraser().begin(&portal, &tenant, known, receipt).await;
    let erased = match begun {
        Ok(erasure) => finish_erasure(&addon, &erasure).await,
        Err(error) => Err(error.into()),
    };
    match erased {
        // Their session is over with it, and what the browser keeps of its pages is to go as well.
        Ok(receipt) => Ok(forgetting(see_other(&format!("/portal/receipts/{}", receipt.id)))),
        Err(NotErased::Refused(EraseError::ImportActive(import))) => Err(Problem::EraseWhileRunning { import }),
        Err(NotErased::Refused(EraseError::Erased)) => Err(Problem::PortalSignedOut),
        Err(NotErased::Refused(EraseError::Outdated)) => {
            page(&addon, &visitor, administrator, StatusCode::CONFLICT, Some(EraseNotice::Outdated)).await
        }
        Err(NotErased::Xero(error)) => {
            tracing::warn!(error = %Causes(&error), portal = %portal.id, "an erasure waits for Xero");
            let notice = Some(EraseNotice::XeroUnavailable);
            page(&addon, &visitor, administrator, StatusCode::SERVICE_UNAVAILABLE, notice).await
        }
        Err(NotErased::Refused(EraseError::State(error))) => Err(error.into()),
    }
}

/// Why the erasure is not complete.
enum NotErased {
    /// It was not begun, or the table failed. The sweeper finishes what was begun.
    Refused(EraseError),
    /// Xero does not answer. The erasure is begun, and nothing is removed yet.
    Xero(XeroAccessError),
}

impl<E: Into<EraseError>> From<E> for NotErased {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Finishes an erasure. The connection at Xero is removed first, while we still have access to it, then everything in
/// the table.
async fn finish_erasure(addon: &Addon, erasure: &Erasure) -> Result<Receipt, NotErased> {
    let eraser = addon.eraser();
    if let Some(tenant) = eraser.connected_tenant(erasure).await? {
        let gone = if let Some(gone) = tenant.disconnected {
            gone
        } else {
            let connection = &tenant.organisation.connection;
            let removed = addon.xero.remove_connection(&tenant.xero_user, connection).await;
            let removed_at_xero = removed.map_err(NotErased::Xero)?;
            let gone = Disconnection { at: addon.visitors.clock.now(), removed_at_xero };
            eraser.disconnected(erasure, &gone).await?;
            gone
        };
        addon.xero.end_unless_connected(&tenant.xero_user).await.map_err(NotErased::Xero)?;
        let Organisation { tenant: id, connection, .. } = &tenant.organisation;
        give_back_others(&addon.xero, &*addon.state, id, connection).await?;
        eraser.access_ended(erasure, &gone).await?;
    }
    Ok(eraser.erase_all(erasure).await?)
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

/// The receipt of the erasure that this session confirmed, which also erased the session; else `problem`. So a repeated
/// request, also after a lost answer, leads to the receipt.
async fn receipt_or(addon: &Addon, headers: &HeaderMap, problem: Problem) -> Result<Response, Problem> {
    let Some(session) = SessionId::from_headers(headers).filter(|_| problem == Problem::PortalSignedOut) else {
        return Err(problem);
    };
    match addon.state.find_receipt(&receipt_of(&session)).await? {
        Some(receipt) => Ok(see_other(&format!("/portal/receipts/{}", receipt.id))),
        None => Err(problem),
    }
}

/// The id of a session's receipt. It is as hard to guess as the session id, and does not reveal it.
fn receipt_of(session: &SessionId) -> ReceiptId {
    let mut digest = sha256_hex(&format!("receipt|{}", session.hash()));
    digest.truncate(RECEIPT_LENGTH);
    ReceiptId::new(digest)
}

//! The receipt of an erasure: what was removed. It names nobody, so whoever has its address may read it, also without a
//! session.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::erasure::Receipt;
use domain::ids::ReceiptId;
use http::HeaderMap;
use web::pages::ReceiptPage;
use web::{Problem, page_in, responses};

use crate::addon::Addon;

/// `GET /portal/receipts/{receipt}`.
pub(crate) async fn show(
    State(addon): State<Addon>,
    Path(id): Path<ReceiptId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let receipt = find(&addon, &id).await?;
    let frame = addon.visitors.frame_by(&headers).await;
    Ok(page_in(&addon.visitors.site, &frame, &ReceiptPage { receipt }))
}

/// `GET /portal/receipts/{receipt}/text`.
pub(crate) async fn download(State(addon): State<Addon>, Path(id): Path<ReceiptId>) -> Result<Response, Problem> {
    let page = ReceiptPage { receipt: find(&addon, &id).await? };
    let (name, text) = (page.file_name(), page.text());
    Ok(responses::download(&addon.visitors.site, "text/plain; charset=utf-8", &name, text))
}

/// The receipt, where it is still kept. The table deletes late.
async fn find(addon: &Addon, id: &ReceiptId) -> Result<Receipt, Problem> {
    let visitors = &addon.visitors;
    let receipt = addon.state.find_receipt(id).await?;
    receipt.filter(|receipt| visitors.clock.now() < receipt.expires_at()).ok_or(Problem::NotFound)
}

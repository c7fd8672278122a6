//! What is done with a purchase order: handed in, decided by another person, received, ended.

use axum::extract::State;
use inventory::purchase::{self, Delivery, PurchaseId, PurchaseLineId};
use inventory::receive::Line;
use kernel::{Actor, Fault, LocationId, Result as Fallible};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::purchase_view::{PurchaseView, seen};
use super::verdict::{HowWord, LineVerdict};
use super::{LINES_MAX, NAMES};
use crate::http::app::{App, Written};
use crate::http::extract::{At, Body};
use crate::http::wire::{counted, given, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(receive))
        .routes(routes!(close_short))
        .routes(routes!(cancel))
}

/// Hand an order in: another person decides.
#[utoipa::path(
    post, path = "/api/v1/purchases/{id}/submit", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PurchaseView))
)]
async fn submit(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
) -> Written<PurchaseView> {
    app.write(&actor, async move |tx| {
        purchase::submit(tx, id).await?;
        seen(tx, id).await
    })
    .await
}

/// Which order was looked at.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovePurchase {
    /// The order's `version` as it was seen.
    version: i64,
}

/// Approve an order.
///
/// By finance or the owner. 409 `inventory.purchase_own` for somebody who wrote it, unless the ISP does without
/// a second person; 409 `inventory.purchase_changed` when it was changed after it was seen.
#[utoipa::path(
    post, path = "/api/v1/purchases/{id}/approve", params(("id" = uuid::Uuid, Path)),
    request_body = ApprovePurchase, responses((status = 200, body = PurchaseView))
)]
async fn approve(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
    Body(body): Body<ApprovePurchase>,
) -> Written<PurchaseView> {
    app.write(&actor, async move |tx| {
        purchase::approve(tx, id, body.version).await?;
        seen(tx, id).await
    })
    .await
}

/// Why an order is rejected or ended.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PurchaseReason {
    reason: String,
}

/// Reject an order: who wrote it may change it and hand it in again.
#[utoipa::path(
    post, path = "/api/v1/purchases/{id}/reject", params(("id" = uuid::Uuid, Path)),
    request_body = PurchaseReason, responses((status = 200, body = PurchaseView))
)]
async fn reject(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
    Body(body): Body<PurchaseReason>,
) -> Written<PurchaseView> {
    app.write(&actor, async move |tx| {
        purchase::reject(tx, id, &body.reason).await?;
        seen(tx, id).await
    })
    .await
}

/// End an order of which not everything has come.
#[utoipa::path(
    post, path = "/api/v1/purchases/{id}/close-short", params(("id" = uuid::Uuid, Path)),
    request_body = PurchaseReason, responses((status = 200, body = PurchaseView))
)]
async fn close_short(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
    Body(body): Body<PurchaseReason>,
) -> Written<PurchaseView> {
    app.write(&actor, async move |tx| {
        purchase::close_short(tx, id, &body.reason).await?;
        seen(tx, id).await
    })
    .await
}

/// Cancel an order of which nothing has come.
#[utoipa::path(
    post, path = "/api/v1/purchases/{id}/cancel", params(("id" = uuid::Uuid, Path)),
    request_body = PurchaseReason, responses((status = 200, body = PurchaseView))
)]
async fn cancel(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
    Body(body): Body<PurchaseReason>,
) -> Written<PurchaseView> {
    app.write(&actor, async move |tx| {
        purchase::cancel(tx, id, &body.reason).await?;
        seen(tx, id).await
    })
    .await
}

/// What came in for one line.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PurchaseDelivery {
    #[schema(value_type = String, format = Uuid)]
    line_id: PurchaseLineId,
    /// 1–500 labels, for what has serials.
    labels: Option<Vec<PurchaseLabel>>,
    /// In the type's unit, for counted goods.
    quantity: Option<i64>,
    /// Another warehouse of the order's branch.
    #[schema(value_type = Option<String>, format = Uuid)]
    warehouse_id: Option<LocationId>,
    /// The supplier's delivery note.
    document: Option<String>,
    #[serde(default)]
    how: HowWord,
    /// Why they were typed and not scanned.
    reason: Option<String>,
    /// Why more is taken than was ordered; left out, nothing more is.
    more_because: Option<String>,
}

/// A scanned label.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PurchaseLabel {
    serial: String,
    mac: Option<String>,
}

/// What became of a delivery.
#[derive(Serialize, ToSchema)]
struct PurchaseReceived {
    /// A verdict for each label, in their order; none for counted goods.
    lines: Vec<LineVerdict>,
    purchase: PurchaseView,
}

/// Receive goods for a line of an approved order.
///
/// A verdict for each label: a wrong one keeps none of the others out, and the same label again changes nothing.
/// Never more than was ordered, unless `more_because` says why it is taken.
#[utoipa::path(
    post, path = "/api/v1/purchases/{id}/receive", params(("id" = uuid::Uuid, Path)),
    request_body = PurchaseDelivery, responses((status = 200, body = PurchaseReceived))
)]
async fn receive(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
    Body(body): Body<PurchaseDelivery>,
) -> Written<PurchaseReceived> {
    if body.labels.is_some() == body.quantity.is_some() {
        let (id, en) = ("isi label atau jumlah, salah satu", "give labels or a quantity");
        return Err(Fault::field("labels", "choice", id, en).into());
    }
    if let Some(labels) = &body.labels {
        counted("labels", labels.len(), LINES_MAX)?;
    }
    let how = body.how.checked(body.reason.as_deref())?;
    app.write(&actor, async move |tx| {
        let delivery = Delivery {
            warehouse: body.warehouse_id,
            note: given(body.document.as_deref()).unwrap_or_default(),
            more_because: body.more_because.as_deref(),
            how: &how,
        };
        let lines = came(tx, id, &body, &delivery).await;
        let lines = lines.map_err(|fault| on_wire(fault, NAMES))?;
        Ok(PurchaseReceived { lines, purchase: seen(tx, id).await? })
    })
    .await
}

async fn came(
    tx: &mut Tx,
    id: PurchaseId,
    body: &PurchaseDelivery,
    delivery: &Delivery<'_>,
) -> Fallible<Vec<LineVerdict>> {
    if let Some(quantity) = body.quantity {
        // One request counts once; a request sent again is stopped by its Idempotency-Key.
        let key = format!("request:{}", tx.trail());
        purchase::receive_counted(tx, id, body.line_id, quantity, delivery, &key).await?;
        return Ok(Vec::new());
    }
    let label = |label: &PurchaseLabel| Line {
        mac: given(label.mac.as_deref()).map(str::to_owned),
        serial: label.serial.clone(),
    };
    let labels: Vec<Line> = body.labels.iter().flatten().map(label).collect();
    let done = purchase::receive_scanned(tx, id, body.line_id, &labels, delivery).await?;
    let lines = labels.into_iter().zip(done.verdicts);
    Ok(lines.map(|(line, verdict)| LineVerdict::of(line, verdict)).collect())
}

//! Goods in, by continuous scan.

use axum::extract::State;
use inventory::receive::{self, Line};
use kernel::{Actor, ItemTypeId, LocationId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::verdict::{HowWord, LineVerdict, LineVerdicts};
use super::{LINES_MAX, NAMES};
use crate::http::app::{App, Written};
use crate::http::extract::Body;
use crate::http::wire::{counted, given, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(receive))
}

/// A delivery as scanned.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Delivery {
    #[schema(value_type = String, format = Uuid)]
    warehouse_id: LocationId,
    #[schema(value_type = String, format = Uuid)]
    type_id: ItemTypeId,
    /// The delivery note's or order's number.
    document: Option<String>,
    #[serde(default)]
    how: HowWord,
    /// Why they were typed and not scanned.
    reason: Option<String>,
    /// 1–500.
    lines: Vec<DeliveryLine>,
}

/// A scanned label.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeliveryLine {
    serial: String,
    mac: Option<String>,
}

/// Receive devices into a warehouse.
///
/// A verdict for each line: a wrong one keeps none of the others out. The same label again changes
/// nothing and says so.
#[utoipa::path(
    post, path = "/api/v1/items/receive", request_body = Delivery,
    responses((status = 200, body = LineVerdicts))
)]
async fn receive(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<Delivery>,
) -> Written<LineVerdicts> {
    counted("lines", body.lines.len(), LINES_MAX)?;
    let document = given(body.document.as_deref()).unwrap_or_default().to_owned();
    let how = body.how.checked(body.reason.as_deref())?;
    let line = |line: DeliveryLine| Line {
        mac: given(line.mac.as_deref()).map(str::to_owned),
        serial: line.serial,
    };
    let lines: Vec<Line> = body.lines.into_iter().map(line).collect();
    let (warehouse, kind) = (body.warehouse_id, body.type_id);
    app.write(&actor, async move |tx| {
        let verdicts = receive::receive(tx, warehouse, kind, &lines, &how, &document).await;
        let verdicts = verdicts.map_err(|fault| on_wire(fault, NAMES))?;
        let lines = lines.into_iter().zip(verdicts);
        Ok(LineVerdicts { lines: lines.map(|(line, v)| LineVerdict::of(line, v)).collect() })
    })
    .await
}

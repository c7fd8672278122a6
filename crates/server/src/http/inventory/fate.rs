//! One item leaves the ordinary way: returned, to the supplier, scrapped, lost, tested.

use axum::extract::State;
use inventory::transfer::{self, Fate};
use inventory::{How, find};
use kernel::{Actor, Fault, LocationId, Result as Fallible};
use serde::Deserialize;
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use super::items::{ItemView, seen};
use super::verdict::HowWord;
use crate::http::app::{App, Written};
use crate::http::extract::{At, Body};
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(give_back))
        .routes(routes!(rma))
        .routes(routes!(scrap))
        .routes(routes!(lost))
        .routes(routes!(tested))
}

/// Where an item goes back to.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GiveBack {
    /// A warehouse.
    #[schema(value_type = String, format = Uuid)]
    to_location_id: LocationId,
    reason: Option<String>,
    /// `picked` when left out.
    how: Option<HowWord>,
    /// Why the serial was typed and not scanned.
    typed_because: Option<String>,
}

/// Why an item leaves.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemReason {
    reason: Option<String>,
    /// `picked` when left out.
    how: Option<HowWord>,
    /// Why the serial was typed and not scanned.
    typed_because: Option<String>,
}

/// How the serial came in, where `reason` says why the item leaves.
pub(super) fn typed(how: HowWord, because: Option<&str>) -> Fallible<How> {
    how.checked(because).map_err(|fault| on_wire(fault, &[("reason", "typed_because")]))
}

async fn part(
    app: &App,
    actor: &Actor,
    serial: &str,
    fate: Fate,
    body: &ItemReason,
) -> Written<ItemView> {
    let how = typed(body.how.unwrap_or(HowWord::Picked), body.typed_because.as_deref())?;
    let reason = body.reason.as_deref().unwrap_or_default();
    app.write(actor, async move |tx: &mut Tx| {
        let actor = tx.actor().clone();
        let item = find::by_serial(tx, &actor.scope, serial).await?;
        let parted = transfer::part_with(tx, item.id, fate, &how, reason).await;
        parted.map_err(|fault| on_wire(fault, NAMES))?;
        seen(tx, &actor, &item.serial).await
    })
    .await
}

/// Return an item to a warehouse, to be tested.
#[utoipa::path(
    post, path = "/api/v1/items/{serial}/return", params(("serial" = String, Path)),
    request_body = GiveBack, responses((status = 200, body = ItemView))
)]
async fn give_back(
    State(app): State<App>,
    actor: Actor,
    At(serial): At<String>,
    Body(body): Body<GiveBack>,
) -> Written<ItemView> {
    let fate = Fate::Returned(body.to_location_id);
    let GiveBack { reason, how, typed_because, .. } = body;
    part(&app, &actor, &serial, fate, &ItemReason { reason, how, typed_because }).await
}

/// Send an item to the supplier for repair.
#[utoipa::path(
    post, path = "/api/v1/items/{serial}/rma", params(("serial" = String, Path)),
    request_body = ItemReason, responses((status = 200, body = ItemView))
)]
async fn rma(
    State(app): State<App>,
    actor: Actor,
    At(serial): At<String>,
    Body(body): Body<ItemReason>,
) -> Written<ItemView> {
    part(&app, &actor, &serial, Fate::Rma, &body).await
}

/// Scrap an item. Final; needs a reason.
#[utoipa::path(
    post, path = "/api/v1/items/{serial}/scrap", params(("serial" = String, Path)),
    request_body = ItemReason, responses((status = 200, body = ItemView))
)]
async fn scrap(
    State(app): State<App>,
    actor: Actor,
    At(serial): At<String>,
    Body(body): Body<ItemReason>,
) -> Written<ItemView> {
    part(&app, &actor, &serial, Fate::Scrapped, &body).await
}

/// Write an item off as lost; needs a reason.
#[utoipa::path(
    post, path = "/api/v1/items/{serial}/lost", params(("serial" = String, Path)),
    request_body = ItemReason, responses((status = 200, body = ItemView))
)]
async fn lost(
    State(app): State<App>,
    actor: Actor,
    At(serial): At<String>,
    Body(body): Body<ItemReason>,
) -> Written<ItemView> {
    part(&app, &actor, &serial, Fate::Lost, &body).await
}

/// A returned, repaired or found item is fine and in stock again.
#[utoipa::path(
    post, path = "/api/v1/items/{serial}/tested", params(("serial" = String, Path)),
    request_body = GiveBack, responses((status = 200, body = ItemView))
)]
async fn tested(
    State(app): State<App>,
    actor: Actor,
    At(serial): At<String>,
    Body(body): Body<GiveBack>,
) -> Written<ItemView> {
    let how = typed(body.how.unwrap_or(HowWord::Picked), body.typed_because.as_deref())?;
    app.write(&actor, async move |tx: &mut Tx| {
        let actor = tx.actor().clone();
        let item = find::by_serial(tx, &actor.scope, &serial).await?;
        let place = inventory::location::find(tx, &actor.scope, body.to_location_id).await?;
        if place.kind != inventory::LocationKind::Warehouse {
            let (id, en) = ("bukan gudang", "is not a warehouse");
            return Err(Fault::field("to_location_id", "kind", id, en));
        }
        transfer::tested(tx, item.id, place.id, &how).await?;
        seen(tx, &actor, &item.serial).await
    })
    .await
}

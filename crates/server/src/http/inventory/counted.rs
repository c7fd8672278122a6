//! Counted stock: cable in metres, connectors by the piece.

use axum::Json;
use axum::extract::State;
use inventory::bulk::{self, BulkMove, Level};
use inventory::location;
use kernel::{Actor, Fault, ItemTypeId, LocationId, Result as Fallible, Scope};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};
use crate::http::wire::{given, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(levels)).routes(routes!(shift))
}

/// What a place holds of one counted type.
#[derive(Serialize, ToSchema)]
pub(super) struct LevelView {
    #[schema(value_type = String, format = Uuid)]
    type_id: ItemTypeId,
    code: String,
    name: String,
    /// `m`, `pcs`.
    unit: String,
    quantity: i64,
}

impl From<Level> for LevelView {
    fn from(level: Level) -> Self {
        Self {
            type_id: level.type_id,
            code: level.sku,
            name: level.name,
            unit: level.unit,
            quantity: level.quantity,
        }
    }
}

/// What a place holds of counted stock.
#[utoipa::path(
    get, path = "/api/v1/locations/{id}/stock", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<LevelView>))
)]
async fn levels(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LocationId>,
) -> Reply<Listing<LevelView>> {
    let mut reader = app.reader();
    let place = location::find(&mut reader, &actor.scope, id).await?;
    let levels = bulk::levels(&mut reader, place.id).await?;
    Ok(Json(Listing::whole(levels.into_iter().map(LevelView::from).collect())))
}

/// A movement of counted stock.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountedMove {
    #[schema(value_type = String, format = Uuid)]
    type_id: ItemTypeId,
    /// Null: from outside, a delivery.
    #[schema(value_type = Option<String>, format = Uuid)]
    from_location_id: Option<LocationId>,
    /// Null: used up.
    #[schema(value_type = Option<String>, format = Uuid)]
    to_location_id: Option<LocationId>,
    /// In the type's unit, above 0.
    quantity: i64,
    document: Option<String>,
}

/// What the places of a movement hold now.
#[derive(Serialize, ToSchema)]
struct CountedMoved {
    /// Null when it came from outside.
    from: Option<Vec<LevelView>>,
    /// Null when it was used up.
    to: Option<Vec<LevelView>>,
}

/// Move counted stock: a delivery in, from place to place, or used up.
///
/// 409 `inventory.not_enough` says what the place holds.
#[utoipa::path(
    post, path = "/api/v1/moves/counted", request_body = CountedMove,
    responses((status = 200, body = CountedMoved))
)]
async fn shift(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<CountedMove>,
) -> Written<CountedMoved> {
    if body.from_location_id == body.to_location_id {
        let (id, en) = ("asal dan tujuan harus berbeda", "must differ from where it comes from");
        return Err(Fault::field("to_location_id", "same", id, en).into());
    }
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        known(tx, &scope, body.from_location_id).await?;
        known(tx, &scope, body.to_location_id).await?;
        let moved = BulkMove {
            item_type: body.type_id,
            from: body.from_location_id,
            to: body.to_location_id,
            quantity: body.quantity,
            document: given(body.document.as_deref()).unwrap_or_default(),
            // One request moves once; a request sent again is stopped by its Idempotency-Key.
            key: &format!("request:{}", tx.trail()),
        };
        bulk::shift(tx, &moved).await.map_err(|fault| on_wire(fault, NAMES))?;
        Ok(CountedMoved {
            from: held(tx, body.from_location_id).await?,
            to: held(tx, body.to_location_id).await?,
        })
    })
    .await
}

async fn known(tx: &mut Tx, scope: &Scope, id: Option<LocationId>) -> Fallible<()> {
    match id {
        Some(id) => location::find(tx, scope, id).await.map(drop),
        None => Ok(()),
    }
}

async fn held(tx: &mut Tx, id: Option<LocationId>) -> Fallible<Option<Vec<LevelView>>> {
    let Some(id) = id else { return Ok(None) };
    Ok(Some(bulk::levels(tx, id).await?.into_iter().map(LevelView::from).collect()))
}

/// A quantity that is left out, or is none.
pub(super) fn in_range(quantity: i64) -> Fallible<()> {
    if (1..=bulk::QUANTITY_MAX).contains(&quantity) {
        return Ok(());
    }
    Err(bulk::quantity_out_of_range())
}

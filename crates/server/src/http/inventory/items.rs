//! Items: the list, where one is now, everything it went through.

use axum::Json;
use axum::extract::State;
use flows::views::items::{self, ItemFilter, ItemRow, MoveRow};
use inventory::{ItemState, LocationKind, Owner, find};
use kernel::{
    Actor, BranchId, CustomerId, Fault, ItemId, ItemTypeId, LocationId, Permission,
    Result as Fallible, SubscriptionId, Ts,
};
use serde::{Deserialize, Serialize};
use store::Query;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::can::Can;
use crate::http::extract::{At, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(history))
}

/// A serialized item and its one place.
#[derive(Serialize, ToSchema)]
pub(super) struct ItemView {
    #[schema(value_type = String, format = Uuid)]
    pub(super) id: ItemId,
    pub(super) serial: String,
    pub(super) mac: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    type_id: ItemTypeId,
    pub(super) type_name: String,
    /// `in_stock`, `in_transit`, `installed`, `returned`, `rma`, `scrapped` or `lost`.
    #[schema(value_type = String)]
    state: ItemState,
    /// `isp` or `customer`.
    #[schema(value_type = String)]
    pub(super) owner: Owner,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
    /// `warehouse`, `bag`, `site`, `supplier`, `scrap` or `lost`.
    #[schema(value_type = String)]
    location_kind: LocationKind,
    /// At a site the customer's name, for those who may read customers.
    location_name: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    /// Whose site it is at; null for those who may not read customers.
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    /// The bag that was offered the item and has not accepted it.
    offered_to: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
    can: ItemCan,
}

/// What can be done with an item now.
#[derive(Serialize, ToSchema)]
struct ItemCan {
    transfer: Can,
    #[serde(rename = "return")]
    give_back: Can,
    rma: Can,
    scrap: Can,
    lose: Can,
    test: Can,
}

impl ItemCan {
    fn of(row: &ItemRow, actor: &Actor) -> Self {
        let can = |next: ItemState| {
            let may = actor.require(Permission::StockWrite);
            Can::when(may.and_then(|()| row.state.become_(next, &row.serial)))
        };
        Self {
            transfer: Can::when(
                actor
                    .require(Permission::StockWrite)
                    .and_then(|()| row.state.hand_on(ItemState::InTransit, &row.serial)),
            ),
            give_back: can(ItemState::Returned),
            rma: can(ItemState::Rma),
            scrap: can(ItemState::Scrapped),
            lose: can(ItemState::Lost),
            test: can(ItemState::InStock),
        }
    }
}

impl ItemView {
    pub(super) fn of(row: ItemRow, actor: &Actor) -> Self {
        let knows = actor.may(Permission::CustomerRead);
        Self {
            can: ItemCan::of(&row, actor),
            location_name: row.customer_name.filter(|_| knows).unwrap_or(row.location_name),
            customer_id: row.customer_id.filter(|_| knows),
            id: row.id,
            serial: row.serial,
            mac: row.mac,
            type_id: row.type_id,
            type_name: row.type_name,
            state: row.state,
            owner: row.owner,
            branch_id: row.branch_id,
            location_id: row.location_id,
            location_kind: row.location_kind,
            subscription_id: row.subscription_id,
            offered_to: row.offered_to,
            received_at: row.received_at,
        }
    }
}

/// The item of a serial, MAC or label, as the reader sees it.
///
/// # Errors
/// `inventory.item_not_found`, also when out of scope.
pub(super) async fn seen(q: &mut dyn Query, actor: &Actor, serial: &str) -> Fallible<ItemView> {
    let id = find::by_serial(q, &actor.scope, serial).await?.id;
    let row = items::find(q, &actor.scope, id).await?;
    row.map(|row| ItemView::of(row, actor)).ok_or_else(|| {
        Fault::not_found(
            "inventory.item_not_found",
            "Barang dengan nomor itu tidak ada.",
            "There is no item with that number.",
        )
    })
}

/// The query of the items' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ItemQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of a serial, or of a MAC in any notation.
    q: Option<String>,
    #[param(value_type = Option<String>)]
    state: Option<ItemState>,
    #[param(value_type = Option<String>)]
    location: Option<LocationId>,
    #[param(value_type = Option<String>, rename = "type")]
    #[serde(rename = "type")]
    item_type: Option<ItemTypeId>,
}

/// Items by serial.
#[utoipa::path(
    get, path = "/api/v1/items", params(ItemQuery), responses((status = 200, body = Listing<ItemView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ItemQuery>,
) -> Reply<Listing<ItemView>> {
    let limit = page_size(query.limit);
    let filter = ItemFilter {
        text: query.q,
        state: query.state,
        location: query.location,
        item_type: query.item_type,
    };
    let after = query.after.as_deref();
    let rows = items::list(&mut app.reader(), &actor.scope, &filter, after, limit + 1).await?;
    let view = |row| ItemView::of(row, &actor);
    Ok(Json(Listing::page(rows, limit, |row| row.serial.clone(), view)))
}

/// Where is this serial now?
///
/// A MAC in any notation and the text of our label's QR code find it too.
#[utoipa::path(
    get, path = "/api/v1/items/{serial}", params(("serial" = String, Path)),
    responses((status = 200, body = ItemView))
)]
async fn one(State(app): State<App>, actor: Actor, At(serial): At<String>) -> Reply<ItemView> {
    Ok(Json(seen(&mut app.reader(), &actor, &serial).await?))
}

/// One step of an item's life.
#[derive(Serialize, ToSchema)]
struct MoveView {
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    by: String,
    /// Null: it came in.
    from: Option<String>,
    to: String,
    /// What it became.
    #[schema(value_type = String)]
    state: ItemState,
    /// `scanned`, `typed` or `program`.
    how: String,
    /// Why it was typed and not scanned.
    reason: Option<String>,
    /// Delivery note, transfer, work order.
    document: Option<String>,
}

impl MoveView {
    fn of(row: MoveRow, knows: bool) -> Self {
        let from = row.from_customer.filter(|_| knows).or(row.from_name);
        Self {
            at: row.at,
            by: row.actor_name,
            from,
            to: row.to_customer.filter(|_| knows).unwrap_or(row.to_name),
            state: row.to_state,
            how: row.how,
            reason: row.reason,
            document: Some(row.document).filter(|document| !document.is_empty()),
        }
    }
}

/// Everything an item went through, newest first.
#[utoipa::path(
    get, path = "/api/v1/items/{serial}/history", params(("serial" = String, Path)),
    responses((status = 200, body = Listing<MoveView>))
)]
async fn history(
    State(app): State<App>,
    actor: Actor,
    At(serial): At<String>,
) -> Reply<Listing<MoveView>> {
    let mut reader = app.reader();
    let item = find::by_serial(&mut reader, &actor.scope, &serial).await?;
    let rows = items::history(&mut reader, item.id).await?;
    let knows = actor.may(Permission::CustomerRead);
    Ok(Json(Listing::whole(rows.into_iter().map(|row| MoveView::of(row, knows)).collect())))
}

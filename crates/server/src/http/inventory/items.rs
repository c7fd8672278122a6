//! Items: the list, where one is now, everything it went through.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use flows::views::items::{self, ItemFilter, ItemRow, ItemSort, MoveRow};
use flows::views::order::{Order, Way};
use inventory::purchase::PurchaseId;
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
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{At, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export))
        .routes(routes!(one))
        .routes(routes!(history))
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
    /// The purchase order that it came by; null without one, and for those who may not read orders.
    #[schema(value_type = Option<String>, format = Uuid)]
    purchase_id: Option<PurchaseId>,
    purchase_number: Option<String>,
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
        let buys = actor.may(Permission::PurchaseRead);
        Self {
            purchase_id: row.purchase_id.filter(|_| buys),
            purchase_number: row.purchase_number.clone().filter(|_| buys),
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
    /// Those that came by this purchase order.
    #[param(value_type = Option<String>)]
    purchase: Option<PurchaseId>,
    /// `serial` (when not given) or `received`.
    #[param(value_type = Option<String>)]
    sort: Option<ItemSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl ItemQuery {
    fn filter(self) -> ItemFilter {
        ItemFilter {
            text: self.q,
            state: self.state,
            location: self.location,
            item_type: self.item_type,
            purchase: self.purchase,
            order: Order::of(self.sort, self.dir),
        }
    }
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &ItemFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<ItemView>> {
    let after = cursor::read(after)?;
    let rows = items::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &ItemRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, |row| ItemView::of(row, actor)))
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
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter();
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

const FILE: Sheet<ItemView> = Sheet {
    list: "items",
    name: ("barang", "items"),
    columns: &[
        col("Nomor seri", "Serial", |v, _| v.serial.as_str().into()),
        col("MAC", "MAC", |v, _| v.mac.clone().into()),
        col("Jenis", "Type", |v, _| v.type_name.as_str().into()),
        col("Status", "State", |v, w| w.word("item", v.state.as_str())),
        col("Lokasi", "Location", |v, _| v.location_name.as_str().into()),
        col("Ditawarkan ke", "Offered to", |v, _| v.offered_to.clone().into()),
        col("Diterima", "Received", |v, w| w.at(v.received_at)),
    ],
};

/// Items of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/items/export", params(ItemQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ItemQuery>,
    file: File,
) -> Result<Response, Problem> {
    let filter = query.filter();
    let mut out = export::begin(&app, &actor, &FILE, file).await?;
    let mut after = None;
    loop {
        let page = page(&mut app.reader(), &actor, &filter, after.as_deref(), export::PAGE).await?;
        after = out.put(page).await?;
        if after.is_none() {
            return out.finish().await;
        }
    }
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

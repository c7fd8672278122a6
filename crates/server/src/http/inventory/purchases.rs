//! Purchase orders: the list, one order, writing and changing it.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use flows::views::order::{Order, Way};
use flows::views::purchases::{self as view, PurchaseFilter, PurchaseRow, PurchaseSort, Which};
use inventory::purchase::{self, NewLine, NewPurchase, PurchaseId, PurchaseState};
use inventory::supplier::SupplierId;
use kernel::{Actor, Day, Fault, ItemTypeId, LocationId, Money, Result as Fallible};
use serde::Deserialize;
use store::Query;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use super::purchase_view::{FILE, PurchaseRowView, PurchaseView, seen, whole};
use crate::http::app::{App, Reply, Written};
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(export))
        .routes(routes!(one, amend))
}

/// The query of the orders' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PurchaseQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the number, or of the supplier's name.
    q: Option<String>,
    /// A state, or `to_receive`: whatever is still to come.
    state: Option<String>,
    #[param(value_type = Option<String>)]
    supplier: Option<SupplierId>,
    /// `newest` (when not given), `expected` or `total`.
    #[param(value_type = Option<String>)]
    sort: Option<PurchaseSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl PurchaseQuery {
    fn filter(self) -> Fallible<PurchaseFilter> {
        Ok(PurchaseFilter {
            text: self.q,
            which: self.state.as_deref().map(which).transpose()?,
            supplier: self.supplier,
            order: Order::of(self.sort, self.dir),
        })
    }
}

const TO_RECEIVE: &str = "to_receive";

fn which(word: &str) -> Fallible<Which> {
    if word == TO_RECEIVE {
        return Ok(Which::ToReceive);
    }
    PurchaseState::parse(word).map(Which::State).ok_or_else(|| {
        let all: Vec<&str> = PurchaseState::ALL.iter().map(|state| state.as_str()).collect();
        let all = format!("{}, {TO_RECEIVE}", all.join(", "));
        let (id, en) = (format!("harus salah satu dari: {all}"), format!("must be one of: {all}"));
        Fault::field("state", "choice", id, en)
    })
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &PurchaseFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<PurchaseRowView>> {
    let after = cursor::read(after)?;
    let rows = view::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &PurchaseRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, PurchaseRowView::from))
}

/// Purchase orders, newest first.
#[utoipa::path(
    get, path = "/api/v1/purchases", params(PurchaseQuery),
    responses((status = 200, body = Listing<PurchaseRowView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<PurchaseQuery>,
) -> Reply<Listing<PurchaseRowView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter()?;
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

/// Purchase orders of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/purchases/export", params(PurchaseQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<PurchaseQuery>,
    file: File,
) -> Result<Response, Problem> {
    let filter = query.filter()?;
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

/// One purchase order with its lines, what came in, and its story.
#[utoipa::path(
    get, path = "/api/v1/purchases/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PurchaseView))
)]
async fn one(State(app): State<App>, actor: Actor, At(id): At<PurchaseId>) -> Reply<PurchaseView> {
    Ok(Json(whole(&mut app.reader(), &actor, id).await?))
}

/// An order as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnterPurchase {
    #[schema(value_type = String, format = Uuid)]
    supplier_id: SupplierId,
    /// Where the goods are expected; its branch is the order's.
    #[schema(value_type = String, format = Uuid)]
    warehouse_id: LocationId,
    /// 1–200.
    lines: Vec<EnterPurchaseLine>,
    note: Option<String>,
    /// Today or later.
    #[schema(value_type = Option<String>, format = Date)]
    expected_on: Option<Day>,
}

/// A line as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnterPurchaseLine {
    #[schema(value_type = String, format = Uuid)]
    type_id: ItemTypeId,
    /// In the type's unit: 1–1,000,000.
    quantity: i64,
    /// Rupiah for one unit.
    #[schema(value_type = i64)]
    price: Money,
}

impl From<EnterPurchase> for NewPurchase {
    fn from(body: EnterPurchase) -> Self {
        let line = |line: EnterPurchaseLine| NewLine {
            item_type: line.type_id,
            quantity: line.quantity,
            price: line.price,
        };
        Self {
            supplier: body.supplier_id,
            warehouse: body.warehouse_id,
            lines: body.lines.into_iter().map(line).collect(),
            note: body.note,
            expected_on: body.expected_on,
        }
    }
}

/// Write a purchase order: a draft.
#[utoipa::path(
    post, path = "/api/v1/purchases", request_body = EnterPurchase,
    responses((status = 201, body = PurchaseView))
)]
async fn create(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<EnterPurchase>,
) -> Written<PurchaseView> {
    let new = NewPurchase::from(body);
    app.create(&actor, async move |tx| {
        let made = purchase::create(tx, &new).await.map_err(|fault| on_wire(fault, NAMES))?;
        seen(tx, made.id).await
    })
    .await
}

/// Change an order that is not approved yet.
///
/// One that was handed in or rejected is a draft again.
#[utoipa::path(
    put, path = "/api/v1/purchases/{id}", params(("id" = uuid::Uuid, Path)),
    request_body = EnterPurchase, responses((status = 200, body = PurchaseView))
)]
async fn amend(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PurchaseId>,
    Body(body): Body<EnterPurchase>,
) -> Written<PurchaseView> {
    let new = NewPurchase::from(body);
    app.write(&actor, async move |tx| {
        purchase::amend(tx, id, &new).await.map_err(|fault| on_wire(fault, NAMES))?;
        seen(tx, id).await
    })
    .await
}

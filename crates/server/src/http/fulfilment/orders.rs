//! Work orders for the office: the list, the board, one order, a new one.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use crm::place::Place;
use flows::dispatch::{self, NewVisit};
use flows::views::order::{Order, Way};
use flows::views::work_orders::{self, WorkOrderFilter, WorkOrderRow, WorkOrderSort};
use fulfilment::{Kind, State as OrderState};
use kernel::{
    Actor, Day, Fault, Field, OdpId, Result as Fallible, SubscriptionId, Ts, UserId, WorkOrderId,
};
use serde::Deserialize;
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use super::view::{FILE, WorkOrderRowView, WorkOrderView};
use crate::http::app::{App, Reply, Written};
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, open)).routes(routes!(export)).routes(routes!(find))
}

/// The query of the work orders' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WorkOrderQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// The number, or words of the customer's name, phone or address.
    q: Option<String>,
    /// A state, or `unfinished`: whatever somebody still has to do.
    state: Option<String>,
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    #[param(value_type = Option<String>)]
    technician: Option<UserId>,
    #[param(value_type = Option<String>)]
    subscription: Option<SubscriptionId>,
    #[param(value_type = Option<String>)]
    scheduled_on: Option<Day>,
    /// `true`: only those whose evidence NOC should look at.
    #[serde(default)]
    review: bool,
    /// Done from this instant on.
    #[param(value_type = Option<String>, format = DateTime)]
    done_from: Option<Ts>,
    /// Done before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    done_until: Option<Ts>,
    /// `newest`, `scheduled` or `done`; when not given `scheduled` of unfinished ones, else `newest`.
    #[param(value_type = Option<String>)]
    sort: Option<WorkOrderSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl WorkOrderQuery {
    fn filter(self) -> Fallible<WorkOrderFilter> {
        let unfinished = self.state.as_deref() == Some("unfinished");
        let state = self.state.filter(|_| !unfinished).map(|word| known(&word)).transpose()?;
        let usual = unfinished.then_some(WorkOrderSort::Scheduled);
        Ok(WorkOrderFilter {
            done_from: self.done_from,
            done_until: self.done_until,
            order: Order::of(self.sort.or(usual), self.dir),
            text: self.q,
            state,
            unfinished,
            kind: self.kind,
            technician: self.technician,
            subscription: self.subscription,
            scheduled_on: self.scheduled_on,
            review: self.review,
        })
    }
}

fn known(word: &str) -> Fallible<OrderState> {
    OrderState::parse(word).ok_or_else(|| {
        let all: Vec<&str> = OrderState::ALL.iter().map(|state| state.as_str()).collect();
        let all = format!("{}, unfinished", all.join(", "));
        let (id, en) = (format!("harus salah satu dari: {all}"), format!("must be one of: {all}"));
        Fault::fields(vec![Field::new("state", "choice", id, en)])
    })
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &WorkOrderFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<WorkOrderRowView>> {
    let after = cursor::read(after)?;
    let rows = work_orders::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &WorkOrderRow| cursor::write(&filter.order.place(row));
    let page = Listing::page(rows, limit, place, |row| row);
    let items = WorkOrderRowView::all(q, page.items, actor).await?;
    Ok(Listing { items, next: page.next })
}

/// Work orders, newest first; with `state=unfinished` by day, for the board.
///
/// A technician finds the own ones, a reseller those of the own sub-customers.
#[utoipa::path(
    get, path = "/api/v1/work-orders", params(WorkOrderQuery),
    responses((status = 200, body = Listing<WorkOrderRowView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<WorkOrderQuery>,
) -> Reply<Listing<WorkOrderRowView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter()?;
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

/// Work orders of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/work-orders/export", params(WorkOrderQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<WorkOrderQuery>,
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

/// The work order as the reader may see it.
pub(super) async fn seen(
    q: &mut dyn Query,
    actor: &Actor,
    id: WorkOrderId,
) -> Fallible<WorkOrderView> {
    let page = work_orders::page(q, &actor.scope, id).await?;
    WorkOrderView::of(q, page, actor).await
}

/// The work order as the transaction sees it.
pub(super) async fn seen_in(tx: &mut Tx, id: WorkOrderId) -> Fallible<WorkOrderView> {
    let actor = tx.actor().clone();
    seen(tx, &actor, id).await
}

/// One work order, with its evidence and story.
#[utoipa::path(
    get, path = "/api/v1/work-orders/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = WorkOrderView))
)]
async fn find(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
) -> Reply<WorkOrderView> {
    Ok(Json(seen(&mut app.reader(), &actor, id).await?))
}

/// A visit that somebody asks for.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenWorkOrder {
    /// `repair`, `swap`, `move`, `dismantle`, or `install` again after a cancelled one.
    #[schema(value_type = String)]
    kind: Kind,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    /// On a move where to; the customer's when left out.
    address: Option<String>,
    /// The pin of the address given; the customer's when neither is.
    lat: Option<f64>,
    lon: Option<f64>,
    /// On a move: the ODP there; the nearest with a free port when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    odp_id: Option<OdpId>,
    /// The ODP given may be farther away than it reaches.
    #[serde(default)]
    beyond_reach: bool,
    #[serde(default)]
    note: String,
}

/// Open a work order.
///
/// 409 `flows.no_visit` when the subscription's state has no use for it.
#[utoipa::path(
    post, path = "/api/v1/work-orders", request_body = OpenWorkOrder,
    responses((status = 201, body = WorkOrderView))
)]
async fn open(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<OpenWorkOrder>,
) -> Written<WorkOrderView> {
    let visit = NewVisit {
        kind: body.kind,
        subscription: body.subscription_id,
        address: body.address,
        place: Place::maybe(body.lat, body.lon)?.map(|place| (place.lat, place.lon)),
        odp: body.odp_id,
        beyond_reach: body.beyond_reach,
        note: body.note,
    };
    app.create(&actor, async move |tx| {
        let order = dispatch::open(tx, visit).await.map_err(|fault| on_wire(fault, NAMES))?;
        seen_in(tx, order.id).await
    })
    .await
}

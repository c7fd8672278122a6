//! Customers: the list, one whole, changing their own data, the map.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use billing::words::SubscriptionState;
use crm::customer::{Amendment, Customer, CustomerKind};
use documents::table::Cell;
use flows::views::chain;
use flows::views::customers::{
    self, CustomerAround, CustomerFilter, CustomerPin, CustomerRow, CustomerSort,
};
use flows::views::order::{Order, Way};
use kernel::{
    Actor, BranchId, CustomerId, Lang, Money, PartnerId, Permission, Phone, Result as Fallible, Ts,
};
use serde::{Deserialize, Serialize};
use store::{Lock, Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::chain::ChainView;
use super::coverage::BoundsQuery;
use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::{on_wire, there};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export))
        .routes(routes!(pins))
        .routes(routes!(find, change))
        .routes(routes!(reassign))
}

/// A customer in a list.
#[derive(Serialize, ToSchema)]
struct CustomerLine {
    #[schema(value_type = String, format = Uuid)]
    id: CustomerId,
    /// `C000123`.
    number: String,
    name: String,
    /// `personal` or `corporate`.
    #[schema(value_type = String)]
    kind: CustomerKind,
    #[schema(value_type = String)]
    phone: Phone,
    address: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: String,
    partner_name: Option<String>,
    /// Of their subscriptions' states the one that most needs somebody; null without subscriptions.
    #[schema(value_type = Option<String>)]
    state: Option<SubscriptionState>,
    /// Subscriptions that are not over.
    subscriptions: i64,
    /// What all issued invoices together still want, in rupiah; null for those who may not see invoices.
    #[schema(value_type = Option<i64>)]
    outstanding: Option<Money>,
}

impl CustomerLine {
    fn of(row: CustomerRow, actor: &Actor) -> Self {
        Self {
            id: row.id,
            number: row.number,
            name: row.name,
            kind: row.kind,
            phone: row.phone,
            address: row.address,
            branch_id: row.branch_id,
            branch_name: row.branch_name,
            partner_name: row.partner_name,
            state: row.state,
            subscriptions: row.subscriptions,
            outstanding: actor.may(Permission::InvoiceRead).then_some(row.outstanding),
        }
    }
}

/// The query of the customers' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CustomerQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the number, name, phone or address, or a whole user name.
    q: Option<String>,
    /// Customers with a subscription in this state.
    #[param(value_type = Option<String>)]
    state: Option<SubscriptionState>,
    /// Customers of this reseller.
    #[param(value_type = Option<String>)]
    partner: Option<PartnerId>,
    /// `newest` (when not given) or `name`.
    #[param(value_type = Option<String>)]
    sort: Option<CustomerSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl CustomerQuery {
    fn filter(self, actor: &Actor) -> CustomerFilter {
        CustomerFilter {
            text: self.q,
            whole: false,
            by_account: actor.may(Permission::OnlineRead),
            state: self.state,
            partner: self.partner,
            order: Order::of(self.sort, self.dir),
        }
    }
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &CustomerFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<CustomerLine>> {
    let after = cursor::read(after)?;
    let rows = customers::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &CustomerRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, |row| CustomerLine::of(row, actor)))
}

/// Customers, newest first.
#[utoipa::path(
    get, path = "/api/v1/customers", params(CustomerQuery),
    responses((status = 200, body = Listing<CustomerLine>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<CustomerQuery>,
) -> Reply<Listing<CustomerLine>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter(&actor);
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

const FILE: Sheet<CustomerLine> = Sheet {
    list: "customers",
    name: ("pelanggan", "customers"),
    columns: &[
        col("Nomor", "Number", |v, _| v.number.as_str().into()),
        col("Nama", "Name", |v, _| v.name.as_str().into()),
        col("Jenis", "Kind", |v, w| w.word("kind", v.kind.as_str())),
        col("HP", "Phone", |v, _| v.phone.as_str().into()),
        col("Alamat", "Address", |v, _| v.address.as_str().into()),
        col("Cabang", "Branch", |v, _| v.branch_name.as_str().into()),
        col("Mitra", "Reseller", |v, _| v.partner_name.clone().into()),
        col("Status", "State", |v, w| {
            v.state.map_or(Cell::Empty, |s| w.word("subscription", s.as_str()))
        }),
        col("Langganan", "Subscriptions", |v, _| v.subscriptions.into()),
        col("Belum dibayar", "Outstanding", |v: &CustomerLine, _| v.outstanding.into())
            .needs(Permission::InvoiceRead),
    ],
};

/// Customers of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/customers/export", params(CustomerQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<CustomerQuery>,
    file: File,
) -> Result<Response, Problem> {
    let filter = query.filter(&actor);
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

/// A customer on the map.
#[derive(Serialize, ToSchema)]
struct PinView {
    #[schema(value_type = String, format = Uuid)]
    id: CustomerId,
    number: String,
    name: String,
    lat: f64,
    lon: f64,
    #[schema(value_type = Option<String>)]
    state: Option<SubscriptionState>,
}

impl From<CustomerPin> for PinView {
    fn from(pin: CustomerPin) -> Self {
        let CustomerPin { id, number, name, lat, lon, state } = pin;
        Self { id, number, name, lat, lon, state }
    }
}

/// Pins of one part of the map.
#[derive(Serialize, ToSchema)]
struct Pins {
    items: Vec<PinView>,
    /// There are more in this part of the map: look closer.
    more: bool,
}

/// Most pins that one answer has.
const PINS_MAX: usize = 5_000;

/// Customers on the map.
///
/// At most 5,000; `more` says that the part of the map has others.
#[utoipa::path(
    get, path = "/api/v1/customers/pins", params(BoundsQuery), responses((status = 200, body = Pins))
)]
async fn pins(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<BoundsQuery>,
) -> Reply<Pins> {
    let bounds = query.bounds()?;
    let limit = i64::try_from(PINS_MAX).unwrap_or(i64::MAX) + 1;
    let mut rows = customers::pins(&mut app.reader(), &actor.scope, bounds, limit).await?;
    let more = rows.len() > PINS_MAX;
    rows.truncate(PINS_MAX);
    Ok(Json(Pins { items: rows.into_iter().map(PinView::from).collect(), more }))
}

/// A customer, whole: with names, sums and the chain of each subscription.
#[derive(Serialize, ToSchema)]
struct CustomerView {
    #[schema(value_type = String, format = Uuid)]
    id: CustomerId,
    number: String,
    name: String,
    #[schema(value_type = String)]
    kind: CustomerKind,
    #[schema(value_type = String)]
    phone: Phone,
    email: Option<String>,
    npwp: Option<String>,
    /// A NIK is kept, sealed. It is never shown here.
    has_nik: bool,
    address: String,
    lat: Option<f64>,
    lon: Option<f64>,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    partner_name: Option<String>,
    sold_by_name: Option<String>,
    channel: String,
    withholds_pph23: bool,
    withholds_wapu: bool,
    external_id: Option<String>,
    /// `id` or `en`.
    lang: String,
    /// What all issued invoices together still want; null for those who may not see invoices.
    #[schema(value_type = Option<i64>)]
    outstanding: Option<Money>,
    /// Money received that no invoice has taken; null for those who may not see payments.
    #[schema(value_type = Option<i64>)]
    credit: Option<Money>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Ts>,
    subscriptions: Vec<ChainView>,
    can: CustomerCan,
}

/// What can be done with a customer now.
#[derive(Serialize, ToSchema)]
struct CustomerCan {
    amend: Can,
    reassign: Can,
}

impl CustomerView {
    fn of(
        customer: Customer,
        around: CustomerAround,
        subscriptions: Vec<ChainView>,
        actor: &Actor,
    ) -> Self {
        Self {
            can: CustomerCan {
                amend: Can::when(actor.require(Permission::CustomerWrite)),
                reassign: Can::when(actor.require(Permission::SettingsWrite)),
            },
            has_nik: customer.has_nik(),
            id: customer.id,
            number: customer.number,
            name: customer.name,
            kind: customer.kind,
            phone: customer.phone,
            email: customer.email,
            npwp: customer.npwp,
            address: customer.address,
            lat: customer.lat,
            lon: customer.lon,
            branch_id: customer.branch_id,
            branch_name: around.branch_name,
            partner_id: customer.partner_id,
            partner_name: around.partner_name,
            sold_by_name: around.sold_by_name,
            channel: customer.channel.to_string(),
            withholds_pph23: customer.withholds_pph23,
            withholds_wapu: customer.withholds_wapu,
            external_id: customer.external_id,
            lang: customer.lang,
            outstanding: actor.may(Permission::InvoiceRead).then_some(around.outstanding),
            credit: actor.may(Permission::PaymentRead).then_some(around.credit),
            created_at: customer.created_at,
            archived_at: customer.archived_at,
            subscriptions,
        }
    }
}

/// The customer as a transaction or the reader sees it.
async fn whole(
    q: &mut dyn Query,
    actor: &Actor,
    id: CustomerId,
    now: Ts,
) -> Fallible<CustomerView> {
    let customer = crm::customer::find(q, &actor.scope, id).await?;
    let around = customers::around(q, id).await?;
    let chains = chain::of_customer(q, &actor.scope, id).await?;
    let catalog = catalog::current(q).await?;
    let today = now.day(catalog.zone(customer.branch_id));
    let view = |row| ChainView::of(row, &catalog, today, actor);
    Ok(CustomerView::of(customer, around, chains.into_iter().map(view).collect(), actor))
}

/// One customer, whole.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CustomerView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<CustomerId>) -> Reply<CustomerView> {
    Ok(Json(whole(&mut app.reader(), &actor, id, app.now()).await?))
}

/// What changes about a customer: fields that are left out stay as they are, null empties.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerPatch {
    name: Option<String>,
    /// `personal` or `corporate`.
    #[schema(value_type = Option<String>)]
    kind: Option<CustomerKind>,
    phone: Option<String>,
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// 16 digits; kept sealed. It can be replaced, not emptied.
    nik: Option<String>,
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<String>)]
    npwp: Option<Option<String>>,
    address: Option<String>,
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<f64>)]
    lat: Option<Option<f64>>,
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<f64>)]
    lon: Option<Option<f64>>,
    withholds_pph23: Option<bool>,
    withholds_wapu: Option<bool>,
    /// `id` or `en`.
    #[schema(value_type = Option<String>)]
    lang: Option<Lang>,
}

impl CustomerPatch {
    fn over(self, was: Customer) -> Amendment {
        Amendment {
            lang: self.lang.unwrap_or_else(|| was.language()),
            name: self.name.unwrap_or(was.name),
            kind: self.kind.unwrap_or(was.kind),
            phone: self.phone.unwrap_or_else(|| was.phone.as_str().to_owned()),
            email: self.email.unwrap_or(was.email),
            nik: self.nik,
            npwp: self.npwp.unwrap_or(was.npwp),
            address: self.address.unwrap_or(was.address),
            lat: self.lat.unwrap_or(was.lat),
            lon: self.lon.unwrap_or(was.lon),
            withholds_pph23: self.withholds_pph23.unwrap_or(was.withholds_pph23),
            withholds_wapu: self.withholds_wapu.unwrap_or(was.withholds_wapu),
        }
    }
}

/// Change a customer's own data.
///
/// Fields that are left out stay; null empties. What a firm withholds counts from its next payment on.
/// Number, branch, reseller and seller do not change here.
#[utoipa::path(
    patch, path = "/api/v1/customers/{id}", params(("id" = uuid::Uuid, Path)),
    request_body = CustomerPatch, responses((status = 200, body = CustomerView))
)]
async fn change(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CustomerId>,
    Body(body): Body<CustomerPatch>,
) -> Written<CustomerView> {
    app.write(&actor, async move |tx: &mut Tx| {
        // What the patch leaves out is read here: two patches at once must not undo each other.
        tx.lock(Lock::Named(&format!("customer:{id}"))).await?;
        let actor = tx.actor().clone();
        let was = crm::customer::find(tx, &actor.scope, id).await?;
        flows::customers::amend(tx, id, body.over(was)).await?;
        let now = tx.now();
        whole(tx, &actor, id, now).await
    })
    .await
}

/// Whose a customer is from now on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReassignCustomer {
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    /// A reseller of that branch; null or left out: our own customer.
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
}

/// Give a customer to another branch or reseller.
///
/// Subscriptions, invoices, payments, accounts, work orders, messages and the devices at the site go along.
/// Again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/reassign", params(("id" = uuid::Uuid, Path)),
    request_body = ReassignCustomer, responses((status = 200, body = CustomerView))
)]
async fn reassign(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CustomerId>,
    Body(body): Body<ReassignCustomer>,
) -> Written<CustomerView> {
    app.write(&actor, async move |tx: &mut Tx| {
        let done = flows::customers::reassign(tx, id, body.branch_id, body.partner_id).await;
        done.map_err(|fault| {
            on_wire(fault, &[("branch", "branch_id"), ("partner", "partner_id")])
        })?;
        let (actor, now) = (tx.actor().clone(), tx.now());
        whole(tx, &actor, id, now).await
    })
    .await
}

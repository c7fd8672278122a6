//! What the reseller's portal shows: the home, their own customers with their connection, their commission.

use axum::Json;
use axum::extract::State;
use billing::words::SubscriptionState;
use flows::views::online::{self, Condition};
use flows::views::reseller::{self, CommissionRow, Home, OwnFilter, OwnRow};
use kernel::{
    Actor, CommissionId, CustomerId, Day, InvoiceId, Money, PartnerId, Phone, SubscriptionId, Ts,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::context;
use crate::http::extract::{At, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(customers))
        .routes(routes!(commissions))
}

/// A reseller's home.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerHome)]
struct HomeView {
    #[schema(value_type = i64)]
    balance: Money,
    /// What a claw-back could not take: recovered first from later credits.
    #[schema(value_type = i64)]
    debt: Money,
    #[schema(value_type = String, format = Date)]
    today: Day,
    /// Payments of own customers today, through whatever channel.
    sales_count: i64,
    #[schema(value_type = i64)]
    sales: Money,
    /// Open invoices that are due until `due_until`, and what they want.
    due_count: i64,
    #[schema(value_type = i64)]
    due: Money,
    #[schema(value_type = String, format = Date)]
    due_until: Day,
    #[schema(value_type = i64)]
    commission_today: Money,
    #[schema(value_type = i64)]
    commission_month: Money,
    customers: i64,
    online: i64,
    isolated: i64,
}

impl From<Home> for HomeView {
    fn from(h: Home) -> Self {
        Self {
            balance: h.balance,
            debt: h.debt,
            today: h.today,
            sales_count: h.sales_count,
            sales: h.sales,
            due_count: h.due_count,
            due: h.due,
            due_until: h.today.plus_days(reseller::DUE_DAYS),
            commission_today: h.commission_today,
            commission_month: h.commission_month,
            customers: h.customers,
            online: h.online,
            isolated: h.isolated,
        }
    }
}

/// A reseller's home: balance, today's sales, what is due, commission.
#[utoipa::path(
    get, path = "/api/v1/partners/{id}/home", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = HomeView))
)]
async fn home(State(app): State<App>, actor: Actor, At(id): At<PartnerId>) -> Reply<HomeView> {
    Ok(Json(reseller::home(&mut app.reader(), &actor.scope, id, app.now()).await?.into()))
}

/// Which of the customers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OwnQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of number, name, phone or address.
    q: Option<String>,
    /// The subscription's state.
    #[param(value_type = Option<String>)]
    state: Option<SubscriptionState>,
    /// `true`: reaches the internet now; `false`: does not.
    online: Option<bool>,
    /// An open invoice is due until this day.
    #[param(value_type = Option<String>, format = Date)]
    due_until: Option<Day>,
}

/// A subscription of an own customer, with its connection.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerCustomer)]
struct OwnLine {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    name: String,
    #[schema(value_type = String)]
    phone: Phone,
    address: String,
    /// None: the customer has no subscription.
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    number: Option<String>,
    plan_name: Option<String>,
    #[schema(value_type = Option<String>)]
    state: Option<SubscriptionState>,
    #[schema(value_type = i64)]
    outstanding: Money,
    /// When the oldest open invoice was or is due.
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<Day>,
    /// `online`, `isolated`, `suspect` or `offline`.
    #[schema(value_type = String)]
    condition: Condition,
    /// Since when the session runs, or when the last one ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Ts>,
    /// Why it has the access that it has, in one sentence.
    why: Option<String>,
}

impl From<OwnRow> for OwnLine {
    fn from(row: OwnRow) -> Self {
        let condition = row.condition();
        let why = row.why.as_ref().map(|why| online::said(why).of(context::lang()).to_owned());
        Self {
            customer_id: row.customer_id,
            customer_number: row.customer_number,
            name: row.name,
            phone: row.phone,
            address: row.address,
            subscription_id: row.subscription_id,
            number: row.number,
            plan_name: row.plan_name,
            state: row.state,
            outstanding: row.outstanding,
            due_on: row.due_on,
            condition,
            since: row.seen_at,
            why: why.filter(|text| !text.is_empty()),
        }
    }
}

/// A reseller's customers, one row a subscription, with what is owed and whether it is online and why.
#[utoipa::path(
    get, path = "/api/v1/partners/{id}/customers", params(("id" = uuid::Uuid, Path), OwnQuery),
    responses((status = 200, body = Listing<OwnLine>))
)]
async fn customers(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PartnerId>,
    Search(query): Search<OwnQuery>,
) -> Reply<Listing<OwnLine>> {
    let limit = page_size(query.limit);
    let filter = OwnFilter {
        text: query.q,
        state: query.state,
        online: query.online,
        due_until: query.due_until,
    };
    let after = query.after.as_deref();
    let mut q = app.reader();
    let rows = reseller::customers(&mut q, &actor.scope, id, &filter, after, limit + 1).await?;
    Ok(Json(Listing::page(rows, limit, |row| row.key.clone(), OwnLine::from)))
}

/// Since when.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CommissionQuery {
    /// The last 90 days, when not given.
    #[param(value_type = Option<String>)]
    since: Option<Ts>,
}

/// What a rule yielded for a fully paid invoice.
#[derive(Serialize, ToSchema)]
struct CommissionView {
    #[schema(value_type = String, format = Uuid)]
    id: CommissionId,
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    invoice_number: Option<String>,
    /// Of one's own customers only.
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    customer_name: Option<String>,
    plan_name: Option<String>,
    /// The reseller whose sale it was.
    seller_code: Option<String>,
    /// A share of the commission of somebody below.
    from_below: bool,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    amount: Money,
    /// How it was computed.
    formula: String,
    /// The reseller paid that much less from the wallet: nothing more is credited.
    netted: bool,
    #[schema(value_type = String, format = DateTime)]
    accrued_at: Ts,
    /// Taken back with its payment.
    #[schema(value_type = Option<String>, format = DateTime)]
    taken_back_at: Option<Ts>,
}

impl From<CommissionRow> for CommissionView {
    fn from(c: CommissionRow) -> Self {
        Self {
            id: c.id,
            invoice_id: c.invoice_id,
            invoice_number: c.invoice_number,
            customer_id: c.customer_id,
            customer_name: c.customer_name,
            plan_name: c.plan_name,
            seller_code: c.seller_code,
            from_below: c.from_below,
            base: c.base,
            amount: c.amount,
            formula: c.formula,
            netted: c.netted,
            accrued_at: c.accrued_at,
            taken_back_at: c.taken_back_at,
        }
    }
}

/// A reseller's commission, newest first.
#[utoipa::path(
    get, path = "/api/v1/partners/{id}/commissions",
    params(("id" = uuid::Uuid, Path), CommissionQuery),
    responses((status = 200, body = Listing<CommissionView>))
)]
async fn commissions(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PartnerId>,
    Search(query): Search<CommissionQuery>,
) -> Reply<Listing<CommissionView>> {
    let since = query.since.unwrap_or_else(|| app.now().plus_days(-90));
    let rows = reseller::commissions(&mut app.reader(), &actor.scope, id, since).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(Into::into).collect())))
}

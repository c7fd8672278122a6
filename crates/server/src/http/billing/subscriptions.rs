//! Subscriptions: the list, and one of them with everything that was agreed about it.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use billing::extra::{self, ExtraId, ExtraRow};
use billing::plan_change::{self, ChangeRow, PlanChangeId};
use billing::subscription::{self, PauseView};
use billing::words::{Calendar, ChangeState, ExtraKind, Mode, PauseState, SubscriptionState};
use flows::views::narrow::Span;
use flows::views::order::{Order, Way};
use flows::views::subscriptions::{
    self as views, SubscriptionFilter, SubscriptionRow, SubscriptionSort,
};
use kernel::{
    Actor, BranchId, CustomerId, Day, InvoiceId, Money, PartnerId, PauseId, PlanId,
    Result as Fallible, SubscriptionId, Ts,
};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{At, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export)).routes(routes!(find))
}

/// What a list of subscriptions is narrowed by.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SubscriptionQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the number or label, or of the customer's name, number or phone.
    q: Option<String>,
    /// `pending_install`, `ready`, `active`, `isolated`, `paused`, `terminated` or `cancelled`.
    #[param(value_type = Option<String>)]
    state: Option<SubscriptionState>,
    /// `prepaid` or `postpaid`.
    #[param(value_type = Option<String>)]
    mode: Option<Mode>,
    #[param(value_type = Option<String>)]
    plan: Option<PlanId>,
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// Only those whose end the program proposes.
    #[serde(default)]
    to_terminate: bool,
    /// First day of use from this day on.
    #[param(value_type = Option<String>, format = Date)]
    activated_from: Option<Day>,
    /// First day of use until this day.
    #[param(value_type = Option<String>, format = Date)]
    activated_to: Option<Day>,
    /// Last day of use from this day on.
    #[param(value_type = Option<String>, format = Date)]
    terminated_from: Option<Day>,
    /// Last day of use until this day.
    #[param(value_type = Option<String>, format = Date)]
    terminated_to: Option<Day>,
    /// `newest` (when not given), `activated`, `terminated` or `next_issue`.
    #[param(value_type = Option<String>)]
    sort: Option<SubscriptionSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl SubscriptionQuery {
    fn filter(self) -> SubscriptionFilter {
        SubscriptionFilter {
            state: self.state,
            mode: self.mode,
            plan: self.plan,
            customer: self.customer,
            to_terminate: self.to_terminate,
            text: self.q,
            activated: Span { from: self.activated_from, to: self.activated_to },
            terminated: Span { from: self.terminated_from, to: self.terminated_to },
            order: Order::of(self.sort, self.dir),
        }
    }
}

/// A subscription in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = SubscriptionRow)]
pub(super) struct SubscriptionRowView {
    #[schema(value_type = String, format = Uuid)]
    id: SubscriptionId,
    number: String,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    customer_name: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    #[schema(value_type = String, format = Uuid)]
    plan_id: PlanId,
    plan_name: String,
    #[schema(value_type = String)]
    mode: Mode,
    /// `calendar` or `anniversary`.
    #[schema(value_type = String)]
    calendar: Calendar,
    #[schema(value_type = String)]
    state: SubscriptionState,
    label: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    activated_on: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    terminated_on: Option<Day>,
    /// Last day that an invoice covers.
    #[schema(value_type = Option<String>, format = Date)]
    billed_to: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    next_issue_on: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    termination_proposed_on: Option<Day>,
    #[schema(value_type = i64)]
    outstanding: Money,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
}

impl From<SubscriptionRow> for SubscriptionRowView {
    fn from(s: SubscriptionRow) -> Self {
        Self {
            id: s.id,
            number: s.number,
            customer_id: s.customer_id,
            customer_number: s.customer_number,
            customer_name: s.customer_name,
            branch_id: s.branch_id,
            partner_id: s.partner_id,
            plan_id: s.plan_id,
            plan_name: s.plan_name,
            mode: s.mode,
            calendar: s.calendar,
            state: s.state,
            label: s.label,
            activated_on: s.activated_on,
            terminated_on: s.terminated_on,
            billed_to: s.billed_to,
            next_issue_on: s.next_issue_on,
            termination_proposed_on: s.termination_proposed_on,
            outstanding: s.outstanding,
            created_at: s.created_at,
        }
    }
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &SubscriptionFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<SubscriptionRowView>> {
    let after = cursor::read(after)?;
    let rows = views::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &SubscriptionRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, SubscriptionRowView::from))
}

/// Subscriptions, newest first.
#[utoipa::path(
    get, path = "/api/v1/subscriptions", params(SubscriptionQuery),
    responses((status = 200, body = Listing<SubscriptionRowView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<SubscriptionQuery>,
) -> Reply<Listing<SubscriptionRowView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter();
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

const FILE: Sheet<SubscriptionRowView> = Sheet {
    list: "subscriptions",
    name: ("langganan", "subscriptions"),
    columns: &[
        col("Nomor", "Number", |v, _| v.number.as_str().into()),
        col("Nomor pelanggan", "Customer number", |v, _| v.customer_number.as_str().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_name.as_str().into()),
        col("Paket", "Plan", |v, _| v.plan_name.as_str().into()),
        col("Cara bayar", "Billing", |v, w| w.word("mode", v.mode.as_str())),
        col("Status", "State", |v, w| w.word("subscription", v.state.as_str())),
        col("Label", "Label", |v, _| v.label.clone().into()),
        col("Mulai", "Active since", |v, w| w.day(v.activated_on)),
        col("Berhenti", "Ended", |v, w| w.day(v.terminated_on)),
        col("Ditagih sampai", "Billed to", |v, w| w.day(v.billed_to)),
        col("Tagihan berikut", "Next invoice", |v, w| w.day(v.next_issue_on)),
        col("Belum dibayar", "Outstanding", |v, _| v.outstanding.into()),
        col("Dibuat", "Made", |v, w| w.at(v.created_at)),
    ],
};

/// Subscriptions of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/export", params(SubscriptionQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<SubscriptionQuery>,
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

/// A subscription with everything that was agreed about it.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(super) struct SubscriptionView {
    #[serde(flatten)]
    row: SubscriptionRowView,
    extras: Vec<ExtraView>,
    pauses: Vec<PauseWire>,
    plan_changes: Vec<ChangeView>,
}

/// An add-on or a discount.
#[derive(Serialize, ToSchema)]
#[schema(as = Extra)]
struct ExtraView {
    #[schema(value_type = String, format = Uuid)]
    id: ExtraId,
    /// `add_on` or `discount`.
    #[schema(value_type = String)]
    kind: ExtraKind,
    name: String,
    #[schema(value_type = i64)]
    amount: Money,
    /// Discount in basis points of the plan's lines; 0: the amount counts.
    percent_bp: i64,
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Day>,
    /// For so many periods.
    periods: Option<i64>,
    used: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Ts>,
}

impl From<ExtraRow> for ExtraView {
    fn from(e: ExtraRow) -> Self {
        Self {
            id: e.id,
            kind: e.kind,
            name: e.name,
            amount: e.amount,
            percent_bp: e.percent_bp,
            from: e.from_on,
            to: e.to_on,
            periods: e.periods,
            used: e.used,
            ended_at: e.archived_at,
        }
    }
}

/// A pause.
#[derive(Serialize, ToSchema)]
#[schema(as = Pause)]
struct PauseWire {
    #[schema(value_type = String, format = Uuid)]
    id: PauseId,
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Day>,
    /// `scheduled`, `running`, `done` or `cancelled`.
    #[schema(value_type = String)]
    state: PauseState,
}

impl From<PauseView> for PauseWire {
    fn from(p: PauseView) -> Self {
        Self { id: p.id, from: p.from_on, to: p.to_on, state: p.state }
    }
}

/// A change of plan.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanChange)]
struct ChangeView {
    #[schema(value_type = String, format = Uuid)]
    id: PlanChangeId,
    #[schema(value_type = String, format = Uuid)]
    old_plan_id: PlanId,
    #[schema(value_type = String, format = Uuid)]
    new_plan_id: PlanId,
    /// First day of the new plan.
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// `scheduled`, `waiting_payment`, `applied` or `cancelled`.
    #[schema(value_type = String)]
    state: ChangeState,
    /// The supplement to pay, of a prepaid upgrade.
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
}

impl From<ChangeRow> for ChangeView {
    fn from(c: ChangeRow) -> Self {
        Self {
            id: c.id,
            old_plan_id: c.old_plan,
            new_plan_id: c.new_plan,
            from: c.from_on,
            state: c.state,
            invoice_id: c.invoice_id,
        }
    }
}

pub(super) async fn view(
    q: &mut dyn Query,
    actor: &Actor,
    id: SubscriptionId,
) -> Fallible<SubscriptionView> {
    let row = views::find(q, &actor.scope, id).await?;
    let extras = extra::list(q, &actor.scope, id).await?;
    let pauses = subscription::pauses(q, &actor.scope, id).await?;
    let changes = plan_change::list(q, &actor.scope, id).await?;
    Ok(SubscriptionView {
        row: row.into(),
        extras: extras.into_iter().map(Into::into).collect(),
        pauses: pauses.into_iter().map(Into::into).collect(),
        plan_changes: changes.into_iter().map(Into::into).collect(),
    })
}

/// The subscription as the transaction sees it.
pub(super) async fn view_in(tx: &mut Tx, id: SubscriptionId) -> Fallible<SubscriptionView> {
    let actor = tx.actor().clone();
    view(tx, &actor, id).await
}

/// One subscription: add-ons, discounts, pauses, plan changes.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SubscriptionView))
)]
async fn find(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<SubscriptionView> {
    Ok(Json(view(&mut app.reader(), &actor, id).await?))
}

//! Changes of a subscription, and what each would cost before it is done: the preview is the very change,
//! taken back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::extra::{self, ExtraId, NewExtra};
use billing::plan_change::{self, PlanChangeId};
use billing::words::{ChangeState, ExtraKind, InvoiceKind};
use billing::{issue, owed, subscription};
use catalog::TaxMode;
use flows::views::invoices::{self, InvoiceFilter};
use kernel::{
    Actor, CustomerId, Day, InvoiceId, Money, PlanId, Result as Fallible, Scope, SubscriptionId,
    Zone,
};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::subscriptions::{SubscriptionView, view_in};
use super::{NAMES, rehearse, sane};
use crate::http::app::{App, Reply, Written};
use crate::http::context;
use crate::http::extract::{At, Body, Search};
use crate::http::problem::Problem;
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change_plan))
        .routes(routes!(preview_plan))
        .routes(routes!(cancel_plan))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(terminate))
        .routes(routes!(preview_end))
        .routes(routes!(cancel))
        .routes(routes!(ahead))
        .routes(routes!(preview_ahead))
        .routes(routes!(add_extra))
        .routes(routes!(end_extra))
        .routes(routes!(quote))
}

/// What a change would mean, before it is done. Nothing is kept.
#[derive(Serialize, ToSchema)]
struct ChangePreview {
    /// `scheduled`, `waiting_payment` or `applied`; only of a plan change.
    #[schema(value_type = Option<String>)]
    state: Option<ChangeState>,
    /// First day of the new plan; only of a plan change.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Day>,
    /// What the customer would have to pay now, of everything.
    #[schema(value_type = i64)]
    owed_before: Money,
    #[schema(value_type = i64)]
    owed_after: Money,
    /// Invoices that would be issued.
    invoices: Vec<PreviewInvoice>,
}

/// An invoice that would be issued.
#[derive(Serialize, ToSchema)]
struct PreviewInvoice {
    #[schema(value_type = String)]
    kind: InvoiceKind,
    #[schema(value_type = String, format = Date)]
    period_from: Day,
    #[schema(value_type = String, format = Date)]
    period_to: Day,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    lines: Vec<String>,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
}

/// What stood before a rehearsal.
struct Before {
    customer: CustomerId,
    owed: Money,
    invoices: Vec<InvoiceId>,
}

/// More invoices than one change makes.
const NEWEST: i64 = 100;

async fn newest(tx: &mut Tx, customer: CustomerId) -> Fallible<Vec<InvoiceId>> {
    let filter = InvoiceFilter { customer: Some(customer), ..InvoiceFilter::default() };
    let today = tx.now().day(Zone::Jakarta);
    let rows = invoices::list(tx, &Scope::all(), &filter, today, None, NEWEST).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

async fn before(tx: &mut Tx, id: SubscriptionId) -> Fallible<Before> {
    let scope = tx.actor().scope.clone();
    let customer = subscription::find(tx, &scope, id).await?.customer_id;
    let now = tx.now();
    let owed = owed::of_customer(tx, customer, now).await?.total;
    Ok(Before { customer, owed, invoices: newest(tx, customer).await? })
}

/// Compares with what stood before.
async fn after(tx: &mut Tx, before: Before) -> Fallible<ChangePreview> {
    let now = tx.now();
    let lang = context::lang();
    let mut issued = Vec::new();
    for id in newest(tx, before.customer).await? {
        if before.invoices.contains(&id) {
            continue;
        }
        let view = billing::invoice::view(tx, &Scope::all(), id).await?;
        let period = view.invoice.period();
        issued.push(PreviewInvoice {
            kind: view.invoice.kind,
            period_from: period.from,
            period_to: period.to,
            due_on: view.invoice.due_on,
            lines: view.lines.iter().map(|line| line.text(lang)).collect(),
            base: view.invoice.base,
            tax: view.invoice.tax,
            total: view.invoice.total,
        });
    }
    issued.reverse();
    let owed_after = owed::of_customer(tx, before.customer, now).await?.total;
    Ok(ChangePreview {
        state: None,
        from: None,
        owed_before: before.owed,
        owed_after,
        invoices: issued,
    })
}

/// Another plan.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePlan {
    #[schema(value_type = String, format = Uuid)]
    plan_id: PlanId,
    /// First day of the new plan. Prepaid: an upgrade counts when its supplement is paid, a downgrade with
    /// the next period.
    #[schema(value_type = String, format = Date)]
    from_day: Day,
}

/// What became of a request for another plan.
#[derive(Serialize, ToSchema)]
struct PlanChanged {
    #[schema(value_type = String, format = Uuid)]
    id: PlanChangeId,
    /// `scheduled`, `waiting_payment` or `applied`.
    #[schema(value_type = String)]
    state: ChangeState,
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// The supplement to pay, of a prepaid upgrade.
    #[schema(value_type = Option<String>, format = Uuid)]
    supplement_id: Option<InvoiceId>,
}

const PLAN_NAMES: &[(&str, &str)] = &[("plan", "plan_id"), ("from", "from_day")];

/// Change the plan.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/plan-change", params(("id" = uuid::Uuid, Path)),
    request_body = ChangePlan, responses((status = 201, body = PlanChanged))
)]
async fn change_plan(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<ChangePlan>,
) -> Written<PlanChanged> {
    app.create(&actor, async move |tx| {
        let done = plan_change::request(tx, id, body.plan_id, body.from_day)
            .await
            .map_err(|fault| on_wire(fault, PLAN_NAMES))?;
        Ok(PlanChanged {
            id: done.change,
            state: done.state,
            from: done.from_on,
            supplement_id: done.supplement,
        })
    })
    .await
}

/// What a change of plan would cost.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/plan-change/preview",
    params(("id" = uuid::Uuid, Path)), request_body = ChangePlan,
    responses((status = 200, body = ChangePreview))
)]
async fn preview_plan(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<ChangePlan>,
) -> Reply<ChangePreview> {
    let seen = rehearse(&app, &actor, async move |tx: &mut Tx| {
        let was = before(tx, id).await?;
        let done = plan_change::request(tx, id, body.plan_id, body.from_day)
            .await
            .map_err(|fault| on_wire(fault, PLAN_NAMES))?;
        let seen = after(tx, was).await?;
        Ok(ChangePreview { state: Some(done.state), from: Some(done.from_on), ..seen })
    });
    Ok(Json(seen.await?))
}

/// Give a pending change of plan up.
#[utoipa::path(
    delete, path = "/api/v1/subscriptions/{id}/plan-change/{change}",
    params(("id" = uuid::Uuid, Path), ("change" = uuid::Uuid, Path)),
    responses((status = 204))
)]
async fn cancel_plan(
    State(app): State<App>,
    actor: Actor,
    At((id, change)): At<(SubscriptionId, PlanChangeId)>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx| plan_change::cancel(tx, id, change).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Days without connection, by the customer's wish.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PauseDays {
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// The last day; until resumed, when left out.
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Day>,
}

/// Pause a subscription.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/pause", params(("id" = uuid::Uuid, Path)),
    request_body = PauseDays, responses((status = 200, body = SubscriptionView))
)]
async fn pause(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<PauseDays>,
) -> Written<SubscriptionView> {
    app.write(&actor, async move |tx| {
        subscription::pause(tx, id, body.from, body.to).await?;
        view_in(tx, id).await
    })
    .await
}

/// End the pause, or call a scheduled one off.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/resume", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SubscriptionView))
)]
async fn resume(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Written<SubscriptionView> {
    app.write(&actor, async move |tx| {
        subscription::resume(tx, id).await?;
        view_in(tx, id).await
    })
    .await
}

/// The end of a subscription.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndOn {
    /// Last day of use.
    #[schema(value_type = String, format = Date)]
    last_day: Day,
}

/// End a subscription.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/terminate", params(("id" = uuid::Uuid, Path)),
    request_body = EndOn, responses((status = 200, body = SubscriptionView))
)]
async fn terminate(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<EndOn>,
) -> Written<SubscriptionView> {
    app.write(&actor, async move |tx| {
        subscription::terminate(tx, id, body.last_day).await?;
        view_in(tx, id).await
    })
    .await
}

/// What ending a subscription would bill or credit now.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/terminate/preview",
    params(("id" = uuid::Uuid, Path)), request_body = EndOn,
    responses((status = 200, body = ChangePreview))
)]
async fn preview_end(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<EndOn>,
) -> Reply<ChangePreview> {
    let seen = rehearse(&app, &actor, async move |tx: &mut Tx| {
        let was = before(tx, id).await?;
        subscription::terminate(tx, id, body.last_day).await?;
        after(tx, was).await
    });
    Ok(Json(seen.await?))
}

/// Cancel before it began: batal pasang.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/cancel", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SubscriptionView))
)]
async fn cancel(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Written<SubscriptionView> {
    app.write(&actor, async move |tx| {
        subscription::cancel(tx, id).await?;
        view_in(tx, id).await
    })
    .await
}

/// Months to pay ahead.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MonthsAhead {
    /// 2–12.
    months: i64,
}

/// The invoice of months ahead.
#[derive(Serialize, ToSchema)]
struct AheadIssued {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
}

/// Issue one invoice for months ahead.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/months-ahead", params(("id" = uuid::Uuid, Path)),
    request_body = MonthsAhead, responses((status = 201, body = AheadIssued))
)]
async fn ahead(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<MonthsAhead>,
) -> Written<AheadIssued> {
    app.create(&actor, async move |tx| {
        let invoice_id = issue::ahead(tx, id, body.months).await?;
        Ok(AheadIssued { invoice_id })
    })
    .await
}

/// What months ahead would cost.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/months-ahead/preview",
    params(("id" = uuid::Uuid, Path)), request_body = MonthsAhead,
    responses((status = 200, body = ChangePreview))
)]
async fn preview_ahead(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<MonthsAhead>,
) -> Reply<ChangePreview> {
    let seen = rehearse(&app, &actor, async move |tx: &mut Tx| {
        let was = before(tx, id).await?;
        issue::ahead(tx, id, body.months).await?;
        after(tx, was).await
    });
    Ok(Json(seen.await?))
}

/// An add-on or a discount as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewExtraBody {
    /// `add_on` or `discount`.
    #[schema(value_type = String)]
    kind: ExtraKind,
    name: String,
    /// Add-on: a month's price. Discount: the amount a period, unless it is in percent.
    #[serde(default)]
    #[schema(value_type = i64)]
    amount: Money,
    /// Discount in basis points of the plan's lines; 10,000: free.
    #[serde(default)]
    percent_bp: i64,
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Day>,
    /// A discount for so many periods.
    periods: Option<i64>,
}

/// Add an add-on or a discount.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/extras", params(("id" = uuid::Uuid, Path)),
    request_body = NewExtraBody, responses((status = 201, body = SubscriptionView))
)]
async fn add_extra(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<NewExtraBody>,
) -> Written<SubscriptionView> {
    if !body.amount.is_zero() {
        sane("amount", body.amount)?;
    }
    app.create(&actor, async move |tx| {
        let new = NewExtra {
            subscription: id,
            kind: body.kind,
            name: body.name,
            amount: body.amount,
            percent_bp: body.percent_bp,
            from: body.from,
            to: body.to,
            periods: body.periods,
        };
        extra::add(tx, new).await.map_err(|fault| on_wire(fault, NAMES))?;
        view_in(tx, id).await
    })
    .await
}

/// End an add-on or a discount.
#[utoipa::path(
    delete, path = "/api/v1/subscriptions/{id}/extras/{extra}",
    params(("id" = uuid::Uuid, Path), ("extra" = uuid::Uuid, Path)),
    responses((status = 204))
)]
async fn end_extra(
    State(app): State<App>,
    actor: Actor,
    At((id, extra)): At<(SubscriptionId, ExtraId)>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx| extra::end(tx, id, extra).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Days to quote.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct QuoteQuery {
    /// A plan's price and tax, as of the first day; or give `price`.
    #[param(value_type = Option<String>)]
    plan: Option<PlanId>,
    /// A month's price in rupiah.
    price: Option<i64>,
    /// `exclusive`, `inclusive` or `none`; a plan's own when it is given.
    #[param(value_type = Option<String>)]
    tax: Option<TaxMode>,
    /// First day, counted.
    #[param(value_type = String)]
    from: Day,
    /// Last day, counted, in the same month.
    #[param(value_type = String)]
    to: Day,
}

/// The amount for some days of one month, by the function that invoices use.
#[derive(Serialize, ToSchema)]
struct QuoteView {
    lines: Vec<QuoteLine>,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
}

/// A quoted line.
#[derive(Serialize, ToSchema)]
struct QuoteLine {
    text: String,
    days: i64,
    of_days: i64,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
}

/// Quote some days of a month.
#[utoipa::path(
    get, path = "/api/v1/quote", params(QuoteQuery), responses((status = 200, body = QuoteView))
)]
async fn quote(
    State(app): State<App>,
    _actor: Actor,
    Search(query): Search<QuoteQuery>,
) -> Reply<QuoteView> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let (price, own) = match (query.plan, query.price) {
        (Some(plan), _) => {
            let found = catalog.plan(plan)?;
            (catalog.price_at(plan, query.from), catalog.tax_mode(found))
        }
        (None, Some(price)) => (sane("price", Money::rupiah(price))?, TaxMode::Exclusive),
        (None, None) => {
            let missing = vec![kernel::Field::required("price")];
            return Err(kernel::Fault::fields(missing).into());
        }
    };
    let mode = if catalog.charges_tax() { query.tax.unwrap_or(own) } else { TaxMode::None };
    let rule = catalog.tax_at(query.from);
    let quote = billing::quote(price, mode, rule, query.from, query.to)?;
    let lang = context::lang();
    let line = |line: &billing::rating::Line| QuoteLine {
        text: line.text(lang),
        days: line.days,
        of_days: line.of_days,
        base: line.base,
        tax: line.tax,
        total: line.total(),
    };
    Ok(Json(QuoteView {
        lines: quote.lines.iter().map(line).collect(),
        base: quote.base,
        tax: quote.tax,
        total: quote.total,
    }))
}

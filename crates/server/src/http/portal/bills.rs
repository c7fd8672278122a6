//! Bills: what they are for, why so much, and their papers; receipts.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use billing::owed::{self, OwedInvoice};
use flows::views::portal::{self, BillRow, PaidRow};
use flows::why;
use kernel::{
    Actor, BranchId, Day, InvoiceId, Lang, Money, PaymentId, Result as Fallible, SubscriptionId, Ts,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{money::own, say};
use crate::http::app::{App, Reply};
use crate::http::billing::papers;
use crate::http::extract::{At, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(bills))
        .routes(routes!(bill))
        .routes(routes!(bill_pdf))
        .routes(routes!(payments))
        .routes(routes!(receipt))
}

/// Today, where the branch is.
pub(super) async fn today(app: &App, branch: BranchId) -> Fallible<Day> {
    let catalog = catalog::current(&mut app.reader()).await?;
    Ok(app.now().day(catalog.zone(branch)))
}

/// A bill that wants money.
#[derive(Serialize, ToSchema)]
pub(super) struct OwedBill {
    #[schema(value_type = String, format = Uuid)]
    id: InvoiceId,
    number: String,
    /// The plan it is for; null for other bills.
    plan: Option<String>,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    is_overdue: bool,
    /// What settles it when it is paid now.
    #[schema(value_type = i64)]
    to_pay: Money,
}

impl OwedBill {
    pub(super) fn of(i: OwedInvoice, plans: &[(SubscriptionId, String)], today: Day) -> Self {
        let plan = plans.iter().find(|(id, _)| Some(*id) == i.subscription);
        Self {
            id: i.id,
            number: i.number,
            plan: plan.map(|(_, name)| name.clone()),
            due_on: i.due_on,
            is_overdue: i.due_on < today,
            to_pay: i.to_pay,
        }
    }
}

/// `after` and `limit` of a list of one's own.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OwnBills {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<InvoiceId>,
    limit: Option<i64>,
}

/// A bill in the list.
#[derive(Serialize, ToSchema)]
struct PortalBill {
    #[schema(value_type = String, format = Uuid)]
    id: InvoiceId,
    number: String,
    #[schema(value_type = String, format = Date)]
    period_from: Day,
    #[schema(value_type = String, format = Date)]
    period_to: Day,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    #[schema(value_type = i64)]
    total: Money,
    #[schema(value_type = i64)]
    outstanding: Money,
    /// `open`, `overdue`, `partly_paid`, `paid` or `cancelled`.
    state: &'static str,
}

fn state_of(row: &BillRow, today: Day) -> &'static str {
    if !row.live {
        "cancelled"
    } else if !row.outstanding.is_positive() {
        "paid"
    } else if row.due_on < today {
        "overdue"
    } else if row.outstanding < row.total {
        "partly_paid"
    } else {
        "open"
    }
}

/// My bills, newest first.
#[utoipa::path(
    get, path = "/api/v1/portal/bills", params(OwnBills),
    responses((status = 200, body = Listing<PortalBill>))
)]
async fn bills(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<OwnBills>,
) -> Reply<Listing<PortalBill>> {
    let (me, limit) = (own(&actor)?, page_size(query.limit));
    let mut q = app.reader();
    let customer = crm::customer::find(&mut q, &actor.scope, me).await?;
    let today = today(&app, customer.branch_id).await?;
    let rows = portal::bills(&mut q, me, query.after, limit + 1).await?;
    let view = |row: BillRow| PortalBill {
        state: state_of(&row, today),
        id: row.id,
        number: row.number,
        period_from: row.period_from,
        period_to: row.period_to,
        due_on: row.due_on,
        total: row.total,
        outstanding: row.outstanding,
    };
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// One line of a bill, in words.
#[derive(Serialize, ToSchema)]
struct PortalBillLine {
    kind: String,
    /// `Home 20 10 Nov – 30 Nov 2026: 21 dari 30 hari × Rp 250.000 = …`.
    say: String,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
}

/// A bill with its reasons.
#[derive(Serialize, ToSchema)]
struct PortalBillStory {
    #[schema(value_type = String, format = Uuid)]
    id: InvoiceId,
    number: String,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    /// `whole_period`, `pro_rata`, `plan_change`, `withholding`, `partly_paid`, `no_days`, `other`.
    cause: String,
    lines: Vec<PortalBillLine>,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
    #[schema(value_type = i64)]
    outstanding: Money,
    /// What settles it when it is paid now; less than what stands open when the period began late.
    #[schema(value_type = i64)]
    to_pay: Money,
}

/// One of my bills, and why it is so much.
#[utoipa::path(
    get, path = "/api/v1/portal/bills/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PortalBillStory))
)]
async fn bill(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
) -> Reply<PortalBillStory> {
    let mut q = app.reader();
    let invoice = issued(&mut q, &actor, id).await?;
    let amount = why::amount(&mut q, &actor.scope, id).await?;
    let to_pay = owed::of_invoice(&mut q, id, app.now()).await?;
    let line = |p: &why::AmountPart| PortalBillLine {
        kind: p.kind.clone(),
        say: say(&p.say),
        base: p.base,
        tax: p.tax,
    };
    Ok(Json(PortalBillStory {
        id,
        number: invoice.name().to_owned(),
        due_on: invoice.due_on,
        cause: amount.cause.to_owned(),
        lines: amount.parts.iter().map(line).collect(),
        base: amount.base,
        tax: amount.tax,
        total: amount.total,
        outstanding: amount.outstanding,
        to_pay,
    }))
}

/// An issued invoice of the actor's; a draft is nobody's business yet.
async fn issued(
    q: &mut dyn store::Query,
    actor: &Actor,
    id: InvoiceId,
) -> Fallible<billing::invoice::Invoice> {
    let invoice = billing::invoice::find(q, &actor.scope, id).await?;
    if invoice.state == billing::words::InvoiceState::Issued {
        return Ok(invoice);
    }
    let (id, en) = ("Tagihan tidak ada.", "No such invoice.");
    Err(kernel::Fault::not_found("billing.invoice_not_found", id, en))
}

/// In which language a paper is printed.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OwnPaper {
    /// `id` or `en`; the customer's own when left out.
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
}

/// One of my bills as a PDF.
#[utoipa::path(
    get, path = "/api/v1/portal/bills/{id}/pdf", params(("id" = uuid::Uuid, Path), OwnPaper),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn bill_pdf(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
    Search(query): Search<OwnPaper>,
) -> Result<Response, Problem> {
    issued(&mut app.reader(), &actor, id).await?;
    papers::print_invoice(&app, &actor, id, query.lang).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OwnPayments {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<PaymentId>,
    limit: Option<i64>,
}

/// Money that came from me.
#[derive(Serialize, ToSchema)]
struct PortalPayment {
    #[schema(value_type = String, format = Uuid)]
    id: PaymentId,
    /// The receipt's number; null until the money is settled.
    receipt_number: Option<String>,
    channel: String,
    #[schema(value_type = i64)]
    amount: Money,
    /// `pending`, `settled` or `reversed`.
    state: String,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
}

/// What I paid, newest first.
#[utoipa::path(
    get, path = "/api/v1/portal/payments", params(OwnPayments),
    responses((status = 200, body = Listing<PortalPayment>))
)]
async fn payments(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<OwnPayments>,
) -> Reply<Listing<PortalPayment>> {
    let limit = page_size(query.limit);
    let rows = portal::payments(&mut app.reader(), own(&actor)?, query.after, limit + 1).await?;
    let view = |row: PaidRow| PortalPayment {
        id: row.id,
        receipt_number: row.receipt_number,
        channel: row.channel,
        amount: row.amount,
        state: row.state,
        received_at: row.received_at,
    };
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// The receipt of what I paid, as a PDF.
#[utoipa::path(
    get, path = "/api/v1/portal/payments/{id}/receipt",
    params(("id" = uuid::Uuid, Path), OwnPaper),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn receipt(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PaymentId>,
    Search(query): Search<OwnPaper>,
) -> Result<Response, Problem> {
    papers::print_own_receipt(&app, &actor, id, query.lang).await
}

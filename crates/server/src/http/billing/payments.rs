//! Payments: the list, one of them, receiving at the counter, reversing with a second person.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use billing::approval::Request;
use billing::invoice::AllocationView;
use billing::pay::{self, NewPayment, Payment};
use billing::words::{Channel, PaymentState};
use flows::counter::{self, Received};
use flows::views::order::{Order, Way};
use flows::views::payments::{self, PaymentFilter, PaymentRow, PaymentSort};
use kernel::{Actor, CustomerId, InvoiceId, Money, PaymentId, Permission, Result as Fallible, Ts};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::approvals::{DecisionView, ask};
use super::{NAMES, sane};
use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::{given, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, receive))
        .routes(routes!(export))
        .routes(routes!(find))
        .routes(routes!(settle))
        .routes(routes!(reverse))
}

/// What a list of payments is narrowed by.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaymentQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the receipt's number or the reference, or of the customer's name, number or phone.
    q: Option<String>,
    /// `pending`, `settled` or `reversed`.
    #[param(value_type = Option<String>)]
    state: Option<PaymentState>,
    /// `cash`, `transfer`, `gateway` (any), `gateway:<name>`, `wallet`, `voucher`.
    channel: Option<String>,
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    #[param(value_type = Option<String>)]
    invoice: Option<InvoiceId>,
    /// Received from this instant on.
    #[param(value_type = Option<String>)]
    from: Option<Ts>,
    /// Received before this instant.
    #[param(value_type = Option<String>)]
    until: Option<Ts>,
    /// Only money that settles nothing yet.
    #[serde(default)]
    unallocated: bool,
    /// `newest` (when not given), `received` or `amount`.
    #[param(value_type = Option<String>)]
    sort: Option<PaymentSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl PaymentQuery {
    fn filter(self) -> PaymentFilter {
        PaymentFilter {
            state: self.state,
            channel: given(self.channel.as_deref()).map(str::to_owned),
            customer: self.customer,
            invoice: self.invoice,
            from: self.from,
            until: self.until,
            with_money_left: self.unallocated,
            text: self.q,
            order: Order::of(self.sort, self.dir),
        }
    }
}

/// A payment in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentRow)]
struct PaymentRowView {
    #[schema(value_type = String, format = Uuid)]
    id: PaymentId,
    /// Given when it is settled.
    receipt_number: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    customer_name: String,
    channel: String,
    reference: String,
    #[schema(value_type = i64)]
    amount: Money,
    /// What of it settles invoices.
    #[schema(value_type = i64)]
    allocated: Money,
    #[schema(value_type = i64)]
    refunded: Money,
    #[schema(value_type = String)]
    state: PaymentState,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
    recorded_by: String,
}

impl From<PaymentRow> for PaymentRowView {
    fn from(row: PaymentRow) -> Self {
        Self {
            id: row.id,
            receipt_number: row.receipt_number,
            customer_id: row.customer_id,
            customer_number: row.customer_number,
            customer_name: row.customer_name,
            channel: row.channel,
            reference: row.reference,
            amount: row.amount,
            allocated: row.allocated,
            refunded: row.refunded,
            state: row.state,
            received_at: row.received_at,
            recorded_by: row.recorded_by,
        }
    }
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &PaymentFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<PaymentRowView>> {
    let after = cursor::read(after)?;
    let rows = payments::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &PaymentRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, PaymentRowView::from))
}

/// Payments, newest first.
#[utoipa::path(
    get, path = "/api/v1/payments", params(PaymentQuery),
    responses((status = 200, body = Listing<PaymentRowView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<PaymentQuery>,
) -> Reply<Listing<PaymentRowView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter();
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

const FILE: Sheet<PaymentRowView> = Sheet {
    list: "payments",
    name: ("pembayaran", "payments"),
    columns: &[
        col("Kuitansi", "Receipt", |v, _| v.receipt_number.clone().into()),
        col("Diterima", "Received", |v, w| w.at(v.received_at)),
        col("Nomor pelanggan", "Customer number", |v, _| v.customer_number.as_str().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_name.as_str().into()),
        col("Kanal", "Channel", |v, _| v.channel.as_str().into()),
        col("Referensi", "Reference", |v, _| v.reference.as_str().into()),
        col("Jumlah", "Amount", |v, _| v.amount.into()),
        col("Untuk tagihan", "Allocated", |v, _| v.allocated.into()),
        col("Dikembalikan", "Refunded", |v, _| v.refunded.into()),
        col("Status", "State", |v, w| w.word("payment", v.state.as_str())),
    ],
};

/// Payments of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/payments/export", params(PaymentQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<PaymentQuery>,
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

/// A part of a payment on an invoice.
#[derive(Serialize, ToSchema)]
#[schema(as = Allocation)]
struct AllocationWire {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    invoice_number: Option<String>,
    /// Negative: taken back.
    #[schema(value_type = i64)]
    amount: Money,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
}

impl From<AllocationView> for AllocationWire {
    fn from(a: AllocationView) -> Self {
        Self {
            invoice_id: a.invoice_id,
            invoice_number: a.invoice_number,
            amount: a.amount,
            at: a.at,
        }
    }
}

/// A payment with what it settled.
#[derive(Serialize, ToSchema)]
#[schema(as = Payment)]
struct PaymentView {
    #[schema(value_type = String, format = Uuid)]
    id: PaymentId,
    receipt_number: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    channel: String,
    reference: String,
    #[schema(value_type = i64)]
    amount: Money,
    #[schema(value_type = i64)]
    allocated: Money,
    #[schema(value_type = i64)]
    refunded: Money,
    #[schema(value_type = String)]
    state: PaymentState,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Ts,
    recorded_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    reversed_at: Option<Ts>,
    reversed_why: Option<String>,
    note: Option<String>,
    allocations: Vec<AllocationWire>,
    can: PaymentCan,
}

/// What can be done with the payment now.
#[derive(Serialize, ToSchema)]
struct PaymentCan {
    settle: Can,
    reverse: Can,
}

async fn view(q: &mut dyn Query, actor: &Actor, id: PaymentId) -> Fallible<PaymentView> {
    let p = pay::find(q, &actor.scope, id).await?;
    let allocations = pay::allocations(q, &actor.scope, id).await?;
    let write = || actor.require(Permission::PaymentWrite);
    let can = PaymentCan {
        settle: Can::when(write().and(counter::may_settle(&p))),
        reverse: Can::when(write().and(counter::may_reverse(&p))),
    };
    Ok(PaymentView {
        id: p.id,
        receipt_number: p.receipt_number,
        customer_id: p.customer_id,
        channel: p.channel,
        reference: p.reference,
        amount: p.amount,
        allocated: p.allocated,
        refunded: p.refunded,
        state: p.state,
        received_at: p.received_at,
        recorded_at: p.recorded_at,
        recorded_by: p.recorded_by,
        reversed_at: p.reversed_at,
        reversed_why: p.reversed_why,
        note: p.note,
        allocations: allocations.into_iter().map(Into::into).collect(),
        can,
    })
}

/// One payment, with what it settled.
#[utoipa::path(
    get, path = "/api/v1/payments/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PaymentView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<PaymentId>) -> Reply<PaymentView> {
    Ok(Json(view(&mut app.reader(), &actor, id).await?))
}

/// Money as it comes in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPayment)]
struct ReceiveMoney {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    /// `cash` or `transfer`.
    channel: CounterChannel,
    /// A transfer's own number: it counts once. Cash needs none.
    reference: Option<String>,
    #[schema(value_type = i64)]
    amount: Money,
    /// The invoice that is settled first; the oldest, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
    /// Now, when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    received_at: Option<Ts>,
    note: Option<String>,
    /// A transfer that somebody still has to see in the bank: noted, settles nothing.
    #[serde(default)]
    pending: bool,
}

/// How money comes in at the counter.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CounterChannel {
    Cash,
    Transfer,
}

/// What became of the money.
#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(super) struct ReceiptView {
    #[schema(value_type = String, format = Uuid)]
    payment_id: PaymentId,
    /// Null while it is pending.
    receipt_number: Option<String>,
    #[schema(value_type = String)]
    state: PaymentState,
    #[schema(value_type = i64)]
    amount: Money,
    allocations: Vec<AllocationWire>,
    /// The customer's whole credit now.
    #[schema(value_type = i64)]
    credit: Money,
    /// Subscriptions that were cut down and get their access back.
    reopened: Vec<String>,
    /// It was received before, by this reference: nothing changed now.
    repeated: bool,
}

impl From<Received> for ReceiptView {
    fn from(done: Received) -> Self {
        let Payment { id, receipt_number, state, amount, .. } = done.receipt.payment;
        Self {
            payment_id: id,
            receipt_number,
            state,
            amount,
            allocations: done.receipt.allocations.into_iter().map(Into::into).collect(),
            credit: done.receipt.credit,
            reopened: done.reopened,
            repeated: done.receipt.repeated,
        }
    }
}

/// Receive money at the counter: cash or a transfer.
///
/// Settles the named invoice, then the oldest; what is too much becomes the customer's credit. Send an
/// `Idempotency-Key`: a second press counts nothing twice.
#[utoipa::path(
    post, path = "/api/v1/payments", request_body = ReceiveMoney,
    responses((status = 201, body = ReceiptView))
)]
async fn receive(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<ReceiveMoney>,
) -> Written<ReceiptView> {
    let amount = sane("amount", body.amount)?;
    app.create(&actor, async move |tx| {
        let pending = body.pending;
        let new = NewPayment {
            customer: body.customer_id,
            channel: match body.channel {
                CounterChannel::Cash => Channel::Cash,
                CounterChannel::Transfer => Channel::Transfer,
            },
            reference: given(body.reference.as_deref()).map(str::to_owned),
            amount,
            named_invoice: body.invoice_id,
            received_at: body.received_at.unwrap_or(tx.now()),
            note: given(body.note.as_deref()).map(str::to_owned),
        };
        take(tx, new, pending).await.map_err(|fault| on_wire(fault, NAMES))
    })
    .await
}

async fn take(tx: &mut Tx, new: NewPayment, pending: bool) -> Fallible<ReceiptView> {
    if !pending {
        return counter::receive(tx, new).await.map(Into::into);
    }
    counter::note(tx, new).await.map(Into::into)
}

/// A noted transfer has arrived.
#[utoipa::path(
    post, path = "/api/v1/payments/{id}/settle", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ReceiptView))
)]
async fn settle(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PaymentId>,
) -> Written<ReceiptView> {
    app.write(&actor, async move |tx| counter::settle(tx, id).await.map(ReceiptView::from)).await
}

/// Why a payment is taken back.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReversePayment {
    why: String,
}

/// Ask to take a payment back: it bounced, or was entered by mistake.
///
/// A second person approves. Then what it settled is owed again, with a grace before isolation.
#[utoipa::path(
    post, path = "/api/v1/payments/{id}/reverse", params(("id" = uuid::Uuid, Path)),
    request_body = ReversePayment, responses((status = 201, body = DecisionView))
)]
async fn reverse(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PaymentId>,
    Body(body): Body<ReversePayment>,
) -> Written<DecisionView> {
    app.create(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        counter::may_reverse(&pay::find(tx, &scope, id).await?)?;
        ask(tx, &Request::Reversal { payment: id }, &body.why).await
    })
    .await
}

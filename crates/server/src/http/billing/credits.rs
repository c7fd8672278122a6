//! Taking back: credit notes, write-offs, refunds. Each is asked for and approved by a second person.

use axum::Json;
use axum::extract::State;
use billing::approval::Request;
use billing::credit;
use billing::words::Channel;
use kernel::{
    Actor, CreditNoteId, CustomerId, Day, InvoiceId, InvoiceLineId, Money, Result as Fallible,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::approvals::{DecisionView, ask};
use super::sane;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body};
use crate::http::wire::counted;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(credit_invoice))
        .routes(routes!(find))
        .routes(routes!(write_off))
        .routes(routes!(refund))
}

/// What to take back of an invoice.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCredit {
    why: String,
    /// Parts of lines; everything that is left, when left out.
    lines: Option<Vec<NewCreditLine>>,
}

/// A part of a line.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCreditLine {
    #[schema(value_type = String, format = Uuid)]
    line_id: InvoiceLineId,
    /// Before PPN, which follows.
    #[schema(value_type = i64)]
    amount: Money,
}

/// Ask for a credit note.
///
/// Money that was paid for the credited part becomes the customer's credit when it is approved.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/credit-notes", params(("id" = uuid::Uuid, Path)),
    request_body = NewCredit, responses((status = 201, body = DecisionView))
)]
async fn credit_invoice(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
    Body(body): Body<NewCredit>,
) -> Written<DecisionView> {
    if let Some(lines) = &body.lines {
        counted("lines", lines.len(), 100)?;
    }
    let lines = body.lines.map(|lines| lines.into_iter().map(|l| (l.line_id, l.amount)).collect());
    let request = Request::Credit { invoice: id, lines };
    app.create(&actor, async move |tx| ask(tx, &request, &body.why).await).await
}

/// A credit note.
#[derive(Serialize, ToSchema)]
#[schema(as = CreditNote)]
struct CreditNoteView {
    #[schema(value_type = String, format = Uuid)]
    id: CreditNoteId,
    number: String,
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    why: String,
    #[schema(value_type = String, format = Date)]
    issued_on: Day,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
    lines: Vec<CreditLineView>,
}

/// What it takes back of a line.
#[derive(Serialize, ToSchema)]
#[schema(as = CreditLine)]
struct CreditLineView {
    #[schema(value_type = String, format = Uuid)]
    line_id: InvoiceLineId,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
}

/// One credit note.
#[utoipa::path(
    get, path = "/api/v1/credit-notes/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CreditNoteView))
)]
async fn find(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CreditNoteId>,
) -> Reply<CreditNoteView> {
    let (note, lines) = credit::find(&mut app.reader(), &actor.scope, id).await?;
    let line =
        |l: credit::CreditLine| CreditLineView { line_id: l.line_id, base: l.base, tax: l.tax };
    Ok(Json(CreditNoteView {
        id: note.id,
        number: note.number,
        invoice_id: note.invoice_id,
        customer_id: note.customer_id,
        why: note.why,
        issued_on: note.issued_on,
        base: note.base,
        tax: note.tax,
        total: note.total,
        lines: lines.into_iter().map(line).collect(),
    }))
}

/// What nobody will pay.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWriteOff {
    #[schema(value_type = i64)]
    amount: Money,
    why: String,
}

/// Ask for a write-off: bad debt.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/write-off", params(("id" = uuid::Uuid, Path)),
    request_body = NewWriteOff, responses((status = 201, body = DecisionView))
)]
async fn write_off(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
    Body(body): Body<NewWriteOff>,
) -> Written<DecisionView> {
    let amount = sane("amount", body.amount)?;
    let request = Request::WriteOff { invoice: id, amount };
    app.create(&actor, async move |tx| ask(tx, &request, &body.why).await).await
}

/// A part of a customer's credit to be paid out.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRefund {
    #[schema(value_type = i64)]
    amount: Money,
    /// `cash` or `transfer`.
    channel: PayOut,
    why: String,
}

/// How money goes out.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PayOut {
    Cash,
    Transfer,
}

/// Ask for a refund of a customer's credit.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/refund", params(("id" = uuid::Uuid, Path)),
    request_body = NewRefund, responses((status = 201, body = DecisionView))
)]
async fn refund(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CustomerId>,
    Body(body): Body<NewRefund>,
) -> Written<DecisionView> {
    let amount = sane("amount", body.amount)?;
    let channel = match body.channel {
        PayOut::Cash => Channel::Cash,
        PayOut::Transfer => Channel::Transfer,
    };
    let request = Request::Refund { customer: id, amount, channel: channel.to_string() };
    app.create(&actor, async move |tx| -> Fallible<DecisionView> {
        // The account of money has no branch to see by; the customer has.
        let scope = tx.actor().scope.clone();
        crm::customer::find(tx, &scope, id).await?;
        ask(tx, &request, &body.why).await
    })
    .await
}

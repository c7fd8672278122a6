//! Invoices: the list, one of them with its story, one-off invoices and their drafts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing::invoice::Standing;
use billing::issue::{self, NewOneOff, OneOffKind};
use billing::words::InvoiceKind;
use catalog::TaxMode;
use flows::views::invoices::{self, InvoiceFilter, InvoiceRow, InvoiceSort, Which};
use flows::views::narrow::Span;
use flows::views::order::{Order, Way};
use flows::views::papers;
use flows::views::payments::{self, PaymentFilter};
use flows::why::AmountAnswer;
use kernel::{
    Actor, CustomerId, Day, Fault, InvoiceId, Lang, Money, Result as Fallible, SubscriptionId, Ts,
    Zone,
};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::invoice_view::{FILE, InvoiceRowView, InvoiceView};
use super::{NAMES, sane};
use crate::http::app::{App, Reply, Written};
use crate::http::context;
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::{counted, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(export))
        .routes(routes!(find, discard))
        .routes(routes!(why))
        .routes(routes!(publish))
        .routes(routes!(issue_again))
}

/// Which invoices to list.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InvoiceWord {
    Draft,
    Issued,
    PartlyPaid,
    Overdue,
    Paid,
    Cancelled,
    /// Whatever still wants money.
    Open,
}

impl From<InvoiceWord> for Which {
    fn from(state: InvoiceWord) -> Self {
        match state {
            InvoiceWord::Draft => Self::Standing(Standing::Draft),
            InvoiceWord::Issued => Self::Standing(Standing::Open),
            InvoiceWord::PartlyPaid => Self::Standing(Standing::PartlyPaid),
            InvoiceWord::Overdue => Self::Standing(Standing::Overdue),
            InvoiceWord::Paid => Self::Standing(Standing::Paid),
            InvoiceWord::Cancelled => Self::Standing(Standing::Cancelled),
            InvoiceWord::Open => Self::Owed,
        }
    }
}

/// What a list of invoices is narrowed by.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InvoiceQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the number, or of the customer's name, number or phone.
    q: Option<String>,
    /// `draft`, `issued`, `partly_paid`, `overdue`, `paid`, `cancelled`, or `open`: whatever wants money.
    #[param(value_type = Option<String>)]
    state: Option<InvoiceWord>,
    /// `regular`, `supplement` or `one_off`.
    #[param(value_type = Option<String>)]
    kind: Option<InvoiceKind>,
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    #[param(value_type = Option<String>)]
    subscription: Option<SubscriptionId>,
    /// Issued from this day on.
    #[param(value_type = Option<String>, format = Date)]
    issued_from: Option<Day>,
    /// Issued until this day.
    #[param(value_type = Option<String>, format = Date)]
    issued_to: Option<Day>,
    /// Due from this day on.
    #[param(value_type = Option<String>, format = Date)]
    due_from: Option<Day>,
    /// Due until this day.
    #[param(value_type = Option<String>, format = Date)]
    due_to: Option<Day>,
    /// `newest` (when not given), `issued`, `due`, `total` or `owed`.
    #[param(value_type = Option<String>)]
    sort: Option<InvoiceSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl InvoiceQuery {
    fn filter(self) -> InvoiceFilter {
        InvoiceFilter {
            which: self.state.map(Into::into),
            kind: self.kind,
            customer: self.customer,
            subscription: self.subscription,
            text: self.q,
            issued: Span { from: self.issued_from, to: self.issued_to },
            due: Span { from: self.due_from, to: self.due_to },
            order: Order::of(self.sort, self.dir),
        }
    }
}

async fn page(
    q: &mut dyn Query,
    (actor, now): (&Actor, Ts),
    filter: &InvoiceFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<InvoiceRowView>> {
    let after = cursor::read(after)?;
    let catalog = catalog::current(q).await?;
    // The day of a whole list is that of the west: nothing is overdue before it is so everywhere.
    let today = now.day(Zone::Jakarta);
    let rows = invoices::list(q, &actor.scope, filter, today, after.as_ref(), limit + 1).await?;
    let place = |row: &InvoiceRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, |row| InvoiceRowView::of(row, &catalog, now)))
}

/// Invoices, newest first.
#[utoipa::path(
    get, path = "/api/v1/invoices", params(InvoiceQuery),
    responses((status = 200, body = Listing<InvoiceRowView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<InvoiceQuery>,
) -> Reply<Listing<InvoiceRowView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let (filter, asking) = (query.filter(), (&actor, app.now()));
    Ok(Json(page(&mut app.reader(), asking, &filter, after.as_deref(), limit).await?))
}

/// Invoices of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/invoices/export", params(InvoiceQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<InvoiceQuery>,
    file: File,
) -> Result<Response, Problem> {
    let filter = query.filter();
    let mut out = export::begin(&app, &actor, &FILE, file).await?;
    let mut after = None;
    loop {
        let page =
            page(&mut app.reader(), (&actor, app.now()), &filter, after.as_deref(), export::PAGE)
                .await?;
        after = out.put(page).await?;
        if after.is_none() {
            return out.finish().await;
        }
    }
}

async fn view(
    q: &mut dyn Query,
    actor: &Actor,
    id: InvoiceId,
    now: kernel::Ts,
) -> Fallible<InvoiceView> {
    let facts = papers::invoice(q, &actor.scope, id, now).await?;
    let filter = PaymentFilter { invoice: Some(id), ..PaymentFilter::default() };
    let paid = payments::list(q, &actor.scope, &filter, None, 100).await?;
    Ok(InvoiceView::of(facts, paid, actor, (context::lang(), now)))
}

/// The invoice as the transaction sees it.
async fn view_in(tx: &mut Tx, id: InvoiceId) -> Fallible<InvoiceView> {
    let (actor, now) = (tx.actor().clone(), tx.now());
    view(tx, &actor, id, now).await
}

/// One invoice: lines, payments, credit notes, withholdings.
#[utoipa::path(
    get, path = "/api/v1/invoices/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = InvoiceView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<InvoiceId>) -> Reply<InvoiceView> {
    Ok(Json(view(&mut app.reader(), &actor, id, app.now()).await?))
}

/// Why an invoice costs what it costs.
#[derive(Serialize, ToSchema)]
struct AmountWhy {
    /// `whole_period`, `pro_rata`, `plan_change`, `withholding`, `other`.
    cause: &'static str,
    /// To be read to the customer.
    sentence: String,
    parts: Vec<AmountWhyPart>,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
    #[schema(value_type = i64)]
    outstanding: Money,
}

/// One line in words.
#[derive(Serialize, ToSchema)]
struct AmountWhyPart {
    kind: String,
    sentence: String,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
}

impl AmountWhy {
    fn of(answer: AmountAnswer, lang: Lang) -> Self {
        Self {
            cause: answer.cause,
            sentence: answer.say.of(lang).to_owned(),
            parts: answer
                .parts
                .into_iter()
                .map(|part| AmountWhyPart {
                    sentence: part.say.of(lang).to_owned(),
                    kind: part.kind,
                    base: part.base,
                    tax: part.tax,
                })
                .collect(),
            base: answer.base,
            tax: answer.tax,
            total: answer.total,
            outstanding: answer.outstanding,
        }
    }
}

/// Why this amount.
#[utoipa::path(
    get, path = "/api/v1/invoices/{id}/why", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AmountWhy))
)]
async fn why(State(app): State<App>, actor: Actor, At(id): At<InvoiceId>) -> Reply<AmountWhy> {
    let answer = flows::why::amount(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(AmountWhy::of(answer, context::lang())))
}

/// A one-off invoice as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvoice {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    /// The connection it is about.
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    /// `service` (when left out), `install_fee`, `penalty` or `opening`: a debt of the books before.
    kind: Option<OneOffWord>,
    /// Tells one-off invoices apart, so that the same thing is not billed twice: a document's number. Left
    /// out, it is an invoice of its own.
    key: Option<String>,
    /// 1–50.
    lines: Vec<NewInvoiceLine>,
    /// `exclusive` (when left out), `inclusive` or `none`.
    #[schema(value_type = Option<String>)]
    tax: Option<TaxMode>,
    /// Today, when left out.
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<Day>,
    /// Unpaid after its due day it isolates the subscription it names.
    #[serde(default)]
    isolates: bool,
    note: Option<String>,
    /// Keep it as a draft, without a number, until it is published.
    #[serde(default)]
    draft: bool,
}

/// A line as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvoiceLine {
    name: String,
    /// In the terms of `tax`.
    #[schema(value_type = i64)]
    amount: Money,
}

/// What a one-off invoice is for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OneOffWord {
    Service,
    InstallFee,
    Penalty,
    Opening,
}

impl From<OneOffWord> for OneOffKind {
    fn from(word: OneOffWord) -> Self {
        match word {
            OneOffWord::Service => Self::Service,
            OneOffWord::InstallFee => Self::InstallFee,
            OneOffWord::Penalty => Self::Penalty,
            OneOffWord::Opening => Self::Opening,
        }
    }
}

/// Issue a one-off invoice, or keep it as a draft.
#[utoipa::path(
    post, path = "/api/v1/invoices", request_body = NewInvoice,
    responses((status = 201, body = InvoiceView))
)]
async fn create(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<NewInvoice>,
) -> Written<InvoiceView> {
    counted("lines", body.lines.len(), 50)?;
    for (n, line) in body.lines.iter().enumerate() {
        sane(&format!("lines[{n}].amount"), line.amount)?;
    }
    app.create(&actor, async move |tx| {
        let id = one_off(tx, body).await.map_err(|fault| on_wire(fault, NAMES))?;
        view_in(tx, id).await
    })
    .await
}

async fn one_off(tx: &mut Tx, body: NewInvoice) -> Fallible<InvoiceId> {
    let scope = tx.actor().scope.clone();
    let customer = crm::customer::find(tx, &scope, body.customer_id).await?;
    if let Some(subscription) = body.subscription_id {
        let sub = billing::subscription::find(tx, &scope, subscription).await?;
        if sub.customer_id != customer.id {
            return Err(Fault::field(
                "subscription",
                "not_found",
                "bukan langganan pelanggan ini",
                "is not this customer's",
            ));
        }
    }
    let own: InvoiceId = tx.new_id();
    let key = body.key.filter(|key| !key.trim().is_empty()).unwrap_or_else(|| own.to_string());
    let new = NewOneOff {
        customer: customer.id,
        branch: customer.branch_id,
        partner: customer.partner_id,
        subscription: body.subscription_id,
        kind: body.kind.map_or(OneOffKind::Service, Into::into),
        key: key.trim().to_owned(),
        lines: body.lines.into_iter().map(|line| (line.name, line.amount)).collect(),
        tax: body.tax.unwrap_or(TaxMode::Exclusive),
        due_on: body.due_on,
        isolates: body.isolates,
        note: body.note,
        draft: body.draft,
    };
    issue::one_off(tx, new).await.map_err(|fault| {
        if !store::is_unique(&fault) {
            return fault;
        }
        Fault::conflict(
            "billing.one_off_there",
            "Tagihan dengan kunci ini sudah ada untuk pelanggan tersebut.",
            "The customer has an invoice with this key already.",
        )
    })
}

/// Issue a draft.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/publish", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = InvoiceView))
)]
async fn publish(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
) -> Written<InvoiceView> {
    app.write(&actor, async move |tx| {
        issue::publish(tx, id).await?;
        view_in(tx, id).await
    })
    .await
}

/// Throw a draft away.
#[utoipa::path(
    delete, path = "/api/v1/invoices/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
async fn discard(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx| issue::discard(tx, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Issue a credited period again.
///
/// For a regular invoice that was credited in full: by today's facts, once.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/issue-again", params(("id" = uuid::Uuid, Path)),
    responses((status = 201, body = InvoiceView))
)]
async fn issue_again(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
) -> Written<InvoiceView> {
    app.create(&actor, async move |tx| {
        let new = issue::again(tx, id).await?;
        view_in(tx, new).await
    })
    .await
}

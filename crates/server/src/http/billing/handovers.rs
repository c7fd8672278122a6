//! Cash outside of the office: collecting it, and handing it over.

use axum::Json;
use axum::extract::State;
use billing::cash::{self, CashMove, Handover, HandoverId};
use billing::pay::NewPayment;
use billing::words::Channel;
use flows::counter;
use kernel::{Actor, CustomerId, Day, InvoiceId, Money, Result as Fallible, Scope, Ts, UserId};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::drawers::MoveView;
use super::payments::ReceiptView;
use super::{NAMES, sane};
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::wire::{given, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(held))
        .routes(routes!(due))
        .routes(routes!(collect))
        .routes(routes!(holders))
        .routes(routes!(holder))
        .routes(routes!(list, hand_over))
}

/// The cash that I hold for the ISP.
#[derive(Serialize, ToSchema)]
struct CashHeld {
    #[schema(value_type = i64)]
    amount: Money,
    /// What I took and handed over, newest first.
    moves: Vec<HeldMove>,
}

/// Cash that somebody took or handed over.
#[derive(Serialize, ToSchema)]
struct HeldMove {
    #[serde(flatten)]
    moved: MoveView,
    /// Whose money it was; null of a handover.
    customer_name: Option<String>,
}

impl From<(CashMove, Option<String>)> for HeldMove {
    fn from((moved, customer_name): (CashMove, Option<String>)) -> Self {
        Self { moved: moved.into(), customer_name }
    }
}

/// The last so many movements that a collector sees.
const SEEN: i64 = 100;

/// The cash that I collected and have not handed over yet.
#[utoipa::path(get, path = "/api/v1/cash/held", responses((status = 200, body = CashHeld)))]
async fn held(State(app): State<App>, actor: Actor) -> Reply<CashHeld> {
    let Some(user) = actor.user() else {
        return Ok(Json(CashHeld { amount: Money::ZERO, moves: Vec::new() }));
    };
    let held = counter::held(&mut app.reader(), user, SEEN).await?;
    let moves = held.moves.into_iter().map(Into::into).collect();
    Ok(Json(CashHeld { amount: held.amount, moves }))
}

/// What a customer owes, for whoever collects.
#[derive(Serialize, ToSchema)]
struct CashDue {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    customer_name: String,
    #[schema(value_type = i64)]
    owed: Money,
    invoices: Vec<CashDueInvoice>,
}

/// An invoice that wants money.
#[derive(Serialize, ToSchema)]
struct CashDueInvoice {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    number: String,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    #[schema(value_type = i64)]
    to_pay: Money,
}

/// What a customer owes.
///
/// A technician asks for the customers of their own jobs.
#[utoipa::path(
    get, path = "/api/v1/cash/due/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CashDue))
)]
async fn due(State(app): State<App>, actor: Actor, At(id): At<CustomerId>) -> Reply<CashDue> {
    let due = counter::due(&mut app.reader(), &actor.scope, id, app.now()).await?;
    let invoices = due.owed.invoices.into_iter().map(|i| CashDueInvoice {
        invoice_id: i.id,
        number: i.number,
        due_on: i.due_on,
        to_pay: i.to_pay,
    });
    Ok(Json(CashDue {
        customer_id: due.customer,
        customer_number: due.number,
        customer_name: due.name,
        owed: due.owed.total,
        invoices: invoices.collect(),
    }))
}

/// Cash from a customer.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CollectCash {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    #[schema(value_type = i64)]
    amount: Money,
    /// The invoice that is settled first; the oldest, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
    note: Option<String>,
}

/// Take cash outside of the office.
///
/// It counts for the customer at once; whoever took it holds it until they hand it over.
#[utoipa::path(
    post, path = "/api/v1/cash/collections", request_body = CollectCash,
    responses((status = 201, body = ReceiptView))
)]
async fn collect(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<CollectCash>,
) -> Written<ReceiptView> {
    let amount = sane("amount", body.amount)?;
    app.create(&actor, async move |tx| {
        let new = NewPayment {
            customer: body.customer_id,
            channel: Channel::Cash,
            reference: None,
            amount,
            named_invoice: body.invoice_id,
            received_at: tx.now(),
            note: given(body.note.as_deref()).map(str::to_owned),
        };
        let done = counter::collect(tx, new).await.map_err(|fault| on_wire(fault, NAMES))?;
        Ok(ReceiptView::from(done))
    })
    .await
}

/// Somebody who holds the ISP's cash.
#[derive(Serialize, ToSchema)]
struct CashHolder {
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    name: String,
    /// Below zero: they handed over more than they took.
    #[schema(value_type = i64)]
    amount: Money,
    /// When they took or handed over something last.
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
}

/// Who holds cash that was not handed over yet.
#[utoipa::path(
    get, path = "/api/v1/cash/holders", responses((status = 200, body = Listing<CashHolder>))
)]
async fn holders(State(app): State<App>, actor: Actor) -> Reply<Listing<CashHolder>> {
    let mut q = app.reader();
    let mut rows = Vec::new();
    for (user_id, amount, at) in cash::holders(&mut q).await? {
        if let Some(name) = named(&mut q, &actor.scope, user_id).await? {
            rows.push(CashHolder { user_id, name, amount, at });
        }
    }
    Ok(Json(Listing::whole(rows)))
}

/// What somebody holds, movement by movement.
#[derive(Serialize, ToSchema)]
struct CashHolderMoves {
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    name: String,
    #[schema(value_type = i64)]
    amount: Money,
    /// What they took and handed over, newest first.
    moves: Vec<HeldMove>,
}

/// What somebody took and handed over, to count it with them.
#[utoipa::path(
    get, path = "/api/v1/cash/holders/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CashHolderMoves))
)]
async fn holder(
    State(app): State<App>,
    actor: Actor,
    At(id): At<UserId>,
) -> Reply<CashHolderMoves> {
    let mut q = app.reader();
    let name = identity::user::find(&mut q, &actor.scope, id).await?.name;
    let held = counter::held(&mut q, id, SEEN).await?;
    let moves = held.moves.into_iter().map(Into::into).collect();
    Ok(Json(CashHolderMoves { user_id: id, name, amount: held.amount, moves }))
}

/// The name of somebody in scope.
async fn named(q: &mut dyn Query, scope: &Scope, user: UserId) -> Fallible<Option<String>> {
    match identity::user::find(q, scope, user).await {
        Ok(found) => Ok(Some(found.name)),
        Err(fault) if store::is_unavailable(&fault) => Err(fault),
        Err(_) => Ok(None),
    }
}

/// Money that was handed over.
#[derive(Serialize, ToSchema)]
#[schema(as = Handover)]
struct HandoverView {
    #[schema(value_type = String, format = Uuid)]
    id: HandoverId,
    number: String,
    drawer_number: String,
    collector: String,
    #[schema(value_type = i64)]
    amount: Money,
    /// What they still hold after it.
    #[schema(value_type = i64)]
    left: Money,
    received_by: String,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    note: Option<String>,
}

impl From<Handover> for HandoverView {
    fn from(h: Handover) -> Self {
        Self {
            id: h.id,
            number: h.number,
            drawer_number: h.drawer_number,
            collector: h.collector,
            amount: h.amount,
            left: h.left_over,
            received_by: h.received_by,
            at: h.at,
            note: h.note,
        }
    }
}

/// Which handovers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HandoverQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<HandoverId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    #[param(value_type = Option<String>)]
    collector: Option<UserId>,
}

/// Handovers, newest first.
#[utoipa::path(
    get, path = "/api/v1/cash/handovers", params(HandoverQuery),
    responses((status = 200, body = Listing<HandoverView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<HandoverQuery>,
) -> Reply<Listing<HandoverView>> {
    let limit = page_size(query.limit);
    let mut q = app.reader();
    let HandoverQuery { collector, after, .. } = query;
    let rows = cash::handovers(&mut q, &actor.scope, collector, after, limit + 1).await?;
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), HandoverView::from)))
}

/// Money that a collector hands over.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakeHandover {
    #[schema(value_type = String, format = Uuid)]
    collector_id: UserId,
    #[schema(value_type = i64)]
    amount: Money,
    note: Option<String>,
}

/// Take a collector's money into my open drawer.
///
/// It gets a receipt number. Less than they hold may be handed over; the rest stays with them.
#[utoipa::path(
    post, path = "/api/v1/cash/handovers", request_body = TakeHandover,
    responses((status = 201, body = HandoverView))
)]
async fn hand_over(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<TakeHandover>,
) -> Written<HandoverView> {
    let amount = sane("amount", body.amount)?;
    app.create(&actor, async move |tx: &mut Tx| {
        let scope = tx.actor().scope.clone();
        let name = identity::user::find(tx, &scope, body.collector_id).await?.name;
        let note = given(body.note.as_deref());
        let id = cash::hand_over(tx, body.collector_id, &name, amount, note).await?;
        Ok(HandoverView::from(cash::handover(tx, &scope, id).await?))
    })
    .await
}

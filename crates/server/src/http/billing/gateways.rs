//! Payment gateways as staff and resellers see them: what waits for a person, and beginning a payment. Their
//! notices come in at `http/gateway.rs`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use billing::intent::{self, Intent, IntentFor};
use billing::notice::{self, NoticeRow};
use billing::words::{IntentState, NoticeState};
use flows::checkout;
use flows::inbox::Gateways;
use kernel::{
    Actor, CustomerId, Fault, IntentId, InvoiceId, Money, NoticeId, PaymentId, Result as Fallible,
    Scope, Ts,
};
use serde::{Deserialize, Serialize};
use store::Query;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};
use crate::http::problem::Problem;
use crate::http::wire::on_wire;

/// More than anybody leaves undecided.
const MOST: i64 = 500;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(parked))
        .routes(routes!(accept))
        .routes(routes!(open))
        .routes(routes!(find))
}

/// A payment gateway.
#[derive(Serialize, ToSchema)]
struct GatewayView {
    name: String,
    /// Notices refused since the program started: a wrong signature or no key. They are not stored.
    refused: u64,
    /// Notices that wait for a person.
    parked: usize,
    /// Notices that are stored and not counted yet.
    waiting: usize,
}

/// The payment gateways that are connected.
#[utoipa::path(
    get, path = "/api/v1/gateways", responses((status = 200, body = Listing<GatewayView>))
)]
async fn list(State(app): State<App>) -> Reply<Listing<GatewayView>> {
    let mut q = app.reader();
    let parked = notice::parked(&mut q, MOST).await?;
    let stored = notice::stored(&mut q, MOST).await?;
    let of = |rows: &[NoticeRow], name: &str| rows.iter().filter(|n| n.gateway == name).count();
    let gateways = app.db.ext::<Gateways>().unwrap_or_default();
    let view = |name: &str| GatewayView {
        name: name.to_owned(),
        refused: gateways.refused(name),
        parked: of(&parked, name),
        waiting: of(&stored, name),
    };
    Ok(Json(Listing::whole(gateways.names().map(view).collect())))
}

/// A notice that waits for a person.
#[derive(Serialize, ToSchema)]
struct ParkedNotice {
    #[schema(value_type = String, format = Uuid)]
    id: NoticeId,
    gateway: String,
    /// `unmatched`: money of nobody we know; `mismatch`: another amount than was asked for.
    #[schema(value_type = String)]
    state: NoticeState,
    #[schema(value_type = i64)]
    amount: Money,
    /// Our reference, as the gateway told it.
    intent_reference: String,
    /// The gateway's own number.
    payment_reference: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    #[schema(value_type = String, format = DateTime)]
    paid_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
}

impl From<NoticeRow> for ParkedNotice {
    fn from(n: NoticeRow) -> Self {
        Self {
            id: n.id,
            gateway: n.gateway,
            state: n.state,
            amount: n.amount,
            intent_reference: n.intent_reference,
            payment_reference: n.payment_reference,
            customer_id: n.customer_id,
            paid_at: n.paid_at,
            received_at: n.received_at,
        }
    }
}

/// Who is bound to a branch sees only what is known to be its customers'.
async fn sees(q: &mut dyn Query, scope: &Scope, row: &NoticeRow) -> Fallible<bool> {
    if *scope == Scope::all() {
        return Ok(true);
    }
    let Some(customer) = row.customer_id else { return Ok(false) };
    Ok(crm::customer::find(q, scope, customer).await.is_ok())
}

/// Money from gateways that waits for a person.
#[utoipa::path(
    get, path = "/api/v1/notices", responses((status = 200, body = Listing<ParkedNotice>))
)]
async fn parked(State(app): State<App>, actor: Actor) -> Reply<Listing<ParkedNotice>> {
    let mut q = app.reader();
    let mut rows = Vec::new();
    for row in notice::parked(&mut q, MOST).await? {
        if sees(&mut q, &actor.scope, &row).await? {
            rows.push(ParkedNotice::from(row));
        }
    }
    Ok(Json(Listing::whole(rows)))
}

/// Whose money it is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptNotice {
    /// The customer that the money was asked of, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
}

/// Money that a person accepted.
#[derive(Serialize, ToSchema)]
struct NoticeAccepted {
    #[schema(value_type = String, format = Uuid)]
    payment_id: PaymentId,
}

/// Count parked money as it came.
#[utoipa::path(
    post, path = "/api/v1/notices/{id}/accept", params(("id" = uuid::Uuid, Path)),
    request_body = AcceptNotice, responses((status = 200, body = NoticeAccepted))
)]
async fn accept(
    State(app): State<App>,
    actor: Actor,
    At(id): At<NoticeId>,
    Body(body): Body<AcceptNotice>,
) -> Written<NoticeAccepted> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        let row = notice::find(tx, id).await?;
        if row.customer_id.is_some() && !sees(tx, &scope, &row).await? {
            let (id, en) = ("Notifikasi tidak ada.", "No such notice.");
            return Err(Fault::not_found("billing.notice_not_found", id, en));
        }
        let payment_id =
            notice::accept(tx, id, body.customer_id).await.map_err(|f| on_wire(f, NAMES))?;
        Ok(NoticeAccepted { payment_id })
    })
    .await
}

/// A payment to begin.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewIntent {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    /// The first there is, when left out.
    gateway: Option<String>,
}

/// A payment that was begun at a gateway.
#[derive(Serialize, ToSchema)]
#[schema(as = Intent)]
struct IntentView {
    #[schema(value_type = String, format = Uuid)]
    id: IntentId,
    /// Our reference at the gateway.
    reference: String,
    gateway: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
    #[schema(value_type = i64)]
    amount: Money,
    /// `open`, `paid`, `expired` or `failed`.
    #[schema(value_type = String)]
    state: IntentState,
    /// Where the payer goes.
    url: Option<String>,
    /// A virtual account number, a QRIS text, a code for the shop.
    code: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Ts,
}

impl From<Intent> for IntentView {
    fn from(i: Intent) -> Self {
        Self {
            id: i.id,
            reference: i.reference,
            gateway: i.gateway,
            invoice_id: i.invoice_id,
            amount: i.amount,
            state: i.state,
            url: i.url,
            code: i.code,
            expires_at: i.expires_at,
        }
    }
}

/// Begin paying an invoice at a gateway.
///
/// Asked again for the same invoice and amount, it answers the payment that is open.
#[utoipa::path(
    post, path = "/api/v1/intents", request_body = NewIntent,
    responses((status = 201, body = IntentView))
)]
async fn open(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<NewIntent>,
) -> Result<Response, Problem> {
    let what = IntentFor::Invoice(body.invoice_id);
    let cause = app.cause(&actor);
    let intent = checkout::open(&app.db, &cause, &what, body.gateway.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(IntentView::from(intent))).into_response())
}

/// A payment that was begun.
#[utoipa::path(
    get, path = "/api/v1/intents/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = IntentView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<IntentId>) -> Reply<IntentView> {
    let found = intent::find(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(found.into()))
}

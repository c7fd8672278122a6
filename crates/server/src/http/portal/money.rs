//! Paying: what is owed, one bill, or months ahead; and how far a payment is.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use billing::intent::{Intent, IntentFor};
use billing::{issue, owed, subscription};
use flows::checkout;
use flows::paypage::{self, Progress};
use kernel::actor::Who;
use kernel::{
    Actor, CustomerId, Fault, FaultKind, InvoiceId, Money, Result as Fallible, SubscriptionId, Ts,
};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::billing::rehearse;
use crate::http::context;
use crate::http::extract::{At, Body};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pay))
        .routes(routes!(progress))
        .routes(routes!(preview_ahead))
        .routes(routes!(ahead))
}

/// The customer who asks. The guard lets nobody else in.
pub(super) fn own(actor: &Actor) -> Fallible<CustomerId> {
    match actor.who {
        Who::Customer(id) => Ok(id),
        _ => Err(Fault::new(
            FaultKind::Unauthenticated,
            "unauthenticated",
            "Silakan masuk dulu.",
            "Please log in first.",
        )),
    }
}

/// What to pay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PayOwn {
    /// One bill; everything that is owed, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
}

/// A payment that was begun.
#[derive(Serialize, ToSchema)]
struct PortalPay {
    reference: String,
    #[schema(value_type = i64)]
    amount: Money,
    /// Where to go on.
    url: Option<String>,
    /// A virtual account number, a QRIS text, a code for the shop.
    code: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Ts,
}

impl From<Intent> for PortalPay {
    fn from(i: Intent) -> Self {
        Self {
            reference: i.reference,
            amount: i.amount,
            url: i.url,
            code: i.code,
            expires_at: i.expires_at,
        }
    }
}

/// Begin paying at the gateway.
///
/// Asked again for the same and as much, it answers the payment that is open.
#[utoipa::path(
    post, path = "/api/v1/portal/pay", request_body = PayOwn,
    responses((status = 201, body = PortalPay))
)]
async fn pay(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<PayOwn>,
) -> Result<Response, Problem> {
    let what = match body.invoice_id {
        Some(id) => IntentFor::Invoice(id),
        None => IntentFor::Customer(own(&actor)?),
    };
    let intent = checkout::open(&app.db, &app.cause(&actor), &what, None).await?;
    Ok((StatusCode::CREATED, Json(PortalPay::from(intent))).into_response())
}

/// How far a payment is.
#[derive(Serialize, ToSchema)]
struct PortalProgress {
    /// `waiting`, `opening`, `online`, `settled`, `still_limited` or `ended`.
    progress: &'static str,
    /// Why access is still not full.
    say: Option<String>,
    payment: PortalPay,
}

/// How far one of my payments is.
#[utoipa::path(
    get, path = "/api/v1/portal/pay/{reference}", params(("reference" = String, Path)),
    responses((status = 200, body = PortalProgress))
)]
async fn progress(
    State(app): State<App>,
    actor: Actor,
    At(reference): At<String>,
) -> Reply<PortalProgress> {
    let me = own(&actor)?;
    let found = paypage::status(&mut app.reader(), &reference).await?;
    let Some(found) = found.filter(|f| f.intent.customer_id == me) else {
        return Err(Fault::not_found(
            "billing.intent_not_found",
            "Pembayaran itu tidak ada.",
            "No such intent.",
        )
        .into());
    };
    let (progress, say) = match found.progress {
        Progress::Waiting => ("waiting", None),
        Progress::Opening => ("opening", None),
        Progress::Online => ("online", None),
        Progress::Settled => ("settled", None),
        Progress::StillLimited(why) => {
            let id = context::lang() == kernel::Lang::Id;
            ("still_limited", Some(if id { why.id } else { why.en }))
        }
        Progress::Ended => ("ended", None),
    };
    Ok(Json(PortalProgress { progress, say, payment: found.intent.into() }))
}

/// Months to pay ahead.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnMonthsAhead {
    /// 2–12.
    months: i64,
}

/// What months ahead cost.
#[derive(Clone, Serialize, ToSchema)]
struct PortalAhead {
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
    /// What there is to pay then, with everything owed before.
    #[schema(value_type = i64)]
    total: Money,
}

async fn issue_ahead(tx: &mut Tx, id: SubscriptionId, months: i64) -> Fallible<PortalAhead> {
    let scope = tx.actor().scope.clone();
    let customer = subscription::find(tx, &scope, id).await?.customer_id;
    let invoice = issue::ahead(tx, id, months).await?;
    let now = tx.now();
    let total = owed::of_customer(tx, customer, now).await?.total;
    Ok(PortalAhead { invoice_id: Some(invoice), total })
}

/// What months ahead would cost.
#[utoipa::path(
    post, path = "/api/v1/portal/subscriptions/{id}/ahead/preview",
    params(("id" = uuid::Uuid, Path)), request_body = OwnMonthsAhead,
    responses((status = 200, body = PortalAhead))
)]
async fn preview_ahead(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<OwnMonthsAhead>,
) -> Reply<PortalAhead> {
    let seen = rehearse(&app, &actor, async move |tx: &mut Tx| {
        Ok(PortalAhead { invoice_id: None, ..issue_ahead(tx, id, body.months).await? })
    });
    Ok(Json(seen.await?))
}

/// Ask for a bill of months ahead, to be paid next.
///
/// Unpaid by its first day, it makes room for the single month.
#[utoipa::path(
    post, path = "/api/v1/portal/subscriptions/{id}/ahead", params(("id" = uuid::Uuid, Path)),
    request_body = OwnMonthsAhead, responses((status = 201, body = PortalAhead))
)]
async fn ahead(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Body(body): Body<OwnMonthsAhead>,
) -> Written<PortalAhead> {
    app.create(&actor, async move |tx: &mut Tx| issue_ahead(tx, id, body.months).await).await
}

//! Isi ulang kuota: more quota for the running period, once its invoice is paid.

use axum::Json;
use axum::extract::State;
use billing::quota_top_up::{self, QuotaTopUpRow};
use kernel::{Actor, Day, InvoiceId, Money, Scope, SubscriptionId, Ts};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Listing};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, order)).routes(routes!(offer))
}

/// Quota that was bought.
#[derive(Serialize, ToSchema)]
#[schema(as = QuotaTopUp)]
struct QuotaTopUpView {
    #[schema(value_type = String, format = Uuid)]
    id: quota_top_up::QuotaTopUpId,
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    bytes: i64,
    #[schema(value_type = String, format = DateTime)]
    ordered_at: Ts,
    /// From this day to the end of its period it counts; null: not paid, or not any more.
    #[schema(value_type = Option<String>, format = Date)]
    paid_on: Option<Day>,
}

impl From<QuotaTopUpRow> for QuotaTopUpView {
    fn from(row: QuotaTopUpRow) -> Self {
        Self {
            id: row.id,
            invoice_id: row.invoice_id,
            bytes: row.bytes,
            ordered_at: row.ordered_at,
            paid_on: row.paid_on,
        }
    }
}

/// The quota top-ups of a subscription, newest first.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/{id}/quota-top-ups", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<QuotaTopUpView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<Listing<QuotaTopUpView>> {
    let rows = quota_top_up::list(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(Into::into).collect())))
}

/// What a subscription could buy now.
#[derive(Serialize, ToSchema)]
struct QuotaOffer {
    /// Null: its plan has no quota or sells no top-up, or it does not run.
    offer: Option<QuotaOfferTerms>,
}

/// Bytes and their price.
#[derive(Serialize, ToSchema)]
struct QuotaOfferTerms {
    bytes: i64,
    /// In the terms of the plan's tax mode.
    #[schema(value_type = i64)]
    price: Money,
}

/// What a subscription could buy now.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/{id}/quota-offer", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = QuotaOffer))
)]
async fn offer(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<QuotaOffer> {
    let mut q = app.reader();
    let sub = billing::subscription::find(&mut q, &actor.scope, id).await?;
    let catalog = catalog::current(&mut q).await?;
    let terms = quota_top_up::offer(&catalog, &sub);
    let offer = terms.map(|o| QuotaOfferTerms { bytes: o.bytes, price: o.price });
    Ok(Json(QuotaOffer { offer }))
}

/// The invoice of an ordered top-up.
#[derive(Serialize, ToSchema)]
struct QuotaOrdered {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    /// Null while it is a draft; never here.
    number: Option<String>,
    #[schema(value_type = i64)]
    total: Money,
    /// What is left to pay; 0 when the customer's credit covered it.
    #[schema(value_type = i64)]
    outstanding: Money,
}

/// Order a quota top-up.
///
/// Its invoice is due at once and isolates nobody. The quota rises when it is paid. While one waits for its
/// money, that one is answered.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/quota-top-ups", params(("id" = uuid::Uuid, Path)),
    responses((status = 201, body = QuotaOrdered))
)]
async fn order(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Written<QuotaOrdered> {
    app.create(&actor, async move |tx| {
        let invoice_id = quota_top_up::order(tx, id).await?;
        let invoice = billing::invoice::find(tx, &Scope::all(), invoice_id).await?;
        Ok(QuotaOrdered {
            invoice_id,
            total: invoice.total,
            outstanding: invoice.outstanding(),
            number: invoice.number,
        })
    })
    .await
}

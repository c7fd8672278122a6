//! Reminding of what is owed.

use axum::Json;
use axum::extract::State;
use flows::messages::remind_of;
use kernel::{Actor, InvoiceId, Result as Fallible};
use serde::Deserialize;
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::bulk::{self, BulkAnswer, Meant};
use crate::http::extract::Body;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(remind)).routes(routes!(preview))
}

/// Invoices whose customers are reminded.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RemindInvoices {
    /// 1–50 invoices.
    #[schema(value_type = Vec<String>)]
    ids: Vec<InvoiceId>,
}

async fn remind_each(
    app: &App,
    actor: &Actor,
    meant: Meant,
    body: RemindInvoices,
) -> Fallible<BulkAnswer> {
    let ids = bulk::named(&body.ids)?;
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        let work = async move |tx: &mut Tx| remind_of(tx, id).await.map(Some);
        lines.push(bulk::one(app, actor, meant, id, work).await);
    }
    Ok(BulkAnswer::of(lines))
}

/// Remind of invoices that are still owed.
///
/// Each customer by their channel, once a day and invoice; quiet hours are kept. What one refuses stands in
/// its line.
#[utoipa::path(
    post, path = "/api/v1/invoices/remind", request_body = RemindInvoices,
    responses((status = 200, body = BulkAnswer))
)]
async fn remind(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<RemindInvoices>,
) -> Reply<BulkAnswer> {
    Ok(Json(remind_each(&app, &actor, Meant::Do, body).await?))
}

/// Which of these invoices could be reminded of, and what is owed on them.
#[utoipa::path(
    post, path = "/api/v1/invoices/remind/preview", request_body = RemindInvoices,
    responses((status = 200, body = BulkAnswer))
)]
async fn preview(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<RemindInvoices>,
) -> Reply<BulkAnswer> {
    Ok(Json(remind_each(&app, &actor, Meant::Preview, body).await?))
}

//! Janji bayar: access until a date, for somebody who will pay.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::promise::{self, Promise};
use kernel::{Actor, Day, PromiseId, SubscriptionId, Ts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(make)).routes(routes!(list)).routes(routes!(cancel))
}

/// A promise to pay.
#[derive(Serialize, ToSchema)]
#[schema(as = Promise)]
struct PromiseView {
    #[schema(value_type = String, format = Uuid)]
    id: PromiseId,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    #[schema(value_type = String, format = Date)]
    made_on: Day,
    /// The last day of access without payment.
    #[schema(value_type = String, format = Date)]
    until: Day,
    made_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Ts>,
}

impl From<Promise> for PromiseView {
    fn from(p: Promise) -> Self {
        Self {
            id: p.id,
            subscription_id: p.subscription_id,
            made_on: p.made_on,
            until: p.until_on,
            made_by: p.made_by,
            cancelled_at: p.cancelled_at,
        }
    }
}

/// A promise as made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPromise {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    /// The last day of access without payment; the policy says how far it may be.
    #[schema(value_type = String, format = Date)]
    until: Day,
}

/// Made.
#[derive(Serialize, ToSchema)]
struct PromiseMade {
    #[schema(value_type = String, format = Uuid)]
    id: PromiseId,
    #[schema(value_type = String, format = Date)]
    until: Day,
}

/// Note a promise to pay: access opens until then.
#[utoipa::path(
    post, path = "/api/v1/promises", request_body = NewPromise,
    responses((status = 201, body = PromiseMade))
)]
async fn make(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<NewPromise>,
) -> Written<PromiseMade> {
    app.create(&actor, async move |tx| {
        let id = promise::make(tx, body.subscription_id, body.until).await?;
        Ok(PromiseMade { id, until: body.until })
    })
    .await
}

/// Promises of a subscription, newest first.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/{id}/promises", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<PromiseView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<Listing<PromiseView>> {
    let rows = promise::list(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(Into::into).collect())))
}

/// Take a promise back that was entered by mistake.
#[utoipa::path(
    delete, path = "/api/v1/subscriptions/{id}/promises/{promise}",
    params(("id" = uuid::Uuid, Path), ("promise" = uuid::Uuid, Path)),
    responses((status = 204))
)]
async fn cancel(
    State(app): State<App>,
    actor: Actor,
    At((id, promise)): At<(SubscriptionId, PromiseId)>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx| promise::cancel(tx, id, promise).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

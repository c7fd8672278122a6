//! Holds that people place: `manual` is finance's and the owner's, `abuse` is NOC's.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::hold::{self, Hold};
use billing::words::HoldKind;
use kernel::{Actor, SubscriptionId, Ts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(place_manual))
        .routes(routes!(place_abuse))
        .routes(routes!(list))
        .routes(routes!(release_manual))
        .routes(routes!(release_abuse))
}

/// A hold that a person placed.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
struct HoldView {
    /// `manual` or `abuse`.
    #[schema(value_type = String)]
    kind: HoldKind,
    why: String,
    /// Ends by itself; null: until released.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Ts>,
    by: String,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Ts,
}

impl From<Hold> for HoldView {
    fn from(h: Hold) -> Self {
        Self { kind: h.kind, why: h.why, until: h.until, by: h.by, placed_at: h.placed_at }
    }
}

/// A hold to place.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewHold {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    why: String,
    /// Until released, when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Ts>,
}

/// The subscription and its holds.
#[derive(Serialize, ToSchema)]
struct HoldsView {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    holds: Vec<HoldView>,
}

async fn place(app: &App, actor: &Actor, kind: HoldKind, body: NewHold) -> Written<HoldsView> {
    app.create(actor, async move |tx| {
        let id = body.subscription_id;
        hold::place(tx, id, kind, &body.why, body.until).await?;
        let scope = tx.actor().scope.clone();
        let holds = hold::list(tx, &scope, id).await?;
        let holds = holds.into_iter().map(Into::into).collect();
        Ok(HoldsView { subscription_id: id, holds })
    })
    .await
}

async fn release(
    app: &App,
    actor: &Actor,
    id: SubscriptionId,
    kind: HoldKind,
) -> Result<StatusCode, Problem> {
    app.change(actor, async move |tx| hold::release(tx, id, kind).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Place a manual hold: finance and the owner.
#[utoipa::path(
    post, path = "/api/v1/holds/manual", request_body = NewHold,
    responses((status = 201, body = HoldsView))
)]
async fn place_manual(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<NewHold>,
) -> Written<HoldsView> {
    place(&app, &actor, HoldKind::Manual, body).await
}

/// Place an abuse hold: NOC.
#[utoipa::path(
    post, path = "/api/v1/holds/abuse", request_body = NewHold,
    responses((status = 201, body = HoldsView))
)]
async fn place_abuse(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<NewHold>,
) -> Written<HoldsView> {
    place(&app, &actor, HoldKind::Abuse, body).await
}

/// Holds of a subscription that were not released.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/{id}/holds", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<HoldView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<Listing<HoldView>> {
    let rows = hold::list(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(Into::into).collect())))
}

/// Release the manual hold.
#[utoipa::path(
    delete, path = "/api/v1/subscriptions/{id}/holds/manual", params(("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
async fn release_manual(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Result<StatusCode, Problem> {
    release(&app, &actor, id, HoldKind::Manual).await
}

/// Release the abuse hold.
#[utoipa::path(
    delete, path = "/api/v1/subscriptions/{id}/holds/abuse", params(("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
async fn release_abuse(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Result<StatusCode, Problem> {
    release(&app, &actor, id, HoldKind::Abuse).await
}

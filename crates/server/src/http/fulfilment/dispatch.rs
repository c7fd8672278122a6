//! Dispatch: who goes when; what NOC decides about a visit.

use axum::Json;
use axum::extract::State;
use flows::dispatch;
use kernel::{Actor, Day, Result as Fallible, UserId, WorkOrderId};
use serde::Deserialize;
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::seen_in;
use super::view::WorkOrderView;
use crate::http::app::{App, Reply, Written};
use crate::http::bulk::{self, BulkAnswer, Meant};
use crate::http::extract::{At, Body};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(assign))
        .routes(routes!(assign_many))
        .routes(routes!(preview_assign_many))
        .routes(routes!(reschedule))
        .routes(routes!(cancel))
        .routes(routes!(review))
        .routes(routes!(approve_own_device))
        .routes(routes!(confirm))
}

/// What steps of technicians waited for may have come true; they are tried again.
async fn let_waiting_steps_go(app: &App, actor: &Actor, id: WorkOrderId) {
    if let Err(error) = flows::field::drive(&app.db, &app.cause(actor), id).await {
        // They are tried again with the next steps that the phone sends.
        tracing::warn!(%error, work_order = %id, "steps that waited were not tried");
    }
}

/// Who goes when.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignWorkOrder {
    /// 1–8 technicians of the branch.
    #[schema(value_type = Vec<String>)]
    technicians: Vec<UserId>,
    /// Today or later.
    #[schema(value_type = String, format = Date)]
    scheduled_on: Day,
}

/// Send technicians.
///
/// Reserves the account of an install. Other technicians than before have to accept it anew; after a
/// failed visit this is the next one.
#[utoipa::path(
    post, path = "/api/v1/work-orders/{id}/assign", params(("id" = uuid::Uuid, Path)),
    request_body = AssignWorkOrder, responses((status = 200, body = WorkOrderView))
)]
async fn assign(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
    Body(body): Body<AssignWorkOrder>,
) -> Written<WorkOrderView> {
    let done = app
        .write(&actor, async move |tx| {
            dispatch::assign(tx, id, &body.technicians, body.scheduled_on).await?;
            seen_in(tx, id).await
        })
        .await?;
    let_waiting_steps_go(&app, &actor, id).await;
    Ok(done)
}

/// Who goes when to many.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignWorkOrders {
    /// 1–50 work orders.
    #[schema(value_type = Vec<String>)]
    ids: Vec<WorkOrderId>,
    /// 1–8 technicians of the branch.
    #[schema(value_type = Vec<String>)]
    technicians: Vec<UserId>,
    /// Today or later.
    #[schema(value_type = String, format = Date)]
    scheduled_on: Day,
}

async fn assign_each(
    app: &App,
    actor: &Actor,
    meant: Meant,
    body: AssignWorkOrders,
) -> Fallible<BulkAnswer> {
    let (ids, on) = (bulk::named(&body.ids)?, body.scheduled_on);
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        let people = body.technicians.clone();
        let work = async move |tx: &mut Tx| {
            dispatch::assign(tx, id, &people, on).await?;
            Ok(None)
        };
        lines.push(bulk::one(app, actor, meant, id, work).await);
        if meant == Meant::Do {
            let_waiting_steps_go(app, actor, id).await;
        }
    }
    Ok(BulkAnswer::of(lines))
}

/// Send technicians to several work orders on one day.
///
/// Each as by its own assign; what one refuses stands in its line.
#[utoipa::path(
    post, path = "/api/v1/work-orders/assign", request_body = AssignWorkOrders,
    responses((status = 200, body = BulkAnswer))
)]
async fn assign_many(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AssignWorkOrders>,
) -> Reply<BulkAnswer> {
    Ok(Json(assign_each(&app, &actor, Meant::Do, body).await?))
}

/// What sending technicians to several work orders would do.
#[utoipa::path(
    post, path = "/api/v1/work-orders/assign/preview", request_body = AssignWorkOrders,
    responses((status = 200, body = BulkAnswer))
)]
async fn preview_assign_many(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AssignWorkOrders>,
) -> Reply<BulkAnswer> {
    Ok(Json(assign_each(&app, &actor, Meant::Preview, body).await?))
}

/// Another day.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RescheduleWorkOrder {
    /// Today or later.
    #[schema(value_type = String, format = Date)]
    scheduled_on: Day,
}

/// Put a work order on another day.
///
/// With the same technicians; after a failed visit it is open again and waits for some.
#[utoipa::path(
    post, path = "/api/v1/work-orders/{id}/reschedule", params(("id" = uuid::Uuid, Path)),
    request_body = RescheduleWorkOrder, responses((status = 200, body = WorkOrderView))
)]
async fn reschedule(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
    Body(body): Body<RescheduleWorkOrder>,
) -> Written<WorkOrderView> {
    app.write(&actor, async move |tx| {
        dispatch::reschedule(tx, id, body.scheduled_on).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Why a work order is called off.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CancelWorkOrder {
    reason: String,
}

/// Call a work order off.
///
/// 409 `fulfilment.device_in_place` once its device stands at the site. Cancelling again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/work-orders/{id}/cancel", params(("id" = uuid::Uuid, Path)),
    request_body = CancelWorkOrder, responses((status = 200, body = WorkOrderView))
)]
async fn cancel(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
    Body(body): Body<CancelWorkOrder>,
) -> Written<WorkOrderView> {
    app.write(&actor, async move |tx| {
        fulfilment::cancel(tx, id, &body.reason).await?;
        seen_in(tx, id).await
    })
    .await
}

/// What NOC found.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewWorkOrder {
    #[serde(default)]
    note: String,
}

/// Take a finished work order off the review list.
#[utoipa::path(
    post, path = "/api/v1/work-orders/{id}/review", params(("id" = uuid::Uuid, Path)),
    request_body = ReviewWorkOrder, responses((status = 200, body = WorkOrderView))
)]
async fn review(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
    Body(body): Body<ReviewWorkOrder>,
) -> Written<WorkOrderView> {
    app.write(&actor, async move |tx| {
        fulfilment::reviewed(tx, id, &body.note).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Allow the customer's own device: only its MAC is then scanned.
#[utoipa::path(
    post, path = "/api/v1/work-orders/{id}/approve-own-device",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = WorkOrderView))
)]
async fn approve_own_device(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
) -> Written<WorkOrderView> {
    let done = app
        .write(&actor, async move |tx| {
            fulfilment::approve_own_device(tx, id).await?;
            seen_in(tx, id).await
        })
        .await?;
    let_waiting_steps_go(&app, &actor, id).await;
    Ok(done)
}

/// Confirm an installation, where NOC has the last word on activation.
///
/// 409 `flows.not_scanned` before the technician's scan. Confirming again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/work-orders/{id}/confirm", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = WorkOrderView))
)]
async fn confirm(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
) -> Written<WorkOrderView> {
    app.write(&actor, async move |tx| {
        dispatch::confirm(tx, id).await?;
        seen_in(tx, id).await
    })
    .await
}

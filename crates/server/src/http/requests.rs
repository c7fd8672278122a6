//! Requests: what customers and resellers ask of the office, and its answers.

use axum::Json;
use axum::extract::State;
use crm::request::{self, RequestKind, RequestState};
use flows::portal::{self, Asked};
use flows::views::portal::{self as views, RequestRow};
use kernel::{
    Actor, CustomerId, Day, Money, PlanId, RequestId, Result as Fallible, SubscriptionId, Ts,
};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply, Written};
use super::can::Can;
use super::extract::{At, Body, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, ask)).routes(routes!(answer))
}

/// The portal's operations.
pub(super) fn portal() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(plans))
        .routes(routes!(own, ask_own))
        .routes(routes!(withdraw))
}

/// A request.
#[derive(Serialize, ToSchema)]
struct RequestView {
    #[schema(value_type = String, format = Uuid)]
    id: RequestId,
    number: String,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: String,
    customer_number: String,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    subscription_number: String,
    /// The plan in force.
    plan: String,
    /// `plan_change`, `stop` or `contact`.
    #[schema(value_type = String)]
    kind: RequestKind,
    /// The plan wished for.
    wished_plan: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    wished_on: Option<Day>,
    note: String,
    /// `open`, `done`, `refused` or `withdrawn`.
    #[schema(value_type = String)]
    state: RequestState,
    asked_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<Ts>,
    answered_by: Option<String>,
    answer: Option<String>,
    can: RequestCan,
}

/// What the one who asks may do with it.
#[derive(Serialize, ToSchema)]
struct RequestCan {
    answer: Can,
}

impl RequestView {
    fn of(r: RequestRow, actor: &Actor) -> Self {
        let open = match r.state {
            RequestState::Open => Ok(()),
            other => Err(kernel::fault::wrong_state(
                "crm.request_state",
                ("Permintaan", "request"),
                other.as_str(),
                "open",
            )),
        };
        let may = actor.require(kernel::Permission::SubscriptionWrite);
        Self {
            id: r.id,
            number: r.number,
            customer_id: r.customer_id,
            customer_name: r.customer_name,
            customer_number: r.customer_number,
            subscription_id: r.subscription_id,
            subscription_number: r.subscription_number,
            plan: r.plan,
            kind: r.kind,
            wished_plan: r.wished_plan,
            wished_on: r.wished_on,
            note: r.note,
            state: r.state,
            asked_by: r.asked_by,
            created_at: r.created_at,
            answered_at: r.answered_at,
            answered_by: r.answered_by,
            answer: r.answer,
            can: RequestCan { answer: Can::when(may.and(open)) },
        }
    }
}

/// Which requests to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RequestQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<RequestId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// `open`, `done`, `refused` or `withdrawn`.
    #[param(value_type = Option<String>)]
    state: Option<RequestState>,
}

async fn page(app: &App, actor: &Actor, query: RequestQuery) -> Reply<Listing<RequestView>> {
    let limit = page_size(query.limit);
    let mut q = app.reader();
    let rows = views::requests(&mut q, &actor.scope, query.state, query.after, limit + 1).await?;
    let view = |row| RequestView::of(row, actor);
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// Requests of customers and resellers, newest first.
#[utoipa::path(
    get, path = "/api/v1/requests", params(RequestQuery),
    responses((status = 200, body = Listing<RequestView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<RequestQuery>,
) -> Reply<Listing<RequestView>> {
    page(&app, &actor, query).await
}

/// What is asked for.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskRequest {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    /// `plan_change`, `stop` or `contact`.
    #[schema(value_type = String)]
    kind: RequestKind,
    /// For another plan: which.
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    #[schema(value_type = Option<String>, format = Date)]
    wished_on: Option<Day>,
    #[serde(default)]
    note: String,
}

async fn asked(app: &App, actor: &Actor, body: AskRequest) -> Written<RequestView> {
    app.create(actor, async move |tx: &mut Tx| {
        let asked = Asked {
            subscription: body.subscription_id,
            kind: body.kind,
            plan: body.plan_id,
            wished_on: body.wished_on,
            note: body.note,
        };
        let made = portal::ask(tx, asked).await?;
        shown(tx, made.id).await
    })
    .await
}

async fn shown(tx: &mut Tx, id: RequestId) -> Fallible<RequestView> {
    let actor = tx.actor().clone();
    Ok(RequestView::of(views::request(tx, &actor.scope, id).await?, &actor))
}

/// Ask the office for another plan or the end, for a customer of one's own.
#[utoipa::path(
    post, path = "/api/v1/requests", request_body = AskRequest,
    responses((status = 201, body = RequestView))
)]
async fn ask(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AskRequest>,
) -> Written<RequestView> {
    asked(&app, &actor, body).await
}

/// The office's answer.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerRequest {
    /// Done; false: it will not be.
    done: bool,
    /// What whoever asked is told; a refusal needs a reason.
    #[serde(default)]
    answer: String,
}

/// Say that a request is done, or will not be.
///
/// Changing the plan or ending the subscription is another step, before this one.
#[utoipa::path(
    post, path = "/api/v1/requests/{id}/answer", params(("id" = uuid::Uuid, Path)),
    request_body = AnswerRequest, responses((status = 200, body = RequestView))
)]
async fn answer(
    State(app): State<App>,
    actor: Actor,
    At(id): At<RequestId>,
    Body(body): Body<AnswerRequest>,
) -> Written<RequestView> {
    app.write(&actor, async move |tx: &mut Tx| {
        request::answer(tx, id, body.done, &body.answer).await?;
        shown(tx, id).await
    })
    .await
}

/// My requests, newest first.
#[utoipa::path(
    get, path = "/api/v1/portal/requests", params(RequestQuery),
    responses((status = 200, body = Listing<RequestView>))
)]
async fn own(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<RequestQuery>,
) -> Reply<Listing<RequestView>> {
    page(&app, &actor, query).await
}

/// Ask for another plan, the end, or other contact data.
#[utoipa::path(
    post, path = "/api/v1/portal/requests", request_body = AskRequest,
    responses((status = 201, body = RequestView))
)]
async fn ask_own(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AskRequest>,
) -> Written<RequestView> {
    asked(&app, &actor, body).await
}

/// Take one of my requests back.
#[utoipa::path(
    delete, path = "/api/v1/portal/requests/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RequestView))
)]
async fn withdraw(
    State(app): State<App>,
    actor: Actor,
    At(id): At<RequestId>,
) -> Written<RequestView> {
    app.write(&actor, async move |tx: &mut Tx| {
        request::withdraw(tx, id).await?;
        shown(tx, id).await
    })
    .await
}

/// A plan to choose.
#[derive(Serialize, ToSchema)]
struct PortalPlan {
    #[schema(value_type = String, format = Uuid)]
    id: PlanId,
    name: String,
    #[schema(value_type = i64)]
    price: Money,
    down_kbps: i64,
    up_kbps: i64,
    quota_bytes: Option<i64>,
    /// It is the one in force.
    current: bool,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PlansFor {
    /// One of my subscriptions.
    #[param(value_type = String)]
    subscription: SubscriptionId,
}

/// The plans that one of my subscriptions could have.
#[utoipa::path(
    get, path = "/api/v1/portal/plans", params(PlansFor),
    responses((status = 200, body = Listing<PortalPlan>))
)]
async fn plans(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<PlansFor>,
) -> Reply<Listing<PortalPlan>> {
    let mut q = app.reader();
    let sub = billing::subscription::find(&mut q, &actor.scope, query.subscription).await?;
    let catalog = catalog::current(&mut q).await?;
    let today = app.now().day(catalog.zone(sub.branch_id));
    let mut plans = Vec::new();
    for plan in portal::offers(&catalog, sub.mode) {
        let profile = catalog.profile(plan.profile_id)?;
        plans.push(PortalPlan {
            id: plan.id,
            name: plan.name.clone(),
            price: catalog.price_at(plan.id, today),
            down_kbps: profile.rate_down_kbps,
            up_kbps: profile.rate_up_kbps,
            quota_bytes: plan.quota_bytes,
            current: plan.id == sub.plan_id,
        });
    }
    plans.sort_by_key(|plan| plan.price);
    Ok(Json(Listing::whole(plans)))
}

//! Orders: what was sold, by whom.

use axum::Json;
use axum::extract::State;
use crm::order::{self, Order};
use crm::{Channel, Mode};
use kernel::{
    Actor, BranchId, CustomerId, LeadId, OrderId, PartnerId, PlanId, SubscriptionId, Ts, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::{At, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(find))
}

/// An order.
#[derive(Serialize, ToSchema)]
struct OrderView {
    #[schema(value_type = String, format = Uuid)]
    id: OrderId,
    /// `SO000123`.
    number: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    lead_id: Option<LeadId>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    #[schema(value_type = String, format = Uuid)]
    plan_id: PlanId,
    #[schema(value_type = String)]
    mode: Mode,
    #[schema(value_type = String)]
    channel: Channel,
    #[schema(value_type = Option<String>, format = Uuid)]
    sold_by: Option<UserId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Ts>,
    cancelled_why: Option<String>,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        Self {
            id: order.id,
            number: order.number,
            lead_id: order.lead_id,
            customer_id: order.customer_id,
            subscription_id: order.subscription_id,
            plan_id: order.plan_id,
            mode: order.mode,
            channel: order.channel,
            sold_by: order.sold_by,
            partner_id: order.partner_id,
            branch_id: order.branch_id,
            created_at: order.created_at,
            cancelled_at: order.cancelled_at,
            cancelled_why: order.cancelled_why,
        }
    }
}

/// The query of the orders' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OrderQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<OrderId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Of one customer.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
}

/// Orders, newest first.
#[utoipa::path(
    get, path = "/api/v1/orders", params(OrderQuery), responses((status = 200, body = Listing<OrderView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<OrderQuery>,
) -> Reply<Listing<OrderView>> {
    let limit = page_size(query.limit);
    let (scope, customer) = (&actor.scope, query.customer);
    let page = order::list(&mut app.reader(), scope, customer, query.after, limit).await?;
    let next = page.next.map(|id| id.to_string());
    Ok(Json(Listing { items: page.items.into_iter().map(OrderView::from).collect(), next }))
}

/// One order.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = OrderView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<OrderId>) -> Reply<OrderView> {
    Ok(Json(order::find(&mut app.reader(), &actor.scope, id).await?.into()))
}

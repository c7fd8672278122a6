//! Orders: what was sold, by whom. One a subscription.

use ::store::{Query, Tx};
use kernel::{
    BranchId, CustomerId, Fault, LeadId, OrderId, PartnerId, PlanId, Result, Scope, SubscriptionId,
    Ts, UserId,
};
use serde_json::{Value, json};

use crate::store::order as rows;
use crate::{Channel, Mode, Page};

/// An order as entered by the conversion.
#[derive(Clone, Debug)]
pub struct NewOrder {
    pub lead: Option<LeadId>,
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
    pub plan: PlanId,
    pub mode: Mode,
    pub sold_by: Option<UserId>,
    pub channel: Channel,
    pub partner: Option<PartnerId>,
    pub branch: BranchId,
}

::store::row! {
    pub struct Order {
        pub id: OrderId,
        /// `SO000123`.
        pub number: String,
        pub lead_id: Option<LeadId>,
        pub customer_id: CustomerId,
        pub subscription_id: SubscriptionId,
        pub plan_id: PlanId,
        pub mode: Mode,
        pub sold_by: Option<UserId>,
        pub channel: Channel,
        pub partner_id: Option<PartnerId>,
        pub branch_id: BranchId,
        pub created_at: Ts,
        pub cancelled_at: Option<Ts>,
        pub cancelled_why: Option<String>,
    }
}

/// Makes an order with the next number.
///
/// # Errors
/// `crm.order_exists` when the subscription has one already.
pub async fn create(tx: &mut Tx, new: NewOrder) -> Result<Order> {
    let order = Order {
        id: tx.new_id(),
        number: format!("SO{:06}", tx.next_number("crm/order").await?),
        lead_id: new.lead,
        customer_id: new.customer,
        subscription_id: new.subscription,
        plan_id: new.plan,
        mode: new.mode,
        sold_by: new.sold_by,
        channel: new.channel,
        partner_id: new.partner,
        branch_id: new.branch,
        created_at: tx.now(),
        cancelled_at: None,
        cancelled_why: None,
    };
    rows::insert(tx, &order).await.map_err(|fault| {
        if !::store::is_unique(&fault) {
            return fault;
        }
        Fault::conflict(
            "crm.order_exists",
            "Langganan ini sudah punya order.",
            "This subscription already has an order.",
        )
    })?;
    let after = json!({
        "number": order.number, "customer": order.customer_id, "plan": order.plan_id,
        "subscription": order.subscription_id, "mode": order.mode, "sold_by": order.sold_by,
        "channel": order.channel, "partner": order.partner_id,
    });
    tx.journal("order", order.id.uuid(), "created", Value::Null, after).await?;
    Ok(order)
}

/// Cancels the order of a subscription that will not be installed (batal pasang). Cancelling again
/// changes nothing.
///
/// # Errors
/// `crm.order_not_found` when the subscription has none.
pub async fn cancel(tx: &mut Tx, subscription: SubscriptionId, why: &str) -> Result<()> {
    let order = of_subscription(tx, subscription).await?;
    if order.cancelled_at.is_some() {
        return Ok(());
    }
    rows::cancel(tx, order.id, why.trim()).await?;
    let (before, after) = (json!({ "cancelled": false }), json!({ "cancelled": true, "why": why }));
    tx.journal("order", order.id.uuid(), "cancelled", before, after).await
}

/// The order of a subscription.
///
/// # Errors
/// `crm.order_not_found` when it has none.
pub async fn of_subscription(q: &mut dyn Query, subscription: SubscriptionId) -> Result<Order> {
    rows::of_subscription(q, subscription).await?.ok_or_else(not_found)
}

/// One order.
///
/// # Errors
/// `crm.order_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: OrderId) -> Result<Order> {
    rows::find(q, scope, id).await?.ok_or_else(not_found)
}

/// Orders, newest first, at most 200 a page; `customer` narrows to one.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    customer: Option<CustomerId>,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Page<Order, OrderId>> {
    let limit = crate::limit_of(limit);
    let items = rows::list(q, scope, customer, after, limit + 1).await?;
    Ok(Page::of(items, limit, |order| order.id))
}

fn not_found() -> Fault {
    Fault::not_found(
        "crm.order_not_found",
        "Order ini tidak ada, atau bukan wewenang Anda.",
        "There is no such order, or it is not yours to see.",
    )
}

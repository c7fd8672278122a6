//! Orders.

use kernel::{BranchId, CustomerId, OrderId, PartnerId, Result, Scope, SubscriptionId};
use store::{Query, QueryExt, Tx, args};

use crate::order::Order;

const COLUMNS: &str = "id, number, lead_id, customer_id, subscription_id, plan_id, mode, sold_by, \
     channel, partner_id, branch_id, created_at, cancelled_at, cancelled_why";

pub(crate) async fn insert(tx: &mut Tx, o: &Order) -> Result<()> {
    let sql = format!(
        "insert into crm_order ({COLUMNS})
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)"
    );
    tx.exec(
        &sql,
        args![
            o.id,
            o.number,
            o.lead_id,
            o.customer_id,
            o.subscription_id,
            o.plan_id,
            o.mode,
            o.sold_by,
            o.channel,
            o.partner_id,
            o.branch_id,
            o.created_at,
            o.cancelled_at,
            o.cancelled_why
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn cancel(tx: &mut Tx, id: OrderId, why: &str) -> Result<()> {
    tx.exec(
        "update crm_order set cancelled_at = $2, cancelled_why = $3
         where id = $1 and cancelled_at is null",
        args![id, tx.now(), why],
    )
    .await?;
    Ok(())
}

pub(crate) async fn of_subscription(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Option<Order>> {
    let sql = format!("select {COLUMNS} from crm_order where subscription_id = $1");
    q.row_opt(&sql, args![subscription]).await
}

pub(crate) async fn find(q: &mut dyn Query, scope: &Scope, id: OrderId) -> Result<Option<Order>> {
    if scope.technician.is_some() {
        return Ok(None);
    }
    let sql = format!(
        "select {COLUMNS} from crm_order where id = $1 and ($2 is null or branch_id = $2)
           and ($3 is null or partner_id = $3) and ($4 is null or customer_id = $4)"
    );
    q.row_opt(&sql, args![id, scope.branch, scope.partner, scope.customer]).await
}

pub(crate) async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    customer: Option<CustomerId>,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<Order>> {
    if scope.technician.is_some() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select {COLUMNS} from crm_order where ($1 is null or branch_id = $1)
           and ($2 is null or partner_id = $2) and ($3 is null or customer_id = $3)
           and ($4 is null or customer_id = $4) and ($5 is null or id < $5)
         order by id desc limit $6"
    );
    q.rows(&sql, args![scope.branch, scope.partner, scope.customer, customer, after, limit]).await
}

pub(crate) async fn reassign(
    tx: &mut Tx,
    customer: CustomerId,
    branch: BranchId,
    partner: Option<PartnerId>,
) -> Result<()> {
    tx.exec(
        "update crm_order set branch_id = $2, partner_id = $3 where customer_id = $1",
        args![customer, branch, partner],
    )
    .await?;
    tx.exec(
        "update crm_request set branch_id = $2, partner_id = $3 where customer_id = $1",
        args![customer, branch, partner],
    )
    .await?;
    Ok(())
}

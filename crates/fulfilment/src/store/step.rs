//! An order's story.

use kernel::{Id, Result, Ts, WorkOrderId};
use store::{Query, QueryExt, Tx, args};

use crate::ask::Stage;
use crate::order::WorkOrder;

/// A row of the story.
enum Line {}

/// Something the office did, now.
pub(crate) async fn note(
    tx: &mut Tx,
    order: &WorkOrder,
    step: &str,
    detail: Option<&str>,
) -> Result<()> {
    let now = tx.now();
    happened(tx, order, step, now, detail).await
}

/// Something that may happen again, such as another scan.
pub(crate) async fn happened(
    tx: &mut Tx,
    order: &WorkOrder,
    step: &str,
    at: Ts,
    detail: Option<&str>,
) -> Result<()> {
    let id: Id<Line> = tx.new_id();
    insert(tx, id, order, (step, &id.to_string()), at, detail).await
}

/// Something each technician does once a visit; said twice, the earlier time counts.
pub(crate) async fn once(
    tx: &mut Tx,
    order: &WorkOrder,
    step: &str,
    at: Ts,
    detail: Option<&str>,
) -> Result<()> {
    let id: Id<Line> = tx.new_id();
    let key = format!("{}:{step}:{}", order.visit, tx.actor().tag());
    insert(tx, id, order, (step, &key), at, detail).await
}

async fn insert(
    tx: &mut Tx,
    id: Id<Line>,
    order: &WorkOrder,
    (step, key): (&str, &str),
    at: Ts,
    detail: Option<&str>,
) -> Result<()> {
    let (user, name) = (tx.actor().user(), tx.actor().name.clone());
    tx.exec(
        "insert into fulfilment_step (id, work_order_id, visit, step, user_id, actor_name,
           occurred_at, recorded_at, detail, once_key) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
         on conflict (work_order_id, once_key) do update set
           occurred_at = {LEAST}(fulfilment_step.occurred_at, excluded.occurred_at)",
        args![id, order.id, order.visit, step, user, name, at, tx.now(), detail, key],
    )
    .await?;
    Ok(())
}

pub(crate) async fn list(q: &mut dyn Query, order: WorkOrderId) -> Result<Vec<Stage>> {
    q.rows(
        "select visit, step, user_id, actor_name, occurred_at, recorded_at, detail
         from fulfilment_step where work_order_id = $1 order by visit, recorded_at, occurred_at, id",
        args![order],
    )
    .await
}

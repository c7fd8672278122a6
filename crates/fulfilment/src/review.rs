//! NOC looked at the evidence.

use kernel::{Event, Permission, Result, Scope, WorkOrderId};
use store::Tx;

use crate::ask::{find, for_office};
use crate::open::facts;
use crate::order::WorkOrder;
use crate::store::{order as rows, step};

/// Takes a finished order off the review list, with a word about it. Again changes nothing.
///
/// # Errors
/// `fulfilment.order_not_found`.
pub async fn reviewed(tx: &mut Tx, id: WorkOrderId, note: &str) -> Result<WorkOrder> {
    let before = for_office(tx, id, Permission::WorkOrderDispatch).await?;
    if !before.review {
        return Ok(before);
    }
    let order = WorkOrder { review: false, reviewed_at: Some(tx.now()), ..before.clone() };
    rows::save(tx, &order).await?;
    let note = Some(note.trim()).filter(|note| !note.is_empty());
    step::note(tx, &order, "reviewed", note).await?;
    tx.journal("work_order", id.uuid(), "reviewed", facts(&before), facts(&order)).await?;
    tx.emit(Event::WorkOrderReviewed { work_order: id, subscription: order.subscription_id });
    Ok(order)
}

/// Puts a finished order on NOC's list for a reason that lies outside of its evidence; the caller, a flow,
/// knows it.
///
/// # Errors
/// `fulfilment.order_not_found`.
pub async fn needs_review(tx: &mut Tx, id: WorkOrderId, why: &str) -> Result<()> {
    rows::lock(tx, id).await?;
    let before = find(tx, &Scope::all(), id).await?;
    let order = WorkOrder { review: true, review_why: Some(why.to_owned()), ..before.clone() };
    rows::save(tx, &order).await?;
    tx.journal("work_order", id.uuid(), "needs_review", facts(&before), facts(&order)).await
}

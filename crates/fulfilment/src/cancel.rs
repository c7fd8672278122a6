//! Taking an order back.

use kernel::{Event, Fault, Field, Permission, Result, WorkOrderId};
use store::Tx;

use crate::ask::for_office;
use crate::close::refuse_with_device;
use crate::open::facts;
use crate::order::{State, WorkOrder};
use crate::store::{order as rows, step};

/// Cancels an order. Cancelling again changes nothing. Emits `WorkOrderCancelled`.
///
/// # Errors
/// `fulfilment.wrong_state` when it is done; `fulfilment.device_in_place` once the device of an install or
/// swap was scanned; a field error without a reason.
pub async fn cancel(tx: &mut Tx, id: WorkOrderId, reason: &str) -> Result<WorkOrder> {
    // Who may end a subscription may also call off its visits.
    let either = [Permission::WorkOrderWrite, Permission::SubscriptionWrite];
    let permission = either.into_iter().find(|p| tx.actor().may(*p)).unwrap_or(either[0]);
    let before = for_office(tx, id, permission).await?;
    if before.state == State::Cancelled {
        return Ok(before);
    }
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Fault::fields(vec![Field::required("reason")]));
    }
    may_cancel(&before)?;
    let state = State::Cancelled;
    let order = WorkOrder { state, cancelled_reason: Some(reason.to_owned()), ..before.clone() };
    rows::save(tx, &order).await?;
    step::note(tx, &order, "cancelled", Some(reason)).await?;
    tx.journal("work_order", id.uuid(), "cancelled", facts(&before), facts(&order)).await?;
    tx.emit(Event::WorkOrderCancelled { work_order: id });
    Ok(order)
}

/// Whether an order can be called off now.
///
/// # Errors
/// `fulfilment.wrong_state`, `fulfilment.device_in_place`.
pub fn may_cancel(order: &WorkOrder) -> Result<()> {
    order.state.to(State::Cancelled, &order.number)?;
    refuse_with_device(order)
}

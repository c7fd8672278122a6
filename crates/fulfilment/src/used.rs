//! Counted stock that a job used up.

use kernel::{Result, WorkOrderId};
use store::Tx;

use crate::ask::for_work;
use crate::order::{Mark, State, WorkOrder};
use crate::store::step;

/// Writes into an order's story what was used up on it, in words; late ones too. The stock itself is moved
/// by the caller, in the same transaction.
///
/// # Errors
/// `fulfilment.order_not_found` unless it is theirs; `fulfilment.other_visit`; `fulfilment.wrong_state`
/// before it was accepted and after it failed or was cancelled.
pub async fn note_used(tx: &mut Tx, id: WorkOrderId, what: &str, mark: Mark) -> Result<WorkOrder> {
    let order = for_work(tx, id).await?;
    order.check_visit(mark)?;
    if !matches!(order.state, State::Accepted | State::OnTheWay | State::OnSite | State::Done) {
        return Err(order.state.refusal(&order.number));
    }
    step::happened(tx, &order, "used", mark.at, Some(what)).await?;
    Ok(order)
}

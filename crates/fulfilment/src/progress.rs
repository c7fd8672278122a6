//! On the way to the customer: accepted, on the way, on site.

use kernel::{Event, Result, WorkOrderId};
use store::Tx;

use crate::ask::for_work;
use crate::open::facts;
use crate::order::{Mark, Progress, Step, WorkOrder, progress};
use crate::store::{order as rows, step as steps};

/// The technician takes the job.
///
/// # Errors
/// `fulfilment.wrong_state`, `fulfilment.other_visit`, `fulfilment.order_not_found`.
pub async fn accept(tx: &mut Tx, id: WorkOrderId, mark: Mark) -> Result<WorkOrder> {
    go(tx, id, Step::Accepted, mark).await
}

/// The technician has set out. The first of them emits `WorkOrderOnTheWay`.
///
/// # Errors
/// `fulfilment.wrong_state`, `fulfilment.other_visit`, `fulfilment.order_not_found`.
pub async fn on_the_way(tx: &mut Tx, id: WorkOrderId, mark: Mark) -> Result<WorkOrder> {
    go(tx, id, Step::OnTheWay, mark).await
}

/// The technician is at the customer's.
///
/// # Errors
/// `fulfilment.wrong_state`, `fulfilment.other_visit`, `fulfilment.order_not_found`.
pub async fn on_site(tx: &mut Tx, id: WorkOrderId, mark: Mark) -> Result<WorkOrder> {
    go(tx, id, Step::OnSite, mark).await
}

/// One step of one technician. What a colleague said before is only written down as evidence.
async fn go(tx: &mut Tx, id: WorkOrderId, step: Step, mark: Mark) -> Result<WorkOrder> {
    let before = for_work(tx, id).await?;
    before.check_visit(mark)?;
    let found = progress(before.state, step, &before.number)?;
    steps::once(tx, &before, step.as_str(), mark.at, None).await?;
    let Progress::Forward(state) = found else { return Ok(before) };
    let order = WorkOrder { state, ..before.clone() };
    rows::save(tx, &order).await?;
    tx.journal("work_order", id.uuid(), step.as_str(), facts(&before), facts(&order)).await?;
    if step == Step::OnTheWay {
        tx.emit(Event::WorkOrderOnTheWay { work_order: id });
    }
    Ok(order)
}

//! Closing a visit: done, or failed and why.

use kernel::{Event, Fault, Field, Result, WorkOrderId};
use store::Tx;

use crate::ask::for_work;
use crate::evidence::{missing, not_complete, review};
use crate::open::facts;
use crate::order::{Mark, State, WorkOrder};
use crate::store::{order as rows, photo, step};

/// Whether the customer was online when the technician left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Online {
    Yes,
    /// Not, and why: rejected, waiting for activation, the technician's word.
    No(String),
    /// Nothing has to be online (dismantle, a repair of cable).
    NotNeeded,
}

/// Closes an order as done. Done again changes nothing. Emits `WorkOrderDone`.
///
/// GPS missing or more than 200 m from the pin closes it too, but puts it on NOC's list; so does a photo
/// whose bytes are still on the device, until they come.
///
/// # Errors
/// [`crate::evidence::NOT_COMPLETE`] naming what is missing; `fulfilment.wrong_state` unless somebody is
/// on site; `fulfilment.other_visit`; a field error when it is not online without a reason.
pub async fn finish(
    tx: &mut Tx,
    id: WorkOrderId,
    online: &Online,
    mark: Mark,
) -> Result<WorkOrder> {
    let before = for_work(tx, id).await?;
    before.check_visit(mark)?;
    if before.state == State::Done {
        return Ok(before);
    }
    let state = before.state.to(State::Done, &before.number)?;
    let photos = photo::on_visit(tx, id, before.visit).await?;
    let lacks = missing(&before, photos);
    if !lacks.is_empty() {
        return Err(not_complete(&before, &lacks));
    }
    let result = match online {
        Online::Yes => Some("online".to_owned()),
        Online::NotNeeded => None,
        Online::No(why) if why.trim().is_empty() => {
            return Err(Fault::fields(vec![Field::required("note")]));
        }
        Online::No(why) => Some(why.trim().to_owned()),
    };
    let why = review(&before, photo::come(tx, id, before.visit).await?);
    let order = WorkOrder {
        state,
        online_result: result,
        review: why.is_some(),
        review_why: why.map(str::to_owned),
        failed_reason: None,
        done_at: Some(tx.now()),
        ..before.clone()
    };
    rows::save(tx, &order).await?;
    step::happened(tx, &order, "done", mark.at, order.online_result.as_deref()).await?;
    tx.journal("work_order", id.uuid(), "done", facts(&before), facts(&order)).await?;
    let subscription = order.subscription_id;
    tx.emit(Event::WorkOrderDone { work_order: id, subscription });
    Ok(order)
}

/// This visit came to nothing. The same visit failed again changes nothing. Emits `WorkOrderFailed`.
///
/// # Errors
/// `fulfilment.wrong_state` unless the job was accepted; `fulfilment.device_in_place` once the device of
/// an install or swap was scanned; `fulfilment.other_visit`; a field error without a reason.
pub async fn fail(tx: &mut Tx, id: WorkOrderId, reason: &str, mark: Mark) -> Result<WorkOrder> {
    let before = for_work(tx, id).await?;
    before.check_visit(mark)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Fault::fields(vec![Field::required("reason")]));
    }
    if before.state == State::Failed {
        return Ok(before);
    }
    let state = before.state.to(State::Failed, &before.number)?;
    refuse_with_device(&before)?;
    let order = WorkOrder { state, failed_reason: Some(reason.to_owned()), ..before.clone() };
    rows::save(tx, &order).await?;
    step::happened(tx, &order, "failed", mark.at, Some(reason)).await?;
    tx.journal("work_order", id.uuid(), "failed", facts(&before), facts(&order)).await?;
    tx.emit(Event::WorkOrderFailed { work_order: id });
    Ok(order)
}

/// The scan has put the device at the site and started the subscription: that is not undone by failing.
pub(crate) fn refuse_with_device(order: &WorkOrder) -> Result<()> {
    if !(order.kind.puts_a_device() && order.has_device()) {
        return Ok(());
    }
    let there = order.serial.as_ref().or(order.mac_scanned.as_ref()).cloned().unwrap_or_default();
    Err(Fault::conflict(
        "fulfilment.device_in_place",
        format!(
            "{there} sudah dipindai dan terpasang. Selesaikan SPK {} dengan alasan belum online, atau \
             minta NOC membuat SPK bongkar.",
            order.number
        ),
        format!(
            "{there} is scanned and in place. Close work order {} with the reason why it is not online, \
             or ask NOC for a dismantle order.",
            order.number
        ),
    ))
}

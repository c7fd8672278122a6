//! The next visit, or another day for this one.

use kernel::{Day, Event, Permission, Result, UserId, WorkOrderId};
use store::Tx;

use crate::ask::for_office;
use crate::assign::checked;
use crate::open::facts;
use crate::order::{State, WorkOrder};
use crate::store::{order as rows, step};

/// Plans the visit after a failed one: evidence starts anew, the history stays. Without technicians the
/// order is open again, else assigned to them. Emits `WorkOrderAssigned` when it is assigned.
///
/// # Errors
/// `fulfilment.wrong_state` unless the last visit failed; a field error for over 8 technicians.
pub async fn reschedule(
    tx: &mut Tx,
    id: WorkOrderId,
    technicians: &[UserId],
    scheduled_on: Day,
) -> Result<WorkOrder> {
    let before = for_office(tx, id, Permission::WorkOrderDispatch).await?;
    let assigned = !technicians.is_empty();
    let technicians = if assigned { checked(technicians)? } else { Vec::new() };
    if before.state != State::Failed {
        return Err(before.state.refusal(&before.number));
    }
    let state = if assigned { State::Assigned } else { State::Open };
    let order = WorkOrder {
        state,
        visit: before.visit + 1,
        scheduled_on: Some(scheduled_on),
        item_id: None,
        serial: None,
        mac_scanned: None,
        scan_how: None,
        scan_reason: None,
        scanned_by: None,
        scanned_at: None,
        gps_lat: None,
        gps_lon: None,
        gps_accuracy_m: None,
        gps_at: None,
        distance_m: None,
        signal_cdbm: None,
        signal_at: None,
        ..before.clone()
    };
    rows::save(tx, &order).await?;
    rows::set_technicians(tx, id, &technicians).await?;
    step::note(tx, &order, "rescheduled", Some(&scheduled_on.to_string())).await?;
    tx.journal("work_order", id.uuid(), "rescheduled", facts(&before), facts(&order)).await?;
    if assigned {
        tx.emit(Event::WorkOrderAssigned { work_order: id });
    }
    Ok(order)
}

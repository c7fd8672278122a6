//! Dispatch: who goes when.

use kernel::{Day, Event, Fault, Permission, Result, UserId, WorkOrderId};
use store::Tx;

use crate::ask::for_office;
use crate::open::facts;
use crate::order::{State, WorkOrder};
use crate::store::{order as rows, step};

/// More people than fit into a car.
const TECHNICIANS_MAX: usize = 8;

/// Gives an order to technicians on a day. Other technicians than before have to accept it anew; only
/// another day leaves the state as it is. The same again changes nothing. Emits `WorkOrderAssigned`.
///
/// # Errors
/// `fulfilment.wrong_state` once they are on site; a field error on `technicians` (1 to 8).
pub async fn assign(
    tx: &mut Tx,
    id: WorkOrderId,
    technicians: &[UserId],
    scheduled_on: Day,
) -> Result<WorkOrder> {
    let before = for_office(tx, id, Permission::WorkOrderDispatch).await?;
    let technicians = checked(technicians)?;
    if before.state == State::Failed {
        // A failed visit is followed by the next one: `reschedule` counts it.
        return Err(before.state.refusal(&before.number));
    }
    let same_people = rows::technicians_of(tx, id).await? == technicians;
    if same_people && before.scheduled_on == Some(scheduled_on) {
        return Ok(before);
    }
    let state = match before.state {
        state @ (State::Accepted | State::OnTheWay) if same_people => state,
        state => state.to(State::Assigned, &before.number)?,
    };
    let order = WorkOrder { state, scheduled_on: Some(scheduled_on), ..before.clone() };
    rows::save(tx, &order).await?;
    rows::set_technicians(tx, id, &technicians).await?;
    step::note(tx, &order, "assigned", Some(&scheduled_on.to_string())).await?;
    let mut after = facts(&order);
    if let Some(map) = after.as_object_mut() {
        let ids: Vec<String> = technicians.iter().map(ToString::to_string).collect();
        map.insert("technicians".into(), ids.into());
    }
    tx.journal("work_order", id.uuid(), "assigned", facts(&before), after).await?;
    tx.emit(Event::WorkOrderAssigned { work_order: id });
    Ok(order)
}

/// In the order of their ids, each once.
pub(crate) fn checked(technicians: &[UserId]) -> Result<Vec<UserId>> {
    let mut technicians = technicians.to_vec();
    technicians.sort();
    technicians.dedup();
    if (1..=TECHNICIANS_MAX).contains(&technicians.len()) {
        return Ok(technicians);
    }
    Err(Fault::field(
        "technicians",
        "count",
        "pilih 1 sampai 8 teknisi",
        "choose 1 to 8 technicians",
    ))
}

//! What the device receives: the optical power that the technician reads and types.

use kernel::{Result, WorkOrderId};
use store::Tx;

use crate::ask::for_work;
use crate::evidence::signal_cdbm;
use crate::open::facts;
use crate::order::{Mark, State, WorkOrder};
use crate::store::{order as rows, step};

/// Records a reading in dBm. Of several on one visit the last by the device's clock counts, so that it does
/// not matter which arrives first; each stands in the story. A late one is taken on a closed order too.
///
/// # Errors
/// A field error for what no receiver reads; `fulfilment.wrong_state` before anybody set out and on a
/// cancelled order; `fulfilment.other_visit`.
pub async fn record_signal(
    tx: &mut Tx,
    id: WorkOrderId,
    dbm: f64,
    mark: Mark,
) -> Result<WorkOrder> {
    let cdbm = signal_cdbm(dbm)?;
    let before = for_work(tx, id).await?;
    before.check_visit(mark)?;
    if matches!(before.state, State::Open | State::Assigned | State::Cancelled) {
        return Err(before.state.refusal(&before.number));
    }
    let known = before.signal_at.zip(before.signal_cdbm);
    if known == Some((mark.at, cdbm)) {
        return Ok(before);
    }
    step::happened(tx, &before, "signal", mark.at, Some(&spoken(cdbm))).await?;
    if known.is_some_and(|known| known > (mark.at, cdbm)) {
        return Ok(before);
    }
    let order = WorkOrder { signal_cdbm: Some(cdbm), signal_at: Some(mark.at), ..before.clone() };
    rows::save(tx, &order).await?;
    tx.journal("work_order", id.uuid(), "signal", facts(&before), facts(&order)).await?;
    Ok(order)
}

/// `-19,42 dBm`, as it is written in Indonesia.
pub fn spoken(cdbm: i64) -> String {
    let sign = if cdbm < 0 { "-" } else { "" };
    let whole = cdbm.unsigned_abs();
    format!("{sign}{},{:02} dBm", whole / 100, whole % 100)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_reading_is_written_with_its_sign_also_near_nought() {
        for (cdbm, text) in
            [(-1_942, "-19,42 dBm"), (-5, "-0,05 dBm"), (0, "0,00 dBm"), (310, "3,10 dBm")]
        {
            assert_eq!(super::spoken(cdbm), text);
        }
    }
}

//! Closing a month: nothing is posted into it any more.

use kernel::{Day, Fault, Result};
use store::Tx;

use super::post::month_of;
use crate::store as sql;

/// Closes the month of `day` (and with it every month before). Closing it again changes nothing.
///
/// # Errors
/// `billing.month_not_over` when the month is not over in the earliest of our zones.
pub async fn close_month(tx: &mut Tx, day: Day) -> Result<()> {
    let today = tx.now().day(kernel::Zone::Jakarta);
    if day.last_of_month() >= today {
        return Err(Fault::conflict(
            "billing.month_not_over",
            "Bulan itu belum berakhir.",
            "That month is not over yet.",
        ));
    }
    let month = month_of(day);
    if sql::ledger::close(tx, &month).await? {
        let id: kernel::EntryId = tx.new_id();
        let after = serde_json::json!({ "month": month });
        tx.journal("ledger", id.uuid(), "closed", serde_json::Value::Null, after).await?;
    }
    Ok(())
}

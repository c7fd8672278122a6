//! Somebody of the office reminds a customer of an invoice.

use kernel::{Fault, InvoiceId, Money, Permission, Result};
use notification::Template;
use serde_json::json;
use store::{QueryExt, Tx, args};

use super::{BILL, Bill, bill_messages};

/// Reminds of one invoice that is still owed, by the ways in which the customer is told of bills: once a day.
/// Answers what is owed.
///
/// # Errors
/// `forbidden`; `billing.invoice_not_found`, also when out of scope; `flows.nothing_owed`;
/// `flows.reminded_today` when somebody did today; `flows.not_told` when messages are off or the customer
/// wants none.
pub async fn remind_of(tx: &mut Tx, id: InvoiceId) -> Result<Money> {
    tx.actor().require(Permission::PromiseWrite)?;
    let scope = tx.actor().scope.clone();
    let invoice = billing::invoice::find(tx, &scope, id).await?;
    let sql = format!("{BILL} where i.id = $1 and i.state = 'issued' and i.live");
    let bill: Option<Bill> = tx.row_opt(&sql, args![id]).await?;
    let open = bill.filter(|bill| bill.outstanding.is_positive());
    let Some(bill) = open else { return Err(nothing_owed()) };
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(catalog.zone(bill.branch_id));
    let step = format!("{}:{today}", Template::Reminder);
    let before: i64 = tx
        .value(
            "select count(*) from notification_message where subject_key = $1 and step = $2",
            args![format!("invoice:{id}"), step],
        )
        .await?;
    if before > 0 {
        return Err(reminded_today());
    }
    let owed = bill.outstanding;
    let mut said = bill_messages(tx, &catalog, bill, Template::Reminder);
    said.iter_mut().for_each(|message| message.step.clone_from(&step));
    let queued = notification::queue_many(tx, said).await?;
    if queued == 0 {
        return Err(not_told());
    }
    let after = json!({ "number": invoice.number, "messages": queued });
    tx.journal("invoice", id.uuid(), "reminded", json!(null), after).await?;
    Ok(owed)
}

fn nothing_owed() -> Fault {
    Fault::conflict(
        "flows.nothing_owed",
        "Tagihan ini tidak menunggu uang.",
        "Nothing is owed on this invoice.",
    )
}

fn reminded_today() -> Fault {
    Fault::conflict(
        "flows.reminded_today",
        "Sudah diingatkan hari ini.",
        "The customer was reminded today already.",
    )
}

fn not_told() -> Fault {
    Fault::conflict(
        "flows.not_told",
        "Pesan dimatikan, atau pelanggan tidak mau menerima pesan.",
        "Messages are off, or the customer wants none.",
    )
}

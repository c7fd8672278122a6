//! Giving up what nobody will pay. A second person approves first: [`crate::approval`].

use kernel::{Fault, InvoiceId, Money, Result};
use serde_json::{Value, json};
use store::Tx;

use crate::invoice;
use crate::ledger::{self, Entry, EntryKind, rules};
use crate::store as sql;
use crate::words::InvoiceState;

/// Writes a part of what is outstanding off as bad debt. The invoice's money is not there: no commission
/// and no prepaid days follow from it.
///
/// # Errors
/// `billing.invoice_not_found`; `billing.write_off_amount` when it is not between one rupiah and the
/// outstanding amount.
pub async fn write_off(tx: &mut Tx, id: InvoiceId, amount: Money, why: &str) -> Result<()> {
    let invoice = invoice::locked(tx, id).await?;
    let issued = invoice.state == InvoiceState::Issued && invoice.live;
    if !issued || !amount.is_positive() || amount > invoice.outstanding() {
        return Err(Fault::field(
            "amount",
            "billing.write_off_amount",
            format!("harus antara Rp 1 dan {}", invoice.outstanding().or_zero()),
            format!("must be between Rp 1 and {}", invoice.outstanding().or_zero()),
        ));
    }
    sql::credit::insert_write_off(tx, id, invoice.customer_id, amount, why).await?;
    sql::invoice_write::add_written_off(tx, id, amount).await?;
    let mut entry =
        Entry::new(EntryKind::WriteOff, id.uuid(), invoice.branch_id).of(invoice.customer_id);
    rules::written_off(&mut entry, amount);
    ledger::post(tx, entry).await?;
    if amount == invoice.outstanding() {
        // Nobody owes it any more, so it isolates nobody.
        tx.emit(kernel::Event::InvoiceCredited {
            invoice: id,
            subscription: invoice.subscription_id,
        });
    }
    let after = json!({ "amount": amount, "why": why });
    tx.journal("invoice", id.uuid(), "written_off", Value::Null, after).await
}

//! Payments that are not sure yet: a transfer with a photo of its proof.

use kernel::{Fault, PaymentId, Result};
use serde_json::{Value, json};
use store::Tx;

use super::receive::{checked, count, insert, known};
use super::{NewPayment, Payment};
use crate::cash::Whose;
use crate::numbers::{self, Document};
use crate::store as sql;
use crate::words::PaymentState;

/// Notes a payment that somebody still has to see in the bank: `pending`. It settles nothing.
///
/// # Errors
/// As [`super::receive`].
pub async fn wait(tx: &mut Tx, new: NewPayment) -> Result<PaymentId> {
    let party = checked(tx, &new).await?;
    if let Some(known) = known(tx, &new).await? {
        return Ok(known.id);
    }
    let catalog = catalog::current(tx).await?;
    let payment = insert(tx, &catalog, &party, &new, PaymentState::Pending).await?;
    let after = json!({ "amount": new.amount, "channel": payment.channel });
    tx.journal("payment", payment.id.uuid(), "noted", Value::Null, after).await?;
    Ok(payment.id)
}

/// The money is there: `pending → settled`, as if it had just been received. Again: nothing changes.
///
/// # Errors
/// `billing.payment_not_found`; `billing.payment_state` when it was reversed.
pub async fn settle(tx: &mut Tx, id: PaymentId) -> Result<()> {
    let payment = super::locked(tx, id).await?;
    match payment.state {
        PaymentState::Settled => return Ok(()),
        PaymentState::Reversed => {
            return Err(Fault::conflict(
                "billing.payment_state",
                "Pembayaran ini sudah dibatalkan.",
                "This payment was reversed.",
            ));
        }
        PaymentState::Pending => {}
    }
    let catalog = catalog::current(tx).await?;
    let on = tx.now().day(catalog.zone(payment.branch_id));
    let (series, seq) = numbers::take(tx, Document::Receipt, on, 1).await?;
    let number = numbers::text(Document::Receipt, on, seq);
    sql::payment::settle(tx, id, &number, &series, seq).await?;
    let settled = Payment {
        state: PaymentState::Settled,
        receipt_number: Some(number.clone()),
        settled_at: Some(tx.now()),
        ..payment
    };
    count(tx, &catalog, &settled, Whose::Actor).await?;
    tx.journal("payment", id.uuid(), "settled", Value::Null, json!({ "receipt": number })).await
}

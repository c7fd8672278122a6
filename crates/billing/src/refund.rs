//! Paying a customer's credit out. A second person approves first: [`crate::approval`].

use kernel::{CustomerId, Fault, Money, Result, UserId};
use serde_json::{Value, json};
use store::Tx;

use crate::cash::{self, Whose};
use crate::ledger::{Entry, EntryKind, rules};
use crate::store as sql;
use crate::words::Channel;

/// Pays `amount` of the customer's credit out by cash or transfer, from the oldest money first.
///
/// # Errors
/// `billing.refund_amount` when it is not between one rupiah and the customer's credit;
/// `billing.refund_channel` for another channel; `billing.drawer_needed`, `billing.drawer_short`.
pub async fn refund(
    tx: &mut Tx,
    customer: CustomerId,
    amount: Money,
    channel: &Channel,
    why: &str,
) -> Result<()> {
    refund_for(tx, customer, amount, channel, why, None).await
}

/// As [`refund`]: cash goes out of the open drawer of the person who asked for it, who has the customer
/// before them; without one, out of the drawer of the person who acts.
///
/// # Errors
/// As [`refund`].
pub(crate) async fn refund_for(
    tx: &mut Tx,
    customer: CustomerId,
    amount: Money,
    channel: &Channel,
    why: &str,
    asked_by: Option<UserId>,
) -> Result<()> {
    if !matches!(channel, Channel::Cash | Channel::Transfer) {
        return Err(Fault::field(
            "channel",
            "billing.refund_channel",
            "harus tunai atau transfer",
            "must be cash or transfer",
        ));
    }
    sql::party::lock(tx, customer).await?;
    let party = sql::party::find(tx, customer).await?;
    let sources = sql::payment::sources(tx, customer).await?;
    let credit: Money = sources.iter().map(|s| s.left).sum();
    let Some(party) = party.filter(|_| amount.is_positive() && amount <= credit) else {
        return Err(Fault::field(
            "amount",
            "billing.refund_amount",
            format!("harus antara Rp 1 dan deposit pelanggan ({credit})"),
            format!("must be between Rp 1 and the customer's credit ({credit})"),
        ));
    };
    let mut left = amount;
    for source in sources {
        let part = left.min(source.left);
        if part.is_positive() {
            let word = channel.to_string();
            sql::payment::insert_refund(tx, source.payment, customer, &word, part, why).await?;
            sql::payment::add_refunded(tx, source.payment, part).await?;
            left -= part;
        }
    }
    let mut entry = Entry::new(EntryKind::Refund, customer.uuid(), party.branch_id).of(customer);
    rules::refunded(&mut entry, channel, amount);
    cash::book(tx, entry, asked_by.map_or(Whose::Actor, Whose::AskedBy)).await?;
    let after = json!({ "amount": amount, "channel": channel.to_string(), "why": why });
    tx.journal("customer", customer.uuid(), "refunded", Value::Null, after).await
}

//! A payment bounces: its invoices are open again, with a grace before isolation.

use catalog::Catalog;
use kernel::{Event, Fault, InvoiceId, PaymentId, Result, Scope};
use serde_json::{Value, json};
use store::Tx;

use super::Payment;
use crate::allocate::Part;
use crate::cash::{self, Whose};
use crate::ledger::{Entry, EntryKind, rules};
use crate::settle;
use crate::store as sql;
use crate::words::{Channel, InvoiceKind, PaymentState};

/// Takes a payment back: what it settled is owed again (unless other money of the customer settles it at
/// once), prepaid days that it gave are revoked, isolation waits for the policy's grace. A pending payment
/// is just given up. Again: nothing changes.
///
/// # Errors
/// `billing.payment_not_found`; `billing.payment_refunded` when a part of it was paid out;
/// `billing.payment_voucher`: a voucher's money can't bounce.
pub async fn reverse(tx: &mut Tx, id: PaymentId, why: &str) -> Result<()> {
    let payment = super::locked(tx, id).await?;
    if payment.state == PaymentState::Reversed {
        return Ok(());
    }
    must_be_reversible(&payment)?;
    let catalog = catalog::current(tx).await?;
    let parts = sql::payment::parts_of_payment(tx, id).await?;
    if payment.state == PaymentState::Settled {
        take_back(tx, &payment, &parts).await?;
    }
    sql::payment::reverse(tx, id, why).await?;
    settle::customer(tx, &catalog, payment.customer_id, settle::Named::default()).await?;
    let touched: Vec<InvoiceId> = parts.iter().map(|p| p.invoice).collect();
    reopen(tx, &catalog, &touched).await?;
    let after = json!({ "why": why, "amount": payment.amount });
    tx.journal("payment", id.uuid(), "reversed", Value::Null, after).await?;
    tx.emit(Event::PaymentReversed { payment: id, customer: payment.customer_id });
    Ok(())
}

fn must_be_reversible(payment: &Payment) -> Result<()> {
    if payment.refunded.is_positive() {
        return Err(Fault::conflict(
            "billing.payment_refunded",
            "Sebagian uang pembayaran ini sudah dikembalikan ke pelanggan.",
            "A part of this payment was paid out already.",
        ));
    }
    if payment.channel == Channel::Voucher.to_string() {
        return Err(Fault::conflict(
            "billing.payment_voucher",
            "Pembayaran voucher tidak bisa ditarik kembali.",
            "A voucher's payment can't be reversed.",
        ));
    }
    Ok(())
}

/// Allocations back, one entry for all of it.
async fn take_back(tx: &mut Tx, payment: &Payment, parts: &[Part]) -> Result<()> {
    let channel = Channel::parse(&payment.channel)
        .ok_or_else(|| Fault::bug(format!("unknown channel {}", payment.channel)))?;
    let mut entry = Entry::new(EntryKind::Reversal, payment.id.uuid(), payment.branch_id)
        .of(payment.customer_id);
    rules::received(&mut entry, &channel, -payment.amount);
    let mut back = Vec::with_capacity(parts.len());
    for part in parts {
        back.push(Part { amount: -part.amount, ..*part });
        rules::allocated(&mut entry, -part.amount);
        sql::invoice_write::add_paid(tx, part.invoice, -part.amount).await?;
    }
    sql::payment::allocate(tx, &back).await?;
    cash::book(tx, entry, Whose::Actor).await
}

/// Invoices that nothing else settled are open again: their days are revoked, with a grace.
async fn reopen(tx: &mut Tx, catalog: &Catalog, ids: &[InvoiceId]) -> Result<()> {
    let scope = Scope::all();
    for invoice in sql::invoice::by_ids(tx, ids).await? {
        if !invoice.live || !invoice.outstanding().is_positive() {
            continue;
        }
        let sub = match invoice.subscription_id {
            Some(id) => sql::subscription::find(tx, &scope, id).await?,
            None => None,
        };
        let policy = sub.as_ref().map_or_else(|| catalog.isp_policy(), |s| s.policy(catalog));
        let zone = catalog.zone(invoice.branch_id);
        let last = tx.now().day(zone).plus_days(policy.grace_days_after_reversal.max(0));
        let until = policy.isolation_at(last.next(), zone);
        let isolate_at = match invoice.kind {
            InvoiceKind::Supplement => Some(until),
            InvoiceKind::Regular | InvoiceKind::OneOff => invoice.isolate_at,
        };
        sql::invoice_write::reopen(tx, invoice.id, until, isolate_at).await?;
        if invoice.outstanding() > policy.tolerance {
            for subscription in sql::credit::revoke(tx, &[invoice.id]).await? {
                tx.emit(Event::EntitlementChanged { subscription });
            }
        }
        tx.emit(Event::InvoiceReopened {
            invoice: invoice.id,
            subscription: invoice.subscription_id,
        });
    }
    Ok(())
}

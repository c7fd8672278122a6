//! Receiving money.

use catalog::Catalog;
use kernel::{CustomerId, Event, Fault, InvoiceId, Money, PaymentId, Result, Ts};
use serde_json::{Value, json};
use store::{Query, Tx};

use super::Payment;
use crate::cash::{self, Whose};
use crate::invoice::AllocationView;
use crate::ledger::{Entry, EntryKind, rules};
use crate::numbers::{self, Document};
use crate::settle::{self, Named};
use crate::store as sql;
use crate::store::party::Party;
use crate::words::{Channel, PaymentState};

/// A payment as it comes in.
#[derive(Clone, Debug)]
pub struct NewPayment {
    pub customer: CustomerId,
    pub channel: Channel,
    /// Unique in its channel: what makes the payment count once. Cash may leave it out: it gets its
    /// receipt number.
    pub reference: Option<String>,
    pub amount: Money,
    /// The invoice it is for (link, QRIS, counter).
    pub named_invoice: Option<InvoiceId>,
    /// When the money moved.
    pub received_at: Ts,
    pub note: Option<String>,
}

/// What became of a payment.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub payment: Payment,
    /// What it settles (and what was taken back later).
    pub allocations: Vec<AllocationView>,
    /// The customer's whole credit now.
    pub credit: Money,
    /// It was received before: nothing changed now.
    pub repeated: bool,
}

/// Receives settled money: counts it once by (channel, reference), settles the named invoice, then the
/// oldest of its subscription, then the others; the rest is customer credit. A payment that waited under this
/// reference is settled by it. Late prepaid invoices that it
/// covers are issued anew from today where the rules say so. Settled invoices give their days at once.
///
/// # Errors
/// `invalid_fields`; `billing.customer_unknown` when the customer has no money account;
/// `billing.invoice_not_found` for a named invoice of somebody else; `billing.reference_used` when
/// another payment has this channel and reference; `billing.reference_reversed` when that payment was
/// reversed; `billing.drawer_needed` for cash, when the ISP's policy asks for an open drawer.
pub async fn receive(tx: &mut Tx, new: NewPayment) -> Result<Receipt> {
    receive_by(tx, new, Whose::Actor).await
}

/// As [`receive`], for cash that a collector or technician takes: they hold it until they hand it over.
///
/// # Errors
/// As [`receive`].
pub async fn collect(tx: &mut Tx, new: NewPayment) -> Result<Receipt> {
    receive_by(tx, new, Whose::Collector).await
}

async fn receive_by(tx: &mut Tx, new: NewPayment, whose: Whose) -> Result<Receipt> {
    let party = checked(tx, &new).await?;
    if let Some(known) = known(tx, &new).await? {
        return again(tx, known).await;
    }
    let catalog = catalog::current(tx).await?;
    let payment = insert(tx, &catalog, &party, &new, PaymentState::Settled).await?;
    let id = payment.id;
    count(tx, &catalog, &payment, whose).await?;
    let after = json!({ "amount": new.amount, "channel": payment.channel, "receipt": payment.receipt_number });
    tx.journal("payment", id.uuid(), "received", Value::Null, after).await?;
    let stored = super::find(tx, &kernel::Scope::all(), id).await?;
    receipt_of(tx, stored, false).await
}

/// Money whose reference is known: a repetition when it was counted, the money itself when it was waited for.
async fn again(tx: &mut Tx, known: Payment) -> Result<Receipt> {
    if known.state != PaymentState::Pending {
        return receipt_of(tx, known, true).await;
    }
    super::settle(tx, known.id).await?;
    let settled = super::find(tx, &kernel::Scope::all(), known.id).await?;
    receipt_of(tx, settled, false).await
}

/// A payment with what it settled, for print.
///
/// # Errors
/// `billing.payment_not_found`.
pub async fn receipt(q: &mut dyn Query, scope: &kernel::Scope, id: PaymentId) -> Result<Receipt> {
    let payment = super::find(q, scope, id).await?;
    receipt_of(q, payment, false).await
}

async fn receipt_of(q: &mut dyn Query, payment: Payment, repeated: bool) -> Result<Receipt> {
    let allocations = sql::payment::allocations_of_payment(q, payment.id).await?;
    let credit = sql::payment::credit(q, payment.customer_id).await?;
    Ok(Receipt { payment, allocations, credit, repeated })
}

/// Checks the request and locks the money account.
pub(super) async fn checked(tx: &mut Tx, new: &NewPayment) -> Result<Party> {
    if !new.amount.is_positive() {
        return Err(Fault::field("amount", "range", "harus lebih dari nol", "must be above zero"));
    }
    let blank = new.reference.as_deref().is_none_or(|r| r.trim().is_empty());
    if blank && new.channel != Channel::Cash {
        return Err(Fault::fields(vec![kernel::Field::required("reference")]));
    }
    sql::party::lock(tx, new.customer).await?;
    let scope = tx.actor().scope.clone();
    let party = sql::party::find(tx, new.customer).await?.filter(|p| {
        scope.branch.is_none_or(|b| b == p.branch_id)
            && (scope.partner.is_none() || scope.partner == p.partner_id)
            && scope.customer.is_none_or(|c| c == p.customer_id)
    });
    let party = party.ok_or_else(|| {
        Fault::not_found(
            "billing.customer_unknown",
            "Pelanggan ini belum punya langganan atau tagihan.",
            "This customer has no subscription or invoice yet.",
        )
    })?;
    if let Some(named) = new.named_invoice {
        let invoice = crate::invoice::find(tx, &kernel::Scope::all(), named).await?;
        if invoice.customer_id != new.customer {
            return Err(crate::invoice::not_found());
        }
    }
    Ok(party)
}

/// The payment that has this channel and reference already, if it is the same one.
pub(super) async fn known(tx: &mut Tx, new: &NewPayment) -> Result<Option<Payment>> {
    let Some(reference) = reference(new) else { return Ok(None) };
    let channel = new.channel.to_string();
    let found = sql::payment::by_reference(tx, &channel, &reference).await?;
    match found {
        Some(p) if p.customer_id != new.customer || p.amount != new.amount => Err(taken()),
        Some(p) if p.state == PaymentState::Reversed => Err(reversed()),
        other => Ok(other),
    }
}

fn reference(new: &NewPayment) -> Option<String> {
    new.reference.as_deref().map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned)
}

fn taken() -> Fault {
    Fault::conflict(
        "billing.reference_used",
        "Nomor referensi ini sudah dipakai pembayaran lain.",
        "Another payment has this reference already.",
    )
}

fn reversed() -> Fault {
    Fault::conflict(
        "billing.reference_reversed",
        "Pembayaran dengan referensi ini sudah dibatalkan. Kalau uangnya masuk lagi, catat dengan referensi \
         baru dari mutasi bank.",
        "The payment with this reference was reversed. If the money came in again, record it under the new \
         reference of the bank statement.",
    )
}

/// Writes the payment; a settled one gets its receipt number.
pub(super) async fn insert(
    tx: &mut Tx,
    catalog: &Catalog,
    party: &Party,
    new: &NewPayment,
    state: PaymentState,
) -> Result<Payment> {
    let on = tx.now().day(catalog.zone(party.branch_id));
    let settled = state == PaymentState::Settled;
    let number = if settled {
        let (series, seq) = numbers::take(tx, Document::Receipt, on, 1).await?;
        Some((numbers::text(Document::Receipt, on, seq), series, seq))
    } else {
        None
    };
    let id: PaymentId = tx.new_id();
    let receipt_number = number.as_ref().map(|n| n.0.clone());
    let own = || receipt_number.clone().unwrap_or_else(|| id.to_string());
    let payment = Payment {
        id,
        customer_id: new.customer,
        branch_id: party.branch_id,
        partner_id: party.partner_id,
        channel: new.channel.to_string(),
        reference: reference(new).unwrap_or_else(own),
        amount: new.amount,
        allocated: Money::ZERO,
        refunded: Money::ZERO,
        state,
        named_invoice_id: new.named_invoice,
        received_at: new.received_at,
        recorded_at: tx.now(),
        recorded_by: tx.actor().name.clone(),
        settled_at: settled.then(|| tx.now()),
        reversed_at: None,
        reversed_why: None,
        note: new.note.clone(),
        receipt_number,
    };
    let series = number.as_ref().map(|(_, series, seq)| (series.as_str(), *seq));
    sql::payment::insert(tx, &payment, series)
        .await
        .map_err(|f| if store::is_unique(&f) { taken() } else { f })?;
    Ok(payment)
}

/// Settled money meets the ledger and the invoices.
pub(super) async fn count(
    tx: &mut Tx,
    catalog: &Catalog,
    payment: &Payment,
    whose: Whose,
) -> Result<()> {
    let channel = Channel::parse(&payment.channel)
        .ok_or_else(|| Fault::bug(format!("unknown channel {}", payment.channel)))?;
    let mut entry = Entry::new(EntryKind::Payment, payment.id.uuid(), payment.branch_id)
        .of(payment.customer_id);
    rules::received(&mut entry, &channel, payment.amount);
    cash::book(tx, entry, whose).await?;
    let mut named = Named { invoice: payment.named_invoice_id, payment: Some(payment.id) };
    settle::replace_late(tx, catalog, payment.customer_id, &mut named).await?;
    settle::customer(tx, catalog, payment.customer_id, named).await?;
    tx.emit(Event::PaymentReceived { payment: payment.id, customer: payment.customer_id });
    Ok(())
}

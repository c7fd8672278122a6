//! Tax that customers keep back: it settles the invoice, isolates nobody, and is due as paper.

use kernel::{BranchId, CustomerId, Fault, InvoiceId, Money, PartnerId, Result, Ts, WithholdingId};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::invoice::{self, Invoice};
use crate::ledger::{self, Entry, EntryKind, rules};
use crate::settle;
use crate::store as sql;
use crate::withholding;
pub use crate::withholding::Withholds;
use crate::words::WithholdingKind;

store::row! {
    /// A withholding as stored.
    pub struct Withholding {
        pub id: WithholdingId,
        pub invoice_id: InvoiceId,
        pub customer_id: CustomerId,
        pub kind: WithholdingKind,
        pub amount: Money,
        pub recorded_at: Ts,
        /// Number of the bukti potong or of the deposit slip.
        pub certificate: Option<String>,
        pub certified_at: Option<Ts>,
        pub cancelled_at: Option<Ts>,
    }
}

/// Says what a customer keeps back. A payment that leaves exactly that settles its invoice.
///
/// # Errors
/// `billing.customer_unknown` when the customer has no money account yet.
pub async fn flag(tx: &mut Tx, customer: CustomerId, withholds: Withholds) -> Result<()> {
    sql::party::lock(tx, customer).await?;
    if sql::party::set_withholds(tx, customer, withholds).await? == 0 {
        return Err(Fault::not_found(
            "billing.customer_unknown",
            "Pelanggan ini belum punya langganan atau tagihan.",
            "This customer has no subscription or invoice yet.",
        ));
    }
    let after = json!({ "pph23": withholds.pph23, "wapu": withholds.wapu });
    tx.journal("customer", customer.uuid(), "withholds", Value::Null, after).await
}

/// As [`flag`], for a customer who may have no money account yet: it is made.
///
/// # Errors
/// Only when the database fails.
pub async fn flag_or_open(
    tx: &mut Tx,
    customer: CustomerId,
    branch: BranchId,
    partner: Option<PartnerId>,
    withholds: Withholds,
) -> Result<()> {
    sql::party::ensure(tx, customer, branch, partner).await?;
    flag(tx, customer, withholds).await
}

/// Records what the customer kept back of an invoice: it settles that part. `amount` may not exceed the
/// computed tax nor the outstanding amount. A certificate may come with it or later ([`certify`]).
///
/// # Errors
/// `billing.invoice_not_found`; `billing.withheld_before`; `billing.withheld_too_much`.
pub async fn record(
    tx: &mut Tx,
    id: InvoiceId,
    kind: WithholdingKind,
    amount: Money,
    certificate: Option<&str>,
) -> Result<WithholdingId> {
    let invoice = invoice::locked(tx, id).await?;
    let recorded = sql::credit::withholdings(tx, id).await?;
    if recorded.iter().any(|w| w.kind == kind) {
        return Err(Fault::conflict(
            "billing.withheld_before",
            "Potongan ini sudah dicatat untuk tagihan itu.",
            "This withholding is recorded for that invoice already.",
        ));
    }
    let (base, tax) = base_left(tx, id).await?;
    let most = withholding::most(kind, base, tax).min(invoice.outstanding());
    if !invoice.live || !amount.is_positive() || amount > most {
        return Err(Fault::field(
            "amount",
            "billing.withheld_too_much",
            format!("paling banyak {most}"),
            format!("must be at most {most}"),
        ));
    }
    let withholding = write(tx, &invoice, kind, amount).await?;
    if let Some(certificate) = certificate {
        certify(tx, withholding, certificate).await?;
    }
    let catalog = catalog::current(tx).await?;
    settle::follow(tx, &catalog, &[id]).await?;
    Ok(withholding)
}

/// The certificate or deposit slip has arrived.
///
/// # Errors
/// `billing.withholding_not_found`; `billing.certificate` when it is blank or one is there already.
pub async fn certify(tx: &mut Tx, id: WithholdingId, certificate: &str) -> Result<()> {
    let missing = || {
        Fault::not_found(
            "billing.withholding_not_found",
            "Potongan pajak tidak ada.",
            "No such withholding.",
        )
    };
    let seen = sql::credit::withholding(tx, id).await?.ok_or_else(missing)?;
    let invoice = invoice::locked(tx, seen.invoice_id).await?;
    let w = sql::credit::withholding(tx, id).await?.ok_or_else(missing)?;
    if certificate.trim().is_empty() || w.certified_at.is_some() || w.cancelled_at.is_some() {
        return Err(Fault::field(
            "certificate",
            "billing.certificate",
            "kosong, atau buktinya sudah ada",
            "is blank, or the paper is here already",
        ));
    }
    sql::credit::certify(tx, id, certificate.trim()).await?;
    let mut entry =
        Entry::new(EntryKind::WithholdingProof, id.uuid(), invoice.branch_id).of(w.customer_id);
    rules::proven(&mut entry, w.kind, w.amount);
    ledger::post(tx, entry).await?;
    tx.journal("withholding", id.uuid(), "certified", Value::Null, json!({ "number": certificate }))
        .await
}

/// Withholdings whose paper is missing, oldest first: an aged receivable.
pub async fn unproven(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    limit: i64,
) -> Result<Vec<Withholding>> {
    sql::credit::unproven(q, branch, limit).await
}

/// Base and PPN of an invoice, less what credit notes took back.
pub(crate) async fn base_left(tx: &mut Tx, id: InvoiceId) -> Result<(Money, Money)> {
    let lines = sql::invoice::lines(tx, &[id]).await?;
    let base = lines.iter().map(|l| l.left().0).sum();
    let tax = lines.iter().map(|l| l.left().1).sum();
    Ok((base, tax))
}

/// Writes a withholding that was checked.
pub(crate) async fn write(
    tx: &mut Tx,
    invoice: &Invoice,
    kind: WithholdingKind,
    amount: Money,
) -> Result<WithholdingId> {
    let customer = invoice.customer_id;
    let id = sql::credit::insert_withholding(tx, invoice.id, customer, kind, amount).await?;
    sql::invoice_write::add_withheld(tx, invoice.id, amount).await?;
    let mut entry =
        Entry::new(EntryKind::Withholding, invoice.id.uuid(), invoice.branch_id).of(customer);
    rules::withheld(&mut entry, kind, amount);
    ledger::post(tx, entry).await?;
    let after = json!({ "kind": kind, "amount": amount });
    tx.journal("invoice", invoice.id.uuid(), "withheld", Value::Null, after).await?;
    Ok(id)
}

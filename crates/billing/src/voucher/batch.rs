//! Printing, selling and voiding batches.

use kernel::{
    BranchId, Day, Fault, Field, Money, PartnerId, PlanId, Result, Scope, VoucherBatchId, VoucherId,
};
use serde_json::{Value, json};
use store::{Query, Tx};

use super::{Voucher, VoucherBatch, code};
use crate::cash::{self, Whose};
use crate::ledger::{Account, Entry, EntryKind, rules};
use crate::store as sql;
use crate::words::{Channel, VoucherState};

/// More codes than anybody prints at once.
const COUNT_MAX: i64 = 10_000;

/// A batch as ordered.
#[derive(Clone, Debug)]
pub struct NewBatch {
    pub plan: PlanId,
    pub branch: BranchId,
    /// The reseller who sells it.
    pub partner: Option<PartnerId>,
    pub days: i64,
    pub count: i64,
    /// What the buyer of one voucher pays, PPN in it.
    pub price: Money,
    pub expires_on: Day,
    /// Random bytes that the codes are made from; never stored.
    pub secret: [u8; 32],
}

/// Makes a batch of codes.
///
/// # Errors
/// `invalid_fields`; `catalog.plan_not_found`, `catalog.branch_not_found`.
pub async fn make_batch(tx: &mut Tx, new: NewBatch) -> Result<VoucherBatchId> {
    let catalog = catalog::current(tx).await?;
    catalog.plan(new.plan)?;
    catalog.branch(new.branch)?;
    check(&new, tx.now().day(catalog.zone(new.branch)))?;
    let seq = tx.next_number("VCR").await?;
    let batch = VoucherBatch {
        id: tx.new_id(),
        number: format!("VCR{seq:05}"),
        plan_id: new.plan,
        branch_id: new.branch,
        partner_id: new.partner,
        days: new.days,
        count: new.count,
        price: new.price,
        expires_on: new.expires_on,
        sold_to: None,
        sold_channel: None,
        sold_amount: None,
        sold_at: None,
        created_at: tx.now(),
        created_by: tx.actor().name.clone(),
    };
    let codes: Vec<(VoucherId, String)> =
        (0..new.count).map(|n| (tx.new_id(), code::code(&new.secret, n))).collect();
    sql::voucher::insert(tx, &batch, &codes).await?;
    let after = json!({ "count": new.count, "days": new.days, "price": new.price });
    tx.journal("voucher_batch", batch.id.uuid(), "made", Value::Null, after).await?;
    Ok(batch.id)
}

fn check(new: &NewBatch, today: Day) -> Result<()> {
    let mut wrong = Vec::new();
    for (name, value, most) in [("days", new.days, 366), ("count", new.count, COUNT_MAX)] {
        if !(1..=most).contains(&value) {
            let (id, en) = (format!("harus 1–{most}"), format!("must be 1–{most}"));
            wrong.push(Field::new(name, "range", id, en));
        }
    }
    if new.price.is_negative() {
        wrong.push(Field::new("price", "range", "tidak boleh negatif", "must not be negative"));
    }
    if new.expires_on < today {
        wrong.push(Field::new("expires_on", "range", "sudah lewat", "is in the past"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

/// How a batch was sold.
#[derive(Clone, Debug)]
pub struct Sale {
    pub sold_to: String,
    pub channel: Channel,
    pub reference: String,
    pub amount: Money,
}

/// Notes that the batch was sold: the money lies on the voucher clearing until codes are used. Selling
/// again with the same reference changes nothing.
///
/// # Errors
/// `billing.voucher_batch_not_found`; `billing.voucher_batch_sold`; `invalid_fields`.
pub async fn sell(tx: &mut Tx, id: VoucherBatchId, sale: &Sale) -> Result<()> {
    let batch = find(tx, id).await?;
    if !sale.amount.is_positive() || sale.reference.trim().is_empty() {
        return Err(Fault::fields(vec![Field::new(
            "amount",
            "range",
            "isi jumlah lebih dari nol dan nomor referensi",
            "give an amount above zero and a reference",
        )]));
    }
    if !sql::voucher::sold(tx, id, sale).await? {
        let same = sql::voucher::sold_reference(tx, id).await?;
        if same.as_deref() == Some(sale.reference.trim()) {
            return Ok(());
        }
        return Err(Fault::conflict(
            "billing.voucher_batch_sold",
            "Batch voucher ini sudah terjual.",
            "This batch has been sold.",
        ));
    }
    let entry = Entry::new(EntryKind::Voucher, id.uuid(), batch.branch_id)
        .dr(rules::money(&sale.channel), sale.amount)
        .cr(Account::VoucherClearing, sale.amount);
    cash::book(tx, entry, Whose::Actor).await?;
    let after = json!({ "to": sale.sold_to, "amount": sale.amount });
    tx.journal("voucher_batch", id.uuid(), "sold", Value::Null, after).await
}

/// Makes the unused codes of a batch worthless: it was lost or stolen. Answers how many.
///
/// # Errors
/// `billing.voucher_batch_not_found`.
pub async fn void(tx: &mut Tx, id: VoucherBatchId) -> Result<u64> {
    find(tx, id).await?;
    let voided = sql::voucher::void(tx, id).await?;
    let after = json!({ "codes": voided });
    tx.journal("voucher_batch", id.uuid(), "voided", json!({"state": VoucherState::Unused}), after)
        .await?;
    Ok(voided)
}

async fn find(tx: &mut Tx, id: VoucherBatchId) -> Result<VoucherBatch> {
    let scope = tx.actor().scope.clone();
    sql::voucher::batch(tx, &scope, id).await?.ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::not_found(
        "billing.voucher_batch_not_found",
        "Batch voucher tidak ada.",
        "No such voucher batch.",
    )
}

/// A batch with its codes, for print.
///
/// # Errors
/// `billing.voucher_batch_not_found`.
pub async fn batch(
    q: &mut dyn Query,
    scope: &Scope,
    id: VoucherBatchId,
) -> Result<(VoucherBatch, Vec<Voucher>)> {
    let batch = sql::voucher::batch(q, scope, id).await?.ok_or_else(not_found)?;
    Ok((batch, sql::voucher::of_batch(q, id).await?))
}

/// Batches, newest first, after the id `after`.
pub async fn batches(
    q: &mut dyn Query,
    scope: &Scope,
    after: Option<VoucherBatchId>,
    limit: i64,
) -> Result<Vec<VoucherBatch>> {
    sql::voucher::batches(q, scope, after, limit).await
}

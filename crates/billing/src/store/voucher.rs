//! Vouchers and their batches.

use kernel::{Day, InvoiceId, Money, Result, Scope, SubscriptionId, Ts, VoucherBatchId, VoucherId};
use store::{Query, QueryExt, Tx, Value, args};

use super::Wheres;
use crate::voucher::{GuestPass, OverPass, Sale, Voucher, VoucherBatch};
use crate::words::VoucherState;

const BATCH: &str =
    "select b.id, b.number, b.plan_id, b.branch_id, b.partner_id, b.days, b.count, b.price,
  b.expires_on, b.sold_to, b.sold_channel, b.sold_amount, b.sold_at, b.created_at, b.created_by
  from billing_voucher_batch b";
const VOUCHER: &str =
    "select v.id, v.batch_id, v.code, v.state, v.used_at, v.ends_at, v.subscription_id,
  v.invoice_id from billing_voucher v";

pub(crate) async fn insert(
    tx: &mut Tx,
    b: &VoucherBatch,
    codes: &[(VoucherId, String)],
) -> Result<()> {
    tx.exec(
        "insert into billing_voucher_batch (id, number, plan_id, branch_id, partner_id, days, count, price,
           expires_on, created_at, created_by) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        args![
            b.id, b.number, b.plan_id, b.branch_id, b.partner_id, b.days, b.count, b.price,
            b.expires_on, b.created_at, b.created_by
        ],
    )
    .await?;
    let mut values: Vec<Value> = Vec::with_capacity(codes.len() * 4);
    for (id, code) in codes {
        values.extend(args![id, b.id, code, VoucherState::Unused]);
    }
    super::bulk(tx, "insert into billing_voucher (id, batch_id, code, state)", 4, values).await?;
    Ok(())
}

/// `false`: it was sold before.
pub(crate) async fn sold(tx: &mut Tx, id: VoucherBatchId, sale: &Sale) -> Result<bool> {
    let changed = tx
        .exec(
            "update billing_voucher_batch set sold_to = $2, sold_channel = $3, sold_reference = $4,
               sold_amount = $5, sold_at = $6 where id = $1 and sold_at is null",
            args![
                id,
                sale.sold_to,
                sale.channel.to_string(),
                sale.reference.trim(),
                sale.amount,
                tx.now()
            ],
        )
        .await?;
    Ok(changed == 1)
}

pub(crate) async fn sold_reference(
    q: &mut dyn Query,
    id: VoucherBatchId,
) -> Result<Option<String>> {
    q.value("select sold_reference from billing_voucher_batch where id = $1", args![id]).await
}

pub(crate) async fn void(tx: &mut Tx, id: VoucherBatchId) -> Result<u64> {
    tx.exec(
        "update billing_voucher set state = 'void' where batch_id = $1 and state = 'unused'",
        args![id],
    )
    .await
}

pub(crate) async fn batch(
    q: &mut dyn Query,
    scope: &Scope,
    id: VoucherBatchId,
) -> Result<Option<VoucherBatch>> {
    if scope.technician.is_some() || scope.customer.is_some() {
        return Ok(None);
    }
    let mut wheres = Wheres::default();
    wheres.add("b.id =", Some(id));
    wheres.add("b.branch_id =", scope.branch);
    wheres.add("b.partner_id =", scope.partner);
    q.row_opt(&format!("{BATCH} {}", wheres.text()), wheres.args).await
}

pub(crate) async fn batches(
    q: &mut dyn Query,
    scope: &Scope,
    after: Option<VoucherBatchId>,
    limit: i64,
) -> Result<Vec<VoucherBatch>> {
    if scope.technician.is_some() || scope.customer.is_some() {
        return Ok(Vec::new());
    }
    let mut wheres = Wheres::default();
    wheres.add("b.branch_id =", scope.branch);
    wheres.add("b.partner_id =", scope.partner);
    wheres.add("b.id <", after);
    let sql =
        format!("{BATCH} {} order by b.id desc limit {}", wheres.text(), limit.clamp(1, 1_000));
    q.rows(&sql, wheres.args).await
}

pub(crate) async fn of_batch(q: &mut dyn Query, id: VoucherBatchId) -> Result<Vec<Voucher>> {
    q.rows(&format!("{VOUCHER} where v.batch_id = $1 order by v.id"), args![id]).await
}

pub(crate) async fn by_code(
    q: &mut dyn Query,
    code: &str,
) -> Result<Option<(Voucher, VoucherBatch)>> {
    let found: Option<Voucher> =
        q.row_opt(&format!("{VOUCHER} where v.code = $1"), args![code]).await?;
    let Some(voucher) = found else { return Ok(None) };
    let batch = q.row(&format!("{BATCH} where b.id = $1"), args![voucher.batch_id]).await?;
    Ok(Some((voucher, batch)))
}

pub(crate) async fn by_id(
    q: &mut dyn Query,
    id: VoucherId,
) -> Result<Option<(Voucher, VoucherBatch)>> {
    let found: Option<Voucher> =
        q.row_opt(&format!("{VOUCHER} where v.id = $1"), args![id]).await?;
    let Some(voucher) = found else { return Ok(None) };
    let batch = q.row(&format!("{BATCH} where b.id = $1"), args![voucher.batch_id]).await?;
    Ok(Some((voucher, batch)))
}

/// Compare and set: `false` when somebody else took the code in the meantime.
pub(crate) async fn take(tx: &mut Tx, id: VoucherId, subscription: SubscriptionId) -> Result<bool> {
    let changed = tx
        .exec(
            "update billing_voucher set state = 'used', used_at = $2, subscription_id = $3
             where id = $1 and state = 'unused'",
            args![id, tx.now(), subscription],
        )
        .await?;
    Ok(changed == 1)
}

/// As [`take`] for a guest: `deferred` is what becomes income, and the day on which the pass ends.
pub(crate) async fn take_for_guest(
    tx: &mut Tx,
    pass: &GuestPass,
    deferred: (Money, Day),
) -> Result<bool> {
    let changed = tx
        .exec(
            "update billing_voucher set state = 'used', used_at = $2, ends_at = $3,
               deferred_base = $4, deferred_until = $5
             where id = $1 and state = 'unused'",
            args![pass.voucher, pass.started_at, pass.ends_at, deferred.0, deferred.1],
        )
        .await?;
    Ok(changed == 1)
}

/// An earlier first login became known.
pub(crate) async fn start_earlier(
    tx: &mut Tx,
    id: VoucherId,
    at: Ts,
    ends_at: Ts,
    until: Day,
) -> Result<()> {
    tx.exec(
        "update billing_voucher set used_at = $2, ends_at = $3, deferred_until = $4
         where id = $1 and used_at > $2",
        args![id, at, ends_at, until],
    )
    .await?;
    Ok(())
}

/// Passes that ended before `day` and are not income yet, the oldest first.
pub(crate) async fn passes_over(q: &mut dyn Query, day: Day, limit: i64) -> Result<Vec<OverPass>> {
    q.rows(
        "select v.id, b.branch_id, v.deferred_base as base
         from billing_voucher v join billing_voucher_batch b on b.id = v.batch_id
         where v.deferred_base is not null and v.recognised_on is null and v.deferred_until < $1
         order by v.deferred_until, v.id limit $2",
        args![day, limit],
    )
    .await
}

pub(crate) async fn mark_recognised(tx: &mut Tx, ids: &[VoucherId], on: Day) -> Result<()> {
    let sql = "update billing_voucher set recognised_on = $1 where id {AMONG}($2)";
    tx.exec(sql, args![on, ids]).await?;
    Ok(())
}

pub(crate) async fn set_invoice(tx: &mut Tx, id: VoucherId, invoice: InvoiceId) -> Result<()> {
    tx.exec("update billing_voucher set invoice_id = $2 where id = $1", args![id, invoice]).await?;
    Ok(())
}

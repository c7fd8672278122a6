//! Payments and allocations.

use kernel::{AllocationId, CustomerId, InvoiceId, Money, PaymentId, Result, Scope, Ts};
use store::{Query, QueryExt, Tx, Value, args};

use super::{Wheres, scope_args};
use crate::allocate::{Part, Source};
use crate::invoice::AllocationView;
use crate::pay::{Payment, PaymentFilter};
use crate::words::PaymentState;

const COLUMNS: &str = "p.id, p.receipt_number, p.customer_id, p.branch_id, p.partner_id, p.channel, p.reference,
  p.amount, p.allocated, p.refunded, p.state, p.named_invoice_id, p.received_at, p.recorded_at, p.recorded_by,
  p.settled_at, p.reversed_at, p.reversed_why, p.note";

pub(crate) async fn find(
    q: &mut dyn Query,
    scope: &Scope,
    id: PaymentId,
) -> Result<Option<Payment>> {
    if scope.technician.is_some() {
        return Ok(None);
    }
    let sql = format!(
        "select {COLUMNS} from billing_payment p where p.id = $1
           and ($2 is null or p.branch_id = $2) and ($3 is null or p.partner_id = $3)
           and ($4 is null or p.customer_id = $4)"
    );
    let mut all = args![id];
    all.extend(scope_args(scope));
    q.row_opt(&sql, all).await
}

pub(crate) async fn by_reference(
    q: &mut dyn Query,
    channel: &str,
    reference: &str,
) -> Result<Option<Payment>> {
    let sql = format!(
        "select {COLUMNS} from billing_payment p where p.channel = $1 and p.reference = $2"
    );
    q.row_opt(&sql, args![channel, reference]).await
}

pub(crate) async fn insert(tx: &mut Tx, p: &Payment, number: Option<(&str, i64)>) -> Result<()> {
    let (series, seq) = (number.map(|n| n.0), number.map(|n| n.1));
    tx.exec(
        "insert into billing_payment (id, receipt_number, series, seq, customer_id, branch_id, partner_id,
           channel, reference, amount, state, named_invoice_id, received_at, recorded_at, recorded_by,
           settled_at, note)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)",
        args![
            p.id, p.receipt_number, series, seq, p.customer_id, p.branch_id, p.partner_id,
            p.channel, p.reference, p.amount, p.state, p.named_invoice_id, p.received_at,
            p.recorded_at, p.recorded_by, p.settled_at, p.note
        ],
    )
    .await?;
    Ok(())
}

/// `pending` → `settled`, with its receipt number.
pub(crate) async fn settle(
    tx: &mut Tx,
    id: PaymentId,
    receipt: &str,
    series: &str,
    seq: i64,
) -> Result<()> {
    tx.exec(
        "update billing_payment set state = 'settled', settled_at = $2, receipt_number = $3, series = $4,
           seq = $5 where id = $1 and state = 'pending'",
        args![id, tx.now(), receipt, series, seq],
    )
    .await?;
    Ok(())
}

pub(crate) async fn reverse(tx: &mut Tx, id: PaymentId, why: &str) -> Result<()> {
    tx.exec(
        "update billing_payment set state = 'reversed', reversed_at = $2, reversed_why = $3, allocated = 0
         where id = $1",
        args![id, tx.now(), why],
    )
    .await?;
    Ok(())
}

/// Settled payments of a customer with money left, oldest first.
pub(crate) async fn sources(q: &mut dyn Query, customer: CustomerId) -> Result<Vec<Source>> {
    let rows: Vec<(PaymentId, Money)> = q
        .rows(
            "select id, amount - allocated - refunded from billing_payment
             where customer_id = $1 and state = 'settled' and allocated + refunded < amount
             order by received_at, id",
            args![customer],
        )
        .await?;
    Ok(rows.into_iter().map(|(payment, left)| Source { payment, left }).collect())
}

/// Which of these customers have money left.
pub(crate) async fn with_credit(
    q: &mut dyn Query,
    customers: &[CustomerId],
) -> Result<Vec<CustomerId>> {
    let sql = "select distinct customer_id from billing_payment
         where state = 'settled' and allocated + refunded < amount and customer_id {AMONG}($1)
         order by customer_id";
    q.values(sql, args![customers]).await
}

/// Writes allocations (negative: releases) and keeps the payments' sums.
pub(crate) async fn allocate(tx: &mut Tx, parts: &[Part]) -> Result<()> {
    let now = tx.now();
    let mut values: Vec<Value> = Vec::with_capacity(parts.len() * 5);
    for part in parts {
        let id: AllocationId = tx.new_id();
        values.extend(args![id, part.payment, part.invoice, part.amount, now]);
    }
    super::bulk(
        tx,
        "insert into billing_allocation (id, payment_id, invoice_id, amount, at)",
        5,
        values,
    )
    .await?;
    let mut sums = std::collections::BTreeMap::<PaymentId, Money>::new();
    for part in parts {
        *sums.entry(part.payment).or_default() += part.amount;
    }
    for (payment, amount) in sums {
        tx.exec(
            "update billing_payment set allocated = allocated + $2 where id = $1",
            args![payment, amount],
        )
        .await?;
    }
    Ok(())
}

pub(crate) async fn add_refunded(tx: &mut Tx, id: PaymentId, amount: Money) -> Result<()> {
    tx.exec("update billing_payment set refunded = refunded + $2 where id = $1", args![id, amount])
        .await?;
    Ok(())
}

pub(crate) async fn insert_refund(
    tx: &mut Tx,
    payment: PaymentId,
    customer: CustomerId,
    channel: &str,
    amount: Money,
    why: &str,
) -> Result<()> {
    let id: AllocationId = tx.new_id();
    tx.exec(
        "insert into billing_refund (id, payment_id, customer_id, channel, amount, why, at)
         values ($1,$2,$3,$4,$5,$6,$7)",
        args![id, payment, customer, channel, amount, why, tx.now()],
    )
    .await?;
    Ok(())
}

const ALLOCATION: &str =
    "select a.payment_id, a.invoice_id, i.number as invoice_number, p.receipt_number,
  p.channel, a.amount, a.at from billing_allocation a join billing_payment p on p.id = a.payment_id
  join billing_invoice i on i.id = a.invoice_id";

pub(crate) async fn allocations_of_invoice(
    q: &mut dyn Query,
    id: InvoiceId,
) -> Result<Vec<AllocationView>> {
    let sql = format!("{ALLOCATION} where a.invoice_id = $1 order by a.at, a.id");
    q.rows(&sql, args![id]).await
}

pub(crate) async fn allocations_of_payment(
    q: &mut dyn Query,
    id: PaymentId,
) -> Result<Vec<AllocationView>> {
    let sql = format!("{ALLOCATION} where a.payment_id = $1 order by a.at, a.id");
    q.rows(&sql, args![id]).await
}

/// What of a payment settles which invoice now.
pub(crate) async fn parts_of_payment(q: &mut dyn Query, id: PaymentId) -> Result<Vec<Part>> {
    let rows: Vec<(InvoiceId, Money)> = q
        .rows(
            "select invoice_id, cast(sum(amount) as bigint) from billing_allocation
             where payment_id = $1 group by invoice_id having sum(amount) > 0 order by invoice_id",
            args![id],
        )
        .await?;
    Ok(rows.into_iter().map(|(invoice, amount)| Part { payment: id, invoice, amount }).collect())
}

/// When the last payment of any channel was settled.
pub(crate) async fn last_settled_at(q: &mut dyn Query) -> Result<Option<Ts>> {
    q.value(
        "select max(settled_at) from billing_payment where channel not in ('voucher', 'opening')",
        args![],
    )
    .await
}

pub(crate) async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &PaymentFilter,
    after: Option<PaymentId>,
    limit: i64,
) -> Result<Vec<Payment>> {
    if scope.technician.is_some() {
        return Ok(Vec::new());
    }
    let mut wheres = Wheres::default();
    wheres.scope("p", scope);
    wheres.add("p.customer_id =", filter.customer);
    wheres.add("p.state =", filter.state);
    wheres.add("p.channel =", filter.channel.as_ref().map(ToString::to_string));
    wheres.add("p.received_at >=", filter.from);
    wheres.add("p.received_at <", filter.until);
    let text = filter.text.as_ref().map(|t| format!("%{}%", t.to_lowercase()));
    if let Some(text) = text {
        wheres.add("lower(coalesce(p.receipt_number, '') || ' ' || p.reference) like", Some(text));
    }
    wheres.add("p.id <", after);
    if filter.with_money_left {
        wheres.plain("p.state = 'settled' and p.allocated + p.refunded < p.amount");
    }
    let sql = format!(
        "select {COLUMNS} from billing_payment p {} order by p.id desc limit {}",
        wheres.text(),
        limit.clamp(1, 1_000)
    );
    q.rows(&sql, wheres.args).await
}

/// The customer's credit: settled money that settles nothing yet.
pub(crate) async fn credit(q: &mut dyn Query, customer: CustomerId) -> Result<Money> {
    q.value(
        "select cast(coalesce(sum(amount - allocated - refunded), 0) as bigint) from billing_payment
         where customer_id = $1 and state = $2",
        args![customer, PaymentState::Settled],
    )
    .await
}

//! Writing invoices: many at once, in the order given.

use kernel::{Day, InvoiceId, InvoiceLineId, Money, Result, RunId, SubscriptionId, Ts};
use store::{Tx, Value, args};

use crate::charges::Draft;
use crate::rating::ExtraId;
use crate::subscription::Subscription;
use crate::words::InvoiceState;

/// A draft with its identity. Number and series are missing while it stays a draft.
pub(crate) struct Numbered<'a> {
    pub id: InvoiceId,
    pub number: Option<(String, String, i64)>,
    pub draft: &'a Draft,
    pub hash: String,
}

const INVOICE: &str = "insert into billing_invoice (id, number, series, seq, customer_id, subscription_id,
  branch_id, partner_id, kind, key, period_from, period_to, months, state, issued_on, issued_at, due_on,
  isolate_at, base, tax, total, hash, note, run_id)";
const INVOICE_COLUMNS: usize = 24;

const LINE: &str =
    "insert into billing_invoice_line (id, invoice_id, no, kind, plan_id, extra_id, name,
  from_on, to_on, days, of_days, periods, price, base, tax, deferred)";
const LINE_COLUMNS: usize = 16;

/// Inserts invoices with their lines.
pub(crate) async fn insert(
    tx: &mut Tx,
    invoices: &[Numbered<'_>],
    run: Option<RunId>,
) -> Result<()> {
    let now = tx.now();
    let mut heads: Vec<Value> = Vec::with_capacity(invoices.len() * INVOICE_COLUMNS);
    let mut lines: Vec<Value> = Vec::with_capacity(invoices.len() * LINE_COLUMNS * 2);
    for invoice in invoices {
        let d = invoice.draft;
        let issued = invoice.number.is_some();
        let state = if issued { InvoiceState::Issued } else { InvoiceState::Draft };
        let (number, series, seq) = match &invoice.number {
            Some((number, series, seq)) => (Some(number), Some(series), Some(*seq)),
            None => (None, None, None),
        };
        heads.extend(args![
            invoice.id,
            number,
            series,
            seq,
            d.customer,
            d.subscription,
            d.branch,
            d.partner,
            d.kind,
            d.key,
            d.period.from,
            d.period.to,
            d.months,
            state,
            issued.then_some(d.issued_on),
            issued.then_some(now),
            d.due_on,
            d.isolate_at,
            d.quote.base,
            d.quote.tax,
            d.quote.total,
            invoice.hash,
            d.note,
            run
        ]);
        for (no, line) in (1i64..).zip(&d.quote.lines) {
            let id: InvoiceLineId = tx.new_id();
            let deferred = d.deferred && line.span.is_some();
            lines.extend(args![
                id,
                invoice.id,
                no,
                line.kind,
                line.plan,
                line.extra,
                line.name,
                line.span.map(|s| s.from),
                line.span.map(|s| s.to),
                line.days,
                line.of_days,
                line.periods,
                line.price,
                line.base,
                line.tax,
                deferred
            ]);
        }
    }
    super::bulk(tx, INVOICE, INVOICE_COLUMNS, heads).await?;
    super::bulk(tx, LINE, LINE_COLUMNS, lines).await?;
    Ok(())
}

/// Gives a draft its number and day.
pub(crate) async fn publish(
    tx: &mut Tx,
    id: InvoiceId,
    (number, series, seq): (&str, &str, i64),
    on: Day,
    due_on: Day,
) -> Result<()> {
    tx.exec(
        "update billing_invoice set state = 'issued', number = $2, series = $3, seq = $4,
           issued_on = $5, issued_at = $6, due_on = $7 where id = $1 and state = 'draft'",
        args![id, number, series, seq, on, tx.now(), due_on],
    )
    .await?;
    Ok(())
}

/// Removes a draft: nobody has seen it yet.
pub(crate) async fn discard(tx: &mut Tx, id: InvoiceId) -> Result<u64> {
    tx.exec(
        "delete from billing_invoice_line where invoice_id in (
           select id from billing_invoice where id = $1 and state = 'draft')",
        args![id],
    )
    .await?;
    tx.exec("delete from billing_invoice where id = $1 and state = 'draft'", args![id]).await
}

/// Counts a discount's periods up or down.
pub(crate) async fn use_extras(tx: &mut Tx, used: &[(ExtraId, i64)]) -> Result<()> {
    for (id, periods) in used {
        tx.exec("update billing_extra set used = used + $2 where id = $1", args![id, periods])
            .await?;
    }
    Ok(())
}

/// Saves where many subscriptions' billing stands, in one statement each thousand.
pub(crate) async fn save_billed(tx: &mut Tx, subs: &[&Subscription]) -> Result<()> {
    for chunk in subs.chunks(500) {
        let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 6);
        for s in chunk {
            values.extend(args![
                s.id,
                s.billed_to,
                s.next_issue_on,
                s.install_fee,
                s.unused_in_row,
                s.termination_proposed_on
            ]);
        }
        let rows = super::tuples(tx, 6, chunk.len());
        let sql = format!(
            "with v (id, billed_to, next_issue_on, install_fee, unused_in_row, proposed_on)
               as (values {rows})
             update billing_subscription set billed_to = v.billed_to, next_issue_on = v.next_issue_on,
               install_fee = v.install_fee, unused_in_row = v.unused_in_row,
               termination_proposed_on = v.proposed_on
             from v where billing_subscription.id = v.id"
        );
        tx.exec(&sql, values).await?;
    }
    Ok(())
}

/// Adds to what payments have settled of an invoice (negative: takes back).
pub(crate) async fn add_paid(tx: &mut Tx, id: InvoiceId, amount: Money) -> Result<()> {
    tx.exec("update billing_invoice set paid = paid + $2 where id = $1", args![id, amount]).await?;
    Ok(())
}

pub(crate) async fn add_withheld(tx: &mut Tx, id: InvoiceId, amount: Money) -> Result<()> {
    tx.exec("update billing_invoice set withheld = withheld + $2 where id = $1", args![id, amount])
        .await?;
    Ok(())
}

pub(crate) async fn add_written_off(tx: &mut Tx, id: InvoiceId, amount: Money) -> Result<()> {
    tx.exec(
        "update billing_invoice set written_off = written_off + $2 where id = $1",
        args![id, amount],
    )
    .await?;
    Ok(())
}

pub(crate) async fn set_paid_at(tx: &mut Tx, id: InvoiceId, at: Option<Ts>) -> Result<()> {
    tx.exec("update billing_invoice set paid_at = $2 where id = $1", args![id, at]).await?;
    Ok(())
}

/// A reversal: open again, with a grace; a supplement then isolates when the grace is over.
pub(crate) async fn reopen(
    tx: &mut Tx,
    id: InvoiceId,
    grace_until: Ts,
    isolate_at: Option<Ts>,
) -> Result<()> {
    tx.exec(
        "update billing_invoice set paid_at = null, grace_until = $2, isolate_at = $3 where id = $1",
        args![id, grace_until, isolate_at],
    )
    .await?;
    Ok(())
}

/// Credits invoices to the last rupiah: whatever was paid or withheld was taken off before.
pub(crate) async fn credit_whole(tx: &mut Tx, ids: &[InvoiceId]) -> Result<()> {
    tx.exec(
        "update billing_invoice set credited = total, paid = 0, withheld = 0, live = false,
           paid_at = null where id {AMONG}($1)",
        args![ids],
    )
    .await?;
    tx.exec(
        "update billing_invoice_line set credited_base = base, credited_tax = tax
         where invoice_id {AMONG}($1)",
        args![ids],
    )
    .await?;
    Ok(())
}

pub(crate) async fn credit_part(
    tx: &mut Tx,
    id: InvoiceId,
    amount: Money,
    live: bool,
) -> Result<()> {
    tx.exec(
        "update billing_invoice set credited = credited + $2, live = $3 where id = $1",
        args![id, amount, live],
    )
    .await?;
    Ok(())
}

pub(crate) async fn credit_line(
    tx: &mut Tx,
    id: InvoiceLineId,
    base: Money,
    tax: Money,
) -> Result<()> {
    tx.exec(
        "update billing_invoice_line set credited_base = credited_base + $2,
           credited_tax = credited_tax + $3 where id = $1",
        args![id, base, tax],
    )
    .await?;
    Ok(())
}

/// Makes the fee of a credited first invoice due again.
pub(crate) async fn fee_due_again(
    tx: &mut Tx,
    subscription: SubscriptionId,
    fee: Money,
) -> Result<()> {
    tx.exec(
        "update billing_subscription set install_fee = install_fee + $2 where id = $1",
        args![subscription, fee],
    )
    .await?;
    Ok(())
}

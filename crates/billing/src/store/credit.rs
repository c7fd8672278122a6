//! Credit notes, withholdings, write-offs, entitlements.

use kernel::{
    CreditNoteId, CustomerId, Day, EntitlementId, InvoiceId, Money, PaymentId, Result,
    SubscriptionId, Ts, WithholdingId,
};
use store::{Query, QueryExt, Tx, Value, args, row};

use crate::credit::{CreditLine, CreditNote};
use crate::withhold::Withholding;
use crate::words::WithholdingKind;

const NOTE: &str =
    "id, number, invoice_id, customer_id, branch_id, partner_id, why, issued_on, issued_at,
  base, tax, total";

pub(crate) async fn of_invoice(q: &mut dyn Query, id: InvoiceId) -> Result<Vec<CreditNote>> {
    let sql = format!("select {NOTE} from billing_credit_note where invoice_id = $1 order by id");
    q.rows(&sql, args![id]).await
}

pub(crate) async fn find(q: &mut dyn Query, id: CreditNoteId) -> Result<Option<CreditNote>> {
    let sql = format!("select {NOTE} from billing_credit_note where id = $1");
    q.row_opt(&sql, args![id]).await
}

pub(crate) async fn lines_of(q: &mut dyn Query, id: CreditNoteId) -> Result<Vec<CreditLine>> {
    q.rows(
        "select c.note_id, c.line_id, c.base, c.tax from billing_credit_line c
         join billing_invoice_line l on l.id = c.line_id where c.note_id = $1 order by l.no",
        args![id],
    )
    .await
}

/// Inserts credit notes with their numbers, and their lines.
pub(crate) async fn insert(
    tx: &mut Tx,
    notes: &[(CreditNote, String, i64)],
    lines: &[CreditLine],
) -> Result<()> {
    let mut heads: Vec<Value> = Vec::with_capacity(notes.len() * 14);
    for (n, series, seq) in notes {
        heads.extend(args![
            n.id,
            n.number,
            series,
            seq,
            n.invoice_id,
            n.customer_id,
            n.branch_id,
            n.partner_id,
            n.why,
            n.issued_on,
            n.issued_at,
            n.base,
            n.tax,
            n.total
        ]);
    }
    super::bulk(
        tx, "insert into billing_credit_note (id, number, series, seq, invoice_id, customer_id, branch_id,
           partner_id, why, issued_on, issued_at, base, tax, total)",
        14,
        heads,
    )
    .await?;
    let mut values: Vec<Value> = Vec::with_capacity(lines.len() * 4);
    for line in lines {
        values.extend(args![line.note_id, line.line_id, line.base, line.tax]);
    }
    super::bulk(tx, "insert into billing_credit_line (note_id, line_id, base, tax)", 4, values)
        .await?;
    Ok(())
}

// Withholdings.

const WITHHOLDING: &str =
    "w.id, w.invoice_id, w.customer_id, w.kind, w.amount, w.recorded_at, w.certificate,
  w.certified_at, w.cancelled_at";

pub(crate) async fn withholdings(
    q: &mut dyn Query,
    invoice: InvoiceId,
) -> Result<Vec<Withholding>> {
    let sql = format!(
        "select {WITHHOLDING} from billing_withholding w
         where w.invoice_id = $1 and w.cancelled_at is null order by w.id"
    );
    q.rows(&sql, args![invoice]).await
}

pub(crate) async fn withholding(
    q: &mut dyn Query,
    id: WithholdingId,
) -> Result<Option<Withholding>> {
    let sql = format!("select {WITHHOLDING} from billing_withholding w where w.id = $1");
    q.row_opt(&sql, args![id]).await
}

/// Withholdings whose paper is missing, oldest first.
pub(crate) async fn unproven(
    q: &mut dyn Query,
    branch: Option<kernel::BranchId>,
    limit: i64,
) -> Result<Vec<Withholding>> {
    let sql = format!(
        "select {WITHHOLDING} from billing_withholding w join billing_invoice i on i.id = w.invoice_id
         where w.certified_at is null and w.cancelled_at is null
           and ($1 is null or i.branch_id = $1) order by w.recorded_at, w.id limit $2"
    );
    q.rows(&sql, args![branch, limit]).await
}

pub(crate) async fn insert_withholding(
    tx: &mut Tx,
    invoice: InvoiceId,
    customer: CustomerId,
    kind: WithholdingKind,
    amount: Money,
) -> Result<WithholdingId> {
    let id: WithholdingId = tx.new_id();
    tx.exec(
        "insert into billing_withholding (id, invoice_id, customer_id, kind, amount, recorded_at)
         values ($1,$2,$3,$4,$5,$6)",
        args![id, invoice, customer, kind, amount, tx.now()],
    )
    .await?;
    Ok(id)
}

pub(crate) async fn certify(tx: &mut Tx, id: WithholdingId, certificate: &str) -> Result<()> {
    tx.exec(
        "update billing_withholding set certificate = $2, certified_at = $3 where id = $1",
        args![id, certificate, tx.now()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn cancel_withholdings(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    tx.exec(
        "update billing_withholding set cancelled_at = $2
         where invoice_id = $1 and cancelled_at is null",
        args![invoice, tx.now()],
    )
    .await?;
    Ok(())
}

// Write-offs.

pub(crate) async fn insert_write_off(
    tx: &mut Tx,
    invoice: InvoiceId,
    customer: CustomerId,
    amount: Money,
    why: &str,
) -> Result<()> {
    let id: EntitlementId = tx.new_id();
    tx.exec(
        "insert into billing_write_off (id, invoice_id, customer_id, amount, why, at)
         values ($1,$2,$3,$4,$5,$6)",
        args![id, invoice, customer, amount, why, tx.now()],
    )
    .await?;
    Ok(())
}

// Entitlements.

row! {
    /// What a prepaid subscription may use, and the invoice that gave it.
    pub struct Entitlement { pub subscription_id: SubscriptionId, pub invoice_id: InvoiceId,
        pub from_on: Day, pub to_on: Day, pub given_at: Ts, pub revoked_at: Option<Ts> }
}

const ENTITLEMENT: &str = "select subscription_id, invoice_id, from_on, to_on, given_at, revoked_at
  from billing_entitlement";

pub(crate) async fn entitlement_of_invoice(
    q: &mut dyn Query,
    invoice: InvoiceId,
) -> Result<Option<Entitlement>> {
    let sql = format!("{ENTITLEMENT} where invoice_id = $1");
    q.row_opt(&sql, args![invoice]).await
}

/// Entitlements that were not revoked and reach `from` or later, by day.
pub(crate) async fn entitlements_from(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    from: Day,
) -> Result<Vec<Entitlement>> {
    let sql = format!(
        "{ENTITLEMENT} where subscription_id = $1 and revoked_at is null and to_on >= $2
         order by from_on"
    );
    q.rows(&sql, args![subscription, from]).await
}

pub(crate) async fn grant(
    tx: &mut Tx,
    subscription: SubscriptionId,
    invoice: InvoiceId,
    from: Day,
    to: Day,
) -> Result<()> {
    let id: EntitlementId = tx.new_id();
    tx.exec(
        "insert into billing_entitlement (id, subscription_id, invoice_id, from_on, to_on, given_at)
         values ($1,$2,$3,$4,$5,$6) on conflict (invoice_id) do update set revoked_at = null",
        args![id, subscription, invoice, from, to, tx.now()],
    )
    .await?;
    Ok(())
}

/// Revokes what these invoices gave; answers the subscriptions that lost something.
pub(crate) async fn revoke(tx: &mut Tx, invoices: &[InvoiceId]) -> Result<Vec<SubscriptionId>> {
    let sql = "update billing_entitlement set revoked_at = $1
         where revoked_at is null and invoice_id {AMONG}($2) returning subscription_id";
    let mut lost: Vec<SubscriptionId> = tx.values(sql, args![tx.now(), invoices]).await?;
    lost.sort_unstable();
    lost.dedup();
    Ok(lost)
}

/// Plan changes that wait for one of these supplements are given up.
pub(crate) async fn cancel_changes(tx: &mut Tx, invoices: &[InvoiceId]) -> Result<()> {
    let sql = "update billing_plan_change set state = 'cancelled'
         where state = 'waiting_payment' and invoice_id {AMONG}($1)";
    tx.exec(sql, args![invoices]).await?;
    Ok(())
}

/// Cuts every entitlement of a subscription at `last`.
pub(crate) async fn cut_entitlements(
    tx: &mut Tx,
    subscription: SubscriptionId,
    last: Day,
) -> Result<()> {
    tx.exec(
        "update billing_entitlement set revoked_at = $3
         where subscription_id = $1 and from_on > $2 and revoked_at is null",
        args![subscription, last, tx.now()],
    )
    .await?;
    tx.exec(
        "update billing_entitlement set to_on = $2 where subscription_id = $1 and to_on > $2
           and from_on <= $2",
        args![subscription, last],
    )
    .await?;
    Ok(())
}

/// The payments that settled these invoices, oldest part first.
pub(crate) async fn parts_of(
    q: &mut dyn Query,
    invoices: &[InvoiceId],
) -> Result<Vec<crate::allocate::Part>> {
    let sql = "select payment_id, invoice_id, cast(sum(amount) as bigint), min(at) as first
         from billing_allocation where invoice_id {AMONG}($1)
         group by payment_id, invoice_id having sum(amount) > 0 order by first, payment_id";
    let rows: Vec<(PaymentId, InvoiceId, Money)> = q.rows(sql, args![invoices]).await?;
    let part = |(payment, invoice, amount)| crate::allocate::Part { payment, invoice, amount };
    Ok(rows.into_iter().map(part).collect())
}

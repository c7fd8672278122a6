//! Quota that was bought beside the plan's.

use kernel::{Day, InvoiceId, Result, SubscriptionId};
use store::{Query, QueryExt, Tx, args};

use crate::quota_top_up::{QuotaTopUpId, QuotaTopUpRow};

pub(crate) async fn insert(
    tx: &mut Tx,
    id: QuotaTopUpId,
    subscription: SubscriptionId,
    bytes: i64,
) -> Result<()> {
    tx.exec(
        "insert into billing_quota_top_up (id, subscription_id, bytes, ordered_at)
         values ($1,$2,$3,$4)",
        args![id, subscription, bytes, tx.now()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn set_invoice(tx: &mut Tx, id: QuotaTopUpId, invoice: InvoiceId) -> Result<()> {
    tx.exec("update billing_quota_top_up set invoice_id = $2 where id = $1", args![id, invoice])
        .await?;
    Ok(())
}

/// `false`: there is no such top-up.
pub(crate) async fn set_paid_on(tx: &mut Tx, id: QuotaTopUpId, day: Day) -> Result<bool> {
    let changed = tx
        .exec("update billing_quota_top_up set paid_on = $2 where id = $1", args![id, day])
        .await?;
    Ok(changed == 1)
}

/// The invoice of a top-up that waits for its money.
pub(crate) async fn open(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Option<InvoiceId>> {
    q.value_opt(
        "select i.id from billing_quota_top_up t join billing_invoice i on i.id = t.invoice_id
         where t.subscription_id = $1 and i.live
           and i.paid + i.credited + i.withheld + i.written_off < i.total
         order by i.id limit 1",
        args![subscription],
    )
    .await
}

/// The subscription whose quota this invoice raises.
pub(crate) async fn of_invoice(
    q: &mut dyn Query,
    invoice: InvoiceId,
) -> Result<Option<SubscriptionId>> {
    q.value_opt(
        "select subscription_id from billing_quota_top_up where invoice_id = $1",
        args![invoice],
    )
    .await
}

/// Bytes whose invoice is paid, and was so on `from` or later.
pub(crate) async fn bytes_since(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    from: Day,
) -> Result<i64> {
    q.value(
        "select cast(coalesce(sum(t.bytes), 0) as bigint)
         from billing_quota_top_up t join billing_invoice i on i.id = t.invoice_id
         where t.subscription_id = $1 and t.paid_on >= $2 and i.live and i.paid_at is not null",
        args![subscription, from],
    )
    .await
}

pub(crate) async fn list(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Vec<QuotaTopUpRow>> {
    q.rows(
        "select t.id, t.subscription_id, t.invoice_id, t.bytes, t.ordered_at,
           case when i.live and i.paid_at is not null then t.paid_on end as paid_on
         from billing_quota_top_up t join billing_invoice i on i.id = t.invoice_id
         where t.subscription_id = $1 order by t.id desc limit 100",
        args![subscription],
    )
    .await
}

//! What people earn beside the salary follows from paid invoices and accepted installations: where billing and
//! fulfilment meet HR. In the transaction of its cause.

use fulfilment::{Kind, State};
use hr::earning::{self, Installed, Sold};
use kernel::{
    BranchId, Cause, FaultKind, InvoiceId, Money, PlanId, Result, Scope, SubscriptionId, Ts,
    UserId, WorkOrderId,
};
use store::{Db, Query, QueryExt, Tx, args, row};

row! {
    struct Facts { subscription_id: Option<SubscriptionId>, branch_id: BranchId, live: bool,
        written_off: Money, paid_at: Option<Ts>, base: Money, billed_plan: Option<PlanId>,
        seller: Option<UserId> }
}

/// Accrues the seller's commission when a subscription's first invoice became fully paid.
///
/// # Errors
/// Only when the database fails.
pub async fn paid(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    match first_sale(tx, invoice).await? {
        Some(sold) => earning::sold(tx, &sold).await,
        None => Ok(()),
    }
}

/// Takes the commission of an invoice back: the payment that completed it was reversed.
///
/// # Errors
/// Only when the database fails.
pub async fn take_back(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    let branch: Option<BranchId> =
        tx.value_opt("select branch_id from billing_invoice where id = $1", args![invoice]).await?;
    let Some(branch) = branch else { return Ok(()) };
    let zone = catalog::current(tx).await?.zone(branch);
    let today = tx.now().day(zone);
    earning::take_back(tx, invoice, today).await
}

/// An invoice was credited: with the last rupiah of it the commission goes too.
///
/// # Errors
/// Only when the database fails.
pub async fn credited(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    let live: Option<bool> =
        tx.value_opt("select live from billing_invoice where id = $1", args![invoice]).await?;
    if live == Some(false) { take_back(tx, invoice).await } else { Ok(()) }
}

/// Accrues the incentive of an installation: when it is done, or, if its evidence went to NOC's review list, when NOC
/// accepted that.
///
/// # Errors
/// Only when the database fails.
pub async fn installed(tx: &mut Tx, id: WorkOrderId) -> Result<()> {
    let order = fulfilment::find(tx, &Scope::all(), id).await?;
    if order.kind != Kind::Install || order.state != State::Done || order.review {
        return Ok(());
    }
    let mut technicians = Vec::new();
    for user in fulfilment::technicians_of(tx, id).await? {
        if is_employee(tx, user).await? {
            technicians.push(user);
        }
    }
    let plan: Option<PlanId> = tx
        .value_opt(
            "select plan_id from billing_subscription where id = $1",
            args![order.subscription_id],
        )
        .await?;
    let zone = catalog::current(tx).await?.zone(order.branch_id);
    let done = Installed {
        work_order: id,
        subscription: order.subscription_id,
        plan,
        technicians,
        branch: order.branch_id,
        on: tx.now().day(zone),
    };
    earning::installed(tx, &done).await
}

/// Closes the months that are over.
///
/// # Errors
/// Only when the database fails.
pub async fn close_months(db: &Db, now: Ts) -> Result<usize> {
    db.write(&Cause::system(now, "earnings"), async |tx: &mut Tx| earning::close(tx).await).await
}

async fn is_employee(q: &mut dyn Query, user: UserId) -> Result<bool> {
    match identity::user::find(q, &Scope::all(), user).await {
        Ok(user) => Ok(user.is_employee()),
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// `None` when no commission can follow: nobody of ours sold it (what was imported has no order), it is credited or given up in part, or another
/// invoice of the subscription was paid before.
async fn first_sale(tx: &mut Tx, invoice: InvoiceId) -> Result<Option<Sold>> {
    let found: Option<Facts> = tx
        .row_opt(
            "select i.subscription_id, i.branch_id, i.live, i.written_off, i.paid_at,
               cast(coalesce((select sum(l.base - l.credited_base) from billing_invoice_line l
                 where l.invoice_id = i.id), 0) as bigint) as base,
               (select l.plan_id from billing_invoice_line l where l.invoice_id = i.id
                 and l.plan_id is not null order by l.no desc limit 1) as billed_plan,
               (select o.sold_by from crm_order o where o.subscription_id = i.subscription_id)
                 as seller
             from billing_invoice i where i.id = $1",
            args![invoice],
        )
        .await?;
    let Some(f) = found else { return Ok(None) };
    let (Some(subscription), Some(seller)) = (f.subscription_id, f.seller) else { return Ok(None) };
    if !f.live || !f.written_off.is_zero() || !f.base.is_positive() {
        return Ok(None);
    }
    let paid_at = f.paid_at.unwrap_or(tx.now());
    // Ids of invoices rise with their issue: of two that one payment settles the older is the first.
    let earlier: i64 = tx
        .value(
            "select count(*) from billing_invoice
             where subscription_id = $1 and live and (paid_at < $3 or (paid_at = $3 and id < $2))",
            args![subscription, invoice, paid_at],
        )
        .await?;
    // The one that was the first stays it, also when it is paid again after its payment was reversed.
    let is_first = earlier == 0 || earning::was_sold(tx, invoice).await?;
    if !is_first || !is_employee(tx, seller).await? {
        return Ok(None);
    }
    let zone = catalog::current(tx).await?.zone(f.branch_id);
    Ok(Some(Sold {
        invoice,
        subscription,
        plan: f.billed_plan,
        seller,
        branch: f.branch_id,
        base: f.base,
        on: tx.now().day(zone),
    }))
}

//! What people earn beside the salary follows from paid invoices and accepted installations: where billing and
//! fulfilment meet HR. In the transaction of its cause.

use fulfilment::{Kind, State};
use hr::earning::{self, Installed, Sold};
use kernel::{Cause, FaultKind, InvoiceId, Result, Scope, Ts, UserId, WorkOrderId};
use store::{Db, Query, Tx};

use crate::views;

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
    let branch = billing::invoice::find(tx, &Scope::all(), invoice).await?.branch_id;
    let today = tx.now().day(catalog::current(tx).await?.zone(branch));
    earning::take_back(tx, invoice, today).await
}

/// An invoice was credited: with the last rupiah of it the commission goes too.
///
/// # Errors
/// Only when the database fails.
pub async fn credited(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    let live = billing::invoice::find(tx, &Scope::all(), invoice).await?.live;
    if live { Ok(()) } else { take_back(tx, invoice).await }
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
    let sold = billing::subscription::find(tx, &Scope::all(), order.subscription_id).await?;
    let zone = catalog::current(tx).await?.zone(order.branch_id);
    let done = Installed {
        work_order: id,
        subscription: order.subscription_id,
        plan: Some(sold.plan_id),
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

/// `None` when no commission can follow: nobody of ours sold it (what was imported has no order), it is credited or
/// given up in part, or another invoice of the subscription was paid before.
async fn first_sale(tx: &mut Tx, invoice: InvoiceId) -> Result<Option<Sold>> {
    let found = views::earnings::sale(tx, invoice).await?;
    let Some(f) = found else { return Ok(None) };
    let (Some(subscription), Some(seller)) = (f.subscription_id, f.seller) else { return Ok(None) };
    if !f.live || !f.written_off.is_zero() || !f.base.is_positive() {
        return Ok(None);
    }
    // The one that was the first stays it, also when it is paid again after its payment was reversed.
    let is_first = f.earlier == 0 || earning::was_sold(tx, invoice).await?;
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

//! A plan change comes into force, or is given up.

use std::collections::BTreeSet;

use kernel::{Cause, Day, Event, Fault, InvoiceId, Result, SubscriptionId};
use serde_json::json;
use store::{Db, Tx};

use super::PlanChangeId;
use crate::credit::{self, Announce};
use crate::due::{self, Applied};
use crate::invoice::Invoice;
use crate::store as sql;
use crate::store::subscription::ChangeRow;
use crate::subscription::{self, Subscription};
use crate::words::ChangeState;

/// Brings scheduled changes into force whose first day has come, by `day` and by their branch's own day; each
/// in a transaction of its own.
///
/// # Errors
/// `store.unavailable`.
pub async fn apply_due(db: &Db, cause: &Cause, day: Day) -> Result<Applied> {
    let mut applied = Applied::default();
    let mut tried: BTreeSet<PlanChangeId> = BTreeSet::new();
    loop {
        let due = due::limit(tried.len());
        let mut rows = sql::subscription::due_changes(&mut db.reader(), day, due).await?;
        rows.retain(|row| tried.insert(row.id));
        if rows.is_empty() {
            return Ok(applied);
        }
        for row in rows {
            let (id, subscription) = (row.id, row.subscription_id);
            let one = db.write(cause, async move |tx: &mut Tx| turn(tx, subscription, id).await);
            applied.note(subscription, "plan change", one.await)?;
        }
    }
}

/// Brings one change into force, if its branch's day says so.
async fn turn(tx: &mut Tx, subscription: SubscriptionId, id: PlanChangeId) -> Result<bool> {
    let catalog = catalog::current(tx).await?;
    let mut sub = subscription::locked(tx, subscription).await?;
    let today = tx.now().day(sub.zone(&catalog));
    let due = |c: &ChangeRow| c.id == id && c.state == ChangeState::Scheduled && c.from_on <= today;
    let all = sql::subscription::changes(tx, subscription).await?;
    let Some(mut change) = all.into_iter().find(due) else { return Ok(false) };
    if sub.state.is_final() {
        change.state = ChangeState::Cancelled;
        sql::subscription::save_change(tx, &change).await?;
    } else {
        apply(tx, &mut sub, &mut change).await?;
    }
    Ok(true)
}

async fn apply(tx: &mut Tx, sub: &mut Subscription, change: &mut ChangeRow) -> Result<()> {
    let was = sub.picture();
    sub.plan_id = change.new_plan;
    sql::subscription::save(tx, sub).await?;
    change.state = ChangeState::Applied;
    change.applied_at = Some(tx.now());
    sql::subscription::save_change(tx, change).await?;
    tx.emit(Event::PlanChanged { subscription: sub.id });
    tx.journal("subscription", sub.id.uuid(), "plan_changed", was, sub.picture()).await
}

/// A supplement is paid: the new plan is in force, at once or from its day on.
pub(crate) async fn paid(tx: &mut Tx, invoice: &Invoice, mut sub: Subscription) -> Result<()> {
    let found = sql::subscription::change_of_invoice(tx, sub.id, invoice.id).await?;
    let Some(mut change) = found.filter(|c| c.state == ChangeState::WaitingPayment) else {
        return Ok(());
    };
    let catalog = catalog::current(tx).await?;
    if change.from_on > tx.now().day(sub.zone(&catalog)) {
        change.state = ChangeState::Scheduled;
        sql::subscription::save_change(tx, &change).await?;
    } else {
        apply(tx, &mut sub, &mut change).await?;
    }
    super::reprice_open(tx, &catalog, sub.id).await
}

/// Gives a pending change up; an unpaid supplement is credited.
///
/// # Errors
/// `billing.plan_change_not_pending`; `billing.subscription_not_found`.
pub async fn cancel(tx: &mut Tx, subscription: SubscriptionId, id: PlanChangeId) -> Result<()> {
    let sub = subscription::locked(tx, subscription).await?;
    let changes = sql::subscription::changes(tx, sub.id).await?;
    let pending = |c: &&ChangeRow| {
        c.id == id && matches!(c.state, ChangeState::Scheduled | ChangeState::WaitingPayment)
    };
    let Some(change) = changes.iter().find(pending) else {
        return Err(Fault::conflict(
            "billing.plan_change_not_pending",
            "Ganti paket itu sudah berlaku atau sudah dibatalkan.",
            "That plan change is in force or cancelled already.",
        ));
    };
    let catalog = catalog::current(tx).await?;
    give_up(tx, &catalog, change).await?;
    super::reprice_open(tx, &catalog, sub.id).await?;
    let after = json!({ "change": id });
    tx.journal("subscription", sub.id.uuid(), "plan_change_cancelled", json!(null), after).await
}

async fn give_up(tx: &mut Tx, catalog: &catalog::Catalog, change: &ChangeRow) -> Result<()> {
    let was_waiting = change.state == ChangeState::WaitingPayment;
    let cancelled = ChangeRow { state: ChangeState::Cancelled, ..change.clone() };
    sql::subscription::save_change(tx, &cancelled).await?;
    if was_waiting && let Some(invoice) = change.invoice_id {
        let ids: [InvoiceId; 1] = [invoice];
        credit::whole(tx, catalog, &ids, "Ganti paket dibatalkan", Announce::Each).await?;
    }
    Ok(())
}

/// Gives up every pending change of a subscription that ends.
pub(crate) async fn give_up_all(
    tx: &mut Tx,
    catalog: &catalog::Catalog,
    subscription: SubscriptionId,
) -> Result<()> {
    for change in sql::subscription::changes(tx, subscription).await? {
        if matches!(change.state, ChangeState::Scheduled | ChangeState::WaitingPayment) {
            give_up(tx, catalog, &change).await?;
        }
    }
    Ok(())
}

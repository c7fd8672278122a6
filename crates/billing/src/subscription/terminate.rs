//! Putus: the subscription ends with a last day of use.

use std::collections::BTreeSet;

use catalog::Catalog;
use kernel::{Cause, Day, Event, Fault, Result, SubscriptionId};
use store::{Db, Tx};

use super::Subscription;
use crate::credit::{self, Announce};
use crate::due::{self, Applied};
use crate::issue;
use crate::outcome::{self, Terms};
use crate::plan_change;
use crate::settle;
use crate::store as sql;
use crate::store::facts::Range;
use crate::words::{Mode, SubscriptionState};

/// Ends the subscription with `last_day` as its last day of use.
///
/// A last day of today or before ends it now: postpaid gets its last invoice for the days not billed yet
/// (isolating nobody any more), prepaid's open invoices are credited unless their days are over and were used, and paid days are not given back.
/// A later last day is kept and carried out when it is over ([`apply_due_terminations`]).
///
/// # Errors
/// `billing.subscription_state`; `billing.last_day` for a day before the first day of use or one that is
/// billed already (credit that first).
pub async fn terminate(tx: &mut Tx, id: SubscriptionId, last_day: Day) -> Result<()> {
    use SubscriptionState::{Active, Isolated, Paused};
    let mut sub = super::locked(tx, id).await?;
    if sub.state == SubscriptionState::Terminated {
        return Ok(());
    }
    sub.must_be(&[Active, Isolated, Paused])?;
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(sub.zone(&catalog));
    let too_early = sub.activated_on.is_some_and(|first| last_day < first);
    let billed = sub.mode == Mode::Postpaid && sub.billed_to.is_some_and(|to| last_day < to);
    if too_early || billed {
        return Err(Fault::field(
            "last_day",
            "billing.last_day",
            "lebih awal dari hari pertama atau dari yang sudah ditagih",
            "is before the first day of use or before what is billed already",
        ));
    }
    let was = sub.picture();
    sub.terminated_on = Some(last_day);
    if last_day <= today {
        return end(tx, &catalog, sub, was).await;
    }
    sql::subscription::save(tx, &sub).await?;
    tx.journal("subscription", id.uuid(), "termination_asked", was, sub.picture()).await
}

/// Ends subscriptions whose last day is over in their branch, each in a transaction of its own.
///
/// # Errors
/// `store.unavailable`.
pub async fn apply_due_terminations(db: &Db, cause: &Cause, day: Day) -> Result<Applied> {
    let mut applied = Applied::default();
    let mut tried: BTreeSet<SubscriptionId> = BTreeSet::new();
    loop {
        let due = due::limit(tried.len());
        let mut ids = sql::subscription::past_last_day(&mut db.reader(), day, due).await?;
        ids.retain(|id| tried.insert(*id));
        if ids.is_empty() {
            return Ok(applied);
        }
        for id in ids {
            let one = db.write(cause, async move |tx: &mut Tx| end_if_over(tx, id).await);
            applied.note(id, "termination", one.await)?;
        }
    }
}

async fn end_if_over(tx: &mut Tx, id: SubscriptionId) -> Result<bool> {
    let catalog = catalog::current(tx).await?;
    let sub = super::locked(tx, id).await?;
    let over = sub.terminated_on.is_some_and(|last| last < tx.now().day(sub.zone(&catalog)));
    if !over || sub.state.is_final() {
        return Ok(false);
    }
    let was = sub.picture();
    end(tx, &catalog, sub, was).await?;
    Ok(true)
}

async fn end(
    tx: &mut Tx,
    catalog: &Catalog,
    sub: Subscription,
    was: serde_json::Value,
) -> Result<()> {
    let id = sub.id;
    sql::subscription::save(tx, &sub).await?;
    plan_change::give_up_all(tx, catalog, id).await?;
    super::pause::end_for_good(tx, &sub, catalog).await?;
    let mut sub = match sub.mode {
        Mode::Postpaid => last_bill(tx, catalog, sub).await?,
        Mode::Prepaid => {
            let last = sub.terminated_on.unwrap_or_else(|| tx.now().day(sub.zone(catalog)));
            let open = credit::void_of(tx, catalog, &sub).await?;
            credit::whole(tx, catalog, &open, "Langganan berakhir", Announce::Each).await?;
            sql::credit::cut_entitlements(tx, id, last).await?;
            sub
        }
    };
    sub.state = SubscriptionState::Terminated;
    sub.next_issue_on = None;
    sub.install_fee = kernel::Money::ZERO;
    sql::subscription::save(tx, &sub).await?;
    sql::subscription::set_state(tx, id, sub.state).await?;
    sql::subscription::close_isolations(tx, &[id]).await?;
    tx.journal("subscription", id.uuid(), "terminated", was, sub.picture()).await?;
    tx.emit(Event::SubscriptionTerminated { subscription: id });
    settle::customer(tx, catalog, sub.customer_id, settle::Named::default()).await?;
    Ok(())
}

/// Issues what is not billed yet, up to the last day.
async fn last_bill(tx: &mut Tx, catalog: &Catalog, sub: Subscription) -> Result<Subscription> {
    let Some(facts) = sql::facts::load(tx, catalog, Range::one(sub.id)).await?.pop() else {
        return Ok(sub);
    };
    let terms = Terms::of(&facts.sub, catalog);
    let today = tx.now().day(terms.zone);
    let mut out = outcome::final_bill(&facts, &terms, today);
    for draft in &mut out.drafts {
        draft.isolate_at = None;
    }
    sql::subscription::save(tx, &out.sub).await?;
    let issued = issue::write(tx, catalog, &out.drafts, None).await?;
    issue::announce(tx, &issued);
    Ok(out.sub)
}

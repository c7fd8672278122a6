//! Asking for another plan.

use catalog::{Catalog, Plan};
use kernel::{Day, Fault, InvoiceId, Money, PlanId, Result, SubscriptionId};
use serde_json::{Value, json};
use store::Tx;

use super::{PlanChangeId, reprice_open, supplement};
use crate::charges;
use crate::issue;
use crate::rating::Charge;
use crate::settle;
use crate::store as sql;
use crate::store::subscription::ChangeRow;
use crate::subscription::{self, Subscription};
use crate::words::{ChangeState, InvoiceKind, LineKind, Mode, SubscriptionState};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    pub change: PlanChangeId,
    pub state: ChangeState,
    /// First day of the new plan.
    pub from_on: Day,
    /// The supplement to pay, for a prepaid upgrade.
    pub supplement: Option<InvoiceId>,
}

/// Asks for `new_plan` from `from` on.
///
/// Postpaid: from that day, which must not be billed yet. Prepaid: a dearer plan gets a supplement for the
/// rest of the paid days and is effective when that is paid; a cheaper one starts after the paid days; while
/// nothing is paid, the open invoice is credited and issued anew on the new plan.
///
/// # Errors
/// `billing.subscription_state`; `billing.plan_same`; `billing.plan_not_sold` when the plan is archived or
/// not sold in this mode; `billing.plan_change_pending`; `billing.plan_change_billed` for a day that an
/// invoice covers already; `billing.plan_change_order` for a day before a change that is in force;
/// `catalog.plan_not_found`.
pub async fn request(
    tx: &mut Tx,
    id: SubscriptionId,
    new_plan: PlanId,
    from: Day,
) -> Result<Requested> {
    let sub = subscription::locked(tx, id).await?;
    let catalog = catalog::current(tx).await?;
    must_be_possible(tx, &catalog, &sub, new_plan).await?;
    let today = tx.now().day(sub.zone(&catalog));
    let change = ChangeRow {
        id: tx.new_id(),
        subscription_id: id,
        old_plan: sub.plan_id,
        new_plan,
        from_on: from,
        state: ChangeState::Scheduled,
        invoice_id: None,
        asked_at: tx.now(),
        applied_at: None,
    };
    let done = match (sub.state, sub.mode) {
        (SubscriptionState::PendingInstall, _) => swap(tx, sub, change, today).await?,
        (_, Mode::Postpaid) => postpaid(tx, sub, change, today).await?,
        (_, Mode::Prepaid) => prepaid(tx, &catalog, sub, change, today).await?,
    };
    let after = json!({ "new_plan": new_plan, "from_on": done.from_on, "state": done.state });
    tx.journal("subscription", id.uuid(), "plan_change_asked", Value::Null, after).await?;
    Ok(done)
}

async fn must_be_possible(
    tx: &mut Tx,
    catalog: &Catalog,
    sub: &Subscription,
    new_plan: PlanId,
) -> Result<()> {
    use SubscriptionState::{Active, Isolated, Paused, PendingInstall, Ready};
    sub.must_be(&[PendingInstall, Ready, Active, Isolated, Paused])?;
    let plan = catalog.plan(new_plan)?;
    if new_plan == sub.plan_id {
        return Err(Fault::field(
            "plan",
            "billing.plan_same",
            "sudah paket itu",
            "is the plan already in force",
        ));
    }
    if !is_sold(plan, sub.mode) {
        return Err(Fault::field(
            "plan",
            "billing.plan_not_sold",
            "paket ini tidak dijual untuk cara bayar langganan ini",
            "is not sold for this subscription's billing mode",
        ));
    }
    let waiting =
        |c: &ChangeRow| matches!(c.state, ChangeState::Scheduled | ChangeState::WaitingPayment);
    if sql::subscription::changes(tx, sub.id).await?.iter().any(waiting) {
        return Err(Fault::conflict(
            "billing.plan_change_pending",
            "Masih ada ganti paket yang belum berlaku; batalkan dulu.",
            "Another plan change is pending; cancel it first.",
        ));
    }
    Ok(())
}

/// Whether a plan is sold in a mode today.
pub(crate) const fn is_sold(plan: &Plan, mode: Mode) -> bool {
    let allowed = match mode {
        Mode::Prepaid => plan.prepaid_allowed,
        Mode::Postpaid => plan.postpaid_allowed,
    };
    allowed && !plan.archived
}

/// The new plan is in force at once.
async fn swap(
    tx: &mut Tx,
    mut sub: Subscription,
    mut change: ChangeRow,
    from_on: Day,
) -> Result<Requested> {
    sub.plan_id = change.new_plan;
    sql::subscription::save(tx, &sub).await?;
    change.from_on = from_on;
    change.state = ChangeState::Applied;
    change.applied_at = Some(tx.now());
    sql::subscription::insert_change(tx, &change).await?;
    tx.emit(kernel::Event::PlanChanged { subscription: sub.id });
    Ok(done(&change))
}

fn done(change: &ChangeRow) -> Requested {
    Requested {
        change: change.id,
        state: change.state,
        from_on: change.from_on,
        supplement: change.invoice_id,
    }
}

async fn postpaid(
    tx: &mut Tx,
    sub: Subscription,
    change: ChangeRow,
    today: Day,
) -> Result<Requested> {
    let from = change.from_on;
    let billed = sub.billed_to.is_some_and(|to| from <= to);
    if billed || sub.activated_on.is_some_and(|day| from < day) {
        return Err(Fault::field(
            "from",
            "billing.plan_change_billed",
            "hari itu sudah ditagih",
            "is a day that is billed already",
        ));
    }
    let applied = |c: &ChangeRow| c.state == ChangeState::Applied && from < c.from_on;
    if sql::subscription::changes(tx, sub.id).await?.iter().any(applied) {
        return Err(Fault::field(
            "from",
            "billing.plan_change_order",
            "lebih awal dari ganti paket yang sudah berlaku",
            "is before a plan change that is in force already",
        ));
    }
    if from <= today {
        return swap(tx, sub, change, from).await;
    }
    sql::subscription::insert_change(tx, &change).await?;
    Ok(done(&change))
}

/// What the customer pays for a month of a plan, whatever its tax mode.
fn month_of(catalog: &Catalog, plan: PlanId, from: Day, today: Day) -> Money {
    let Some(terms) = catalog.plans.get(&plan) else { return Money::ZERO };
    let (tax, price) = (catalog.tax_mode(terms), catalog.price_at(plan, from));
    let month = Charge::once(LineKind::Plan, &terms.name, tax, price);
    charges::rate(catalog, &[month], today).total
}

async fn prepaid(
    tx: &mut Tx,
    catalog: &Catalog,
    sub: Subscription,
    mut change: ChangeRow,
    today: Day,
) -> Result<Requested> {
    let given = sql::credit::entitlements_from(tx, sub.id, today).await?;
    let Some(paid_to) = given.iter().map(|e| e.to_on).max() else {
        // Nothing is used yet: the new plan counts from the first day of the open invoice.
        let id = sub.id;
        let open = sql::invoice::open_of(tx, id).await?;
        let regular = open.iter().filter(|i| i.kind == InvoiceKind::Regular);
        let first = regular.map(|i| i.period_from).min().map_or(today, |day| day.min(today));
        let swapped = swap(tx, sub, change, first).await?;
        reprice_open(tx, catalog, id).await?;
        return Ok(swapped);
    };
    let from = change.from_on.max(today);
    let dearer = month_of(catalog, change.new_plan, from, today)
        > month_of(catalog, change.old_plan, from, today);
    let mut draft = None;
    if dearer && from <= paid_to {
        let upgrade =
            ChangeRow { from_on: from, state: ChangeState::WaitingPayment, ..change.clone() };
        let supplement = supplement::draft(tx, catalog, &upgrade, paid_to, today).await?;
        draft = supplement.quote.total.is_positive().then_some(supplement);
    }
    let Some(draft) = draft else {
        change.from_on = paid_to.next();
        sql::subscription::insert_change(tx, &change).await?;
        reprice_open(tx, catalog, sub.id).await?;
        return Ok(done(&change));
    };
    change.from_on = from;
    change.state = ChangeState::WaitingPayment;
    let issued = issue::write(tx, catalog, &[draft], None).await?;
    change.invoice_id = issued.first().map(|i| i.id);
    sql::subscription::insert_change(tx, &change).await?;
    issue::announce(tx, &issued);
    settle::customer(tx, catalog, sub.customer_id, settle::Named::default()).await?;
    let ids: Vec<InvoiceId> = issued.iter().map(|i| i.id).collect();
    settle::follow(tx, catalog, &ids).await?;
    let changes = sql::subscription::changes(tx, sub.id).await?;
    let now = changes.iter().find(|c| c.id == change.id).unwrap_or(&change);
    Ok(done(now))
}

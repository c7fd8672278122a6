//! Cuti: days on which the customer wishes not to be connected. They are not billed (postpaid) or
//! credited when the pause is over (prepaid).

use std::collections::BTreeSet;

use catalog::Catalog;
use kernel::{Cause, Day, Event, Fault, Money, PauseId, Period, Result, Scope, SubscriptionId};
use serde_json::json;
use store::{Db, Query, Tx};

use super::Subscription;
use crate::credit;
use crate::due::{self, Applied};
use crate::issue;
use crate::outcome::{self, Terms};
use crate::settle;
use crate::store as sql;
use crate::store::facts::Range;
use crate::store::subscription::PauseRow;
use crate::words::{InvoiceKind, Mode, PauseState, SubscriptionState};

/// What is printed on the credit note.
const WHY: &str = "Cuti langganan";

/// A pause as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseView {
    pub id: PauseId,
    pub from_on: Day,
    pub to_on: Option<Day>,
    pub state: PauseState,
}

/// Asks for a pause from `from` to `to` (both counted; none: until resumed). A first day of today begins
/// it now; a later one begins by [`apply_due_pauses`].
///
/// # Errors
/// `billing.subscription_state`; `billing.pause_days` for days in the past, out of order, or overlapping
/// another pause.
pub async fn pause(tx: &mut Tx, id: SubscriptionId, from: Day, to: Option<Day>) -> Result<PauseId> {
    let sub = super::locked(tx, id).await?;
    sub.must_be(&[SubscriptionState::Active, SubscriptionState::Isolated])?;
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(sub.zone(&catalog));
    let overlaps = sql::subscription::pauses(tx, id).await?.into_iter().any(|p| {
        let live = matches!(p.state, PauseState::Scheduled | PauseState::Running);
        live && p.to_on.is_none_or(|end| from <= end) && to.is_none_or(|end| p.from_on <= end)
    });
    if from < today || to.is_some_and(|to| to < from) || overlaps {
        return Err(Fault::field(
            "from",
            "billing.pause_days",
            "harus mulai hari ini atau nanti, tidak terbalik, dan tidak bertumpuk dengan cuti lain",
            "must start today or later, be in order, and not overlap another pause",
        ));
    }
    let row = PauseRow {
        id: tx.new_id(),
        subscription_id: id,
        from_on: from,
        to_on: to,
        state: PauseState::Scheduled,
    };
    sql::subscription::insert_pause(tx, &row).await?;
    let after = json!({ "from": from, "to": to });
    tx.journal("subscription", id.uuid(), "pause_asked", json!(null), after).await?;
    let pause = row.id;
    if from <= today {
        begin(tx, sub, row).await?;
    }
    Ok(pause)
}

/// Ends the pause that runs, with yesterday as its last day; a scheduled one is called off.
///
/// # Errors
/// `billing.not_paused`.
pub async fn resume(tx: &mut Tx, id: SubscriptionId) -> Result<()> {
    let sub = super::locked(tx, id).await?;
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(sub.zone(&catalog));
    let pauses = sql::subscription::pauses(tx, id).await?;
    let live = |p: &PauseRow| matches!(p.state, PauseState::Scheduled | PauseState::Running);
    let running = pauses
        .iter()
        .find(|p| p.state == PauseState::Running)
        .or_else(|| pauses.iter().find(|p| live(p)));
    let Some(row) = running.cloned() else {
        return Err(Fault::conflict(
            "billing.not_paused",
            "Langganan ini tidak sedang cuti.",
            "This subscription is not paused.",
        ));
    };
    if row.state == PauseState::Scheduled {
        let off = PauseRow { state: PauseState::Cancelled, ..row };
        sql::subscription::save_pause(tx, &off).await?;
        return tx
            .journal("subscription", id.uuid(), "pause_called_off", json!(null), json!(null))
            .await;
    }
    finish(tx, &catalog, sub, row, today.prev()).await
}

/// Begins and ends pauses whose day has come, by `day` and by their branch's own day; each in a transaction
/// of its own.
///
/// # Errors
/// `store.unavailable`.
pub async fn apply_due_pauses(db: &Db, cause: &Cause, day: Day) -> Result<Applied> {
    let mut applied = Applied::default();
    let mut tried: BTreeSet<(PauseId, PauseState)> = BTreeSet::new();
    loop {
        let due = due::limit(tried.len());
        let mut rows = sql::subscription::due_pauses(&mut db.reader(), day, due).await?;
        rows.retain(|row| tried.insert((row.id, row.state)));
        if rows.is_empty() {
            return Ok(applied);
        }
        for row in rows {
            let (id, subscription) = (row.id, row.subscription_id);
            let one = db.write(cause, async move |tx: &mut Tx| turn(tx, subscription, id).await);
            applied.note(subscription, "pause", one.await)?;
        }
    }
}

/// Begins or ends one pause, if its branch's day says so.
async fn turn(tx: &mut Tx, subscription: SubscriptionId, id: PauseId) -> Result<bool> {
    let catalog = catalog::current(tx).await?;
    let sub = super::locked(tx, subscription).await?;
    let today = tx.now().day(sub.zone(&catalog));
    let all = sql::subscription::pauses(tx, subscription).await?;
    let Some(row) = all.into_iter().find(|p| p.id == id) else { return Ok(false) };
    match (row.state, row.to_on) {
        (PauseState::Scheduled, _) if row.from_on <= today => begin(tx, sub, row).await?,
        (PauseState::Running, Some(to)) if to < today => {
            finish(tx, &catalog, sub, row, to).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The pauses of a subscription, oldest first.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn pauses(
    q: &mut dyn Query,
    scope: &Scope,
    id: SubscriptionId,
) -> Result<Vec<PauseView>> {
    super::find(q, scope, id).await?;
    let rows = sql::subscription::pauses(q, id).await?;
    Ok(rows
        .into_iter()
        .map(|p| PauseView { id: p.id, from_on: p.from_on, to_on: p.to_on, state: p.state })
        .collect())
}

async fn begin(tx: &mut Tx, mut sub: Subscription, row: PauseRow) -> Result<()> {
    let fits = matches!(sub.state, SubscriptionState::Active | SubscriptionState::Isolated);
    let state = if fits { PauseState::Running } else { PauseState::Cancelled };
    sql::subscription::save_pause(tx, &PauseRow { state, ..row }).await?;
    if !fits {
        return Ok(());
    }
    let was = sub.picture();
    sub.state = SubscriptionState::Paused;
    sql::subscription::set_state(tx, sub.id, sub.state).await?;
    tx.journal("subscription", sub.id.uuid(), "paused", was, sub.picture()).await?;
    tx.emit(Event::SubscriptionPaused { subscription: sub.id });
    Ok(())
}

/// The pause is over: `last` was its last day.
async fn finish(
    tx: &mut Tx,
    catalog: &Catalog,
    mut sub: Subscription,
    row: PauseRow,
    last: Day,
) -> Result<()> {
    let days = Period::new(row.from_on, last);
    let state = if days.is_some() { PauseState::Done } else { PauseState::Cancelled };
    let to_on = days.map(|d| d.to).or(Some(row.from_on));
    sql::subscription::save_pause(tx, &PauseRow { state, to_on, ..row }).await?;
    let was = sub.picture();
    // An isolation that began before the pause goes on until the decision about access ends it.
    let isolated = !sql::subscription::open_isolations(tx, &[sub.id]).await?.is_empty();
    sub.state = if isolated { SubscriptionState::Isolated } else { SubscriptionState::Active };
    sql::subscription::set_state(tx, sub.id, sub.state).await?;
    tx.journal("subscription", sub.id.uuid(), "resumed", was, sub.picture()).await?;
    tx.emit(Event::SubscriptionResumed { subscription: sub.id });
    if sub.mode == Mode::Prepaid {
        if let Some(days) = days {
            credit_days(tx, &sub, days).await?;
        }
        issue_rest(tx, catalog, &sub).await?;
        settle::customer(tx, catalog, sub.customer_id, settle::Named::default()).await?;
    }
    Ok(())
}

/// Credits the paused days that were paid for, line by line.
async fn credit_days(tx: &mut Tx, sub: &Subscription, days: Period) -> Result<()> {
    for invoice in sql::invoice::regular_from(tx, sub.id, days.from).await? {
        if invoice.outstanding().is_positive() || invoice.kind == InvoiceKind::OneOff {
            continue;
        }
        let given = sql::credit::entitlement_of_invoice(tx, invoice.id).await?;
        let moved = given.map_or(0, |g| invoice.period_from.days_until(g.from_on));
        let moved = i32::try_from(moved).unwrap_or(0);
        let lines = sql::invoice::lines(tx, &[invoice.id]).await?;
        let mut parts = credit::prorated(&lines, |line| {
            let (from, to) = (line.from_on?.plus_days(moved), line.to_on?.plus_days(moved));
            let span = Period::new(from, to)?;
            let both = span.overlap(days)?;
            Some((both.days(), span.days()))
        });
        let left = invoice.total - invoice.credited;
        let wanted: Money = parts.iter().map(|p| p.1 + p.2).sum();
        // Each line rounds for itself: together they may be a rupiah more than the invoice is.
        if wanted > left
            && let Some(largest) = parts.iter_mut().max_by_key(|p| p.1)
        {
            largest.1 -= wanted - left;
        }
        if wanted.is_positive() && left.is_positive() {
            credit::credit_parts(tx, &invoice, &lines, &parts, WHY).await?;
        }
    }
    Ok(())
}

/// A period that began during the pause has no invoice yet: it is issued from today.
async fn issue_rest(tx: &mut Tx, catalog: &Catalog, sub: &Subscription) -> Result<()> {
    let Some(mut facts) = sql::facts::load(tx, catalog, Range::one(sub.id)).await?.pop() else {
        return Ok(());
    };
    let terms = Terms::of(&facts.sub, catalog);
    let today = tx.now().day(terms.zone);
    if facts.sub.billed_to.is_none_or(|to| to >= today) || !facts.open.is_empty() {
        return Ok(());
    }
    if facts.sub.calendar == crate::words::Calendar::Anniversary {
        facts.sub.anchor_dom = today.dom();
    }
    let draft = outcome::prepaid_draft(&facts, &terms, today, today, 1);
    facts.sub.install_fee = kernel::Money::ZERO;
    facts.sub.billed(draft.period.to, &terms.policy);
    sql::subscription::save(tx, &facts.sub).await?;
    let issued = issue::write(tx, catalog, &[draft], None).await?;
    issue::announce(tx, &issued);
    Ok(())
}

/// The subscription ends: a pause ends with it, without any credit besides.
pub(super) async fn end_for_good(tx: &mut Tx, sub: &Subscription, catalog: &Catalog) -> Result<()> {
    let today = tx.now().day(sub.zone(catalog));
    for row in sql::subscription::pauses(tx, sub.id).await? {
        let ended = match row.state {
            PauseState::Scheduled => PauseRow { state: PauseState::Cancelled, ..row },
            PauseState::Running => {
                PauseRow { state: PauseState::Done, to_on: Some(row.to_on.unwrap_or(today)), ..row }
            }
            PauseState::Done | PauseState::Cancelled => continue,
        };
        sql::subscription::save_pause(tx, &ended).await?;
    }
    Ok(())
}

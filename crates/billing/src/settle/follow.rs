//! What follows when an invoice is settled: entitlement, activation, the new plan, the event.

use catalog::Catalog;
use kernel::{Event, InvoiceId, Period, Result};
use serde_json::Value;
use store::{BoxFuture, Tx};

use crate::dates;
use crate::invoice::Invoice;
use crate::plan_change;
use crate::quota_top_up;
use crate::store as sql;
use crate::subscription::Subscription;
use crate::words::{Calendar, InvoiceKind, InvoiceState, Mode, SubscriptionState};

/// Looks at invoices whose outstanding amount went down. Doing it again changes nothing.
///
/// Boxed, because a settled supplement may issue and settle another invoice.
pub(crate) fn follow<'a>(
    tx: &'a mut Tx,
    catalog: &'a Catalog,
    ids: &'a [InvoiceId],
) -> BoxFuture<'a, Result<()>> {
    Box::pin(follow_each(tx, catalog, ids))
}

async fn follow_each(tx: &mut Tx, catalog: &Catalog, ids: &[InvoiceId]) -> Result<()> {
    for invoice in sql::invoice::by_ids(tx, ids).await? {
        if !invoice.live || invoice.state == InvoiceState::Draft {
            continue;
        }
        let sub = match invoice.subscription_id {
            Some(id) => sql::subscription::find(tx, &kernel::Scope::all(), id).await?,
            None => None,
        };
        if let Some(sub) = sub
            && invoice.outstanding() <= sub.policy(catalog).tolerance
        {
            match invoice.kind {
                InvoiceKind::Regular if sub.mode == Mode::Prepaid => {
                    entitle(tx, catalog, &invoice, sub).await?;
                }
                InvoiceKind::Supplement => plan_change::paid(tx, &invoice, sub).await?,
                InvoiceKind::OneOff if is_newly_paid(&invoice) => {
                    quota_top_up::paid(tx, catalog, &invoice, &sub).await?;
                }
                InvoiceKind::Regular | InvoiceKind::OneOff => {}
            }
        }
        if is_newly_paid(&invoice) {
            let now = tx.now();
            sql::invoice_write::set_paid_at(tx, invoice.id, Some(now)).await?;
            tx.emit(Event::InvoicePaid {
                invoice: invoice.id,
                customer: invoice.customer_id,
                subscription: invoice.subscription_id,
            });
        }
    }
    Ok(())
}

fn is_newly_paid(invoice: &Invoice) -> bool {
    invoice.outstanding().is_zero() && invoice.paid_at.is_none()
}

/// Gives a prepaid subscription the days of its paid invoice; the first time it becomes active.
async fn entitle(
    tx: &mut Tx,
    catalog: &Catalog,
    invoice: &Invoice,
    mut sub: Subscription,
) -> Result<()> {
    let before = sql::credit::entitlement_of_invoice(tx, invoice.id).await?;
    if sub.state.is_final() || before.as_ref().is_some_and(|e| e.revoked_at.is_none()) {
        return Ok(());
    }
    let span = match before {
        Some(given) => Period { from: given.from_on, to: given.to_on },
        None => days_given(tx, catalog, invoice, &mut sub).await?,
    };
    sql::credit::grant(tx, sub.id, invoice.id, span.from, span.to).await?;
    sub.unused_in_row = 0;
    sub.termination_proposed_on = None;
    let was = sub.picture();
    if sub.state == SubscriptionState::Ready {
        sub.state = SubscriptionState::Active;
        sql::subscription::set_state(tx, sub.id, sub.state).await?;
        sub.activated_on = Some(span.from);
        tx.emit(Event::SubscriptionActivated { subscription: sub.id });
        tx.journal("subscription", sub.id.uuid(), "activated", was, sub.picture()).await?;
    } else {
        tx.emit(Event::EntitlementChanged { subscription: sub.id });
    }
    sql::subscription::save(tx, &sub).await
}

/// The days a paid invoice gives: its period; of an anniversary period that was isolated from its start
/// and is paid late, the same length from the payment day, which is the new anchor.
async fn days_given(
    tx: &mut Tx,
    catalog: &Catalog,
    invoice: &Invoice,
    sub: &mut Subscription,
) -> Result<Period> {
    let period = invoice.period();
    let zone = sub.zone(catalog);
    let today = tx.now().day(zone);
    let isolation = sql::subscription::open_isolations(tx, &[sub.id]).await?.remove(&sub.id);
    let unused = match isolation {
        Some(isolation) => {
            let isolates_on = invoice.isolate_at.map_or(period.from, |at| at.day(zone));
            isolation.isolated_since.day(zone) <= period.from.max(isolates_on)
        }
        None => false,
    };
    let moves = sub.calendar == Calendar::Anniversary
        && sub.state == SubscriptionState::Isolated
        && invoice.key.is_empty()
        && unused
        && today > period.from;
    if !moves {
        return Ok(period);
    }
    let was = serde_json::json!({ "anchor_dom": sub.anchor_dom });
    sub.anchor_dom = today.dom();
    let mut to = today;
    for _ in 0..invoice.months.max(1) {
        let start = if to == today { today } else { to.next() };
        to = dates::period_at(sub.calendar, sub.anchor_dom, start).to;
    }
    let policy = sub.policy(catalog);
    sub.billed(to, &policy);
    let now: Value = serde_json::json!({ "anchor_dom": sub.anchor_dom });
    tx.journal("subscription", sub.id.uuid(), "anchor_moved", was, now).await?;
    Ok(Period { from: today, to })
}

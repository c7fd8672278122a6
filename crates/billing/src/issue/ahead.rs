//! Months ahead: 3, 6 or 12 periods on one prepaid invoice.

use kernel::{Fault, InvoiceId, Result, SubscriptionId};
use serde_json::json;
use store::Tx;

use super::{announce, write};
use crate::outcome::{self, Terms};
use crate::settle;
use crate::store as sql;
use crate::store::facts::Range;
use crate::subscription;
use crate::words::{Mode, SubscriptionState};

/// More months than this are not sold at once.
pub const MONTHS_MAX: i64 = 12;

/// Issues one invoice for the `months` periods after the days that are billed. It isolates nobody before
/// its own first day; unpaid by then, the run credits it and issues the single month.
///
/// # Errors
/// `billing.months` outside 2–12; `billing.not_prepaid`; `billing.subscription_state`;
/// `billing.invoice_open` while another prepaid invoice waits to be paid.
pub async fn ahead(tx: &mut Tx, id: SubscriptionId, months: i64) -> Result<InvoiceId> {
    if !(2..=MONTHS_MAX).contains(&months) {
        return Err(Fault::field(
            "months",
            "billing.months",
            format!("harus 2–{MONTHS_MAX}"),
            format!("must be 2–{MONTHS_MAX}"),
        ));
    }
    let sub = subscription::locked(tx, id).await?;
    sub.must_be(&[SubscriptionState::Active, SubscriptionState::Isolated])?;
    if sub.mode != Mode::Prepaid {
        return Err(Fault::conflict(
            "billing.not_prepaid",
            "Hanya langganan prabayar yang bisa dibayar di muka.",
            "Only a prepaid subscription can be paid ahead.",
        ));
    }
    let catalog = catalog::current(tx).await?;
    let facts = sql::facts::load(tx, &catalog, Range::one(id)).await?.pop();
    let Some(mut facts) = facts else { return Err(subscription::not_found()) };
    if !facts.open.is_empty() {
        return Err(Fault::conflict(
            "billing.invoice_open",
            "Masih ada tagihan yang belum dibayar; bayar itu dulu.",
            "An invoice is still unpaid; pay it first.",
        ));
    }
    let terms = Terms::of(&facts.sub, &catalog);
    let today = tx.now().day(terms.zone);
    let start = facts.sub.billed_to.map_or(today, |to| to.next().max(today));
    let draft = outcome::prepaid_draft(&facts, &terms, start, today, months);
    facts.sub.install_fee = kernel::Money::ZERO;
    facts.sub.billed(draft.period.to, &terms.policy);
    // The run looks at it on its first day: unpaid, it makes room for the single month.
    facts.sub.next_issue_on = Some(start);
    sql::subscription::save(tx, &facts.sub).await?;
    let issued = write(tx, &catalog, &[draft], None).await?;
    announce(tx, &issued);
    let customer = facts.sub.customer_id;
    settle::customer(tx, &catalog, customer, settle::Named::default()).await?;
    let invoice = issued.first().map(|i| i.id).ok_or_else(|| Fault::bug("nothing was issued"))?;
    let after = json!({ "invoice": invoice, "months": months });
    tx.journal("subscription", id.uuid(), "paid_ahead_asked", json!(null), after).await?;
    Ok(invoice)
}

//! Isi ulang kuota: who has used up the quota of a period buys more of it. It counts from the payment to the
//! end of that period, as long as its invoice stays paid.

use catalog::{Catalog, QuotaTopUp};
use kernel::{Day, Event, Fault, Id, InvoiceId, Result, Scope, SubscriptionId, Ts};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::invoice::Invoice;
use crate::issue::{self, NewOneOff, OneOffKind};
use crate::store as sql;
use crate::subscription::{self, Subscription};
use crate::words::SubscriptionState;

/// The kind of a top-up's id.
#[derive(Debug)]
pub enum QuotaTopUpKind {}
pub type QuotaTopUpId = Id<QuotaTopUpKind>;

store::row! {
    /// A top-up as stored.
    pub struct QuotaTopUpRow {
        pub id: QuotaTopUpId,
        pub subscription_id: SubscriptionId,
        pub invoice_id: InvoiceId,
        pub bytes: i64,
        pub ordered_at: Ts,
        /// The day of its payment; none: not paid, or not any more.
        pub paid_on: Option<Day>,
    }
}

/// What its invoice's key begins with; the top-up's id follows.
const KEY: &str = "quota_top_up ";

/// Orders a top-up by the plan's offer: an invoice that isolates nobody, and raises the quota when it is
/// paid. While one waits for its money, its invoice is the answer: a second click buys nothing more.
///
/// # Errors
/// `billing.subscription_not_found`, `billing.subscription_state`; `billing.no_quota` for a plan without
/// one; `billing.no_top_up` when the plan sells none.
pub async fn order(tx: &mut Tx, id: SubscriptionId) -> Result<InvoiceId> {
    let sub = subscription::locked(tx, id).await?;
    sub.must_be(&[SubscriptionState::Active, SubscriptionState::Isolated])?;
    let catalog = catalog::current(tx).await?;
    let offer = offer_of(&catalog, &sub)?;
    if let Some(waiting) = sql::quota_top_up::open(tx, id).await? {
        return Ok(waiting);
    }
    let top_up: QuotaTopUpId = tx.new_id();
    sql::quota_top_up::insert(tx, top_up, id, offer.bytes).await?;
    let plan = catalog.plan(sub.plan_id)?;
    let name = format!("Isi ulang kuota {} – {}", gigabytes(offer.bytes), plan.name);
    let new = NewOneOff {
        customer: sub.customer_id,
        branch: sub.branch_id,
        partner: sub.partner_id,
        subscription: Some(id),
        kind: OneOffKind::Service,
        key: format!("{KEY}{top_up}"),
        lines: vec![(name, offer.price)],
        tax: catalog.tax_mode(plan),
        due_on: None,
        isolates: false,
        note: None,
        draft: false,
    };
    let invoice = issue::one_off(tx, new).await?;
    sql::quota_top_up::set_invoice(tx, top_up, invoice).await?;
    let after = json!({ "bytes": offer.bytes, "invoice": invoice });
    tx.journal("subscription", id.uuid(), "quota_top_up_ordered", Value::Null, after).await?;
    Ok(invoice)
}

/// What the subscription could buy now; `None`: nothing.
pub fn offer(catalog: &Catalog, sub: &Subscription) -> Option<QuotaTopUp> {
    let runs = matches!(sub.state, SubscriptionState::Active | SubscriptionState::Isolated);
    offer_of(catalog, sub).ok().filter(|_| runs)
}

fn offer_of(catalog: &Catalog, sub: &Subscription) -> Result<QuotaTopUp> {
    if catalog.plan(sub.plan_id)?.quota_bytes.is_none() {
        return Err(Fault::conflict(
            "billing.no_quota",
            "Paket ini tanpa batas kuota; tidak ada yang perlu diisi ulang.",
            "This plan has no quota; there is nothing to top up.",
        ));
    }
    catalog.top_ups.get(&sub.plan_id).copied().ok_or_else(|| {
        Fault::conflict(
            "billing.no_top_up",
            "Paket ini tidak menjual isi ulang kuota (atur di Paket → Isi ulang).",
            "This plan sells no quota top-up (set it at Plans → Top-up).",
        )
    })
}

/// Decimal gigabytes when they come out even, else binary ones with two digits: `10 GB`, `5.00 GiB`.
pub fn gigabytes(bytes: i64) -> String {
    const GB: i64 = 1_000_000_000;
    if bytes % GB == 0 {
        return format!("{} GB", bytes / GB);
    }
    let hundredths = i128::from(bytes) * 100 / (1 << 30);
    format!("{}.{:02} GiB", hundredths / 100, hundredths % 100)
}

/// The invoice of a top-up that waits for its money.
pub async fn waiting(q: &mut dyn Query, id: SubscriptionId) -> Result<Option<InvoiceId>> {
    sql::quota_top_up::open(q, id).await
}

/// Bytes bought and paid on `from` or later.
pub async fn bytes_since(q: &mut dyn Query, id: SubscriptionId, from: Day) -> Result<i64> {
    sql::quota_top_up::bytes_since(q, id, from).await
}

/// The subscription whose quota hangs on this invoice.
pub async fn of_invoice(q: &mut dyn Query, invoice: InvoiceId) -> Result<Option<SubscriptionId>> {
    sql::quota_top_up::of_invoice(q, invoice).await
}

/// The top-ups of a subscription, newest first.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    id: SubscriptionId,
) -> Result<Vec<QuotaTopUpRow>> {
    subscription::find(q, scope, id).await?;
    sql::quota_top_up::list(q, id).await
}

/// A one-off invoice was paid: when it is a top-up's, it counts from today.
pub(crate) async fn paid(
    tx: &mut Tx,
    catalog: &Catalog,
    invoice: &Invoice,
    sub: &Subscription,
) -> Result<()> {
    let Some(id) = invoice.key.strip_prefix(KEY).and_then(|id| id.parse().ok()) else {
        return Ok(());
    };
    let today = tx.now().day(sub.zone(catalog));
    if sql::quota_top_up::set_paid_on(tx, id, today).await? {
        tx.emit(Event::EntitlementChanged { subscription: sub.id });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_top_ups_size_is_said_as_it_is_sold() {
        for (bytes, text) in [
            (10_000_000_000, "10 GB"),
            (5 << 30, "5.00 GiB"),
            (1 << 29, "0.50 GiB"),
            (1_000_000_000_000, "1000 GB"),
        ] {
            assert_eq!(gigabytes(bytes), text);
        }
    }
}

//! Add-ons (a fixed IP) and discounts (first month free, 50 % × 3) of a subscription.

use kernel::{Day, Fault, Field, Money, Result, Scope, SubscriptionId};
use serde_json::{Value, json};
use store::{Query, Tx};

pub use crate::rating::ExtraId;
use crate::store as sql;
pub use crate::store::extra::ExtraRow;
use crate::subscription;
use crate::words::ExtraKind;

/// An add-on or discount as entered.
#[derive(Clone, Debug)]
pub struct NewExtra {
    pub subscription: SubscriptionId,
    pub kind: ExtraKind,
    pub name: String,
    /// Add-on: the monthly price. Discount: the amount a period, unless it is in percent.
    pub amount: Money,
    /// Discount in basis points of the plan's lines (10,000: free).
    pub percent_bp: i64,
    pub from: Day,
    pub to: Option<Day>,
    /// A discount for so many periods.
    pub periods: Option<i64>,
}

/// Adds an add-on or a discount. It counts for the periods that are issued from now on; issued invoices
/// stay as they are.
///
/// # Errors
/// `invalid_fields`; `billing.subscription_not_found`.
pub async fn add(tx: &mut Tx, new: NewExtra) -> Result<ExtraId> {
    check(&new)?;
    subscription::locked(tx, new.subscription).await?;
    let id: ExtraId = tx.new_id();
    sql::extra::insert(tx, id, &new).await?;
    let after = json!({ "kind": new.kind, "name": new.name, "amount": new.amount, "percent_bp": new.percent_bp });
    tx.journal("subscription", new.subscription.uuid(), "extra_added", Value::Null, after).await?;
    Ok(id)
}

/// Ends an add-on today (postpaid still bills the days it was used), a discount for every invoice that is
/// issued later. Again: nothing changes.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn end(tx: &mut Tx, subscription: SubscriptionId, id: ExtraId) -> Result<()> {
    let sub = subscription::locked(tx, subscription).await?;
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(sub.zone(&catalog));
    if sql::extra::end(tx, subscription, id, today).await? {
        let before = json!({ "extra": id });
        tx.journal("subscription", subscription.uuid(), "extra_ended", before, Value::Null).await?;
    }
    Ok(())
}

/// Add-ons and discounts of a subscription, ended ones too.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn list(q: &mut dyn Query, scope: &Scope, id: SubscriptionId) -> Result<Vec<ExtraRow>> {
    subscription::find(q, scope, id).await?;
    sql::extra::list(q, id).await
}

fn check(new: &NewExtra) -> Result<()> {
    let mut wrong = Vec::new();
    if new.name.trim().is_empty() {
        wrong.push(Field::required("name"));
    }
    let percent_fits = match new.kind {
        ExtraKind::AddOn => new.percent_bp == 0,
        ExtraKind::Discount => (0..=10_000).contains(&new.percent_bp),
    };
    if !percent_fits {
        wrong.push(Field::new("percent_bp", "range", "harus 0–10.000", "must be 0–10,000"));
    }
    if new.amount.is_negative() || (new.amount.is_zero() && new.percent_bp == 0) {
        wrong.push(Field::new(
            "amount",
            "range",
            "isi jumlah atau persen yang lebih dari nol",
            "give an amount or a percentage above zero",
        ));
    }
    if new.to.is_some_and(|to| to < new.from) {
        wrong.push(Field::new(
            "to",
            "order",
            "tidak boleh sebelum awal",
            "must not be before from",
        ));
    }
    if new.periods.is_some_and(|n| n < 1 || new.kind == ExtraKind::AddOn) {
        wrong.push(Field::new(
            "periods",
            "range",
            "hanya untuk potongan, minimal 1",
            "is for discounts only, at least 1",
        ));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

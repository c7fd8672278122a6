//! Janji bayar: full access until a date, for somebody who will pay. Limited, dated, on record.

use kernel::{Day, Event, Fault, PromiseId, Result, Scope, SubscriptionId, Ts, Zone};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::store as sql;
use crate::subscription;

store::row! {
    /// A promise as stored.
    pub struct Promise {
        pub id: PromiseId,
        pub subscription_id: SubscriptionId,
        pub made_on: Day,
        /// The last day of access without payment.
        pub until_on: Day,
        /// The end of that day in the branch's zone.
        pub until_at: Ts,
        pub made_by: String,
        pub made_at: Ts,
        pub cancelled_at: Option<Ts>,
    }
}

/// Why a promise is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Before today.
    Past,
    /// More days than allowed.
    TooLong,
    /// Too many in this quarter of the year.
    TooMany,
}

/// Whether a promise made `today` may run to `until`, given the days on which others were made. Pure.
pub fn may_promise(
    today: Day,
    until: Day,
    made: &[Day],
    days_max: i32,
    per_quarter: i32,
) -> std::result::Result<(), Refusal> {
    if until < today {
        return Err(Refusal::Past);
    }
    if today.days_until(until) > i64::from(days_max) {
        return Err(Refusal::TooLong);
    }
    let quarter = |day: Day| (day.year(), (day.month() - 1) / 3);
    let used = made.iter().filter(|day| quarter(**day) == quarter(today)).count();
    if i64::try_from(used).unwrap_or(i64::MAX) >= i64::from(per_quarter) {
        return Err(Refusal::TooMany);
    }
    Ok(())
}

/// Taken back on the very day on which it was made: it does not count against the limit. Later it has given
/// access already.
fn is_mistake(promise: &Promise, zone: Zone) -> bool {
    promise.cancelled_at.is_some_and(|at| at.day(zone) == promise.made_on)
}

/// Makes a promise until the end of `until`. It takes the place of one that still runs.
///
/// # Errors
/// `billing.subscription_not_found`; `billing.nothing_owed`; `billing.promise_past`,
/// `billing.promise_too_long`, `billing.promise_too_many` by the policy's limits.
pub async fn make(tx: &mut Tx, id: SubscriptionId, until: Day) -> Result<PromiseId> {
    let sub = subscription::locked(tx, id).await?;
    if sql::invoice::open_of(tx, id).await?.is_empty() {
        return Err(Fault::conflict(
            "billing.nothing_owed",
            "Tidak ada tagihan terbuka untuk dijanjikan.",
            "There is no open invoice to promise for.",
        ));
    }
    let catalog = catalog::current(tx).await?;
    let policy = sub.policy(&catalog);
    let zone = sub.zone(&catalog);
    let today = tx.now().day(zone);
    let before = sql::access::promises_of(tx, id).await?;
    let used = before.iter().filter(|p| !is_mistake(p, zone));
    let made: Vec<Day> = used.map(|p| p.made_on).collect();
    may_promise(today, until, &made, policy.promise_days_max, policy.promises_per_quarter)
        .map_err(|r| refused(r, policy.promise_days_max, policy.promises_per_quarter))?;
    let row = Promise {
        id: tx.new_id(),
        subscription_id: id,
        made_on: today,
        until_on: until,
        until_at: Ts::local(until.next(), 0, 0, zone),
        made_by: tx.actor().name.clone(),
        made_at: tx.now(),
        cancelled_at: None,
    };
    sql::access::insert_promise(tx, &row).await?;
    tx.journal("subscription", id.uuid(), "promised", Value::Null, json!({ "until": until }))
        .await?;
    tx.emit(Event::PromiseChanged { subscription: id });
    Ok(row.id)
}

/// Takes a promise back. On the day on which it was made that is a mistake, and it does not count against
/// the limit any more.
///
/// # Errors
/// `billing.promise_not_found`.
pub async fn cancel(tx: &mut Tx, subscription: SubscriptionId, id: PromiseId) -> Result<()> {
    subscription::locked(tx, subscription).await?;
    if !sql::access::cancel_promise(tx, subscription, id).await? {
        return Err(Fault::not_found(
            "billing.promise_not_found",
            "Janji bayar tidak ada.",
            "No such promise.",
        ));
    }
    let before = json!({ "promise": id });
    tx.journal("subscription", subscription.uuid(), "promise_cancelled", before, Value::Null)
        .await?;
    tx.emit(Event::PromiseChanged { subscription });
    Ok(())
}

/// The promises of a subscription, newest first.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    subscription: SubscriptionId,
) -> Result<Vec<Promise>> {
    subscription::find(q, scope, subscription).await?;
    sql::access::promises_of(q, subscription).await
}

fn refused(refusal: Refusal, days: i32, times: i32) -> Fault {
    match refusal {
        Refusal::Past => {
            Fault::field("until", "billing.promise_past", "sudah lewat", "is in the past")
        }
        Refusal::TooLong => Fault::field(
            "until",
            "billing.promise_too_long",
            format!("paling lama {days} hari dari hari ini"),
            format!("must be within {days} days from today"),
        ),
        Refusal::TooMany => Fault::conflict(
            "billing.promise_too_many",
            format!("Sudah {times} janji bayar dalam triwulan ini."),
            format!("There were {times} promises in this quarter already."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_limited_in_days_and_in_times_a_quarter() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let today = day("2026-12-22");
        let check = |until: &str, made: &[&str]| {
            let made: Vec<Day> = made.iter().map(|d| day(d)).collect();
            may_promise(today, day(until), &made, 7, 2)
        };
        assert_eq!(check("2026-12-29", &[]), Ok(()));
        assert_eq!(check("2026-12-30", &[]), Err(Refusal::TooLong));
        assert_eq!(check("2026-12-21", &[]), Err(Refusal::Past));
        assert_eq!(check("2026-12-23", &["2026-10-01", "2026-11-05"]), Err(Refusal::TooMany));
        assert_eq!(check("2026-12-23", &["2026-09-30", "2026-11-05"]), Ok(()));
        assert_eq!(check("2026-12-23", &["2025-10-01", "2025-11-05"]), Ok(()));
    }
}

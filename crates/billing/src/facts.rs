//! What access depends on, as far as billing knows.

use kernel::{
    BranchId, CustomerId, Day, InvoiceId, Money, PartnerId, Period, PlanId, Result, SubscriptionId,
    Ts,
};
use store::Query;

use crate::dates;
pub use crate::hold::Hold;
use crate::store as sql;
use crate::subscription;
use crate::words::{Calendar, InvoiceKind, Mode, SubscriptionState};

/// An invoice with more outstanding than the policy tolerates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpaidInvoice {
    pub id: InvoiceId,
    pub number: String,
    pub outstanding: Money,
    pub total: Money,
    pub due_on: Day,
    /// From when it isolates, a reversal's grace counted; none: never.
    pub isolate_at: Option<Ts>,
    pub period: Period,
    pub kind: InvoiceKind,
}

/// Everything that billing says about one subscription's access. No clock is read: instants are given,
/// and the decision compares them with its own `now`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessFacts {
    pub subscription: SubscriptionId,
    pub number: String,
    pub customer: CustomerId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub state: SubscriptionState,
    pub mode: Mode,
    /// The plan in force.
    pub plan: PlanId,
    /// Prepaid: the last day that is paid for; none: nothing is.
    pub entitled_to: Option<Day>,
    pub terminated_on: Option<Day>,
    pub unpaid: Vec<UnpaidInvoice>,
    /// The end of the latest promise, run out or not.
    pub promise_until: Option<Ts>,
    /// Manual and abuse holds that were not released; some may have ended.
    pub holds: Vec<Hold>,
    pub paused: bool,
    /// The latest grace of a reversed payment whose invoice is still unpaid, run out or not. While it
    /// runs, neither `unpaid` nor `period_over` isolates for that invoice.
    pub reversal_grace_until: Option<Ts>,
    pub calendar: Calendar,
    pub anchor_dom: i8,
}

impl AccessFacts {
    /// The period that holds `day`: quotas count from its first day.
    pub fn period_at(&self, day: Day) -> Period {
        dates::period_at(self.calendar, self.anchor_dom, day)
    }
}

/// The facts of one subscription.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn for_access(q: &mut dyn Query, id: SubscriptionId) -> Result<AccessFacts> {
    for_access_many(q, &[id]).await?.pop().ok_or_else(subscription::not_found)
}

/// The facts of many subscriptions, in the order of their ids; unknown ones are left out. A few
/// statements for 500 of them.
pub async fn for_access_many(
    q: &mut dyn Query,
    ids: &[SubscriptionId],
) -> Result<Vec<AccessFacts>> {
    let catalog = catalog::current(q).await?;
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        all.extend(sql::access::load(q, &catalog, chunk).await?);
    }
    Ok(all)
}

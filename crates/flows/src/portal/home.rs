//! The first page: is it working, what is owed, what comes next.

use billing::owed::{self, Owed};
use billing::subscription::{self, Subscription};
use billing::words::SubscriptionState;
use crm::customer::{self, Customer};
use kernel::{CustomerId, Day, Money, Result, Scope, SubscriptionId, Ts};
use store::Query;

use super::words;
use crate::views::portal::{Visit, visits};
use crate::why::{self, Say};

store::words! {
    /// How a connection is, as its customer sees it.
    pub enum Condition {
        /// Not installed yet.
        Coming = "coming",
        Online = "online",
        /// Cut down to the pay page.
        Limited = "limited",
        /// Open, but no device is connected.
        Offline = "offline",
        Ended = "ended",
    }
}

/// How a connection is, and why.
#[derive(Clone, Debug)]
pub struct Status {
    pub condition: Condition,
    pub cause: String,
    pub say: Say,
    pub remedy: Say,
    pub since: Option<Ts>,
    /// Paying what is owed is all it takes.
    pub by_money: bool,
}

/// A period's quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub limit_bytes: i64,
    pub used_bytes: i64,
    /// Used since.
    pub from_on: Day,
}

impl Quota {
    /// What is left, never less than nothing.
    pub fn left_bytes(&self) -> i64 {
        (self.limit_bytes - self.used_bytes).max(0)
    }
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Line {
    pub subscription: Subscription,
    pub plan: String,
    pub down_kbps: i64,
    pub up_kbps: i64,
    /// A month's price today, as the plan says it.
    pub price: Money,
    pub status: Status,
    pub quota: Option<Quota>,
    /// Work at the customer's place that is not over, or was done in the last days; newest first.
    pub visits: Vec<Visit>,
}

/// Everything on the first page.
#[derive(Clone, Debug)]
pub struct Home {
    pub customer: Customer,
    pub owed: Owed,
    pub lines: Vec<Line>,
    pub company: String,
    pub phone: String,
}

/// The first page of a customer.
///
/// # Errors
/// `crm.customer_not_found`.
pub async fn home(q: &mut dyn Query, id: CustomerId, now: Ts) -> Result<Home> {
    let scope = Scope { customer: Some(id), ..Scope::all() };
    let customer = customer::find(q, &scope, id).await?;
    let owed = owed::of_customer(q, id, now).await?;
    let catalog = catalog::current(q).await?;
    let mut visits = visits(q, id, now.plus_days(-VISITS_DAYS)).await?;
    let mut lines = Vec::new();
    for sub in subscription::of_customer(q, &scope, id).await? {
        let plan = catalog.plan(sub.plan_id)?;
        let profile = catalog.profile(plan.profile_id)?;
        let today = now.day(catalog.zone(sub.branch_id));
        let (own, rest) = visits.into_iter().partition(|v: &Visit| v.subscription_id == sub.id);
        visits = rest;
        lines.push(Line {
            plan: plan.name.clone(),
            down_kbps: profile.rate_down_kbps,
            up_kbps: profile.rate_up_kbps,
            price: catalog.price_at(plan.id, today),
            status: status(q, &scope, &sub, now).await?,
            quota: quota(q, sub.id).await?,
            visits: own,
            subscription: sub,
        });
    }
    // What has ended stands last.
    lines.sort_by_key(|line| line.status.condition == Condition::Ended);
    let company = catalog.company.as_ref();
    Ok(Home {
        customer,
        owed,
        lines,
        company: company.map_or_else(|| "Sambung".to_owned(), |c| c.name.clone()),
        phone: company.map_or_else(String::new, |c| c.phone.clone()),
    })
}

/// Days for which finished work is still shown.
const VISITS_DAYS: i64 = 7;

async fn quota(q: &mut dyn Query, id: SubscriptionId) -> Result<Option<Quota>> {
    let facts = network::usage::facts(q, id).await?;
    Ok(facts.and_then(|f| {
        let limit_bytes = f.limit_bytes?;
        Some(Quota { limit_bytes, used_bytes: f.used_bytes, from_on: f.from_on })
    }))
}

/// How a connection is, in its customer's words.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn status(
    q: &mut dyn Query,
    scope: &Scope,
    sub: &Subscription,
    now: Ts,
) -> Result<Status> {
    let why = why::kenapa(q, scope, sub.id, now, why::Reader::all()).await?;
    let decided = network::access::of(q, sub.id).await?;
    let (say, remedy) = words::plain(&why.cause).unwrap_or_else(|| {
        // The decision's words are for the customer; what staff wrote beside it is not.
        let say = decided.map_or(why.say, |a| Say::new(a.why.id, a.why.en));
        (say, words::remedy(&why.cause))
    });
    let condition = match (sub.state, why.condition) {
        (SubscriptionState::Terminated | SubscriptionState::Cancelled, _) => Condition::Ended,
        (SubscriptionState::PendingInstall, _) => Condition::Coming,
        (_, "online") => Condition::Online,
        (_, "offline") => Condition::Offline,
        (_, "blocked") => Condition::Coming,
        _ => Condition::Limited,
    };
    let by_money = matches!(
        why.cause.as_str(),
        "unpaid" | "first_payment" | "promise_expired" | "reversal" | "period_over"
    );
    Ok(Status { condition, cause: why.cause, say, remedy, since: why.since, by_money })
}

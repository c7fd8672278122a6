//! The subscription: one connection of one customer on one plan, and its life.

mod cancel;
mod create;
mod installed;
mod isolate;
mod pause;
mod terminate;

pub use cancel::cancel;
pub use create::{NewSubscription, create};
pub use installed::installed;
pub use isolate::{Isolation, set_isolated};
pub use pause::{PauseView, apply_due_pauses, pause, pauses, resume};
pub use terminate::{apply_due_terminations, terminate};

use catalog::{Catalog, Policy};
use kernel::fault::wrong_state;
use kernel::{
    BranchId, CustomerId, Day, Fault, Money, PartnerId, Period, PlanId, Result, Scope,
    SubscriptionId, Ts, Zone,
};
use store::{Query, Tx};

use crate::dates;
use crate::store as sql;
use crate::words::{Calendar, Mode, SubscriptionState};

store::row! {
    /// A subscription as stored.
    pub struct Subscription {
        pub id: SubscriptionId,
        pub number: String,
        pub customer_id: CustomerId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        /// The plan in force.
        pub plan_id: PlanId,
        pub mode: Mode,
        pub calendar: Calendar,
        /// Day of the month on which an anniversary period starts.
        pub anchor_dom: i8,
        pub state: SubscriptionState,
        pub label: Option<String>,
        /// First day of use that is billed.
        pub activated_on: Option<Day>,
        /// Last day of use.
        pub terminated_on: Option<Day>,
        /// Last day that a regular invoice (or its lawful absence) covers.
        pub billed_to: Option<Day>,
        /// First day on which a run looks at it again.
        pub next_issue_on: Option<Day>,
        /// Installation fee that no live invoice holds yet.
        pub install_fee: Money,
        /// Prepaid periods in a row whose invoice was never paid.
        pub unused_in_row: i64,
        pub termination_proposed_on: Option<Day>,
        pub external_id: Option<String>,
        pub created_at: Ts,
    }
}

impl Subscription {
    /// The whole period that holds `day`.
    pub fn period_at(&self, day: Day) -> Period {
        dates::period_at(self.calendar, self.anchor_dom, day)
    }
    /// The rules in force for it.
    pub fn policy(&self, catalog: &Catalog) -> Policy {
        catalog.policy(self.plan_id, self.customer_id)
    }
    pub fn zone(&self, catalog: &Catalog) -> Zone {
        catalog.zone(self.branch_id)
    }
    /// Notes that everything up to `to` is billed, and when a run looks again.
    pub(crate) fn billed(&mut self, to: Day, policy: &Policy) {
        self.billed_to = Some(to);
        self.next_issue_on = match self.terminated_on {
            Some(last) if last <= to => None,
            _ => Some(dates::next_issue_on(self.mode, self.calendar, self.anchor_dom, to, policy)),
        };
    }
    /// # Errors
    /// `billing.subscription_state`, naming the state and what is allowed.
    pub(crate) fn must_be(&self, allowed: &[SubscriptionState]) -> Result<()> {
        if allowed.contains(&self.state) {
            return Ok(());
        }
        let names: Vec<&str> = allowed.iter().map(|s| s.as_str()).collect();
        Err(wrong_state(
            "billing.subscription_state",
            ("Langganan", "subscription"),
            self.state.as_str(),
            &names.join(", "),
        ))
    }
    /// The journal's picture of it.
    pub(crate) fn picture(&self) -> serde_json::Value {
        serde_json::json!({
            "state": self.state, "plan": self.plan_id, "billed_to": self.billed_to,
            "activated_on": self.activated_on, "terminated_on": self.terminated_on,
        })
    }
}

/// The fault for an unknown subscription, or one out of scope.
pub(crate) fn not_found() -> Fault {
    Fault::not_found(
        "billing.subscription_not_found",
        "Langganan tidak ada.",
        "No such subscription.",
    )
}

/// One subscription, if the actor may see it.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: SubscriptionId) -> Result<Subscription> {
    sql::subscription::find(q, scope, id).await?.ok_or_else(not_found)
}

/// The subscriptions of a customer, oldest first.
pub async fn of_customer(
    q: &mut dyn Query,
    scope: &Scope,
    customer: CustomerId,
) -> Result<Vec<Subscription>> {
    sql::subscription::of_customer(q, scope, customer).await
}

/// Locks the customer's money account and loads the subscription as it then stands.
pub(crate) async fn locked(tx: &mut Tx, id: SubscriptionId) -> Result<Subscription> {
    let scope = tx.actor().scope.clone();
    let seen = find(tx, &scope, id).await?;
    sql::party::lock(tx, seen.customer_id).await?;
    sql::subscription::find(tx, &scope, id).await?.ok_or_else(not_found)
}

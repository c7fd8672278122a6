//! A new subscription, waiting for its installation.

use kernel::{
    BranchId, CustomerId, Event, Fault, Field, Money, PartnerId, PlanId, Result, SubscriptionId,
};
use serde_json::Value;
use store::Tx;

use super::Subscription;
use crate::plan_change;
use crate::store as sql;
use crate::words::{Calendar, Mode, SubscriptionState};

/// A subscription as ordered.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    pub customer: CustomerId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub plan: PlanId,
    pub mode: Mode,
    pub calendar: Calendar,
    /// What the customer calls it, when they have several.
    pub label: Option<String>,
    /// None: the plan's own fee.
    pub install_fee: Option<Money>,
    /// The key of an imported record.
    pub external_id: Option<String>,
}

impl NewSubscription {
    /// The usual one: calendar periods, the plan's own installation fee.
    pub fn of(customer: CustomerId, branch: BranchId, plan: PlanId, mode: Mode) -> Self {
        Self {
            customer,
            branch,
            partner: None,
            plan,
            mode,
            calendar: Calendar::Calendar,
            label: None,
            install_fee: None,
            external_id: None,
        }
    }
}

/// Creates a subscription in `pending_install`, with its own number and the customer's money account.
///
/// # Errors
/// `invalid_fields` when the plan is not sold in this mode or the fee is negative;
/// `catalog.plan_not_found`, `catalog.branch_not_found`; `store.unique` for an external id known already.
pub async fn create(tx: &mut Tx, new: NewSubscription) -> Result<SubscriptionId> {
    let catalog = catalog::current(tx).await?;
    let plan = catalog.plan(new.plan)?;
    catalog.branch(new.branch)?;
    let fee = new.install_fee.unwrap_or(plan.install_fee);
    let mut wrong = Vec::new();
    if !plan_change::is_sold(plan, new.mode) {
        wrong.push(Field::new(
            "mode",
            "billing.plan_not_sold",
            "paket ini tidak dijual dengan cara bayar itu",
            "is not a mode this plan is sold in",
        ));
    }
    if fee.is_negative() {
        wrong.push(Field::new(
            "install_fee",
            "range",
            "tidak boleh negatif",
            "must not be negative",
        ));
    }
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    sql::party::ensure(tx, new.customer, new.branch, new.partner).await?;
    let seq = tx.next_number("SUB").await?;
    let sub = Subscription {
        id: tx.new_id(),
        number: format!("S{seq:06}"),
        customer_id: new.customer,
        branch_id: new.branch,
        partner_id: new.partner,
        plan_id: new.plan,
        mode: new.mode,
        calendar: new.calendar,
        anchor_dom: 1,
        state: SubscriptionState::PendingInstall,
        label: new.label,
        activated_on: None,
        terminated_on: None,
        billed_to: None,
        next_issue_on: None,
        install_fee: fee,
        unused_in_row: 0,
        termination_proposed_on: None,
        external_id: new.external_id,
        created_at: tx.now(),
    };
    sql::subscription::insert(tx, &sub).await?;
    tx.journal("subscription", sub.id.uuid(), "created", Value::Null, sub.picture()).await?;
    tx.emit(Event::SubscriptionCreated { subscription: sub.id });
    Ok(sub.id)
}

//! The lead's part of a conversion; the whole story (customer, subscription, order, work order) is a
//! flow.

use ::store::Tx;
use kernel::{CustomerId, Event, Fault, Field, LeadId, OrderId, PlanId, Result, SubscriptionId};

use super::register::{check_plan, facts};
use super::{Lead, LeadState, find};
use crate::Mode;
use crate::store::lead as rows;

/// A verified lead with everything that a subscription needs.
#[derive(Clone, Debug)]
pub struct Convertible {
    pub lead: Lead,
    pub plan: PlanId,
    pub mode: Mode,
}

/// Locks a lead for its conversion, so that two people can't convert it twice.
///
/// # Errors
/// `crm.lead_wrong_state` unless it is verified; field errors when plan or mode are not chosen, or are
/// no longer sold.
pub async fn begin_conversion(tx: &mut Tx, id: LeadId) -> Result<Convertible> {
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let lead = find(tx, &scope, id).await?;
    lead.state.to(LeadState::Converted)?;
    let (Some(plan), Some(mode)) = (lead.plan_id, lead.mode) else {
        let missing = [("plan", lead.plan_id.is_none()), ("mode", lead.mode.is_none())];
        let fields = missing.iter().filter(|(_, missing)| *missing);
        return Err(Fault::fields(fields.map(|(name, _)| Field::required(*name)).collect()));
    };
    check_plan(tx, Some(plan), Some(mode)).await?;
    Ok(Convertible { lead, plan, mode })
}

/// Marks a lead converted. Emits `LeadConverted`.
///
/// # Errors
/// `crm.lead_wrong_state` unless it is verified.
pub async fn converted(
    tx: &mut Tx,
    id: LeadId,
    customer: CustomerId,
    subscription: SubscriptionId,
    order: OrderId,
) -> Result<()> {
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let mut lead = find(tx, &scope, id).await?;
    let before = facts(&lead);
    lead.state = lead.state.to(LeadState::Converted)?;
    lead.customer_id = Some(customer);
    lead.subscription_id = Some(subscription);
    rows::update(tx, &lead).await?;
    tx.journal("lead", id.uuid(), "converted", before, facts(&lead)).await?;
    tx.emit(Event::LeadConverted { lead: id, customer, subscription, order });
    Ok(())
}

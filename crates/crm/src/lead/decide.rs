//! What is decided about a lead: verified, waitlisted, rejected, lost.

use ::store::Tx;
use kernel::{Fault, Field, LeadId, Permission, Result, UserId};
use serde_json::json;

use super::register::{ask_coverage, facts, view};
use super::{LeadState, LeadView, find};
use crate::store::lead as rows;

/// Verifies a lead: somebody has looked at it. The coverage is asked again, since the pin may have
/// moved and areas may have grown; whether somebody outside it is sold to is decided at the conversion.
///
/// # Errors
/// `crm.lead_wrong_state`.
pub async fn verify(tx: &mut Tx, id: LeadId) -> Result<LeadView> {
    tx.actor().require(Permission::LeadVerify)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let mut lead = find(tx, &scope, id).await?;
    let before = facts(&lead);
    lead.state = lead.state.to(LeadState::Verified)?;
    if let Some(answer) = ask_coverage(tx, Some(lead.branch_id), lead.place()).await? {
        lead.covered = answer.known.then_some(answer.covered);
        lead.area_id = answer.area.as_ref().map(|area| area.id);
        lead.odp_id = answer.odp.as_ref().map(|odp| odp.id);
        lead.odp_distance_m = answer.distance_m;
    }
    lead.reason = None;
    lead.verified_at = Some(tx.now());
    lead.verified_by = tx.actor().user();
    rows::update(tx, &lead).await?;
    tx.journal("lead", id.uuid(), "verified", before, facts(&lead)).await?;
    view(tx, lead).await
}

/// Gives an open lead to somebody of the sales: theirs is the sale. The caller has made sure that there is
/// such a person. Giving it again to the same changes nothing.
///
/// # Errors
/// `crm.lead_of_reseller`: a reseller's lead stays the reseller's; `crm.lead_wrong_state` when it is closed.
pub async fn give(tx: &mut Tx, id: LeadId, seller: UserId) -> Result<LeadView> {
    tx.actor().require(Permission::LeadVerify)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let mut lead = find(tx, &scope, id).await?;
    if !lead.state.is_open() {
        return Err(lead.state.refusal());
    }
    if lead.partner_id.is_some() {
        return Err(Fault::conflict(
            "crm.lead_of_reseller",
            "Prospek mitra tetap milik mitranya: komisinya ikut mitra.",
            "A reseller's lead stays the reseller's, and so does its commission.",
        ));
    }
    if lead.sold_by != Some(seller) {
        let before = json!({ "sold_by": lead.sold_by });
        lead.sold_by = Some(seller);
        rows::set_seller(tx, id, seller).await?;
        tx.journal("lead", id.uuid(), "given", before, json!({ "sold_by": seller })).await?;
    }
    view(tx, lead).await
}

/// Puts a lead on the waiting list, usually because nothing reaches it yet.
///
/// # Errors
/// `crm.lead_wrong_state`.
pub async fn waitlist(tx: &mut Tx, id: LeadId, why: &str) -> Result<LeadView> {
    close(tx, id, LeadState::Waitlisted, why, "waitlisted").await
}

/// Turns a lead down. Final.
///
/// # Errors
/// `crm.lead_wrong_state`; a field error when no reason is given.
pub async fn reject(tx: &mut Tx, id: LeadId, why: &str) -> Result<LeadView> {
    close(tx, id, LeadState::Rejected, needed(why)?, "rejected").await
}

/// The lead went elsewhere. Final.
///
/// # Errors
/// `crm.lead_wrong_state`; a field error when no reason is given.
pub async fn lose(tx: &mut Tx, id: LeadId, why: &str) -> Result<LeadView> {
    close(tx, id, LeadState::Lost, needed(why)?, "lost").await
}

async fn close(
    tx: &mut Tx,
    id: LeadId,
    to: LeadState,
    why: &str,
    action: &str,
) -> Result<LeadView> {
    tx.actor().require(Permission::LeadWrite)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let mut lead = find(tx, &scope, id).await?;
    let before = facts(&lead);
    lead.state = lead.state.to(to)?;
    let why = why.trim();
    lead.reason = (!why.is_empty()).then(|| why.to_owned());
    rows::update(tx, &lead).await?;
    tx.journal("lead", id.uuid(), action, before, facts(&lead)).await?;
    view(tx, lead).await
}

fn needed(why: &str) -> Result<&str> {
    let why = why.trim();
    if why.is_empty() { Err(Fault::fields(vec![Field::required("reason")])) } else { Ok(why) }
}

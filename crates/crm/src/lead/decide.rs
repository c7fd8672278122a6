//! What is decided about a lead: verified, waitlisted, rejected, lost.

use ::store::Tx;
use kernel::{Fault, Field, LeadId, Permission, Result};

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

//! Correcting a lead.

use ::store::Tx;
use kernel::{LeadId, Permission, Result};

use super::register::{ask_coverage, check, check_plan, facts, flag_duplicates, seal, view};
use super::{Lead, LeadState, LeadView, NewLead, find};
use crate::place::Place;
use crate::store::lead as rows;

/// Replaces what was entered about an open lead, and asks coverage and duplicates again.
///
/// Channel, branch, reseller and seller stay as they were registered. A form without NIK keeps the one
/// that is there. What somebody without `lead.verify` changes has to be verified anew.
///
/// # Errors
/// Field errors; `crm.lead_wrong_state` when the lead is closed.
pub async fn amend(tx: &mut Tx, id: LeadId, form: NewLead) -> Result<LeadView> {
    tx.actor().require(Permission::LeadWrite)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let mut lead = find(tx, &scope, id).await?;
    if !lead.state.is_open() {
        return Err(lead.state.refusal());
    }
    let was = lead.clone();
    let person = check(&form)?;
    let place = Place::maybe(form.lat, form.lon)?;
    check_plan(tx, form.plan, form.mode).await?;
    lead.name = person.name;
    lead.phone = person.phone;
    lead.email = person.email;
    lead.address = person.address;
    lead.lat = place.map(|p| p.lat);
    lead.lon = place.map(|p| p.lon);
    lead.plan_id = form.plan;
    lead.mode = form.mode;
    lead.note = form.note.trim().to_owned();
    if let Some(lang) = form.lang {
        lead.lang = lang.code().to_owned();
    }
    if lead.state == LeadState::Verified && !tx.actor().may(Permission::LeadVerify) {
        lead.state = LeadState::New;
        lead.verified_at = None;
        lead.verified_by = None;
    }
    let answer = ask_coverage(tx, Some(lead.branch_id), place).await?;
    lead.covered = answer.as_ref().and_then(|a| a.known.then_some(a.covered));
    lead.area_id = answer.as_ref().and_then(|a| a.area.as_ref()).map(|a| a.id);
    lead.odp_id = answer.as_ref().and_then(|a| a.odp.as_ref()).map(|o| o.id);
    lead.odp_distance_m = answer.as_ref().and_then(|a| a.distance_m);
    rows::update(tx, &lead).await?;
    if person.nik.is_some() {
        let nik = seal(tx, id, person.nik.as_ref())?;
        rows::set_nik(tx, id, nik.sealed, nik.print.clone()).await?;
        lead.nik_print = nik.print;
    }
    flag_duplicates(tx, &lead).await?;
    let mut after = facts(&lead);
    after["changed"] = changed(&was, &lead).into();
    tx.journal("lead", id.uuid(), "amended", facts(&was), after).await?;
    view(tx, lead).await
}

/// The names of the fields that differ: personal data is in the journal only by its name.
fn changed(before: &Lead, after: &Lead) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("phone", before.phone != after.phone),
        ("email", before.email != after.email),
        ("nik", before.nik_print != after.nik_print),
        ("address", before.address != after.address),
        ("place", (before.lat, before.lon) != (after.lat, after.lon)),
        ("plan", before.plan_id != after.plan_id),
        ("mode", before.mode != after.mode),
        ("note", before.note != after.note),
        ("lang", before.lang != after.lang),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

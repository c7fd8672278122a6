//! Registering a lead.

use ::store::{Query, QueryExt, Tx};
use kernel::actor::Who;
use kernel::{BranchId, Event, Fault, Field, Lang, LeadId, Permission, PlanId, Result};
use serde_json::json;

use super::{Lead, LeadState, LeadView, NewLead};
use crate::coverage::{self, Coverage};
use crate::duplicate::{self, Duplicate};
use crate::nik::{Nik, Vault};
use crate::person::{Person, Typed};
use crate::place::Place;
use crate::store::{duplicate as twins, lead as rows};
use crate::{Channel, Mode};

/// Registers a lead, answers its coverage and flags its duplicates (flags never block).
///
/// What a reseller or the public form entered is `new`; what somebody with `lead.verify` entered is
/// `verified` at once, unless the pin lies outside the coverage: that one waits for a decision. Emits `LeadRegistered`.
///
/// # Errors
/// `forbidden` for a person without `lead_write` (the public form may); field errors for everything that
/// is wrong; `branch` when it can't be told.
pub async fn register(tx: &mut Tx, new: NewLead) -> Result<LeadView> {
    if tx.actor().who != Who::Public {
        tx.actor().require(Permission::LeadWrite)?;
    }
    let person = check(&new)?;
    let place = Place::maybe(new.lat, new.lon)?;
    check_plan(tx, new.plan, new.mode).await?;
    let actor = tx.actor().clone();
    let partner = actor.scope.partner.or(new.partner);
    let by_reseller = actor.scope.partner.is_some();
    let channel = match new.channel {
        _ if by_reseller => Channel::Reseller,
        _ if actor.who == Who::Public => Channel::Public,
        Some(channel) => channel,
        None if partner.is_some() => Channel::Reseller,
        None => Channel::Sales,
    };
    let wanted = actor.scope.branch.or(new.branch);
    let answer = ask_coverage(tx, wanted, place).await?;
    let branch = branch_of(tx, wanted, answer.as_ref()).await?;
    let id: LeadId = tx.new_id();
    let covered = answer.as_ref().and_then(|a| a.known.then_some(a.covered));
    let believed = actor.may(Permission::LeadVerify) && !channel.needs_verifying();
    let verified = believed && covered != Some(false);
    let (now, user) = (tx.now(), actor.user());
    let nik = seal(tx, id, person.nik.as_ref())?;
    let lead = Lead {
        id,
        state: if verified { LeadState::Verified } else { LeadState::New },
        name: person.name,
        phone: person.phone,
        email: person.email,
        address: person.address,
        lat: place.map(|p| p.lat),
        lon: place.map(|p| p.lon),
        plan_id: new.plan,
        mode: new.mode,
        channel,
        note: new.note.trim().to_owned(),
        lang: new.lang.unwrap_or(Lang::Id).code().to_owned(),
        branch_id: branch,
        partner_id: partner,
        sold_by: new.sold_by.or(user),
        covered,
        area_id: answer.as_ref().and_then(|a| a.area.as_ref()).map(|a| a.id),
        odp_id: answer.as_ref().and_then(|a| a.odp.as_ref()).map(|o| o.id),
        odp_distance_m: answer.as_ref().and_then(|a| a.distance_m),
        reason: None,
        customer_id: None,
        subscription_id: None,
        registered_at: now,
        verified_at: verified.then_some(now),
        verified_by: if verified { user } else { None },
        nik_print: nik.print,
    };
    rows::insert(tx, &lead, nik.sealed).await?;
    flag_duplicates(tx, &lead).await?;
    tx.journal("lead", id.uuid(), "registered", serde_json::Value::Null, facts(&lead)).await?;
    tx.emit(Event::LeadRegistered { lead: id });
    view(tx, lead).await
}

/// What the journal keeps of a lead: no personal data, only what is decided about it.
pub(super) fn facts(lead: &Lead) -> serde_json::Value {
    json!({
        "state": lead.state, "channel": lead.channel, "plan": lead.plan_id, "mode": lead.mode,
        "branch": lead.branch_id, "partner": lead.partner_id, "sold_by": lead.sold_by,
        "covered": lead.covered, "reason": lead.reason, "customer": lead.customer_id,
    })
}

pub(super) fn check(new: &NewLead) -> Result<Person> {
    if new.note.chars().count() > 1_000 {
        return Err(Fault::fields(vec![crate::person::too_long("note", 1_000)]));
    }
    crate::person::check(Typed {
        name: &new.name,
        phone: &new.phone,
        email: new.email.as_deref(),
        nik: new.nik.as_deref(),
        npwp: None,
        address: Some(&new.address),
    })
}

/// A plan that is sold, in a mode that it allows.
pub(super) async fn check_plan(
    q: &mut dyn Query,
    plan: Option<PlanId>,
    mode: Option<Mode>,
) -> Result<()> {
    let Some(plan) = plan else { return Ok(()) };
    let catalog = catalog::current(q).await?;
    let plan = catalog.plan(plan).map_err(|_| {
        Fault::field("plan", "unknown", "paket ini tidak ada", "there is no such plan")
    })?;
    if plan.archived {
        let (id, en) = ("paket ini tidak dijual lagi", "is no longer sold");
        return Err(Fault::field("plan", "archived", id, en));
    }
    let allowed = match mode {
        None => true,
        Some(Mode::Prepaid) => plan.prepaid_allowed,
        Some(Mode::Postpaid) => plan.postpaid_allowed,
    };
    if allowed {
        return Ok(());
    }
    let (id, en) = ("paket ini tidak dijual dengan cara bayar itu", "is not allowed for this plan");
    Err(Fault::field("mode", "not_allowed", id, en))
}

pub(super) async fn ask_coverage(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    place: Option<Place>,
) -> Result<Option<Coverage>> {
    match place {
        Some(place) => coverage::answer(q, branch, place.lat, place.lon).await.map(Some),
        None => Ok(None),
    }
}

async fn branch_of(
    q: &mut dyn Query,
    wanted: Option<BranchId>,
    answer: Option<&Coverage>,
) -> Result<BranchId> {
    let catalog = catalog::current(q).await?;
    if let Some(wanted) = wanted {
        if catalog.branches.contains_key(&wanted) {
            return Ok(wanted);
        }
        let (id, en) = ("cabang ini tidak ada", "there is no such branch");
        return Err(Fault::field("branch", "unknown", id, en));
    }
    if let Some(area) = answer.and_then(|a| a.area.as_ref()) {
        return Ok(area.branch_id);
    }
    let mut open = catalog.branches.values().filter(|branch| !branch.archived);
    match (open.next(), open.next()) {
        (Some(only), None) => Ok(only.id),
        _ => Err(Fault::fields(vec![Field::required("branch")])),
    }
}

/// A NIK as it lies in the row.
#[derive(Default)]
pub(super) struct SealedNik {
    pub sealed: Option<Vec<u8>>,
    pub print: Option<Vec<u8>>,
}

/// Seals a NIK for a lead's row.
pub(super) fn seal(tx: &Tx, id: LeadId, nik: Option<&Nik>) -> Result<SealedNik> {
    let Some(nik) = nik else { return Ok(SealedNik::default()) };
    let vault = tx.ext::<Vault>().ok_or_else(crate::nik::no_key)?;
    let sealed = Some(vault.seal("crm_lead", id, nik)?);
    Ok(SealedNik { sealed, print: Some(vault.fingerprint(nik)) })
}

/// Judges everybody who might be the same and replaces the lead's flags.
pub(super) async fn flag_duplicates(tx: &mut Tx, lead: &Lead) -> Result<()> {
    let traits = lead.traits();
    let flags: Vec<_> = twins::candidates(tx, &traits, lead.id)
        .await?
        .into_iter()
        .filter_map(|(twin, id, other)| Some((twin, id, duplicate::likeness(&traits, &other)?)))
        .collect();
    twins::save(tx, lead.id, &flags).await
}

pub(super) async fn view(tx: &mut Tx, lead: Lead) -> Result<LeadView> {
    let actor = tx.actor().clone();
    let duplicates: Vec<Duplicate> = match actor.who {
        Who::Public | Who::Customer(_) => Vec::new(),
        Who::User(_) | Who::System(_) => duplicate::of_lead(tx, &actor.scope, lead.id).await?,
    };
    Ok(LeadView { id: lead.id, state: lead.state, lead, duplicates })
}

//! Leads, customers and orders of theirs.

use bridge::accounting::{CustomerSeen, LeadSeen, OrderSeen, Stage};
use bridge::finding::{self, Found};
use bridge::{Subject, Verdict, link};
use crm::names::similar;
use kernel::{CustomerId, FaultKind, LeadId, PlanId, Result, Scope};
use store::Tx;

use super::{Became, Party, Why, is_history, linked, local};
use crate::mirror::books::{ENGINE, THEIRS, customer_print};
use crate::register::{self, Conversion};

/// A lead entered over there is a lead here, once; it is looked at by a person like any other.
pub(super) async fn lead(tx: &mut Tx, seen: &LeadSeen, why: Why) -> Result<Became> {
    let head = &seen.head;
    if head.our_id.is_some()
        || local(tx, Subject::Lead, &head.external_id).await?.is_some()
        || is_history(tx, head, why).await?
    {
        return Ok(Became::Nothing);
    }
    let id = register_lead(
        tx,
        &seen.name,
        seen.phone.as_deref(),
        seen.email.clone(),
        seen.place,
        &seen.city,
    )
    .await?;
    linked(tx, Subject::Lead, id.uuid(), head, THEIRS).await?;
    Ok(Became::Adopted)
}

async fn register_lead(
    tx: &mut Tx,
    name: &str,
    phone: Option<&str>,
    email: Option<String>,
    place: Option<(f64, f64)>,
    address: &str,
) -> Result<LeadId> {
    let view = crm::lead::register(
        tx,
        crm::lead::NewLead {
            name: name.to_owned(),
            phone: phone.unwrap_or("").to_owned(),
            email,
            address: address.to_owned(),
            lat: place.map(|p| p.0),
            lon: place.map(|p| p.1),
            channel: Some(crm::Channel::Sales),
            ..crm::lead::NewLead::default()
        },
    )
    .await?;
    Ok(view.lead.id)
}

/// A customer of ours: what differs is asked about. One of theirs becomes ours with its first order.
pub(super) async fn customer(tx: &mut Tx, seen: &CustomerSeen) -> Result<Became> {
    let Some(id) = ours(tx, seen).await? else { return Ok(Became::Nothing) };
    let found = crate::compare::books::customer(tx, id, seen).await?;
    for one in &found {
        finding::report(tx, one).await?;
    }
    let seen_now: Vec<Option<&str>> = found.iter().map(|f| f.field.as_deref()).collect();
    for open in open_differences(tx, id).await? {
        if !seen_now.contains(&open.field.as_deref()) {
            finding::heal(tx, open.id).await?;
        }
    }
    Ok(if found.is_empty() { Became::Nothing } else { Became::Asked })
}

async fn open_differences(tx: &mut Tx, id: CustomerId) -> Result<Vec<bridge::Finding>> {
    let mut open = finding::open_of(tx, ENGINE, Subject::Customer, id.uuid()).await?;
    open.retain(|f| matches!(f.verdict, Verdict::Differs | Verdict::Conflict));
    Ok(open)
}

/// The customer of ours that theirs stands for. Names are no keys: one that carries our id under another name was
/// renamed, and the link follows.
async fn ours(tx: &mut Tx, seen: &CustomerSeen) -> Result<Option<CustomerId>> {
    let head = &seen.head;
    let named = link::by_external(tx, ENGINE, Subject::Customer, &head.external_id).await?;
    let Some(own) = head.our_id else {
        return Ok(named.map(|l| CustomerId::from_uuid(l.local_id)));
    };
    if named.as_ref().is_some_and(|l| l.local_id == own) {
        return Ok(Some(CustomerId::from_uuid(own)));
    }
    let id = CustomerId::from_uuid(own);
    match crm::customer::find(tx, &Scope::all(), id).await {
        Ok(_) => {}
        Err(fault) if fault.kind == FaultKind::NotFound => {
            return Ok(named.map(|l| CustomerId::from_uuid(l.local_id)));
        }
        Err(fault) => return Err(fault),
    }
    if let Some(stale) = named {
        // The old name of one was given to another since.
        link::forget(tx, ENGINE, Subject::Customer, stale.local_id).await?;
        bridge::mark::mark(tx, ENGINE, Subject::Customer, stale.local_id).await?;
    }
    let known = link::get(tx, ENGINE, Subject::Customer, own).await?;
    let print = match known {
        Some(link) => link.fingerprint,
        None => print_of(seen),
    };
    linked(tx, Subject::Customer, own, head, &print).await?;
    Ok(Some(id))
}

fn print_of(seen: &CustomerSeen) -> String {
    customer_print(&seen.name, seen.phone.as_deref(), seen.email.as_deref(), seen.disabled)
}

/// A submitted order over there is a sale: lead, customer, subscription and the technician's job appear here.
pub(super) async fn order(
    tx: &mut Tx,
    seen: &OrderSeen,
    party: &Party,
    why: Why,
) -> Result<Became> {
    let head = &seen.head;
    if head.stage != Stage::Submitted
        || head.our_id.is_some()
        || local(tx, Subject::Order, &head.external_id).await?.is_some()
        || is_history(tx, head, why).await?
    {
        return Ok(Became::Nothing);
    }
    let Some(customer) = &party.customer else { return Ok(Became::Nothing) };
    let catalog = catalog::current(tx).await?;
    let Some(plan) = plan_of(tx, &catalog, seen).await? else { return no_plan(tx, seen).await };
    let mode = seen.mode.as_deref().map(str::trim).map(str::to_lowercase);
    let mode = match mode.as_deref() {
        Some("prepaid" | "prabayar") => crm::Mode::Prepaid,
        Some("postpaid" | "pascabayar") => crm::Mode::Postpaid,
        _ if !catalog.plan(plan)?.postpaid_allowed => crm::Mode::Prepaid,
        _ if !catalog.plan(plan)?.prepaid_allowed => crm::Mode::Postpaid,
        _ => return no_mode(tx, seen).await,
    };
    let lead = party.lead.as_ref();
    let ours = match ours(tx, customer).await? {
        Some(ours) => Some(ours),
        None => match twin_here(tx, customer).await? {
            Twin::Same(ours) => Some(ours),
            Twin::None => None,
            Twin::Doubtful => return who_buys(tx, seen).await,
        },
    };
    let id = sale_lead(tx, customer, lead).await?;
    let scope = tx.actor().scope.clone();
    if crm::lead::find(tx, &scope, id).await?.state == crm::lead::LeadState::New {
        crm::lead::verify(tx, id).await?;
    }
    let place = customer.place.or(lead.and_then(|l| l.place));
    let how = Conversion {
        plan: Some(plan),
        mode: Some(mode),
        customer: ours,
        // Somebody sold it; without a position there is nothing to check.
        outside_coverage: place.is_none(),
        note: format!("Sales Order {}", head.external_id),
        ..Conversion::default()
    };
    let made = register::convert(tx, id, &how).await?;
    let known = link::get(tx, ENGINE, Subject::Customer, made.customer.uuid()).await?;
    if known.is_none() {
        linked(tx, Subject::Customer, made.customer.uuid(), &customer.head, &print_of(customer))
            .await?;
    }
    linked(tx, Subject::Order, made.order.uuid(), head, THEIRS).await?;
    Ok(Became::Adopted)
}

/// Whether a customer of theirs who is not linked is one of ours already.
enum Twin {
    Same(CustomerId),
    Doubtful,
    None,
}

/// Phone and a similar name, of one only: the same. What nobody can tell is asked, or a second one would be made here.
async fn twin_here(tx: &mut Tx, seen: &CustomerSeen) -> Result<Twin> {
    let Some(phone) = seen.phone.as_deref().and_then(kernel::Phone::parse) else {
        return Ok(Twin::None);
    };
    let mut same = Vec::new();
    for ours in crm::customer::by_phone(tx, &Scope::all(), &phone).await? {
        let linked = link::get(tx, ENGINE, Subject::Customer, ours.id.uuid()).await?;
        let name = &seen.head.external_id;
        let apart = finding::apart(tx, ENGINE, Subject::Customer, ours.id.uuid()).await?;
        if ours.archived_at.is_some() || linked.is_some() || apart.contains(name) {
            continue;
        }
        same.push(ours);
    }
    match same.as_slice() {
        [] => return Ok(Twin::None),
        [one] if similar(&one.name, &seen.name) => return Ok(Twin::Same(one.id)),
        _ => {}
    }
    for one in &same {
        let found = Found {
            local_id: Some(one.id.uuid()),
            external_id: Some(seen.head.external_id.clone()),
            ours: Some(format!("{} · {}", one.name, one.phone)),
            theirs: Some(format!("{} · {phone}", seen.name)),
            branch: Some(one.branch_id),
            ..Found::new(ENGINE, Subject::Customer, Verdict::MaybeDouble)
        };
        finding::report(tx, &found).await?;
    }
    Ok(Twin::Doubtful)
}

async fn plan_of(
    tx: &mut Tx,
    catalog: &catalog::Catalog,
    seen: &OrderSeen,
) -> Result<Option<PlanId>> {
    for item in &seen.items {
        if let Some(id) = local(tx, Subject::Plan, item).await? {
            return Ok(Some(PlanId::from_uuid(id)));
        }
        if let Some(plan) = catalog.plan_by_code(item) {
            return Ok(Some(plan.id));
        }
    }
    Ok(None)
}

/// The lead that the customer was there, if it is still open here; else a new one of the customer's data.
async fn sale_lead(
    tx: &mut Tx,
    customer: &CustomerSeen,
    lead: Option<&LeadSeen>,
) -> Result<LeadId> {
    let scope = tx.actor().scope.clone();
    if let Some(seen) = lead
        && let Some(id) = local(tx, Subject::Lead, &seen.head.external_id).await?
    {
        let found = crm::lead::find(tx, &scope, LeadId::from_uuid(id)).await?;
        if found.state.is_open() {
            return Ok(found.id);
        }
    }
    let phone = customer.phone.as_deref().or(lead.and_then(|l| l.phone.as_deref()));
    let place = customer.place.or(lead.and_then(|l| l.place));
    let address = lead.map_or("", |l| l.city.as_str());
    let id =
        register_lead(tx, &customer.name, phone, customer.email.clone(), place, address).await?;
    if let Some(seen) = lead
        && local(tx, Subject::Lead, &seen.head.external_id).await?.is_none()
    {
        linked(tx, Subject::Lead, id.uuid(), &seen.head, THEIRS).await?;
    }
    Ok(id)
}

async fn no_plan(tx: &mut Tx, seen: &OrderSeen) -> Result<Became> {
    ask_order(
        tx,
        seen,
        format!("tidak ada paket di antara / no plan among: {}", seen.items.join(", ")),
    )
    .await
}
async fn no_mode(tx: &mut Tx, seen: &OrderSeen) -> Result<Became> {
    ask_order(tx, seen, "isp_payment_mode: prepaid / postpaid?".to_owned()).await
}
async fn who_buys(tx: &mut Tx, seen: &OrderSeen) -> Result<Became> {
    let why = "pelanggannya mungkin sudah ada di sini; jawab temuannya dulu / its customer may be here \
               already: answer that finding first";
    ask_order(tx, seen, why.to_owned()).await
}
async fn ask_order(tx: &mut Tx, seen: &OrderSeen, why: String) -> Result<Became> {
    let found = Found {
        external_id: Some(seen.head.external_id.clone()),
        detail: Some(why),
        ..Found::new(ENGINE, Subject::Order, Verdict::MissingHere)
    };
    finding::report(tx, &found).await?;
    Ok(Became::Asked)
}

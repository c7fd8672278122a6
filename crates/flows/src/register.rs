//! Registration: a verified lead becomes customer, order, subscription, reserved port and install order,
//! in one transaction.

use crm::lead::Convertible;
use kernel::{
    CustomerId, Fault, Lang, LeadId, OdpId, OrderId, Permission, PlanId, Result, SubscriptionId,
    WorkOrderId,
};
use store::Tx;

/// What the person who converts decides besides the lead itself.
#[derive(Clone, Debug, Default)]
pub struct Conversion {
    /// Another plan or mode than the lead says; the lead is corrected first.
    pub plan: Option<PlanId>,
    pub mode: Option<crm::Mode>,
    /// Another ODP than the nearest with a free port; of the lead's branch.
    pub odp: Option<OdpId>,
    /// The drop cable to [`Self::odp`] is longer than its reach, and somebody wants it so (journaled).
    pub beyond_reach: bool,
    /// Sell although the place is in no coverage area (an owner's or sales' decision, journaled).
    pub outside_coverage: bool,
    /// By anniversary instead of the calendar month.
    pub anniversary: bool,
    /// Take this customer instead of making one (a second connection).
    pub customer: Option<CustomerId>,
    /// The new customer is a firm.
    pub firm: Option<crm::customer::Firm>,
    pub note: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
    pub order: OrderId,
    pub work_order: WorkOrderId,
    pub odp: Option<OdpId>,
    pub port: Option<i64>,
}

/// Converts a verified lead.
///
/// # Errors
/// `crm.lead_wrong_state`, field errors for a missing plan or mode, `crm.not_covered` outside every area,
/// `crm.odp_full` when the port is gone; field errors on `odp` (not there, another branch's, beyond its
/// reach) and `customer` (another branch's or reseller's).
pub async fn convert(tx: &mut Tx, lead: LeadId, how: &Conversion) -> Result<Converted> {
    tx.actor().require(Permission::SubscriptionWrite)?;
    choose(tx, lead, how).await?;
    let ready = crm::lead::begin_conversion(tx, lead).await?;
    let odp = place(tx, &ready, how).await?;
    let customer = match how.customer {
        Some(id) => of_the_lead(tx, &ready, id).await?,
        None => crm::customer::from_lead(tx, &ready.lead, how.firm.as_ref()).await?.id,
    };
    let subscription = subscribe(tx, &ready, customer, how).await?;
    let port = match odp {
        Some(odp) => Some(crm::odp::reserve_port(tx, odp, subscription).await?),
        None => None,
    };
    let order = order(tx, &ready, customer, subscription).await?;
    crm::lead::converted(tx, lead, customer, subscription, order).await?;
    let work_order = install_order(tx, &ready, customer, subscription, &how.note).await?;
    Ok(Converted { customer, subscription, order, work_order, odp, port })
}

/// Corrects the lead by the plan and mode that the customer chose at last.
async fn choose(tx: &mut Tx, id: LeadId, how: &Conversion) -> Result<()> {
    let scope = tx.actor().scope.clone();
    let lead = crm::lead::find(tx, &scope, id).await?;
    let (plan, mode) = (how.plan.or(lead.plan_id), how.mode.or(lead.mode));
    if !lead.state.is_open() || (plan, mode) == (lead.plan_id, lead.mode) {
        return Ok(());
    }
    let form = crm::lead::NewLead {
        name: lead.name,
        phone: lead.phone.to_string(),
        email: lead.email,
        address: lead.address,
        lat: lead.lat,
        lon: lead.lon,
        plan,
        mode,
        note: lead.note,
        lang: Lang::from_code(&lead.lang),
        ..crm::lead::NewLead::default()
    };
    crm::lead::amend(tx, id, form).await.map(drop)
}

/// The customer that is there already: of the lead's branch and reseller.
async fn of_the_lead(tx: &mut Tx, ready: &Convertible, id: CustomerId) -> Result<CustomerId> {
    let scope = tx.actor().scope.clone();
    let customer = crm::customer::find(tx, &scope, id).await?;
    if customer.branch_id != ready.lead.branch_id || customer.partner_id != ready.lead.partner_id {
        return Err(Fault::field(
            "customer",
            "elsewhere",
            "pelanggan cabang atau mitra lain; prospeknya harus dari cabang dan mitra yang sama",
            "is of another branch or reseller than the lead",
        ));
    }
    Ok(customer.id)
}

/// The ODP that somebody chose: of the lead's branch, and near enough.
async fn chosen_odp(tx: &mut Tx, ready: &Convertible, how: &Conversion) -> Result<Option<OdpId>> {
    let Some(id) = how.odp else { return Ok(None) };
    let site = ready.lead.place();
    crm::odp::choose(tx, id, ready.lead.branch_id, site, how.beyond_reach).await?;
    if how.beyond_reach {
        let after = serde_json::json!({ "odp": id, "beyond_reach": true });
        let before = serde_json::Value::Null;
        tx.journal("lead", ready.lead.id.uuid(), "odp_chosen", before, after).await?;
    }
    Ok(Some(id))
}

async fn place(tx: &mut Tx, ready: &Convertible, how: &Conversion) -> Result<Option<OdpId>> {
    let chosen = chosen_odp(tx, ready, how).await?;
    let (Some(lat), Some(lon)) = (ready.lead.lat, ready.lead.lon) else {
        if how.outside_coverage {
            return Ok(chosen);
        }
        return Err(Fault::fields(vec![kernel::Field::new(
            "lat",
            "required",
            "titik lokasi wajib diisi untuk cek jangkauan",
            "the position is needed for the coverage check",
        )]));
    };
    let answer = crm::coverage::answer(tx, Some(ready.lead.branch_id), lat, lon).await?;
    // Before the first area is drawn nothing is known, and that is not a "no".
    if answer.known && !answer.covered && !how.outside_coverage {
        return Err(Fault::conflict(
            "crm.not_covered",
            "Lokasi di luar area jangkauan. Masukkan ke daftar tunggu, atau pilih tetap lanjut.",
            "The place is outside every coverage area. Put it on the waiting list, or choose to go on.",
        ));
    }
    Ok(chosen.or(answer.odp.map(|o| o.id)))
}

async fn subscribe(
    tx: &mut Tx,
    ready: &Convertible,
    customer: CustomerId,
    how: &Conversion,
) -> Result<SubscriptionId> {
    let mode = match ready.mode {
        crm::Mode::Prepaid => billing::words::Mode::Prepaid,
        crm::Mode::Postpaid => billing::words::Mode::Postpaid,
    };
    let calendar = if how.anniversary {
        billing::words::Calendar::Anniversary
    } else {
        billing::words::Calendar::Calendar
    };
    let new = billing::subscription::NewSubscription {
        partner: ready.lead.partner_id,
        calendar,
        ..billing::subscription::NewSubscription::of(
            customer,
            ready.lead.branch_id,
            ready.plan,
            mode,
        )
    };
    let subscription = billing::subscription::create(tx, new).await?;
    let payer = crm::customer::find(tx, &kernel::Scope::all(), customer).await?;
    if payer.withholds_pph23 || payer.withholds_wapu {
        crate::customers::flag(tx, &payer).await?;
    }
    Ok(subscription)
}

async fn order(
    tx: &mut Tx,
    ready: &Convertible,
    customer: CustomerId,
    subscription: SubscriptionId,
) -> Result<OrderId> {
    let new = crm::order::NewOrder {
        lead: Some(ready.lead.id),
        customer,
        subscription,
        plan: ready.plan,
        mode: ready.mode,
        sold_by: ready.lead.sold_by,
        channel: ready.lead.channel,
        partner: ready.lead.partner_id,
        branch: ready.lead.branch_id,
    };
    Ok(crm::order::create(tx, new).await?.id)
}

async fn install_order(
    tx: &mut Tx,
    ready: &Convertible,
    customer: CustomerId,
    subscription: SubscriptionId,
    note: &str,
) -> Result<WorkOrderId> {
    let new = fulfilment::NewWorkOrder {
        kind: fulfilment::Kind::Install,
        subscription,
        customer,
        branch: ready.lead.branch_id,
        partner: ready.lead.partner_id,
        address: ready.lead.address.clone(),
        site_lat: ready.lead.lat,
        site_lon: ready.lead.lon,
        note: if note.is_empty() { ready.lead.note.clone() } else { note.to_owned() },
        odp: None,
    };
    Ok(fulfilment::open(tx, new).await?.id)
}

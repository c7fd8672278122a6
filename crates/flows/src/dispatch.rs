//! Visits to a customer: asked for by the office, planned by dispatch, confirmed by NOC.

use billing::words::SubscriptionState;
use crm::place::Place;
use fulfilment::{Kind, NewWorkOrder, State, WorkOrder};
use kernel::fault::wrong_state;
use kernel::{
    BranchId, Day, Fault, Field, OdpId, Permission, Result, SubscriptionId, UserId, WorkOrderId,
};
use store::Tx;

use crate::activation;

/// A visit is planned at most so far ahead; a later day is a slip of the finger.
const DAYS_AHEAD_MAX: i32 = 366;

/// A visit as asked for.
#[derive(Clone, Debug)]
pub struct NewVisit {
    pub kind: Kind,
    pub subscription: SubscriptionId,
    /// On a move where to; else the customer's when not given.
    pub address: Option<String>,
    /// The pin of that place: degrees north and east.
    pub place: Option<(f64, f64)>,
    /// On a move: the ODP there. When not given, the nearest with a free port within reach of the pin.
    pub odp: Option<OdpId>,
    /// The drop cable to [`Self::odp`] may be longer than its reach.
    pub beyond_reach: bool,
    pub note: String,
}

/// Opens a work order for a subscription.
///
/// # Errors
/// `forbidden`, `billing.subscription_not_found`; `flows.no_visit` when the subscription's state has no
/// use for such a visit; `fulfilment.already_open`; field errors for a move without its new address and
/// for an ODP that does not fit.
pub async fn open(tx: &mut Tx, new: NewVisit) -> Result<WorkOrder> {
    tx.actor().require(Permission::WorkOrderWrite)?;
    let scope = tx.actor().scope.clone();
    let sub = billing::subscription::find(tx, &scope, new.subscription).await?;
    makes_sense(new.kind, sub.state, &sub.number)?;
    let customer = crm::customer::find(tx, &scope, sub.customer_id).await?;
    let given = new.address.as_deref().map(str::trim).filter(|address| !address.is_empty());
    if new.kind == Kind::Move && given.is_none() {
        return Err(Fault::fields(vec![Field::required("address")]));
    }
    let home = customer.lat.zip(customer.lon).filter(|_| given.is_none());
    if let Some((lat, lon)) = new.place {
        Place::new(lat, lon)?;
    }
    let pin = new.place.or(home);
    let odp = match new.kind {
        Kind::Move => odp_there(tx, &new, sub.branch_id).await?,
        _ => None,
    };
    let order = NewWorkOrder {
        kind: new.kind,
        subscription: sub.id,
        customer: customer.id,
        branch: sub.branch_id,
        partner: sub.partner_id,
        address: given.map_or(customer.address, str::to_owned),
        site_lat: pin.map(|(lat, _)| lat),
        site_lon: pin.map(|(_, lon)| lon),
        note: new.note,
        odp,
    };
    fulfilment::open(tx, order).await
}

/// The ODP that the customer will hang on after a move.
async fn odp_there(tx: &mut Tx, new: &NewVisit, branch: BranchId) -> Result<Option<OdpId>> {
    let site = new.place.map(|(lat, lon)| Place { lat, lon });
    if let Some(id) = new.odp {
        return Ok(Some(crm::odp::choose(tx, id, branch, site, new.beyond_reach).await?.id));
    }
    let Some(site) = site else { return Ok(None) };
    let answer = crm::coverage::answer(tx, Some(branch), site.lat, site.lon).await?;
    Ok(answer.odp.map(|odp| odp.id))
}

/// Installing is for who waits for it, taking down for who has left, the rest for who is connected.
pub(crate) fn makes_sense(kind: Kind, state: SubscriptionState, number: &str) -> Result<()> {
    use SubscriptionState as S;
    let (fits, allowed) = match kind {
        Kind::Install => (state == S::PendingInstall, "pending_install"),
        Kind::Repair | Kind::Swap | Kind::Move => (
            matches!(state, S::Ready | S::Active | S::Isolated | S::Paused),
            "ready, active, isolated, paused",
        ),
        Kind::Dismantle => (matches!(state, S::Terminated | S::Cancelled), "terminated, cancelled"),
    };
    if fits {
        return Ok(());
    }
    let id = format!("Langganan {number} (SPK \"{kind}\")");
    let en = format!("subscription {number} (work order \"{kind}\")");
    Err(wrong_state("flows.no_visit", (&id, &en), state.as_str(), allowed))
}

/// Sends technicians on a day. After a failed visit this is the next one. Emits `WorkOrderAssigned`, and
/// with it the account of an install is reserved.
///
/// # Errors
/// Field errors on `technicians` (unknown, not of the branch, none or too many) and `scheduled_on` (past);
/// `fulfilment.wrong_state` once they are on site.
pub async fn assign(
    tx: &mut Tx,
    id: WorkOrderId,
    technicians: &[UserId],
    on: Day,
) -> Result<WorkOrder> {
    let order = ours(tx, id).await?;
    check_day(tx, &order, on).await?;
    check_people(tx, &order, technicians).await?;
    if order.state == State::Failed && !technicians.is_empty() {
        return fulfilment::reschedule(tx, id, technicians, on).await;
    }
    fulfilment::assign(tx, id, technicians, on).await
}

/// Another day: with the same technicians, or after a failed visit with none yet.
///
/// # Errors
/// As [`assign`]; `flows.nobody_assigned` for an order that nobody was given.
pub async fn reschedule(tx: &mut Tx, id: WorkOrderId, on: Day) -> Result<WorkOrder> {
    let order = ours(tx, id).await?;
    check_day(tx, &order, on).await?;
    if order.state == State::Failed {
        return fulfilment::reschedule(tx, id, &[], on).await;
    }
    let technicians = fulfilment::technicians_of(tx, id).await?;
    if technicians.is_empty() {
        return Err(Fault::conflict(
            "flows.nobody_assigned",
            format!("SPK {} belum punya teknisi: tugaskan dulu.", order.number),
            format!("Work order {} has no technician yet: assign one first.", order.number),
        ));
    }
    fulfilment::assign(tx, id, &technicians, on).await
}

async fn ours(tx: &mut Tx, id: WorkOrderId) -> Result<WorkOrder> {
    tx.actor().require(Permission::WorkOrderDispatch)?;
    let scope = tx.actor().scope.clone();
    fulfilment::find(tx, &scope, id).await
}

async fn check_day(tx: &mut Tx, order: &WorkOrder, on: Day) -> Result<()> {
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(catalog.zone(order.branch_id));
    if on < today {
        let (id, en) = ("sudah lewat", "is in the past");
        return Err(Fault::field("scheduled_on", "past", id, en));
    }
    if on > today.plus_days(DAYS_AHEAD_MAX) {
        let (id, en) = ("lebih dari setahun lagi", "is more than a year ahead");
        return Err(Fault::field("scheduled_on", "too_far", id, en));
    }
    Ok(())
}

async fn check_people(tx: &mut Tx, order: &WorkOrder, technicians: &[UserId]) -> Result<()> {
    let known = identity::technicians(tx, Some(order.branch_id)).await?;
    if technicians.iter().all(|id| known.iter().any(|user| user.id == *id)) {
        return Ok(());
    }
    Err(Fault::field(
        "technicians",
        "not_found",
        "ada yang bukan teknisi cabang ini",
        "not all are technicians of this branch",
    ))
}

/// NOC confirms the installation of a work order, where the ISP wants it so.
///
/// # Errors
/// `fulfilment.order_not_found`; as [`activation::confirm`].
pub async fn confirm(tx: &mut Tx, id: WorkOrderId) -> Result<()> {
    tx.actor().require(Permission::AccountWrite)?;
    let scope = tx.actor().scope.clone();
    let order = fulfilment::find(tx, &scope, id).await?;
    activation::confirm(tx, order.subscription_id).await
}

/// Whether [`confirm`] has something to do.
///
/// # Errors
/// As [`confirm`] would say.
pub fn may_confirm(
    state: SubscriptionState,
    account: Option<network::AccountState>,
    number: &str,
) -> Result<()> {
    if state != SubscriptionState::PendingInstall {
        let thing = (format!("Langganan {number}"), format!("subscription {number}"));
        let thing = (thing.0.as_str(), thing.1.as_str());
        return Err(wrong_state("flows.confirmed", thing, state.as_str(), "pending_install"));
    }
    activation::must_be_scanned(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_fits_the_state_of_the_subscription() {
        use SubscriptionState as S;
        for (kind, fits) in [
            (Kind::Install, vec![S::PendingInstall]),
            (Kind::Repair, vec![S::Ready, S::Active, S::Isolated, S::Paused]),
            (Kind::Swap, vec![S::Ready, S::Active, S::Isolated, S::Paused]),
            (Kind::Move, vec![S::Ready, S::Active, S::Isolated, S::Paused]),
            (Kind::Dismantle, vec![S::Terminated, S::Cancelled]),
        ] {
            for &state in S::ALL {
                let done = makes_sense(kind, state, "L000001");
                assert_eq!(done.is_ok(), fits.contains(&state), "{kind} {state}");
                if let Err(fault) = done {
                    assert!(fault.en.contains(state.as_str()), "{}", fault.en);
                }
            }
        }
    }
}

//! Tickets across rooms: reported of a customer, their subscription, or a visit; worked on by people of the
//! branch; a visit sent for one; what time does to them.
//!
//! Callable by everybody whose role allows it: staff, a technician, a reseller for their sub-customers, a
//! customer. What each of them reaches is their scope's to say.

use billing::words::SubscriptionState;
use catalog::{Catalog, Policy};
use fulfilment::ticket::{self, Category, Hours, NewTicket, Priority, Terms, Ticket};
use fulfilment::{Kind, WorkOrder};
use kernel::{
    BranchId, Cause, CustomerId, Fault, Field, Permission, PlanId, Result, SubscriptionId,
    TicketId, Ts, UserId, WorkOrderId,
};
use serde::Serialize;
use store::{Db, Tx};

use crate::dispatch::{self, NewVisit};

/// What somebody reports.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// Whose it is. A customer who reports themselves need not say so; else it follows from the
    /// subscription or the work order.
    pub customer: Option<CustomerId>,
    pub subscription: Option<SubscriptionId>,
    /// A visit that it is about.
    pub work_order: Option<WorkOrderId>,
    pub category: Category,
    /// For staff to say; else the category's own.
    pub priority: Option<Priority>,
    pub subject: String,
    pub text: String,
}

/// Opens a ticket. Emits `TicketOpened`.
///
/// # Errors
/// `forbidden`; `crm.customer_not_found`, `billing.subscription_not_found`, `fulfilment.order_not_found`
/// out of scope; field errors on `customer`, `subscription` and `work_order` when they do not belong
/// together; as [`ticket::open`].
pub async fn open(tx: &mut Tx, new: NewReport) -> Result<Ticket> {
    tx.actor().require(Permission::TicketWrite)?;
    let scope = tx.actor().scope.clone();
    let order = match new.work_order {
        Some(id) => Some(fulfilment::find(tx, &scope, id).await?),
        None => None,
    };
    let subscription = new.subscription.or(order.as_ref().map(|order| order.subscription_id));
    let sub = match subscription {
        // A technician has no list of subscriptions: theirs are in their own jobs.
        Some(id) if scope.technician.is_some() && order.is_some() => {
            Some(billing::subscription::find(tx, &kernel::Scope::all(), id).await?)
        }
        Some(id) => Some(billing::subscription::find(tx, &scope, id).await?),
        None => None,
    };
    let customer = new.customer.or(scope.customer).or(sub.as_ref().map(|sub| sub.customer_id));
    let Some(customer) = customer else {
        return Err(Fault::fields(vec![Field::required("customer")]));
    };
    if let (Some(order), Some(sub)) = (&order, &sub)
        && order.subscription_id != sub.id
    {
        return Err(foreign("work_order", "bukan SPK langganan ini", "is of another subscription"));
    }
    if sub.as_ref().is_some_and(|sub| sub.customer_id != customer) {
        let (id, en) = ("bukan langganan pelanggan ini", "is another customer's");
        return Err(foreign("subscription", id, en));
    }
    let customer = match (&order, scope.technician) {
        (Some(_), Some(_)) => crm::customer::find(tx, &kernel::Scope::all(), customer).await?,
        _ => crm::customer::find(tx, &scope, customer).await?,
    };
    let catalog = catalog::current(tx).await?;
    let plan = sub.as_ref().map(|sub| sub.plan_id);
    let new = NewTicket {
        category: new.category,
        priority: new.priority,
        subject: new.subject,
        text: new.text,
        customer: customer.id,
        subscription: sub.map(|sub| sub.id),
        branch: customer.branch_id,
        partner: customer.partner_id,
        work_order: order.map(|order| order.id),
        terms: terms(&catalog, plan, customer.id, customer.branch_id),
    };
    ticket::open(tx, new).await
}

fn foreign(field: &str, id: &str, en: &str) -> Fault {
    Fault::field(field, "not_theirs", id, en)
}

/// What is promised to a customer on a plan, by the branch's clocks.
fn terms(catalog: &Catalog, plan: Option<PlanId>, customer: CustomerId, branch: BranchId) -> Terms {
    let policy: Policy = catalog.policy(plan.unwrap_or(PlanId::nil()), customer);
    Terms {
        hours: Hours {
            weekdays: policy.work_weekdays,
            from_minute: policy.work_from_minute,
            until_minute: policy.work_until_minute,
            zone: catalog.zone(branch),
        },
        low_secs: policy.ticket_low_minutes * 60,
        normal_secs: policy.ticket_normal_minutes * 60,
        high_secs: policy.ticket_high_minutes * 60,
        urgent_secs: policy.ticket_urgent_minutes * 60,
    }
}

/// Another priority, with the target that holds for it.
///
/// # Errors
/// As [`ticket::prioritize`].
pub async fn prioritize(tx: &mut Tx, id: TicketId, priority: Priority) -> Result<Ticket> {
    let found = ticket::find_in(tx, id).await?;
    let plan = match found.subscription_id {
        Some(sub) => {
            Some(billing::subscription::find(tx, &kernel::Scope::all(), sub).await?.plan_id)
        }
        None => None,
    };
    let catalog = catalog::current(tx).await?;
    let terms = terms(&catalog, plan, found.customer_id, found.branch_id);
    ticket::prioritize(tx, id, priority, &terms).await
}

/// Gives a ticket to one of the branch's people, or back to the queue.
///
/// # Errors
/// As [`ticket::assign`]; a field error on `user` for somebody who does not work on the branch's tickets.
pub async fn assign(tx: &mut Tx, id: TicketId, to: Option<UserId>) -> Result<Ticket> {
    tx.actor().require(Permission::TicketDispatch)?;
    if let Some(user) = to {
        let found = ticket::find_in(tx, id).await?;
        let able =
            identity::staff_who_may(tx, Some(found.branch_id), Permission::TicketHandle).await?;
        if !able.iter().any(|one| one.id == user) {
            let (id, en) =
                ("bukan petugas tiket cabang ini", "does not work on tickets of this branch");
            return Err(Fault::field("user", "not_found", id, en));
        }
    }
    ticket::assign(tx, id, to).await
}

/// Solved, and closed at once when the customer has already agreed.
///
/// # Errors
/// As [`ticket::resolve`] and [`ticket::close`].
pub async fn resolve(
    tx: &mut Tx,
    id: TicketId,
    resolution: &str,
    is_agreed: bool,
) -> Result<Ticket> {
    let resolved = ticket::resolve(tx, id, resolution).await?;
    if is_agreed { ticket::close(tx, id).await } else { Ok(resolved) }
}

/// Sends a visit for a ticket: a work order of its subscription, to which it is linked.
///
/// # Errors
/// `forbidden`; `fulfilment.ticket_not_found`; `fulfilment.ticket_wrong_state` once it is resolved;
/// `flows.ticket_has_visit` while the visit before is not over; a field error on `subscription` for a
/// ticket without one; as [`dispatch::open`].
pub async fn send_visit(tx: &mut Tx, id: TicketId, kind: Kind, note: &str) -> Result<WorkOrder> {
    tx.actor().require(Permission::WorkOrderWrite)?;
    tx.actor().require(Permission::TicketHandle)?;
    let found = ticket::find_in(tx, id).await?;
    let before = match found.work_order_id {
        Some(order) => Some(fulfilment::find(tx, &kernel::Scope::all(), order).await?),
        None => None,
    };
    may_send_visit(&found, before.as_ref())?;
    let Some(subscription) = found.subscription_id else {
        return Err(Fault::fields(vec![Field::required("subscription")]));
    };
    let note = match note.trim() {
        "" => format!("{}: {}", found.number, found.subject),
        note => format!("{}: {note}", found.number),
    };
    let visit = NewVisit {
        kind,
        subscription,
        address: None,
        place: None,
        odp: None,
        beyond_reach: false,
        note,
    };
    let order = dispatch::open(tx, visit).await?;
    ticket::link_order(tx, id, order.id, &order.number).await?;
    Ok(order)
}

/// Whether a visit can be sent for the ticket now; `order` is the one that was sent before.
///
/// # Errors
/// As [`send_visit`].
pub fn may_send_visit(ticket: &Ticket, order: Option<&WorkOrder>) -> Result<()> {
    ticket.state.must_be_live(&ticket.number)?;
    if ticket.subscription_id.is_none() {
        return Err(Fault::conflict(
            "flows.ticket_without_subscription",
            format!("Tiket {} tidak menyangkut satu langganan.", ticket.number),
            format!("Ticket {} is about no subscription.", ticket.number),
        ));
    }
    let Some(order) = order.filter(|order| order.state.is_live()) else { return Ok(()) };
    Err(Fault::conflict(
        "flows.ticket_has_visit",
        format!("SPK {} untuk tiket ini belum selesai.", order.number),
        format!("Work order {} of this ticket is not finished.", order.number),
    ))
}

/// The kind of visit that a subscription in this state can have for a ticket.
pub const fn visits(state: SubscriptionState) -> &'static [Kind] {
    match state {
        SubscriptionState::PendingInstall => &[Kind::Install],
        SubscriptionState::Ready
        | SubscriptionState::Active
        | SubscriptionState::Isolated
        | SubscriptionState::Paused => &[Kind::Repair, Kind::Swap],
        SubscriptionState::Terminated | SubscriptionState::Cancelled => &[Kind::Dismantle],
    }
}

/// A work order ended: the tickets that it was sent for hear of it, and after a visit that was done they
/// are offered to be resolved.
pub(crate) async fn order_ended(tx: &mut Tx, order: WorkOrderId, is_done: bool) -> Result<()> {
    let order = fulfilment::find(tx, &kernel::Scope::all(), order).await?;
    ticket::order_ended(tx, order.id, &order.number, is_done).await
}

/// What watching tickets did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// Tickets whose time was over.
    pub breached: usize,
    /// Resolved tickets of which nobody complained.
    pub closed: usize,
}

/// Of each kind in one activation.
const WATCHED_MAX: i64 = 500;

/// Says which tickets are overdue, and closes those that were resolved some days ago. Each in its own
/// transaction; run again it does nothing.
///
/// # Errors
/// Only when the database fails.
pub async fn watch(db: &Db, now: Ts) -> Result<Watched> {
    let cause = Cause::system(now, "tickets");
    let mut done = Watched::default();
    for id in ticket::breaches_due(&mut db.reader(), now, WATCHED_MAX).await? {
        let work = async move |tx: &mut Tx| ticket::note_breach(tx, id).await;
        done.breached += usize::from(db.write(&cause, work).await?);
    }
    let days = catalog::current(&mut db.reader()).await?.isp_policy().ticket_close_days;
    let before = now.plus_days(-i64::from(days));
    for id in ticket::to_close(&mut db.reader(), before, WATCHED_MAX).await? {
        let work = async move |tx: &mut Tx| ticket::close_by_itself(tx, id, before).await;
        done.closed += usize::from(db.write(&cause, work).await?);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_priority_has_the_policys_target_in_the_branchs_own_zone() {
        let policy = Policy::default();
        let catalog = Catalog {
            version: 1,
            company: None,
            branches: Default::default(),
            plans: Default::default(),
            profiles: Default::default(),
            prices: Default::default(),
            taxes: Default::default(),
            policies: Default::default(),
            past_profiles: Default::default(),
            revisions: Default::default(),
            top_ups: Default::default(),
        };
        let terms = terms(&catalog, None, CustomerId::nil(), BranchId::nil());
        assert_eq!(terms.hours.weekdays, policy.work_weekdays);
        let secs: Vec<i64> = Priority::ALL.iter().map(|p| terms.target_secs(*p)).collect();
        assert_eq!(secs, [144_000, 57_600, 28_800, 14_400]);
    }

    #[test]
    fn a_visit_for_a_ticket_is_one_that_its_subscription_can_have() {
        for &state in SubscriptionState::ALL {
            for kind in visits(state) {
                dispatch::makes_sense(*kind, state, "L000001").unwrap();
            }
        }
    }
}

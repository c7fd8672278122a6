//! Who does it, how urgent it is, and the visit that is sent for it.

use kernel::{Event, Fault, Permission, Result, TicketId, UserId, WorkOrderId};
use store::Tx;

use super::act::{Step, keep};
use super::ask::{find_in, for_work};
use super::watch::settle;
use super::{EntryKind, Priority, Terms, Ticket, TicketState};
use crate::store::ticket as rows;

/// The actor takes a ticket that nobody has; dispatch takes it from others too. Again it changes nothing.
///
/// # Errors
/// `forbidden`; `fulfilment.ticket_not_found`; `fulfilment.ticket_wrong_state` once it is resolved;
/// `fulfilment.ticket_taken` when somebody else has it.
pub async fn take(tx: &mut Tx, id: TicketId) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketHandle).await?;
    let me = tx.actor().user().ok_or_else(|| Fault::bug("only people take tickets"))?;
    if before.assignee_id == Some(me) {
        return Ok(before);
    }
    may_take(&before, tx.actor())?;
    give(tx, before, Some(me)).await
}

/// Whether the actor can take the ticket now.
///
/// # Errors
/// `fulfilment.ticket_wrong_state`, `fulfilment.ticket_taken`.
pub fn may_take(ticket: &Ticket, actor: &kernel::Actor) -> Result<()> {
    ticket.state.must_be_live(&ticket.number)?;
    let is_mine = ticket.assignee_id.is_none() || ticket.assignee_id == actor.user();
    if is_mine || actor.may(Permission::TicketDispatch) {
        return Ok(());
    }
    Err(Fault::conflict(
        "fulfilment.ticket_taken",
        format!("Tiket {} sudah dipegang orang lain; minta NOC memindahkannya.", ticket.number),
        format!("Somebody else has ticket {}; ask NOC to give it to you.", ticket.number),
    ))
}

/// Gives one's own ticket back to the queue. Again it changes nothing.
///
/// # Errors
/// As [`take`]: nobody but dispatch takes a ticket from somebody else.
pub async fn release(tx: &mut Tx, id: TicketId) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketHandle).await?;
    if before.assignee_id.is_none() {
        return Ok(before);
    }
    may_take(&before, tx.actor())?;
    give(tx, before, None).await
}

/// Gives a ticket to somebody, or to nobody. The caller has looked whether they may have it. The same
/// again changes nothing.
///
/// # Errors
/// `forbidden`; `fulfilment.ticket_not_found`; `fulfilment.ticket_wrong_state` once it is resolved.
pub async fn assign(tx: &mut Tx, id: TicketId, to: Option<UserId>) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketDispatch).await?;
    if before.assignee_id == to {
        return Ok(before);
    }
    before.state.must_be_live(&before.number)?;
    give(tx, before, to).await
}

async fn give(tx: &mut Tx, before: Ticket, to: Option<UserId>) -> Result<Ticket> {
    let mut ticket = Ticket { assignee_id: to, ..before.clone() };
    settle(tx, &mut ticket).await?;
    let text = to.map(|user| user.to_string()).unwrap_or_default();
    let step = match to {
        Some(_) => Step { kind: EntryKind::Assigned, text: &text, action: "assigned" },
        None => Step { kind: EntryKind::Released, text: "", action: "released" },
    };
    let event = Event::TicketChanged { ticket: before.id };
    keep(tx, &before, ticket, step, event).await
}

/// Another priority, with the target that holds for it now; what was used counts. The same again changes
/// nothing.
///
/// # Errors
/// As [`assign`].
pub async fn prioritize(
    tx: &mut Tx,
    id: TicketId,
    priority: Priority,
    terms: &Terms,
) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketDispatch).await?;
    if before.priority == priority {
        return Ok(before);
    }
    before.state.must_be_live(&before.number)?;
    let mut ticket = before.clone();
    settle(tx, &mut ticket).await?;
    ticket.priority = priority;
    let mut clock = ticket.clock();
    clock.retarget(terms.hours.clone(), terms.target_secs(priority), tx.now());
    ticket.set_clock(&clock)?;
    let text = format!("{} → {priority}", before.priority);
    let step = Step { kind: EntryKind::Prioritized, text: &text, action: "prioritized" };
    keep(tx, &before, ticket, step, Event::TicketChanged { ticket: id }).await
}

/// A visit was sent for it: the work order that the caller opened. The ticket is in progress with it.
///
/// # Errors
/// `forbidden`; `fulfilment.ticket_not_found`; `fulfilment.ticket_wrong_state` once it is resolved.
pub async fn link_order(
    tx: &mut Tx,
    id: TicketId,
    order: WorkOrderId,
    number: &str,
) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketHandle).await?;
    before.state.must_be_live(&before.number)?;
    let mut ticket =
        Ticket { work_order_id: Some(order), suggest_resolve: false, ..before.clone() };
    settle(tx, &mut ticket).await?;
    if ticket.state != TicketState::InProgress {
        ticket.go(TicketState::InProgress, tx.now())?;
    }
    let step = Step { kind: EntryKind::WorkOrder, text: number, action: "work_order" };
    keep(tx, &before, ticket, step, Event::TicketChanged { ticket: id }).await
}

/// A work order ended: its tickets say so, and after a visit that was done they are offered to be resolved.
///
/// # Errors
/// Only when the database fails.
pub async fn order_ended(
    tx: &mut Tx,
    order: WorkOrderId,
    number: &str,
    is_done: bool,
) -> Result<()> {
    for id in rows::of_order(tx, order).await? {
        let before = find_in(tx, id).await?;
        if !before.state.is_live() {
            continue;
        }
        let mut ticket = Ticket { suggest_resolve: is_done, ..before.clone() };
        settle(tx, &mut ticket).await?;
        let text = format!("{number} {}", if is_done { "done" } else { "failed" });
        let step =
            Step { kind: EntryKind::WorkOrderEnded, text: &text, action: "work_order_ended" };
        keep(tx, &before, ticket, step, Event::TicketChanged { ticket: id }).await?;
    }
    Ok(())
}

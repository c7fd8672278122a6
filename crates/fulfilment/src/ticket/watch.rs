//! What time does to tickets: a target passes, a resolved one is closed.

use kernel::{Event, Result, TicketId, Ts};
use store::{Query, Tx};

use super::act::{Step, go};
use super::ask::find_in;
use super::{EntryKind, Ticket, TicketState};
use crate::store::ticket as rows;

/// Notes on the ticket at hand that its time is over, if it is: once a ticket, whoever comes first, the
/// watch or somebody who changes it after its time. The caller saves it.
pub(super) async fn settle(tx: &mut Tx, ticket: &mut Ticket) -> Result<bool> {
    let over = ticket.due_at.filter(|due| *due <= tx.now() && ticket.breached_at.is_none());
    let Some(due) = over else { return Ok(false) };
    let before = ticket.facts();
    ticket.breached_at = Some(due);
    rows::add_entry(tx, ticket, EntryKind::Breached, false, "", None).await?;
    tx.journal("ticket", ticket.id.uuid(), "breached", before, ticket.facts()).await?;
    tx.emit(Event::TicketBreached { ticket: ticket.id });
    Ok(true)
}

/// Tickets whose time is over and of which nobody said so yet, the longest overdue first.
///
/// # Errors
/// Only when the database fails.
pub async fn breaches_due(q: &mut dyn Query, now: Ts, limit: i64) -> Result<Vec<TicketId>> {
    rows::overdue(q, now, limit).await
}

/// Says that a ticket's time is over: `true` when it was, and had not been said. Emits `TicketBreached`.
///
/// # Errors
/// `fulfilment.ticket_not_found`.
pub async fn note_breach(tx: &mut Tx, id: TicketId) -> Result<bool> {
    let mut ticket = find_in(tx, id).await?;
    if !settle(tx, &mut ticket).await? {
        return Ok(false);
    }
    rows::save(tx, &ticket).await?;
    Ok(true)
}

/// Tickets that were resolved before an instant and not closed, the oldest first.
///
/// # Errors
/// Only when the database fails.
pub async fn to_close(q: &mut dyn Query, before: Ts, limit: i64) -> Result<Vec<TicketId>> {
    rows::resolved_before(q, before, limit).await
}

/// Closes a ticket that was resolved before an instant and of which nobody complained: `false` when it is
/// not so any more. Emits `TicketClosed`.
///
/// # Errors
/// `fulfilment.ticket_not_found`.
pub async fn close_by_itself(tx: &mut Tx, id: TicketId, resolved_before: Ts) -> Result<bool> {
    let before = find_in(tx, id).await?;
    let is_due = before.state == TicketState::Resolved
        && before.resolved_at.is_some_and(|at| at < resolved_before);
    if !is_due {
        return Ok(false);
    }
    let ticket = Ticket { closed_at: Some(tx.now()), ..before.clone() };
    let step = Step { kind: EntryKind::Closed, text: "", action: "closed" };
    let event = Event::TicketClosed { ticket: id };
    go(tx, &before, ticket, TicketState::Closed, step, event).await?;
    Ok(true)
}

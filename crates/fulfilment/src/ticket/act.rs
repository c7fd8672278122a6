//! From state to state.

use kernel::{Event, Permission, Result, TicketId};
use store::Tx;

use super::ask::{find_in, for_work};
use super::open::taken;
use super::watch::settle;
use super::{EntryKind, TEXT_MAX, Ticket, TicketState, written};
use crate::store::ticket as rows;

/// Somebody begins to work on it; whoever does is given it when nobody has it. Again it changes nothing.
/// Emits `TicketChanged`.
///
/// # Errors
/// `forbidden`; `fulfilment.ticket_not_found`; `fulfilment.ticket_wrong_state`.
pub async fn start(tx: &mut Tx, id: TicketId) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketHandle).await?;
    if before.state == TicketState::InProgress {
        return Ok(before);
    }
    let mut ticket = before.clone();
    ticket.assignee_id = before.assignee_id.or(tx.actor().user());
    let step = Step { kind: EntryKind::Started, text: "", action: "started" };
    let event = Event::TicketChanged { ticket: id };
    go(tx, &before, ticket, TicketState::InProgress, step, event).await
}

/// The customer is asked something; the clock stands until they answer or somebody goes on. Emits
/// `TicketAsked`.
///
/// # Errors
/// As [`start`]; a field error on `text`.
pub async fn wait(tx: &mut Tx, id: TicketId, question: &str) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketHandle).await?;
    let text = written("text", question, TEXT_MAX)?;
    let mut ticket = before.clone();
    ticket.assignee_id = before.assignee_id.or(tx.actor().user());
    let step = Step { kind: EntryKind::Waiting, text: &text, action: "waiting" };
    let event = Event::TicketAsked { ticket: id };
    go(tx, &before, ticket, TicketState::WaitingCustomer, step, event).await
}

/// It is solved, in words that the customer reads. Again it changes nothing. Emits `TicketResolved`.
///
/// # Errors
/// As [`start`]; a field error on `resolution`.
pub async fn resolve(tx: &mut Tx, id: TicketId, resolution: &str) -> Result<Ticket> {
    let before = for_work(tx, id, Permission::TicketHandle).await?;
    let text = written("resolution", resolution, TEXT_MAX)?;
    if before.state == TicketState::Resolved {
        return Ok(before);
    }
    let mut ticket = before.clone();
    ticket.resolution = Some(text.clone());
    ticket.resolved_at = Some(tx.now());
    let step = Step { kind: EntryKind::Resolved, text: &text, action: "resolved" };
    let event = Event::TicketResolved { ticket: id };
    go(tx, &before, ticket, TicketState::Resolved, step, event).await
}

/// The customer agrees, or said so to staff: final. Again it changes nothing. Emits `TicketClosed`.
///
/// # Errors
/// `forbidden`; `fulfilment.ticket_not_found`; `fulfilment.ticket_wrong_state` unless it is resolved.
pub async fn close(tx: &mut Tx, id: TicketId) -> Result<Ticket> {
    tx.actor().require(Permission::TicketWrite)?;
    let before = find_in(tx, id).await?;
    if before.state == TicketState::Closed {
        return Ok(before);
    }
    let mut ticket = before.clone();
    ticket.closed_at = Some(tx.now());
    let step = Step { kind: EntryKind::Closed, text: "", action: "closed" };
    let event = Event::TicketClosed { ticket: id };
    go(tx, &before, ticket, TicketState::Closed, step, event).await
}

/// It was not solved: the clock goes on where it stood. Again it changes nothing. Emits `TicketReopened`.
///
/// # Errors
/// As [`close`]; a field error on `reason`; `fulfilment.ticket_already_open` when the same fault was
/// reported anew meanwhile.
pub async fn reopen(tx: &mut Tx, id: TicketId, reason: &str) -> Result<Ticket> {
    tx.actor().require(Permission::TicketWrite)?;
    let before = find_in(tx, id).await?;
    let text = written("reason", reason, TEXT_MAX)?;
    if before.state == TicketState::Reopened {
        return Ok(before);
    }
    let mut ticket = before.clone();
    ticket.reopened += 1;
    ticket.resolved_at = None;
    ticket.resolution = None;
    let step = Step { kind: EntryKind::Reopened, text: &text, action: "reopened" };
    let event = Event::TicketReopened { ticket: id };
    go(tx, &before, ticket, TicketState::Reopened, step, event).await
}

pub(super) struct Step<'a> {
    pub kind: EntryKind,
    pub text: &'a str,
    pub action: &'a str,
}

/// Decides, saves, tells the story, journals, says.
pub(super) async fn go(
    tx: &mut Tx,
    before: &Ticket,
    mut ticket: Ticket,
    next: TicketState,
    step: Step<'_>,
    event: Event,
) -> Result<Ticket> {
    settle(tx, &mut ticket).await?;
    ticket.go(next, tx.now())?;
    keep(tx, before, ticket, step, event).await
}

/// Saves a changed ticket with its line, its journal row and what it says. Every state is public.
pub(super) async fn keep(
    tx: &mut Tx,
    before: &Ticket,
    mut ticket: Ticket,
    step: Step<'_>,
    event: Event,
) -> Result<Ticket> {
    ticket.changed_at = tx.now();
    rows::save(tx, &ticket).await.map_err(|fault| taken(fault, &ticket))?;
    let is_public =
        !matches!(step.kind, EntryKind::Assigned | EntryKind::Released | EntryKind::Prioritized);
    rows::add_entry(tx, &ticket, step.kind, is_public, step.text, None).await?;
    ticket.version += 1;
    tx.journal("ticket", ticket.id.uuid(), step.action, before.facts(), ticket.facts()).await?;
    tx.emit(event);
    Ok(ticket)
}

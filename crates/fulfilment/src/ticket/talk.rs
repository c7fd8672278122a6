//! What is said in a ticket.

use kernel::{Event, Fault, Permission, Result, TicketId};
use serde_json::{Value, json};
use store::Tx;

use super::ask::find_in;
use super::watch::settle;
use super::{EntryKind, TEXT_MAX, Ticket, TicketState, is_outsider, written};
use crate::store::ticket as rows;

/// Adds a comment. What a customer or reseller says is public, and answers a question that waits: the
/// clock goes on. Emits `TicketChanged`.
///
/// # Errors
/// `forbidden`, also for an outsider's internal comment; `fulfilment.ticket_not_found`;
/// `fulfilment.ticket_wrong_state` on a closed ticket; a field error on `text`.
pub async fn comment(tx: &mut Tx, id: TicketId, text: &str, is_internal: bool) -> Result<Ticket> {
    tx.actor().require(Permission::TicketWrite)?;
    check_side(tx, is_internal)?;
    let ticket = find_in(tx, id).await?;
    let text = written("text", text, TEXT_MAX)?;
    ticket.state.must_be_open_for_words(&ticket.number)?;
    let entry = rows::add_entry(tx, &ticket, EntryKind::Comment, !is_internal, &text, None).await?;
    let after = json!({ "entry": entry, "internal": is_internal });
    tx.journal("ticket", id.uuid(), "commented", Value::Null, after).await?;
    said(tx, ticket).await
}

/// Only staff speak among themselves.
pub(super) fn check_side(tx: &Tx, is_internal: bool) -> Result<()> {
    if !is_internal {
        return Ok(());
    }
    tx.actor().require(Permission::TicketHandle)?;
    if is_outsider(tx.actor()) {
        let (id, en) = ("hanya untuk petugas", "is for our staff only");
        return Err(Fault::field("internal", "not_yours", id, en));
    }
    Ok(())
}

/// Something new stands in the ticket. The customer's side has answered what it was asked.
pub(super) async fn said(tx: &mut Tx, before: Ticket) -> Result<Ticket> {
    let mut ticket = before.clone();
    settle(tx, &mut ticket).await?;
    let answers = before.state == TicketState::WaitingCustomer && is_outsider(tx.actor());
    if answers {
        ticket.go(TicketState::InProgress, tx.now())?;
    }
    ticket.changed_at = tx.now();
    rows::save(tx, &ticket).await?;
    ticket.version += 1;
    if answers {
        tx.journal("ticket", ticket.id.uuid(), "answered", before.facts(), ticket.facts()).await?;
    }
    tx.emit(Event::TicketChanged { ticket: ticket.id });
    Ok(ticket)
}

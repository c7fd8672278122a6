//! Tickets as people look for them, and who may touch one.

use kernel::{Fault, Permission, Result, Scope, TicketId};
use store::{Query, Tx};

use super::{Entry, Ticket, is_outsider};
use crate::store::ticket as rows;

/// One ticket. A technician sees those given to them and those of their own work orders, a customer and a
/// reseller theirs.
///
/// # Errors
/// `fulfilment.ticket_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: TicketId) -> Result<Ticket> {
    rows::find(q, scope, id).await?.ok_or_else(not_found)
}

/// As [`find`], in the actor's scope, holding its row until the end of the transaction.
///
/// # Errors
/// `fulfilment.ticket_not_found`.
pub async fn find_in(tx: &mut Tx, id: TicketId) -> Result<Ticket> {
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    find(tx, &scope, id).await
}

/// A ticket's story, oldest first; `public_only` leaves out what staff say among themselves. The caller has
/// found the ticket in its scope.
///
/// # Errors
/// Only when the database fails.
pub async fn story(q: &mut dyn Query, id: TicketId, public_only: bool) -> Result<Vec<Entry>> {
    rows::entries(q, id, public_only).await
}

pub(super) fn not_found() -> Fault {
    Fault::not_found(
        "fulfilment.ticket_not_found",
        "Tiket ini tidak ada, atau bukan wewenang Anda.",
        "There is no such ticket, or it is not yours to see.",
    )
}

/// Locks and loads a ticket for somebody who works on it.
pub(super) async fn for_work(tx: &mut Tx, id: TicketId, needs: Permission) -> Result<Ticket> {
    tx.actor().require(needs)?;
    if is_outsider(tx.actor()) {
        return Err(Fault::forbidden(
            "forbidden",
            "Ini pekerjaan petugas.",
            "This is for our staff to do.",
        ));
    }
    find_in(tx, id).await
}

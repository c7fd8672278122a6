//! Complaints of theirs.

use bridge::accounting::{Stage, TicketSeen};
use bridge::{Subject, link, mark};
use fulfilment::ticket::{Category, TicketState};
use kernel::{CustomerId, Result, Scope, TicketId};
use store::Tx;

use super::{Became, Why, is_history, linked, local};
use crate::mirror::books::{ENGINE, ticket_print};
use crate::tickets::{self, NewReport};

/// A complaint that their staff took is one here; what both have is solved where it was solved last.
pub(super) async fn ticket(tx: &mut Tx, seen: &TicketSeen) -> Result<Became> {
    let head = &seen.head;
    let known = local(tx, Subject::Ticket, &head.external_id).await?;
    if let Some(id) = known.or(head.our_id) {
        return both(tx, TicketId::from_uuid(id), seen).await;
    }
    let Some(customer) = &seen.customer else { return Ok(Became::Nothing) };
    let Some(customer) = local(tx, Subject::Customer, customer).await? else {
        return Ok(Became::Nothing);
    };
    if seen.closed || head.stage == Stage::Cancelled || is_history(tx, head, Why::Seen).await? {
        return Ok(Became::Nothing);
    }
    let text = if seen.text.is_empty() { seen.subject.clone() } else { seen.text.clone() };
    let new = NewReport {
        customer: Some(CustomerId::from_uuid(customer)),
        subscription: None,
        work_order: None,
        category: Category::Other,
        priority: None,
        subject: seen.subject.clone(),
        text,
    };
    let made = tickets::open(tx, new).await?;
    linked(tx, Subject::Ticket, made.id.uuid(), head, &ticket_print(false)).await?;
    Ok(Became::Adopted)
}

async fn both(tx: &mut Tx, id: TicketId, seen: &TicketSeen) -> Result<Became> {
    let Some(known) = link::get(tx, ENGINE, Subject::Ticket, id.uuid()).await? else {
        return Ok(Became::Nothing);
    };
    let ours = fulfilment::ticket::find(tx, &Scope::all(), id).await?;
    let (is, was) = (ticket_print(!ours.state.is_live()), known.fingerprint);
    // Ours moved since both agreed: it is told, and stands.
    if ticket_print(seen.closed) == is
        || was != is
        || mark::waits(tx, ENGINE, Subject::Ticket, id.uuid()).await?
    {
        return Ok(Became::Nothing);
    }
    let said = seen.resolution.clone().unwrap_or_else(|| "Selesai (Issue)".to_owned());
    if seen.closed {
        tickets::resolve(tx, id, &said, false).await?;
    } else if ours.state == TicketState::Resolved {
        fulfilment::ticket::reopen(tx, id, "Dibuka lagi (Issue)").await?;
    } else {
        // Closed here is final: what is wrong again is another complaint.
        return Ok(Became::Nothing);
    }
    linked(tx, Subject::Ticket, id.uuid(), &seen.head, &ticket_print(seen.closed)).await?;
    Ok(Became::Adopted)
}

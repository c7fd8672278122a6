//! What a customer is told of a ticket.

use catalog::Catalog;
use fulfilment::ticket::{self, EntryKind, Ticket, TicketState};
use kernel::{Result, Scope, TicketId};
use notification::{NewMessage, Template};
use serde_json::json;
use store::{QueryExt, Tx, args};

use super::{PARTY, Party, common, with};

/// Told once a step: a ticket is opened and closed once, asked and resolved perhaps several times. What is
/// not so any more (asked, but answered since; resolved, but closed in the same breath) is not told.
pub(super) async fn told(
    tx: &mut Tx,
    catalog: &Catalog,
    id: TicketId,
    template: Template,
) -> Result<Vec<NewMessage>> {
    let ticket = ticket::find(tx, &Scope::all(), id).await?;
    let Some((why, step)) = what(tx, &ticket, template).await? else { return Ok(Vec::new()) };
    let party: Option<Party> = tx.row_opt(PARTY, args![ticket.customer_id]).await?;
    let Some(party) = party else { return Ok(Vec::new()) };
    let days = catalog.isp_policy().ticket_close_days.to_string();
    let data = with(
        common(catalog, &party.name),
        json!({ "ticket": ticket.number, "why": why, "days": days }),
    );
    Ok(party.message(tx, template, data, format!("ticket:{id}"), &step))
}

/// The words that the text carries, and the step that it is told at.
async fn what(
    tx: &mut Tx,
    ticket: &Ticket,
    template: Template,
) -> Result<Option<(String, String)>> {
    let step = template.as_str();
    let why = ticket.resolution.clone().unwrap_or_default();
    Ok(match template {
        Template::TicketAsked if ticket.state == TicketState::WaitingCustomer => {
            let story = ticket::story(tx, ticket.id, true).await?;
            let asked = story.into_iter().rev().find(|entry| entry.kind == EntryKind::Waiting);
            asked.map(|entry| (entry.text, format!("{step}:{}", entry.id)))
        }
        Template::TicketResolved if ticket.state == TicketState::Resolved => {
            Some((why, format!("{step}:{}", ticket.reopened)))
        }
        Template::TicketOpened | Template::TicketClosed => Some((why, step.to_owned())),
        _ => None,
    })
}

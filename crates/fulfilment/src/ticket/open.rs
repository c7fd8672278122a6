//! Reporting.

use kernel::{
    Actor, BranchId, CustomerId, Event, Fault, PartnerId, Permission, Result, SubscriptionId,
    WorkOrderId,
};
use serde_json::Value;
use store::Tx;

use super::{
    Category, Clock, EntryKind, Priority, SUBJECT_MAX, Side, Source, TEXT_MAX, Terms, Ticket,
    TicketState, is_outsider, written,
};
use crate::store::ticket as rows;

/// A ticket as reported. The caller has found customer, subscription and work order in the actor's scope,
/// and knows the terms that hold for them.
#[derive(Clone, Debug)]
pub struct NewTicket {
    pub category: Category,
    /// Staff may say it; else the category's own.
    pub priority: Option<Priority>,
    /// In one line; the category's words when it is blank.
    pub subject: String,
    pub text: String,
    pub customer: CustomerId,
    pub subscription: Option<SubscriptionId>,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub work_order: Option<WorkOrderId>,
    pub terms: Terms,
}

/// Opens a ticket with the next number; its clock starts at once. Emits `TicketOpened`.
///
/// # Errors
/// `forbidden`; `fulfilment.ticket_already_open` when the subscription has a live ticket of the same fault;
/// field errors on `subject`, `text` and, for customers and resellers, `priority`.
pub async fn open(tx: &mut Tx, new: NewTicket) -> Result<Ticket> {
    tx.actor().require(Permission::TicketWrite)?;
    let text = written("text", &new.text, TEXT_MAX)?;
    let subject = match new.subject.trim() {
        "" => new.category.words().0.to_owned(),
        subject => written("subject", subject, SUBJECT_MAX)?,
    };
    if new.priority.is_some() && is_outsider(tx.actor()) {
        let (id, en) = ("ditentukan oleh petugas", "is for our staff to say");
        return Err(Fault::field("priority", "not_yours", id, en));
    }
    let priority = new.priority.unwrap_or(new.category.priority());
    let now = tx.now();
    let mut ticket = Ticket {
        id: tx.new_id(),
        number: format!("TKT{:06}", tx.next_number("fulfilment/ticket").await?),
        category: new.category,
        priority,
        state: TicketState::Open,
        subject,
        source: source_of(tx.actor()),
        customer_id: new.customer,
        subscription_id: new.subscription,
        branch_id: new.branch,
        partner_id: new.partner,
        work_order_id: new.work_order,
        assignee_id: None,
        resolution: None,
        hours: Value::Null,
        target_secs: 0,
        spent_micros: 0,
        running_since: None,
        due_at: None,
        breached_at: None,
        suggest_resolve: false,
        reopened: 0,
        created_at: now,
        changed_at: now,
        resolved_at: None,
        closed_at: None,
        version: 1,
    };
    let target = new.terms.target_secs(priority);
    ticket.set_clock(&Clock::started(new.terms.hours, target, now))?;
    // Looked for first, so that the refusal can name it; of two at once the index refuses the second.
    if let Some(other) = rows::live_of(tx, &ticket).await? {
        return Err(already_open(&ticket, Some(&other)));
    }
    rows::insert(tx, &ticket).await.map_err(|fault| taken(fault, &ticket))?;
    let unborn = Ticket { version: 0, ..ticket.clone() };
    rows::add_entry(tx, &unborn, EntryKind::Opened, true, &text, None).await?;
    tx.journal("ticket", ticket.id.uuid(), "opened", Value::Null, ticket.facts()).await?;
    tx.emit(Event::TicketOpened { ticket: ticket.id });
    Ok(ticket)
}

/// The index of live faults refused it.
pub(super) fn taken(fault: Fault, ticket: &Ticket) -> Fault {
    if ::store::is_unique(&fault) { already_open(ticket, None) } else { fault }
}

fn already_open(ticket: &Ticket, other: Option<&str>) -> Fault {
    let (id, en) = ticket.category.words();
    let (of_id, of_en) =
        other.map_or_else(Default::default, |n| (format!(" ({n})"), format!(" ({n})")));
    Fault::conflict(
        "fulfilment.ticket_already_open",
        format!(
            "Langganan ini sudah punya tiket \"{id}\"{of_id} yang belum selesai: tambahkan \
             keterangan di sana."
        ),
        format!(
            "This subscription already has an unfinished \"{en}\" ticket{of_en}: add what you know \
             there."
        ),
    )
}

fn source_of(actor: &Actor) -> Source {
    match Side::of(actor) {
        Side::Customer => Source::Customer,
        Side::Reseller => Source::Reseller,
        Side::Program => Source::System,
        Side::Staff if actor.scope.technician.is_some() => Source::Technician,
        Side::Staff if actor.may(Permission::TicketDispatch) => Source::Noc,
        Side::Staff => Source::Office,
    }
}

//! Tickets as they are sent: to staff with their clock and what they say among themselves, to customers and
//! resellers with what is public.

use flows::tickets::{may_send_visit, visits};
use flows::views::tickets::{TicketPage, TicketRow};
use fulfilment::ticket::{
    Category, Entry, EntryKind, Hours, Priority, Side, Source, TicketState, is_outsider, may_take,
};
use fulfilment::{Kind, State as OrderState};
use kernel::{
    Actor, BranchId, CustomerId, Permission, Phone, PhotoId, Result as Fallible, SubscriptionId,
    TicketEntryId, TicketId, Ts, UserId, WorkOrderId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::can::Can;
use crate::http::export::{Sheet, col};

/// Somebody of the staff.
#[derive(Serialize, ToSchema)]
pub(super) struct TicketPerson {
    #[schema(value_type = String, format = Uuid)]
    pub(super) id: UserId,
    pub(super) name: String,
}

/// The visit that was sent for a ticket.
#[derive(Serialize, ToSchema)]
struct TicketVisit {
    #[schema(value_type = String, format = Uuid)]
    id: WorkOrderId,
    number: String,
    #[schema(value_type = String)]
    state: OrderState,
}

/// A ticket in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketRow)]
pub(super) struct TicketRowView {
    #[schema(value_type = String, format = Uuid)]
    id: TicketId,
    /// `TKT000123`.
    number: String,
    /// `no_internet`, `slow`, `unstable`, `device`, `billing`, `request` or `other`.
    #[schema(value_type = String)]
    category: Category,
    /// `low`, `normal`, `high` or `urgent`.
    #[schema(value_type = String)]
    priority: Priority,
    /// `open`, `in_progress`, `waiting_customer`, `resolved`, `closed` or `reopened`.
    #[schema(value_type = String)]
    state: TicketState,
    subject: String,
    /// Who reported it: `office`, `noc`, `technician`, `customer`, `reseller` or `system`.
    #[schema(value_type = String)]
    source: Source,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: String,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: String,
    /// For those who may read customers, and for technicians while the ticket is theirs to do.
    #[schema(value_type = Option<String>)]
    customer_phone: Option<Phone>,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    subscription_number: Option<String>,
    /// Who sees to it; null for customers and resellers.
    assignee: Option<TicketPerson>,
    work_order: Option<TicketVisit>,
    /// When its time is over; null while the clock stands, and for customers and resellers.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Ts>,
    /// When its time was over, once it was; for staff.
    #[schema(value_type = Option<String>, format = DateTime)]
    breached_at: Option<Ts>,
    /// Its visit is done: perhaps it is solved. For staff.
    suggest_resolve: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Ts,
}

pub(super) const FILE: Sheet<TicketRowView> = Sheet {
    list: "tickets",
    name: ("tiket", "tickets"),
    columns: &[
        col("Nomor", "Number", |v, _| v.number.as_str().into()),
        col("Jenis", "Category", |v, w| w.word("category", v.category.as_str())),
        col("Prioritas", "Priority", |v, w| w.word("priority", v.priority.as_str())),
        col("Status", "State", |v, w| w.word("ticket", v.state.as_str())),
        col("Perihal", "Subject", |v, _| v.subject.as_str().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_name.as_str().into()),
        col("HP", "Phone", |v, _| v.customer_phone.as_ref().map(Phone::as_str).into()),
        col("Langganan", "Subscription", |v, _| v.subscription_number.clone().into()),
        col("Cabang", "Branch", |v, _| v.branch_name.as_str().into()),
        col("Ditangani", "With", |v, _| v.assignee.as_ref().map(|p| p.name.as_str()).into()),
        col("SPK", "Work order", |v, _| v.work_order.as_ref().map(|o| o.number.as_str()).into()),
        col("Batas waktu", "Due", |v, w| w.at(v.due_at)),
        col("Lewat sejak", "Late since", |v, w| w.at(v.breached_at)),
        col("Dibuat", "Opened", |v, w| w.at(v.created_at)),
        col("Diubah", "Changed", |v, w| w.at(v.changed_at)),
    ],
};

impl TicketRowView {
    pub(super) fn of(row: TicketRow, actor: &Actor) -> Self {
        let is_staff = !is_outsider(actor);
        let field = actor.scope.technician.is_some() && row.state.is_live();
        let sees_phone = actor.may(Permission::CustomerRead) || field;
        let person = |(id, name)| TicketPerson { id, name };
        let visit = row.work_order_id.zip(row.work_order_number).zip(row.work_order_state);
        Self {
            id: row.id,
            number: row.number,
            category: row.category,
            priority: row.priority,
            state: row.state,
            subject: row.subject,
            source: row.source,
            branch_id: row.branch_id,
            branch_name: row.branch_name,
            customer_id: row.customer_id,
            customer_name: row.customer_name,
            customer_phone: Some(row.customer_phone).filter(|_| sees_phone),
            subscription_id: row.subscription_id,
            subscription_number: row.subscription_number,
            assignee: row.assignee_id.zip(row.assignee_name).filter(|_| is_staff).map(person),
            work_order: visit.map(|((id, number), state)| TicketVisit { id, number, state }),
            due_at: row.due_at.filter(|_| is_staff),
            breached_at: row.breached_at.filter(|_| is_staff),
            suggest_resolve: row.suggest_resolve && is_staff,
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}

/// One line of a ticket's story.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketEntry)]
struct EntryView {
    #[schema(value_type = String, format = Uuid)]
    id: TicketEntryId,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// `opened`, `comment`, `photo`, `started`, `waiting`, `resolved`, `closed`, `reopened`, `assigned`,
    /// `released`, `prioritized`, `work_order`, `work_order_ended` or `breached`.
    #[schema(value_type = String)]
    kind: EntryKind,
    /// The customer does not read it.
    internal: bool,
    /// Whose word it is: `staff`, `customer`, `reseller` or `program`.
    #[schema(value_type = String)]
    side: Side,
    by: String,
    text: String,
    /// Its bytes are at `/api/v1/ticket-photos/{id}`.
    #[schema(value_type = Option<String>, format = Uuid)]
    photo_id: Option<PhotoId>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            kind: entry.kind,
            internal: !entry.is_public,
            side: entry.side,
            by: entry.actor_name,
            text: entry.text,
            photo_id: entry.photo_id,
        }
    }
}

/// The clock of a ticket: working time only.
#[derive(Serialize, ToSchema)]
struct TicketClock {
    /// It waits for us.
    running: bool,
    target_secs: i64,
    spent_secs: i64,
    /// Negative when overdrawn.
    left_secs: i64,
    /// Weekdays on which somebody works: 1 is Monday, 7 is Sunday.
    weekdays: Vec<i8>,
    /// Minutes of the day between which somebody works, in the branch's zone.
    from_minute: i64,
    until_minute: i64,
}

/// What can be done with a ticket now.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketCan)]
struct TicketCan {
    comment: Can,
    start: Can,
    ask: Can,
    resolve: Can,
    close: Can,
    reopen: Can,
    take: Can,
    release: Can,
    assign: Can,
    prioritize: Can,
    send_visit: Can,
}

impl TicketCan {
    fn of(page: &TicketPage, actor: &Actor) -> Self {
        let ticket = &page.ticket;
        let needs = |permission| actor.require(permission);
        let to = |next: TicketState| ticket.state.to(next, &ticket.number).map(drop);
        let live = || ticket.state.must_be_live(&ticket.number);
        let handle = || needs(Permission::TicketHandle);
        let dispatch = || needs(Permission::TicketDispatch);
        let write = || needs(Permission::TicketWrite);
        let words = ticket.state.must_be_open_for_words(&ticket.number);
        let held = ticket.assignee_id.is_some();
        let release = if held { may_take(ticket, actor) } else { Err(nobody_has_it()) };
        Self {
            comment: Can::when(write().and(words)),
            start: Can::when(handle().and(to(TicketState::InProgress))),
            ask: Can::when(handle().and(to(TicketState::WaitingCustomer))),
            resolve: Can::when(handle().and(to(TicketState::Resolved))),
            close: Can::when(write().and(to(TicketState::Closed))),
            reopen: Can::when(write().and(to(TicketState::Reopened))),
            take: Can::when(handle().and(may_take(ticket, actor))),
            release: Can::when(handle().and(release)),
            assign: Can::when(dispatch().and(live())),
            prioritize: Can::when(dispatch().and(live())),
            send_visit: Can::when(
                needs(Permission::WorkOrderWrite)
                    .and(handle())
                    .and(may_send_visit(ticket, page.order.as_ref())),
            ),
        }
    }
}

fn nobody_has_it() -> kernel::Fault {
    kernel::Fault::conflict(
        "fulfilment.ticket_unassigned",
        "Tiket ini belum dipegang siapa pun.",
        "Nobody has this ticket.",
    )
}

/// One ticket.
#[derive(Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(super) struct TicketView {
    #[serde(flatten)]
    row: TicketRowView,
    customer_number: String,
    customer_address: String,
    plan_name: Option<String>,
    resolution: Option<String>,
    /// How many times.
    reopened: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    resolved_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Ts>,
    /// For staff.
    clock: Option<TicketClock>,
    /// Oldest first; customers and resellers read what is public.
    story: Vec<EntryView>,
    /// Kinds of visit that its subscription can have now.
    #[schema(value_type = Vec<String>)]
    visits: Vec<Kind>,
    /// Rises with every change.
    version: i64,
    can: TicketCan,
}

impl TicketView {
    /// The page as `actor` may see it.
    pub(super) fn of(page: TicketPage, actor: &Actor, now: Ts) -> Self {
        let can = TicketCan::of(&page, actor);
        let TicketPage { ticket, row, story, .. } = page;
        let clock = ticket.clock();
        let Hours { weekdays, from_minute, until_minute, .. } = clock.hours.clone();
        let shown = TicketClock {
            running: clock.running_since.is_some(),
            target_secs: clock.target_secs,
            spent_secs: clock.spent(now) / 1_000_000,
            left_secs: clock.left_secs(now),
            weekdays,
            from_minute,
            until_minute,
        };
        let kinds = row.subscription_state.map_or(&[][..], visits);
        Self {
            customer_number: row.customer_number.clone(),
            customer_address: row.customer_address.clone(),
            plan_name: row.plan_name.clone(),
            resolution: ticket.resolution,
            reopened: ticket.reopened,
            resolved_at: ticket.resolved_at,
            closed_at: ticket.closed_at,
            clock: Some(shown).filter(|_| !is_outsider(actor)),
            story: story.into_iter().map(EntryView::from).collect(),
            visits: kinds.to_vec(),
            version: ticket.version,
            can,
            row: TicketRowView::of(row, actor),
        }
    }
}

/// The ticket as the transaction sees it.
pub(super) async fn seen_in(tx: &mut store::Tx, id: TicketId) -> Fallible<TicketView> {
    let (actor, now) = (tx.actor().clone(), tx.now());
    let page = flows::views::tickets::page(tx, &actor, id).await?;
    Ok(TicketView::of(page, &actor, now))
}

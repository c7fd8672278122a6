//! Tickets as screens show them: whose, about what, who sees to it, by when.

use crm::word::Subject;
use fulfilment::ticket::{self, Category, Entry, Priority, Source, Ticket, TicketState};
use fulfilment::{State as OrderState, WorkOrder};
use kernel::{
    Actor, BranchId, CustomerId, Fault, PartnerId, Phone, Result, Scope, SubscriptionId, TicketId,
    Ts, UserId, WorkOrderId,
};
use store::{Query, QueryExt, args};
use uuid::Uuid;

use super::narrow::{Narrow, pattern};
use super::order::{self, Key, Kind, Order, Place, Sorted, sorts};
use super::words::Found;
use super::work_orders::numbered;

store::row! {
    /// A ticket with the names of what it points at.
    pub struct TicketRow {
        pub id: TicketId,
        pub number: String,
        pub category: Category,
        pub priority: Priority,
        pub state: TicketState,
        pub subject: String,
        pub source: Source,
        pub branch_id: BranchId,
        pub branch_name: String,
        pub partner_id: Option<PartnerId>,
        pub customer_id: CustomerId,
        pub customer_number: String,
        pub customer_name: String,
        pub customer_phone: Phone,
        pub customer_address: String,
        pub subscription_id: Option<SubscriptionId>,
        pub subscription_number: Option<String>,
        pub subscription_state: Option<billing::words::SubscriptionState>,
        pub plan_name: Option<String>,
        pub assignee_id: Option<UserId>,
        pub assignee_name: Option<String>,
        pub work_order_id: Option<WorkOrderId>,
        pub work_order_number: Option<String>,
        pub work_order_state: Option<OrderState>,
        pub due_at: Option<Ts>,
        pub breached_at: Option<Ts>,
        pub suggest_resolve: bool,
        pub created_at: Ts,
        pub changed_at: Ts,
    }
}

const TICKETS: &str = "select t.id, t.number, t.category, t.priority, t.state, t.subject, t.source,
    t.branch_id, b.name as branch_name, t.partner_id, t.customer_id, c.number as customer_number,
    c.name as customer_name, c.phone as customer_phone, c.address as customer_address,
    t.subscription_id, s.number as subscription_number, s.state as subscription_state,
    p.name as plan_name, t.assignee_id, u.name as assignee_name, t.work_order_id,
    o.number as work_order_number, o.state as work_order_state, t.due_at, t.breached_at,
    t.suggest_resolve, t.created_at, t.changed_at
  from fulfilment_ticket t
  join crm_customer c on c.id = t.customer_id
  join catalog_branch b on b.id = t.branch_id
  left join billing_subscription s on s.id = t.subscription_id
  left join catalog_plan p on p.id = s.plan_id
  left join identity_user u on u.id = t.assignee_id
  left join fulfilment_work_order o on o.id = t.work_order_id";

store::words! {
    /// What the list of tickets is sorted by.
    pub enum TicketSort {
        Newest = "newest",
        /// When their time is over; those whose clock stands last.
        Due = "due",
        /// When somebody touched them.
        Changed = "changed",
    }
}
sorts! { TicketSort, Newest;
    Newest => Made, Down;
    Due => Maybe("t.due_at", Kind::Instant), Up;
    Changed => Always("t.changed_at", Kind::Instant), Down;
}

impl Sorted<TicketSort> for TicketRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: TicketSort) -> Option<Key> {
        match by {
            TicketSort::Newest => None,
            TicketSort::Due => self.due_at.map(Key::Instant),
            TicketSort::Changed => Some(Key::Instant(self.changed_at)),
        }
    }
}

/// Whose tickets a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    User(UserId),
    Nobody,
}

/// Which tickets a list shows.
#[derive(Clone, Debug, Default)]
pub struct TicketFilter {
    /// The number, with or without its letters, or words of the customer ([`crm::word`]); of a ticket that is
    /// not over also a part of its subject.
    pub text: Option<String>,
    pub state: Option<TicketState>,
    /// Only those where somebody still has to do something.
    pub unfinished: bool,
    pub category: Option<Category>,
    pub priority: Option<Priority>,
    pub with: Option<With>,
    pub customer: Option<CustomerId>,
    pub subscription: Option<SubscriptionId>,
    pub work_order: Option<WorkOrderId>,
    /// Only those whose time was over.
    pub breached: bool,
    pub order: Order<TicketSort>,
}

/// Tickets in scope, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &TicketFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<TicketRow>> {
    let mut narrow = scoped(scope);
    search(q, &mut narrow, filter.text.as_deref()).await?;
    narrow.when(filter.state, "t.state = ?");
    narrow.when(filter.category, "t.category = ?");
    narrow.when(filter.priority, "t.priority = ?");
    narrow.when(filter.customer, "t.customer_id = ?");
    narrow.when(filter.subscription, "t.subscription_id = ?");
    narrow.when(filter.work_order, "t.work_order_id = ?");
    match filter.with {
        Some(With::User(user)) => narrow.when(Some(user), "t.assignee_id = ?"),
        Some(With::Nobody) => narrow.only("t.assignee_id is null"),
        None => {}
    }
    if filter.unfinished {
        narrow.only("t.state not in ('resolved', 'closed')");
    }
    if filter.breached {
        narrow.only("t.breached_at is not null");
    }
    let page = |clause: &str, order: &str, limit: &str| {
        format!("{TICKETS} {clause} order by {order} limit {limit}")
    };
    order::page(q, &narrow, (filter.order, "t.id"), after, limit, &page).await
}

/// By the customer's words and the number. What somebody wrote as the subject is read of live tickets only,
/// which are few.
async fn search(q: &mut dyn Query, narrow: &mut Narrow, text: Option<&str>) -> Result<()> {
    let Some(found) = Found::of(q, Subject::Customer, text, false).await? else { return Ok(()) };
    let number = numbered("TKT", text.unwrap_or_default());
    let more = |narrow: &mut Narrow| {
        let number = narrow.bind(&number);
        let like = narrow.bind(pattern(text));
        vec![
            format!("y.number = {number}"),
            format!("y.state not in ('resolved', 'closed') and lower(y.subject) like {like}"),
        ]
    };
    let mut condition = found.rows(narrow, ("t", "fulfilment_ticket"), more);
    if found.is_walked() {
        let number = narrow.bind(&number);
        condition = format!("(t.number = {number} or {condition})");
    }
    narrow.only(&condition);
    Ok(())
}

fn scoped(scope: &Scope) -> Narrow {
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "t.branch_id = ?");
    narrow.when(scope.partner, "t.partner_id = ?");
    narrow.when(scope.customer, "t.customer_id = ?");
    narrow.when(
        scope.technician,
        "(t.assignee_id = ? or exists (select 1 from fulfilment_technician ft
            where ft.work_order_id = t.work_order_id and ft.user_id = ?))",
    );
    narrow
}

/// Everything that the page of one ticket shows.
#[derive(Clone, Debug)]
pub struct TicketPage {
    pub ticket: Ticket,
    pub row: TicketRow,
    /// The visit that was sent for it.
    pub order: Option<WorkOrder>,
    /// What the reader may read of its story, oldest first.
    pub story: Vec<Entry>,
}

/// One ticket as `actor` may see it.
///
/// # Errors
/// `fulfilment.ticket_not_found`.
pub async fn page(q: &mut dyn Query, actor: &Actor, id: TicketId) -> Result<TicketPage> {
    let ticket = ticket::find(q, &actor.scope, id).await?;
    let row = q.row_opt(&format!("{TICKETS} where t.id = $1"), args![id]).await?;
    let row = row.ok_or_else(|| Fault::bug("a ticket without customer or branch"))?;
    let order = match ticket.work_order_id {
        Some(order) => Some(fulfilment::find(q, &Scope::all(), order).await?),
        None => None,
    };
    let mut story = ticket::story(q, id, ticket::is_outsider(actor)).await?;
    named(q, &mut story).await?;
    Ok(TicketPage { ticket, row, order, story })
}

/// Somebody who was given the ticket is told by name.
async fn named(q: &mut dyn Query, story: &mut [Entry]) -> Result<()> {
    for entry in story.iter_mut().filter(|e| e.kind == ticket::EntryKind::Assigned) {
        let Ok(user) = entry.text.parse::<UserId>() else { continue };
        let name: Option<String> =
            q.value_opt("select name from identity_user where id = $1", args![user]).await?;
        entry.text = name.unwrap_or_default();
    }
    Ok(())
}

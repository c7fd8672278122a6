//! Work orders as screens and phones show them: whose connection, on which plan, who goes.

use std::collections::BTreeMap;

use billing::words::SubscriptionState;
use crm::word::Subject;
use fulfilment::photo::{Photo, Picture};
use fulfilment::{Kind, Stage, State, WorkOrder};
use kernel::{
    BranchId, CustomerId, Day, Fault, ItemId, PartnerId, Phone, PhotoId, Result, Scope,
    SubscriptionId, Ts, UserId, WorkOrderId,
};
use network::AccountState;
use store::{Query, QueryExt, args};
use uuid::Uuid;

use super::narrow::{Narrow, clean, pattern};
use super::order::{self, Key, Order, Place, Sorted, sorts};
use super::words::Found;

store::row! {
    /// A work order with the names of what it points at.
    pub struct WorkOrderRow {
        pub id: WorkOrderId,
        pub number: String,
        pub kind: Kind,
        pub state: State,
        pub visit: i64,
        pub scheduled_on: Option<Day>,
        pub branch_id: BranchId,
        pub branch_name: String,
        pub partner_id: Option<PartnerId>,
        pub subscription_id: SubscriptionId,
        pub subscription_number: String,
        pub subscription_state: SubscriptionState,
        pub plan_name: String,
        pub customer_id: CustomerId,
        pub customer_number: String,
        pub customer_name: String,
        pub customer_phone: Phone,
        pub customer_npwp: Option<String>,
        pub customer_lang: String,
        pub address: String,
        pub review: bool,
        /// The subscription's account that is not closed.
        pub username: Option<String>,
        pub account_state: Option<AccountState>,
        pub odp_code: Option<String>,
        pub odp_port: Option<i64>,
        pub item_type: Option<String>,
        pub created_at: Ts,
        pub done_at: Option<Ts>,
    }
}

const ORDERS: &str = "select o.id, o.number, o.kind, o.state, o.visit, o.scheduled_on, o.branch_id,
    b.name as branch_name, o.partner_id, o.subscription_id, s.number as subscription_number,
    s.state as subscription_state, p.name as plan_name, o.customer_id,
    c.number as customer_number, c.name as customer_name, c.phone as customer_phone,
    c.npwp as customer_npwp, c.lang as customer_lang, o.address, o.review, a.username,
    a.state as account_state, coalesce(m.code, d.code) as odp_code,
    case when m.id is null or m.id = d.id then dp.port end as odp_port, it.name as item_type,
    o.created_at, o.done_at
  from fulfilment_work_order o
  join billing_subscription s on s.id = o.subscription_id
  join catalog_plan p on p.id = s.plan_id
  join crm_customer c on c.id = o.customer_id
  join catalog_branch b on b.id = o.branch_id
  left join network_account a on a.subscription_id = s.id and a.state <> 'closed'
  left join crm_odp_port dp on dp.subscription_id = s.id
  left join crm_odp d on d.id = dp.odp_id
  left join crm_odp m on m.id = o.odp_id
  left join inventory_item i on i.id = o.item_id
  left join inventory_item_type it on it.id = i.type_id";

store::words! {
    /// What the list of work orders is sorted by.
    pub enum WorkOrderSort {
        Newest = "newest",
        Scheduled = "scheduled",
        Done = "done",
    }
}
sorts! { WorkOrderSort, Newest;
    Newest => Made, Down;
    Scheduled => Maybe("o.scheduled_on", order::Kind::Day), Up;
    Done => Maybe("o.done_at", order::Kind::Instant), Down;
}

impl Sorted<WorkOrderSort> for WorkOrderRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: WorkOrderSort) -> Option<Key> {
        match by {
            WorkOrderSort::Newest => None,
            WorkOrderSort::Scheduled => self.scheduled_on.map(Key::Day),
            WorkOrderSort::Done => self.done_at.map(Key::Instant),
        }
    }
}

/// Which work orders a list shows.
#[derive(Clone, Debug, Default)]
pub struct WorkOrderFilter {
    /// The number, with or without its letters, or words of the customer ([`crm::word`]); of a move that is
    /// not over also a part of the new address.
    pub text: Option<String>,
    pub state: Option<State>,
    /// Only those where somebody still has to do something.
    pub unfinished: bool,
    pub kind: Option<Kind>,
    pub technician: Option<UserId>,
    pub subscription: Option<SubscriptionId>,
    pub scheduled_on: Option<Day>,
    /// Done from this instant on.
    pub done_from: Option<Ts>,
    /// Done before this instant.
    pub done_until: Option<Ts>,
    /// Only those that NOC should look at.
    pub review: bool,
    pub order: Order<WorkOrderSort>,
}

/// Work orders, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &WorkOrderFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<WorkOrderRow>> {
    let mut narrow = scoped(scope);
    search(q, &mut narrow, filter.text.as_deref()).await?;
    narrow.when(filter.state, "o.state = ?");
    narrow.when(filter.kind, "o.kind = ?");
    narrow.when(filter.subscription, "o.subscription_id = ?");
    narrow.when(filter.scheduled_on, "o.scheduled_on = ?");
    narrow.when(filter.technician, WORKS_ON);
    narrow.when(filter.done_from, "o.done_at >= ?");
    narrow.when(filter.done_until, "o.done_at < ?");
    if filter.review {
        narrow.only("o.review = true");
    }
    if filter.unfinished {
        narrow.only("o.state not in ('done', 'cancelled')");
    }
    let page = |clause: &str, order: &str, limit: &str| {
        format!("{ORDERS} {clause} order by {order} limit {limit}")
    };
    order::page(q, &narrow, (filter.order, "o.id"), after, limit, &page).await
}

/// By the customer's words and the number. A move goes where nobody is found yet: of those under way,
/// which are few, the address is read.
async fn search(q: &mut dyn Query, narrow: &mut Narrow, text: Option<&str>) -> Result<()> {
    let Some(found) = Found::of(q, Subject::Customer, text, false).await? else { return Ok(()) };
    let number = numbered("SPK", text.unwrap_or_default());
    let more = |narrow: &mut Narrow| {
        let number = narrow.bind(&number);
        let like = narrow.bind(pattern(text));
        vec![
            format!("y.number = {number}"),
            format!(
                "y.kind = 'move' and y.state not in ('done', 'cancelled')
                   and lower(y.address) like {like}"
            ),
        ]
    };
    let mut condition = found.rows(narrow, ("o", "fulfilment_work_order"), more);
    if found.is_walked() {
        let number = narrow.bind(&number);
        condition = format!("(o.number = {number} or {condition})");
    }
    narrow.only(&condition);
    Ok(())
}

/// `SPK000123`, when the text is that or `123`.
pub(super) fn numbered(letters: &str, text: &str) -> String {
    let text = clean(text).to_uppercase();
    match text.parse::<u64>() {
        Ok(number) => format!("{letters}{number:06}"),
        Err(_) => text,
    }
}

const WORKS_ON: &str = "exists (select 1 from fulfilment_technician ft
    where ft.work_order_id = o.id and ft.user_id = ?)";

fn scoped(scope: &Scope) -> Narrow {
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "o.branch_id = ?");
    narrow.when(scope.partner, "o.partner_id = ?");
    narrow.when(scope.customer, "o.customer_id = ?");
    narrow.when(scope.technician, WORKS_ON);
    narrow
}

store::row! {
    /// Somebody who works on an order.
    pub struct Worker {
        pub work_order_id: WorkOrderId,
        pub id: UserId,
        pub name: String,
    }
}

/// Who works on these orders, by name.
///
/// # Errors
/// Only when the database fails.
pub async fn workers(
    q: &mut dyn Query,
    orders: &[WorkOrderId],
) -> Result<BTreeMap<WorkOrderId, Vec<Worker>>> {
    let mut found: BTreeMap<WorkOrderId, Vec<Worker>> = BTreeMap::new();
    if orders.is_empty() {
        return Ok(found);
    }
    let sql = "select t.work_order_id, u.id, u.name from fulfilment_technician t
         join identity_user u on u.id = t.user_id
         where t.work_order_id {AMONG}($1) order by u.name, u.id";
    for worker in q.rows::<Worker>(sql, args![orders]).await? {
        found.entry(worker.work_order_id).or_default().push(worker);
    }
    Ok(found)
}

store::row! {
    /// The numbers under which people speak of what a conversion made.
    pub struct Numbers {
        pub number: String,
        pub customer_number: String,
        pub subscription_number: String,
        pub order_number: String,
        pub odp_code: Option<String>,
    }
}

/// The numbers around a work order in scope.
///
/// # Errors
/// `fulfilment.order_not_found`.
pub async fn numbers(q: &mut dyn Query, scope: &Scope, id: WorkOrderId) -> Result<Numbers> {
    fulfilment::find(q, scope, id).await?;
    q.row(
        "select o.number, c.number as customer_number, s.number as subscription_number,
           so.number as order_number, d.code as odp_code
         from fulfilment_work_order o
         join crm_customer c on c.id = o.customer_id
         join billing_subscription s on s.id = o.subscription_id
         join crm_order so on so.subscription_id = o.subscription_id
         left join crm_odp_port dp on dp.subscription_id = o.subscription_id
         left join crm_odp d on d.id = dp.odp_id
         where o.id = $1",
        args![id],
    )
    .await
}

/// Everything that the page of one work order shows.
#[derive(Clone, Debug)]
pub struct WorkOrderPage {
    pub order: WorkOrder,
    pub row: WorkOrderRow,
    pub workers: Vec<Worker>,
    pub photos: Vec<Photo>,
    pub story: Vec<Stage>,
}

/// One work order in scope.
///
/// # Errors
/// `fulfilment.order_not_found`.
pub async fn page(q: &mut dyn Query, scope: &Scope, id: WorkOrderId) -> Result<WorkOrderPage> {
    let order = fulfilment::find(q, scope, id).await?;
    of_order(q, order).await
}

async fn of_order(q: &mut dyn Query, order: WorkOrder) -> Result<WorkOrderPage> {
    let row = q.row_opt(&format!("{ORDERS} where o.id = $1"), args![order.id]).await?;
    let row = row.ok_or_else(|| Fault::bug("a work order without customer or plan"))?;
    let workers = workers(q, &[order.id]).await?.remove(&order.id).unwrap_or_default();
    let photos = fulfilment::photos_of(q, order.id).await?;
    let story = fulfilment::steps(q, order.id).await?;
    Ok(WorkOrderPage { order, row, workers, photos, story })
}

/// A technician's jobs of today and tomorrow, with late ones, by day: what may lie on a phone.
///
/// # Errors
/// Only when the database fails.
pub async fn jobs(
    q: &mut dyn Query,
    technician: UserId,
    scope: &Scope,
    now: Ts,
) -> Result<Vec<WorkOrderPage>> {
    let catalog = catalog::current(q).await?;
    let today = now.day(scope.branch.map(|branch| catalog.zone(branch)).unwrap_or_default());
    let mut pages = Vec::new();
    for order in fulfilment::jobs(q, technician, today, today.next()).await? {
        pages.push(of_order(q, order).await?);
    }
    Ok(pages)
}

impl WorkOrderPage {
    /// Who holds the job's login: one of its technicians, for a device that is to be set up, while the
    /// visit goes on.
    pub fn may_know_password(&self, reader: Option<UserId>) -> bool {
        let underway = matches!(
            self.row.state,
            State::Assigned | State::Accepted | State::OnTheWay | State::OnSite
        );
        underway && self.row.kind.puts_a_device() && self.works_on(reader)
    }

    /// The reader is one of the order's technicians.
    pub fn works_on(&self, reader: Option<UserId>) -> bool {
        reader.is_some_and(|reader| self.workers.iter().any(|worker| worker.id == reader))
    }
}

/// A photo's bytes, when its order is in scope.
///
/// # Errors
/// `fulfilment.order_not_found`; `fulfilment.photo_missing` while the bytes are still on the device.
pub async fn picture(q: &mut dyn Query, scope: &Scope, id: PhotoId) -> Result<Picture> {
    let order: Option<WorkOrderId> =
        q.value_opt("select work_order_id from fulfilment_photo where id = $1", args![id]).await?;
    // Of a photo that is not there and of one out of scope the same is said.
    let order = order.unwrap_or(WorkOrderId::nil());
    fulfilment::photo::picture(q, scope, order, id).await
}

store::row! {
    /// What a technician carries or is offered.
    pub struct BagItem {
        pub id: ItemId,
        pub serial: String,
        pub mac: Option<String>,
        pub type_name: String,
        /// Handed over by the warehouse, not yet accepted.
        pub offered: bool,
    }
}

/// What lies in a technician's bag or is offered to it, by serial: enough to check a scan without a
/// network.
///
/// # Errors
/// Only when the database fails.
pub async fn bag(q: &mut dyn Query, technician: UserId) -> Result<Vec<BagItem>> {
    q.rows(
        "select i.id, i.serial, i.mac, t.name as type_name,
           (l.technician_id is null or l.technician_id <> $1) as offered
         from inventory_item i
         join inventory_item_type t on t.id = i.type_id
         join inventory_location l on l.id = i.location_id
         left join inventory_location o on o.id = i.pending_location_id
         where (l.kind = 'bag' and l.technician_id = $1) or o.technician_id = $1
         order by i.serial",
        args![technician],
    )
    .await
}

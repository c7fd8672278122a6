//! Work orders as screens and phones show them: whose connection, on which plan, who goes.

use std::collections::BTreeMap;

use billing::words::SubscriptionState;
use fulfilment::photo::{Photo, Picture};
use fulfilment::{Kind, Stage, State, WorkOrder};
use kernel::{
    BranchId, CustomerId, Day, Fault, ItemId, PartnerId, Phone, PhotoId, Result, Scope,
    SubscriptionId, Ts, UserId, WorkOrderId,
};
use network::AccountState;
use store::{Query, QueryExt, Value, args};

use super::narrow::{Narrow, pattern, phone_pattern};

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

/// Stands for "no day yet" where orders are sorted by theirs.
const LAST_DAY: &str = "9999-12-31";

/// Which work orders a list shows.
#[derive(Clone, Debug, Default)]
pub struct WorkOrderFilter {
    /// Part of the number, the customer's name or phone, or the address.
    pub text: Option<String>,
    pub state: Option<State>,
    /// Only those where somebody still has to do something, the earliest day first.
    pub unfinished: bool,
    pub kind: Option<Kind>,
    pub technician: Option<UserId>,
    pub subscription: Option<SubscriptionId>,
    pub scheduled_on: Option<Day>,
    /// Only those that NOC should look at.
    pub review: bool,
}

impl WorkOrderFilter {
    /// What `after` takes to go on behind a row.
    pub fn key(&self, row: &WorkOrderRow) -> String {
        if !self.unfinished {
            return row.id.to_string();
        }
        let day = row.scheduled_on.map_or_else(|| LAST_DAY.to_owned(), |day| day.to_string());
        format!("{day}_{}", row.id)
    }
}

/// Work orders, newest first; unfinished ones by day, those without a day last. `after` is the
/// [`key`](WorkOrderFilter::key) of the last row seen.
///
/// # Errors
/// A field error on `after` that no list gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &WorkOrderFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<WorkOrderRow>> {
    let mut narrow = scoped(scope);
    if let Some(text) = pattern(filter.text.as_deref()) {
        let text = narrow.bind(text);
        let phone = narrow.bind(phone_pattern(filter.text.as_deref()));
        narrow.only(&format!(
            "(lower(o.number) like {text} or lower(c.name) like {text}
               or lower(o.address) like {text} or c.phone like {phone})"
        ));
    }
    narrow.when(filter.state, "o.state = ?");
    narrow.when(filter.kind, "o.kind = ?");
    narrow.when(filter.subscription, "o.subscription_id = ?");
    narrow.when(filter.scheduled_on, "o.scheduled_on = ?");
    narrow.when(filter.technician, WORKS_ON);
    if filter.review {
        narrow.only("o.review = true");
    }
    let order = if filter.unfinished {
        narrow.only("o.state not in ('done', 'cancelled')");
        unfinished_after(&mut narrow, after)?
    } else {
        narrow.when(after.map(known_id).transpose()?, "o.id < ?");
        "o.id desc".to_owned()
    };
    let limit = narrow.bind(limit);
    let sql = format!("{ORDERS} {} order by {order} limit {limit}", narrow.clause());
    q.rows(&sql, narrow.into_args()).await
}

const WORKS_ON: &str = "exists (select 1 from fulfilment_technician ft
    where ft.work_order_id = o.id and ft.user_id = ?)";

/// The order in which unfinished work is shown, and what comes behind `after` in it.
fn unfinished_after(narrow: &mut Narrow, after: Option<&str>) -> Result<String> {
    let last: Day = LAST_DAY.parse().map_err(|_| Fault::bug("the last day"))?;
    let last = narrow.bind(last);
    let day_of = format!("coalesce(o.scheduled_on, {last})");
    if let Some(after) = after {
        let (day, id) = after.split_once('_').ok_or_else(unknown_key)?;
        let day: Day = day.parse().map_err(|_| unknown_key())?;
        let (day, id) = (narrow.bind(day), narrow.bind(known_id(id)?));
        narrow.only(&format!("({day_of} > {day} or ({day_of} = {day} and o.id > {id}))"));
    }
    Ok(format!("{day_of}, o.id"))
}

fn known_id(text: &str) -> Result<WorkOrderId> {
    text.parse().map_err(|_| unknown_key())
}

fn unknown_key() -> Fault {
    let (id, en) = ("bukan penanda halaman", "is not the mark of a page");
    Fault::field("after", "wrong_form", id, en)
}

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
    let places: Vec<String> = (1..=orders.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "select t.work_order_id, u.id, u.name from fulfilment_technician t
         join identity_user u on u.id = t.user_id
         where t.work_order_id in ({}) order by u.name, u.id",
        places.join(",")
    );
    let values: Vec<Value> = orders.iter().flat_map(|id| args![id]).collect();
    for worker in q.rows::<Worker>(&sql, values).await? {
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

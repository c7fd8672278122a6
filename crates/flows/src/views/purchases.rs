//! Purchase orders as screens show them: from whom, to which warehouse, what has come, and their story.

use inventory::purchase::{self, Purchase, PurchaseId, PurchaseLine, PurchaseState, Receipt};
use inventory::supplier::{self, Supplier, SupplierId};
use kernel::{Actor, BranchId, Day, LocationId, Money, Permission, Result, Scope, Ts};
use serde_json::Value as Json;
use store::{Query, QueryExt, args};
use uuid::Uuid;

use super::narrow::{Narrow, clean};
use super::order::{self, Key, Kind, Order, Place, Sorted, sorts};

store::row! {
    /// An order with the names of what it points at.
    pub struct PurchaseRow {
        pub id: PurchaseId,
        pub number: String,
        pub state: PurchaseState,
        pub supplier_id: SupplierId,
        pub supplier_name: String,
        pub branch_id: BranchId,
        pub branch_name: String,
        pub location_id: LocationId,
        pub location_name: String,
        pub expected_on: Option<Day>,
        pub total: Money,
        pub created_by_name: String,
        pub created_at: Ts,
        /// How many lines it has, and of how many everything has come.
        pub lines: i64,
        pub lines_received: i64,
    }
}

const PURCHASES: &str = "select p.id, p.number, p.state, p.supplier_id, s.name as supplier_name,
    p.branch_id, b.name as branch_name, p.location_id, l.name as location_name, p.expected_on,
    p.total, p.created_by_name, p.created_at,
    (select count(*) from inventory_purchase_line x where x.purchase_id = p.id) as lines,
    (select count(*) from inventory_purchase_line x
      where x.purchase_id = p.id and x.received >= x.ordered) as lines_received
  from inventory_purchase p
  join inventory_supplier s on s.id = p.supplier_id
  join inventory_location l on l.id = p.location_id
  join catalog_branch b on b.id = p.branch_id";

store::words! {
    /// What the list of orders is sorted by.
    pub enum PurchaseSort {
        Newest = "newest",
        /// When the goods are expected; those without a day last.
        Expected = "expected",
        Total = "total",
    }
}
sorts! { PurchaseSort, Newest;
    Newest => Made, Down;
    Expected => Maybe("p.expected_on", Kind::Day), Up;
    Total => Always("p.total", Kind::Number), Down;
}

impl Sorted<PurchaseSort> for PurchaseRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: PurchaseSort) -> Option<Key> {
        match by {
            PurchaseSort::Newest => None,
            PurchaseSort::Expected => self.expected_on.map(Key::Day),
            PurchaseSort::Total => Some(Key::Number(self.total.get())),
        }
    }
}

/// Which orders a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    State(PurchaseState),
    /// Approved ones of which something is still to come.
    ToReceive,
}

/// The condition that an order `p` still waits for goods.
pub(super) const TO_RECEIVE: &str = "p.state in ('approved', 'partly_received')";

/// What a list of orders is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct PurchaseFilter {
    /// Part of the number, or of the supplier's name.
    pub text: Option<String>,
    pub which: Option<Which>,
    pub supplier: Option<SupplierId>,
    pub order: Order<PurchaseSort>,
}

/// Orders in scope, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &PurchaseFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<PurchaseRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    match filter.which {
        Some(Which::State(state)) => narrow.when(Some(state), "p.state = ?"),
        Some(Which::ToReceive) => narrow.only(TO_RECEIVE),
        None => {}
    }
    narrow.when(filter.supplier, "p.supplier_id = ?");
    let text = clean(filter.text.as_deref().unwrap_or_default()).to_lowercase();
    if !text.is_empty() {
        // Suppliers are few: their orders go by the index of each.
        let text = narrow.bind(format!("%{text}%"));
        narrow.only(&format!(
            "(lower(p.number) like {text} or p.supplier_id in
               (select y.id from inventory_supplier y where y.name_key like {text}))"
        ));
    }
    let page = |clause: &str, order: &str, limit: &str| {
        format!("{PURCHASES} {clause} order by {order} limit {limit}")
    };
    order::page(q, &narrow, (filter.order, "p.id"), after, limit, &page).await
}

/// `None` for those who have no purchases at all.
fn scoped(scope: &Scope) -> Option<Narrow> {
    if scope.partner.is_some() || scope.customer.is_some() || scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "p.branch_id = ?");
    Some(narrow)
}

store::row! {
    /// One step of an order's story.
    pub struct PurchaseStep {
        pub at: Ts,
        pub actor_name: String,
        /// `drafted`, `amended`, `submitted`, `approved`, `rejected`, `received`, `closed_short` or `cancelled`.
        pub action: String,
        pub after_state: Option<Json>,
    }
}

/// One order as its page shows it.
#[derive(Clone, Debug)]
pub struct PurchasePage {
    pub order: Purchase,
    pub supplier: Supplier,
    pub branch_name: String,
    pub location_name: String,
    pub lines: Vec<PurchaseLine>,
    pub receipts: Vec<Receipt>,
    /// Newest first.
    pub steps: Vec<PurchaseStep>,
    /// Whether the reader wrote it or changed it.
    pub is_own: bool,
    /// Whether the ISP wants a second person.
    pub four_eyes: bool,
}

/// Most steps of one order's story.
const STEPS_MAX: i64 = 500;

/// # Errors
/// `inventory.purchase_not_found`, also when out of scope.
pub async fn page(q: &mut dyn Query, actor: &Actor, id: PurchaseId) -> Result<PurchasePage> {
    let order = purchase::find(q, &actor.scope, id).await?;
    let supplier = supplier::find(q, order.supplier_id).await?;
    let place = inventory::location::find(q, &Scope::all(), order.location_id).await?;
    let catalog = catalog::current(q).await?;
    let branch_name = catalog.branch(order.branch_id)?.name.clone();
    let steps: Vec<PurchaseStep> = q
        .rows(
            "select recorded_at as at, actor_name, action, after_state from store_journal
             where subject = 'purchase' and subject_id = $1
             order by recorded_at desc, id desc limit $2",
            args![id.uuid(), STEPS_MAX],
        )
        .await?;
    Ok(PurchasePage {
        supplier,
        branch_name,
        location_name: place.name,
        lines: purchase::lines(q, id).await?,
        receipts: purchase::receipts(q, id).await?,
        steps,
        is_own: purchase::wrote(q, id, &actor.tag()).await?,
        four_eyes: catalog.isp_policy().four_eyes,
        order,
    })
}

/// How many orders in scope wait for this person: to be approved, to be received. `None` for who has nothing
/// to do with them.
///
/// # Errors
/// Only when the database fails.
pub async fn waiting(q: &mut dyn Query, actor: &Actor) -> Result<Waiting> {
    let mut waiting = Waiting::default();
    if actor.may(Permission::PurchaseApprove)
        && let Some(mut narrow) = scoped(&actor.scope)
    {
        narrow.only("p.state = 'submitted'");
        waiting.to_approve = Some(count(q, narrow).await?);
    }
    if actor.may(Permission::PurchaseWrite)
        && let Some(mut narrow) = scoped(&actor.scope)
    {
        narrow.only(TO_RECEIVE);
        waiting.to_receive = Some(count(q, narrow).await?);
    }
    Ok(waiting)
}

/// See [`waiting`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub to_approve: Option<i64>,
    pub to_receive: Option<i64>,
}

async fn count(q: &mut dyn Query, narrow: Narrow) -> Result<i64> {
    let sql = format!("select count(*) from inventory_purchase p {}", narrow.clause());
    q.value(&sql, narrow.into_args()).await
}

//! Stock as screens show it: each item with its type, place and, at a site, whose site it is.

use inventory::purchase::PurchaseId;
use inventory::{ItemState, LocationKind, Owner};
use kernel::{
    BranchId, CustomerId, ItemId, ItemTypeId, LocationId, Result, Scope, SubscriptionId, Ts, UserId,
};
use store::{Query, QueryExt, args};
use uuid::Uuid;

use super::narrow::{Narrow, clean};
use super::order::{self, Key, Kind, Order, Place, Sorted, sorts};
use super::reach::mac_prefix;
use super::words::Prefix;

store::row! {
    /// An item where it is now.
    pub struct ItemRow {
        pub id: ItemId,
        pub serial: String,
        pub mac: Option<String>,
        pub type_id: ItemTypeId,
        pub type_sku: String,
        pub type_name: String,
        pub state: ItemState,
        pub owner: Owner,
        pub branch_id: BranchId,
        pub location_id: LocationId,
        pub location_kind: LocationKind,
        pub location_name: String,
        pub subscription_id: Option<SubscriptionId>,
        pub customer_id: Option<CustomerId>,
        pub customer_name: Option<String>,
        /// The bag that was offered the item and has not accepted it.
        pub offered_to_id: Option<LocationId>,
        pub offered_to: Option<String>,
        pub received_at: Ts,
        /// The purchase order that it came by.
        pub purchase_id: Option<PurchaseId>,
        pub purchase_number: Option<String>,
    }
}

const ITEMS: &str =
    "select i.id, i.serial, i.mac, i.type_id, t.sku as type_sku, t.name as type_name,
    i.state, i.owner, i.branch_id, i.location_id, l.kind as location_kind, l.name as location_name,
    i.subscription_id, c.id as customer_id, c.name as customer_name,
    i.pending_location_id as offered_to_id, o.name as offered_to, i.received_at,
    pl.purchase_id, p.number as purchase_number
  from inventory_item i
  join inventory_item_type t on t.id = i.type_id
  join inventory_location l on l.id = i.location_id
  left join inventory_location o on o.id = i.pending_location_id
  left join billing_subscription s on s.id = i.subscription_id
  left join crm_customer c on c.id = s.customer_id
  left join inventory_purchase_line pl on pl.id = i.purchase_line_id
  left join inventory_purchase p on p.id = pl.purchase_id";

store::words! {
    /// What the list of items is sorted by.
    pub enum ItemSort {
        Serial = "serial",
        Received = "received",
    }
}
sorts! { ItemSort, Serial;
    Serial => Exact("i.serial"), Up;
    Received => Always("i.received_at", Kind::Instant), Down;
}

impl Sorted<ItemSort> for ItemRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: ItemSort) -> Option<Key> {
        Some(match by {
            ItemSort::Serial => Key::Text(self.serial.clone()),
            ItemSort::Received => Key::Instant(self.received_at),
        })
    }
}

/// What a list of items is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// The beginning of a serial, its end from four characters on, or the beginning of a MAC in any notation.
    pub text: Option<String>,
    pub state: Option<ItemState>,
    pub location: Option<LocationId>,
    pub item_type: Option<ItemTypeId>,
    /// Those that came by this order.
    pub purchase: Option<PurchaseId>,
    pub order: Order<ItemSort>,
}

/// Items, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &ItemFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<ItemRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    search(q, &mut narrow, filter.text.as_deref()).await?;
    narrow.when(filter.state, "i.state = ?");
    narrow.when(filter.location, "i.location_id = ?");
    narrow.when(filter.item_type, "i.type_id = ?");
    narrow.when(
        filter.purchase,
        "i.purchase_line_id in (select y.id from inventory_purchase_line y where y.purchase_id = ?)",
    );
    let page = |clause: &str, order: &str, limit: &str| {
        format!("{ITEMS} {clause} order by {order} limit {limit}")
    };
    order::page(q, &narrow, (filter.order, "i.id"), after, limit, &page).await
}

/// From so many characters on a text may be the end of a serial.
const END_CHARS: usize = 4;

/// Each way to be found goes by its own index; what very many items begin with is walked by serial.
async fn search(q: &mut dyn Query, narrow: &mut Narrow, text: Option<&str>) -> Result<()> {
    let text = clean(text.unwrap_or_default()).to_ascii_uppercase();
    if text.is_empty() {
        return Ok(());
    }
    let mac = mac_prefix(&text);
    let ways =
        [("serial", Some(text.as_str()), "1 = 1"), ("mac", mac.as_deref(), "y.mac is not null")];
    let (mut few, mut any) = (Vec::new(), Vec::new());
    for (column, text, condition) in ways {
        let Some(text) = text else { continue };
        let prefix = Prefix::of(q, ("inventory_item", column), condition, text).await?;
        if prefix.is_few() {
            let range = prefix.range(narrow, &format!("y.{column}"));
            few.push(format!("select y.id from inventory_item y where {condition} and {range}"));
        } else {
            any.push(prefix.walked(narrow, &format!("i.{column}")));
        }
    }
    let chars: Vec<char> = text.chars().collect();
    if let Some(at) = chars.len().checked_sub(END_CHARS) {
        let end: String = chars.iter().skip(at).collect();
        let (end, whole) = (narrow.bind(end), narrow.bind(format!("%{text}")));
        few.push(format!(
            "select y.id from inventory_item y
             where substr(y.serial, length(y.serial) - 3) = {end} and y.serial like {whole}"
        ));
    }
    if !few.is_empty() {
        any.push(format!("i.id in ({})", few.join(" union ")));
    }
    narrow.only(&format!("({})", any.join(" or ")));
    Ok(())
}

/// One item, when it is in scope.
///
/// # Errors
/// Only when the database fails.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: ItemId) -> Result<Option<ItemRow>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(None) };
    narrow.when(Some(id), "i.id = ?");
    let sql = format!("{ITEMS} {}", narrow.clause());
    q.row_opt(&sql, narrow.into_args()).await
}

/// What a technician carries, by serial, and what was offered to their bag.
///
/// # Errors
/// Only when the database fails.
pub async fn of_bag(q: &mut dyn Query, technician: UserId) -> Result<Vec<ItemRow>> {
    let sql = format!(
        "{ITEMS} where (l.kind = 'bag' and l.technician_id = $1) or o.technician_id = $1
         order by i.serial"
    );
    q.rows(&sql, args![technician]).await
}

/// `None` for those who have no stock at all: resellers and customers.
fn scoped(scope: &Scope) -> Option<Narrow> {
    if scope.partner.is_some() || scope.customer.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "i.branch_id = ?");
    narrow.when(scope.technician, "l.technician_id = ?");
    Some(narrow)
}

store::row! {
    /// One step of an item's life, with the places' names.
    pub struct MoveRow {
        pub seq: i64,
        pub at: Ts,
        pub actor_name: String,
        pub from_kind: Option<LocationKind>,
        pub from_name: Option<String>,
        /// Whose site it came from.
        pub from_customer: Option<String>,
        pub to_kind: LocationKind,
        pub to_name: String,
        pub to_customer: Option<String>,
        pub to_state: ItemState,
        pub how: String,
        pub reason: Option<String>,
        pub document: String,
    }
}

/// The item's history, newest first. The caller has found the item in its scope.
///
/// # Errors
/// Only when the database fails.
pub async fn history(q: &mut dyn Query, item: ItemId) -> Result<Vec<MoveRow>> {
    q.rows(
        "select m.seq, m.at, m.actor_name, f.kind as from_kind, f.name as from_name,
           fc.name as from_customer, t.kind as to_kind, t.name as to_name, tc.name as to_customer,
           m.to_state, m.how, m.reason, m.document
         from inventory_move m
         join inventory_location t on t.id = m.to_location_id
         left join inventory_location f on f.id = m.from_location_id
         left join billing_subscription fs on fs.id = f.subscription_id
         left join crm_customer fc on fc.id = fs.customer_id
         left join billing_subscription ts on ts.id = t.subscription_id
         left join crm_customer tc on tc.id = ts.customer_id
         where m.item_id = $1 order by m.seq desc",
        args![item],
    )
    .await
}

store::row! {
    /// A place with how many items are there.
    pub struct LocationRow {
        pub id: LocationId,
        pub kind: LocationKind,
        pub name: String,
        pub branch_id: BranchId,
        pub technician_id: Option<UserId>,
        pub items: i64,
    }
}

/// Places in use that are not customers' sites: warehouses, bags, then the rest, by name.
///
/// # Errors
/// Only when the database fails.
pub async fn locations(
    q: &mut dyn Query,
    scope: &Scope,
    kind: Option<LocationKind>,
) -> Result<Vec<LocationRow>> {
    if scope.partner.is_some() || scope.customer.is_some() {
        return Ok(Vec::new());
    }
    let mut narrow = Narrow::default();
    narrow.only("l.kind <> 'site' and l.archived_at is null");
    narrow.when(scope.branch, "l.branch_id = ?");
    narrow.when(scope.technician, "l.technician_id = ?");
    narrow.when(kind, "l.kind = ?");
    let sql = format!(
        "select l.id, l.kind, l.name, l.branch_id, l.technician_id,
           (select count(*) from inventory_item i where i.location_id = l.id) as items
         from inventory_location l {}
         order by case l.kind when 'warehouse' then 1 when 'bag' then 2 else 3 end, l.name, l.id",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

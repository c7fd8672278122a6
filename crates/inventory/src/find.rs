//! Where is it, what was it: any serial or MAC answers.

use kernel::{Fault, ItemId, LocationId, Result, Scope, SubscriptionId};
use store::{Query, QueryExt, args};

use crate::item::{ITEM, Item, Move};
use crate::receive::{mac_of, serial_of};
use crate::state::ItemState;

const SCOPED: &str = "($1 is null or branch_id = $1) and ($2 is null or location_id in (
    select id from inventory_location where technician_id = $2))";

/// # Errors
/// `inventory.item_not_found`, also when out of scope.
pub async fn by_id(q: &mut dyn Query, scope: &Scope, id: ItemId) -> Result<Item> {
    let sql = format!("{ITEM} where {SCOPED} and id = $3");
    let found: Option<Item> = q.row_opt(&sql, args![scope.branch, scope.technician, id]).await?;
    found.ok_or_else(unknown)
}

/// By serial or MAC in any notation, our QR text included.
///
/// # Errors
/// `inventory.item_not_found`, also when out of scope.
pub async fn by_serial(q: &mut dyn Query, scope: &Scope, text: &str) -> Result<Item> {
    let serial = serial_of(text).ok();
    let mac = mac_of(text).ok();
    let sql = format!("{ITEM} where {SCOPED} and (serial = $3 or mac = $4)");
    let found: Option<Item> =
        q.row_opt(&sql, args![scope.branch, scope.technician, serial, mac]).await?;
    found.ok_or_else(unknown)
}

/// The item's whole history, oldest first.
pub async fn history(q: &mut dyn Query, item: ItemId) -> Result<Vec<Move>> {
    q.rows(
        "select id, seq, at, actor, actor_name, from_location_id, to_location_id, from_state, to_state,
           subscription_id, how, reason, document
         from inventory_move where item_id = $1 order by seq",
        args![item],
    )
    .await
}

/// What is at a place, by serial; what is offered to a bag comes with it.
pub async fn at(q: &mut dyn Query, location: LocationId) -> Result<Vec<Item>> {
    let sql = format!("{ITEM} where location_id = $1 or pending_location_id = $1 order by serial");
    q.rows(&sql, args![location]).await
}

/// Devices installed at a subscription's site.
pub async fn of_subscription(q: &mut dyn Query, subscription: SubscriptionId) -> Result<Vec<Item>> {
    let sql = format!("{ITEM} where subscription_id = $1 and state = 'installed' order by serial");
    q.rows(&sql, args![subscription]).await
}

/// A page of items by serial, after `after` (exclusive).
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Item>> {
    let like = filter.text.as_ref().map(|t| format!("{}%", t.trim().to_ascii_uppercase()));
    let mac = filter.text.as_deref().and_then(|t| mac_of(t).ok());
    let sql = format!(
        "{ITEM} where {SCOPED} and ($3 is null or serial like $3 or mac = $4)
         and ($5 is null or state = $5) and ($6 is null or location_id = $6)
         and ($7 is null or serial > $7) order by serial limit $8"
    );
    let args = args![
        scope.branch,
        scope.technician,
        like,
        mac,
        filter.state,
        filter.location,
        after,
        limit
    ];
    q.rows(&sql, args).await
}

/// What a list is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The beginning of a serial, or a MAC.
    pub text: Option<String>,
    pub state: Option<ItemState>,
    pub location: Option<LocationId>,
}

fn unknown() -> Fault {
    Fault::not_found(
        "inventory.item_not_found",
        "Barang dengan nomor itu tidak ada.",
        "There is no item with that number.",
    )
}

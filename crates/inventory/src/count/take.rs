//! Counting: open, scan, submit.

use kernel::{Fault, LocationId, Permission, Result};
use serde_json::json;
use store::{Lock, QueryExt, Tx, args};

use super::{Count, CountId, CountState, find};
use crate::item::{ITEM, Item};
use crate::location::{self, LocationKind};
use crate::receive::{mac_of, serial_of};
use crate::state::How;

/// Opens a count of a warehouse or a bag: what is on record there now is what should be found.
///
/// # Errors
/// `inventory.location_not_found`; a field error on `location` for another kind of place;
/// `inventory.count_open` while another count of the place is not decided.
pub async fn open(tx: &mut Tx, place: LocationId) -> Result<Count> {
    tx.actor().require(Permission::StockWrite)?;
    let scope = tx.actor().scope.clone();
    let place = location::find(tx, &scope, place).await?;
    if !matches!(place.kind, LocationKind::Warehouse | LocationKind::Bag) {
        let (id, en) = ("hanya gudang atau tas teknisi", "must be a warehouse or a bag");
        return Err(Fault::field("location", "kind", id, en));
    }
    let id: CountId = tx.new_id();
    let number = format!("OPN{:06}", tx.next_number("inventory/count").await?);
    let (by, name) = (tx.actor().tag(), tx.actor().name.clone());
    tx.exec(
        "insert into inventory_count (id, number, location_id, branch_id, state, opened_by,
           opened_by_name, opened_at) values ($1,$2,$3,$4,$5,$6,$7,$8)",
        args![id, number, place.id, place.branch_id, CountState::Open, by, name, tx.now()],
    )
    .await
    .map_err(|fault| {
        if !store::is_unique(&fault) {
            return fault;
        }
        Fault::conflict(
            "inventory.count_open",
            format!("{} sedang diopname; selesaikan dulu.", place.name),
            format!("A stock count of {} is under way; finish it first.", place.name),
        )
    })?;
    tx.exec(
        "insert into inventory_count_line (count_id, serial, item_id, expected, version)
         select $1, serial, id, true, version from inventory_item where location_id = $2",
        args![id, place.id],
    )
    .await?;
    let after = json!({ "number": number, "location": place.id });
    tx.journal("stock_count", id.uuid(), "opened", json!(null), after).await?;
    find(tx, &scope, id).await
}

/// Locks and loads a count.
pub(super) async fn locked(tx: &mut Tx, id: CountId) -> Result<Count> {
    tx.lock(Lock::Named(&format!("count:{id}"))).await?;
    let scope = tx.actor().scope.clone();
    find(tx, &scope, id).await
}

/// Notes a label that was seen at the place; the same one again changes nothing.
///
/// # Errors
/// `inventory.count_not_found`, `inventory.count_state`; a field error for what is no serial, or was typed
/// without a reason.
pub async fn scan(tx: &mut Tx, id: CountId, text: &str, how: &How) -> Result<()> {
    tx.actor().require(Permission::StockWrite)?;
    how.check()?;
    let count = locked(tx, id).await?;
    count.must_be(CountState::Open)?;
    let mac = mac_of(text).ok();
    let known: Option<Item> = tx
        .row_opt(&format!("{ITEM} where serial = $1 or mac = $2"), args![serial_of(text).ok(), mac])
        .await?;
    let (serial, item, version) = match known {
        Some(item) => (item.serial, Some(item.id), item.version),
        None => (serial_of(text)?, None, 0),
    };
    let by = tx.actor().tag();
    tx.exec(
        "insert into inventory_count_line (count_id, serial, item_id, expected, version, seen_at,
           seen_by, seen_how, seen_reason) values ($1,$2,$3,false,$4,$5,$6,$7,$8)
         on conflict (count_id, serial) do update set
           seen_at = coalesce(inventory_count_line.seen_at, excluded.seen_at),
           seen_by = coalesce(inventory_count_line.seen_by, excluded.seen_by),
           seen_how = coalesce(inventory_count_line.seen_how, excluded.seen_how),
           seen_reason = coalesce(inventory_count_line.seen_reason, excluded.seen_reason)",
        args![id, serial, item, version, tx.now(), by, how.word(), how.reason()],
    )
    .await?;
    Ok(())
}

/// The counting is over: another person decides. Again changes nothing.
///
/// # Errors
/// `inventory.count_not_found`, `inventory.count_state`.
pub async fn submit(tx: &mut Tx, id: CountId) -> Result<Count> {
    tx.actor().require(Permission::StockWrite)?;
    let count = locked(tx, id).await?;
    if count.state == CountState::Submitted {
        return Ok(count);
    }
    count.must_be(CountState::Open)?;
    tx.exec(
        "update inventory_count set state = $2, submitted_at = $3 where id = $1",
        args![id, CountState::Submitted, tx.now()],
    )
    .await?;
    tx.journal("stock_count", id.uuid(), "submitted", json!(null), json!({})).await?;
    let scope = tx.actor().scope.clone();
    find(tx, &scope, id).await
}

//! Moving items between warehouses and bags, returning, repairing, writing off.

use kernel::{Event, Fault, ItemId, LocationId, Permission, Result, Scope, UserId};
use serde_json::json;
use store::{QueryExt, Tx, args};

use crate::item::Item;
use crate::location::{self, Location, LocationKind};
use crate::moves::{To, go, take};
use crate::state::{How, ItemState};

/// Transfers items by scan: to a bag they wait for the technician's acceptance (unless `hand_over` says it
/// was given by hand), to a warehouse they are there at once. All or nothing.
///
/// # Errors
/// `inventory.wrong_state` names the item whose state does not allow it; `inventory.at_site`.
pub async fn transfer(
    tx: &mut Tx,
    items: &[ItemId],
    to: LocationId,
    how: &How,
    hand_over: bool,
) -> Result<u64> {
    tx.actor().require(Permission::StockWrite)?;
    let scope = tx.actor().scope.clone();
    let place = location::find(tx, &scope, to).await?;
    let mut ids = items.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let document = format!("transfer {}", tx.trail());
    let mut moved = 0;
    for id in ids {
        let item = take(tx, id).await?;
        in_scope(&item, &scope)?;
        let state = match place.kind {
            LocationKind::Bag => ItemState::InTransit,
            LocationKind::Warehouse => ItemState::InStock,
            _ => {
                return Err(Fault::field(
                    "to",
                    "kind",
                    "hanya gudang atau tas teknisi",
                    "must be a warehouse or a technician's bag",
                ));
            }
        };
        if item.location_id != place.id || item.state != state {
            item.state.hand_on(state, &item.serial)?;
        }
        if place.kind == LocationKind::Bag && !hand_over && item.location_id != place.id {
            moved += offer(tx, &item, &place).await?;
        } else {
            let to = To { location: place.id, state, subscription: None, how, document: &document };
            moved += u64::from(go(tx, &item, &to).await?);
        }
    }
    Ok(moved)
}

async fn offer(tx: &mut Tx, item: &Item, bag: &Location) -> Result<u64> {
    let changed = tx
        .exec(
            "update inventory_item set pending_location_id = $1
             where id = $2 and (pending_location_id is null or pending_location_id <> $1)",
            args![bag.id, item.id],
        )
        .await?;
    if changed == 1 {
        let after = json!({ "offered_to": bag.id });
        tx.journal("item", item.id.uuid(), "offered", json!(null), after).await?;
    }
    Ok(changed)
}

/// The technician takes over what the warehouse offered to their bag.
///
/// # Errors
/// `inventory.not_offered` when an item was not offered to this technician's bag.
pub async fn accept(tx: &mut Tx, technician: UserId, items: &[ItemId], how: &How) -> Result<u64> {
    tx.actor().require(Permission::BagMove)?;
    let bag: Option<LocationId> = tx
        .value_opt(
            "select id from inventory_location where kind = 'bag' and technician_id = $1",
            args![technician],
        )
        .await?;
    let mut ids = items.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let document = format!("handover {}", tx.trail());
    let mut moved = 0;
    for id in ids {
        let item = take(tx, id).await?;
        match (bag, item.pending_location_id) {
            (Some(bag), _) if item.location_id == bag => {}
            (Some(bag), Some(pending)) if bag == pending => {
                item.state.hand_on(ItemState::InTransit, &item.serial)?;
                let to = To {
                    location: bag,
                    state: ItemState::InTransit,
                    subscription: None,
                    how,
                    document: &document,
                };
                moved += u64::from(go(tx, &item, &to).await?);
            }
            _ => {
                return Err(Fault::conflict(
                    "inventory.not_offered",
                    format!("{} tidak diserahkan ke tas Anda.", item.serial),
                    format!("{} was not handed to your bag.", item.serial),
                ));
            }
        }
    }
    Ok(moved)
}

/// Where an item goes that leaves the ordinary way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// From a bag back to a warehouse, to be tested.
    Returned(LocationId),
    /// To the supplier for repair.
    Rma,
    Scrapped,
    Lost,
}

/// Returns an item to be tested, sends it to the supplier, scraps it, or writes it off as lost.
///
/// # Errors
/// `inventory.wrong_state`; a reason is required for scrap and loss.
pub async fn part_with(tx: &mut Tx, id: ItemId, fate: Fate, how: &How, reason: &str) -> Result<()> {
    if tx.actor().require(Permission::StockWrite).is_err() {
        tx.actor().require(Permission::BagMove)?;
    }
    let scope = tx.actor().scope.clone();
    let item = take(tx, id).await?;
    in_scope(&item, &scope)?;
    let branch = item.branch_id;
    let (location, state) = match fate {
        Fate::Returned(warehouse) => {
            // A technician returns to any warehouse of the branch, though their scope is the bag.
            let wide = Scope { technician: None, ..scope.clone() };
            let place = location::find(tx, &wide, warehouse).await?;
            if place.kind != LocationKind::Warehouse {
                return Err(Fault::field("to", "kind", "bukan gudang", "is not a warehouse"));
            }
            (place.id, ItemState::Returned)
        }
        Fate::Rma => (location::place(tx, LocationKind::Supplier, branch).await?, ItemState::Rma),
        Fate::Scrapped => {
            (location::place(tx, LocationKind::Scrap, branch).await?, ItemState::Scrapped)
        }
        Fate::Lost => (location::place(tx, LocationKind::Lost, branch).await?, ItemState::Lost),
    };
    if matches!(fate, Fate::Scrapped | Fate::Lost) {
        tx.actor().require(Permission::StockWrite)?;
        if reason.trim().is_empty() {
            return Err(Fault::fields(vec![kernel::Field::required("reason")]));
        }
    }
    let document = if reason.trim().is_empty() { state.as_str() } else { reason };
    let to = To { location, state, subscription: None, how, document };
    if go(tx, &item, &to).await? {
        tx.emit(Event::ItemMoved { item: id });
    }
    Ok(())
}

/// A returned or repaired item passed its test and is in stock again.
pub async fn tested(tx: &mut Tx, id: ItemId, warehouse: LocationId, how: &How) -> Result<()> {
    tx.actor().require(Permission::StockWrite)?;
    let scope = tx.actor().scope.clone();
    let item = take(tx, id).await?;
    in_scope(&item, &scope)?;
    let place = location::find(tx, &scope, warehouse).await?;
    let to = To {
        location: place.id,
        state: ItemState::InStock,
        subscription: None,
        how,
        document: "tested",
    };
    go(tx, &item, &to).await.map(drop)
}

fn in_scope(item: &Item, scope: &Scope) -> Result<()> {
    if scope.branch.is_none_or(|b| b == item.branch_id) {
        return Ok(());
    }
    Err(Fault::not_found("inventory.item_not_found", "Barang tidak ada.", "No such item."))
}

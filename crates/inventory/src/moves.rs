//! The one way an item moves: lock, check the state, write the ledger row and the item together.

use kernel::{Event, Fault, ItemId, LocationId, MoveId, Result, SubscriptionId};
use serde_json::json;
use store::{Lock, QueryExt, Tx, args};

use crate::item::{ITEM, Item};
use crate::state::{How, ItemState};

/// Where an item goes.
#[derive(Clone, Debug)]
pub(crate) struct To<'a> {
    pub location: LocationId,
    pub state: ItemState,
    pub subscription: Option<SubscriptionId>,
    pub how: &'a How,
    pub document: &'a str,
}

/// Locks and loads an item.
pub(crate) async fn take(tx: &mut Tx, id: ItemId) -> Result<Item> {
    tx.lock(Lock::Item(id)).await?;
    let found: Option<Item> = tx.row_opt(&format!("{ITEM} where id = $1"), args![id]).await?;
    found.ok_or_else(|| {
        Fault::not_found("inventory.item_not_found", "Barang tidak ada.", "No such item.")
    })
}

/// Moves a locked item. Moving it to where it is, in the state it has, changes nothing.
pub(crate) async fn go(tx: &mut Tx, item: &Item, to: &To<'_>) -> Result<bool> {
    let there = item.location_id == to.location
        && item.state == to.state
        && item.subscription_id == to.subscription;
    if there && item.pending_location_id.is_none() {
        return Ok(false);
    }
    to.how.check()?;
    if !there {
        item.state.become_(to.state, &item.serial)?;
    }
    tx.exec(
        "update inventory_item set state = $1, location_id = $2, subscription_id = $3,
           version = version + 1, pending_location_id = null where id = $4",
        args![to.state, to.location, to.subscription, item.id],
    )
    .await?;
    record(tx, item.id, Some((item.location_id, item.state)), to, item.version + 1).await?;
    let before = json!({ "state": item.state, "location": item.location_id });
    let after = json!({ "state": to.state, "location": to.location, "how": to.how });
    tx.journal("item", item.id.uuid(), "moved", before, after).await?;
    tx.emit(Event::ItemMoved { item: item.id });
    Ok(true)
}

/// Writes the ledger row. `seq` is the item's version: a second row for one version can't be.
pub(crate) async fn record(
    tx: &mut Tx,
    item: ItemId,
    from: Option<(LocationId, ItemState)>,
    to: &To<'_>,
    seq: i64,
) -> Result<()> {
    let id: MoveId = tx.new_id();
    let (actor, name) = (tx.actor().tag(), tx.actor().name.clone());
    tx.exec(
        "insert into inventory_move (id, item_id, seq, at, actor, actor_name, from_location_id,
           to_location_id, from_state, to_state, subscription_id, how, reason, document)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
        args![
            id,
            item,
            seq,
            tx.now(),
            actor,
            name,
            from.map(|f| f.0),
            to.location,
            from.map(|f| f.1),
            to.state,
            to.subscription,
            to.how.word(),
            to.how.reason(),
            to.document
        ],
    )
    .await?;
    Ok(())
}

//! Inventory's rows of an import: items where they are, with the first row of their history.

use std::collections::HashMap;

use inventory::{ItemState, LocationKind, Owner};
use kernel::{BranchId, Event, ItemId, ItemTypeId, LocationId, MoveId, Result, SubscriptionId};
use serde_json::json;
use store::{QueryExt, Tx, Value, args};

use super::bulk;

/// What the moves of an import name as their document.
const DOCUMENT: &str = "impor";

/// An item and its place.
pub(in crate::import) struct Placed {
    pub id: ItemId,
    pub kind: ItemTypeId,
    pub serial: String,
    pub mac: Option<String>,
    pub state: ItemState,
    pub location: LocationId,
    pub subscription: Option<SubscriptionId>,
    pub owner: Owner,
    pub branch: BranchId,
}

/// The sites of connections, made where there are none. Twin of `location::site_of`.
pub(in crate::import) async fn sites(
    tx: &mut Tx,
    wanted: &[(SubscriptionId, BranchId)],
) -> Result<HashMap<SubscriptionId, LocationId>> {
    let ids: Vec<SubscriptionId> = wanted.iter().map(|w| w.0).collect();
    let there: Vec<(SubscriptionId, LocationId)> = tx
        .rows(
            "select subscription_id, id from inventory_location
             where kind = 'site' and subscription_id {AMONG}($1)",
            args![ids],
        )
        .await?;
    let mut sites: HashMap<SubscriptionId, LocationId> = there.into_iter().collect();
    let mut values: Vec<Value> = Vec::new();
    for (subscription, branch) in wanted {
        if !sites.contains_key(subscription) {
            let id: LocationId = tx.new_id();
            sites.insert(*subscription, id);
            values.extend(args![id, LocationKind::Site, "Lokasi pelanggan", branch, subscription]);
        }
    }
    bulk(
        tx,
        "insert into inventory_location (id, kind, name, branch_id, subscription_id)",
        "",
        5,
        values,
    )
    .await?;
    Ok(sites)
}

/// Twin of `receive::receive`, but for any place: the item, its first move, its journal row.
pub(in crate::import) async fn items(tx: &mut Tx, items: &[Placed]) -> Result<()> {
    let (now, actor, name) = (tx.now(), tx.actor().tag(), tx.actor().name.clone());
    let mut rows: Vec<Value> = Vec::with_capacity(items.len() * 11);
    let mut moves: Vec<Value> = Vec::with_capacity(items.len() * 11);
    for i in items {
        let id: MoveId = tx.new_id();
        rows.extend(args![
            i.id,
            i.kind,
            i.serial,
            i.mac,
            i.state,
            i.location,
            i.subscription,
            i.owner,
            i.branch,
            1i64,
            now
        ]);
        moves.extend(args![
            id,
            i.id,
            1i64,
            now,
            actor,
            name,
            i.location,
            i.state,
            i.subscription,
            "program",
            DOCUMENT
        ]);
    }
    bulk(
        tx,
        "insert into inventory_item (id, type_id, serial, mac, state, location_id, subscription_id, owner,
           branch_id, version, received_at)",
        "",
        11,
        rows,
    )
    .await?;
    bulk(
        tx,
        "insert into inventory_move (id, item_id, seq, at, actor, actor_name, to_location_id, to_state,
           subscription_id, how, document)",
        "",
        11,
        moves,
    )
    .await?;
    for i in items {
        let after = json!({ "serial": i.serial, "location": i.location, "document": DOCUMENT });
        tx.journal("item", i.id.uuid(), "imported", serde_json::Value::Null, after).await?;
        tx.emit(Event::ItemMoved { item: i.id });
    }
    Ok(())
}

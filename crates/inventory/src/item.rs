//! Item types, items and moves as kept.

use kernel::{
    BranchId, Fault, Field, ItemId, ItemTypeId, LocationId, Money, MoveId, Permission, Result,
    SubscriptionId, Ts,
};
use serde_json::json;
use store::{Query, QueryExt, Tx, args, row};

use crate::state::ItemState;

store::words! {
    pub enum Owner { Isp = "isp", Customer = "customer" }
}

row! {
    pub struct ItemType {
        pub id: ItemTypeId,
        pub sku: String,
        pub name: String,
        /// `ont`, `router`, `cpe`, `cable`, `connector` …
        pub kind: String,
        /// `pcs`, `m`.
        pub unit: String,
        pub serialized: bool,
        pub value: Money,
    }
}
row! {
    pub struct Item {
        pub id: ItemId,
        pub type_id: ItemTypeId,
        pub serial: String,
        pub mac: Option<String>,
        pub state: ItemState,
        pub location_id: LocationId,
        pub subscription_id: Option<SubscriptionId>,
        pub owner: Owner,
        pub branch_id: BranchId,
        pub version: i64,
        /// A bag that was offered the item and has not accepted it yet.
        pub pending_location_id: Option<LocationId>,
        pub received_at: Ts,
    }
}
row! {
    /// One row of an item's history.
    pub struct Move {
        pub id: MoveId,
        pub seq: i64,
        pub at: Ts,
        pub actor: String,
        pub actor_name: String,
        pub from_location_id: Option<LocationId>,
        pub to_location_id: LocationId,
        pub from_state: Option<ItemState>,
        pub to_state: ItemState,
        pub subscription_id: Option<SubscriptionId>,
        pub how: String,
        pub reason: Option<String>,
        pub document: String,
    }
}

pub(crate) const ITEM: &str =
    "select id, type_id, serial, mac, state, location_id, subscription_id, owner,
    branch_id, version, pending_location_id, received_at from inventory_item";

/// A type as entered.
#[derive(Clone, Debug)]
pub struct NewType {
    pub sku: String,
    pub name: String,
    pub kind: String,
    pub unit: String,
    pub serialized: bool,
    pub value: Money,
}

/// Adds an item type.
///
/// # Errors
/// `invalid_fields` for empty fields or a taken SKU.
pub async fn add_type(tx: &mut Tx, new: &NewType) -> Result<ItemTypeId> {
    tx.actor().require(Permission::StockWrite)?;
    let mut wrong = Vec::new();
    for (name, value) in [("sku", &new.sku), ("name", &new.name), ("unit", &new.unit)] {
        if value.trim().is_empty() {
            wrong.push(Field::required(name));
        }
    }
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    let id: ItemTypeId = tx.new_id();
    tx.exec(
        "insert into inventory_item_type (id, sku, name, kind, unit, serialized, value)
         values ($1,$2,$3,$4,$5,$6,$7)",
        args![id, new.sku, new.name, new.kind, new.unit, new.serialized, new.value],
    )
    .await
    .map_err(|f| {
        if store::is_unique(&f) {
            Fault::field("sku", "taken", "sudah dipakai", "is taken")
        } else {
            f
        }
    })?;
    tx.journal("item_type", id.uuid(), "added", json!(null), json!({ "sku": new.sku })).await?;
    Ok(id)
}

/// All types that are not archived, by name.
pub async fn types(q: &mut dyn Query) -> Result<Vec<ItemType>> {
    q.rows(
        "select id, sku, name, kind, unit, serialized, value from inventory_item_type
         where archived_at is null order by name, id",
        args![],
    )
    .await
}

/// # Errors
/// `inventory.type_not_found`.
pub async fn find_type(q: &mut dyn Query, id: ItemTypeId) -> Result<ItemType> {
    let found: Option<ItemType> = q
        .row_opt(
            "select id, sku, name, kind, unit, serialized, value from inventory_item_type where id = $1",
            args![id],
        )
        .await?;
    found.ok_or_else(|| {
        Fault::not_found(
            "inventory.type_not_found",
            "Jenis barang tidak ada.",
            "No such item type.",
        )
    })
}

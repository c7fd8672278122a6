//! Counted stock: cable in metres, connectors. Never below zero.

use kernel::{Fault, ItemTypeId, LocationId, MoveId, Permission, Result};
use serde_json::json;
use store::{Lock, Query, QueryExt, Tx, args, row};

use crate::item::find_type;

row! {
    pub struct Level { pub type_id: ItemTypeId, pub sku: String, pub name: String, pub unit: String,
        pub quantity: i64 }
}

/// More than anybody moves at once: a typing error, and far from where sums overflow.
pub const QUANTITY_MAX: i64 = 1_000_000_000;

/// A quantity that is not from 1 to [`QUANTITY_MAX`].
pub fn quantity_out_of_range() -> Fault {
    Fault::field("quantity", "range", "harus 1–1.000.000.000", "must be 1–1,000,000,000")
}

/// A movement of counted stock. `key` makes it happen once.
#[derive(Clone, Debug)]
pub struct BulkMove<'a> {
    pub item_type: ItemTypeId,
    /// `None`: comes from outside (a delivery).
    pub from: Option<LocationId>,
    /// `None`: used up (on a work order).
    pub to: Option<LocationId>,
    /// In the type's unit, above zero.
    pub quantity: i64,
    pub document: &'a str,
    pub key: &'a str,
}

/// Moves counted stock. `false`: this key was done before.
///
/// # Errors
/// `inventory.not_enough` names what the place holds.
pub async fn shift(tx: &mut Tx, new: &BulkMove<'_>) -> Result<bool> {
    if tx.actor().require(Permission::StockWrite).is_err() {
        // A technician may only use up what is in the bag.
        tx.actor().require(Permission::BagMove)?;
        if new.to.is_some() {
            tx.actor().require(Permission::StockWrite)?;
        }
    }
    if !(1..=QUANTITY_MAX).contains(&new.quantity) {
        return Err(quantity_out_of_range());
    }
    let kind = find_type(tx, new.item_type).await?;
    if kind.serialized {
        return Err(Fault::field(
            "type",
            "serialized",
            "barang ber-nomor seri",
            "has serial numbers",
        ));
    }
    tx.lock(Lock::Named(&format!("stock:{}", new.item_type))).await?;
    let id: MoveId = tx.new_id();
    let added = tx
        .exec(
            "insert into inventory_stock_move (id, type_id, from_location_id, to_location_id, quantity, at,
               actor, document, key) values ($1,$2,$3,$4,$5,$6,$7,$8,$9) on conflict (key) do nothing",
            args![
                id, new.item_type, new.from, new.to, new.quantity, tx.now(), tx.actor().tag(),
                new.document, new.key
            ],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    if let Some(from) = new.from {
        let taken = tx
            .exec(
                "update inventory_stock set quantity = quantity - $1
                 where location_id = $2 and type_id = $3 and quantity >= $1",
                args![new.quantity, from, new.item_type],
            )
            .await?;
        if taken == 0 {
            let held = level(tx, from, new.item_type).await?;
            return Err(Fault::conflict(
                "inventory.not_enough",
                format!("{}: hanya ada {held} {}.", kind.name, kind.unit),
                format!("{}: there are only {held} {}.", kind.name, kind.unit),
            ));
        }
    }
    if let Some(to) = new.to {
        tx.exec(
            "insert into inventory_stock (location_id, type_id, quantity) values ($1,$2,$3)
             on conflict (location_id, type_id) do update
               set quantity = inventory_stock.quantity + excluded.quantity",
            args![to, new.item_type, new.quantity],
        )
        .await?;
    }
    let after = json!({ "quantity": new.quantity, "from": new.from, "to": new.to,
                        "document": new.document });
    tx.journal("item_type", new.item_type.uuid(), "moved", json!(null), after).await?;
    Ok(true)
}

async fn level(q: &mut dyn Query, location: LocationId, item_type: ItemTypeId) -> Result<i64> {
    let found: Option<i64> = q
        .value_opt(
            "select quantity from inventory_stock where location_id = $1 and type_id = $2",
            args![location, item_type],
        )
        .await?;
    Ok(found.unwrap_or(0))
}

/// What a place holds of counted stock.
pub async fn levels(q: &mut dyn Query, location: LocationId) -> Result<Vec<Level>> {
    q.rows(
        "select s.type_id, t.sku, t.name, t.unit, s.quantity
         from inventory_stock s join inventory_item_type t on t.id = s.type_id
         where s.location_id = $1 order by t.name",
        args![location],
    )
    .await
}

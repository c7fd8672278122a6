//! Goods in against an order's line: devices by scanning, counted goods by quantity.

use kernel::{Fault, Field, LocationId, Permission, Result};
use serde_json::json;
use store::{Tx, args};

use super::write::{locked, warehouse};
use super::{Deed, Purchase, PurchaseId, PurchaseLine, PurchaseLineId, PurchaseState, ReceiptId};
use crate::bulk::{BulkMove, quantity_out_of_range, shift};
use crate::location::Location;
use crate::receive::{Against, Line, Verdict, deliver};
use crate::state::How;

/// How goods came in.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    /// `None`: the warehouse where they are expected.
    pub warehouse: Option<LocationId>,
    /// The supplier's delivery note; may be empty.
    pub note: &'a str,
    /// Why more is taken than was ordered; `None`: never more.
    pub more_because: Option<&'a str>,
    pub how: &'a How,
}

/// What became of labels that were scanned for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// In the order of the labels.
    pub verdicts: Vec<Verdict>,
    /// How many of them came in now.
    pub received: i64,
    /// What the line still waits for.
    pub left: i64,
}

/// Receives scanned devices for a line: a verdict a label, one wrong label keeps none of the others out. What is
/// more than was ordered is refused label by label, unless `more_because` says why it is taken.
///
/// # Errors
/// `inventory.purchase_not_found`, `inventory.purchase_line_not_found`, `inventory.purchase_state`; field errors
/// on `warehouse`, and on `line` for counted goods.
pub async fn receive_scanned(
    tx: &mut Tx,
    id: PurchaseId,
    line: PurchaseLineId,
    labels: &[Line],
    delivery: &Delivery<'_>,
) -> Result<Scanned> {
    let (order, line, place) = opened(tx, id, line, delivery).await?;
    if !line.serialized {
        let (id, en) = ("diterima per jumlah", "is received by quantity");
        return Err(Fault::field("line", "serialized", id, en));
    }
    let more = reason(delivery)?;
    let mut against =
        Against { line: line.id, left: if more.is_some() { None } else { Some(line.left()) } };
    let document = document(&order, delivery.note);
    let verdicts =
        deliver(tx, (place.id, line.type_id), labels, delivery.how, &document, Some(&mut against))
            .await?;
    let received = verdicts.iter().filter(|v| matches!(v, Verdict::Received { .. })).count();
    let received = i64::try_from(received).unwrap_or(i64::MAX);
    took(tx, &order, &line, &place, received, delivery).await?;
    let left = (line.left() - received).max(0);
    Ok(Scanned { verdicts, received, left })
}

/// Receives a quantity of counted goods for a line, in the type's unit. `key` makes it happen once; `false`: it
/// was done before.
///
/// # Errors
/// As [`receive_scanned`]; `inventory.more_than_ordered` says what the line still waits for.
pub async fn receive_counted(
    tx: &mut Tx,
    id: PurchaseId,
    line: PurchaseLineId,
    quantity: i64,
    delivery: &Delivery<'_>,
    key: &str,
) -> Result<bool> {
    let (order, line, place) = opened(tx, id, line, delivery).await?;
    if line.serialized {
        let (id, en) = ("diterima dengan scan nomor seri", "is received by scanning serials");
        return Err(Fault::field("line", "serialized", id, en));
    }
    if !(1..=super::write::ORDERED_MAX).contains(&quantity) {
        return Err(quantity_out_of_range());
    }
    let document = document(&order, delivery.note);
    let moved = BulkMove {
        item_type: line.type_id,
        from: None,
        to: Some(place.id),
        quantity,
        document: &document,
        key,
    };
    if !shift(tx, &moved).await? {
        return Ok(false);
    }
    // After it: what was done before is no more than was ordered.
    if quantity > line.left() && reason(delivery)?.is_none() {
        return Err(more_than_ordered(&line.name, &line.unit, line.left()));
    }
    took(tx, &order, &line, &place, quantity, delivery).await?;
    Ok(true)
}

/// Refuses what exceeds an order's line.
pub(crate) fn more_than_ordered(name: &str, unit: &str, left: i64) -> Fault {
    Fault::conflict(
        "inventory.more_than_ordered",
        format!("{name}: pesanan tinggal menunggu {left} {unit}."),
        format!("{name}: the order waits for {left} {unit} only."),
    )
}

/// The order behind its lock, the line, and where the goods go.
async fn opened(
    tx: &mut Tx,
    id: PurchaseId,
    line: PurchaseLineId,
    delivery: &Delivery<'_>,
) -> Result<(Purchase, PurchaseLine, Location)> {
    tx.actor().require(Permission::PurchaseWrite)?;
    tx.actor().require(Permission::StockWrite)?;
    delivery.how.check()?;
    let order = locked(tx, id).await?;
    order.must_allow(Deed::Receive)?;
    let lines = super::lines(tx, id).await?;
    let line = lines.into_iter().find(|one| one.id == line).ok_or_else(|| {
        Fault::not_found(
            "inventory.purchase_line_not_found",
            "Baris pesanan tidak ada.",
            "No such line of the order.",
        )
    })?;
    let place = warehouse(tx, delivery.warehouse.unwrap_or(order.location_id)).await?;
    if place.branch_id != order.branch_id {
        let (id, en) = ("bukan gudang cabang pesanan ini", "is not of the order's branch");
        return Err(Fault::field("warehouse", "branch", id, en));
    }
    Ok((order, line, place))
}

/// Why more is taken than was ordered.
fn reason<'a>(delivery: &Delivery<'a>) -> Result<Option<&'a str>> {
    match delivery.more_because.map(str::trim) {
        Some("") => Err(Fault::fields(vec![Field::required("more_because")])),
        Some(why) if why.chars().count() > 400 => {
            Err(Fault::fields(vec![crate::supplier::too_long("more_because", 400)]))
        }
        why => Ok(why),
    }
}

/// What moves carry: the order's number, then the delivery note's.
fn document(order: &Purchase, note: &str) -> String {
    match note.trim() {
        "" => order.number.clone(),
        note => format!("{} · {note}", order.number),
    }
}

/// How many of `now` are more than was ordered.
fn beyond(ordered: i64, before: i64, now: i64) -> i64 {
    (before + now - ordered.max(before)).max(0)
}

/// Notes what came in, and what the order is now.
async fn took(
    tx: &mut Tx,
    order: &Purchase,
    line: &PurchaseLine,
    place: &Location,
    quantity: i64,
    delivery: &Delivery<'_>,
) -> Result<()> {
    if quantity == 0 {
        return Ok(());
    }
    let beyond = beyond(line.ordered, line.received, quantity);
    let why = reason(delivery)?.filter(|_| beyond > 0);
    let id: ReceiptId = tx.new_id();
    let (actor, name) = (tx.actor().tag(), tx.actor().name.clone());
    tx.exec(
        "insert into inventory_purchase_receipt (id, purchase_id, line_id, location_id, quantity,
           beyond, why, document, actor, actor_name, at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        args![
            id,
            order.id,
            line.id,
            place.id,
            quantity,
            beyond,
            why,
            delivery.note.trim(),
            actor,
            name,
            tx.now()
        ],
    )
    .await?;
    tx.exec(
        "update inventory_purchase_line set received = received + $2 where id = $1",
        args![line.id, quantity],
    )
    .await?;
    let all: Vec<(i64, i64)> = super::lines(tx, order.id)
        .await?
        .iter()
        .map(|line| (line.ordered, line.received))
        .collect();
    let state = PurchaseState::after_receipt(&all);
    let closed = (state == PurchaseState::Received).then(|| order.closed_at.unwrap_or(tx.now()));
    tx.exec(
        "update inventory_purchase set state = $2, closed_at = $3, version = version + 1
         where id = $1",
        args![order.id, state, closed],
    )
    .await?;
    let before = json!({ "state": order.state, "received": line.received });
    let after = json!({ "state": state, "received": line.received + quantity, "type": line.sku,
                        "beyond": beyond, "why": why, "document": delivery.note.trim() });
    tx.journal("purchase", order.id.uuid(), "received", before, after).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_exceeds_the_order_is_beyond_it_and_counted_once() {
        for (ordered, before, now, expected) in
            [(10, 0, 10, 0), (10, 8, 5, 3), (10, 10, 2, 2), (10, 13, 2, 2), (10, 0, 4, 0)]
        {
            assert_eq!(beyond(ordered, before, now), expected, "{ordered} {before} {now}");
        }
    }
}

//! Writing an order: a draft, its lines, handing it in, and ending it.

use kernel::{Day, Fault, Field, ItemTypeId, LocationId, Money, Permission, Result};
use serde_json::json;
use store::{Lock, Tx, args};

use super::{Deed, Purchase, PurchaseId, PurchaseLineId, PurchaseState, find, number, series};
use crate::item::{self, ItemType};
use crate::location::{self, Location, LocationKind};
use crate::supplier::{self, SupplierId, too_long};

/// A line as entered.
#[derive(Clone, Debug)]
pub struct NewLine {
    pub item_type: ItemTypeId,
    /// In the type's unit.
    pub quantity: i64,
    /// Rupiah for one unit; zero for what comes free.
    pub price: Money,
}

/// An order as entered.
#[derive(Clone, Debug)]
pub struct NewPurchase {
    pub supplier: SupplierId,
    /// Where the goods are expected; its branch is the order's.
    pub warehouse: LocationId,
    pub lines: Vec<NewLine>,
    pub note: Option<String>,
    pub expected_on: Option<Day>,
}

/// Most lines of an order.
pub const LINES_MAX: usize = 200;
/// More than anybody orders of one thing: a typing error.
pub const ORDERED_MAX: i64 = 1_000_000;
/// No unit of ours costs more.
const PRICE_MAX: Money = Money::rupiah(10_000_000_000);
/// No order of ours is worth more; far from where sums overflow.
const TOTAL_MAX: i64 = 1_000_000_000_000;
/// Most letters of a note or a reason.
const NOTE_MAX: usize = 1_000;

/// What an order is worth as written, in rupiah.
///
/// # Errors
/// Names each field that is wrong: `lines`, `lines[2].quantity`, `note` …
pub fn worth(new: &NewPurchase, known: &[ItemType], today: Day) -> Result<Money> {
    let mut wrong = Vec::new();
    if !(1..=LINES_MAX).contains(&new.lines.len()) {
        let id = format!("harus 1 sampai {LINES_MAX} baris");
        wrong.push(Field::new("lines", "count", id, format!("must have 1 to {LINES_MAX} lines")));
    }
    if new.note.as_ref().is_some_and(|note| note.chars().count() > NOTE_MAX) {
        wrong.push(too_long("note", NOTE_MAX));
    }
    if new.expected_on.is_some_and(|day| day < today) {
        let (id, en) = ("sudah lewat", "is in the past");
        wrong.push(Field::new("expected_on", "past", id, en));
    }
    let mut total: i64 = 0;
    for (n, line) in new.lines.iter().take(LINES_MAX).enumerate() {
        let at = |name: &str| format!("lines[{n}].{name}");
        if !known.iter().any(|kind| kind.id == line.item_type) {
            let (id, en) = ("jenis barang tidak ada", "there is no such item type");
            wrong.push(Field::new(at("type_id"), "not_found", id, en));
        }
        let quantity = (1..=ORDERED_MAX).contains(&line.quantity);
        if !quantity {
            let (id, en) = ("harus 1–1.000.000", "must be 1–1,000,000");
            wrong.push(Field::new(at("quantity"), "range", id, en));
        }
        let price = !line.price.is_negative() && line.price <= PRICE_MAX;
        if !price {
            let (id, en) = ("harus Rp 0–10.000.000.000", "must be Rp 0–10,000,000,000");
            wrong.push(Field::new(at("price"), "range", id, en));
        }
        if quantity && price {
            total = total.saturating_add(line.price.get().saturating_mul(line.quantity));
        }
    }
    if total > TOTAL_MAX {
        let (id, en) =
            ("nilai pesanan lebih dari Rp 1 triliun", "is worth more than Rp 1 trillion");
        wrong.push(Field::new("lines", "range", id, en));
    }
    if wrong.is_empty() { Ok(Money::rupiah(total)) } else { Err(Fault::fields(wrong)) }
}

/// Writes a draft. Its number is of the month in the branch's zone, without gaps: a draft that is not wanted
/// is cancelled and keeps its number.
///
/// # Errors
/// As [`worth`]; field errors on `supplier` and `warehouse`; `inventory.location_not_found`.
pub async fn create(tx: &mut Tx, new: &NewPurchase) -> Result<Purchase> {
    tx.actor().require(Permission::PurchaseWrite)?;
    let place = warehouse(tx, new.warehouse).await?;
    let total = checked(tx, new, &place, None).await?;
    let today = tx.now().day(catalog::current(tx).await?.zone(place.branch_id));
    let series = series(today);
    let seq = tx.next_number(&series).await?;
    let (id, number): (PurchaseId, _) = (tx.new_id(), number(today, seq));
    let by = tx.actor().name.clone();
    tx.exec(
        "insert into inventory_purchase (id, number, series, seq, supplier_id, branch_id, location_id,
           state, note, expected_on, total, version, created_by_name, created_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,1,$12,$13)",
        args![
            id, number, series, seq, new.supplier, place.branch_id, place.id, PurchaseState::Draft,
            note(new.note.as_deref()), new.expected_on, total, by, tx.now()
        ],
    )
    .await?;
    put_lines(tx, id, &new.lines).await?;
    writes(tx, id).await?;
    let after = json!({ "number": number, "supplier": new.supplier, "total": total });
    tx.journal("purchase", id.uuid(), "drafted", json!(null), after).await?;
    let scope = tx.actor().scope.clone();
    find(tx, &scope, id).await
}

/// Changes what is not decided yet; a submitted or rejected order is a draft again.
///
/// # Errors
/// As [`create`]; `inventory.purchase_not_found`, `inventory.purchase_state`; a field error on `warehouse` for
/// one of another branch.
pub async fn amend(tx: &mut Tx, id: PurchaseId, new: &NewPurchase) -> Result<Purchase> {
    tx.actor().require(Permission::PurchaseWrite)?;
    let old = locked(tx, id).await?;
    old.must_allow(Deed::Amend)?;
    let place = warehouse(tx, new.warehouse).await?;
    if place.branch_id != old.branch_id {
        let (id, en) = ("bukan gudang cabang pesanan ini", "is not of the order's branch");
        return Err(Fault::field("warehouse", "branch", id, en));
    }
    let total = checked(tx, new, &place, Some(&old)).await?;
    tx.exec(
        "update inventory_purchase set supplier_id = $2, location_id = $3, note = $4,
           expected_on = $5, total = $6, state = $7, submitted_by_name = null, submitted_at = null,
           decided_by_name = null, decided_at = null, reason = null, version = version + 1
         where id = $1",
        args![
            id,
            new.supplier,
            place.id,
            note(new.note.as_deref()),
            new.expected_on,
            total,
            PurchaseState::Draft
        ],
    )
    .await?;
    tx.exec("delete from inventory_purchase_line where purchase_id = $1", args![id]).await?;
    put_lines(tx, id, &new.lines).await?;
    writes(tx, id).await?;
    let before = json!({ "state": old.state, "supplier": old.supplier_id, "total": old.total });
    let after = json!({ "supplier": new.supplier, "total": total });
    tx.journal("purchase", id.uuid(), "amended", before, after).await?;
    let scope = tx.actor().scope.clone();
    find(tx, &scope, id).await
}

/// Hands a draft in: another person decides. Again changes nothing.
///
/// # Errors
/// `inventory.purchase_not_found`, `inventory.purchase_state`.
pub async fn submit(tx: &mut Tx, id: PurchaseId) -> Result<()> {
    tx.actor().require(Permission::PurchaseWrite)?;
    let order = locked(tx, id).await?;
    if order.state == PurchaseState::Submitted {
        return Ok(());
    }
    order.must_allow(Deed::Submit)?;
    let by = tx.actor().name.clone();
    tx.exec(
        "update inventory_purchase set state = $2, submitted_by_name = $3, submitted_at = $4,
           version = version + 1 where id = $1",
        args![id, PurchaseState::Submitted, by, tx.now()],
    )
    .await?;
    writes(tx, id).await?;
    tx.journal("purchase", id.uuid(), "submitted", json!(null), json!({ "total": order.total }))
        .await
}

/// Ends an order of which nothing has come. Again changes nothing.
///
/// # Errors
/// `inventory.purchase_not_found`, `inventory.purchase_state`; a field error without a reason.
pub async fn cancel(tx: &mut Tx, id: PurchaseId, reason: &str) -> Result<()> {
    end(tx, id, Deed::Cancel, (PurchaseState::Cancelled, "cancelled"), reason).await
}

/// Ends an order of which not everything has come: the rest is not expected any more. Again changes nothing.
///
/// # Errors
/// As [`cancel`].
pub async fn close_short(tx: &mut Tx, id: PurchaseId, reason: &str) -> Result<()> {
    end(tx, id, Deed::CloseShort, (PurchaseState::ClosedShort, "closed_short"), reason).await
}

async fn end(
    tx: &mut Tx,
    id: PurchaseId,
    deed: Deed,
    (state, action): (PurchaseState, &str),
    reason: &str,
) -> Result<()> {
    tx.actor().require(Permission::PurchaseWrite)?;
    let order = locked(tx, id).await?;
    if order.state == state {
        return Ok(());
    }
    order.must_allow(deed)?;
    let reason = because(reason)?;
    tx.exec(
        "update inventory_purchase set state = $2, reason = $3, closed_at = $4,
           version = version + 1 where id = $1",
        args![id, state, reason, tx.now()],
    )
    .await?;
    let before = json!({ "state": order.state });
    tx.journal("purchase", id.uuid(), action, before, json!({ "why": reason })).await
}

/// Locks and loads an order. Before the locks of receiving.
pub(super) async fn locked(tx: &mut Tx, id: PurchaseId) -> Result<Purchase> {
    tx.lock(Lock::Named(&format!("purchase:{id}"))).await?;
    let scope = tx.actor().scope.clone();
    find(tx, &scope, id).await
}

/// A reason that says something.
pub(super) fn because(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Fault::fields(vec![Field::required("reason")]));
    }
    if reason.chars().count() > NOTE_MAX {
        return Err(Fault::fields(vec![too_long("reason", NOTE_MAX)]));
    }
    Ok(reason.to_owned())
}

pub(super) async fn warehouse(tx: &mut Tx, id: LocationId) -> Result<Location> {
    let scope = tx.actor().scope.clone();
    let place = location::find(tx, &scope, id).await?;
    if place.kind != LocationKind::Warehouse {
        return Err(Fault::field("warehouse", "kind", "bukan gudang", "is not a warehouse"));
    }
    Ok(place)
}

/// What is asked of the database before an order is written: its types, and who delivers it.
async fn checked(
    tx: &mut Tx,
    new: &NewPurchase,
    place: &Location,
    old: Option<&Purchase>,
) -> Result<Money> {
    let today = tx.now().day(catalog::current(tx).await?.zone(place.branch_id));
    let total = worth(new, &item::types(tx).await?, today)?;
    let from = supplier::find(tx, new.supplier).await.map_err(|fault| {
        if fault.kind != kernel::FaultKind::NotFound {
            return fault;
        }
        Fault::field("supplier", "not_found", "pemasok tidak ada", "there is no such supplier")
    })?;
    let kept = old.is_some_and(|old| old.supplier_id == new.supplier);
    if from.archived_at.is_some() && !kept {
        let (id, en) = ("pemasok ini diarsipkan", "this supplier is archived");
        return Err(Fault::field("supplier", "archived", id, en));
    }
    Ok(total)
}

async fn put_lines(tx: &mut Tx, id: PurchaseId, lines: &[NewLine]) -> Result<()> {
    for (n, line) in (1_i64..).zip(lines) {
        let line_id: PurchaseLineId = tx.new_id();
        tx.exec(
            "insert into inventory_purchase_line (id, purchase_id, seq, type_id, ordered, price)
             values ($1,$2,$3,$4,$5,$6)",
            args![line_id, id, n, line.item_type, line.quantity, line.price],
        )
        .await?;
    }
    Ok(())
}

/// Remembers who wrote: they do not approve.
async fn writes(tx: &mut Tx, id: PurchaseId) -> Result<()> {
    let by = tx.actor().tag();
    tx.exec(
        "insert into inventory_purchase_writer (purchase_id, actor) values ($1,$2)
         on conflict (purchase_id, actor) do nothing",
        args![id, by],
    )
    .await?;
    Ok(())
}

fn note(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind() -> ItemType {
        ItemType {
            id: ItemTypeId::nil(),
            sku: "ZTE-F670".into(),
            name: "ONT".into(),
            kind: "ont".into(),
            unit: "pcs".into(),
            serialized: true,
            value: Money::rupiah(350_000),
        }
    }

    fn order(lines: Vec<NewLine>) -> NewPurchase {
        NewPurchase {
            supplier: SupplierId::nil(),
            warehouse: LocationId::nil(),
            lines,
            note: None,
            expected_on: None,
        }
    }

    fn line(quantity: i64, price: i64) -> NewLine {
        NewLine { item_type: ItemTypeId::nil(), quantity, price: Money::rupiah(price) }
    }

    fn wrong(new: &NewPurchase) -> Vec<String> {
        let today: Day = "2026-11-22".parse().unwrap();
        let fault = worth(new, &[kind()], today).unwrap_err();
        fault.fields.into_iter().map(|field| field.name).collect()
    }

    #[test]
    fn an_order_is_worth_its_lines_and_a_wrong_field_is_named() {
        let today: Day = "2026-11-22".parse().unwrap();
        let good = order(vec![line(100, 350_000), line(5, 0)]);
        assert_eq!(worth(&good, &[kind()], today).unwrap(), Money::rupiah(35_000_000));
        assert_eq!(wrong(&order(Vec::new())), ["lines"]);
        assert_eq!(
            wrong(&order(vec![line(1, 1), line(0, -1)])),
            ["lines[1].quantity", "lines[1].price"]
        );
        assert_eq!(wrong(&order(vec![line(i64::MAX, i64::MAX)])).len(), 2);
        assert_eq!(
            wrong(&order(vec![line(ORDERED_MAX, 10_000_000)])),
            ["lines"],
            "over a trillion"
        );
        let late = NewPurchase { expected_on: Some(today.plus_days(-1)), ..good.clone() };
        assert_eq!(wrong(&late), ["expected_on"]);
        let unknown = worth(&good, &[], today).unwrap_err();
        assert_eq!(unknown.fields[0].name, "lines[0].type_id");
    }
}

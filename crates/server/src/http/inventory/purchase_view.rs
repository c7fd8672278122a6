//! A purchase order as it is sent: the row of a list, and the whole order.

use flows::views::purchases::{self, PurchasePage, PurchaseRow, PurchaseStep};
use inventory::purchase::{
    self, Deed, Purchase, PurchaseId, PurchaseLine, PurchaseLineId, PurchaseState, Receipt,
    ReceiptId,
};
use inventory::supplier::SupplierId;
use kernel::{
    Actor, BranchId, Day, ItemTypeId, LocationId, Money, Permission, Result as Fallible, Ts,
};
use serde::Serialize;
use serde_json::Value;
use store::{Query, Tx};
use utoipa::ToSchema;

use crate::http::can::Can;
use crate::http::export::{Sheet, col};

/// A purchase order in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct PurchaseRowView {
    #[schema(value_type = String, format = Uuid)]
    id: PurchaseId,
    /// `PO/2026/11/0001`.
    number: String,
    /// `draft`, `submitted`, `approved`, `rejected`, `partly_received`, `received`, `closed_short` or
    /// `cancelled`.
    #[schema(value_type = String)]
    state: PurchaseState,
    #[schema(value_type = String, format = Uuid)]
    supplier_id: SupplierId,
    supplier_name: String,
    branch_name: String,
    /// The warehouse where the goods are expected.
    warehouse_name: String,
    #[schema(value_type = Option<String>, format = Date)]
    expected_on: Option<Day>,
    /// Rupiah, of all lines as ordered.
    #[schema(value_type = i64)]
    total: Money,
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    lines: i64,
    /// Of how many lines everything has come.
    lines_received: i64,
}

impl From<PurchaseRow> for PurchaseRowView {
    fn from(row: PurchaseRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            state: row.state,
            supplier_id: row.supplier_id,
            supplier_name: row.supplier_name,
            branch_name: row.branch_name,
            warehouse_name: row.location_name,
            expected_on: row.expected_on,
            total: row.total,
            created_by: row.created_by_name,
            created_at: row.created_at,
            lines: row.lines,
            lines_received: row.lines_received,
        }
    }
}

/// The list's file.
pub(super) const FILE: Sheet<PurchaseRowView> = Sheet {
    list: "purchases",
    name: ("pesanan-pembelian", "purchase-orders"),
    columns: &[
        col("Nomor", "Number", |v, _| v.number.as_str().into()),
        col("Pemasok", "Supplier", |v, _| v.supplier_name.as_str().into()),
        col("Status", "State", |v, w| w.word("purchase", v.state.as_str())),
        col("Nilai", "Total", |v, _| v.total.into()),
        col("Cabang", "Branch", |v, _| v.branch_name.as_str().into()),
        col("Gudang", "Warehouse", |v, _| v.warehouse_name.as_str().into()),
        col("Perkiraan tiba", "Expected", |v, w| w.day(v.expected_on)),
        col("Baris", "Lines", |v, _| v.lines.into()),
        col("Baris lengkap", "Lines received", |v, _| v.lines_received.into()),
        col("Dibuat oleh", "Written by", |v, _| v.created_by.as_str().into()),
        col("Dibuat", "Written", |v, w| w.at(v.created_at)),
    ],
};

/// A line of an order.
#[derive(Serialize, ToSchema)]
struct PurchaseLineView {
    #[schema(value_type = String, format = Uuid)]
    id: PurchaseLineId,
    #[schema(value_type = String, format = Uuid)]
    type_id: ItemTypeId,
    code: String,
    name: String,
    /// `pcs`, `m`.
    unit: String,
    /// Received by scanning serials; otherwise by quantity.
    serialized: bool,
    /// In the type's unit, as `received` and `left`.
    ordered: i64,
    received: i64,
    /// What is still to come.
    left: i64,
    /// Rupiah for one unit.
    #[schema(value_type = i64)]
    price: Money,
    /// Rupiah as ordered.
    #[schema(value_type = i64)]
    amount: Money,
}

impl From<PurchaseLine> for PurchaseLineView {
    fn from(line: PurchaseLine) -> Self {
        Self {
            left: line.left(),
            amount: line.amount(),
            id: line.id,
            type_id: line.type_id,
            code: line.sku,
            name: line.name,
            unit: line.unit,
            serialized: line.serialized,
            ordered: line.ordered,
            received: line.received,
            price: line.price,
        }
    }
}

/// What came in for a line.
#[derive(Serialize, ToSchema)]
struct PurchaseReceiptView {
    #[schema(value_type = String, format = Uuid)]
    id: ReceiptId,
    #[schema(value_type = String, format = Uuid)]
    line_id: PurchaseLineId,
    quantity: i64,
    /// How many of them are more than was ordered, and why they were taken.
    beyond: i64,
    why: Option<String>,
    /// The supplier's delivery note.
    document: Option<String>,
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
}

impl From<Receipt> for PurchaseReceiptView {
    fn from(of: Receipt) -> Self {
        Self {
            id: of.id,
            line_id: of.line_id,
            quantity: of.quantity,
            beyond: of.beyond,
            why: of.why,
            document: Some(of.document).filter(|text| !text.is_empty()),
            by: of.actor_name,
            at: of.at,
        }
    }
}

/// A step of an order's story.
#[derive(Serialize, ToSchema)]
struct PurchaseStepView {
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    by: String,
    /// `drafted`, `amended`, `submitted`, `approved`, `rejected`, `received`, `closed_short` or `cancelled`.
    action: String,
    /// Why, where a reason was given.
    why: Option<String>,
}

impl From<PurchaseStep> for PurchaseStepView {
    fn from(step: PurchaseStep) -> Self {
        let why = step.after_state.as_ref().and_then(|after| after.get("why"));
        Self {
            why: why.and_then(Value::as_str).map(str::to_owned),
            at: step.at,
            by: step.actor_name,
            action: step.action,
        }
    }
}

/// A purchase order, whole.
#[derive(Serialize, ToSchema)]
pub(super) struct PurchaseView {
    #[schema(value_type = String, format = Uuid)]
    id: PurchaseId,
    /// `PO/2026/11/0001`.
    number: String,
    /// `draft`, `submitted`, `approved`, `rejected`, `partly_received`, `received`, `closed_short` or
    /// `cancelled`.
    #[schema(value_type = String)]
    state: PurchaseState,
    #[schema(value_type = String, format = Uuid)]
    supplier_id: SupplierId,
    supplier_name: String,
    supplier_phone: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: String,
    /// The warehouse where the goods are expected.
    #[schema(value_type = String, format = Uuid)]
    warehouse_id: LocationId,
    warehouse_name: String,
    note: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    expected_on: Option<Day>,
    /// Rupiah, of all lines as ordered.
    #[schema(value_type = i64)]
    total: Money,
    /// Rises with each change; who approves sends the one they saw.
    version: i64,
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    submitted_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Ts>,
    /// Who approved or rejected it.
    decided_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Ts>,
    /// Why it was rejected, closed short or cancelled.
    reason: Option<String>,
    lines: Vec<PurchaseLineView>,
    /// What came in, oldest first.
    receipts: Vec<PurchaseReceiptView>,
    /// Its story, newest first.
    steps: Vec<PurchaseStepView>,
    can: PurchaseCan,
}

/// What can be done with an order now.
#[derive(Serialize, ToSchema)]
struct PurchaseCan {
    amend: Can,
    submit: Can,
    approve: Can,
    reject: Can,
    receive: Can,
    close_short: Can,
    cancel: Can,
}

impl PurchaseCan {
    fn of(page: &PurchasePage, actor: &Actor) -> Self {
        let can = |permissions: &[Permission], deed: Deed| {
            let may = permissions.iter().try_for_each(|permission| actor.require(*permission));
            may.and_then(|()| page.order.must_allow(deed))
        };
        let write = |deed| Can::when(can(&[Permission::PurchaseWrite], deed));
        let decide = can(&[Permission::PurchaseApprove], Deed::Decide)
            .and_then(|()| purchase::second_person(page.is_own, page.four_eyes));
        Self {
            amend: write(Deed::Amend),
            submit: write(Deed::Submit),
            approve: Can::when(decide.clone()),
            reject: Can::when(decide),
            receive: Can::when(can(
                &[Permission::PurchaseWrite, Permission::StockWrite],
                Deed::Receive,
            )),
            close_short: write(Deed::CloseShort),
            cancel: write(Deed::Cancel),
        }
    }
}

impl PurchaseView {
    fn of(page: PurchasePage, actor: &Actor) -> Self {
        let can = PurchaseCan::of(&page, actor);
        let PurchasePage { order, supplier, lines, receipts, steps, .. } = page;
        let Purchase { id, number, state, branch_id, note, expected_on, total, .. } = order;
        Self {
            id,
            number,
            state,
            supplier_id: supplier.id,
            supplier_name: supplier.name,
            supplier_phone: supplier.phone,
            branch_id,
            branch_name: page.branch_name,
            warehouse_id: order.location_id,
            warehouse_name: page.location_name,
            note,
            expected_on,
            total,
            version: order.version,
            created_by: order.created_by_name,
            created_at: order.created_at,
            submitted_by: order.submitted_by_name,
            submitted_at: order.submitted_at,
            decided_by: order.decided_by_name,
            decided_at: order.decided_at,
            closed_at: order.closed_at,
            reason: order.reason,
            lines: lines.into_iter().map(PurchaseLineView::from).collect(),
            receipts: receipts.into_iter().map(PurchaseReceiptView::from).collect(),
            steps: steps.into_iter().map(PurchaseStepView::from).collect(),
            can,
        }
    }
}

/// The order as the reader sees it.
///
/// # Errors
/// `inventory.purchase_not_found`, also when out of scope.
pub(super) async fn whole(
    q: &mut dyn Query,
    actor: &Actor,
    id: PurchaseId,
) -> Fallible<PurchaseView> {
    Ok(PurchaseView::of(purchases::page(q, actor, id).await?, actor))
}

/// As [`whole`], inside of the transaction that changed it.
pub(super) async fn seen(tx: &mut Tx, id: PurchaseId) -> Fallible<PurchaseView> {
    let actor = tx.actor().clone();
    whole(tx, &actor, id).await
}

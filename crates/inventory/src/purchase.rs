//! Purchase orders: written by the warehouse, approved by another person, received by scanning.
//!
//! Rules of receiving: what is scanned against a line is never more than was ordered, unless the person says
//! that more came and why; then it is taken, marked as beyond the order and journaled, also after the order
//! was received in full. Goods that are there have to be on record, and the paper shows what nobody approved.
//! What a supplier will not deliver any more is closed short.

mod decide;
mod receive;
mod write;

use kernel::{BranchId, Day, Fault, Id, ItemId, ItemTypeId, LocationId, Money, Result, Scope, Ts};
use store::{Query, QueryExt, args, row};

use crate::supplier::SupplierId;

pub use decide::{approve, reject, second_person};
pub use receive::{Delivery, Scanned, receive_counted, receive_scanned};
pub use write::{NewLine, NewPurchase, amend, cancel, close_short, create, submit};

/// Marks a purchase order's id.
#[derive(Debug)]
pub enum PurchaseKind {}
pub type PurchaseId = Id<PurchaseKind>;
/// Marks the id of an order's line.
#[derive(Debug)]
pub enum PurchaseLineKind {}
pub type PurchaseLineId = Id<PurchaseLineKind>;
/// Marks the id of what came in for a line.
#[derive(Debug)]
pub enum ReceiptKind {}
pub type ReceiptId = Id<ReceiptKind>;

store::words! {
    pub enum PurchaseState {
        Draft = "draft",
        /// Waits for another person's decision.
        Submitted = "submitted",
        Approved = "approved",
        Rejected = "rejected",
        PartlyReceived = "partly_received",
        Received = "received",
        /// What is missing will not come any more.
        ClosedShort = "closed_short",
        Cancelled = "cancelled",
    }
}

/// What can be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Also takes a submitted or rejected order back to a draft.
    Amend,
    Submit,
    /// Approve or reject.
    Decide,
    Receive,
    CloseShort,
    Cancel,
}

impl Deed {
    const ALL: [Self; 6] =
        [Self::Amend, Self::Submit, Self::Decide, Self::Receive, Self::CloseShort, Self::Cancel];

    /// In Bahasa Indonesia and English.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Amend => ("ubah", "amend"),
            Self::Submit => ("ajukan", "submit"),
            Self::Decide => ("setujui atau tolak", "approve or reject"),
            Self::Receive => ("terima barang", "receive"),
            Self::CloseShort => ("tutup kurang", "close short"),
            Self::Cancel => ("batalkan", "cancel"),
        }
    }
}

impl PurchaseState {
    /// Whether the state allows a deed.
    pub const fn allows(self, deed: Deed) -> bool {
        use PurchaseState::{Approved, Draft, PartlyReceived, Received, Rejected, Submitted};
        match deed {
            Deed::Amend => matches!(self, Draft | Submitted | Rejected),
            Deed::Submit => matches!(self, Draft),
            Deed::Decide => matches!(self, Submitted),
            // Received: only what is more than was ordered.
            Deed::Receive => matches!(self, Approved | PartlyReceived | Received),
            Deed::CloseShort => matches!(self, PartlyReceived),
            Deed::Cancel => matches!(self, Draft | Submitted | Rejected | Approved),
        }
    }

    /// Whether nothing more is expected.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Received | Self::ClosedShort | Self::Cancelled)
    }

    /// What an order is after goods came in: each line is (ordered, received).
    pub fn after_receipt(lines: &[(i64, i64)]) -> Self {
        if lines.iter().all(|(ordered, received)| received >= ordered) {
            Self::Received
        } else if lines.iter().any(|(_, received)| *received > 0) {
            Self::PartlyReceived
        } else {
            Self::Approved
        }
    }
}

row! {
    pub struct Purchase {
        pub id: PurchaseId,
        /// `PO/2026/11/0001`.
        pub number: String,
        pub supplier_id: SupplierId,
        pub branch_id: BranchId,
        /// The warehouse where the goods are expected.
        pub location_id: LocationId,
        pub state: PurchaseState,
        pub note: Option<String>,
        pub expected_on: Option<Day>,
        /// Of all lines as ordered.
        pub total: Money,
        /// Rises with each change.
        pub version: i64,
        pub created_by_name: String,
        pub created_at: Ts,
        pub submitted_by_name: Option<String>,
        pub submitted_at: Option<Ts>,
        pub decided_by_name: Option<String>,
        pub decided_at: Option<Ts>,
        pub closed_at: Option<Ts>,
        /// Why it was turned down, closed short or cancelled.
        pub reason: Option<String>,
    }
}

row! {
    /// A line with its type.
    pub struct PurchaseLine {
        pub id: PurchaseLineId,
        pub seq: i64,
        pub type_id: ItemTypeId,
        pub sku: String,
        pub name: String,
        pub unit: String,
        /// Received by scanning serial numbers; otherwise by quantity.
        pub serialized: bool,
        /// In the type's unit, as `received`.
        pub ordered: i64,
        /// For one unit.
        pub price: Money,
        pub received: i64,
    }
}

impl PurchaseLine {
    /// What is still to come; never below zero.
    pub fn left(&self) -> i64 {
        (self.ordered - self.received).max(0)
    }
    /// Rupiah as ordered.
    pub fn amount(&self) -> Money {
        self.price.times(self.ordered)
    }
}

row! {
    /// What came in for a line.
    pub struct Receipt {
        pub id: ReceiptId,
        pub line_id: PurchaseLineId,
        pub location_id: LocationId,
        pub quantity: i64,
        /// How many of them are more than was ordered.
        pub beyond: i64,
        /// Why they were taken.
        pub why: Option<String>,
        pub document: String,
        pub actor_name: String,
        pub at: Ts,
    }
}

const PURCHASE: &str = "select id, number, supplier_id, branch_id, location_id, state, note,
    expected_on, total, version, created_by_name, created_at, submitted_by_name, submitted_at,
    decided_by_name, decided_at, closed_at, reason from inventory_purchase";

/// One order.
///
/// # Errors
/// `inventory.purchase_not_found`, also when out of scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: PurchaseId) -> Result<Purchase> {
    let outsider =
        scope.technician.is_some() || scope.partner.is_some() || scope.customer.is_some();
    let sql = format!("{PURCHASE} where id = $1 and ($2 is null or branch_id = $2)");
    let found: Option<Purchase> =
        if outsider { None } else { q.row_opt(&sql, args![id, scope.branch]).await? };
    found.ok_or_else(|| {
        Fault::not_found(
            "inventory.purchase_not_found",
            "Pesanan pembelian tidak ada.",
            "No such purchase order.",
        )
    })
}

/// An order's lines as they were written.
pub async fn lines(q: &mut dyn Query, id: PurchaseId) -> Result<Vec<PurchaseLine>> {
    q.rows(
        "select l.id, l.seq, l.type_id, t.sku, t.name, t.unit, t.serialized, l.ordered, l.price,
           l.received
         from inventory_purchase_line l join inventory_item_type t on t.id = l.type_id
         where l.purchase_id = $1 order by l.seq",
        args![id],
    )
    .await
}

/// What came in for an order, oldest first.
pub async fn receipts(q: &mut dyn Query, id: PurchaseId) -> Result<Vec<Receipt>> {
    q.rows(
        "select id, line_id, location_id, quantity, beyond, why, document, actor_name, at
         from inventory_purchase_receipt where purchase_id = $1 order by id",
        args![id],
    )
    .await
}

/// Whether this person (as [`kernel::Actor::tag`] says) wrote the order or changed it.
pub async fn wrote(q: &mut dyn Query, id: PurchaseId, actor: &str) -> Result<bool> {
    let found: Option<String> = q
        .value_opt(
            "select actor from inventory_purchase_writer where purchase_id = $1 and actor = $2",
            args![id, actor],
        )
        .await?;
    Ok(found.is_some())
}

row! {
    /// The order that a device came by.
    pub struct Origin {
        pub purchase_id: PurchaseId,
        pub line_id: PurchaseLineId,
        pub number: String,
        pub supplier: String,
    }
}

/// The order that a device came by; `None` when it was received without one.
pub async fn origin(q: &mut dyn Query, item: ItemId) -> Result<Option<Origin>> {
    q.row_opt(
        "select p.id as purchase_id, l.id as line_id, p.number, s.name as supplier
         from inventory_item i
         join inventory_purchase_line l on l.id = i.purchase_line_id
         join inventory_purchase p on p.id = l.purchase_id
         join inventory_supplier s on s.id = p.supplier_id
         where i.id = $1",
        args![item],
    )
    .await
}

impl Purchase {
    /// # Errors
    /// `inventory.purchase_state`, naming the state and what is allowed in it.
    pub fn must_allow(&self, deed: Deed) -> Result<()> {
        if self.state.allows(deed) {
            return Ok(());
        }
        let allowed = Deed::ALL.into_iter().filter(|deed| self.state.allows(*deed));
        let (id, en): (Vec<_>, Vec<_>) = allowed.map(Deed::words).unzip();
        let listed = |words: Vec<&str>| {
            if words.is_empty() { "-".to_owned() } else { words.join(", ") }
        };
        let (number, state) = (&self.number, self.state.as_str());
        Err(Fault::conflict(
            "inventory.purchase_state",
            format!("Pesanan {number} berstatus \"{state}\"; yang boleh: {}.", listed(id)),
            format!("Purchase order {number} is \"{state}\"; allowed: {}.", listed(en)),
        ))
    }
}

/// The series of the orders of a month: `PO/2026-11`.
pub fn series(on: Day) -> String {
    format!("PO/{:04}-{:02}", on.year(), on.month())
}

/// As printed: `PO/2026/11/0001`.
pub fn number(on: Day, seq: i64) -> String {
    format!("PO/{:04}/{:02}/{seq:04}", on.year(), on.month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use PurchaseState::{Approved, Cancelled, ClosedShort, Draft};
    use PurchaseState::{PartlyReceived, Received, Rejected, Submitted};

    fn order(state: PurchaseState) -> Purchase {
        Purchase {
            id: PurchaseId::nil(),
            number: "PO/2026/11/0001".into(),
            supplier_id: SupplierId::nil(),
            branch_id: BranchId::nil(),
            location_id: LocationId::nil(),
            state,
            note: None,
            expected_on: None,
            total: Money::rupiah(1),
            version: 1,
            created_by_name: "Gita".into(),
            created_at: Ts::default(),
            submitted_by_name: None,
            submitted_at: None,
            decided_by_name: None,
            decided_at: None,
            closed_at: None,
            reason: None,
        }
    }

    #[test]
    fn each_state_allows_what_is_written_here_and_nothing_else() {
        use Deed::{Amend, Cancel, CloseShort, Decide, Receive, Submit};
        let table: [(PurchaseState, &[Deed]); 8] = [
            (Draft, &[Amend, Submit, Cancel]),
            (Submitted, &[Amend, Decide, Cancel]),
            (Approved, &[Receive, Cancel]),
            (Rejected, &[Amend, Cancel]),
            (PartlyReceived, &[Receive, CloseShort]),
            (Received, &[Receive]),
            (ClosedShort, &[]),
            (Cancelled, &[]),
        ];
        assert_eq!(table.len(), PurchaseState::ALL.len());
        for (state, allowed) in table {
            for deed in Deed::ALL {
                assert_eq!(state.allows(deed), allowed.contains(&deed), "{state:?} {deed:?}");
                assert_eq!(order(state).must_allow(deed).is_ok(), allowed.contains(&deed));
            }
        }
    }

    #[test]
    fn a_refusal_says_what_is_allowed() {
        let refused = order(Approved).must_allow(Deed::Amend).unwrap_err();
        assert_eq!(refused.code, "inventory.purchase_state");
        assert!(refused.en.ends_with("allowed: receive, cancel."), "{refused}");
        assert!(refused.id.ends_with("yang boleh: terima barang, batalkan."), "{refused}");
        let over = order(ClosedShort).must_allow(Deed::Receive).unwrap_err();
        assert!(over.en.ends_with("allowed: -."), "{over}");
    }

    #[test]
    fn an_order_is_received_when_each_line_is() {
        for (lines, state) in [
            (&[(10, 0), (5, 0)][..], Approved),
            (&[(10, 1), (5, 0)], PartlyReceived),
            // More of one line does not make up for the other.
            (&[(10, 20), (5, 4)], PartlyReceived),
            (&[(10, 10), (5, 6)], Received),
        ] {
            assert_eq!(PurchaseState::after_receipt(lines), state, "{lines:?}");
        }
    }

    #[test]
    fn a_number_names_its_month() {
        let on: Day = "2026-11-22".parse().unwrap();
        assert_eq!((series(on), number(on, 7)), ("PO/2026-11".into(), "PO/2026/11/0007".into()));
        assert_eq!(number(on, 12_345), "PO/2026/11/12345");
    }
}

//! What the demo's warehouse has ordered: orders in every state that people meet.

use inventory::How;
use inventory::item::NewType;
use inventory::purchase::{self, Delivery, NewLine, NewPurchase, PurchaseId};
use inventory::receive::Line;
use inventory::supplier::{self, NewSupplier, SupplierId};
use kernel::{Day, ItemTypeId, LocationId, Money, Result};
use store::Tx;

use super::World;

/// Name, whom to ask for, phone and address.
const SUPPLIERS: [[&str; 4]; 3] = [
    ["PT Fiber Nusantara", "Ratih", "021-555-0142", "Jl. Mangga Dua Raya 12, Jakarta Utara"],
    ["CV Sinar Kabel", "Pak Hendra", "022-555-0188", "Jl. ABC 41, Bandung"],
    [
        "PT Perangkat Jaringan Indonesia",
        "Meity",
        "021-555-0170",
        "Jl. Gajah Mada 88, Jakarta Barat",
    ],
];

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Draft,
    Submitted,
    Rejected,
    Approved,
    /// Half of the cable has come.
    Partly,
    Received,
}

/// A supplier's place in [`SUPPLIERS`], a town, in how many days it is expected, and how much of the modem, the
/// cable and the connectors is ordered.
struct Order {
    supplier: usize,
    town: usize,
    days: i32,
    quantities: [i64; 3],
    fate: Fate,
}

const fn order(supplier: usize, town: usize, days: i32, quantities: [i64; 3], fate: Fate) -> Order {
    Order { supplier, town, days, quantities, fate }
}

const ORDERS: [Order; 7] = [
    order(0, 0, 0, [12, 2_000, 0], Fate::Received),
    order(1, 0, 2, [0, 6_000, 400], Fate::Partly),
    order(2, 1, 9, [500, 0, 0], Fate::Rejected),
    order(2, 0, 5, [60, 0, 200], Fate::Approved),
    order(1, 1, 6, [0, 3_000, 0], Fate::Submitted),
    order(0, 0, 7, [100, 4_000, 300], Fate::Submitted),
    order(0, 1, 14, [30, 0, 100], Fate::Draft),
];

/// Between two deeds of somebody.
const STEP_SECS: i64 = 90;

impl World {
    /// Suppliers, and orders in every state that people meet.
    pub(crate) async fn stage_purchases(&mut self, today: Day) -> Result<()> {
        let keeper = self.staff.warehouse.clone();
        let connector = NewType {
            sku: "SC-UPC".to_owned(),
            name: "Konektor SC/UPC".to_owned(),
            kind: "connector".to_owned(),
            unit: "pcs".to_owned(),
            serialized: false,
            value: Money::rupiah(2_500),
        };
        let connector = self
            .ask(&keeper, "add item type", async |tx: &mut Tx| {
                inventory::item::add_type(tx, &connector).await
            })
            .await?;
        let types = [self.staff.modem, self.staff.cable, connector];
        let mut suppliers = Vec::new();
        for [name, contact, phone, address] in SUPPLIERS {
            let given = |text: &str| Some(text.to_owned());
            let new = NewSupplier {
                name: name.to_owned(),
                phone: given(phone),
                contact: given(contact),
                address: given(address),
            };
            let added = self
                .ask(&keeper, "add supplier", async |tx: &mut Tx| supplier::add(tx, &new).await)
                .await?;
            suppliers.push(added);
        }
        for order in ORDERS {
            let (Some(supplier), Some(warehouse)) = (
                suppliers.get(order.supplier).copied(),
                self.staff.warehouses.get(order.town).copied(),
            ) else {
                continue;
            };
            self.buy(&order, supplier, warehouse, types, today).await?;
        }
        Ok(())
    }

    async fn buy(
        &mut self,
        order: &Order,
        supplier: SupplierId,
        warehouse: LocationId,
        types: [ItemTypeId; 3],
        today: Day,
    ) -> Result<()> {
        let prices = [345_000, 1_400, 2_300].map(Money::rupiah);
        let wanted = types.into_iter().zip(order.quantities).zip(prices);
        let lines = wanted
            .filter(|((_, quantity), _)| *quantity > 0)
            .map(|((item_type, quantity), price)| NewLine { item_type, quantity, price });
        let new = NewPurchase {
            supplier,
            warehouse,
            lines: lines.collect(),
            note: Some("Kirim hari kerja, jam 8–15.".to_owned()),
            expected_on: Some(today.plus_days(order.days)),
        };
        let (keeper, finance) = (self.staff.warehouse.clone(), self.staff.finance.clone());
        self.pass(STEP_SECS);
        let id = self
            .ask(&keeper, "write an order", async |tx: &mut Tx| {
                purchase::create(tx, &new).await.map(|made| made.id)
            })
            .await?;
        if order.fate == Fate::Draft {
            return Ok(());
        }
        self.pass(STEP_SECS);
        self.ask(&keeper, "hand an order in", async |tx: &mut Tx| purchase::submit(tx, id).await)
            .await?;
        self.pass(STEP_SECS);
        match order.fate {
            Fate::Draft | Fate::Submitted => return Ok(()),
            Fate::Rejected => {
                let why = "Stok modem masih cukup untuk dua bulan; ajukan 100 dulu.";
                return self
                    .ask(&finance, "reject an order", async |tx: &mut Tx| {
                        purchase::reject(tx, id, why).await
                    })
                    .await;
            }
            Fate::Approved | Fate::Partly | Fate::Received => {}
        }
        self.ask(&finance, "approve an order", async |tx: &mut Tx| {
            let scope = tx.actor().scope.clone();
            let seen = purchase::find(tx, &scope, id).await?.version;
            purchase::approve(tx, id, seen).await
        })
        .await?;
        if order.fate != Fate::Approved {
            self.goods_in(id, order.fate).await?;
        }
        Ok(())
    }

    /// Everything of an order comes in, or half of what is counted.
    async fn goods_in(&mut self, id: PurchaseId, fate: Fate) -> Result<()> {
        let keeper = self.staff.warehouse.clone();
        let key = self.next_key();
        self.pass(STEP_SECS);
        self.ask(&keeper, "receive an order", async |tx: &mut Tx| {
            let delivery = Delivery {
                warehouse: None,
                note: "SJ-2217",
                more_because: None,
                how: &How::Scanned,
            };
            for line in purchase::lines(tx, id).await? {
                if line.serialized {
                    let labels: Vec<Line> = (0..line.ordered)
                        .map(|n| Line {
                            serial: format!("ZTEGD{:07X}", 0x0b2_0000 + n * 7),
                            mac: Some(format!("44:FB:5B:0B:20:{n:02X}")),
                        })
                        .collect();
                    purchase::receive_scanned(tx, id, line.id, &labels, &delivery).await?;
                } else if fate == Fate::Received || line.seq == 1 {
                    let came = if fate == Fate::Received { line.ordered } else { line.ordered / 2 };
                    let key = format!("{key}:{}", line.seq);
                    purchase::receive_counted(tx, id, line.id, came, &delivery, &key).await?;
                }
            }
            Ok(())
        })
        .await
    }
}

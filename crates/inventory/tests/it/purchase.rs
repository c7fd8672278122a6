//! Purchase orders on both databases.

use inventory::purchase::{self, Delivery, NewLine, NewPurchase, Purchase, PurchaseId};
use inventory::purchase::{PurchaseLine, PurchaseState, Scanned};
use inventory::receive::{Line, Verdict};
use inventory::supplier::{self, NewSupplier, SupplierId};
use inventory::{How, bulk, find};
use kernel::permission::PermissionSet;
use kernel::{Actor, BranchId, Fault, Money, Permission, Result, Scope};
use store::testing::{both, race};
use store::{Db, Tx};

use crate::count::{person, run};
use crate::{ROOMS, Stock, received, stock, whole};

fn keeper(n: u8) -> Actor {
    use Permission::{PurchaseRead, PurchaseWrite, StockRead, StockWrite};
    person(n, &[StockRead, StockWrite, PurchaseRead, PurchaseWrite])
}

fn finance() -> Actor {
    person(4, &[Permission::StockRead, Permission::PurchaseRead, Permission::PurchaseApprove])
}

/// Writes and approves.
fn alone() -> Actor {
    let mut actor = keeper(5);
    actor.permissions = actor.permissions.with(Permission::PurchaseApprove);
    actor
}

async fn fiber_jaya(db: &Db) -> SupplierId {
    let new = NewSupplier { name: "PT Fiber Jaya".into(), ..NewSupplier::default() };
    run(db, &keeper(3), async |tx: &mut Tx| supplier::add(tx, &new).await).await.unwrap()
}

fn order(s: Stock, supplier: SupplierId, devices: i64, metres: i64) -> NewPurchase {
    let line =
        |item_type, quantity, price| NewLine { item_type, quantity, price: Money::rupiah(price) };
    NewPurchase {
        supplier,
        warehouse: s.warehouse,
        lines: vec![line(s.ont, devices, 350_000), line(s.cable, metres, 1_500)],
        note: None,
        expected_on: None,
    }
}

async fn written(db: &Db, by: &Actor, new: &NewPurchase) -> Purchase {
    run(db, by, async |tx: &mut Tx| purchase::create(tx, new).await).await.unwrap()
}

async fn submitted(db: &Db, by: &Actor, id: PurchaseId) -> Purchase {
    run(db, by, async |tx: &mut Tx| purchase::submit(tx, id).await).await.unwrap();
    seen(db, id).await
}

async fn seen(db: &Db, id: PurchaseId) -> Purchase {
    purchase::find(&mut db.reader(), &Scope::all(), id).await.unwrap()
}

async fn lines(db: &Db, id: PurchaseId) -> Vec<PurchaseLine> {
    purchase::lines(&mut db.reader(), id).await.unwrap()
}

async fn decided(db: &Db, by: &Actor, order: &Purchase) -> Result<()> {
    let (id, version) = (order.id, order.version);
    run(db, by, async move |tx: &mut Tx| purchase::approve(tx, id, version).await).await
}

/// An order of devices and metres that may be received.
async fn approved(db: &Db, s: Stock, devices: i64, metres: i64) -> Purchase {
    let new = order(s, fiber_jaya(db).await, devices, metres);
    let id = written(db, &keeper(3), &new).await.id;
    let waiting = submitted(db, &keeper(3), id).await;
    decided(db, &finance(), &waiting).await.unwrap();
    seen(db, id).await
}

fn labels(serials: &[&str]) -> Vec<Line> {
    serials.iter().map(|serial| Line { serial: (*serial).into(), mac: None }).collect()
}

fn delivery(more_because: Option<&str>) -> Delivery<'_> {
    Delivery { warehouse: None, note: "SJ-77", more_because, how: &How::Scanned }
}

async fn scanned(
    db: &Db,
    order: &Purchase,
    serials: &[&str],
    more: Option<&str>,
) -> Result<Scanned> {
    let line = lines(db, order.id).await[0].id;
    let labels = labels(serials);
    run(db, &keeper(3), async |tx: &mut Tx| {
        purchase::receive_scanned(tx, order.id, line, &labels, &delivery(more)).await
    })
    .await
}

async fn measured(db: &Db, order: &Purchase, metres: i64, key: &str) -> Result<bool> {
    let line = lines(db, order.id).await[1].id;
    run(db, &keeper(3), async |tx: &mut Tx| {
        purchase::receive_counted(tx, order.id, line, metres, &delivery(None), key).await
    })
    .await
}

fn codes(verdicts: &[Verdict]) -> Vec<&str> {
    let word = |verdict: &Verdict| match verdict {
        Verdict::Received { .. } => "received",
        Verdict::Again { .. } => "again",
        Verdict::Refused { code, .. } if code == "inventory.bad_label" => "bad",
        Verdict::Refused { code, .. } if code == "inventory.known" => "known",
        Verdict::Refused { code, .. } if code == "inventory.more_than_ordered" => "more",
        Verdict::Refused { .. } => "refused",
    };
    verdicts.iter().map(word).collect()
}

fn code<T>(done: Result<T>) -> &'static str {
    match done {
        Ok(_) => "done",
        Err(Fault { code, .. }) => code,
    }
}

#[tokio::test]
async fn an_order_is_written_approved_by_another_and_received_line_by_line() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let made = approved(&db, s, 3, 1_000).await;
        assert_eq!(made.number, "PO/2026/11/0001");
        assert_eq!((made.state, made.total), (PurchaseState::Approved, Money::rupiah(2_550_000)));
        assert_eq!(made.decided_by_name.as_deref(), Some("orang 4"));
        // A label that is none keeps the others out no more than one that came twice.
        let got = scanned(&db, &made, &["ZTE0001", "x", "ZTE0002", "ZTE0001"], None).await.unwrap();
        assert_eq!(codes(&got.verdicts), ["received", "bad", "received", "again"]);
        assert_eq!((got.received, got.left), (2, 1));
        assert_eq!(seen(&db, made.id).await.state, PurchaseState::PartlyReceived);
        assert!(measured(&db, &made, 400, "a").await.unwrap());
        assert!(!measured(&db, &made, 400, "a").await.unwrap(), "the same request again");
        assert_eq!(code(measured(&db, &made, 601, "b").await), "inventory.more_than_ordered");
        assert!(measured(&db, &made, 600, "c").await.unwrap());
        let got = scanned(&db, &made, &["ZTE0003"], None).await.unwrap();
        assert_eq!((codes(&got.verdicts), got.left), (vec!["received"], 0));
        let done = seen(&db, made.id).await;
        assert_eq!(done.state, PurchaseState::Received);
        assert!(done.closed_at.is_some());
        let q = &mut db.reader();
        assert_eq!(bulk::levels(q, s.warehouse).await.unwrap()[0].quantity, 1_000);
        let item = find::by_serial(q, &Scope::all(), "ZTE0003").await.unwrap();
        let from = purchase::origin(q, item.id).await.unwrap().unwrap();
        assert_eq!((from.number, from.supplier), (made.number.clone(), "PT Fiber Jaya".into()));
        let moves = find::history(q, item.id).await.unwrap();
        assert_eq!(moves[0].document, "PO/2026/11/0001 · SJ-77");
        let receipts = purchase::receipts(q, made.id).await.unwrap();
        let mut came: Vec<i64> = receipts.iter().map(|receipt| receipt.quantity).collect();
        came.sort_unstable();
        assert_eq!(came, [1, 2, 400, 600]);
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn more_than_was_ordered_is_taken_only_with_a_reason_and_marked() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let made = approved(&db, s, 2, 10).await;
        let got = scanned(&db, &made, &["ZTE0001", "ZTE0002", "ZTE0003"], None).await.unwrap();
        assert_eq!(codes(&got.verdicts), ["received", "received", "more"]);
        let silent = scanned(&db, &made, &["ZTE0003"], Some(" ")).await.unwrap_err();
        assert_eq!(silent.fields[0].name, "more_because");
        let got = scanned(&db, &made, &["ZTE0003"], Some("bonus pemasok")).await.unwrap();
        assert_eq!(codes(&got.verdicts), ["received"]);
        // The other line still waits.
        assert_eq!(seen(&db, made.id).await.state, PurchaseState::PartlyReceived);
        assert!(measured(&db, &made, 10, "a").await.unwrap());
        assert_eq!(seen(&db, made.id).await.state, PurchaseState::Received);
        let got = scanned(&db, &made, &["ZTE0004"], Some("bonus lagi")).await.unwrap();
        assert_eq!((got.received, got.left), (1, 0));
        assert_eq!(seen(&db, made.id).await.state, PurchaseState::Received);
        let receipts = purchase::receipts(&mut db.reader(), made.id).await.unwrap();
        let mut beyond: Vec<(i64, Option<&str>)> =
            receipts.iter().map(|receipt| (receipt.beyond, receipt.why.as_deref())).collect();
        beyond.sort_unstable();
        let expected = [(0, None), (0, None), (1, Some("bonus lagi")), (1, Some("bonus pemasok"))];
        assert_eq!(beyond, expected);
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn what_came_without_the_order_is_not_counted_for_it() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let direct = received(&db, s, &[("ZTE0001", "AABBCC000001")]).await;
        assert_eq!(codes(&direct), ["received"], "an order is not needed");
        let made = approved(&db, s, 2, 10).await;
        let got = scanned(&db, &made, &["ZTE0001", "ZTE0002"], None).await.unwrap();
        assert_eq!(codes(&got.verdicts), ["known", "received"]);
        assert_eq!(got.left, 1);
        let q = &mut db.reader();
        let item = find::by_serial(q, &Scope::all(), "ZTE0001").await.unwrap();
        assert!(purchase::origin(q, item.id).await.unwrap().is_none());
        let cable = lines(&db, made.id).await[1].id;
        let wrong = run(&db, &keeper(3), async |tx: &mut Tx| {
            let labels = labels(&["ZTE0009"]);
            purchase::receive_scanned(tx, made.id, cable, &labels, &delivery(None)).await
        })
        .await;
        assert_eq!(wrong.unwrap_err().fields[0].name, "line");
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn nobody_approves_what_they_wrote_unless_the_isp_does_without_a_second_person() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let new = order(s, fiber_jaya(&db).await, 1, 1);
        let id = written(&db, &alone(), &new).await.id;
        let waiting = submitted(&db, &keeper(3), id).await;
        assert_eq!(code(decided(&db, &keeper(3), &waiting).await), "forbidden");
        assert_eq!(code(decided(&db, &alone(), &waiting).await), "inventory.purchase_own");
        // Changed after finance opened it: what they saw is not what they would approve.
        let dearer = order(s, new.supplier, 100, 1);
        let amend = async |tx: &mut Tx| purchase::amend(tx, id, &dearer).await;
        assert_eq!(run(&db, &keeper(3), amend).await.unwrap().state, PurchaseState::Draft);
        assert_eq!(code(decided(&db, &finance(), &waiting).await), "inventory.purchase_state");
        let again = submitted(&db, &keeper(3), id).await;
        assert_eq!(code(decided(&db, &finance(), &waiting).await), "inventory.purchase_changed");
        let silent = async |tx: &mut Tx| purchase::reject(tx, id, " ").await;
        assert_eq!(run(&db, &finance(), silent).await.unwrap_err().fields[0].name, "reason");
        let no = async |tx: &mut Tx| purchase::reject(tx, id, "kemahalan").await;
        run(&db, &finance(), no).await.unwrap();
        let refused = seen(&db, id).await;
        assert_eq!(refused.reason.as_deref(), Some("kemahalan"));
        assert_eq!(
            code(scanned(&db, &again, &["ZTE0001"], None).await),
            "inventory.purchase_state"
        );
        run(&db, &keeper(3), amend).await.unwrap();
        let again = submitted(&db, &keeper(3), id).await;
        assert_eq!(again.reason, None);
        // A single-person ISP.
        db.write(&store::testing::cause(store::testing::now()), async |tx: &mut Tx| {
            let off = catalog::PolicyPatch { four_eyes: Some(false), ..Default::default() };
            catalog::write::set_policy(tx, catalog::write::PolicyFor::Isp, &off).await
        })
        .await
        .unwrap();
        decided(&db, &alone(), &again).await.unwrap();
        assert_eq!(seen(&db, id).await.state, PurchaseState::Approved);
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn an_order_is_ended_once_and_its_number_stays() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let made = approved(&db, s, 5, 10).await;
        let second = written(&db, &keeper(3), &order(s, made.supplier_id, 1, 1)).await;
        let cancel = async |tx: &mut Tx| purchase::cancel(tx, second.id, "salah tulis").await;
        run(&db, &keeper(3), cancel).await.unwrap();
        run(&db, &keeper(3), cancel).await.unwrap();
        let third = written(&db, &keeper(3), &order(s, made.supplier_id, 1, 1)).await;
        assert_eq!(
            (second.number.as_str(), third.number.as_str()),
            ("PO/2026/11/0002", "PO/2026/11/0003")
        );
        let short =
            async |tx: &mut Tx| purchase::close_short(tx, made.id, "stok pemasok habis").await;
        assert_eq!(code(run(&db, &keeper(3), short).await), "inventory.purchase_state");
        scanned(&db, &made, &["ZTE0001"], None).await.unwrap();
        let gone = async |tx: &mut Tx| purchase::cancel(tx, made.id, "batal").await;
        assert_eq!(code(run(&db, &keeper(3), gone).await), "inventory.purchase_state");
        run(&db, &keeper(3), short).await.unwrap();
        assert_eq!(seen(&db, made.id).await.state, PurchaseState::ClosedShort);
        let late = scanned(&db, &made, &["ZTE0002"], Some("menyusul")).await;
        assert_eq!(code(late), "inventory.purchase_state");
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn two_people_who_receive_one_line_at_once_take_no_more_than_was_ordered() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let made = approved(&db, s, 10, 100).await;
        let all = lines(&db, made.id).await;
        let (devices, metres) = (all[0].id, all[1].id);
        let (one, other) = race(|n| {
            let (db, id) = (db.clone(), made.id);
            async move {
                let serials: Vec<String> = (0..8).map(|i| format!("ZTE{n}{i:03}")).collect();
                let serials: Vec<&str> = serials.iter().map(String::as_str).collect();
                let labels = labels(&serials);
                let who = keeper(if n == 0 { 6 } else { 7 });
                let scan = async |tx: &mut Tx| {
                    purchase::receive_scanned(tx, id, devices, &labels, &delivery(None)).await
                };
                let scanned = run(&db, &who, scan).await.unwrap();
                let key = format!("desk {n}");
                let count = async |tx: &mut Tx| {
                    purchase::receive_counted(tx, id, metres, 60, &delivery(None), &key).await
                };
                (scanned.received, run(&db, &who, count).await.is_ok())
            }
        })
        .await;
        assert_eq!(one.0 + other.0, 10, "{one:?} {other:?}");
        assert!(one.1 != other.1, "60 of 100 metres go once");
        let after = lines(&db, made.id).await;
        assert_eq!((after[0].received, after[1].received), (10, 60));
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn two_suppliers_are_not_called_the_same_and_an_archived_one_takes_no_orders() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let id = fiber_jaya(&db).await;
        let twin = NewSupplier { name: "pt  FIBER jaya".into(), ..NewSupplier::default() };
        let add = async |tx: &mut Tx| supplier::add(tx, &twin).await;
        let taken = run(&db, &keeper(3), add).await.unwrap_err();
        assert_eq!((taken.fields[0].name.as_str(), taken.fields[0].code), ("name", "taken"));
        let known = supplier::named(&mut db.reader(), "PT FIBER JAYA").await.unwrap().unwrap();
        assert_eq!(known.id, id);
        let over = NewSupplier { name: known.name, ..NewSupplier::default() };
        let archive = async |tx: &mut Tx| supplier::amend(tx, id, &over, true).await;
        assert_eq!(code(run(&db, &finance(), archive).await), "forbidden");
        run(&db, &keeper(3), archive).await.unwrap();
        assert!(supplier::list(&mut db.reader(), false).await.unwrap().is_empty());
        assert_eq!(supplier::list(&mut db.reader(), true).await.unwrap().len(), 1);
        let new = order(s, id, 1, 1);
        let write = async |tx: &mut Tx| purchase::create(tx, &new).await;
        let refused = run(&db, &keeper(3), write).await.unwrap_err();
        assert_eq!(refused.fields[0].name, "supplier");
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn an_order_of_another_branch_is_not_there() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let made = approved(&db, s, 1, 1).await;
        let other: BranchId = "0193a9d0-0000-7000-8000-000000000b02".parse().unwrap();
        let mut stranger = keeper(8);
        stranger.permissions = PermissionSet::all();
        stranger.scope.branch = Some(other);
        let (id, line) = (made.id, lines(&db, made.id).await[0].id);
        let label = labels(&["ZTE0001"]);
        let receive = async |tx: &mut Tx| {
            purchase::receive_scanned(tx, id, line, &label, &delivery(None)).await.map(drop)
        };
        let cancel = async |tx: &mut Tx| purchase::cancel(tx, id, "x").await;
        let approve = async |tx: &mut Tx| purchase::approve(tx, id, 1).await;
        for outcome in [
            code(run(&db, &stranger, receive).await),
            code(run(&db, &stranger, cancel).await),
            code(run(&db, &stranger, approve).await),
        ] {
            assert_eq!(outcome, "inventory.purchase_not_found");
        }
    })
    .await;
}

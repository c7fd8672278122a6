//! Items and stock on both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

mod count;
mod purchase;

use inventory::item::NewType;
use inventory::receive::{Line, Verdict, receive};
use inventory::site::{Installation, install, take_back};
use inventory::transfer::{Fate, accept, part_with, tested, transfer};
use inventory::{How, ItemState, LocationKind, bulk, find, location};
use kernel::{BranchId, ItemId, ItemTypeId, LocationId, Money, Scope, SubscriptionId, UserId};
use store::testing::{both, cause, now, race};
use store::{Db, Tx, args};

const ROOMS: &[&store::Migrations] = &[&catalog::MIGRATIONS, &inventory::MIGRATIONS];

fn user(n: u8) -> UserId {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02}").parse().unwrap()
}
fn sub(n: u8) -> SubscriptionId {
    format!("0193a9d0-0000-7000-8000-0000000001{n:02}").parse().unwrap()
}

#[derive(Clone, Copy)]
struct Stock {
    warehouse: LocationId,
    ont: ItemTypeId,
    cable: ItemTypeId,
    bags: [LocationId; 2],
}

async fn stock(db: &Db) -> Stock {
    db.write(&cause(now()), async |tx: &mut Tx| {
        let branch = BranchId::nil();
        let new = |sku: &str, unit: &str, serialized| NewType {
            sku: sku.into(),
            name: sku.into(),
            kind: "ont".into(),
            unit: unit.into(),
            serialized,
            value: Money::rupiah(350_000),
        };
        Ok(Stock {
            warehouse: location::add(tx, LocationKind::Warehouse, "Gudang Utama", branch).await?,
            ont: inventory::item::add_type(tx, &new("ZTE-F670", "pcs", true)).await?,
            cable: inventory::item::add_type(tx, &new("DROPCORE", "m", false)).await?,
            bags: [
                location::bag_of(tx, user(1), branch, "Tas Andi").await?,
                location::bag_of(tx, user(2), branch, "Tas Sari").await?,
            ],
        })
    })
    .await
    .unwrap()
}

async fn received(db: &Db, s: Stock, lines: &[(&str, &str)]) -> Vec<Verdict> {
    let lines: Vec<Line> = lines
        .iter()
        .map(|(serial, mac)| Line { serial: (*serial).into(), mac: Some((*mac).into()) })
        .collect();
    db.write(&cause(now()), async |tx: &mut Tx| {
        receive(tx, s.warehouse, s.ont, &lines, &How::Scanned, "SJ-1").await
    })
    .await
    .unwrap()
}

fn id_of(verdict: &Verdict) -> ItemId {
    match verdict {
        Verdict::Received { item } | Verdict::Again { item } => *item,
        Verdict::Refused { .. } => panic!("{verdict:?}"),
    }
}

async fn into_bag(db: &Db, s: Stock, item: ItemId, who: usize) {
    db.write(&cause(now()), async |tx: &mut Tx| {
        transfer(tx, &[item], s.bags[who], &How::Scanned, false).await?;
        accept(tx, user(u8::try_from(who).unwrap() + 1), &[item], &How::Scanned).await
    })
    .await
    .unwrap();
}

async fn put(
    db: &Db,
    serial: &str,
    technician: UserId,
    at: SubscriptionId,
) -> kernel::Result<ItemId> {
    db.write(&cause(now()), async |tx: &mut Tx| {
        let new = Installation {
            subscription: at,
            branch: BranchId::nil(),
            technician,
            serial,
            how: &How::Scanned,
            document: "SPK-1",
        };
        install(tx, &new).await.map(|item| item.id)
    })
    .await
}

async fn whole(db: &Db) {
    assert_eq!(inventory::invariants::check(&mut db.reader()).await.unwrap(), []);
}

#[tokio::test]
async fn a_typo_in_one_label_does_not_reject_the_others() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let lines =
            [("ZTEG0001", "aa:bb:cc:00:00:01"), ("x", "aa:bb:cc:00:00:02"), ("ZTEG0003", "zz")];
        let verdicts = received(&db, s, &lines).await;
        assert!(matches!(verdicts[0], Verdict::Received { .. }));
        assert!(matches!(verdicts[1], Verdict::Refused { .. }));
        assert!(matches!(verdicts[2], Verdict::Refused { .. }));
        let again = received(&db, s, &lines[..1]).await;
        assert_eq!(again[0], Verdict::Again { item: id_of(&verdicts[0]) });
        let other = received(&db, s, &[("ZTEG0009", "AABBCC000001")]).await;
        assert!(matches!(other[0], Verdict::Refused { .. }), "the MAC belongs to another serial");
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn a_modem_goes_warehouse_bag_site_bag_warehouse_and_its_history_says_so() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let item = id_of(&received(&db, s, &[("ZTEG0001", "aa:bb:cc:00:00:01")]).await[0]);
        into_bag(&db, s, item, 0).await;
        assert_eq!(put(&db, "SMB:SN:zteg0001", user(1), sub(1)).await.unwrap(), item);
        assert_eq!(put(&db, "ZTEG0001", user(1), sub(1)).await.unwrap(), item, "again: no change");
        db.write(&cause(now()), async |tx: &mut Tx| {
            let back = take_back(tx, sub(1), s.bags[0], &How::Scanned, "SPK-2").await?.unwrap();
            assert_eq!(back.state, ItemState::InTransit);
            part_with(tx, item, Fate::Returned(s.warehouse), &How::Scanned, "").await?;
            tested(tx, item, s.warehouse, &How::Picked).await
        })
        .await
        .unwrap();
        let history = find::history(&mut db.reader(), item).await.unwrap();
        let states: Vec<ItemState> = history.iter().map(|m| m.to_state).collect();
        use ItemState::{InStock, InTransit, Installed, Returned};
        assert_eq!(states, [InStock, InTransit, Installed, InTransit, Returned, InStock]);
        let found =
            find::by_serial(&mut db.reader(), &Scope::all(), "aabb.cc00.0001").await.unwrap();
        assert_eq!((found.id, found.location_id), (item, s.warehouse));
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn a_serial_is_installed_only_from_the_technicians_own_bag_and_only_once() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let verdicts = received(
            &db,
            s,
            &[("ZTEG0001", "aa:bb:cc:00:00:01"), ("ZTEG0002", "aa:bb:cc:00:00:02")],
        )
        .await;
        let unknown = put(&db, "NOSUCH99", user(1), sub(1)).await.unwrap_err();
        assert_eq!(unknown.code, "inventory.serial_unknown");
        into_bag(&db, s, id_of(&verdicts[0]), 0).await;
        into_bag(&db, s, id_of(&verdicts[1]), 0).await;
        let other = put(&db, "ZTEG0001", user(2), sub(1)).await.unwrap_err();
        assert_eq!(other.code, "inventory.not_in_bag");
        assert!(other.id.contains("Tas Andi"), "{other}");
        put(&db, "ZTEG0001", user(1), sub(1)).await.unwrap();
        let twice = put(&db, "ZTEG0001", user(1), sub(2)).await.unwrap_err();
        assert_eq!(twice.code, "inventory.not_in_bag");
        let second = put(&db, "ZTEG0002", user(1), sub(1)).await.unwrap_err();
        assert_eq!(second.code, "inventory.site_taken");
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn what_stands_at_a_site_is_not_handed_on_by_the_warehouse() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let item = id_of(&received(&db, s, &[("ZTEG0001", "aa:bb:cc:00:00:01")]).await[0]);
        into_bag(&db, s, item, 0).await;
        put(&db, "ZTEG0001", user(1), sub(1)).await.unwrap();
        for (to, by_hand) in [(s.bags[1], false), (s.bags[1], true), (s.warehouse, true)] {
            let work = async |tx: &mut Tx| transfer(tx, &[item], to, &How::Scanned, by_hand).await;
            let refused = db.write(&cause(now()), work).await.unwrap_err();
            assert_eq!(refused.code, "inventory.at_site");
        }
        // Offered by an older program: it is not accepted either.
        db.write(&cause(now()), async |tx: &mut Tx| {
            let sql = "update inventory_item set pending_location_id = $1 where id = $2";
            tx.exec(sql, args![s.bags[1], item]).await
        })
        .await
        .unwrap();
        let work = async |tx: &mut Tx| accept(tx, user(2), &[item], &How::Picked).await;
        let refused = db.write(&cause(now()), work).await.unwrap_err();
        assert_eq!(refused.code, "inventory.at_site");
        let found = find::by_id(&mut db.reader(), &Scope::all(), item).await.unwrap();
        assert_eq!((found.state, found.subscription_id), (ItemState::Installed, Some(sub(1))));
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn the_history_says_how_each_serial_came_in() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let typed = How::Typed { reason: "label sobek".into() };
        let line = Line { serial: "ZTEG0001".into(), mac: None };
        let item = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let lines = std::slice::from_ref(&line);
                let got = receive(tx, s.warehouse, s.ont, lines, &typed, "SJ-1").await?;
                let item = id_of(&got[0]);
                transfer(tx, &[item], s.bags[0], &How::Scanned, false).await?;
                accept(tx, user(1), &[item], &How::Picked).await?;
                part_with(tx, item, Fate::Returned(s.warehouse), &typed, "").await?;
                tested(tx, item, s.warehouse, &How::Scanned).await?;
                Ok(item)
            })
            .await
            .unwrap();
        let history = find::history(&mut db.reader(), item).await.unwrap();
        let how: Vec<(&str, Option<&str>)> =
            history.iter().map(|m| (m.how.as_str(), m.reason.as_deref())).collect();
        let why = Some("label sobek");
        assert_eq!(how, [("typed", why), ("picked", None), ("typed", why), ("scanned", None)]);
        let silent = How::Typed { reason: " ".into() };
        let work = async |tx: &mut Tx| {
            receive(tx, s.warehouse, s.ont, std::slice::from_ref(&line), &silent, "SJ-2").await
        };
        let refused = db.write(&cause(now()), work).await.unwrap_err();
        assert_eq!(refused.fields[0].name, "reason");
    })
    .await;
}

#[tokio::test]
async fn two_technicians_racing_for_one_modem_leave_it_in_one_place() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let item = id_of(&received(&db, s, &[("ZTEG0001", "aa:bb:cc:00:00:01")]).await[0]);
        into_bag(&db, s, item, 0).await;
        let (a, b) = race(|n| {
            let db = db.clone();
            async move { put(&db, "ZTEG0001", user(1), sub(u8::try_from(n).unwrap())).await }
        })
        .await;
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn more_cable_than_the_bag_holds_is_refused_and_a_key_counts_once() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let shift =
            async |from: Option<LocationId>, to: Option<LocationId>, quantity: i64, key: &str| {
                db.write(&cause(now()), async |tx: &mut Tx| {
                    let new = bulk::BulkMove {
                        item_type: s.cable,
                        from,
                        to,
                        quantity,
                        document: "SPK-1",
                        key,
                    };
                    bulk::shift(tx, &new).await
                })
                .await
            };
        shift(None, Some(s.bags[0]), 100, "in").await.unwrap();
        assert!(shift(Some(s.bags[0]), None, 80, "job-1").await.unwrap());
        assert!(!shift(Some(s.bags[0]), None, 80, "job-1").await.unwrap());
        let refused = shift(Some(s.bags[0]), None, 30, "job-2").await.unwrap_err();
        assert_eq!(refused.code, "inventory.not_enough");
        assert!(refused.en.contains("only 20 m"), "{refused}");
        let levels = bulk::levels(&mut db.reader(), s.bags[0]).await.unwrap();
        assert_eq!(levels[0].quantity, 20);
    })
    .await;
}

/// Brings a new item to where the deed can be done.
async fn prepared(db: &Db, s: Stock, deed: &str, serial: &str) -> Option<ItemId> {
    if deed == "receive" {
        return None;
    }
    let item = id_of(&received(db, s, &[(serial, &mac(serial))]).await[0]);
    db.write(&cause(now()), async |tx: &mut Tx| {
        if deed == "accept" {
            transfer(tx, &[item], s.bags[0], &How::Scanned, false).await?;
        }
        if matches!(deed, "return" | "tested" | "install" | "take_back") {
            transfer(tx, &[item], s.bags[0], &How::Scanned, true).await?;
        }
        if deed == "tested" {
            part_with(tx, item, Fate::Returned(s.warehouse), &How::Scanned, "").await?;
        }
        if deed == "take_back" {
            install(tx, &Installation { subscription: sub(8), ..installation(serial) }).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    Some(item)
}

fn mac(serial: &str) -> String {
    let digits: String = serial.chars().filter(char::is_ascii_digit).collect();
    format!("AABBCC00{digits:0>4}")
}

fn installation(serial: &str) -> Installation<'_> {
    Installation {
        subscription: sub(7),
        branch: BranchId::nil(),
        technician: user(1),
        serial,
        how: &How::Scanned,
        document: "SPK-7",
    }
}

async fn does(
    tx: &mut Tx,
    s: Stock,
    deed: &str,
    serial: &str,
    item: Option<ItemId>,
) -> kernel::Result<()> {
    let ids: Vec<ItemId> = item.into_iter().collect();
    let how = &How::Scanned;
    match (deed, item) {
        ("receive", _) => {
            let line = Line { serial: serial.into(), mac: Some(mac(serial)) };
            receive(tx, s.warehouse, s.ont, &[line], how, "SJ-7").await.map(drop)
        }
        ("offer", _) => transfer(tx, &ids, s.bags[0], how, false).await.map(drop),
        ("transfer", _) => transfer(tx, &ids, s.bags[0], how, true).await.map(drop),
        ("accept", _) => accept(tx, user(1), &ids, how).await.map(drop),
        ("install", _) => install(tx, &installation(serial)).await.map(drop),
        ("take_back", _) => take_back(tx, sub(8), s.bags[0], how, "SPK-8").await.map(drop),
        ("return", Some(item)) => part_with(tx, item, Fate::Returned(s.warehouse), how, "").await,
        ("tested", Some(item)) => tested(tx, item, s.warehouse, how).await,
        ("scrap", Some(item)) => part_with(tx, item, Fate::Scrapped, how, "pecah").await,
        ("lost", Some(item)) => part_with(tx, item, Fate::Lost, how, "hilang").await,
        _ => panic!("{deed}"),
    }
}

#[tokio::test]
async fn every_movement_raced_against_itself_happens_once() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let deeds = [
            ("receive", 1),
            ("offer", 1),
            ("transfer", 2),
            ("accept", 2),
            ("install", 3),
            ("take_back", 4),
            ("return", 3),
            ("tested", 4),
            ("scrap", 2),
            ("lost", 2),
        ];
        for (n, (deed, moves)) in deeds.into_iter().enumerate() {
            let serial = format!("RACE{n:04}");
            let item = prepared(&db, s, deed, &serial).await;
            let (one, other) = race(|_| {
                let (db, serial) = (db.clone(), serial.clone());
                async move {
                    let work = async |tx: &mut Tx| does(tx, s, deed, &serial, item).await;
                    db.write(&cause(now()), work).await
                }
            })
            .await;
            assert!(one.is_ok() && other.is_ok(), "{deed}: {one:?} {other:?}");
            let found = find::by_serial(&mut db.reader(), &Scope::all(), &serial).await.unwrap();
            let history = find::history(&mut db.reader(), found.id).await.unwrap();
            assert_eq!(history.len(), moves, "{deed}: {history:?}");
            whole(&db).await;
        }
    })
    .await;
}

#[tokio::test]
async fn counted_stock_used_twice_at_once_under_one_key_is_used_once() {
    both(ROOMS, async |db: Db| {
        let s = stock(&db).await;
        let shift = |from: Option<LocationId>, to: Option<LocationId>, key: &'static str| {
            let db = db.clone();
            async move {
                let work = async |tx: &mut Tx| {
                    let new = bulk::BulkMove {
                        item_type: s.cable,
                        from,
                        to,
                        quantity: 60,
                        document: "SPK-1",
                        key,
                    };
                    bulk::shift(tx, &new).await
                };
                db.write(&cause(now()), work).await
            }
        };
        shift(None, Some(s.bags[0]), "in").await.unwrap();
        let (one, other) = race(|_| shift(Some(s.bags[0]), None, "job")).await;
        assert_eq!(usize::from(one.unwrap()) + usize::from(other.unwrap()), 1);
        shift(None, Some(s.bags[0]), "in-2").await.unwrap();
        let (one, other) =
            race(|n| shift(Some(s.bags[0]), None, if n == 0 { "a" } else { "b" })).await;
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "60 m are there once");
        let levels = bulk::levels(&mut db.reader(), s.bags[0]).await.unwrap();
        assert_eq!(levels[0].quantity, 0);
    })
    .await;
}

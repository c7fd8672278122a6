//! Stock counts on both databases.

use inventory::count::{self, Finding, Posted};
use inventory::site::install;
use inventory::transfer::transfer;
use inventory::{How, ItemState, find};
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{Actor, Cause, Permission, Result, Scope};
use store::testing::{both, now, race};
use store::{Db, Tx};

use crate::{ROOMS, Stock, id_of, installation, received, stock, user, whole};

pub(crate) fn person(n: u8, permissions: &[Permission]) -> Actor {
    let permissions: PermissionSet = permissions.iter().copied().collect();
    let name = format!("orang {n}");
    Actor { who: Who::User(user(n)), name, permissions, scope: Scope::all(), from: None }
}

fn keeper() -> Actor {
    let all = [Permission::StockRead, Permission::StockWrite, Permission::StockApprove];
    person(3, &all)
}

fn finance(n: u8) -> Actor {
    person(n, &[Permission::StockRead, Permission::StockApprove, Permission::LedgerRead])
}

pub(crate) async fn run<T, F>(db: &Db, actor: &Actor, work: F) -> Result<T>
where
    T: Send,
    F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
{
    db.write(&Cause::new(now(), actor.clone()), work).await
}

/// Five devices in the warehouse, one in a bag and one at a customer's.
async fn filled(db: &Db) -> Stock {
    let s = stock(db).await;
    let lines: Vec<(String, String)> =
        (1..=7).map(|n| (format!("ZTE{n:04}"), format!("AABBCC0000{n:02}"))).collect();
    let lines: Vec<(&str, &str)> = lines.iter().map(|(s, m)| (s.as_str(), m.as_str())).collect();
    let got = received(db, s, &lines).await;
    let (bag, site) = (id_of(&got[5]), id_of(&got[6]));
    db.write(&store::testing::cause(now()), async |tx: &mut Tx| {
        transfer(tx, &[bag, site], s.bags[0], &How::Scanned, true).await?;
        install(tx, &installation("ZTE0007")).await
    })
    .await
    .unwrap();
    s
}

#[tokio::test]
async fn what_is_missing_is_lost_what_is_found_is_here_and_what_moved_meanwhile_is_neither() {
    both(ROOMS, async |db: Db| {
        let s = filled(&db).await;
        let open = async |tx: &mut Tx| count::open(tx, s.warehouse).await;
        let counted = run(&db, &keeper(), open).await.unwrap();
        assert_eq!(counted.number, "OPN000001");
        let twice = run(&db, &keeper(), open).await.unwrap_err();
        assert_eq!(twice.code, "inventory.count_open");
        let scan = async |text: &str| {
            let work = async |tx: &mut Tx| count::scan(tx, counted.id, text, &How::Scanned).await;
            run(&db, &keeper(), work).await
        };
        // Seen: two of five, one that is on record in a bag, one at a customer's, a stranger.
        for label in ["zte0001", "SMB:SN:ZTE0002", "ZTE0006", "ZTE0007", "ASING-01", "ZTE0001"] {
            scan(label).await.unwrap();
        }
        assert_eq!(scan("x").await.unwrap_err().fields[0].name, "serial");
        // During the count one leaves for a bag before it was seen.
        let gone = find::by_serial(&mut db.reader(), &Scope::all(), "ZTE0005").await.unwrap().id;
        let work = async |tx: &mut Tx| transfer(tx, &[gone], s.bags[1], &How::Scanned, true).await;
        run(&db, &keeper(), work).await.unwrap();
        let lines = count::lines(&mut db.reader(), counted.id).await.unwrap();
        let found: Vec<(&str, Finding)> =
            lines.iter().map(|line| (line.serial.as_str(), line.finding(s.warehouse))).collect();
        use Finding::{Missing, Moved, There, Unexpected, Unknown};
        assert_eq!(
            found,
            [
                ("ASING-01", Unknown),
                ("ZTE0001", There),
                ("ZTE0002", There),
                ("ZTE0003", Missing),
                ("ZTE0004", Missing),
                ("ZTE0005", Moved),
                ("ZTE0006", Unexpected),
                ("ZTE0007", Unexpected),
            ]
        );
        let approve = async |tx: &mut Tx| count::approve(tx, counted.id).await;
        let early = run(&db, &finance(4), approve).await.unwrap_err();
        assert_eq!(early.code, "inventory.count_state");
        let submit = async |tx: &mut Tx| count::submit(tx, counted.id).await;
        run(&db, &keeper(), submit).await.unwrap();
        assert_eq!(scan("ZTE0003").await.unwrap_err().code, "inventory.count_state");
        assert_eq!(run(&db, &keeper(), approve).await.unwrap_err().code, "forbidden");
        let posted = run(&db, &finance(4), approve).await.unwrap();
        assert_eq!(posted.lost, ["ZTE0003", "ZTE0004"]);
        assert_eq!(posted.found, ["ZTE0006"]);
        let mut left = posted.left;
        left.sort();
        assert_eq!(left, ["ASING-01", "ZTE0007"]);
        assert_eq!(run(&db, &finance(4), approve).await.unwrap(), Posted::default(), "again");
        let q = &mut db.reader();
        for (serial, state) in [
            ("ZTE0001", ItemState::InStock),
            ("ZTE0003", ItemState::Lost),
            ("ZTE0005", ItemState::InTransit),
            ("ZTE0006", ItemState::InStock),
            ("ZTE0007", ItemState::Installed),
        ] {
            let item = find::by_serial(q, &Scope::all(), serial).await.unwrap();
            assert_eq!(item.state, state, "{serial}");
        }
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn nobody_decides_about_what_they_counted_and_a_count_is_decided_once() {
    both(ROOMS, async |db: Db| {
        let s = filled(&db).await;
        // An owner of a small ISP counts, too.
        let both_hats = [Permission::StockWrite, Permission::StockApprove, Permission::LedgerRead];
        let owner = person(5, &both_hats);
        let id = run(&db, &owner, async |tx: &mut Tx| {
            let count = count::open(tx, s.warehouse).await?;
            count::submit(tx, count.id).await
        })
        .await
        .unwrap()
        .id;
        let approve = async move |tx: &mut Tx| count::approve(tx, id).await;
        assert_eq!(run(&db, &owner, approve).await.unwrap_err().code, "inventory.count_own");
        let silent = async |tx: &mut Tx| count::reject(tx, id, " ").await;
        assert_eq!(run(&db, &finance(4), silent).await.unwrap_err().fields[0].name, "reason");
        let (one, other) = race(|n| {
            let db = db.clone();
            let actor = finance(if n == 0 { 4 } else { 6 });
            async move { run(&db, &actor, approve).await.unwrap() }
        })
        .await;
        let lost = one.lost.len() + other.lost.len();
        assert_eq!(lost, 5, "nothing was seen: all of it is lost, once");
        let late = async |tx: &mut Tx| count::reject(tx, id, "salah hitung").await;
        assert_eq!(run(&db, &finance(4), late).await.unwrap_err().code, "inventory.count_state");
        let next = run(&db, &owner, async |tx: &mut Tx| count::open(tx, s.warehouse).await).await;
        let next = next.unwrap().id;
        let q = &mut db.reader();
        assert!(count::lines(q, next).await.unwrap().is_empty(), "nothing is left there");
        whole(&db).await;
    })
    .await;
}

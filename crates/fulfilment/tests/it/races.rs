//! Each step of a work order raced against itself: it happens once.

use fulfilment::evidence::{Gps, PhotoKind};
use fulfilment::photo::NewPhoto;
use fulfilment::{Device, Kind, Online, Scan};
use kernel::{Result, WorkOrderId};
use store::testing::{both, race};
use store::{Db, QueryExt, Tx, args};

use crate::world::{PIN, ROOMS, World, at, day, mark, office, technician, thing, user};

fn scan() -> Scan {
    let device = Device::Item { item: thing(50), serial: "ZTE50".into(), mac: None };
    Scan { device, typed_because: None, mark: mark(4) }
}

fn photo() -> NewPhoto {
    NewPhoto::with_bytes(PhotoKind::Installation, vec![0xff, 0xd8, 0xff, 0xe0, 1], mark(4))
}

async fn does(tx: &mut Tx, id: WorkOrderId, deed: &str) -> Result<()> {
    match deed {
        "assigned" => fulfilment::assign(tx, id, &[user(1)], day(23)).await.map(drop),
        "accepted" => fulfilment::accept(tx, id, mark(1)).await.map(drop),
        "on_the_way" => fulfilment::on_the_way(tx, id, mark(2)).await.map(drop),
        "on_site" => fulfilment::on_site(tx, id, mark(3)).await.map(drop),
        "scanned" => fulfilment::record_scan(tx, id, scan()).await.map(drop),
        "photo" => fulfilment::attach_photo(tx, id, photo()).await,
        "position" => {
            let gps = Gps { lat: -6.3, lon: PIN.1, accuracy_m: 9, at: at(5) };
            fulfilment::record_gps(tx, id, gps, None).await.map(drop)
        }
        "done" => fulfilment::finish(tx, id, &Online::Yes, mark(6)).await.map(drop),
        "reviewed" => fulfilment::reviewed(tx, id, "ok").await.map(drop),
        "failed" => fulfilment::fail(tx, id, "tidak di rumah", mark(6)).await.map(drop),
        "rescheduled" => fulfilment::reschedule(tx, id, &[user(1)], day(24)).await.map(drop),
        _ => fulfilment::cancel(tx, id, "batal").await.map(drop),
    }
}

/// Which deeds end well both times; of the others the second is refused.
fn is_repeatable(deed: &str) -> bool {
    deed != "rescheduled"
}

#[tokio::test]
async fn every_step_of_an_order_raced_against_itself_happens_once() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let to_the_site = ["assigned", "accepted", "on_the_way", "on_site"];
        for tail in [
            &["scanned", "photo", "position", "done", "reviewed"][..],
            &["failed", "rescheduled", "cancelled"][..],
        ] {
            let id = world.open(Kind::Install).await.id;
            for deed in to_the_site.iter().chain(tail).copied() {
                let (one, other) = race(|_| {
                    let world = world.clone();
                    let office_does =
                        matches!(deed, "assigned" | "rescheduled" | "cancelled" | "reviewed");
                    let actor = if office_does { office() } else { technician(1) };
                    async move {
                        let work = async move |tx: &mut Tx| does(tx, id, deed).await;
                        world.run(&actor, work).await
                    }
                })
                .await;
                let done = [&one, &other].iter().filter(|done| done.is_ok()).count();
                let expect = if is_repeatable(deed) { 2 } else { 1 };
                assert_eq!(done, expect, "{deed}: {one:?} {other:?}");
                let sql =
                    "select count(*) from store_journal where subject_id = $1 and action = $2";
                let rows: i64 = world.db.reader().value(sql, args![id, deed]).await.unwrap();
                assert_eq!(rows, 1, "{deed}");
            }
        }
    })
    .await;
}

//! The window in which the first MAC seen becomes the lock ends with the visit, however the visit ends.

use flows::field::Outcome;
use fulfilment::{Kind, State};
use kernel::{Scope, SubscriptionId, Ts, WorkOrderId};
use serde_json::json;
use store::Tx;
use store::testing::{cause, now};

use super::world::{Start, Who, World, op, photo};

async fn open_until(world: &World, subscription: SubscriptionId) -> Option<Ts> {
    let account = network::account::of_subscription(&mut world.db.reader(), subscription).await;
    account.unwrap().unwrap().mac_open_until
}

async fn state(world: &World, order: WorkOrderId) -> State {
    fulfilment::find(&mut world.db.reader(), &Scope::all(), order).await.unwrap().state
}

async fn noc_unlocks(world: &World, subscription: SubscriptionId) {
    let unlock = async |tx: &mut Tx| {
        let account = network::account::of_subscription(tx, subscription).await?.unwrap();
        network::account::unlock_mac(tx, &Scope::all(), account.id).await.map(drop)
    };
    world.db.write(&cause(now()), unlock).await.unwrap();
    assert!(open_until(world, subscription).await.is_some());
}

#[tokio::test]
async fn it_ends_when_a_repair_a_swap_or_a_move_is_done() {
    for kind in [Kind::Repair, Kind::Swap, Kind::Move] {
        let world = World::new(Start::OnSite).await;
        let subscription = world.install().await;
        assert_eq!(open_until(&world, subscription).await, None, "the install is done");
        let visit = world.visit(kind, subscription).await;
        if kind == Kind::Move {
            // A move keeps its device.
            noc_unlocks(&world, subscription).await;
        } else {
            let scan = json!({"kind": "scan", "serial": "ZTEB1", "how": "scanned"});
            let scan = op(60, 60, visit, None, scan);
            let sent = world.send(now(), Who::Sari, &[scan]).await.unwrap();
            assert_eq!(sent[0].outcome, Outcome::Applied, "{kind} {sent:?}");
        }
        assert!(open_until(&world, subscription).await.is_some(), "{kind}");
        let ops = [
            photo(61, 61, visit, (kind != Kind::Move).then_some(60), "installation"),
            op(62, 62, visit, Some(61), json!({"kind": "done", "note": "belum dinyalakan"})),
        ];
        let sent = world.send(now(), Who::Sari, &ops).await.unwrap();
        assert_eq!(state(&world, visit).await, State::Done, "{kind} {sent:?}");
        assert_eq!(open_until(&world, subscription).await, None, "{kind}");
    }
}

#[tokio::test]
async fn it_ends_when_a_visit_failed_or_was_cancelled() {
    for kind in [Kind::Repair, Kind::Swap, Kind::Move] {
        let world = World::new(Start::OnSite).await;
        let subscription = world.install().await;
        let failed = world.visit(kind, subscription).await;
        noc_unlocks(&world, subscription).await;
        let fail = op(60, 60, failed, None, json!({"kind": "fail", "reason": "rumah kosong"}));
        let sent = world.send(now(), Who::Sari, &[fail]).await.unwrap();
        assert_eq!(state(&world, failed).await, State::Failed, "{kind} {sent:?}");
        assert_eq!(open_until(&world, subscription).await, None, "{kind}");

        let cancelled = world.visit(kind, subscription).await;
        noc_unlocks(&world, subscription).await;
        let cancel = async |tx: &mut Tx| {
            fulfilment::cancel(tx, cancelled, "pelanggan batal").await.map(drop)
        };
        world.db.write(&cause(now()), cancel).await.unwrap();
        assert_eq!(state(&world, cancelled).await, State::Cancelled, "{kind}");
        assert_eq!(open_until(&world, subscription).await, None, "{kind}");
    }
}

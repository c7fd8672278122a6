//! The offline protocol across rooms: however a technician's steps arrive, the end is the same.

mod cases;
mod state;
mod world;

use fulfilment::State;
use fulfilment::field::FieldOp;
use flows::field::Outcome;
use kernel::FieldOpId;
use serde_json::json;
use store::testing::now;

use self::cases::{Case, permutations};
use self::world::{Who, World, op};

/// How the six ops travel.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// One by one.
    Single,
    /// One by one, each sent again later on.
    Twice,
    /// One by one, three hours later.
    Late,
    /// In batches of this many.
    Batches(usize),
}

/// Sends the case's ops in this order and way from the same start; answers the hash of the state.
async fn send(world: &World, case: &Case, order: &[usize], way: Way) -> (String, String) {
    let db = world.fresh().await;
    let sent: Vec<&(Who, FieldOp)> = order.iter().map(|n| &case.ops[*n]).collect();
    let at = match way {
        Way::Late => now().plus_secs(3 * 3_600),
        _ => now(),
    };
    match way {
        Way::Single | Way::Late => {
            for (who, op) in sent {
                world.send(&db, at, *who, std::slice::from_ref(op)).await.unwrap();
            }
        }
        Way::Twice => {
            for pair in sent.windows(2).map(|w| [w[0], w[1], w[0]]) {
                for (who, op) in pair {
                    world.send(&db, at, *who, std::slice::from_ref(op)).await.unwrap();
                }
            }
        }
        Way::Batches(size) => {
            for batch in sent.chunks(size) {
                for who in [Who::Andi, Who::Sari] {
                    let own = batch.iter().filter(|(by, _)| *by == who);
                    let own: Vec<FieldOp> = own.map(|(_, op)| op.clone()).collect();
                    world.send(&db, at, who, &own).await.unwrap();
                }
            }
        }
    }
    let found = state::of(&db, &case.ops).await;
    db.close().await;
    found
}

/// All 720 orders, each one by one and once more in another way, end in one state.
async fn check(case: Case) {
    let world = World::new(case.start).await;
    let all = permutations(6);
    assert_eq!(all.len(), 720);
    let (hash, text) = send(&world, &case, &all[0], Way::Single).await;
    for line in case.expect {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let ways = [Way::Twice, Way::Late, Way::Batches(6), Way::Batches(2), Way::Batches(4)];
    for (n, order) in all.iter().enumerate() {
        for way in [Way::Single, ways[n % ways.len()]] {
            let (other, found) = send(&world, &case, order, way).await;
            assert_eq!(other, hash, "{order:?} {way:?}\n{found}\ninstead of\n{text}");
        }
    }
}

#[tokio::test]
async fn two_technicians_arrive_at_one_order_in_any_order_of_their_steps() {
    check(cases::arrival()).await;
}

#[tokio::test]
async fn scan_evidence_and_closing_of_two_technicians_end_the_same_in_any_order() {
    check(cases::closing()).await;
}

#[tokio::test]
async fn a_refused_scan_holds_back_its_own_order_only_until_it_is_made_good() {
    check(cases::refusal()).await;
}

#[tokio::test]
async fn the_same_holds_on_postgresql_for_a_sample_of_orders() {
    for case in [cases::arrival(), cases::closing(), cases::refusal()] {
        let mut hashes = std::collections::BTreeSet::new();
        for (n, order) in permutations(6).iter().enumerate().step_by(179) {
            let (db, schema) = store::testing::postgres(world::ROOMS).await;
            let world = World::on(&db, case.start).await;
            for position in order {
                let (who, op) = &case.ops[*position];
                let op = world.retarget(op);
                world.send(&db, now(), *who, std::slice::from_ref(&op)).await.unwrap();
            }
            let ops: Vec<_> =
                case.ops.iter().map(|(who, op)| (*who, world.retarget(op))).collect();
            let (hash, text) = state::of(&db, &ops).await;
            store::testing::drop_schema(&db, &schema).await;
            hashes.insert(hash);
            assert_eq!(hashes.len(), 1, "order {n} {order:?}\n{text}");
        }
    }
}

#[tokio::test]
async fn results_tell_the_device_what_to_keep_and_what_to_forget() {
    let world = World::new(world::Start::OnSite).await;
    let db = world.fresh().await;
    let first = world.order(1);
    let bad = op(1, 1, first, None, json!({"kind": "scan", "serial": "ZTEB1", "how": "scanned"}));
    let gps =
        op(2, 1, first, Some(1), json!({"kind": "gps", "lat": -6.2, "lon": 106.8, "accuracy_m": 7}));
    let results = world.send(&db, now(), Who::Andi, &[gps.clone(), bad.clone()]).await.unwrap();
    let words: Vec<_> = results.iter().map(|r| (r.op_id, r.outcome)).collect();
    assert_eq!(words, [(gps.op_id, Outcome::Held), (bad.op_id, Outcome::Refused)]);
    assert_eq!(results[1].code.as_deref(), Some("inventory.not_in_bag"));
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.op_held"));
    let other = world.order(2);
    let elsewhere = op(3, 2, other, None, json!({"kind": "accept"}));
    let results = world.send(&db, now(), Who::Sari, std::slice::from_ref(&elsewhere)).await.unwrap();
    assert_eq!(results[0].outcome, Outcome::Applied, "another order is not held back");
    let good = op(4, 1, first, Some(2), json!({"kind": "scan", "serial": "ZTEA1", "how": "scanned"}));
    let results = world.send(&db, now(), Who::Andi, std::slice::from_ref(&good)).await.unwrap();
    assert_eq!(results[0].outcome, Outcome::Applied);
    let again = world.send(&db, now(), Who::Andi, &[gps.clone(), good, bad.clone()]).await.unwrap();
    let words: Vec<_> = again.iter().map(|r| r.outcome).collect();
    assert_eq!(words, [Outcome::Repeated, Outcome::Repeated, Outcome::Refused]);
    let changed = FieldOp { body: json!({"kind": "fail", "reason": "x"}), ..gps.clone() };
    let results = world.send(&db, now(), Who::Andi, &[changed]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.op_other_body"));
    let foreign = world.send(&db, now(), Who::Sari, &[FieldOp { device: "hp-2".into(), ..gps }]).await;
    assert_ne!(foreign.unwrap()[0].outcome, Outcome::Repeated, "ids are a person's own");
    let (hash, _) = state::of(&db, &[(Who::Andi, bad.clone())]).await;
    world.send(&db, now(), Who::Andi, &[bad]).await.unwrap();
    let next = op(9, 1, first, Some(4), json!({"kind": "dance"}));
    let results = world.send(&db, now(), Who::Andi, &[FieldOp { v: 7, ..next.clone() }]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.op_version"));
    let results = world.send(&db, now(), Who::Andi, &[next]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.op_body"));
    assert_eq!(state::of(&db, &[]).await.0.len(), hash.len());
}

#[tokio::test]
async fn two_devices_for_one_site_have_one_winner_and_one_clear_refusal() {
    let world = World::new(world::Start::OnSite).await;
    for andi_first in [true, false] {
        let db = world.fresh().await;
        let scan = |n, serial: &str| {
            let body = json!({"kind": "scan", "serial": serial, "how": "scanned"});
            op(n, i64::from(n), world.order(1), None, body)
        };
        let mut sends = [(Who::Andi, scan(1, "ZTEA1")), (Who::Sari, scan(2, "ZTEB1"))];
        if !andi_first {
            sends.reverse();
        }
        let mut outcomes = Vec::new();
        for (who, op) in sends {
            let results = world.send(&db, now(), who, &[op]).await.unwrap();
            outcomes.push((results[0].outcome, results[0].code.clone()));
        }
        assert_eq!(outcomes[0], (Outcome::Applied, None));
        assert_eq!(outcomes[1].1.as_deref(), Some("fulfilment.scanned_already"));
        assert_eq!(state::installed(&db).await, 1);
        assert!(state::broken(&db).await.is_empty());
    }
}

#[tokio::test]
async fn a_locked_out_colleagues_steps_wait_and_nobodys_steps_reach_a_strangers_order() {
    let world = World::new(world::Start::OnSite).await;
    let db = world.fresh().await;
    let first = world.order(1);
    let closing = op(1, 1, first, None, json!({"kind": "done"}));
    let results = world.send(&db, now(), Who::Sari, std::slice::from_ref(&closing)).await.unwrap();
    assert_eq!(results[0].outcome, Outcome::Held, "the scan may be on Andi's phone");
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.not_complete"));
    world.lock_out(&db, Who::Sari).await;
    let photo = world::photo(2, 1, first, None, "installation");
    let scan =
        op(3, 2, first, Some(2), json!({"kind": "scan", "serial": "ZTEA1", "how": "scanned"}));
    let results = world.send(&db, now(), Who::Andi, &[photo, scan]).await.unwrap();
    assert!(results.iter().all(|r| r.outcome == Outcome::Applied), "{results:?}");
    assert_eq!(world.state(&db, 1).await, State::OnSite, "Sari may not act any more");
    let stranger = op(4, 3, world.order(2), None, json!({"kind": "accept"}));
    let results = world.send(&db, now(), Who::Andi, &[stranger]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.order_not_found"));
}

#[tokio::test]
async fn a_dismantled_device_goes_back_into_the_bag_and_a_wrong_one_is_refused() {
    let world = World::new(world::Start::OnSite).await;
    let db = world.fresh().await;
    let subscription = world.install(&db).await;
    let order = world.dismantle(&db, subscription).await;
    let body = json!({"kind": "scan", "serial": "ZTEB1", "how": "scanned"});
    let wrong = op(60, 60, order, None, body);
    let results = world.send(&db, now(), Who::Sari, &[wrong]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("flows.other_device"));
    let right = op(61, 61, order, Some(60), json!({"kind": "scan", "serial": "ZTEA1", "how": "scanned"}));
    let done = op(62, 62, order, Some(61), json!({"kind": "done"}));
    let results = world.send(&db, now(), Who::Sari, &[right, done]).await.unwrap();
    assert!(results.iter().all(|r| r.outcome == Outcome::Applied), "{results:?}");
    assert_eq!(state::installed(&db).await, 0);
    let ids: Vec<FieldOpId> = results.iter().map(|r| r.op_id).collect();
    assert_eq!(ids.len(), 2);
    assert!(state::broken(&db).await.is_empty());
}

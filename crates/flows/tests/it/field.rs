//! The offline protocol across rooms: however a technician's steps arrive, the end is the same.

mod cases;
mod ended;
mod pay;
mod state;
mod window;
mod world;

use flows::field::Outcome;
use fulfilment::State;
use fulfilment::field::FieldOp;
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
    world.reset().await;
    let sent: Vec<&(Who, FieldOp)> = order.iter().map(|n| &case.ops[*n]).collect();
    let at = match way {
        Way::Late => now().plus_secs(3 * 3_600),
        _ => now(),
    };
    match way {
        Way::Single | Way::Late => {
            for (who, op) in sent {
                world.send(at, *who, std::slice::from_ref(op)).await.unwrap();
            }
        }
        Way::Twice => {
            for pair in sent.windows(2).map(|w| [w[0], w[1], w[0]]) {
                for (who, op) in pair {
                    world.send(at, *who, std::slice::from_ref(op)).await.unwrap();
                }
            }
        }
        Way::Batches(size) => {
            for batch in sent.chunks(size) {
                for who in [Who::Andi, Who::Sari] {
                    let own = batch.iter().filter(|(by, _)| *by == who);
                    let own: Vec<FieldOp> = own.map(|(_, op)| op.clone()).collect();
                    world.send(at, who, &own).await.unwrap();
                }
            }
        }
    }
    state::of(&world.db, &case.ops).await
}

/// All 720 orders one by one, and every fourth once more in another way, end in one state.
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
        let mut both = vec![Way::Single];
        both.extend((n % 4 == 1).then(|| ways[n / 4 % ways.len()]));
        for way in both {
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
async fn without_naming_the_step_before_the_order_would_matter() {
    let mut case = cases::refusal();
    for (_, op) in &mut case.ops {
        op.based_on = None;
    }
    let world = World::new(case.start).await;
    let (forward, _) = send(&world, &case, &[0, 1, 2, 3, 4, 5], Way::Single).await;
    let (backward, _) = send(&world, &case, &[5, 4, 3, 2, 1, 0], Way::Single).await;
    assert_ne!(forward, backward, "the hash tells different ends apart");
}

#[tokio::test]
async fn the_same_holds_on_postgresql_for_a_sample_of_orders() {
    for case in [cases::arrival(), cases::closing(), cases::refusal()] {
        let (db, schema) = store::testing::postgres(&flows::schema()).await;
        let world = World::on(&db, case.start).await;
        let mut hashes = std::collections::BTreeSet::new();
        for (n, order) in permutations(6).iter().enumerate().step_by(71) {
            let way = if n % 2 == 0 { Way::Single } else { Way::Batches(3) };
            let (hash, text) = send(&world, &case, order, way).await;
            hashes.insert(hash);
            assert_eq!(hashes.len(), 1, "{order:?} {way:?}\n{text}");
        }
        store::testing::drop_schema(&db, &schema).await;
    }
}

#[tokio::test]
async fn results_tell_the_device_what_to_keep_and_what_to_forget() {
    let world = World::new(world::Start::OnSite).await;
    let (first, second) = (world.order(1), world.order(2));
    let scan = |serial: &str| json!({"kind": "scan", "serial": serial, "how": "scanned"});
    let here = json!({"kind": "gps", "lat": -6.2, "lon": 106.8, "accuracy_m": 7});
    let bad = op(1, 1, first, None, scan("ZTEB1"));
    let gps = op(2, 2, first, Some(1), here);
    let results = world.send(now(), Who::Andi, &[gps.clone(), bad.clone()]).await.unwrap();
    let found: Vec<_> = results.iter().map(|r| (r.op_id, r.outcome, r.code.as_deref())).collect();
    assert_eq!(
        found,
        [
            (gps.op_id, Outcome::Held, Some("fulfilment.op_held")),
            (bad.op_id, Outcome::Refused, Some("inventory.not_in_bag")),
        ],
        "answers come in the order sent"
    );
    let elsewhere = op(3, 3, second, None, json!({"kind": "accept"}));
    assert_eq!(only(&world, Who::Sari, &elsewhere).await, (Outcome::Applied, None));
    let good = op(4, 4, first, Some(2), scan("ZTEA1"));
    assert_eq!(only(&world, Who::Andi, &good).await, (Outcome::Applied, None));
    let again = world.send(now(), Who::Andi, &[gps.clone(), good, bad]).await.unwrap();
    let again: Vec<_> = again.iter().map(|r| r.outcome).collect();
    assert_eq!(again, [Outcome::Repeated, Outcome::Repeated, Outcome::Refused]);
    let changed = FieldOp { body: json!({"kind": "fail", "reason": "x"}), ..gps.clone() };
    let refused = |code: &str| (Outcome::Refused, Some(code.to_owned()));
    let other_body = refused("fulfilment.op_other_body");
    assert_eq!(only(&world, Who::Andi, &changed).await, other_body);
    let (outcome, _) = only(&world, Who::Sari, &gps).await;
    assert_ne!(outcome, Outcome::Repeated, "ids are a person's own");
    let odd = op(9, 9, first, Some(4), json!({"kind": "dance"}));
    let newer = FieldOp { v: 7, ..odd.clone() };
    assert_eq!(only(&world, Who::Andi, &newer).await, refused("fulfilment.op_version"));
    assert_eq!(only(&world, Who::Andi, &odd).await, refused("fulfilment.op_body"));
}

/// Sends one op; answers what became of it.
async fn only(world: &World, who: Who, op: &FieldOp) -> (Outcome, Option<String>) {
    let results = world.send(now(), who, std::slice::from_ref(op)).await.unwrap();
    (results[0].outcome, results[0].code.clone())
}

#[tokio::test]
async fn two_devices_for_one_site_have_one_winner_and_one_clear_refusal() {
    let world = World::new(world::Start::OnSite).await;
    for andi_first in [true, false] {
        world.reset().await;
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
            let results = world.send(now(), who, &[op]).await.unwrap();
            outcomes.push((results[0].outcome, results[0].code.clone()));
        }
        assert_eq!(outcomes[0], (Outcome::Applied, None));
        assert_eq!(outcomes[1].1.as_deref(), Some("fulfilment.scanned_already"));
        assert_eq!(state::installed(&world.db).await, 1);
        assert!(state::broken(&world.db).await.is_empty());
    }
}

#[tokio::test]
async fn a_locked_out_colleagues_steps_wait_and_nobodys_steps_reach_a_strangers_order() {
    let world = World::new(world::Start::OnSite).await;
    let first = world.order(1);
    let closing = op(1, 1, first, None, json!({"kind": "done"}));
    let results = world.send(now(), Who::Sari, std::slice::from_ref(&closing)).await.unwrap();
    assert_eq!(results[0].outcome, Outcome::Held, "the scan may be on Andi's phone");
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.not_complete"));
    world.lock_out(Who::Sari).await;
    let photo = world::photo(2, 1, first, None, "installation");
    let scan =
        op(3, 2, first, Some(2), json!({"kind": "scan", "serial": "ZTEA1", "how": "scanned"}));
    let results = world.send(now(), Who::Andi, &[photo, scan]).await.unwrap();
    assert!(results.iter().all(|r| r.outcome == Outcome::Applied), "{results:?}");
    assert_eq!(world.state(1).await, State::OnSite, "Sari may not act any more");
    let stranger = op(4, 3, world.order(2), None, json!({"kind": "accept"}));
    let results = world.send(now(), Who::Andi, &[stranger]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.order_not_found"));
}

#[tokio::test]
async fn a_dismantled_device_goes_back_into_the_bag_and_a_wrong_one_is_refused() {
    let world = World::new(world::Start::OnSite).await;
    let subscription = world.install().await;
    let order = world.dismantle(subscription).await;
    let body = json!({"kind": "scan", "serial": "ZTEB1", "how": "scanned"});
    let wrong = op(60, 60, order, None, body);
    let results = world.send(now(), Who::Sari, &[wrong]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("flows.other_device"));
    let right =
        op(61, 61, order, Some(60), json!({"kind": "scan", "serial": "ZTEA1", "how": "scanned"}));
    let done = op(62, 62, order, Some(61), json!({"kind": "done"}));
    let results = world.send(now(), Who::Sari, &[right, done]).await.unwrap();
    assert!(results.iter().all(|r| r.outcome == Outcome::Applied), "{results:?}");
    assert_eq!(state::installed(&world.db).await, 0);
    assert!(state::broken(&world.db).await.is_empty());
}

//! Jobs whose subscription ends meanwhile, devices that change owners, and what "online" may say.

use billing::words::SubscriptionState;
use flows::field::Outcome;
use fulfilment::{Kind, State};
use inventory::ItemState;
use kernel::{NasId, Scope, SubscriptionId, WorkOrderId};
use network::{AccountingRecord, Mac, RecordKind};
use serde_json::json;
use store::testing::{cause, now};
use store::{QueryExt, Tx, args};

use super::state;
use super::world::{Start, Who, World, op, photo, today};

fn scan(serial: &str) -> serde_json::Value {
    json!({"kind": "scan", "serial": serial, "how": "scanned"})
}

async fn order(world: &World, id: WorkOrderId) -> fulfilment::WorkOrder {
    fulfilment::find(&mut world.db.reader(), &Scope::all(), id).await.unwrap()
}

async fn live_dismantles(world: &World, subscription: SubscriptionId) -> i64 {
    let sql = "select count(*) from fulfilment_work_order where subscription_id = $1
         and kind = 'dismantle' and state not in ('done', 'cancelled')";
    world.db.reader().value(sql, args![subscription]).await.unwrap()
}

async fn item(world: &World, serial: &str) -> inventory::Item {
    inventory::find::by_serial(&mut world.db.reader(), &Scope::all(), serial).await.unwrap()
}

/// Sends ops one after the other; all must be applied.
async fn done(world: &World, who: Who, ops: &[fulfilment::field::FieldOp]) {
    let results = world.send(now(), who, ops).await.unwrap();
    assert!(results.iter().all(|r| r.outcome == Outcome::Applied), "{results:?}");
}

#[tokio::test]
async fn a_cancelled_installation_is_still_closed_after_its_scan_and_its_device_is_fetched() {
    let world = World::new(Start::OnSite).await;
    let first = world.order(1);
    let job = order(&world, first).await;
    let subscription = job.subscription_id;
    world
        .db
        .write(&cause(now()), async |tx: &mut Tx| {
            let sub = billing::subscription::find(tx, &Scope::all(), subscription).await?;
            let sold = crm::order::NewOrder {
                lead: None,
                customer: job.customer_id,
                subscription,
                plan: sub.plan_id,
                mode: crm::Mode::Prepaid,
                sold_by: None,
                channel: crm::Channel::Sales,
                partner: None,
                branch: job.branch_id,
            };
            crm::order::create(tx, sold).await?;
            let prepaid = "update billing_subscription set mode = 'prepaid' where id = $1";
            tx.exec(prepaid, args![subscription]).await
        })
        .await
        .unwrap();
    let ops = [op(1, 1, first, None, scan("ZTEA1")), photo(2, 2, first, Some(1), "installation")];
    done(&world, Who::Andi, &ops).await;
    let cancel = async |tx: &mut Tx| billing::subscription::cancel(tx, subscription).await;
    world.db.write(&cause(now()), cancel).await.unwrap();
    assert_eq!(world.state(1).await, State::OnSite, "somebody stands there with the device");
    let closing = op(3, 3, first, Some(2), json!({"kind": "done", "note": "batal"}));
    done(&world, Who::Andi, &[closing]).await;
    assert_eq!(world.state(1).await, State::Done);
    assert_eq!(live_dismantles(&world, subscription).await, 1);
}

#[tokio::test]
async fn a_swap_is_still_closed_after_the_subscription_ended_and_idle_visits_are_called_off() {
    let world = World::new(Start::OnSite).await;
    let subscription = world.install().await;
    let swap = world.visit(Kind::Swap, subscription).await;
    let repair = world.visit(Kind::Repair, subscription).await;
    let moving = world.visit(Kind::Move, subscription).await;
    done(&world, Who::Sari, &[op(60, 60, swap, None, scan("ZTEB1"))]).await;
    world
        .db
        .write(&cause(now()), async |tx: &mut Tx| {
            billing::subscription::terminate(tx, subscription, today()).await
        })
        .await
        .unwrap();
    let by = cause(now());
    let ended = billing::subscription::apply_due_terminations(&world.db, &by, today().next());
    assert!(ended.await.unwrap().failed.is_empty());
    let q = &mut world.db.reader();
    let sub = billing::subscription::find(q, &Scope::all(), subscription).await.unwrap();
    assert_eq!(sub.state, SubscriptionState::Terminated);
    for idle in [repair, moving] {
        assert_eq!(order(&world, idle).await.state, State::Cancelled);
    }
    let ops = [
        photo(61, 61, swap, Some(60), "installation"),
        op(62, 62, swap, Some(61), json!({"kind": "done", "note": "sudah berhenti"})),
    ];
    done(&world, Who::Sari, &ops).await;
    assert_eq!(order(&world, swap).await.state, State::Done);
    assert_eq!(live_dismantles(&world, subscription).await, 1);
    assert!(state::broken(&world.db).await.is_empty());
}

async fn approve(world: &World, id: WorkOrderId) {
    let yes = async |tx: &mut Tx| fulfilment::approve_own_device(tx, id).await.map(drop);
    world.db.write(&cause(now()), yes).await.unwrap();
}

fn own_device() -> serde_json::Value {
    json!({"kind": "own_device", "mac": "A0:B2:C3:D4:E5:77"})
}

#[tokio::test]
async fn the_customers_own_device_takes_the_place_of_ours_which_goes_into_the_bag() {
    let world = World::new(Start::OnSite).await;
    // First ours, then the customer's own after all.
    let first = world.order(1);
    approve(&world, first).await;
    let ops = [op(1, 1, first, None, scan("ZTEA1")), op(2, 2, first, Some(1), own_device())];
    done(&world, Who::Andi, &ops).await;
    assert_eq!(state::installed(&world.db).await, 0);
    assert_eq!(item(&world, "ZTEA1").await.state, ItemState::InTransit);
    world.reset().await;
    // On a repair the customer's own replaces ours that was there.
    let subscription = world.install().await;
    let repair = world.visit(Kind::Repair, subscription).await;
    approve(&world, repair).await;
    done(&world, Who::Sari, &[op(60, 60, repair, None, own_device())]).await;
    assert_eq!(state::installed(&world.db).await, 0);
    let how: String = world
        .db
        .reader()
        .value(
            "select how from inventory_move where to_state = 'in_transit' order by at desc, seq desc
             limit 1",
            args![],
        )
        .await
        .unwrap();
    assert_eq!(how, "program", "nobody scanned the old one");
    assert!(state::broken(&world.db).await.is_empty());
}

#[tokio::test]
async fn an_own_device_sent_before_nocs_yes_waits_for_it() {
    let world = World::new(Start::OnSite).await;
    let first = world.order(1);
    let ops = [op(1, 1, first, None, own_device()), photo(2, 2, first, Some(1), "installation")];
    let results = world.send(now(), Who::Andi, &ops).await.unwrap();
    assert!(results.iter().all(|r| r.outcome == Outcome::Held), "{results:?}");
    assert_eq!(results[0].code.as_deref(), Some(fulfilment::OWN_DEVICE_NOT_APPROVED));
    approve(&world, first).await;
    flows::field::drive(&world.db, &cause(now()), first).await.unwrap();
    let results = world.send(now(), Who::Andi, &ops).await.unwrap();
    assert!(results.iter().all(|r| r.outcome == Outcome::Repeated), "{results:?}");
    assert_eq!(order(&world, first).await.mac_scanned.as_deref(), Some("A0:B2:C3:D4:E5:77"));
    world.reset().await;
    // Without the yes the technician goes on another way, and a late yes changes nothing.
    world.send(now(), Who::Andi, &ops).await.unwrap();
    let skip = op(3, 3, first, Some(2), json!({"kind": "skip"}));
    done(&world, Who::Andi, &[skip]).await;
    approve(&world, first).await;
    flows::field::drive(&world.db, &cause(now()), first).await.unwrap();
    let results = world.send(now(), Who::Andi, &ops).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.op_overtaken"));
    assert_eq!(results[1].outcome, Outcome::Repeated);
    assert!(!order(&world, first).await.has_device());
}

#[tokio::test]
async fn after_a_swap_the_old_devices_session_does_not_count_as_online() {
    let world = World::new(Start::OnSite).await;
    let subscription = world.install().await;
    let branch = order(&world, world.order(1)).await.branch_id;
    world
        .db
        .write(&cause(now()), async |tx: &mut Tx| {
            let edit = network::nas::NasEdit {
                name: "R1".into(),
                address: "10.0.0.1".into(),
                vendor: network::Vendor::Mikrotik,
                coa_port: None,
                branch,
                message_authenticator: network::MessageAuthenticator::Required,
                counters_swapped: false,
            };
            let nas: NasId = network::nas::add(tx, &edit, None).await?.id;
            let account = network::account::of_subscription(tx, subscription).await?.unwrap();
            let at = now().plus_secs(-600);
            let start = AccountingRecord {
                nas,
                kind: RecordKind::Start,
                acct_session_id: "81000001".into(),
                username: account.username,
                mac: Mac::parse("4C5E0C1122A1"),
                framed_ip: None,
                secs: 0,
                bytes_in: 0,
                bytes_out: 0,
                cause: None,
                access_version: None,
                event_at: at,
                received_at: at,
            };
            network::session::apply(tx, &[start]).await.map(drop)
        })
        .await
        .unwrap();
    let swap = world.visit(Kind::Swap, subscription).await;
    let ops = [
        op(60, 60, swap, None, scan("ZTEB1")),
        photo(61, 61, swap, Some(60), "installation"),
        op(62, 62, swap, Some(61), json!({"kind": "done"})),
    ];
    done(&world, Who::Sari, &ops).await;
    let result = order(&world, swap).await.online_result;
    assert_eq!(result.as_deref(), Some("Belum ada login dari perangkat."));
}

#[tokio::test]
async fn a_dismantle_needs_the_scan_or_a_word_why_the_device_stays_and_then_it_is_lost() {
    let world = World::new(Start::OnSite).await;
    let subscription = world.install().await;
    let dismantle = world.visit(Kind::Dismantle, subscription).await;
    let empty = op(60, 60, dismantle, None, json!({"kind": "done"}));
    let results = world.send(now(), Who::Sari, &[empty]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.not_complete"));
    assert!(results[0].id.as_deref().is_some_and(|text| text.contains("ZTEA1")), "{results:?}");
    let why = json!({"kind": "done", "not_retrieved": "pelanggan pindah tanpa kabar"});
    done(&world, Who::Sari, &[op(61, 61, dismantle, Some(60), why)]).await;
    let lost = item(&world, "ZTEA1").await;
    assert_eq!((lost.state, lost.subscription_id), (ItemState::Lost, None));
    let history = inventory::find::history(&mut world.db.reader(), lost.id).await.unwrap();
    let document = &history.last().unwrap().document;
    assert!(document.contains("pelanggan pindah tanpa kabar"), "{document}");
    assert!(state::broken(&world.db).await.is_empty());
}

#[tokio::test]
async fn counted_stock_is_used_on_the_visit_and_stands_in_the_orders_story() {
    let world = World::new(Start::OnSite).await;
    let first = world.order(1);
    let cable = |visit: i64| json!({"kind": "use", "visit": visit, "item_type": super::world::CABLE, "quantity": 25});
    let results = world.send(now(), Who::Sari, &[op(1, 1, first, None, cable(2))]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.other_visit"));
    let second = world.order(2);
    let early = op(2, 2, second, None, cable(1));
    let results = world.send(now(), Who::Sari, &[early]).await.unwrap();
    assert_eq!(results[0].code.as_deref(), Some("fulfilment.wrong_state"), "not accepted yet");
    done(&world, Who::Sari, &[op(3, 3, first, Some(1), cable(1))]).await;
    let steps = fulfilment::steps(&mut world.db.reader(), first).await.unwrap();
    let used = steps.iter().find(|stage| stage.step == "used").unwrap();
    assert_eq!(used.detail.as_deref(), Some("25 m DROPCORE"));
}

#[tokio::test]
async fn steps_that_were_applied_are_forgotten_after_ninety_days() {
    let world = World::new(Start::OnSite).await;
    let first = world.order(1);
    done(&world, Who::Andi, &[op(1, 1, first, None, json!({"kind": "accept"}))]).await;
    let kept = flows::tasks::keep_house(&world.db, now().plus_days(90)).await.unwrap();
    assert_eq!(kept.ops_forgotten, 0);
    let kept = flows::tasks::keep_house(&world.db, now().plus_days(91)).await.unwrap();
    assert_eq!(kept.ops_forgotten, 1);
}

/// An ODP with one port; answers its id.
async fn odp(world: &World, code: &str, lat: f64) -> kernel::OdpId {
    let branch = order(world, world.order(1)).await.branch_id;
    let new = crm::odp::NewOdp {
        code: code.into(),
        name: code.into(),
        branch,
        lat,
        lon: 106.8,
        ports: 1,
        reach_m: 250,
    };
    let add = async |tx: &mut Tx| crm::odp::add(tx, new.clone()).await;
    world.db.write(&cause(now()), add).await.unwrap().id
}

#[tokio::test]
async fn after_a_move_the_customer_lives_there_and_hangs_on_the_odp_there() {
    let world = World::new(Start::OnSite).await;
    let subscription = world.install().await;
    let (old, new) = (odp(&world, "LAMA", -6.2).await, odp(&world, "BARU", -6.25).await);
    let other = order(&world, world.order(2)).await.subscription_id;
    let visit = flows::dispatch::NewVisit {
        kind: Kind::Move,
        subscription,
        address: Some("Jl. Kenanga 9".into()),
        place: Some((-6.2501, 106.8)),
        odp: None,
        beyond_reach: false,
        note: String::new(),
    };
    let moving = world
        .db
        .write(&cause(now()), async |tx: &mut Tx| {
            crm::odp::reserve_port(tx, old, subscription).await?;
            let far = flows::dispatch::NewVisit { odp: Some(old), ..visit.clone() };
            let refused = flows::dispatch::open(tx, far).await.unwrap_err();
            assert_eq!(
                (refused.fields[0].name.as_str(), refused.fields[0].code),
                ("odp", "beyond_reach")
            );
            flows::dispatch::open(tx, visit.clone()).await
        })
        .await
        .unwrap();
    assert_eq!(moving.odp_id, Some(new), "the nearest there");
    for full in [false, true] {
        world.arrive(Who::Sari, moving.id).await;
        if full {
            let take = async |tx: &mut Tx| crm::odp::reserve_port(tx, new, other).await;
            world.db.write(&cause(now()), take).await.unwrap();
        }
        let n = if full { 81 } else { 80 };
        let here = json!({"kind": "gps", "lat": -6.2501, "lon": 106.8, "accuracy_m": 5});
        let ops = [
            op(n, 80, moving.id, None, json!({"kind": "done", "note": "pindah"})),
            op(n + 10, 90, moving.id, Some(n), here),
        ];
        done(&world, Who::Sari, &ops).await;
        let q = &mut world.db.reader();
        let customer = crm::customer::find(q, &Scope::all(), moving.customer_id).await.unwrap();
        assert_eq!(customer.address, "Jl. Kenanga 9");
        assert_eq!((customer.lat, customer.lon), (Some(-6.2501), Some(106.8)));
        let port = crm::odp::port_of(q, subscription).await.unwrap().map(|port| port.odp_id);
        let order = order(&world, moving.id).await;
        let why = order.review_why.as_deref();
        if full {
            assert_eq!((port, why), (None, Some("no_port")), "NOC sorts it out");
        } else {
            assert_eq!((port, why), (Some(new), None));
            // Once more from the start, with the new ODP full.
            world
                .db
                .write(&cause(now()), async |tx: &mut Tx| {
                    crm::odp::release_port(tx, subscription).await?;
                    crm::odp::reserve_port(tx, old, subscription).await?;
                    let back = "update fulfilment_work_order set state = 'open', scheduled_on = null, gps_lat = null,
                         gps_lon = null, gps_at = null where id = $1";
                    tx.exec(back, args![moving.id]).await
                })
                .await
                .unwrap();
        }
    }
}

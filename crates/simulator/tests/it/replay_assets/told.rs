//! What we do arrives there: each move once, in order, whatever happens on the way.

use super::*;

#[tokio::test]
async fn a_device_received_carried_installed_and_fetched_arrives_with_each_move_once_and_in_order()
{
    both(async |isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        isp.mirror().await;
        assert_eq!(isp.there("ZTE001"), "Gudang Utama");
        isp.to(item, isp.bags[0]).await;
        isp.mirror().await;
        assert_eq!(isp.there("ZTE001"), "Tas teknisi/Tas Andi");
        isp.installed("ZTE001").await;
        isp.mirror().await;
        let customer =
            crm::customer::find(&mut isp.db.reader(), &Scope::all(), isp.customer).await.unwrap();
        assert_eq!(isp.there("ZTE001"), customer.number);
        isp.write(async |tx: &mut Tx| {
            take_back(tx, isp.subscription, isp.bags[0], &How::Scanned, "SPK-2").await
        })
        .await
        .unwrap();
        isp.write(async |tx: &mut Tx| {
            part_with(tx, item, Fate::Returned(isp.warehouse), &How::Scanned, "uji").await
        })
        .await
        .unwrap();
        isp.mirror().await;
        assert_eq!(isp.there("ZTE001"), "Gudang Utama");
        assert_eq!(isp.replay.world().by_serial("ZTE001")[0].status, 85, "returned, to be tested");
        let expected: Vec<String> = (2..=5).map(|seq| operation(item, seq)).collect();
        assert_eq!(isp.told("ZTE001"), expected);
        assert_eq!(isp.waiting().await, 0);
        // What we did ourselves comes back as nothing.
        let polled = isp.poll().await;
        assert_eq!((polled.adopted, polled.asked, polled.marked), (0, 0, 0), "{polled:?}");
        assert!(isp.findings().await.is_empty());
        let metadata = isp.replay.world().by_serial("ZTE001")[0].metadata["sambung"].clone();
        assert_eq!(metadata["item"], json!(item.uuid()));
    })
    .await;
}

#[tokio::test]
async fn down_for_an_hour_then_everything_arrives_once_and_in_order() {
    both(async |isp: Isp| {
        isp.attached().await;
        let first = isp.received("ZTE001").await;
        isp.mirror().await;
        isp.replay.set_down(true);
        let second = isp.received("ZTE002").await;
        for n in 0..12 {
            let (a, b) = (isp.bags[n % 2], if n % 3 == 0 { isp.warehouse } else { isp.bags[1] });
            isp.to(first, a).await;
            isp.to(second, b).await;
            flows::mirror::turn(&isp.db, &isp.carrier, &isp.clock).await.unwrap();
            assert!(adopt::poll(&isp.db, &*isp.system, isp.now()).await.is_err());
            isp.later(300);
        }
        assert_eq!(isp.waiting().await, 2);
        let health = engine::health(&mut isp.db.reader()).await.unwrap();
        assert!(!health[0].reachable && health[0].last_error.is_some());
        isp.replay.set_down(false);
        for _ in 0..3 {
            isp.mirror().await;
            isp.later(300);
        }
        for (item, serial) in [(first, "ZTE001"), (second, "ZTE002")] {
            let last = isp.item(item).await.version;
            let expected: Vec<String> = (2..=last).map(|seq| operation(item, seq)).collect();
            assert_eq!(isp.told(serial), expected);
        }
        assert_eq!(isp.waiting().await, 0);
        assert!(isp.findings().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_move_whose_answer_was_lost_is_told_once() {
    both(async |isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        // The item itself, then its move.
        isp.replay.next([Mishap::LostAnswer]);
        isp.mirror().await;
        isp.later(10);
        isp.mirror().await;
        assert_eq!(isp.there("ZTE001"), "Gudang Utama");
        isp.to(item, isp.bags[0]).await;
        isp.to(item, isp.bags[1]).await;
        isp.replay.next([Mishap::LostAnswer]);
        isp.mirror().await;
        assert_eq!(isp.waiting().await, 1);
        isp.later(10);
        isp.mirror().await;
        assert_eq!(isp.told("ZTE001"), [operation(item, 2), operation(item, 3)]);
        assert_eq!(isp.there("ZTE001"), "Tas teknisi/Tas Sari");
        assert_eq!(isp.waiting().await, 0);
        assert!(isp.findings().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_answer_slower_than_we_wait_is_like_a_lost_one_and_holds_nobody_up() {
    both(async |mut isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        isp.mirror().await;
        let hasty = Arc::new(connector(&isp.replay, TOKEN, Duration::from_millis(150)));
        isp.carrier = Assets::new(hasty);
        isp.to(item, isp.bags[0]).await;
        isp.replay.next([Mishap::Slow(Duration::from_secs(4))]);
        let begun = std::time::Instant::now();
        isp.mirror().await;
        assert!(begun.elapsed() < Duration::from_millis(3_500));
        isp.carrier = Assets::new(isp.system.clone());
        isp.later(10);
        isp.mirror().await;
        assert_eq!(isp.told("ZTE001"), [operation(item, 2)]);
        assert_eq!(isp.waiting().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_worker_killed_between_writing_there_and_here_makes_nothing_twice() {
    both(async |isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        let kill = |on: bool| {
            isp.db.set_faults(on.then(|| {
                let hook = |point: FaultPoint, cause: &Cause| {
                    (point == FaultPoint::BeforeCommit && cause.actor.name == "inventree")
                        .then(|| Fault::unavailable("test.killed", "mati", "killed"))
                };
                Arc::new(hook) as Arc<dyn Fn(FaultPoint, &Cause) -> Option<Fault> + Send + Sync>
            }));
        };
        kill(true);
        isp.mirror().await;
        assert_eq!(isp.replay.world().by_serial("ZTE001").len(), 1, "it was made there");
        let linked =
            link::get(&mut isp.db.reader(), ENGINE, Subject::Item, item.uuid()).await.unwrap();
        assert!(linked.is_none(), "and nobody here knows");
        kill(false);
        isp.later(10);
        isp.mirror().await;
        assert_eq!(isp.replay.world().by_serial("ZTE001").len(), 1);
        isp.to(item, isp.bags[0]).await;
        kill(true);
        isp.mirror().await;
        kill(false);
        isp.later(10);
        isp.mirror().await;
        assert_eq!(isp.told("ZTE001"), [operation(item, 2)]);
        assert_eq!(isp.waiting().await, 0);
        assert!(isp.findings().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_201_that_changed_nothing_is_not_believed() {
    both(async |isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        isp.mirror().await;
        isp.to(item, isp.bags[0]).await;
        isp.replay.next([Mishap::Lie]);
        isp.mirror().await;
        let stuck = mark::stuck(&mut isp.db.reader(), ENGINE, 10).await.unwrap();
        assert!(stuck[0].last_error.contains("bridge.engine_lied"), "{stuck:?}");
        assert_eq!(isp.there("ZTE001"), "Gudang Utama");
        isp.later(10);
        isp.mirror().await;
        assert_eq!(isp.there("ZTE001"), "Tas teknisi/Tas Andi");
        assert_eq!(isp.waiting().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_photo_is_hung_on_its_item_once_though_the_answer_was_lost() {
    both(async |isp: Isp| {
        isp.attached().await;
        isp.received("ZTE001").await;
        isp.mirror().await;
        let pk = isp.pk("ZTE001");
        let photo = PhotoRecord {
            operation: "op:photo-1".into(),
            file_name: "label.png".into(),
            mime: "image/png".into(),
            bytes: vec![7; 70],
        };
        isp.replay.next([Mishap::LostAnswer]);
        let lost = isp.system.attach(&pk.to_string(), &photo).await;
        assert_eq!(lost.unwrap_err().code, "bridge.engine_away");
        isp.system.attach(&pk.to_string(), &photo).await.unwrap();
        assert_eq!(isp.replay.world().attachments_of(pk), 1);
    })
    .await;
}

#[tokio::test]
async fn a_busy_server_is_tried_again_and_an_own_status_shows_what_is_installed() {
    both(async |isp: Isp| {
    let status = json!({ "key": 210, "name": "INSTALLED", "label": "Installed", "color": "primary",
        "logical_key": 10, "model": 64, "reference_status": "StockStatus" });
    let answer = reqwest::Client::new()
        .post(format!("{}/api/generic/status/custom/", isp.replay.url()))
        .header("Authorization", format!("Token {}", simulator::replay::inventree::TOKEN_ADMIN))
        .json(&status)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    isp.attached().await;
    let item = isp.received("ZTE001").await;
    isp.to(item, isp.bags[0]).await;
    isp.installed("ZTE001").await;
    isp.replay.next([Mishap::Locked]);
    for _ in 0..3 {
        isp.mirror().await;
        isp.later(10);
    }
    let world = isp.replay.world();
    let there = world.by_serial("ZTE001");
    assert_eq!((there[0].status, there[0].custom_status), (10, 210));
    assert!(there[0].customer.is_some());
    })
    .await;
}

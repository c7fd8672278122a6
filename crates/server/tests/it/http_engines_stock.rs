//! A stock system that rings: its plugin, as it is shipped, signs a notice; ours verifies it and looks at once.

use std::path::{Path, PathBuf};
use std::process::Command;

use axum::http::StatusCode;
use bridge::{Engine, engine};
use connectors::inventree::bell;
use inventory::receive::{Line, receive};
use inventory::{How, LocationKind, location};
use kernel::{Cause, LocationId, Money, UserId};
use network::Secret;
use serde_json::json;
use server::config::Http;
use server::http::router;
use server::listen::Listener;
use simulator::replay::inventree::{Replay, TOKEN};
use store::{QueryExt, Tx, args};
use tokio::sync::watch;

use crate::isp::{items, refusal};
use crate::street::{Street, later};
use crate::world::{self, World};

const OF: Engine = Engine::Inventree;

/// The names that the plugin takes from its server.
const STAND_INS: [(&str, &str); 2] = [
    ("plugin/__init__.py", "class InvenTreePlugin:\n    pass\n"),
    ("plugin/mixins.py", "class EventMixin:\n    pass\n"),
];

fn plugin() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/engines/inventree-plugin")
}

/// Lets the plugin deal with these events, as its server calls it.
async fn happens(url: String, secret: String, events: &'static [&'static str]) {
    let run = move || {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in STAND_INS {
            let file = dir.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let calls: String = events
            .iter()
            .map(|event| format!("bell.process_event('{event}', id=1, quantity='1.0')\n"))
            .collect();
        let script = format!("import sambung_bell\nbell = sambung_bell.SambungBell()\n{calls}");
        let path = std::env::join_paths([dir.path().to_owned(), plugin()]).unwrap();
        let done = Command::new("python3")
            .args(["-B", "-c", &script])
            .env("PYTHONPATH", path)
            .env("SAMBUNG_BELL_URL", url)
            .env("SAMBUNG_BELL_SECRET", secret)
            .output()
            .expect("python3 of the Debian package python3");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

/// A device of ours in the warehouse, told, and nothing new over there.
async fn attached(world: &World, street: &Street) -> (Replay, [LocationId; 2]) {
    let replay = Replay::start(world.now()).await.unwrap();
    let shown = json!({ "url": replay.url() });
    let branch = street.isp.jakarta;
    let technician: UserId = "0193a9d0-0000-7000-8000-000000000b01".parse().unwrap();
    let cause = Cause::system(world.now(), "test");
    let places = world.db.write(&cause, async |tx: &mut Tx| {
        engine::attach(tx, OF, &shown, &Secret::new(TOKEN)).await?;
        let ont = inventory::item::NewType {
            sku: "ZTE-F670".into(),
            name: "ONT ZTE F670".into(),
            kind: "ont".into(),
            unit: "pcs".into(),
            serialized: true,
            value: Money::rupiah(350_000),
        };
        let ont = inventory::item::add_type(tx, &ont).await?;
        let warehouse = location::add(tx, LocationKind::Warehouse, "Gudang Utama", branch).await?;
        let bag = location::bag_of(tx, technician, branch, "Tas Andi").await?;
        let lines = [Line { serial: "ZTE001".into(), mac: None }];
        receive(tx, warehouse, ont, &lines, &How::Scanned, "SJ-1").await?;
        flows::mirror::asset::mark_all(tx).await?;
        Ok([warehouse, bag])
    });
    let places = places.await.unwrap();
    let reach = &world.app.outside.engines;
    for _ in 0..5 {
        let carrier = reach.carrier(&world.db, OF).await.unwrap().unwrap();
        flows::mirror::turn(&world.db, &*carrier, &world.clock).await.unwrap();
    }
    look(world).await;
    later(world, 60);
    replay.set_now(world.now());
    (replay, places)
}

async fn look(world: &World) {
    let system = world.app.outside.engines.assets(&world.db).await.unwrap().unwrap();
    flows::adopt::asset::poll(&world.db, &*system, world.now()).await.unwrap();
}

async fn moved_there(replay: &Replay) {
    let (pk, place) = {
        let world = replay.world();
        (world.by_serial("ZTE001")[0].pk, world.location("Tas teknisi/Tas Andi").unwrap())
    };
    let body = json!({ "items": [{ "pk": pk, "quantity": 1 }], "location": place });
    let answer = reqwest::Client::new()
        .post(format!("{}/api/stock/transfer/", replay.url()))
        .header("Authorization", format!("Token {TOKEN}"))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
}

async fn count(world: &World, sql: &str) -> i64 {
    world.db.reader().value(sql, args![]).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plugin_as_it_is_shipped_rings_and_the_device_is_looked_at_at_once() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let (replay, [_, bag]) = attached(&world, &street).await;
        let http = Http { listen: ([127, 0, 0, 1], 0).into(), ..Http::default() };
        let listener = Listener::bind(&http).await.unwrap();
        let url = format!("http://{}/bells/inventree", listener.address().unwrap());
        let (stop, stopping) = watch::channel(false);
        let server = tokio::spawn(listener.serve(router(world.app.clone()), stopping));

        moved_there(&replay).await;
        let secret = bell::secret(TOKEN).unwrap();
        happens(
            url.clone(),
            secret,
            &["stockitem.moved", "part_part.saved", "stock_stockitem.saved"],
        )
        .await;
        assert_eq!(count(&world, "select count(*) from bridge_notice").await, 2, "what it wants");
        // Nobody has to wait for the minute: whoever deals with notices is awake.
        world.app.outside.engines.rung(OF).await;
        let reach = &world.app.outside.engines;
        let system = reach.assets(&world.db).await.unwrap().unwrap();
        let polled =
            flows::adopt::asset::answer_bells(&world.db, &*system, world.now()).await.unwrap();
        assert_eq!(polled.adopted, 1, "{polled:?}");
        let at: LocationId = world
            .db
            .reader()
            .value("select location_id from inventory_item where serial = 'ZTE001'", args![])
            .await
            .unwrap();
        assert_eq!(at, bag);
        let waiting = "select count(*) from bridge_notice where done_at is null";
        assert_eq!(count(&world, waiting).await, 0, "one look answers all");
        let again =
            flows::adopt::asset::answer_bells(&world.db, &*system, world.now()).await.unwrap();
        assert_eq!(again.seen, 0, "nobody rang");

        // With another secret it is heard by nobody, and the plugin goes on.
        happens(url, "bukan-rahasianya".into(), &["stockitem.moved", "stockitem.moved"]).await;
        assert_eq!(count(&world, "select count(*) from bridge_notice").await, 2);
        let engines = items(&world, &street.owner, "/api/v1/engines").await;
        assert_eq!(engines[0]["refused_notices"], json!(2));
        stop.send(true).unwrap();
        server.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_notice_waits_while_the_server_is_away_and_a_stranger_finds_no_bell() {
    world::sqlite(async |world: World| {
        let ring = async |path: &str, body: &str| {
            world.ask("post", path).without("origin").text(body).send().await
        };
        assert_eq!(ring("/bells/inventree", "{}").await.status, StatusCode::NOT_FOUND);
        let street = Street::open(&world).await;
        let (replay, _) = attached(&world, &street).await;
        assert_eq!(
            refusal(&ring("/bells/inventree", "{}").await),
            (401, "bridge.notice_refused".into())
        );
        assert_eq!(ring("/bells/freeradius", "{}").await.status, StatusCode::NOT_FOUND);
        let cause = Cause::system(world.now(), "test");
        let store = async |tx: &mut Tx| bridge::inbox::receive(tx, OF, "k", "{}").await;
        world.db.write(&cause, store).await.unwrap();
        let system = world.app.outside.engines.assets(&world.db).await.unwrap().unwrap();
        replay.set_down(true);
        let away = flows::adopt::asset::answer_bells(&world.db, &*system, world.now()).await;
        assert!(away.is_err());
        let error =
            "select count(*) from bridge_notice where done_at is null and last_error is not null";
        assert_eq!(count(&world, error).await, 1);
        replay.set_down(false);
        later(&world, 20);
        replay.set_now(world.now());
        flows::adopt::asset::answer_bells(&world.db, &*system, world.now()).await.unwrap();
        assert_eq!(count(&world, error).await, 0);
    })
    .await;
}

//! What a stock system that takes ten seconds for each answer costs the rest: billing, logins, lists; alone and beside it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bridge::asset::AssetSystem;
use bridge::{Engine, engine, mark};
use connectors::inventree::{InvenTree, Options};
use flows::mirror;
use flows::mirror::asset::{Assets, mark_all};
use flows::views::customers::{self, CustomerFilter};
use inventory::receive::{Line, receive};
use inventory::{How, LocationKind, location};
use kernel::clock::SystemClock;
use kernel::{Cause, Clock, Day, Money, Scope, Ts, Zone};
use serde_json::json;
use simulator::replay::inventree::{Replay, TOKEN};
use store::{Db, QueryExt, Secret, Tx, args};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::account::SECRET;
use crate::load::{self, Kind, Until};
use crate::seed::{fill, open, said};

/// How long the stock system takes for an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// Devices that it has to be told of.
const DEVICES: usize = 300;
const LOGINS: u64 = 2_000;
const LISTS: usize = 200;

/// What was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    pub(super) bill_secs: f64,
    pub(super) login_p99_ms: f64,
    pub(super) list_p95_ms: f64,
}

/// Alone, then beside the slow one.
pub(super) async fn measure(folder: &Path, count: u32) -> Result<[Beside; 2]> {
    Ok([one(folder, count, false).await?, one(folder, count, true).await?])
}

async fn one(folder: &Path, count: u32, slow: bool) -> Result<Beside> {
    let folder = folder.join("slow");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("an older run's folder")?;
    }
    let since = Day::ymd_clamped(2026, 10, 10);
    let seeded = Ts::local(since, 9, 0, Zone::Jakarta);
    let db = open(&folder, None, seeded).await?;
    fill(&db, count, since, seeded).await?;
    let (stop, stopping) = watch::channel(false);
    let mut loops = JoinSet::new();
    let replay = if slow { Some(attach(&db, seeded, &mut loops, &stopping).await?) } else { None };
    let mut config = aaa::serve::Config::on([127, 0, 0, 1].into(), folder.clone());
    (config.auth, config.acct) = (([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], 0).into());
    let radius =
        aaa::serve::start(config, db.clone(), Arc::new(SystemClock)).await.map_err(said)?;
    let login_p99_ms = logins(radius.auth, count).await?;
    let list_p95_ms = lists(&db).await?;
    let first = Day::ymd_clamped(2026, 11, 1);
    let cause = Cause::system(Ts::local(first, 0, 1, Zone::Jakarta), "bench");
    let started = Instant::now();
    let run = billing::issue::run(&db, &cause.now, &cause, first).await.map_err(said)?;
    let bill_secs = started.elapsed().as_secs_f64();
    ensure!(run.invoices == i64::from(count), "{} invoices of {count}", run.invoices);
    if let Some(replay) = &replay {
        let backlog = mark::backlog(&mut db.reader(), Engine::Inventree).await.map_err(said)?;
        ensure!(backlog.waiting > 0, "it was not slow enough to be beside all of it");
        replay.set_slow(None);
    }
    let _ = stop.send(true);
    while loops.join_next().await.is_some() {}
    radius.stop().await;
    db.close().await;
    Ok(Beside { bill_secs, login_p99_ms, list_p95_ms })
}

/// Devices that wait to be told, and the loops that the worker runs for the stock system.
async fn attach(
    db: &Db,
    now: Ts,
    loops: &mut JoinSet<()>,
    stopping: &watch::Receiver<bool>,
) -> Result<Replay> {
    let replay = Replay::start(now).await.context("the recorded server")?;
    let options = Options::new(replay.url(), Secret::new(TOKEN));
    let system: Arc<dyn AssetSystem> = Arc::new(InvenTree::new(options).map_err(said)?);
    let url = json!({ "url": replay.url() });
    db.write(&Cause::system(now, "bench"), async |tx: &mut Tx| {
        engine::attach(tx, Engine::Inventree, &url, &Secret::new(TOKEN)).await?;
        stock(tx).await?;
        mark_all(tx).await
    })
    .await
    .map_err(said)?;
    replay.set_slow(Some(ANSWER));
    let assets = Assets::new(Arc::clone(&system));
    let (told, mut stop) = (db.clone(), stopping.clone());
    loops.spawn(async move {
        while !*stop.borrow() {
            // It does not answer in time, as it is meant to.
            mirror::turn(&told, &assets, &SystemClock).await.ok();
            let _ = tokio::time::timeout(Duration::from_millis(500), stop.changed()).await;
        }
    });
    let (looked, mut stop) = (db.clone(), stopping.clone());
    loops.spawn(async move {
        while !*stop.borrow() {
            let now = SystemClock.now();
            flows::adopt::asset::poll(&looked, &*system, now).await.ok();
            let _ = tokio::time::timeout(Duration::from_secs(1), stop.changed()).await;
        }
    });
    Ok(replay)
}

async fn stock(tx: &mut Tx) -> kernel::Result<()> {
    let branch = tx.value("select id from catalog_branch order by id limit 1", args![]).await?;
    let ont = inventory::item::NewType {
        sku: "ONT-1".into(),
        name: "ONT".into(),
        kind: "ont".into(),
        unit: "pcs".into(),
        serialized: true,
        value: Money::rupiah(350_000),
    };
    let ont = inventory::item::add_type(tx, &ont).await?;
    let warehouse = location::add(tx, LocationKind::Warehouse, "Gudang", branch).await?;
    let lines: Vec<Line> =
        (0..DEVICES).map(|n| Line { serial: format!("ONT{n:06}"), mac: None }).collect();
    receive(tx, warehouse, ont, &lines, &How::Program, "bench").await.map(drop)
}

/// One login after the other.
async fn logins(server: std::net::SocketAddr, accounts: u32) -> Result<f64> {
    let options = load::Options {
        server,
        secret: SECRET.to_owned(),
        kind: Kind::Pap,
        accounts,
        outstanding: 1,
        warm_up: Duration::from_millis(200),
        until: Until::Requests(LOGINS),
        patience: Duration::from_secs(2),
        tries: 3,
        seed: 1,
        pids: Vec::new(),
        since: None,
        first_round: 0,
        answered: None,
    };
    let outcome = tokio::task::spawn_blocking(move || load::run(&options)).await??;
    ensure!(outcome.is_clean(), "logins: {outcome:?}");
    Ok(outcome.p99_ms)
}

/// The list that people open most.
async fn lists(db: &Db) -> Result<f64> {
    let mut took = Vec::with_capacity(LISTS);
    for _ in 0..LISTS {
        let started = Instant::now();
        let filter = CustomerFilter::default();
        let rows = customers::list(&mut db.reader(), &Scope::all(), &filter, None, 50)
            .await
            .map_err(said)?;
        ensure!(rows.len() == 50, "{} rows", rows.len());
        took.push(started.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    took.get(LISTS * 95 / 100).copied().context("no list was read")
}

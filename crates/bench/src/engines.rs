//! A FreeRADIUS that reads its SQL tables, kept by us: the first sync, the comparison when nothing changed, and how
//! soon a change is in the tables.

mod slow;
mod tables;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bridge::{Engine, engine, mark};
use connectors::freeradius::{Freeradius, Settings};
use flows::compare::access::{self, Compared};
use flows::mirror;
use flows::mirror::access::AccessCarrier;
use kernel::clock::SystemClock;
use kernel::{Cause, Clock, Day, SubscriptionId};
use network::{Desired, Why};
use store::{Db, QueryExt, Secret, Tx, args};
use tokio::sync::watch;

use self::tables::Tables;
use crate::account::Account;
use crate::process;
use crate::seed::{fill, open, said};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Size {
    /// Customers of the first sync.
    pub first: u32,
    /// Accounts of the comparison.
    pub steady: u32,
    /// A PostgreSQL where a database for FreeRADIUS may be made.
    pub postgres: Option<String>,
    /// Debian's FreeRADIUS configuration, for its tables.
    pub stock: PathBuf,
}

/// Access changes whose way is timed.
const CHANGES: u32 = 200;
/// Passes that find nothing, of which the middle one counts.
const PASSES: usize = 5;
/// The worker compares this often.
const PERIOD_SECS: f64 = 20.0;

#[derive(Debug, Default)]
struct Figures {
    database: &'static str,
    first_secs: f64,
    steady_first_secs: f64,
    whole_secs: f64,
    pass_secs: f64,
    own_cpu_secs: f64,
    database_cpu_secs: f64,
    ways_ms: Vec<f64>,
}

/// Runs everything on MariaDB, and on PostgreSQL when given; writes `engines.md`.
///
/// # Errors
/// When a step fails, or the two sides are not equal afterwards.
pub async fn measure(work: &Path, out: &Path, size: &Size) -> Result<()> {
    let mut all = Vec::new();
    let folder = work.join("engines");
    let mariadb = Tables::mariadb(&folder.join("mariadb"), &size.stock)?;
    all.push(one(&folder, &mariadb, size).await?);
    drop(mariadb);
    if let Some(url) = &size.postgres {
        let postgres = Tables::postgres(url, &size.stock)?;
        all.push(one(&folder, &postgres, size).await?);
        postgres.close()?;
    }
    let beside = slow::measure(&folder, size.first).await?;
    let text = table(size, &all)? + &slow_table(size, &beside)?;
    println!("{text}");
    std::fs::create_dir_all(out).context("the folder for the tables")?;
    std::fs::write(out.join("engines.md"), text).context("engines.md")
}

async fn one(folder: &Path, tables: &Tables, size: &Size) -> Result<Figures> {
    let mut figures = Figures { database: tables.name(), ..Figures::default() };
    let provider = Provider::open(folder, tables, size.first).await?;
    (figures.first_secs, _) = provider.first_sync().await?;
    provider.db.close().await;
    tables.again()?;
    let provider = Provider::open(folder, tables, size.steady).await?;
    (figures.steady_first_secs, figures.whole_secs) = provider.first_sync().await?;
    steady(&provider, tables, &mut figures).await?;
    figures.ways_ms = changes(&provider, tables).await?;
    provider.db.close().await;
    tables.again()?;
    Ok(figures)
}

/// Our side: SQLite, with the tables attached.
struct Provider {
    db: Db,
    carrier: AccessCarrier,
    count: u32,
}

impl Provider {
    async fn open(folder: &Path, tables: &Tables, count: u32) -> Result<Self> {
        let folder = folder.join("provider");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context("an older run's folder")?;
        }
        let now = SystemClock.now();
        let db = open(&folder, None, now).await?;
        fill(&db, count, Day::ymd_clamped(2026, 10, 10), now).await?;
        let settings = Settings { url: tables.url() };
        let port = Freeradius::new(&settings).map_err(said)?;
        let shown = settings.shown().map_err(said)?;
        let secret = Secret::new(serde_json::to_string(&settings)?);
        db.write(&Cause::system(now, "bench"), async |tx: &mut Tx| {
            engine::attach(tx, Engine::Freeradius, &shown, &secret).await
        })
        .await
        .map_err(said)?;
        Ok(Self { db, carrier: AccessCarrier::new(Arc::new(port)), count })
    }

    async fn pass(&self) -> Result<Compared> {
        let port = self.carrier.port().as_ref();
        access::pass(&self.db, port, &SystemClock).await.map_err(said)
    }

    /// From attaching until both sides are known to be equal; and how long that last look at all of them took.
    async fn first_sync(&self) -> Result<(f64, f64)> {
        let started = Instant::now();
        self.pass().await?;
        while self.waiting().await? > 0 {
            let told = mirror::turn(&self.db, &self.carrier, &SystemClock).await.map_err(said)?;
            ensure!(told.refused == 0 && told.away == 0, "{told:?}");
        }
        let looked = Instant::now();
        let compared = self.pass().await?;
        let count = usize::try_from(self.count)?;
        ensure!(compared.equal == count && compared.asked == 0, "{compared:?}");
        Ok((started.elapsed().as_secs_f64(), looked.elapsed().as_secs_f64()))
    }

    async fn waiting(&self) -> Result<i64> {
        let backlog = mark::backlog(&mut self.db.reader(), Engine::Freeradius).await;
        Ok(backlog.map_err(said)?.waiting)
    }
}

/// Passes when nobody changed anything.
async fn steady(provider: &Provider, tables: &Tables, figures: &mut Figures) -> Result<()> {
    provider.pass().await?;
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let before = (process::cpu(std::process::id())?, tables.cpu()?);
        let started = Instant::now();
        let compared = provider.pass().await?;
        ensure!(compared.parts == 0 && compared.asked == 0, "something moved: {compared:?}");
        let secs = started.elapsed().as_secs_f64();
        let own = process::cpu(std::process::id())?.saturating_sub(before.0);
        let theirs = tables.cpu()?.saturating_sub(before.1);
        passes.push((secs, own.as_secs_f64(), theirs.as_secs_f64()));
    }
    passes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let middle = passes.get(PASSES / 2).copied().unwrap_or_default();
    (figures.pass_secs, figures.own_cpu_secs, figures.database_cpu_secs) = middle;
    Ok(())
}

/// Isolates one customer after the other; the clock runs from the commit to the row in the tables.
async fn changes(provider: &Provider, tables: &Tables) -> Result<Vec<f64>> {
    let (stop, stopping) = watch::channel(false);
    let told = tell(provider, stopping.clone());
    let compared = compare(provider, stopping);
    let timed = async {
        let all = async {
            let mut ways = Vec::new();
            for n in 0..CHANGES {
                ways.push(change(provider, tables, Account(n * 7 % provider.count)).await?);
            }
            Ok::<_, anyhow::Error>(ways)
        };
        let ways = all.await;
        let _ = stop.send(true);
        ways
    };
    let (told, compared, ways) = tokio::join!(told, compared, timed);
    told?;
    compared?;
    ways
}

async fn change(provider: &Provider, tables: &Tables, account: Account) -> Result<f64> {
    let name = account.name();
    let subscription: SubscriptionId = provider
        .db
        .reader()
        .value("select subscription_id from network_account where username = $1", args![name])
        .await
        .map_err(said)?;
    let why = Why::new("bench", "Uji.", "Bench.", serde_json::Value::Null);
    let desired = Desired::Isolated { holds: vec!["unpaid".into()] };
    let cause = Cause::system(SystemClock.now(), "bench");
    provider
        .db
        .write(&cause, async |tx: &mut Tx| {
            network::access::intend(tx, subscription, desired.clone(), why.clone(), None).await
        })
        .await
        .map_err(said)?;
    let started = Instant::now();
    let sql = format!(
        "select count(*) from radusergroup where username = '{name}' and groupname = 'isolir'"
    );
    while tables.ask(&sql).await?.trim() != "1" {
        ensure!(started.elapsed() < Duration::from_secs(30), "{name} does not come");
    }
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

/// As the worker tells: at every commit.
async fn tell(provider: &Provider, mut stopping: watch::Receiver<bool>) -> Result<()> {
    let mut commits = provider.db.subscribe();
    loop {
        let done =
            mirror::turn(&provider.db, &provider.carrier, &SystemClock).await.map_err(said)?;
        if done.claimed > 0 {
            continue;
        }
        tokio::select! {
            _ = commits.recv() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stopping.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

/// As the worker compares.
async fn compare(provider: &Provider, mut stopping: watch::Receiver<bool>) -> Result<()> {
    loop {
        let started = Instant::now();
        provider.pass().await?;
        let rest = Duration::from_secs_f64(PERIOD_SECS).max(started.elapsed() * 9);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            _ = stopping.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

fn slow_table(size: &Size, [alone, beside]: &[slow::Beside; 2]) -> Result<String> {
    let mut text = format!(
        "\n# Beside a stock system that takes {} s for each answer\n\n\
         | | alone | beside it |\n|---|---|---|\n",
        slow::ANSWER.as_secs()
    );
    let bill = format!("{} invoices, s", size.first);
    for (what, alone, beside) in [
        (bill.as_str(), alone.bill_secs, beside.bill_secs),
        ("a login, ms (p99)", alone.login_p99_ms, beside.login_p99_ms),
        ("the list of customers, ms (p95)", alone.list_p95_ms, beside.list_p95_ms),
    ] {
        writeln!(text, "| {what} | {alone:.2} | {beside:.2} |")?;
    }
    Ok(text)
}

fn table(size: &Size, all: &[Figures]) -> Result<String> {
    let mut text = format!(
        "# FreeRADIUS's tables\n\nTargets: first sync of {} under 60 s; {} accounts compared under 60 s, and with \
         less than a tenth of a core when nothing changed; a change in the tables within 1 s (p95).\n\n\
         | database | first sync of {} s | of {} s | comparison of all s | pass when nothing changed s | its CPU ms, \
         ours and theirs | share of a core, each {PERIOD_SECS:.0} s | change → table ms, median | p95 | worst |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
        size.first, size.steady, size.first, size.steady
    );
    for f in all {
        let mut ways = f.ways_ms.clone();
        ways.sort_by(f64::total_cmp);
        let at = |part: usize| ways.get((ways.len() * part / 100).min(ways.len() - 1)).copied();
        let (middle, slow, worst) = (at(50), at(95), ways.last().copied());
        let share = (f.own_cpu_secs + f.database_cpu_secs) / PERIOD_SECS * 100.0;
        writeln!(
            text,
            "| {} | {:.1} | {:.1} | {:.1} | {:.2} | {:.0} + {:.0} | {share:.1} % | {:.0} | {:.0} | {:.0} |",
            f.database,
            f.first_secs,
            f.steady_first_secs,
            f.whole_secs,
            f.pass_secs,
            f.own_cpu_secs * 1e3,
            f.database_cpu_secs * 1e3,
            middle.context("no change was timed")?,
            slow.unwrap_or_default(),
            worst.unwrap_or_default(),
        )?;
    }
    Ok(text)
}

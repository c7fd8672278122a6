//! The whole program at work: `sambung serve` with all its roles on a provider of 100,000, while people pay,
//! lists are read, the month is billed and sessions report.
//!
//! What is measured is seen from outside: by HTTP, by RADIUS, by the router, by the kernel's count of memory.

mod desk;
mod provider;
mod router;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use self::desk::Desk;
use self::provider::{PAYERS, Provider};
use self::router::Router;
use crate::load::{Outcome, wall_secs};
use crate::opponent::{Child, pinned_generator};
use crate::process;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Size {
    pub subscriptions: u32,
    /// PostgreSQL instead of SQLite.
    pub postgres: Option<String>,
    /// Length of the traffic after which memory is read, in seconds.
    pub traffic_secs: u32,
}

/// Sessions that report while the month is billed.
const SESSIONS: u32 = 20_000;
/// Payments of each measurement.
const PAYMENTS: usize = 60;

#[derive(Debug, Default)]
struct Figures {
    memory: process::Memory,
    /// From the payment's request to *enforced*, in milliseconds.
    quiet: Vec<f64>,
    busy: Vec<f64>,
    pages: Vec<(&'static str, Vec<f64>)>,
    run_secs: f64,
    drained_secs: f64,
    interims: Option<Outcome>,
    /// Sessions whose newest answered interim was looked up afterwards: beside the run, and after a kill.
    kept_beside_run: usize,
    kept_after_kill: Option<usize>,
}

/// Runs everything on one database; writes `live-DATABASE.md`.
///
/// # Errors
/// When a step fails, or accounting that was answered is not there.
pub async fn measure(work: &Path, out: &Path, size: &Size) -> Result<()> {
    let kind = if size.postgres.is_some() { "postgresql" } else { "sqlite" };
    let folder = work.join(format!("live-{kind}"));
    let provider = Provider::build(&folder, size).await?;
    let mut figures = Figures::default();
    let mut server = provider.serve()?;
    let desk = Desk::open(&provider).await?;
    let router = Router::open(&provider).await?;
    router.dial_all(&provider).await?;

    traffic(&provider, size.traffic_secs)?;
    figures.memory = process::memory(server.pid())?;
    let (first, rest) = provider.payers.split_at(PAYMENTS.min(PAYERS / 2));
    for payer in first {
        figures.quiet.push(desk.pay(payer).await?);
    }
    figures.pages = desk.read_pages(&provider).await?;
    bill_the_month(&provider, &desk, rest, &mut figures).await?;
    if size.postgres.is_none() {
        figures.kept_after_kill = Some(kill_and_look(&provider, &mut server).await?);
    }
    server.stop()?;
    router.close().await;
    provider.db.close().await;
    let text = table(kind, size, &figures)?;
    println!("{text}");
    std::fs::create_dir_all(out).context("the folder for the tables")?;
    std::fs::write(out.join(format!("live-{kind}.md")), text).context("the table")
}

/// Logins, then sessions that start and report.
fn traffic(provider: &Provider, secs: u32) -> Result<()> {
    let half = (secs / 2).max(1).to_string();
    let auth = provider.auth.to_string();
    let load = provider.load(&[
        "--server",
        &auth,
        "--kind",
        "pap",
        "--seconds",
        &half,
        "--warm-up",
        "0",
        "--outstanding",
        "64",
    ]);
    clean("logins", &generator(&load)?.wait()?)?;
    let since = provider.since.to_string();
    let count = provider.sessions.to_string();
    let acct = provider.acct.to_string();
    let starts = provider.load(&[
        "--server",
        &acct,
        "--kind",
        "start",
        "--requests",
        &count,
        "--since",
        &since,
        "--outstanding",
        "256",
    ]);
    clean("starts", &generator(&starts)?.wait()?)?;
    let interims = provider.load(&[
        "--server",
        &acct,
        "--kind",
        "interim",
        "--seconds",
        &half,
        "--warm-up",
        "0",
        "--since",
        &since,
        "--outstanding",
        "256",
    ]);
    clean("interims", &generator(&interims)?.wait()?)
}

fn clean(what: &str, outcome: &Outcome) -> Result<()> {
    ensure!(outcome.is_clean(), "{what}: not every answer was right: {outcome:?}");
    Ok(())
}

/// The month's invoices are issued while people pay and sessions report.
async fn bill_the_month(
    provider: &Provider,
    desk: &Desk,
    payers: &[provider::Payer],
    figures: &mut Figures,
) -> Result<()> {
    let answered = provider.folder.join("answered-run.csv");
    let acct = provider.acct.to_string();
    let since = provider.since.to_string();
    let file = answered.display().to_string();
    let load = provider.load(&[
        "--server",
        &acct,
        "--kind",
        "interim",
        "--seconds",
        "12",
        "--warm-up",
        "0",
        "--since",
        &since,
        "--first-round",
        "100000",
        "--outstanding",
        "64",
        "--answered",
        &file,
    ]);
    provider.make_due().await?;
    let started = Instant::now();
    let run = desk.bill(provider.first_of_month).await?;
    let interims = generator(&load)?;
    let mut waiting = payers.iter();
    loop {
        if desk.is_billed(&run).await? {
            break;
        }
        match waiting.next() {
            Some(payer) => figures.busy.push(desk.pay(payer).await?),
            None => tokio::time::sleep(Duration::from_millis(100)).await,
        }
        ensure!(started.elapsed() < Duration::from_secs(600), "the run does not end");
    }
    // Seen from outside, to the length of one payment: the program writes one instant for a whole run.
    figures.run_secs = started.elapsed().as_secs_f64();
    let ended = Instant::now();
    while provider.outbox().await? > 0 {
        ensure!(ended.elapsed() < Duration::from_secs(600), "the outbox is not drained");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    figures.drained_secs = ended.elapsed().as_secs_f64();
    let outcome = tokio::task::spawn_blocking(move || interims.wait()).await??;
    clean("interims beside the run", &outcome)?;
    figures.interims = Some(outcome);
    figures.kept_beside_run = provider.all_kept(&answered).await?;
    Ok(())
}

/// `kill -9` in the middle of accounting: whatever was answered is there when the program runs again.
async fn kill_and_look(provider: &Provider, server: &mut Child) -> Result<usize> {
    let answered = provider.folder.join("answered-kill.csv");
    let (acct, since) = (provider.acct.to_string(), provider.since.to_string());
    let file = answered.display().to_string();
    let load = provider.load(&[
        "--server",
        &acct,
        "--kind",
        "interim",
        "--seconds",
        "6",
        "--warm-up",
        "0",
        "--since",
        &since,
        "--first-round",
        "200000",
        "--outstanding",
        "256",
        "--tries",
        "30",
        "--answered",
        &file,
    ]);
    let interims = generator(&load)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.kill()?;
    *server = provider.serve()?;
    let outcome = tokio::task::spawn_blocking(move || interims.wait()).await??;
    clean("interims around a kill", &outcome)?;
    provider.all_kept(&answered).await
}

/// The load generator, on the other core.
struct Generator(std::process::Child);

fn generator(arguments: &[String]) -> Result<Generator> {
    let own = std::env::current_exe().context("where this program is")?;
    // `sambung bench` lies beside it.
    let own = own.with_file_name("sambung-bench");
    let child = pinned_generator(&own.display().to_string())
        .arg("load")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .context("starting the generator")?;
    Ok(Generator(child))
}

impl Generator {
    fn wait(self) -> Result<Outcome> {
        let output = self.0.wait_with_output().context("the generator")?;
        if !output.status.success() {
            bail!("the generator failed");
        }
        serde_json::from_slice(&output.stdout).context("the generator's result")
    }
}

/// The value below which `percent` of the values lie.
pub(crate) fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

fn table(kind: &str, size: &Size, figures: &Figures) -> Result<String> {
    let mut text = format!(
        "# The whole program on {kind}\n\n{} accounts, `serve` with all roles on one core.\n\n\
         | what | count | p50 | p95 | worst |\n|---|---|---|---|---|\n",
        size.subscriptions
    );
    let mut row = |what: &str, ms: &[f64]| {
        let (p50, p95, worst) = (percentile(ms, 50), percentile(ms, 95), percentile(ms, 100));
        writeln!(text, "| {what} | {} | {p50:.1} ms | {p95:.1} ms | {worst:.1} ms |", ms.len())
    };
    row("payment → enforced", &figures.quiet)?;
    row("payment → enforced, beside the billing run", &figures.busy)?;
    for (page, ms) in &figures.pages {
        row(page, ms)?;
    }
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let memory = figures.memory;
    writeln!(
        text,
        "\n- memory after {} s of traffic: {:.0} MB, peak {:.0} MB",
        size.traffic_secs,
        mb(memory.now),
        mb(memory.peak)
    )?;
    writeln!(
        text,
        "- billing run beside all that: {:.1} s; messages queued {:.1} s after it",
        figures.run_secs, figures.drained_secs
    )?;
    if let Some(interims) = &figures.interims {
        writeln!(
            text,
            "- interims beside the run: {:.0}/s, p99 {:.1} ms; {} sessions looked up, none lost",
            interims.per_second, interims.p99_ms, figures.kept_beside_run
        )?;
    }
    if let Some(kept) = figures.kept_after_kill {
        writeln!(text, "- kill -9 amid interims: {kept} sessions looked up, no answered one lost")?;
    }
    Ok(text)
}

/// Where a server of this kind keeps what it prints.
fn log_of(folder: &Path) -> PathBuf {
    folder.join("sambung.out")
}

/// When the sessions began: an hour ago.
fn an_hour_ago() -> u64 {
    wall_secs().saturating_sub(3_600)
}

//! The business at 100,000 subscriptions: the billing run, the messages it leaves, the sweep in which 5 %
//! change. Each on its own figure; growth from a tenth of the size shows whether it is linear.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use kernel::{Cause, Day, Ts, Zone};
use store::{Db, QueryExt, args};

use crate::process;
use crate::seed::{fill, open, said};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Size {
    pub subscriptions: u32,
    /// A PostgreSQL besides SQLite.
    pub postgres: Option<String>,
}

struct Figures {
    database: String,
    subscriptions: u32,
    run_secs: f64,
    invoices: i64,
    messages_secs: f64,
    messages: i64,
    sweep_secs: f64,
    swept: usize,
    peak_mb: f64,
}

/// Runs everything on SQLite, and on PostgreSQL when given; writes `business.md`.
///
/// # Errors
/// When a step fails or does not do what it has to.
pub async fn measure(work: &Path, out: &Path, size: &Size) -> Result<()> {
    let mut all = Vec::new();
    for count in [size.subscriptions / 10, size.subscriptions] {
        let folder = work.join(format!("business-{count}"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context("an older run's folder")?;
        }
        all.push(one(&folder, None, count).await?);
        if let Some(url) = &size.postgres {
            let schema = format!("bench_{count}");
            let admin = Db::open(&store::Options::new(url.clone())).await.map_err(said)?;
            let script = format!("drop schema if exists {schema} cascade; create schema {schema};");
            admin.run_script(&script).await.map_err(said)?;
            admin.close().await;
            let separator = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{separator}options=-c%20search_path%3D{schema}");
            all.push(one(&folder, Some(&url), count).await?);
        }
    }
    let text = table(&all)?;
    println!("{text}");
    std::fs::create_dir_all(out).context("the folder for the tables")?;
    std::fs::write(out.join("business.md"), text).context("business.md")
}

async fn one(folder: &Path, url: Option<&str>, count: u32) -> Result<Figures> {
    let since = Day::ymd_clamped(2026, 10, 10);
    let seeded = Ts::local(since, 9, 0, Zone::Jakarta);
    let db = open(folder, url, seeded).await?;
    fill(&db, count, since, seeded).await?;
    let first = Day::ymd_clamped(2026, 11, 1);
    let run_at = Ts::local(first, 0, 1, Zone::Jakarta);
    // Each chunk of a run says its event a moment after the one before.
    let drained_at = run_at.plus_secs(60);

    let started = Instant::now();
    let cause = Cause::system(run_at, "bench");
    let run = billing::issue::run(&db, &cause.now, &cause, first).await.map_err(said)?;
    let run_secs = started.elapsed().as_secs_f64();
    ensure!(run.invoices == i64::from(count), "{} invoices of {count}", run.invoices);

    let started = Instant::now();
    loop {
        let done = flows::tasks::drain_outbox(&db, drained_at, 50).await.map_err(said)?;
        ensure!(done.failed == 0, "an after reaction failed");
        if done.claimed == 0 {
            break;
        }
    }
    let messages_secs = started.elapsed().as_secs_f64();
    let messages: i64 = db
        .reader()
        .value("select count(*) from notification_message", args![])
        .await
        .map_err(said)?;
    ensure!(messages == i64::from(count), "{messages} messages of {count}");

    pay_most(&db).await?;
    let due = Ts::local(Day::ymd_clamped(2026, 11, 21), 0, 1, Zone::Jakarta);
    let started = Instant::now();
    let swept = flows::sweep::sweep(&db, due).await.map_err(said)?;
    let sweep_secs = started.elapsed().as_secs_f64();
    let expected = usize::try_from(count / 20).unwrap_or(0);
    ensure!(swept.isolated == expected, "{swept:?}, {expected} expected");
    let again = flows::sweep::sweep(&db, due).await.map_err(said)?;
    ensure!(again.due == 0, "{again:?}, after {swept:?}");

    let peak = process::memory(std::process::id())?.peak;
    db.close().await;
    Ok(Figures {
        database: if url.is_some() { "PostgreSQL" } else { "SQLite" }.to_owned(),
        subscriptions: count,
        run_secs,
        invoices: run.invoices,
        messages_secs,
        messages,
        sweep_secs,
        swept: swept.due,
        peak_mb: peak as f64 / 1e6,
    })
}

/// 19 of 20 have paid by the 21st; behind the rooms' backs, since paying is not what is measured here.
async fn pay_most(db: &Db) -> Result<()> {
    let now = Ts::local(Day::ymd_clamped(2026, 11, 20), 20, 0, Zone::Jakarta);
    db.write(&Cause::system(now, "bench"), async |tx: &mut store::Tx| {
        tx.exec(
            "update billing_invoice set paid = total, paid_at = $1
             where subscription_id not in (
               select id from billing_subscription where number like '%00' or number like '%20'
                 or number like '%40' or number like '%60' or number like '%80')",
            args![now],
        )
        .await?;
        // One settled payment, so that the guard sees money coming in.
        let id: kernel::PaymentId = tx.new_id();
        tx.exec(
            "insert into billing_payment (id, customer_id, branch_id, channel, reference, amount, state,
               received_at, recorded_at, recorded_by, settled_at)
             select $1, customer_id, branch_id, 'transfer', 'bench', 1, 'settled', $2, $2, 'bench', $2
             from billing_subscription limit 1",
            args![id, now],
        )
        .await
    })
    .await
    .map_err(said)?;
    Ok(())
}

fn table(all: &[Figures]) -> Result<String> {
    let mut text = String::from(
        "# The business\n\nTargets at 100,000: billing run under 30 s and linear, messages within 60 s more, \
         sweep under 5 s.\n\n| database | subscriptions | billing run s | invoices/s | time per invoice, \
         against a tenth of the size | messages s | sweep s (5 % change) | peak MB |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for f in all {
        ensure!(f.messages > 0, "no message was queued");
        let each = |f: &Figures| f.run_secs / f64::from(f.subscriptions);
        let small =
            all.iter().find(|s| s.database == f.database && s.subscriptions < f.subscriptions);
        let growth = small.map_or_else(String::new, |s| format!("{:.2} ×", each(f) / each(s)));
        writeln!(
            text,
            "| {} | {} | {:.1} | {:.0} | {growth} | {:.1} | {:.1} ({} due) | {:.0} |",
            f.database,
            f.subscriptions,
            f.run_secs,
            f.invoices as f64 / f.run_secs,
            f.messages_secs,
            f.sweep_secs,
            f.swept,
            f.peak_mb,
        )?;
    }
    Ok(text)
}

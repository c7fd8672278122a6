//! What runs by itself: each task takes no input but the time, reads the tables, is idempotent and bounded,
//! and reports what it did. The next activation is the retry. The program's worker and the simulator drive
//! the same functions.

use kernel::{Cause, Day, Result, Ts};
use serde::Serialize;
use store::{Db, QueryExt, Tx, args, outbox};

use crate::{messages, reactions};

/// Seconds a process may keep claimed outbox rows to itself.
const LEASE_SECS: i64 = 60;

/// Seconds after which what a billing run refused is tried again.
const RETRY_SECS: i64 = 600;

/// What draining the outbox did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutboxDone {
    pub claimed: usize,
    pub done: usize,
    pub failed: usize,
}

/// Performs up to `limit` after reactions, each in the transaction that also removes its row: its effect on
/// our tables happens exactly once. A failing one waits with a growing delay and holds nobody else back.
pub async fn drain_outbox(db: &Db, now: Ts, limit: i64) -> Result<OutboxDone> {
    let claimed = outbox::claim(db, now, limit, LEASE_SECS).await?;
    let mut report = OutboxDone { claimed: claimed.len(), ..OutboxDone::default() };
    for delivery in &claimed {
        let cause = Cause::system(now, "outbox").on_trail(delivery.trail);
        if delivery.reaction == reactions::RESCHEDULE {
            billing::reschedule::all(db, &cause).await?;
        }
        let done = db
            .write(&cause, async |tx: &mut Tx| {
                if outbox::done(tx, delivery).await? {
                    reactions::perform(tx, &delivery.reaction, &delivery.event).await?;
                }
                Ok(())
            })
            .await;
        match done {
            Ok(()) => report.done += 1,
            Err(fault) => {
                report.failed += 1;
                tracing::warn!(?fault, reaction = %delivery.reaction, "an after reaction failed");
                outbox::failed(db, delivery, now, &fault.to_string()).await?;
            }
        }
    }
    Ok(report)
}

/// What the day's work did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DayDone {
    pub terminations: usize,
    pub pauses: usize,
    pub plan_changes: usize,
    pub invoices: i64,
    pub credit_notes: i64,
    pub refused: usize,
    pub recognised: usize,
    pub proposed: usize,
}

/// Brings the books to the present day: what ends, pauses or changes today, the invoices that are due, the
/// prepaid income whose days are over. Nothing depends on having run yesterday, and running again does
/// nothing.
pub async fn run_day(db: &Db, now: Ts) -> Result<DayDone> {
    let Some(day) = business_day(db, now).await? else { return Ok(DayDone::default()) };
    let cause = Cause::system(now, "billing");
    let mut report = DayDone::default();
    loop {
        let (ended, paused, changed) = db
            .write(&cause, async |tx: &mut Tx| {
                Ok((
                    billing::subscription::apply_due_terminations(tx, day).await?,
                    billing::subscription::apply_due_pauses(tx, day).await?,
                    billing::plan_change::apply_due(tx, day).await?,
                ))
            })
            .await?;
        report.terminations += ended;
        report.pauses += paused;
        report.plan_changes += changed;
        if ended + paused + changed == 0 {
            break;
        }
    }
    if is_billing_due(db, day, now).await? {
        let run = billing::issue::run(db, &cause, day).await?;
        report.invoices = run.invoices;
        report.credit_notes = run.credit_notes;
        report.refused = run.failed.len();
    }
    report.recognised = billing::recognise::due(db, &cause, day).await?;
    report.proposed = billing::termination::propose_due(db, &cause).await?;
    Ok(report)
}

/// The day that has begun in every branch: the clocks of the west decide, so that no branch is billed for a
/// day that it has not reached. `None` before the first branch.
async fn business_day(db: &Db, now: Ts) -> Result<Option<Day>> {
    let catalog = catalog::current(&mut db.reader()).await?;
    Ok(catalog.branches.values().map(|b| now.day(b.zone)).min())
}

/// Something is due, or a run was killed half-way. What a run refused stays due: it is tried again after
/// some minutes, not at every look.
async fn is_billing_due(db: &Db, day: Day, now: Ts) -> Result<bool> {
    let mut q = db.reader();
    let open: i64 =
        q.value("select count(*) from billing_run where state = 'running'", args![]).await?;
    if open > 0 {
        return Ok(true);
    }
    let recent: i64 = q
        .value(
            "select count(*) from billing_run where day = $1 and finished_at > $2",
            args![day, now.plus_secs(-RETRY_SECS)],
        )
        .await?;
    let due: i64 = q
        .value(
            "select count(*) from (
               select 1 as one from billing_subscription where next_issue_on <= $1 limit 1) t",
            args![day],
        )
        .await?;
    Ok(recent == 0 && due > 0)
}

/// What keeping house did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HouseKept {
    pub suspects: u64,
    pub names_released: u64,
    pub reminders: u64,
    /// Rejects and unknown NAS that nobody looks at any more.
    pub rejects_forgotten: u64,
    pub keys_forgotten: u64,
}

/// Sessions that went silent, user names that are free again, reminders of what is due, old keys.
pub async fn keep_house(db: &Db, now: Ts) -> Result<HouseKept> {
    let cause = Cause::system(now, "housekeeping");
    let interim_secs = catalog::current(&mut db.reader()).await?.isp_policy().interim_secs;
    let suspects = db
        .write(&cause, async |tx: &mut Tx| network::session::mark_suspect(tx, interim_secs).await)
        .await?;
    db.write(&cause, async |tx: &mut Tx| {
        Ok(HouseKept {
            suspects,
            names_released: network::account::release_old(tx).await?,
            reminders: messages::remind(tx).await?,
            rejects_forgotten: network::reject::forget_old(tx).await?
                + network::nas::forget_unknown(tx).await?,
            keys_forgotten: store::idempotency::forget_old(tx).await?,
        })
    })
    .await
}

/// Writes down what a task did last, for the page of tasks.
pub async fn report<S: Serialize>(db: &Db, now: Ts, name: &str, outcome: &Result<S>) -> Result<()> {
    let (ok_at, status, error) = match outcome {
        Ok(status) => (Some(now), serde_json::to_value(status).unwrap_or_default(), None),
        Err(fault) => (None, serde_json::json!({}), Some(fault.to_string())),
    };
    db.write(&Cause::system(now, "tasks"), async |tx: &mut Tx| {
        tx.exec(
            "insert into store_task (name, last_run_at, last_ok_at, status, error)
             values ($1,$2,$3,$4,$5)
             on conflict (name) do update set last_run_at = excluded.last_run_at,
               last_ok_at = coalesce(excluded.last_ok_at, store_task.last_ok_at),
               status = excluded.status, error = excluded.error",
            args![name, now, ok_at, status, error],
        )
        .await
    })
    .await?;
    Ok(())
}

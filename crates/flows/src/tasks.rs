//! What runs by itself: each task takes no input but the time, reads the tables, is idempotent and bounded,
//! and reports what it did. The next activation is the retry. The program's worker and the simulator drive
//! the same functions.

use std::collections::BTreeMap;

use catalog::Branch;
use kernel::{Cause, Clock, Day, Result, Ts};
use serde::Serialize;
use store::task::Report;
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
            .write_bulk(&cause, async |tx: &mut Tx| {
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
    /// Ends, pauses, plan changes and invoices that were refused: they stay due and hold nobody else back.
    pub refused: usize,
    pub recognised: usize,
    pub proposed: usize,
    /// Sums of the months of earnings that were closed.
    pub earnings: usize,
}

impl DayDone {
    fn add(&mut self, run: &billing::issue::RunReport) {
        self.invoices += run.invoices;
        self.credit_notes += run.credit_notes;
        self.refused += run.failed.len();
    }
}

/// Brings the books to the present day: what ends, pauses or changes today, the invoices that are due, the
/// prepaid income whose days are over. Nothing depends on having run yesterday, and running again does
/// nothing.
pub async fn run_day(db: &Db, clock: &dyn Clock) -> Result<DayDone> {
    let now = clock.now();
    let days = branch_days(db, now).await?;
    let Some(day) = days.keys().next_back().copied() else { return Ok(DayDone::default()) };
    let cause = Cause::system(now, "billing");
    let mut report = DayDone::default();
    let ended = billing::subscription::apply_due_terminations(db, &cause, day).await?;
    let paused = billing::subscription::apply_due_pauses(db, &cause, day).await?;
    let changed = billing::plan_change::apply_due(db, &cause, day).await?;
    report.terminations = ended.done;
    report.pauses = paused.done;
    report.plan_changes = changed.done;
    report.refused = ended.failed.len() + paused.failed.len() + changed.failed.len();
    // A run that was killed is ended first, whatever day it was for.
    for killed in billing::issue::unfinished(&mut db.reader()).await? {
        report.add(&billing::issue::run(db, clock, &cause, killed).await?);
    }
    if is_billing_due(db, &days, now).await? {
        report.add(&billing::issue::run(db, clock, &cause, day).await?);
    }
    report.recognised = billing::recognise::due(db, &cause, day).await?;
    report.proposed = billing::termination::propose_due(db, &cause).await?;
    report.earnings = crate::earnings::close_months(db, now).await?;
    Ok(report)
}

/// The days that it is now somewhere, with their branches. The last one is worked on: each verb looks at the
/// branch's own day, so that the east is served at its midnight and the west not before its own.
async fn branch_days(db: &Db, now: Ts) -> Result<BTreeMap<Day, Vec<Branch>>> {
    let catalog = catalog::current(&mut db.reader()).await?;
    let mut days: BTreeMap<Day, Vec<Branch>> = BTreeMap::new();
    for branch in catalog.branches.values() {
        days.entry(now.day(branch.zone)).or_default().push(branch.clone());
    }
    Ok(days)
}

/// Something is due in a branch whose day has come. What a run refused stays due: it is tried again after
/// some minutes, not at every look, or at the next midnight of a branch.
async fn is_billing_due(db: &Db, days: &BTreeMap<Day, Vec<Branch>>, now: Ts) -> Result<bool> {
    let mut q = db.reader();
    let begun = |(day, branches): (&Day, &Vec<Branch>)| {
        branches.iter().map(|b| Ts::local(*day, 0, 0, b.zone)).max()
    };
    let midnight = days.iter().filter_map(begun).max();
    let recent: i64 = q
        .value(
            "select count(*) from billing_run where day = $1 and finished_at > $2 and started_at >= $3",
            args![days.keys().next_back().copied(), now.plus_secs(-RETRY_SECS), midnight],
        )
        .await?;
    if recent > 0 {
        return Ok(false);
    }
    for (day, branches) in days {
        let branches: Vec<kernel::BranchId> = branches.iter().map(|b| b.id).collect();
        let due: i64 = q
            .value(
                "select count(*) from (
                   select 1 as one from billing_subscription
                   where next_issue_on <= $1 and branch_id {AMONG}($2) limit 1) t",
                args![day, branches],
            )
            .await?;
        if due > 0 {
            return Ok(true);
        }
    }
    Ok(false)
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
    pub ops_forgotten: u64,
}

/// Sessions that went silent, user names that are free again, reminders of what is due, old keys.
pub async fn keep_house(db: &Db, now: Ts) -> Result<HouseKept> {
    let cause = Cause::system(now, "housekeeping");
    let interim_secs = catalog::current(&mut db.reader()).await?.isp_policy().interim_secs;
    let suspects = db
        .write_bulk(&cause, async |tx: &mut Tx| {
            network::session::mark_suspect(tx, interim_secs).await
        })
        .await?;
    db.write_bulk(&cause, async |tx: &mut Tx| {
        Ok(HouseKept {
            suspects,
            names_released: network::account::release_old(tx).await?,
            reminders: messages::remind(tx).await?,
            rejects_forgotten: network::reject::forget_old(tx).await?
                + network::nas::forget_unknown(tx).await?,
            keys_forgotten: store::idempotency::forget_old(tx).await?,
            ops_forgotten: fulfilment::field::forget_old(tx).await?,
        })
    })
    .await
}

/// Writes down what a task did last, for the page of tasks.
pub async fn report<S: Serialize>(db: &Db, now: Ts, name: &str, outcome: &Result<S>) -> Result<()> {
    let told = match outcome {
        Ok(status) => Report {
            ok: true,
            status: serde_json::to_value(status).unwrap_or_default(),
            error: None,
        },
        Err(fault) => {
            Report { ok: false, status: serde_json::json!({}), error: Some(fault.to_string()) }
        }
    };
    db.write(&Cause::system(now, "tasks"), async |tx: &mut Tx| {
        store::task::report(tx, name, &told).await
    })
    .await?;
    Ok(())
}

//! The sweep: asks the decision again for every subscription whose `recheck_at` has come, in chunks, with
//! the guard against mass isolation in front of it. And the nightly full pass, which must find nothing.

mod plan;
mod preview;
mod question;
mod verify;

use std::collections::BTreeMap;

use billing::words::Mode;
use catalog::Catalog;
use kernel::{BranchId, Cause, Result, SubscriptionId, Ts};
use serde::Serialize;
use store::{Db, Tx, args};

use crate::access::reconsider_many;
use plan::Planned;
use question::Judged;

pub use plan::Change;
pub(crate) use plan::newly_for_money;
pub use preview::{Preview, PreviewGroup, PreviewLine, preview};
pub use question::{Waiting, answer, waiting};
pub(crate) use verify::{LATE_SECS, LIVE_QUESTION};
pub use verify::{Verified, nightly, verify};

/// Subscriptions a transaction.
const CHUNK: usize = 500;
/// Those that stay as they are: nobody waits for their rows.
const STEADY_CHUNK: usize = 2_000;

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    pub due: usize,
    pub changed: usize,
    pub isolated: usize,
    /// Held back because a person was asked.
    pub waiting: usize,
    /// Equal to the preview's hash when the sweep did exactly that; empty when nothing changed.
    pub hash: String,
}

/// What sweeps of different months are compared by.
type Group = (BranchId, Mode);

/// Sweeps everything due at `now`. Running it again, or two at once, ends the same.
pub async fn sweep(db: &Db, now: Ts) -> Result<Swept> {
    let mut swept = Swept::default();
    let mut q = db.reader();
    let due = network::access::due_rechecks(&mut q, now).await?;
    swept.due = due.len();
    if due.is_empty() {
        return Ok(swept);
    }
    let catalog = catalog::current(&mut q).await?;
    let planned = plan_side_by_side(db, &catalog, &due, now).await?;
    let judged = question::judge(&mut q, &catalog, &planned, now, now).await?;
    question::keep(db, &judged, now).await?;
    swept.waiting = judged.held.len();
    let cause = Cause::system(now, "sweep");
    for chunk in planned.steady.chunks(STEADY_CHUNK) {
        db.write_bulk(&cause, async |tx: &mut Tx| {
            network::access::stay(tx, chunk).await?;
            let who: Vec<SubscriptionId> = chunk.iter().map(|s| s.subscription).collect();
            question::release(tx, &who).await
        })
        .await?;
    }
    let mut lines = Vec::new();
    for chunk in planned.to_decide(&judged.held).chunks(CHUNK) {
        let (changed, isolated) = db
            .write_bulk(&cause, async |tx: &mut Tx| {
                let changed = reconsider_many(tx, chunk).await?;
                question::release(tx, chunk).await?;
                let isolated = record(tx, &changed, &judged).await?;
                Ok((plan::lines_of(tx, &changed).await?, isolated))
            })
            .await?;
        swept.changed += changed.len();
        swept.isolated += isolated;
        lines.extend(changed);
    }
    swept.hash = plan::hash(lines);
    Ok(swept)
}

/// Two halves at once: PostgreSQL answers one while the other is thought about.
async fn plan_side_by_side(
    db: &Db,
    catalog: &Catalog,
    due: &[SubscriptionId],
    now: Ts,
) -> Result<Planned> {
    let (left, right) = due.split_at(due.len() / 2);
    let (mut q, mut other) = (db.reader(), db.reader());
    let (mut planned, rest) = tokio::try_join!(
        plan::plan(&mut q, catalog, left, now),
        plan::plan(&mut other, catalog, right, now)
    )?;
    planned.changes.extend(rest.changes);
    planned.steady.extend(rest.steady);
    planned.renewed.extend(rest.renewed);
    Ok(planned)
}

/// Counts what was isolated in the transaction that isolated it: a killed sweep is measured by all it did.
async fn record(tx: &mut Tx, changed: &[SubscriptionId], judged: &Judged) -> Result<usize> {
    let mut counts: BTreeMap<(Group, Ts), (i64, i64)> = BTreeMap::new();
    for id in changed {
        let Some(part) = judged.go.get(id) else { continue };
        let (isolated, reached) = counts.entry((part.group, part.instant)).or_default();
        *isolated += 1;
        *reached = part.reached;
    }
    let mut sum = 0;
    for (((branch, mode), instant), (isolated, reached)) in counts {
        let id: kernel::RunId = tx.new_id();
        tx.exec(
            "insert into flows_sweep (id, branch_id, mode, instant, reached, isolated, state,
               created_at) values ($1,$2,$3,$4,$5,$6,'done',$7)
             on conflict (branch_id, mode, instant) do update set
               reached = {GREATEST}(excluded.reached, flows_sweep.reached,
                 flows_sweep.isolated + excluded.isolated),
               isolated = flows_sweep.isolated + excluded.isolated",
            args![id, branch, mode, instant, reached, isolated, tx.now()],
        )
        .await?;
        sum += usize::try_from(isolated).unwrap_or(0);
    }
    Ok(sum)
}

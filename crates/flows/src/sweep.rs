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
use network::access::Steady;
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
/// Subscriptions that are looked at before those of them that stay are written.
const LANE: usize = 2_000;

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
    let planned = look_at(db, &catalog, &due, now).await?;
    let judged = question::judge(&mut q, &catalog, &planned, now, now).await?;
    question::keep(db, &judged, now).await?;
    swept.waiting = judged.held.len();
    let cause = Cause::system(now, "sweep");
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

/// Plans what becomes of all; what stays as it is is written at once. Many are looked at in two lanes, so that
/// PostgreSQL answers one while the other is thought about.
async fn look_at(db: &Db, catalog: &Catalog, due: &[SubscriptionId], now: Ts) -> Result<Planned> {
    if due.len() <= LANE {
        return lane(db, catalog, due, now).await;
    }
    let (left, right) = due.split_at(due.len() / 2);
    let (mut planned, rest) =
        tokio::try_join!(lane(db, catalog, left, now), lane(db, catalog, right, now))?;
    planned.take(rest);
    Ok(planned)
}

async fn lane(db: &Db, catalog: &Catalog, due: &[SubscriptionId], now: Ts) -> Result<Planned> {
    let mut planned = Planned::default();
    for chunk in due.chunks(LANE) {
        let mut part = plan::plan(&mut db.reader(), catalog, chunk, now).await?;
        stay(db, &std::mem::take(&mut part.steady), now).await?;
        planned.take(part);
    }
    Ok(planned)
}

async fn stay(db: &Db, steady: &[Steady], now: Ts) -> Result<()> {
    if steady.is_empty() {
        return Ok(());
    }
    let who: Vec<SubscriptionId> = steady.iter().map(|s| s.subscription).collect();
    db.write_bulk(&Cause::system(now, "sweep"), async |tx: &mut Tx| {
        network::access::stay(tx, steady).await?;
        question::release(tx, &who).await
    })
    .await
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

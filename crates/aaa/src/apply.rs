//! From the spool into the database: guests' clocks, sessions, usage, quotas.

use kernel::{Cause, Fault, FaultKind, Result, Ts};
use network::guest::{self, GuestStart};
use network::{AccountingRecord, session};
use store::{BoxFuture, Db, Tx};

use crate::spool::Spool;

/// Records taken in one transaction. Larger batches join more reports of one session into one row, but
/// hold the writer longer while a payment waits.
pub const BATCH: usize = 1_000;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub groups: usize,
    pub records: usize,
    pub opened: usize,
    pub closed: usize,
    pub crossed: usize,
    /// Guests whose clock was set.
    pub started: usize,
    /// Records that no retry could apply; see [`Spool::unappliable`].
    pub set_aside: usize,
}

/// Applies up to about `limit` records, the oldest first. Nothing is lost or counted twice, wherever
/// it is broken off: a group leaves the spool only after its records are committed, and applying them
/// again changes nothing.
///
/// # Errors
/// When the database or the spool is away; the next round goes on where this one stopped.
pub async fn apply(db: &Db, spool: &Spool, now: Ts, limit: usize) -> Result<Round> {
    let batch = spool.read(limit).await?;
    let mut round = Round { groups: batch.groups, ..Round::default() };
    if batch.groups == 0 {
        return Ok(round);
    }
    start_all(db, spool, now, &batch.starts, &mut round).await?;
    apply_all(db, spool, now, &batch.records, &mut round).await?;
    spool.applied(batch.last);
    Ok(round)
}

/// Starts guests' clocks; when that fails by their own fault, each by itself.
async fn start_all(
    db: &Db,
    spool: &Spool,
    now: Ts,
    starts: &[GuestStart],
    round: &mut Round,
) -> Result<()> {
    if starts.is_empty() {
        return Ok(());
    }
    let cause = Cause::system(now, "radius");
    let start = async |some: &[GuestStart]| {
        db.write(&cause, async |tx: &mut Tx| guest::start(tx, some).await).await
    };
    match start(starts).await {
        Ok(set) => {
            round.started += set.len();
            return Ok(());
        }
        Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
        Err(_) => {}
    }
    for one in starts {
        match start(std::slice::from_ref(one)).await {
            Ok(set) => round.started += set.len(),
            Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
            Err(fault) => {
                tracing::error!(?fault, ?one, "a guest's start is set aside");
                let what = format!("{one:?} {}", one.code.as_str());
                spool.set_aside(&what, &format!("{fault:?}"), now).await?;
                round.set_aside += 1;
            }
        }
    }
    Ok(())
}

/// Applies records in one transaction; when that fails by their own fault, in halves, so that one
/// record that can't be applied holds back nobody else's.
fn apply_all<'a>(
    db: &'a Db,
    spool: &'a Spool,
    now: Ts,
    records: &'a [AccountingRecord],
    round: &'a mut Round,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let fault = match try_apply(db, now, records).await {
            Ok(applied) => {
                round.records += applied.records;
                round.opened += applied.opened.len();
                round.closed += applied.closed.len();
                round.crossed += applied.crossed.len();
                return Ok(());
            }
            Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
            Err(fault) => fault,
        };
        match records {
            [] => Err(fault),
            [one] => set_aside(db, spool, now, one, round).await,
            many => {
                let (older, newer) = many.split_at(many.len() / 2);
                apply_all(db, spool, now, older, round).await?;
                apply_all(db, spool, now, newer, round).await
            }
        }
    })
}

async fn try_apply(db: &Db, now: Ts, records: &[AccountingRecord]) -> Result<session::Applied> {
    let cause = Cause::system(now, "accounting");
    db.write_bulk(&cause, async |tx: &mut Tx| session::apply(tx, records).await).await
}

/// Tries once more, since the fault may have been a passing one, then sets the record aside.
async fn set_aside(
    db: &Db,
    spool: &Spool,
    now: Ts,
    record: &AccountingRecord,
    round: &mut Round,
) -> Result<()> {
    let fault: Fault = match try_apply(db, now, std::slice::from_ref(record)).await {
        Ok(applied) => {
            round.records += applied.records;
            return Ok(());
        }
        Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
        Err(fault) => fault,
    };
    tracing::error!(?fault, session = record.acct_session_id, "an accounting record is set aside");
    spool.set_aside(&format!("{record:?}"), &format!("{fault:?}"), now).await?;
    round.set_aside += 1;
    Ok(())
}

#[cfg(test)]
mod tests;

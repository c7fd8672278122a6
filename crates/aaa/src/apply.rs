//! From the spool into the database: guests' clocks, sessions, usage, quotas.

use kernel::{Cause, Fault, FaultKind, Result, Ts};
use network::guest::{self, GuestStart};
use network::{AccountingRecord, session};
use store::{BoxFuture, Db, Tx};

use crate::ahead;
use crate::spool::Spool;

/// Records taken in one transaction. Larger batches join more reports of one session into one row, but
/// hold the writer longer while a payment waits.
pub const BATCH: usize = 1_000;
/// Records taken in one transaction before their turn: few, since it goes before everybody else's large work.
const AHEAD: usize = 200;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub groups: usize,
    pub records: usize,
    /// Records that were applied before their turn; they come again in it.
    pub ahead: usize,
    pub opened: usize,
    pub closed: usize,
    pub crossed: usize,
    /// Guests whose clock was set.
    pub started: usize,
    /// Records that no retry could apply; see [`Spool::unappliable`].
    pub set_aside: usize,
}

/// Applies up to about `limit` records, the oldest first; before them, when more than that waits, what waits
/// there of those whose access is to be seen. Nothing is lost or counted twice, wherever
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
    if batch.records.len() + batch.starts.len() >= limit {
        go_ahead(db, spool, now, &mut round).await?;
    }
    start_all(db, spool, now, &batch.starts, &mut round).await?;
    apply_all(Turn { db, spool, now, first: false }, &batch.records, &mut round).await?;
    spool.applied(batch.last);
    spool.looks().applied(batch.records.len());
    Ok(round)
}

/// Applies what is waited for before its turn.
async fn go_ahead(db: &Db, spool: &Spool, now: Ts, round: &mut Round) -> Result<()> {
    let Some(found) = ahead::look(db, spool).await? else { return Ok(()) };
    for some in found.batch.records.chunks(AHEAD) {
        apply_all(Turn { db, spool, now, first: true }, some, round).await?;
    }
    (round.ahead, round.records) = (round.records, 0);
    found.took(spool);
    Ok(())
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

/// Where records go, and whether somebody waits for them.
#[derive(Clone, Copy)]
struct Turn<'a> {
    db: &'a Db,
    spool: &'a Spool,
    now: Ts,
    first: bool,
}

/// Applies records in one transaction; when that fails by their own fault, in halves, so that one
/// record that can't be applied holds back nobody else's.
fn apply_all<'a>(
    turn: Turn<'a>,
    records: &'a [AccountingRecord],
    round: &'a mut Round,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let fault = match turn.try_apply(records).await {
            Ok(applied) => {
                round.count(&applied);
                return Ok(());
            }
            Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
            Err(fault) => fault,
        };
        match records {
            [] => Err(fault),
            [one] => turn.set_aside(one, round).await,
            many => {
                let (older, newer) = many.split_at(many.len() / 2);
                apply_all(turn, older, round).await?;
                apply_all(turn, newer, round).await
            }
        }
    })
}

impl Turn<'_> {
    async fn try_apply(self, records: &[AccountingRecord]) -> Result<session::Applied> {
        let cause = Cause::system(self.now, "accounting");
        if self.first {
            return self
                .db
                .write(&cause, async |tx: &mut Tx| session::apply(tx, records).await)
                .await;
        }
        self.db.write_bulk(&cause, async |tx: &mut Tx| session::apply(tx, records).await).await
    }

    /// Tries once more, since the fault may have been a passing one, then sets the record aside: in its own
    /// turn, so that it is set aside once.
    async fn set_aside(self, record: &AccountingRecord, round: &mut Round) -> Result<()> {
        let fault: Fault = match self.try_apply(std::slice::from_ref(record)).await {
            Ok(applied) => {
                round.count(&applied);
                return Ok(());
            }
            Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
            Err(fault) => fault,
        };
        if self.first {
            tracing::warn!(?fault, session = record.acct_session_id, "not applied before its turn");
            return Ok(());
        }
        tracing::error!(
            ?fault,
            session = record.acct_session_id,
            "an accounting record is set aside"
        );
        self.spool.set_aside(&format!("{record:?}"), &format!("{fault:?}"), self.now).await?;
        round.set_aside += 1;
        Ok(())
    }
}

impl Round {
    fn count(&mut self, applied: &session::Applied) {
        self.records += applied.records;
        self.opened += applied.opened.len();
        self.closed += applied.closed.len();
        self.crossed += applied.crossed.len();
    }
}

#[cfg(test)]
mod tests;

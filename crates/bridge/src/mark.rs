//! "This record needs mirroring": one row a record and engine, set in the transaction of the change, taken
//! away when the engine has the record as it stands then.

use kernel::{Result, TrailId, Ts};
use store::{Query, QueryExt, Tx, Value, args, row};
use uuid::Uuid;

use crate::kind::{Engine, Subject};

/// Rows a statement when many are marked.
const CHUNK: usize = 500;

row! {
    /// A mark that this process has leased.
    pub struct Claim {
        pub engine: Engine,
        pub subject: Subject,
        pub local_id: Uuid,
        /// Rises with each mark: [`done`] leaves a record that was marked again meanwhile.
        pub revision: i64,
        /// Tries, this one included.
        pub attempts: i64,
        pub trail: TrailId,
        pub marked_at: Ts,
    }
}

/// Marks records for the engines that are attached; for the others nothing is written. A record that is
/// marked already keeps its place and is due now.
pub async fn mark_all(tx: &mut Tx, wanted: &[(Engine, Subject, Uuid)]) -> Result<u64> {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut marked = 0;
    for chunk in wanted.chunks(CHUNK) {
        marked += mark_chunk(tx, chunk).await?;
    }
    Ok(marked)
}

async fn mark_chunk(tx: &mut Tx, chunk: &[(Engine, Subject, Uuid)]) -> Result<u64> {
    let mut values: Vec<Value> = args![tx.trail(), tx.now()];
    let mut places = Vec::with_capacity(chunk.len());
    for (engine, subject, id) in chunk {
        let n = values.len();
        places.push(format!("(${},${},${},${})", n + 1, n + 2, n + 3, n + 4));
        values.extend(args![engine, subject, id, subject.rank()]);
    }
    let sql = format!(
        "with wanted (engine, subject, local_id, rank) as (values {})
         insert into bridge_mark (engine, subject, local_id, rank, revision, trail, marked_at,
           next_attempt_at)
         select w.engine, w.subject, w.local_id, w.rank, 1, $1, $2, $2
         from wanted w join bridge_engine e on e.engine = w.engine where e.state = 'attached'
         on conflict (engine, subject, local_id) do update set
           revision = bridge_mark.revision + 1, trail = excluded.trail,
           next_attempt_at = excluded.next_attempt_at",
        places.join(",")
    );
    tx.exec(&sql, values).await
}

/// Marks one record, if the engine is attached.
pub async fn mark(tx: &mut Tx, engine: Engine, subject: Subject, local_id: Uuid) -> Result<()> {
    mark_all(tx, &[(engine, subject, local_id)]).await.map(drop)
}

/// Leases up to `limit` due marks for `lease_secs`: what was marked first comes first, and of one
/// transaction's records those that others name.
pub async fn claim(tx: &mut Tx, engine: Engine, limit: i64, lease_secs: i64) -> Result<Vec<Claim>> {
    let now = tx.now();
    let mut rows: Vec<Claim> = tx
        .rows(
            "update bridge_mark set locked_until = $1, attempts = attempts + 1
             where engine = $2 and (subject, local_id) in (
               select subject, local_id from bridge_mark
               where engine = $2 and next_attempt_at <= $3
                 and (locked_until is null or locked_until < $3)
               order by marked_at, rank, local_id limit $4 {SKIP_LOCKED})
             returning engine, subject, local_id, revision, attempts, trail, marked_at",
            args![now.plus_secs(lease_secs), engine, now, limit],
        )
        .await?;
    rows.sort_by_key(|c| (c.marked_at, c.subject.rank(), c.local_id));
    Ok(rows)
}

/// The engine has the record as it was when it was claimed. A record that was marked again meanwhile stays
/// marked and is due at once: `false`.
pub async fn done(tx: &mut Tx, claim: &Claim) -> Result<bool> {
    let gone = tx
        .exec(
            "delete from bridge_mark
             where engine = $1 and subject = $2 and local_id = $3 and revision = $4",
            args![claim.engine, claim.subject, claim.local_id, claim.revision],
        )
        .await?;
    if gone == 1 {
        return Ok(true);
    }
    tx.exec(
        "update bridge_mark set locked_until = null, attempts = 0, last_error = null, marked_at = $4
         where engine = $1 and subject = $2 and local_id = $3",
        args![claim.engine, claim.subject, claim.local_id, tx.now()],
    )
    .await?;
    Ok(false)
}

/// Puts the mark back until `retry_at`. It keeps its place.
pub async fn failed(tx: &mut Tx, claim: &Claim, error: &str, retry_at: Ts) -> Result<()> {
    tx.exec(
        "update bridge_mark set locked_until = null, last_error = $4,
           next_attempt_at = case when revision = $6 then $5 else next_attempt_at end
         where engine = $1 and subject = $2 and local_id = $3",
        args![claim.engine, claim.subject, claim.local_id, error, retry_at, claim.revision],
    )
    .await?;
    Ok(())
}

/// What was refused is due now: what it waited for may be there.
pub async fn wake(tx: &mut Tx, engine: Engine) -> Result<u64> {
    tx.exec(
        "update bridge_mark set next_attempt_at = $2 where engine = $1 and last_error is not null",
        args![engine, tx.now()],
    )
    .await
}

/// Whether a record waits to be told.
pub async fn waits(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    local_id: Uuid,
) -> Result<bool> {
    let found: Option<i64> = q
        .value_opt(
            "select revision from bridge_mark
             where engine = $1 and subject = $2 and local_id = $3",
            args![engine, subject, local_id],
        )
        .await?;
    Ok(found.is_some())
}

/// When a record that was refused is tried again: 2, 4, 8 … seconds, an hour at most.
pub fn retry_at(now: Ts, attempts: i64) -> Ts {
    let exponent = u32::try_from(attempts.clamp(1, 12)).unwrap_or(12);
    now.plus_secs(2i64.saturating_pow(exponent).min(3_600))
}

row! {
    /// What waits to be told.
    pub struct Backlog {
        pub waiting: i64,
        /// Tried at least once and refused.
        pub failing: i64,
        pub oldest: Option<Ts>,
    }
}

pub async fn backlog(q: &mut dyn Query, engine: Engine) -> Result<Backlog> {
    q.row(
        "select count(*) as waiting, min(marked_at) as oldest,
           cast(coalesce(sum(case when last_error is not null then 1 else 0 end), 0) as bigint) as failing
         from bridge_mark where engine = $1",
        args![engine],
    )
    .await
}

row! {
    /// A record that the engine refuses, and why.
    pub struct Stuck {
        pub subject: Subject,
        pub local_id: Uuid,
        pub attempts: i64,
        pub last_error: String,
        pub marked_at: Ts,
        pub next_attempt_at: Ts,
    }
}

/// What was refused, the oldest first.
pub async fn stuck(q: &mut dyn Query, engine: Engine, limit: i64) -> Result<Vec<Stuck>> {
    q.rows(
        "select subject, local_id, attempts, last_error, marked_at, next_attempt_at from bridge_mark
         where engine = $1 and last_error is not null order by marked_at, rank, local_id limit $2",
        args![engine, limit],
    )
    .await
}

/// Forgets an engine's marks: after a detach the next first sync looks at everything anyway.
pub async fn forget_all(tx: &mut Tx, engine: Engine) -> Result<u64> {
    tx.exec("delete from bridge_mark where engine = $1", args![engine]).await
}

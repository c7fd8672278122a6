//! What an engine told us, stored raw before anything is made of it: once by its key.

use kernel::{Id, Result, Ts};
use store::{Query, QueryExt, Tx, args, row};

use crate::kind::Engine;

/// The kind of a stored notice's id.
#[derive(Debug)]
pub enum NoticeKind {}
pub type EngineNoticeId = Id<NoticeKind>;

/// Days after which a notice that was dealt with is forgotten; the same one again would be new then.
const KEPT_DAYS: i64 = 90;

row! {
    /// A notice that this process has leased.
    pub struct Notice {
        pub id: EngineNoticeId,
        pub engine: Engine,
        pub dedupe_key: String,
        pub raw: String,
        pub received_at: Ts,
        pub attempts: i64,
    }
}

/// Stores a notice. `false`: it is here already.
pub async fn receive(tx: &mut Tx, engine: Engine, dedupe_key: &str, raw: &str) -> Result<bool> {
    let id: EngineNoticeId = tx.new_id();
    let added = tx
        .exec(
            "insert into bridge_notice (id, engine, dedupe_key, raw, received_at, next_attempt_at)
             values ($1,$2,$3,$4,$5,$5) on conflict (engine, dedupe_key) do nothing",
            args![id, engine, dedupe_key, raw, tx.now()],
        )
        .await?;
    Ok(added == 1)
}

/// Leases up to `limit` due notices, the oldest first.
pub async fn claim(
    tx: &mut Tx,
    engine: Engine,
    limit: i64,
    lease_secs: i64,
) -> Result<Vec<Notice>> {
    let now = tx.now();
    let mut rows: Vec<Notice> = tx
        .rows(
            "update bridge_notice set locked_until = $1, attempts = attempts + 1
             where id in (
               select id from bridge_notice
               where engine = $2 and done_at is null and next_attempt_at <= $3
                 and (locked_until is null or locked_until < $3)
               order by received_at, id limit $4 {SKIP_LOCKED})
             returning id, engine, dedupe_key, raw, received_at, attempts",
            args![now.plus_secs(lease_secs), engine, now, limit],
        )
        .await?;
    rows.sort_by_key(|n| (n.received_at, n.id));
    Ok(rows)
}

/// The notice was dealt with, in the transaction of what came of it. `false`: somebody else did before.
pub async fn done(tx: &mut Tx, notice: EngineNoticeId) -> Result<bool> {
    let done = tx
        .exec(
            "update bridge_notice set done_at = $2, locked_until = null, last_error = null
             where id = $1 and done_at is null",
            args![notice, tx.now()],
        )
        .await?;
    Ok(done == 1)
}

pub async fn failed(tx: &mut Tx, notice: EngineNoticeId, error: &str, retry_at: Ts) -> Result<()> {
    tx.exec(
        "update bridge_notice set locked_until = null, last_error = $2, next_attempt_at = $3
         where id = $1 and done_at is null",
        args![notice, error, retry_at],
    )
    .await?;
    Ok(())
}

/// How many notices wait, and since when the oldest.
pub async fn waiting(q: &mut dyn Query, engine: Engine) -> Result<(i64, Option<Ts>)> {
    q.row(
        "select count(*), min(received_at) from bridge_notice
         where engine = $1 and done_at is null",
        args![engine],
    )
    .await
}

/// Forgets what was dealt with long ago.
pub async fn forget_old(tx: &mut Tx) -> Result<u64> {
    tx.exec(
        "delete from bridge_notice where done_at < $1",
        args![tx.now().plus_secs(-KEPT_DAYS * 86_400)],
    )
    .await
}

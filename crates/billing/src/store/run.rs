//! Billing runs and their progress.

use kernel::{Day, InvoiceId, Money, Result, RunId, SubscriptionId, Ts};
use store::{Lock, Query, QueryExt, Tx, args, row};

use crate::words::{InvoiceKind, RunState};

row! {
    /// A billing run as stored.
    pub struct RunRow { pub id: RunId, pub day: Day, pub state: RunState, pub started_at: Ts,
        pub finished_at: Option<Ts>, pub chunks: i64, pub subscriptions: i64, pub invoices: i64,
        pub credit_notes: i64, pub total: Money, pub hash: Option<String> }
}

const RUN: &str =
    "select id, day, state, started_at, finished_at, chunks, subscriptions, invoices, credit_notes,
  total, hash from billing_run";

/// The run of `day` that goes on, or a new one. `true`: it is new.
pub(crate) async fn open(tx: &mut Tx, day: Day) -> Result<(RunId, bool)> {
    // Of two that begin at once the second waits, and finds the first's.
    tx.lock(Lock::Named("billing.run")).await?;
    let going: Option<RunId> = tx
        .value_opt("select id from billing_run where day = $1 and state = 'running'", args![day])
        .await?;
    if let Some(going) = going {
        return Ok((going, false));
    }
    let id: RunId = tx.new_id();
    tx.exec(
        "insert into billing_run (id, day, state, started_at) values ($1,$2,'running',$3)",
        args![id, day, tx.now()],
    )
    .await?;
    Ok((id, true))
}

/// Adds a chunk to the run's progress.
pub(crate) async fn progress(
    tx: &mut Tx,
    id: RunId,
    subscriptions: i64,
    invoices: i64,
    credit_notes: i64,
    total: Money,
) -> Result<()> {
    tx.exec(
        "update billing_run set chunks = chunks + 1, subscriptions = subscriptions + $2,
           invoices = invoices + $3, credit_notes = credit_notes + $4, total = total + $5
         where id = $1",
        args![id, subscriptions, invoices, credit_notes, total],
    )
    .await?;
    Ok(())
}

pub(crate) async fn finish(tx: &mut Tx, id: RunId, hash: &str) -> Result<()> {
    tx.exec(
        "update billing_run set state = 'done', finished_at = $2, hash = $3
         where id = $1 and state = 'running'",
        args![id, tx.now(), hash],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find(q: &mut dyn Query, id: RunId) -> Result<RunRow> {
    q.row(&format!("{RUN} where id = $1"), args![id]).await
}

pub(crate) async fn find_opt(q: &mut dyn Query, id: RunId) -> Result<Option<RunRow>> {
    q.row_opt(&format!("{RUN} where id = $1"), args![id]).await
}

pub(crate) async fn list(q: &mut dyn Query, limit: i64) -> Result<Vec<RunRow>> {
    q.rows(&format!("{RUN} order by id desc limit $1"), args![limit]).await
}

/// Days whose run was killed half-way, oldest first.
pub(crate) async fn unfinished(q: &mut dyn Query) -> Result<Vec<Day>> {
    q.values("select day from billing_run where state = 'running' order by day", args![]).await
}

row! { pub(crate) struct HashRow { pub id: InvoiceId, pub subscription_id: SubscriptionId,
pub period_from: Day, pub kind: InvoiceKind, pub key: String, pub hash: String } }

/// What the run issued, in its order.
pub(crate) async fn hashes(q: &mut dyn Query, id: RunId) -> Result<Vec<HashRow>> {
    q.rows(
        "select id, subscription_id, period_from, kind, key, hash from billing_invoice
         where run_id = $1 order by subscription_id, period_from, kind, key",
        args![id],
    )
    .await
}

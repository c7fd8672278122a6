//! What a task that runs by itself did last: one row a task.

use kernel::{Result, Ts};
use serde_json::Value as Json;

use crate::query::{Query, QueryExt};
use crate::{Tx, args, row};

row! {
    /// What a task did last.
    pub struct Task {
        pub name: String,
        pub last_run_at: Ts,
        pub last_ok_at: Option<Ts>,
        /// What it counted.
        pub status: Json,
        /// Why the last run failed.
        pub error: Option<String>,
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Report {
    /// It did its work, whatever it has to say.
    pub ok: bool,
    pub status: Json,
    pub error: Option<String>,
}

/// Writes down what a task did at the transaction's instant.
///
/// # Errors
/// Only when the database fails.
pub async fn report(tx: &mut Tx, name: &str, report: &Report) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "insert into store_task (name, last_run_at, last_ok_at, status, error)
         values ($1,$2,$3,$4,$5)
         on conflict (name) do update set last_run_at = excluded.last_run_at,
           last_ok_at = coalesce(excluded.last_ok_at, store_task.last_ok_at),
           status = excluded.status, error = excluded.error",
        args![name, now, report.ok.then_some(now), report.status, report.error],
    )
    .await?;
    Ok(())
}

/// Every task, by name.
///
/// # Errors
/// Only when the database fails.
pub async fn all(q: &mut dyn Query) -> Result<Vec<Task>> {
    q.rows(
        "select name, last_run_at, last_ok_at, status, error from store_task order by name",
        args![],
    )
    .await
}

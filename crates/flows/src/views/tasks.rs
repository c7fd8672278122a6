//! What runs by itself, and what waits in the queue of reactions.

use kernel::{Result, Ts};
use store::{Query, QueryExt, args};

store::row! {
    /// What a task did last.
    pub struct TaskRow {
        pub name: String,
        pub last_run_at: Ts,
        pub last_ok_at: Option<Ts>,
        /// What it counted.
        pub status: serde_json::Value,
        /// Why the last run failed.
        pub error: Option<String>,
    }
}

/// The queue of reactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub pending: i64,
    pub oldest_at: Option<Ts>,
    /// Given up: a person has to look at them.
    pub dead: i64,
}

/// The tasks by name, and the queue.
///
/// # Errors
/// Only when the database fails.
pub async fn all(q: &mut dyn Query) -> Result<(Vec<TaskRow>, Backlog)> {
    let tasks = q
        .rows(
            "select name, last_run_at, last_ok_at, status, error from store_task order by name",
            args![],
        )
        .await?;
    let (pending, oldest_at, dead) = store::outbox::backlog(q.db()).await?;
    Ok((tasks, Backlog { pending, oldest_at, dead }))
}

//! What runs by itself, and what waits in the queue of reactions.

use kernel::{Result, Ts};
use store::Query;

pub use store::task::Task as TaskRow;

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
    let tasks = store::task::all(q).await?;
    let (pending, oldest_at, dead) = store::outbox::backlog(q.db()).await?;
    Ok((tasks, Backlog { pending, oldest_at, dead }))
}

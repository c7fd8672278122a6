//! Who goes first at SQLite's one writer.
//!
//! A payment is a chain of short transactions, a billing run a long line of large ones. Were they served in
//! the order in which they come, each step of the payment would wait behind a chunk of the run, of
//! accounting and of messages. So large work goes one at a time, and only when nobody else is writing or
//! has just written; after [`PATIENCE`] it goes all the same. PostgreSQL has many writers and needs none
//! of this.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::timeout;

/// The next step of a chain follows this soon.
const LINGER: Duration = Duration::from_millis(4);
/// The longest that large work waits for others in a row.
const PATIENCE: Duration = Duration::from_millis(250);

/// Which kind of transaction asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Short: somebody waits for it.
    Short,
    /// A part of large work that can wait.
    Bulk,
}

#[derive(Default)]
pub(crate) struct Lanes {
    /// Short transactions that run or wait.
    short: AtomicUsize,
    free: Notify,
    ended_at: Mutex<Option<Instant>>,
    bulk: Arc<tokio::sync::Mutex<()>>,
    /// Nobody lingers at a database that is not durable: it is a test's or the simulator's.
    lingers: bool,
}

/// Held as long as the transaction.
pub(crate) enum Turn {
    Short(Arc<Lanes>),
    Bulk { _guard: OwnedMutexGuard<()> },
}

impl Lanes {
    pub(crate) fn new(lingers: bool) -> Arc<Self> {
        Arc::new(Self { lingers, ..Self::default() })
    }

    /// Waits until it is this lane's turn to ask for the writer.
    pub(crate) async fn turn(self: &Arc<Self>, lane: Lane) -> Turn {
        if lane == Lane::Short {
            self.short.fetch_add(1, Ordering::AcqRel);
            return Turn::Short(Arc::clone(self));
        }
        let guard = Arc::clone(&self.bulk).lock_owned().await;
        // Being late is fine: then it goes.
        let _ = timeout(PATIENCE, self.quiet()).await;
        Turn::Bulk { _guard: guard }
    }

    /// Ends when nobody writes and the last one's next step would have come.
    async fn quiet(&self) {
        loop {
            let freed = self.free.notified();
            if self.short.load(Ordering::Acquire) > 0 {
                freed.await;
                continue;
            }
            match self.still_lingers() {
                Some(rest) => tokio::time::sleep(rest).await,
                None => return,
            }
        }
    }

    fn still_lingers(&self) -> Option<Duration> {
        let ended = self.ended_at.lock().ok().and_then(|at| *at)?;
        LINGER.checked_sub(ended.elapsed()).filter(|rest| self.lingers && !rest.is_zero())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Self::Short(lanes) = self else { return };
        if lanes.lingers
            && let Ok(mut at) = lanes.ended_at.lock()
        {
            *at = Some(Instant::now());
        }
        if lanes.short.fetch_sub(1, Ordering::AcqRel) == 1 {
            lanes.free.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bulk_waits_for_those_who_are_waited_for() {
        let lanes = Lanes::new(false);
        let short = lanes.turn(Lane::Short).await;
        let bulk = tokio::spawn({
            let lanes = Arc::clone(&lanes);
            async move { lanes.turn(Lane::Bulk).await }
        });
        tokio::task::yield_now().await;
        assert!(!bulk.is_finished());
        drop(short);
        assert!(matches!(bulk.await.unwrap(), Turn::Bulk { .. }));
    }

    #[tokio::test]
    async fn bulk_goes_at_last_however_busy_the_others_are() {
        let lanes = Lanes::new(true);
        let _short = lanes.turn(Lane::Short).await;
        assert!(matches!(lanes.turn(Lane::Bulk).await, Turn::Bulk { .. }));
    }

    #[tokio::test]
    async fn bulk_goes_one_at_a_time() {
        let lanes = Lanes::new(true);
        let first = lanes.turn(Lane::Bulk).await;
        let second = tokio::spawn({
            let lanes = Arc::clone(&lanes);
            async move { lanes.turn(Lane::Bulk).await }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        assert!(matches!(second.await.unwrap(), Turn::Bulk { .. }));
    }
}

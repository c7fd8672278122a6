//! What comes due by itself on a day: ends, pauses, plan changes. Each in a transaction of its own, so that
//! one that is refused stops nobody else.

use kernel::{Fault, FaultKind, Result, SubscriptionId};

/// Due things that are looked for at a time.
pub(crate) const BATCH: usize = 200;

/// What became of the things that were due.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    pub done: usize,
    /// Subscriptions whose change was refused, and why. It stays due.
    pub failed: Vec<(SubscriptionId, Fault)>,
}

impl Applied {
    /// Counts one that was tried.
    ///
    /// # Errors
    /// `store.unavailable`: without a database nothing else can be tried.
    pub(crate) fn note(
        &mut self,
        subscription: SubscriptionId,
        what: &str,
        tried: Result<bool>,
    ) -> Result<()> {
        match tried {
            Ok(done) => self.done += usize::from(done),
            Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
            Err(fault) => {
                tracing::warn!(%subscription, error = ?fault, what, "refused; it stays due");
                self.failed.push((subscription, fault));
            }
        }
        Ok(())
    }
}

/// How many rows to ask for, so that those which were tried already hide no other.
pub(crate) fn limit(tried: usize) -> i64 {
    i64::try_from(BATCH.saturating_add(tried)).unwrap_or(i64::MAX)
}

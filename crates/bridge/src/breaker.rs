//! When an engine is left alone for a while, and how much is asked of it at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::Ts;

/// Failures in a row before it opens.
const OPENS_AFTER: i64 = 3;
/// Seconds of the first rest; each further failure doubles it.
const REST_SECS: i64 = 5;
/// The longest rest: an engine that comes back is heard within it.
const REST_MAX_SECS: i64 = 300;

/// Failures in a row, and until when nothing is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    pub failures: i64,
    pub open_until: Option<Ts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Closed,
    Open {
        until: Ts,
    },
    /// The rest is over: one small try decides.
    HalfOpen,
}

impl Breaker {
    pub fn state(&self, now: Ts) -> State {
        match self.open_until {
            Some(until) if until > now => State::Open { until },
            Some(_) => State::HalfOpen,
            None => State::Closed,
        }
    }
    /// How many records may be tried now, of `batch`.
    pub fn allowed(&self, now: Ts, batch: i64) -> i64 {
        match self.state(now) {
            State::Closed => batch,
            State::HalfOpen => batch.min(1),
            State::Open { .. } => 0,
        }
    }
    /// After the engine answered. (A refusal of one record is an answer.)
    #[must_use]
    pub const fn answered(self) -> Self {
        Self { failures: 0, open_until: None }
    }
    /// After it did not answer, or answered nonsense.
    #[must_use]
    pub fn failed(self, now: Ts) -> Self {
        let failures = self.failures.saturating_add(1);
        let over = failures - OPENS_AFTER;
        let open_until = (over >= 0).then(|| {
            let doubled = REST_SECS.saturating_mul(1 << over.min(10));
            now.plus_secs(doubled.min(REST_MAX_SECS))
        });
        Self { failures, open_until }
    }
}

/// Counts requests in flight; the one above `limit` is not let in.
#[derive(Debug)]
pub struct Gate {
    limit: usize,
    inside: AtomicUsize,
}

/// A place inside; leaving gives it back.
#[derive(Debug)]
pub struct Pass<'a>(&'a Gate);

impl Gate {
    pub const fn new(limit: usize) -> Self {
        Self { limit, inside: AtomicUsize::new(0) }
    }
    /// `None`: all places are taken, come back later.
    pub fn enter(&self) -> Option<Pass<'_>> {
        let taken = self.inside.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| {
            (n < self.limit).then_some(n + 1)
        });
        taken.is_ok().then(|| Pass(self))
    }
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::Acquire)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_rest_the_engine_longer_each_time_and_one_answer_ends_it() {
        let now = Ts::from_secs(1_000);
        let mut breaker = Breaker::default();
        let mut rests = Vec::new();
        for _ in 0..12 {
            breaker = breaker.failed(now);
            rests.push(breaker.open_until.map_or(0, |t| t.secs() - now.secs()));
        }
        assert_eq!(rests, [0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
        let until = now.plus_secs(300);
        assert_eq!(breaker.state(now), State::Open { until });
        assert_eq!((breaker.allowed(now, 50), breaker.allowed(until, 50)), (0, 1));
        assert_eq!(breaker.state(until), State::HalfOpen);
        assert_eq!(breaker.answered(), Breaker::default());
        assert_eq!(Breaker::default().failed(now).answered().failures, 0);
        assert_eq!(Breaker::default().allowed(now, 50), 50);
    }

    #[test]
    fn no_more_than_the_limit_are_inside_at_once() {
        let gate = Gate::new(2);
        let (a, b) = (gate.enter(), gate.enter());
        assert!(a.is_some() && b.is_some() && gate.enter().is_none());
        drop(a);
        assert_eq!(gate.inside(), 1);
        assert!(gate.enter().is_some());
    }
}

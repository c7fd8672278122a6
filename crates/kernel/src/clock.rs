//! The one place that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::ts::Ts;

/// Tells the time. The program has a [`SystemClock`]; tests and the simulator a [`ManualClock`].
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Ts;
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one reader of the wall clock")]
    fn now(&self) -> Ts {
        Ts::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

/// An instant is a clock that stands there: for work whose time nobody looks at.
impl Clock for Ts {
    fn now(&self) -> Ts {
        *self
    }
}

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    pub fn at(now: Ts) -> Self {
        Self(Arc::new(AtomicI64::new(now.micros())))
    }
    pub fn set(&self, now: Ts) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Ts {
        Ts::from_micros(self.0.load(Ordering::SeqCst))
    }
}

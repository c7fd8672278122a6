//! A part of the service that falls is started again; one that keeps falling ends the service, loudly.
//!
//! A packet that was in hand is lost, as on a bad line: its NAS sends it again.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Falls of one part within [`WITHIN`] at which it is not started again.
pub const FALLS_MAX: usize = 5;
/// See [`FALLS_MAX`].
pub const WITHIN: Duration = Duration::from_secs(60);

/// How the parts are.
#[derive(Debug)]
pub struct Pulse {
    known: Mutex<Known>,
    given_up: watch::Sender<Option<&'static str>>,
}

#[derive(Debug, Default)]
struct Known {
    restarts: u64,
    falls: VecDeque<(&'static str, Instant)>,
    last: Option<Fall>,
}

/// A part that fell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fall {
    pub part: &'static str,
    pub why: String,
}

/// What to do about a fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    StartAgain,
    GiveUp,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { known: Mutex::default(), given_up: watch::Sender::new(None) }
    }
}

impl Pulse {
    /// The part that fell too often: the service does not answer as it should any more.
    pub fn given_up(&self) -> Option<&'static str> {
        *self.given_up.borrow()
    }
    /// Waits until a part is given up.
    pub async fn until_given_up(&self) -> &'static str {
        let mut told = self.given_up.subscribe();
        match told.wait_for(Option::is_some).await.map(|part| *part) {
            Ok(Some(part)) => part,
            _ => std::future::pending().await,
        }
    }
    /// How often parts were started again.
    pub fn restarts(&self) -> u64 {
        self.known().restarts
    }
    /// The last fall.
    pub fn last_fall(&self) -> Option<Fall> {
        self.known().last.clone()
    }

    /// Notes a fall now, and says what follows. The program's clock is not asked: it may be the cause.
    pub(crate) fn fell(&self, part: &'static str, why: String) -> Then {
        self.fell_at(part, Instant::now(), why)
    }

    fn fell_at(&self, part: &'static str, at: Instant, why: String) -> Then {
        tracing::error!(part, %why, "a part of RADIUS fell");
        let mut known = self.known();
        known.falls.retain(|(_, then)| at.saturating_duration_since(*then) < WITHIN);
        known.falls.push_back((part, at));
        known.last = Some(Fall { part, why });
        let recent = known.falls.iter().filter(|(name, _)| *name == part).count();
        if recent >= FALLS_MAX {
            drop(known);
            tracing::error!(part, "it fell too often: RADIUS is given up");
            self.given_up.send_replace(Some(part));
            return Then::GiveUp;
        }
        known.restarts += 1;
        Then::StartAgain
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What a panic leaves behind here is whole: each step is one assignment.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_started_again_until_it_falls_too_often_in_a_minute() {
        let pulse = Pulse::default();
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        for n in 0..20 {
            let rarely = pulse.fell_at("auth", at(n * 30), "x".into());
            assert_eq!(rarely, Then::StartAgain, "twice a minute is not too often");
        }
        for n in 0..4 {
            assert_eq!(pulse.fell_at("acct", at(1_000 + n), "x".into()), Then::StartAgain);
        }
        assert_eq!(pulse.fell_at("auth", at(1_004), "x".into()), Then::StartAgain, "another part");
        assert_eq!(pulse.given_up(), None);
        assert_eq!(pulse.fell_at("acct", at(1_005), "y".into()), Then::GiveUp);
        assert_eq!(pulse.given_up(), Some("acct"));
        assert_eq!(pulse.restarts(), 25);
        assert_eq!(pulse.last_fall().map(|fall| fall.why).as_deref(), Some("y"));
    }
}

//! Who is on line with one login: its sessions, and the device that was let in a moment ago.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use kernel::Ts;
use network::Mac;

use super::live::{self, Live, Sighting};

/// How long a login holds its place without an Accounting-Start.
const HELD_SECS: i64 = 10;
/// Stands for a device whose address the NAS did not tell.
const NAMELESS: u64 = 1;

/// What stands in the way of another session.
#[derive(Clone, Debug)]
pub(crate) enum Other {
    Session(Arc<Live>),
    /// Another device was let in a moment ago, and its session has not been reported yet.
    Login {
        mac: Option<Mac>,
        at: Ts,
    },
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Places {
    live: ArcSwapOption<Vec<Arc<Live>>>,
    /// The device that was let in last, as a number, and when: it holds its place until its start comes.
    held_by: AtomicU64,
    held_at: AtomicI64,
}

impl Places {
    /// The same sessions under another name.
    pub(super) fn moved(&self) -> Self {
        let places = Self::default();
        places.live.store(self.live.load_full());
        places
    }

    /// What stands in the way of another session from `seen`, when `most` may be open. Sessions of the same
    /// device never do, since the new one takes their place; nor do stale ones.
    pub(crate) fn taken(
        &self,
        most: usize,
        interim_secs: i64,
        seen: Option<Mac>,
        now: Ts,
    ) -> Option<Other> {
        let (count, first) = self.blocking(interim_secs, seen, now);
        let held = self.held(seen, now);
        let taken = count + usize::from(held.is_some()) >= most;
        first.or(held).filter(|_| taken)
    }

    /// The device that was just let in has a place before its session is reported.
    pub(crate) fn hold(&self, mac: Option<Mac>, now: Ts) {
        let Some(mac) = mac else { return };
        self.held_at.store(now.micros(), Ordering::Relaxed);
        self.held_by.store(number(mac), Ordering::Relaxed);
    }

    /// As [`Places::taken`] and [`Places::hold`] in one: of two devices that ask at the same moment one
    /// gets the last place, also when neither is named.
    pub(crate) fn claim(
        &self,
        most: usize,
        interim_secs: i64,
        seen: Option<Mac>,
        now: Ts,
    ) -> Result<(), Other> {
        let mine = seen.map_or(NAMELESS, number);
        loop {
            let by = self.held_by.load(Ordering::Acquire);
            let (count, first) = self.blocking(interim_secs, seen, now);
            let at = Ts::from_micros(self.held_at.load(Ordering::Acquire));
            let fresh = by != 0 && at.plus_secs(HELD_SECS) > now;
            let held = (fresh && (by != mine || by == NAMELESS))
                .then(|| Other::Login { mac: mac_of(by), at });
            if count + usize::from(held.is_some()) >= most
                && let Some(other) = first.or(held)
            {
                return Err(other);
            }
            // Before the place is taken, so that whoever sees it taken sees since when.
            self.held_at.fetch_max(now.micros(), Ordering::AcqRel);
            let taken =
                self.held_by.compare_exchange(by, mine, Ordering::AcqRel, Ordering::Acquire);
            if taken.is_ok() {
                return Ok(());
            }
        }
    }

    /// Open sessions of other devices: how many, and one of them.
    fn blocking(&self, interim_secs: i64, seen: Option<Mac>, now: Ts) -> (usize, Option<Other>) {
        let guard = self.live.load();
        let list = guard.as_deref().map(Vec::as_slice).unwrap_or_default();
        let mut blocking = list
            .iter()
            .filter(|live| seen.is_none() || live.mac != seen)
            .filter(|live| live.blocks(now, interim_secs));
        let first = blocking.next().map(|live| Other::Session(Arc::clone(live)));
        (usize::from(first.is_some()) + blocking.count(), first)
    }

    /// Another device than `seen` that holds a place.
    fn held(&self, seen: Option<Mac>, now: Ts) -> Option<Other> {
        let mac = mac_of(self.held_by.load(Ordering::Relaxed))?;
        let at = Ts::from_micros(self.held_at.load(Ordering::Relaxed));
        let holds = at.plus_secs(HELD_SECS) > now && seen.is_some_and(|seen| seen != mac);
        holds.then_some(Other::Login { mac: Some(mac), at })
    }

    /// Takes a NAS's report of a session over.
    pub(crate) fn see(&self, sighting: &Sighting<'_>) {
        let held = sighting.mac.map_or(NAMELESS, number);
        let _ = self.held_by.compare_exchange(held, 0, Ordering::Relaxed, Ordering::Relaxed);
        let current = self.live.load();
        let list = current.as_deref().map(Vec::as_slice).unwrap_or_default();
        if live::see(list, sighting).is_none() {
            return;
        }
        drop(current);
        self.live.rcu(|current| {
            let list = current.as_deref().map(Vec::as_slice).unwrap_or_default();
            match live::see(list, sighting) {
                Some(next) => Some(Arc::new(next)),
                None => current.clone(),
            }
        });
    }

    /// Forgets the sessions that do not stay; answers how many.
    pub(super) fn keep_sessions(&self, stays: &dyn Fn(&Live) -> bool) -> usize {
        let current = self.sessions();
        let gone = current.iter().filter(|live| !stays(live)).count();
        if gone > 0 {
            self.live.rcu(|list| {
                let list = list.as_deref().map(Vec::as_slice).unwrap_or_default();
                let kept: Vec<Arc<Live>> = list.iter().filter(|l| stays(l)).cloned().collect();
                Some(Arc::new(kept))
            });
        }
        gone
    }

    /// The sessions known, ended ones included.
    pub(crate) fn sessions(&self) -> Vec<Arc<Live>> {
        self.live.load().as_deref().cloned().unwrap_or_default()
    }
}

/// A device's address as a number that is neither zero nor [`NAMELESS`].
fn number(mac: Mac) -> u64 {
    let [a, b, c, d, e, f] = mac.bytes();
    u64::from_be_bytes([1, 0, a, b, c, d, e, f])
}

fn mac_of(number: u64) -> Option<Mac> {
    let [one, _, a, b, c, d, e, f] = number.to_be_bytes();
    (one == 1).then(|| Mac::from_bytes([a, b, c, d, e, f]))
}

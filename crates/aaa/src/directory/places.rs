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
    /// Where one may be on line: the device that was let in last, as a number, and when. It holds the place
    /// until its start comes.
    held_by: AtomicU64,
    held_at: AtomicI64,
    /// Where several may: all that were let in and are not reported yet. Few logins ever have this list.
    held: ArcSwapOption<Vec<Held>>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    by: u64,
    at: Ts,
}

impl Held {
    fn holds(self, now: Ts) -> bool {
        self.by != 0 && self.at.plus_secs(HELD_SECS) > now
    }

    /// Another device than `mine`; of two nameless ones nobody knows.
    fn is_another(self, mine: u64) -> bool {
        self.by != mine || self.by == NAMELESS
    }

    fn other(self) -> Other {
        Other::Login { mac: mac_of(self.by), at: self.at }
    }
}

impl Places {
    /// The same sessions under another name.
    pub(super) fn moved(&self) -> Self {
        let places = Self::default();
        places.live.store(self.live.load_full());
        places
    }

    /// The session that stands in the way of another one from `seen`, when `most` may be open. Sessions of
    /// the same device never do, since the new one takes their place; nor do stale ones.
    pub(crate) fn taken(
        &self,
        most: usize,
        interim_secs: i64,
        seen: Option<Mac>,
        now: Ts,
    ) -> Option<Other> {
        let (count, first) = self.blocking(interim_secs, seen, now);
        first.filter(|_| count >= most)
    }

    /// Gives the device a place before its session is reported, unless `most` are taken: of two devices that
    /// ask at the same moment one gets the last, also when neither is named.
    pub(crate) fn claim(
        &self,
        most: usize,
        interim_secs: i64,
        seen: Option<Mac>,
        now: Ts,
    ) -> Result<(), Other> {
        let mine = seen.map_or(NAMELESS, number);
        if most > 1 {
            return self.claim_one_of(most, mine, now, || self.blocking(interim_secs, seen, now));
        }
        loop {
            let by = self.held_by.load(Ordering::Acquire);
            let (_, first) = self.blocking(interim_secs, seen, now);
            let held = Held { by, at: Ts::from_micros(self.held_at.load(Ordering::Acquire)) };
            let held = Some(held).filter(|held| held.holds(now) && held.is_another(mine));
            if let Some(other) = first.or(held.map(Held::other)) {
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

    fn claim_one_of(
        &self,
        most: usize,
        mine: u64,
        now: Ts,
        blocking: impl Fn() -> (usize, Option<Other>),
    ) -> Result<(), Other> {
        loop {
            let current = self.held.load();
            let list = current.as_deref().map(Vec::as_slice).unwrap_or_default();
            let stays = |held: &&Held| held.holds(now) && held.is_another(mine);
            let mut next: Vec<Held> = list.iter().filter(stays).copied().collect();
            let (count, first) = blocking();
            let last = next.last().map(|held| held.other());
            if count + next.len() >= most
                && let Some(other) = first.or(last)
            {
                return Err(other);
            }
            next.push(Held { by: mine, at: now });
            let before = self.held.compare_and_swap(&*current, Some(Arc::new(next)));
            if before.as_ref().map(Arc::as_ptr) == current.as_ref().map(Arc::as_ptr) {
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

    /// Takes a NAS's report of a session over. The session is there before its device gives up the place it
    /// held: whoever asks in between sees one of the two.
    pub(crate) fn see(&self, sighting: &Sighting<'_>) {
        let current = self.live.load();
        let list = current.as_deref().map(Vec::as_slice).unwrap_or_default();
        let changes = live::see(list, sighting).is_some();
        drop(current);
        if changes {
            self.live.rcu(|current| {
                let list = current.as_deref().map(Vec::as_slice).unwrap_or_default();
                match live::see(list, sighting) {
                    Some(next) => Some(Arc::new(next)),
                    None => current.clone(),
                }
            });
        }
        self.release(sighting.mac.map_or(NAMELESS, number));
    }

    fn release(&self, device: u64) {
        let _ = self.held_by.compare_exchange(device, 0, Ordering::AcqRel, Ordering::Relaxed);
        if self.held.load().is_none() {
            return;
        }
        self.held.rcu(|current| {
            let mut list = current.as_deref().cloned().unwrap_or_default();
            if let Some(at) = list.iter().position(|held| held.by == device) {
                list.remove(at);
            }
            Some(list).filter(|list| !list.is_empty()).map(Arc::new)
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

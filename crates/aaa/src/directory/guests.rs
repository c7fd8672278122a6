//! All vouchers' codes in memory. As with accounts, a login takes no lock that a writer can hold.
//!
//! A code's clock starts at its first login. That login is in the spool before it is answered
//! ([`Pass::kept`]); until the database has it too, this memory is what knows it, and after a restart the
//! spool is read into it again. What the database says of the start is stronger, whenever it comes.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use kernel::{Ts, VoucherId};
use network::guest::{Code, GuestRow, Withdrawal};
use network::{ReplyProfile, Vendor};
use radius::kind;
use radius::packet::Attributes;

use super::Patched;
use super::live::{Live, Sighting};
use super::places::Places;
use super::replies::Replies;

const SHARDS: usize = 256;

type Shard = HashMap<Code, Arc<Pass>>;

/// See the module's documentation.
#[derive(Debug)]
pub struct Guests {
    hasher: RandomState,
    shards: Box<[ArcSwap<Shard>]>,
    count: AtomicUsize,
    writer: Mutex<HashMap<VoucherId, Arc<Pass>>>,
}

/// One code.
#[derive(Debug)]
pub struct Pass {
    pub id: VoucherId,
    pub code: Code,
    terms: ArcSwap<Terms>,
    /// The first login that is on disk here, in microseconds; 0: none.
    began: AtomicI64,
    pub(crate) places: Places,
}

/// What the database says of a code; replaced as a whole when it changes.
#[derive(Debug)]
pub struct Terms {
    pub days: i64,
    pub usable_until: Ts,
    pub withdrawn: Option<Withdrawal>,
    pub started_at: Option<Ts>,
    pub ends_at: Option<Ts>,
    pub devices: usize,
    pub interim_secs: i64,
    profile: Arc<ReplyProfile>,
    replies: Arc<Replies>,
}

/// Where a code stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has logged in with it: a login starts its clock.
    Fresh,
    Running {
        ends_at: Ts,
    },
    Over {
        started_at: Ts,
        ends_at: Ts,
    },
    /// It was not used in time.
    Expired {
        until: Ts,
    },
    Withdrawn(Withdrawal),
}

impl Pass {
    fn new(row: &GuestRow, replies: Arc<Replies>) -> Self {
        Self {
            id: row.id,
            code: row.code,
            terms: ArcSwap::from_pointee(Terms::of(row, replies)),
            began: AtomicI64::new(0),
            places: Places::default(),
        }
    }

    pub fn terms(&self) -> arc_swap::Guard<Arc<Terms>> {
        self.terms.load()
    }

    /// A login at `at` is on disk: the clock runs from it, unless it ran before.
    pub(crate) fn kept(&self, at: Ts) {
        let first = |known: i64| (known == 0 || known > at.micros()).then_some(at.micros());
        let _ = self.began.fetch_update(Ordering::AcqRel, Ordering::Acquire, first);
    }

    /// Where the code stands.
    pub fn standing(&self, terms: &Terms, now: Ts) -> Standing {
        if let Some(why) = terms.withdrawn {
            return Standing::Withdrawn(why);
        }
        let began = match self.began.load(Ordering::Acquire) {
            0 => None,
            micros => Some(Ts::from_micros(micros)),
        };
        let clock = match (terms.started_at, terms.ends_at) {
            (Some(started_at), Some(ends_at)) => Some((started_at, ends_at)),
            _ => began.map(|at| (at, at.plus_days(terms.days))),
        };
        match clock {
            Some((_, ends_at)) if now < ends_at => Standing::Running { ends_at },
            Some((started_at, ends_at)) => Standing::Over { started_at, ends_at },
            None if now < terms.usable_until => Standing::Fresh,
            None => Standing::Expired { until: terms.usable_until },
        }
    }

    /// Takes a NAS's report of a session over.
    pub fn see(&self, sighting: &Sighting<'_>) {
        self.places.see(sighting);
    }
}

impl Terms {
    fn of(row: &GuestRow, replies: Arc<Replies>) -> Self {
        Self {
            days: row.days,
            usable_until: row.usable_until,
            withdrawn: row.withdrawn,
            started_at: row.started_at,
            ends_at: row.ends_at,
            devices: usize::try_from(row.devices.max(1)).unwrap_or(1),
            interim_secs: row.interim_secs.max(60),
            profile: Arc::clone(&row.profile),
            replies,
        }
    }

    fn is_as(&self, row: &GuestRow, replies: &Arc<Replies>) -> bool {
        (self.days, self.usable_until, self.withdrawn)
            == (row.days, row.usable_until, row.withdrawn)
            && (self.started_at, self.ends_at) == (row.started_at, row.ends_at)
            && self.devices == usize::try_from(row.devices.max(1)).unwrap_or(1)
            && self.interim_secs == row.interim_secs.max(60)
            && Arc::ptr_eq(&self.replies, replies)
    }

    /// Writes what an accept says: the profile's attributes for the NAS's vendor, and how long the guest
    /// may stay. A Session-Timeout of the profile would let the guest stay as long as it says.
    pub fn write_accept(&self, vendor: Vendor, secs: u32, reply: &mut radius::Builder<'_>) {
        for attribute in Attributes::of(self.replies.accept(vendor)) {
            if attribute.kind != kind::SESSION_TIMEOUT {
                reply.put(attribute.kind, attribute.value);
            }
        }
        reply.put_number(kind::SESSION_TIMEOUT, secs);
        let interim = u32::try_from(self.interim_secs).unwrap_or(u32::MAX);
        reply.put_number(kind::ACCT_INTERIM_INTERVAL, interim);
    }

    /// The profile that the reply was made from.
    pub fn profile(&self) -> &ReplyProfile {
        &self.profile
    }
}

impl Default for Guests {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| ArcSwap::default()).collect();
        Self {
            hasher: RandomState::new(),
            shards,
            count: AtomicUsize::new(0),
            writer: Mutex::default(),
        }
    }
}

impl Guests {
    /// The pass of a code.
    pub fn find(&self, code: Code) -> Option<Arc<Pass>> {
        self.shards.get(self.index(code))?.load().get(&code).cloned()
    }

    /// How many codes are known.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
    /// Whether there are no codes at all: an ISP without vouchers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes rows over. A row that says what is known changes nothing.
    pub(super) fn patch(&self, rows: Vec<(GuestRow, Arc<Replies>)>) -> Patched {
        let mut writer = self.write();
        let mut patched = Patched::default();
        let mut come: HashMap<usize, Vec<Arc<Pass>>> = HashMap::new();
        for (row, replies) in rows {
            match writer.get(&row.id) {
                Some(pass) if pass.terms().is_as(&row, &replies) => {}
                Some(pass) => {
                    pass.terms.store(Arc::new(Terms::of(&row, replies)));
                    patched.changed += 1;
                }
                None => {
                    let pass = Arc::new(Pass::new(&row, replies));
                    writer.insert(row.id, Arc::clone(&pass));
                    come.entry(self.index(row.code)).or_default().push(pass);
                    patched.added += 1;
                }
            }
        }
        for (index, passes) in come {
            self.rewrite(index, |shard| {
                shard.extend(passes.iter().map(|pass| (pass.code, Arc::clone(pass))));
            });
        }
        self.count.store(writer.len(), Ordering::Relaxed);
        patched
    }

    /// Forgets every code that is not among `known`. Answers how many.
    pub(super) fn retain(&self, known: &HashSet<VoucherId>) -> usize {
        let mut writer = self.write();
        let gone: Vec<Arc<Pass>> =
            writer.extract_if(|id, _| !known.contains(id)).map(|(_, pass)| pass).collect();
        let mut by_shard: HashMap<usize, Vec<Code>> = HashMap::new();
        for pass in &gone {
            by_shard.entry(self.index(pass.code)).or_default().push(pass.code);
        }
        for (index, codes) in by_shard {
            self.rewrite(index, |shard| {
                for code in &codes {
                    shard.remove(code);
                }
            });
        }
        self.count.store(writer.len(), Ordering::Relaxed);
        gone.len()
    }

    /// Forgets sessions that do not stay; answers how many.
    pub(super) fn keep_sessions(&self, stays: &dyn Fn(&Live) -> bool) -> usize {
        let passes: Vec<Arc<Pass>> = self.write().values().cloned().collect();
        passes.iter().map(|pass| pass.places.keep_sessions(stays)).sum()
    }

    fn index(&self, code: Code) -> usize {
        usize::try_from(self.hasher.hash_one(code) >> 32).unwrap_or_default() % SHARDS
    }
    fn rewrite(&self, index: usize, change: impl FnOnce(&mut Shard)) {
        let Some(shard) = self.shards.get(index) else { return };
        let mut next = Shard::clone(&shard.load());
        change(&mut next);
        shard.store(Arc::new(next));
    }
    fn write(&self) -> MutexGuard<'_, HashMap<VoucherId, Arc<Pass>>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

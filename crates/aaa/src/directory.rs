//! All accounts and NAS in memory: a login touches no SQL and no lock that a writer can hold.
//!
//! Readers go through three atomic loads: the shard (a set of user names, copied when a name comes or
//! goes), the slot's account (replaced when it changes), its sessions. Loading and patching take one
//! mutex among themselves.

pub mod account;
pub mod guests;
pub mod live;
pub mod nas;
pub(crate) mod places;
pub mod replies;

use std::borrow::Borrow;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use kernel::{AccountId, ProfileId, Ts, VoucherId};
use network::directory::{DirectoryNas, DirectoryRow};
use network::guest::{Code, GuestRow};
use network::{LiveSession, RecordKind, ReplyProfile};

pub use account::{Account, Slot};
pub use guests::{Guests, Pass};
pub use live::{Live, Sighting};
pub use nas::{Nas, NasTable};
pub use replies::Replies;

const SHARDS: usize = 1024;
/// User names are `[a-z0-9._@-]` and shorter than this; longer ones are unknown.
const USERNAME_BYTES_MAX: usize = 64;

/// A slot in a set, found by its user name's bytes.
#[derive(Clone, Debug)]
struct Entry(Arc<Slot>);

impl Borrow<[u8]> for Entry {
    fn borrow(&self) -> &[u8] {
        self.0.username().as_bytes()
    }
}
impl Hash for Entry {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.username().as_bytes().hash(state);
    }
}
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.0.username() == other.0.username()
    }
}
impl Eq for Entry {}

type Shard = HashSet<Entry, RandomState>;

/// See the module's documentation.
#[derive(Debug)]
pub struct Directory {
    hasher: RandomState,
    shards: Box<[ArcSwap<Shard>]>,
    nas: ArcSwap<NasTable>,
    guests: Guests,
    writer: Mutex<Writer>,
}

#[derive(Debug, Default)]
struct Writer {
    by_account: HashMap<AccountId, Arc<Slot>>,
    replies: HashMap<ProfileId, (Arc<ReplyProfile>, Arc<Replies>)>,
}

/// Sessions by the hash of NAS and session id: small, since there are as many as customers on line.
#[derive(Debug, Default)]
pub struct OpenSessions(HashSet<u64>);

/// What a patch changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patched {
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
}

impl Patched {
    pub(crate) fn add(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.removed += other.removed;
    }
}

impl Default for Directory {
    fn default() -> Self {
        let hasher = RandomState::new();
        let empty = || ArcSwap::from_pointee(Shard::with_hasher(hasher.clone()));
        let shards = (0..SHARDS).map(|_| empty()).collect();
        let (nas, guests, writer) = Default::default();
        Self { hasher, shards, nas, guests, writer }
    }
}

impl Directory {
    /// The slot of a user name as it came in a packet, in any case of letters.
    pub fn find(&self, username: &[u8]) -> Option<Arc<Slot>> {
        let mut room = [0; USERNAME_BYTES_MAX];
        let lower = room.get_mut(..username.len())?;
        lower.copy_from_slice(username);
        lower.make_ascii_lowercase();
        let shard = self.shard(lower)?.load();
        shard.get(&*lower).map(|entry| Arc::clone(&entry.0))
    }

    /// The NAS table as it is now.
    pub fn nas(&self) -> arc_swap::Guard<Arc<NasTable>> {
        self.nas.load()
    }

    /// The vouchers' codes.
    pub const fn guests(&self) -> &Guests {
        &self.guests
    }

    /// As [`Directory::patch`] for codes.
    pub fn patch_guests(&self, rows: Vec<GuestRow>) -> Patched {
        let with_replies = |row: GuestRow| {
            let replies = self.encoded(&row.profile);
            (row, replies)
        };
        self.guests.patch(rows.into_iter().map(with_replies).collect())
    }

    /// As [`Directory::retain`] for codes.
    pub fn retain_guests(&self, known: &HashSet<VoucherId>) -> usize {
        self.guests.retain(known)
    }

    /// How many accounts are known.
    pub fn accounts(&self) -> usize {
        self.write().by_account.len()
    }

    /// Takes rows over: new accounts come, changed ones are replaced, released ones go. Rows as old as
    /// what is known change nothing, so the same row may come again and again.
    pub fn patch(&self, rows: Vec<DirectoryRow>) -> Patched {
        let mut writer = self.write();
        let mut patched = Patched::default();
        let mut moves: HashMap<usize, Moves> = HashMap::new();
        for row in &rows {
            let known = writer.by_account.get(&row.account).cloned();
            if row.released {
                if let Some(slot) = known {
                    writer.by_account.remove(&row.account);
                    self.moves(&mut moves, slot.username()).gone.push(slot);
                    patched.removed += 1;
                }
                continue;
            }
            let replies = row.profile.as_ref().map(|profile| writer.encoded(profile));
            let name = row.username.as_str();
            match known {
                Some(slot) if slot.username() == name => {
                    if is_new(&slot.account(), row, replies.as_ref()) {
                        slot.replace(Account::new(row, replies));
                        patched.changed += 1;
                    }
                }
                Some(slot) => {
                    let fresh = Arc::new(slot.renamed(name, Account::new(row, replies)));
                    writer.by_account.insert(row.account, Arc::clone(&fresh));
                    self.moves(&mut moves, slot.username()).gone.push(Arc::clone(&slot));
                    self.moves(&mut moves, name).come.push(fresh);
                    patched.changed += 1;
                }
                None => {
                    let fresh = Arc::new(Slot::new(name, Account::new(row, replies)));
                    writer.by_account.insert(row.account, Arc::clone(&fresh));
                    self.moves(&mut moves, name).come.push(fresh);
                    patched.added += 1;
                }
            }
        }
        for (index, moves) in moves {
            self.rewrite(index, &moves);
        }
        patched
    }

    /// Forgets every account that is not among `known`, after all rows were streamed through
    /// [`Directory::patch`]. Answers how many; in a sound system there are none.
    pub fn retain(&self, known: &HashSet<AccountId>) -> usize {
        let mut writer = self.write();
        let mut moves: HashMap<usize, Moves> = HashMap::new();
        let gone: Vec<Arc<Slot>> = writer
            .by_account
            .extract_if(|account, _| !known.contains(account))
            .map(|(_, slot)| slot)
            .collect();
        let count = gone.len();
        for slot in gone {
            self.moves(&mut moves, slot.username()).gone.push(Arc::clone(&slot));
        }
        for (index, moves) in moves {
            self.rewrite(index, &moves);
        }
        count
    }

    /// Replaces the NAS table.
    pub fn set_nas(&self, rows: &[DirectoryNas]) {
        let _one_at_a_time = self.write();
        let table = NasTable::new(rows, &self.nas.load());
        self.nas.store(Arc::new(table));
    }

    /// Takes sessions over that the database knows as open, at start.
    pub fn remember_sessions(&self, sessions: &[LiveSession]) {
        let table = self.nas();
        for session in sessions {
            let Some(nas) = table.by_id(session.nas) else { continue };
            let name = session.username.as_bytes();
            let sighting = Sighting {
                kind: RecordKind::Interim,
                nas: session.nas,
                nas_state: &nas.state,
                session: &session.acct_session_id,
                mac: session.mac,
                started_at: session.started_at,
                at: session.updated_at,
            };
            self.see(name, &sighting);
        }
    }

    /// Takes a NAS's report of a session of this user name over: an account's, or a guest's.
    pub(crate) fn see(&self, username: &[u8], sighting: &Sighting<'_>) {
        if let Some(slot) = self.find(username) {
            slot.see(sighting);
        } else if let Some(pass) = Code::read(username).and_then(|code| self.guests.find(code)) {
            pass.see(sighting);
        }
    }

    /// Forgets every session that is not among `open` and was last heard of before `before`: another
    /// node took its stop. What was heard of later may not have reached the database yet; and if a
    /// forgotten session does report again, it is known again. Answers how many.
    pub fn forget_sessions_except(&self, open: &OpenSessions, before: Ts) -> usize {
        let slots: Vec<Arc<Slot>> = self.write().by_account.values().cloned().collect();
        let stays = |live: &Live| {
            let key = self.hasher.hash_one((live.nas, &*live.session));
            !live.is_open() || live.seen_at() >= before || open.0.contains(&key)
        };
        let of_accounts: usize = slots.iter().map(|slot| slot.keep_sessions(&stays)).sum();
        of_accounts + self.guests.keep_sessions(&stays)
    }

    /// Adds sessions to the set of those that are open.
    pub fn note_open(&self, open: &mut OpenSessions, sessions: &[LiveSession]) {
        let keys =
            sessions.iter().map(|s| self.hasher.hash_one((s.nas, s.acct_session_id.as_str())));
        open.0.extend(keys);
    }

    /// What could not be encoded in the profiles in use: for NOC's eyes.
    pub fn problems(&self) -> Vec<String> {
        let writer = self.write();
        let mut all: Vec<String> =
            writer.replies.values().flat_map(|(_, replies)| replies.problems.clone()).collect();
        all.sort();
        all
    }

    /// The attributes of a profile, encoded; from memory when they are there.
    pub fn encoded(&self, profile: &Arc<ReplyProfile>) -> Arc<Replies> {
        self.write().encoded(profile)
    }

    /// The newest change among the accounts known.
    pub fn newest_change(&self) -> Option<Ts> {
        self.write().by_account.values().map(|slot| slot.account().changed_at).max()
    }

    fn write(&self) -> MutexGuard<'_, Writer> {
        // A panic between two writes leaves both maps usable: each step is complete in itself.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn index(&self, username: &[u8]) -> usize {
        let hash = self.hasher.hash_one(username);
        usize::try_from(hash >> 32).unwrap_or_default() % SHARDS
    }
    fn shard(&self, username: &[u8]) -> Option<&ArcSwap<Shard>> {
        self.shards.get(self.index(username))
    }
    fn moves<'m>(&self, moves: &'m mut HashMap<usize, Moves>, username: &str) -> &'m mut Moves {
        moves.entry(self.index(username.as_bytes())).or_default()
    }
    #[expect(
        clippy::mutable_key_type,
        reason = "an entry is hashed by its user name, which is fixed"
    )]
    fn rewrite(&self, index: usize, moves: &Moves) {
        let Some(shard) = self.shards.get(index) else { return };
        let mut next = Shard::clone(&shard.load());
        for slot in &moves.gone {
            // Another account may have taken the name meanwhile: only this very slot goes.
            let same =
                next.get(slot.username().as_bytes()).is_some_and(|e| Arc::ptr_eq(&e.0, slot));
            if same {
                next.remove(slot.username().as_bytes());
            }
        }
        for slot in &moves.come {
            next.replace(Entry(Arc::clone(slot)));
        }
        shard.store(Arc::new(next));
    }
}

#[derive(Default)]
struct Moves {
    come: Vec<Arc<Slot>>,
    gone: Vec<Arc<Slot>>,
}

impl Writer {
    fn encoded(&mut self, profile: &Arc<ReplyProfile>) -> Arc<Replies> {
        if let Some((known, replies)) = self.replies.get(&profile.id)
            && (Arc::ptr_eq(known, profile) || known == profile)
        {
            return Arc::clone(replies);
        }
        let replies = Arc::new(Replies::encode(profile));
        self.replies.insert(profile.id, (Arc::clone(profile), Arc::clone(&replies)));
        replies
    }
}

/// Whether a row says something that the account does not. Not "is younger": rows are read one after
/// the other from the one database, and the clocks of several nodes that write to it differ.
fn is_new(known: &Account, row: &DirectoryRow, replies: Option<&Arc<Replies>>) -> bool {
    let same_replies = match (&known.replies, replies) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    !(known.is_as(row) && same_replies)
}

#[cfg(test)]
mod tests;

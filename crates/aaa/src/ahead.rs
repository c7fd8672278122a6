//! Records that are applied before their turn.
//!
//! An access change counts as carried out when accounting shows it, and accounting waits its turn in the
//! spool: behind a backlog of minutes a payment would be seen to work minutes late. So whoever is waited for
//! is looked up in an index of the whole backlog, and all that waits there of that user name is applied first, in
//! its own order. When its turn comes it is applied once more, which changes nothing.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};

use kernel::Result;
use network::access;
use store::Db;

use crate::spool::{Batch, Entry, Spool};

/// User names that are waited for in one look, the newest change first.
const NAMES_MAX: i64 = 1_000;
/// About as many records are taken in one look.
const RECORDS_MAX: usize = 5_000;
/// So many records are read at most for each that is applied: reading one is far cheaper than applying it, and
/// a long backlog must not be read through for every batch of it.
const READ_PER_APPLIED: usize = 10;
/// Names of groups that are kept: 32 MB of a backlog of millions. What came after them waits for its turn, or until
/// there is room again.
const INDEX_MAX: usize = 8 << 20;

/// What was looked at before.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// Records to apply in their turn before the next look.
    rest: usize,
    /// Restarts of NAS are taken up to this group.
    restarts: i64,
    /// The records of a name are taken up to this group.
    names: HashMap<String, i64>,
    index: Index,
}

impl Looks {
    /// So many records were applied in their turn.
    pub(crate) fn applied(&mut self, records: usize) {
        self.rest = self.rest.saturating_sub(records);
    }

    /// Forgets who is not waited for any more.
    fn keep_only(&mut self, awaited: &HashSet<String>) {
        self.names.retain(|name, _| awaited.contains(name));
    }

    /// Up to which group what this name (none: a NAS's restart) left there is taken.
    fn taken_to(&self, name: Option<&str>) -> i64 {
        match name {
            Some(name) => self.names.get(name).copied().unwrap_or(0),
            None => self.restarts,
        }
    }

    /// Everything up to the group `to` is taken, of all these; so many records were read for it.
    fn took(&mut self, awaited: HashSet<String>, to: i64, read: usize) {
        self.restarts = self.restarts.max(to);
        for name in awaited {
            let before = self.names.entry(name).or_insert(0);
            *before = to.max(*before);
        }
        self.rest = read / READ_PER_APPLIED;
    }
}

/// Who stands in which group of the backlog. Each group is read for it once.
#[derive(Debug, Default)]
struct Index {
    groups: VecDeque<Names>,
    /// The last group that is in it.
    to: i64,
    /// Names kept.
    kept: usize,
}

#[derive(Debug)]
struct Names {
    group: i64,
    /// In order.
    hashes: Box<[u32]>,
    /// Whether a NAS said that it started anew.
    has_restart: bool,
}

fn hash(name: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let whole = hasher.finish();
    // Its two halves in one: a group that has another name of the same hash is read for nothing.
    (whole ^ (whole >> 32)) as u32
}

impl Index {
    /// Lets go what is applied, and takes in what came since.
    async fn grow(&mut self, spool: &Spool) -> Result<()> {
        let applied = spool.applied_to();
        while self.groups.front().is_some_and(|names| names.group <= applied) {
            self.kept -= self.groups.pop_front().map_or(0, |names| names.hashes.len());
        }
        self.to = self.to.max(applied);
        let mut name = String::new();
        while self.kept < INDEX_MAX {
            let mut batch = Batch { last: self.to, ..Batch::default() };
            let (mut hashes, mut has_restart) = (Vec::new(), false);
            let read = spool
                .read_group(&mut batch, |_, _, entry| match entry.user(&mut name) {
                    Some(Some(user)) => hashes.push(hash(user)),
                    Some(None) => has_restart = true,
                    None => {}
                })
                .await?;
            if !read {
                break;
            }
            hashes.sort_unstable();
            hashes.dedup();
            self.to = batch.last;
            self.kept += hashes.len();
            self.groups.push_back(Names { group: self.to, hashes: hashes.into(), has_restart });
        }
        Ok(())
    }

    /// Groups in which something of these may still be to take.
    fn wanted(&self, awaited: &HashSet<String>, looks: &Looks) -> Vec<i64> {
        let names: Vec<(u32, i64)> =
            awaited.iter().map(|name| (hash(name), looks.taken_to(Some(name)))).collect();
        let is_wanted = |one: &&Names| {
            (one.has_restart && one.group > looks.taken_to(None))
                || names.iter().any(|(hash, taken_to)| {
                    one.group > *taken_to && one.hashes.binary_search(hash).is_ok()
                })
        };
        self.groups.iter().filter(is_wanted).map(|one| one.group).collect()
    }
}

/// The records of those whose access waits to be seen, in the order of their arrival, and what it takes to
/// say that they are applied. Nothing when nobody is waited for, or too little was applied since the last look.
///
/// Restarts of NAS are taken along: what a session with a number used before means depends on them.
///
/// # Errors
/// When the database or the spool is away.
pub(crate) async fn look(db: &Db, spool: &Spool) -> Result<Option<Found>> {
    if spool.looks().rest > 0 {
        return Ok(None);
    }
    let awaited = access::awaited(&mut db.reader(), NAMES_MAX).await?;
    spool.looks().keep_only(&awaited);
    if awaited.is_empty() {
        return Ok(None);
    }
    let mut index = std::mem::take(&mut spool.looks().index);
    let grown = index.grow(spool).await;
    let (groups, mut to) = (index.wanted(&awaited, &spool.looks()), index.to);
    spool.looks().index = index;
    grown?;
    let mut batch = Batch::default();
    let mut read = 0;
    let mut name = String::new();
    for group in groups {
        if batch.records.len() >= RECORDS_MAX {
            to = batch.last;
            break;
        }
        batch.last = group - 1;
        let see = |batch: &mut Batch, group: i64, entry: &Entry<'_>| {
            read += 1;
            let Some(user) = entry.user(&mut name) else { return };
            let known = user.is_none_or(|user| awaited.contains(user));
            if known && group > spool.looks().taken_to(user) {
                batch.records.extend(entry.record());
            }
        };
        spool.read_group(&mut batch, see).await?;
    }
    Ok(Some(Found { batch, awaited, to, read }))
}

/// What a look found.
pub(crate) struct Found {
    pub(crate) batch: Batch,
    awaited: HashSet<String>,
    /// The last group that was looked at.
    to: i64,
    read: usize,
}

impl Found {
    /// The records are safe in the database.
    pub(crate) fn took(self, spool: &Spool) {
        spool.looks().took(self.awaited, self.to, self.read);
    }
}

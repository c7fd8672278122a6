//! Records that are applied before their turn.
//!
//! An access change counts as carried out when accounting shows it, and accounting waits its turn in the
//! spool: behind a backlog of minutes a payment would be seen to work minutes late. So whoever is waited for
//! is looked up in the whole backlog, and all that waits there of that user name is applied first, in its own
//! order. When its turn comes it is applied once more, which changes nothing.

use std::collections::{HashMap, HashSet};

use kernel::Result;
use network::access;
use store::Db;

use crate::spool::{Batch, Spool};

/// User names that are waited for in one look, the newest change first.
const NAMES_MAX: i64 = 1_000;
/// About as many records are taken in one look.
const RECORDS_MAX: usize = 5_000;
/// So many records are looked through at most for each that is applied: reading one is hundreds of times
/// cheaper than applying it, and a long backlog must not be read through for every batch of it.
const LOOKED_PER_APPLIED: usize = 10;

/// What was looked at before.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// Records to apply in their turn before the next look.
    rest: usize,
    /// Restarts of NAS are taken up to this group.
    restarts: i64,
    /// The records of a name are taken up to this group.
    names: HashMap<String, i64>,
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

    /// The group after which something of these names may still be to take: who was not waited for at the last
    /// look has it anywhere.
    fn from(&self, awaited: &HashSet<String>) -> i64 {
        awaited.iter().map(|name| self.names.get(name).copied().unwrap_or(0)).min().unwrap_or(0)
    }

    /// Whether a record of this name (of none: a NAS's restart) in this group is still to be taken.
    fn wants(&self, name: Option<&str>, group: i64) -> bool {
        let to = match name {
            Some(name) => self.names.get(name).copied().unwrap_or(0),
            None => self.restarts,
        };
        group > to
    }

    /// Everything up to `group` is taken, of all these.
    fn took(&mut self, awaited: HashSet<String>, group: i64, looked: usize) {
        self.restarts = self.restarts.max(group);
        for name in awaited {
            let to = self.names.entry(name).or_insert(0);
            *to = group.max(*to);
        }
        self.rest = looked / LOOKED_PER_APPLIED;
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
    let from = spool.looks().from(&awaited).max(spool.applied_to());
    let mut batch = Batch { last: from, ..Batch::default() };
    let mut looked = 0;
    let mut name = String::new();
    while batch.records.len() < RECORDS_MAX {
        let read = spool
            .read_group(&mut batch, |batch, group, entry| {
                looked += 1;
                let Some(user) = entry.user(&mut name) else { return };
                let known = user.is_none_or(|user| awaited.contains(user));
                if known && spool.looks().wants(user, group) {
                    batch.records.extend(entry.record());
                }
            })
            .await?;
        if !read {
            break;
        }
    }
    Ok(Some(Found { batch, awaited, looked }))
}

/// What a look found.
pub(crate) struct Found {
    pub(crate) batch: Batch,
    awaited: HashSet<String>,
    looked: usize,
}

impl Found {
    /// The records are safe in the database.
    pub(crate) fn took(self, spool: &Spool) {
        spool.looks().took(self.awaited, self.batch.last, self.looked);
    }
}

//! Keeping the directory equal to the database.

use std::collections::{HashMap, HashSet, VecDeque};

use kernel::{AccountId, Event, Result, SubscriptionId, Ts, VoucherId};
use network::{directory as rows, feed, guest, session};
use store::Db;

use crate::directory::{Directory, OpenSessions, Patched};

/// Rows read at once. Small, so that a verification never holds a second directory in memory.
const PAGE: i64 = 2_000;
/// Sessions heard of here this short ago may not be in the database yet; clocks of several nodes differ.
const OVERLAP_SECS: i64 = 30;
/// The longest that a transaction lasts between its changes and its commit: as far back are revisions
/// looked at again.
const COMMIT_SECS: i64 = 120;
/// As far back at the first look, when it is not known which revision was the newest then.
const FIRST_LOOK_BACK: i64 = 1_000;

/// Reads the database into a directory, whole or what changed. One task owns it.
#[derive(Debug, Default)]
pub struct Feed {
    catalog_version: Option<i64>,
    accounts: Looks<SubscriptionId>,
    guests: Looks<VoucherId>,
}

/// Which revisions were looked at.
#[derive(Debug)]
struct Looks<K> {
    /// The newest revision at each look, the oldest first; the first is the one to look from.
    looks: VecDeque<(Ts, i64)>,
    /// What was read of the revisions after that one.
    seen: HashMap<K, i64>,
}

impl<K> Default for Looks<K> {
    fn default() -> Self {
        Self { looks: VecDeque::new(), seen: HashMap::new() }
    }
}

impl<K: Copy + Eq + std::hash::Hash> Looks<K> {
    /// The revision to look from; nothing before the first look.
    fn from(&self) -> Option<i64> {
        self.looks.front().map(|(_, revision)| *revision)
    }

    /// Those of `touched` that were not read with this revision.
    fn fresh(&self, touched: &[(K, i64)]) -> Vec<K> {
        let is_new = |(id, revision): &&(K, i64)| self.seen.get(id) != Some(revision);
        touched.iter().filter(is_new).map(|(id, _)| *id).collect()
    }

    /// Everything was read, at a look whose newest revision was this one.
    fn read_all(&mut self, now: Ts, newest: i64) {
        self.seen.clear();
        let first = self.looks.is_empty();
        self.looked(now, if first { newest - FIRST_LOOK_BACK } else { newest });
    }

    /// Remembers a look, and forgets what no later one needs.
    fn looked(&mut self, now: Ts, newest: i64) {
        self.looks.push_back((now, newest));
        let long_ago = now.plus_secs(-COMMIT_SECS);
        while self.looks.get(1).is_some_and(|(at, _)| *at <= long_ago) {
            self.looks.pop_front();
            let from = self.looks.front().map_or(0, |(_, newest)| *newest);
            self.seen.retain(|_, revision| *revision > from);
        }
    }
}

/// What has to be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub subscriptions: HashSet<SubscriptionId>,
    pub nas: bool,
    pub guests: bool,
    /// Profiles or policies: every account may answer otherwise.
    pub catalog: bool,
}

impl Wanted {
    /// Adds what an event makes stale.
    pub fn by(&mut self, event: &Event) {
        match event {
            Event::AccountChanged { subscription, .. } | Event::AccessChanged { subscription } => {
                self.subscriptions.insert(*subscription);
            }
            Event::NasChanged { .. } => self.nas = true,
            Event::GuestsChanged => self.guests = true,
            Event::PolicyChanged | Event::ProfilesChanged => self.catalog = true,
            _ => {}
        }
    }
    pub fn is_empty(&self) -> bool {
        self.subscriptions.is_empty() && !self.nas && !self.guests && !self.catalog
    }
}

impl Feed {
    /// Reads everything: NAS, accounts, open sessions.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn load(&mut self, db: &Db, directory: &Directory, now: Ts) -> Result<Patched> {
        let mut reader = db.reader();
        directory.set_nas(&rows::nas(&mut reader).await?);
        let patched = self.verify(db, directory, now).await?;
        read_sessions(db, directory).await?;
        Ok(patched)
    }

    /// Learns of the sessions that other nodes on the same database account for: those that began
    /// there are known here afterwards, those that ended there block nobody here.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn share_sessions(&self, db: &Db, directory: &Directory, now: Ts) -> Result<usize> {
        let open = read_sessions(db, directory).await?;
        Ok(directory.forget_sessions_except(&open, now.plus_secs(-OVERLAP_SECS)))
    }

    /// Reads what a commit of this process made stale.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn patch(
        &mut self,
        db: &Db,
        directory: &Directory,
        wanted: &Wanted,
        now: Ts,
    ) -> Result<Patched> {
        let mut reader = db.reader();
        if wanted.nas {
            directory.set_nas(&rows::nas(&mut reader).await?);
        }
        if wanted.catalog {
            return self.verify(db, directory, now).await;
        }
        let ids: Vec<SubscriptionId> = wanted.subscriptions.iter().copied().collect();
        let mut patched = read(db, directory, &ids).await?;
        if wanted.guests {
            patched.add(self.poll_guests(db, directory, now).await?);
        }
        Ok(patched)
    }

    /// Reads what changed since the last time, whoever changed it: other processes share the database.
    ///
    /// # Errors
    /// When the database is away; what was missed is read the next time.
    pub async fn poll(&mut self, db: &Db, directory: &Directory, now: Ts) -> Result<Patched> {
        let mut reader = db.reader();
        let (version, _) = rows::profiles(&mut reader).await?;
        let (Some(from), true) = (self.accounts.from(), self.catalog_version == Some(version))
        else {
            return self.verify(db, directory, now).await;
        };
        let newest = feed::newest(&mut reader).await?;
        let touched = feed::after(&mut reader, from).await?;
        let mut patched = read(db, directory, &self.accounts.fresh(&touched)).await?;
        self.accounts.seen.extend(touched);
        self.accounts.looked(now, newest);
        patched.add(self.poll_guests(db, directory, now).await?);
        Ok(patched)
    }

    /// Reads the codes that changed.
    async fn poll_guests(&mut self, db: &Db, directory: &Directory, now: Ts) -> Result<Patched> {
        let Some(from) = self.guests.from() else {
            return self.verify_guests(db, directory, now).await;
        };
        let mut reader = db.reader();
        let newest = guest::newest(&mut reader).await?;
        let touched = guest::after(&mut reader, from).await?;
        let mut patched = Patched::default();
        for page in self.guests.fresh(&touched).chunks(usize::try_from(PAGE).unwrap_or(2_000)) {
            patched.add(directory.patch_guests(guest::of_ids(&mut reader, page).await?));
        }
        self.guests.seen.extend(touched);
        self.guests.looked(now, newest);
        Ok(patched)
    }

    /// Goes through all codes, and forgets those that ended long ago.
    async fn verify_guests(&mut self, db: &Db, directory: &Directory, now: Ts) -> Result<Patched> {
        let mut reader = db.reader();
        let newest = guest::newest(&mut reader).await?;
        let mut patched = Patched::default();
        let mut known: HashSet<VoucherId> = HashSet::new();
        let mut after = None;
        loop {
            let page = guest::page(&mut reader, after, now, PAGE).await?;
            known.extend(page.rows.iter().map(|row| row.id));
            patched.add(directory.patch_guests(page.rows));
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
        patched.removed += directory.retain_guests(&known);
        self.guests.read_all(now, newest);
        Ok(patched)
    }

    /// Goes through all rows and mends whatever differs. In a sound system nothing does, but after a
    /// change of profiles or policies it is how every account learns of it.
    ///
    /// # Errors
    /// When the database is away; what was read until then counts.
    pub async fn verify(&mut self, db: &Db, directory: &Directory, now: Ts) -> Result<Patched> {
        let mut reader = db.reader();
        let (version, _) = rows::profiles(&mut reader).await?;
        let newest = feed::newest(&mut reader).await?;
        let mut patched = Patched::default();
        let mut known: HashSet<AccountId> = HashSet::new();
        let mut after = None;
        loop {
            let page = rows::page(&mut reader, after, PAGE).await?;
            known.extend(page.rows.iter().map(|row| row.account));
            patched.add(directory.patch(page.rows));
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
        // Accounts that came between two pages are not among the known: their revision brings them back.
        patched.removed += directory.retain(&known);
        self.accounts.read_all(now, newest);
        patched.add(self.verify_guests(db, directory, now).await?);
        self.catalog_version = Some(version);
        Ok(patched)
    }
}

/// Reads the accounts of these subscriptions, in pages.
async fn read(db: &Db, directory: &Directory, subscriptions: &[SubscriptionId]) -> Result<Patched> {
    let mut reader = db.reader();
    let mut patched = Patched::default();
    for page in subscriptions.chunks(usize::try_from(PAGE).unwrap_or(2_000)) {
        patched.add(directory.patch(rows::of_subscriptions(&mut reader, page).await?));
    }
    Ok(patched)
}

async fn read_sessions(db: &Db, directory: &Directory) -> Result<OpenSessions> {
    let mut reader = db.reader();
    let mut open = OpenSessions::default();
    let mut after = None;
    loop {
        let page = session::live_page(&mut reader, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(open) };
        after = Some(last.id);
        directory.remember_sessions(&page);
        directory.note_open(&mut open, &page);
    }
}

#[cfg(test)]
mod tests;

//! Keeping the directory equal to the database.

use std::collections::{HashMap, HashSet, VecDeque};

use kernel::{AccountId, Event, Result, SubscriptionId, Ts};
use network::{directory as rows, feed, session};
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
    /// The newest revision at each look, the oldest first; the first is the one to look from.
    looks: VecDeque<(Ts, i64)>,
    /// What was read of the revisions after that one.
    seen: HashMap<SubscriptionId, i64>,
}

/// What has to be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub subscriptions: HashSet<SubscriptionId>,
    pub nas: bool,
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
            Event::PolicyChanged | Event::ProfilesChanged => self.catalog = true,
            _ => {}
        }
    }
    pub fn is_empty(&self) -> bool {
        self.subscriptions.is_empty() && !self.nas && !self.catalog
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
        let wanted: Vec<SubscriptionId> = wanted.subscriptions.iter().copied().collect();
        read(db, directory, &wanted).await
    }

    /// Reads what changed since the last time, whoever changed it: other processes share the database.
    ///
    /// # Errors
    /// When the database is away; what was missed is read the next time.
    pub async fn poll(&mut self, db: &Db, directory: &Directory, now: Ts) -> Result<Patched> {
        let mut reader = db.reader();
        let (version, _) = rows::profiles(&mut reader).await?;
        let (Some((_, from)), true) =
            (self.looks.front().copied(), self.catalog_version == Some(version))
        else {
            return self.verify(db, directory, now).await;
        };
        let newest = feed::newest(&mut reader).await?;
        let touched = feed::after(&mut reader, from).await?;
        let is_new = |(id, revision): &&(SubscriptionId, i64)| self.seen.get(id) != Some(revision);
        let wanted: Vec<SubscriptionId> =
            touched.iter().filter(is_new).map(|(id, _)| *id).collect();
        let patched = read(db, directory, &wanted).await?;
        self.seen.extend(touched);
        self.looked(now, newest);
        Ok(patched)
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
        self.seen.clear();
        let first = self.looks.is_empty();
        self.looked(now, if first { newest - FIRST_LOOK_BACK } else { newest });
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

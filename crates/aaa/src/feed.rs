//! Keeping the directory equal to the database.

use std::collections::HashSet;

use kernel::{AccountId, Event, Result, SubscriptionId, Ts};
use network::{directory as rows, session};
use store::Db;

use crate::directory::{Directory, OpenSessions, Patched};

/// Rows read at once. Small, so that a verification never holds a second directory in memory.
const PAGE: i64 = 2_000;
/// A transaction becomes visible after the instant it carries; clocks of several nodes differ.
const OVERLAP_SECS: i64 = 30;
/// Subscriptions patched one by one after a commit; more are read as "everything that changed".
const SINGLY_MAX: usize = 64;

/// Reads the database into a directory, whole or what changed. One task owns it.
#[derive(Debug, Default)]
pub struct Feed {
    asked_at: Option<Ts>,
    catalog_version: Option<i64>,
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
            Event::PolicyChanged => self.catalog = true,
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
        if wanted.subscriptions.len() > SINGLY_MAX {
            return self.poll(db, directory, now).await;
        }
        let mut patched = Patched::default();
        for subscription in &wanted.subscriptions {
            let found = rows::of_subscription(&mut reader, *subscription).await?;
            patched.add(directory.patch(found));
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
        let (Some(asked_at), true) = (self.asked_at, self.catalog_version == Some(version)) else {
            return self.verify(db, directory, now).await;
        };
        let since = asked_at.min(now).plus_secs(-OVERLAP_SECS);
        let patched = directory.patch(rows::changed_since(&mut reader, since).await?);
        self.asked_at = Some(now);
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
        // Accounts that came between two pages are not among the known: the overlap brings them back.
        patched.removed += directory.retain(&known);
        self.asked_at = Some(now);
        self.catalog_version = Some(version);
        Ok(patched)
    }
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

//! Accounting on disk before it is answered: `spool.db`, always SQLite, beside whatever database the
//! program uses, so that a NAS never waits for a billing run or a database that is away. The first login of a
//! guest goes the same way, for the same reason: what was answered must not be forgotten.
//!
//! A group of packets is one row, one commit, one fsync. What the applier has taken over is deleted in
//! the transaction of a later group, which costs no fsync of its own.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{Cause, NasId, Result, Ts};
use network::guest::{Code, GuestStart};
use network::{AccountingRecord, Mac};
use radius::packet::text;
use radius::{AccessRequest, AccountingRequest, Packet, Status};
use store::{Db, Migrations, Options, QueryExt, args, row};

use crate::ahead::Looks;
use crate::record;

const MIGRATIONS: Migrations = Migrations {
    room: "aaa",
    steps: &[("001_spool", include_str!("../migrations/001_spool.sql"))],
};

row! {
    struct GroupRow { pub id: i64, pub body: Vec<u8> }
}
row! {
    /// A record that could not be applied and waits for a person.
    pub struct Unappliable {
        pub id: i64,
        pub at: Ts,
        pub why: String,
    }
}

/// The spool of one process.
#[derive(Clone)]
pub struct Spool(Arc<Inner>);

struct Inner {
    db: Db,
    /// Groups up to this one are applied and may go.
    applied: AtomicI64,
    /// Groups up to this one are deleted.
    deleted: AtomicI64,
    commits: AtomicU64,
    looks: Mutex<Looks>,
}

/// Records read from the spool, in the order of their arrival.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub records: Vec<AccountingRecord>,
    /// First logins of guests.
    pub starts: Vec<GuestStart>,
    /// The last group read; give it to [`Spool::applied`] when the records are safe elsewhere.
    pub last: i64,
    pub groups: usize,
}

impl Spool {
    /// Opens or creates the spool. Its commits are flushed to the disk one by one (`FULL`).
    ///
    /// # Errors
    /// When the file can't be opened or its tables can't be made.
    pub async fn open(path: &Path, now: Ts) -> Result<Self> {
        // Written once, read once.
        let options = Options {
            readers: 1,
            cache_kib: 2 << 10,
            ..Options::new(format!("sqlite:{}", path.display()))
        };
        Self::on(Db::open(&options).await?, now).await
    }

    /// A spool on a database that is already open. For the simulator, which breaks it on purpose.
    ///
    /// # Errors
    /// When its tables can't be made.
    pub async fn on(db: Db, now: Ts) -> Result<Self> {
        store::migrate(&db, now, &[&MIGRATIONS]).await?;
        Ok(Self(Arc::new(Inner {
            db,
            applied: AtomicI64::new(0),
            deleted: AtomicI64::new(0),
            commits: AtomicU64::new(0),
            looks: Mutex::default(),
        })))
    }

    /// Writes a group of entries made by [`push`]. When it returns, they are on disk.
    ///
    /// # Errors
    /// When the disk refuses: then nothing of the group is kept, and none of its packets may be
    /// answered.
    pub async fn write(&self, entries: &[u8], now: Ts) -> Result<()> {
        let applied = self.0.applied.load(Ordering::Acquire);
        let stale = applied > self.0.deleted.load(Ordering::Acquire);
        let cause = Cause::system(now, "accounting");
        self.0
            .db
            .write(&cause, async |tx| {
                if stale {
                    tx.exec("delete from aaa_spool where id <= $1", args![applied]).await?;
                }
                tx.exec("insert into aaa_spool (at, body) values ($1, $2)", args![now, entries])
                    .await
            })
            .await?;
        self.0.deleted.fetch_max(applied, Ordering::AcqRel);
        self.0.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Reads groups that are not applied yet, the oldest first, until about `limit` records.
    ///
    /// # Errors
    /// When the spool can't be read. An entry that is no accounting packet is skipped: it could not have
    /// been written by [`push`].
    pub async fn read(&self, limit: usize) -> Result<Batch> {
        let mut batch = Batch { last: self.applied_to(), ..Batch::default() };
        while batch.records.len() + batch.starts.len() < limit {
            let read = self
                .read_group(&mut batch, |batch, _, entry| match entry.start() {
                    Some(start) => batch.starts.push(start),
                    None => batch.records.extend(entry.record()),
                })
                .await?;
            if !read {
                break;
            }
        }
        Ok(batch)
    }

    /// Reads the next group after `batch.last` and shows its entries. `false`: there is none.
    pub(crate) async fn read_group(
        &self,
        batch: &mut Batch,
        mut see: impl FnMut(&mut Batch, i64, &Entry<'_>),
    ) -> Result<bool> {
        let group: Option<GroupRow> = self
            .0
            .db
            .reader()
            .row_opt(
                "select id, body from aaa_spool where id > $1 order by id limit 1",
                args![batch.last],
            )
            .await?;
        let Some(group) = group else { return Ok(false) };
        for entry in Entries(&group.body) {
            see(batch, group.id, &entry);
        }
        batch.last = group.id;
        batch.groups += 1;
        Ok(true)
    }

    /// Groups up to this one are applied.
    pub(crate) fn applied_to(&self) -> i64 {
        self.0.applied.load(Ordering::Acquire)
    }

    /// What was applied before its turn.
    pub(crate) fn looks(&self) -> MutexGuard<'_, Looks> {
        self.0.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows every packet that is not applied yet, the oldest first: whose NAS sent it, when it came, its
    /// bytes. Answers how many there were.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn pending(&self, mut see: impl FnMut(NasId, Ts, &[u8])) -> Result<usize> {
        let mut reader = self.0.db.reader();
        let (mut last, mut seen) = (self.applied_to(), 0);
        loop {
            let groups: Vec<GroupRow> = reader
                .rows(
                    "select id, body from aaa_spool where id > $1 order by id limit 100",
                    args![last],
                )
                .await?;
            let Some(newest) = groups.last() else { return Ok(seen) };
            last = newest.id;
            for entry in groups.iter().flat_map(|group| Entries(&group.body)) {
                see(entry.nas, entry.received_at, entry.datagram);
                seen += 1;
            }
        }
    }

    /// Everything up to the group `last` is safe in the main database and may be deleted.
    pub fn applied(&self, last: i64) {
        self.0.applied.fetch_max(last, Ordering::AcqRel);
    }

    /// Deletes what is applied, when no group came for a while that would have done it.
    ///
    /// # Errors
    /// When the disk refuses; it is tried again with the next group.
    pub async fn tidy(&self, now: Ts) -> Result<()> {
        let applied = self.0.applied.load(Ordering::Acquire);
        if applied <= self.0.deleted.load(Ordering::Acquire) {
            return Ok(());
        }
        let cause = Cause::system(now, "accounting");
        self.0
            .db
            .write(&cause, async |tx| {
                tx.exec("delete from aaa_spool where id <= $1", args![applied]).await
            })
            .await?;
        self.0.deleted.fetch_max(applied, Ordering::AcqRel);
        Ok(())
    }

    /// Sets a record aside that the main database will never take, so that those behind it go on.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn set_aside(&self, record: &str, why: &str, now: Ts) -> Result<()> {
        let cause = Cause::system(now, "accounting");
        self.0
            .db
            .write(&cause, async |tx| {
                tx.exec(
                    "insert into aaa_unappliable (at, why, record) values ($1, $2, $3)",
                    args![now, why, record],
                )
                .await
            })
            .await?;
        Ok(())
    }

    /// How many records are set aside.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn set_aside_count(&self) -> Result<i64> {
        let mut reader = self.0.db.reader();
        reader.value("select count(*) from aaa_unappliable", args![]).await
    }

    /// Records set aside, the newest first.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn unappliable(&self, limit: i64) -> Result<Vec<Unappliable>> {
        let mut reader = self.0.db.reader();
        reader
            .rows("select id, at, why from aaa_unappliable order by id desc limit $1", args![limit])
            .await
    }

    /// Groups that wait to be applied, and since when the oldest does.
    ///
    /// # Errors
    /// When the spool can't be read.
    pub async fn backlog(&self) -> Result<(i64, Option<Ts>)> {
        let mut reader = self.0.db.reader();
        let rows: Vec<(i64, Option<Ts>)> = reader
            .rows(
                "select count(*), min(at) from aaa_spool where id > $1",
                args![self.0.applied.load(Ordering::Acquire)],
            )
            .await?;
        Ok(rows.first().copied().unwrap_or_default())
    }

    /// Commits of groups since the program started: each one fsync.
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.0.db.close().await;
    }
}

const HEAD_BYTES: usize = 16 + 8 + 2;

/// Adds one accounting packet to a group: NAS, time of receipt, the packet as it came.
pub fn push(group: &mut Vec<u8>, nas: NasId, received_at: Ts, datagram: &[u8]) {
    let length = Packet::parse(datagram).map_or(0, |packet| packet.bytes().len());
    let Ok(short) = u16::try_from(length) else { return };
    group.reserve(HEAD_BYTES + length);
    group.extend_from_slice(nas.uuid().as_bytes());
    group.extend_from_slice(&received_at.micros().to_be_bytes());
    group.extend_from_slice(&short.to_be_bytes());
    group.extend_from_slice(datagram.get(..length).unwrap_or_default());
}

/// Goes through a group's entries.
struct Entries<'a>(&'a [u8]);

pub(crate) struct Entry<'a> {
    nas: NasId,
    received_at: Ts,
    datagram: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let (nas, rest) = self.0.split_first_chunk::<16>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (datagram, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        self.0 = rest;
        Some(Entry {
            nas: NasId::from_uuid(uuid_of(*nas)),
            received_at: Ts::from_micros(i64::from_be_bytes(*at)),
            datagram,
        })
    }
}

fn uuid_of(bytes: [u8; 16]) -> uuid::Uuid {
    uuid::Uuid::from_bytes(bytes)
}

impl Entry<'_> {
    /// The user name of a report of a session, as accounts have it, written into `room`; `Some(None)` is a
    /// restart of its NAS, `None` a login.
    pub(crate) fn user<'n>(&self, room: &'n mut String) -> Option<Option<&'n str>> {
        let packet = Packet::parse(self.datagram).ok()?;
        if packet.code() != Some(radius::Code::AccountingRequest) {
            return None;
        }
        let request = AccountingRequest::read(&packet);
        if matches!(request.status()?, Status::On | Status::Off) {
            return Some(None);
        }
        room.clear();
        room.push_str(text(request.user_name?)?.trim());
        room.make_ascii_lowercase();
        Some(Some(room))
    }

    pub(crate) fn record(&self) -> Option<AccountingRecord> {
        let packet = Packet::parse(self.datagram).ok()?;
        record::read(self.nas, &AccountingRequest::read(&packet), self.received_at)
    }

    fn start(&self) -> Option<GuestStart> {
        let (code, mac) = guest_of(&Packet::parse(self.datagram).ok()?)?;
        Some(GuestStart { code, at: self.received_at, nas: self.nas, mac })
    }
}

/// The guest whose first login this packet is: logins are in the spool for no other reason.
pub(crate) fn guest_of(packet: &Packet<'_>) -> Option<(Code, Option<Mac>)> {
    if packet.code() != Some(radius::Code::AccessRequest) {
        return None;
    }
    let request = AccessRequest::read(packet);
    let mac = request.calling_station_id.and_then(Mac::of_device);
    Some((Code::read(request.user_name?)?, mac))
}

#[cfg(test)]
mod tests;

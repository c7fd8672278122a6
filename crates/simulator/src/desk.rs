//! The RADIUS service of one life of the program: directory, engine, spool and feed, without sockets.

use std::path::Path;
use std::sync::Arc;

use aaa::engine::{Answer, Settings};
use aaa::feed::{Feed, Wanted};
use aaa::{Directory, Engine, Spool, apply, scribe};
use kernel::{Event, Result, Ts};
use network::DesiredKind;
use store::{Committed, Db, Options, QueryExt, args};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

use crate::faults::FaultDial;
use crate::nas::{Dialled, Modem};
use crate::street::Shared;

/// The service as it runs until the program is killed.
pub struct Desk {
    pub directory: Arc<Directory>,
    pub engine: Engine,
    pub spool: Spool,
    feed: Feed,
    commits: broadcast::Receiver<Arc<Committed>>,
    wanted: Wanted,
}

impl Desk {
    /// Starts the service as the program does: the directory is loaded and the spool applied before the
    /// first packet is answered. `spool`: its file; `durable` flushes each commit to the disk.
    pub async fn open(
        db: &Db,
        spool: &Path,
        durable: bool,
        dial: &FaultDial,
        now: Ts,
    ) -> Result<Self> {
        let url = format!("sqlite:{}", spool.display());
        let options = Options { readers: 1, durable, ..Options::new(url) };
        let file = Db::open(&options).await?;
        let spool = Spool::on(file.clone(), now).await?;
        dial.wire(&file);
        let commits = db.subscribe();
        let directory = Arc::new(Directory::default());
        let settings = Settings { cached_replies: 1_024, ..Settings::default() };
        let engine = Engine::new(Arc::clone(&directory), &settings);
        let mut desk = Self {
            directory,
            engine,
            spool,
            feed: Feed::default(),
            commits,
            wanted: Wanted::default(),
        };
        desk.apply(db, now).await?;
        desk.feed.load(db, &desk.directory, now).await?;
        Ok(desk)
    }

    /// Hears what was committed and brings the directory up to date with it. `true`: something was.
    pub async fn catch_up(&mut self, db: &Db, now: Ts) -> Result<bool> {
        let mut rung = false;
        loop {
            match self.commits.try_recv() {
                Ok(committed) => {
                    rung = true;
                    for event in &committed.events {
                        self.wanted.by(event);
                    }
                }
                Err(TryRecvError::Lagged(_)) => {
                    rung = true;
                    self.wanted.by(&Event::PolicyChanged);
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if !self.wanted.is_empty() {
            self.feed.patch(db, &self.directory, &self.wanted, now).await?;
            self.wanted = Wanted::default();
        }
        Ok(rung)
    }

    /// Applies the spool until it is empty. What is applied goes with the next group.
    pub async fn apply(&self, db: &Db, now: Ts) -> Result<()> {
        while apply::apply(db, &self.spool, now, apply::BATCH).await?.records >= apply::BATCH {}
        Ok(())
    }

    /// Writes down what the engine noticed.
    pub async fn write_notes(&self, db: &Db, now: Ts) -> Result<usize> {
        scribe::write(db, &self.directory, &self.engine.notes, None, now).await
    }

    /// A modem dials at router `n`: what came of it. Its accounting start waits on the street.
    pub fn dial(&self, street: &Shared, n: usize, modem: &Modem, now: Ts) -> Dialled {
        let mut street = street.open();
        let from = street.address(n);
        if street.off.get(n) == Some(&true) || street.loses() {
            return Dialled::Ignored;
        }
        let Some(router) = street.routers.get_mut(n) else { return Dialled::Ignored };
        let (request, dialling) = router.dial(modem);
        let Answer::Reply(reply) = self.engine.answer(&request, from, now) else {
            return Dialled::Ignored;
        };
        let done = router.answered(&dialling, &reply, now);
        if let Dialled::Online { acct_session_id } = &done
            && let Some(start) = router.start(acct_session_id, now)
        {
            street.untold.push((n, start));
        }
        done
    }

    /// Sends what the routers have to tell; what is not answered stays with them. Answers how many packets
    /// were new on the disk.
    pub async fn account(&self, street: &Shared, now: Ts) -> Result<usize> {
        let mut group = Vec::new();
        let mut waiting = Vec::new();
        {
            let mut street = street.open();
            let untold = std::mem::take(&mut street.untold);
            for (n, bytes) in untold {
                let from = street.address(n);
                if street.off.get(n) == Some(&true) || street.loses() {
                    street.untold.push((n, bytes));
                    continue;
                }
                match self.engine.answer(&bytes, from, now) {
                    Answer::Account { entry, reply, ticket } => {
                        group.extend_from_slice(&entry);
                        waiting.push((n, bytes, reply, ticket));
                    }
                    Answer::Reply(_) => {}
                    Answer::Drop(why) => {
                        tracing::debug!(?why, "accounting was dropped");
                        street.untold.push((n, bytes));
                    }
                }
            }
        }
        if waiting.is_empty() {
            return Ok(0);
        }
        let written = self.spool.write(&group, now).await;
        let count = waiting.len();
        let mut street = street.open();
        for (n, bytes, reply, ticket) in waiting {
            if written.is_err() {
                self.engine.not_kept(&ticket);
                street.untold.push((n, bytes));
                continue;
            }
            self.engine.kept(&ticket, &reply, now);
            let proven =
                street.routers.get(n).is_some_and(|r| r.accepts_accounting_reply(&bytes, &reply));
            // A lost or unproven answer: the router repeats the packet.
            if !proven || street.loses() {
                street.untold.push((n, bytes));
            }
        }
        written.map(|()| count)
    }

    /// Accounts whose answer would not be what is desired; empty when the directory is right.
    pub async fn disagreements(&self, db: &Db) -> Result<Vec<String>> {
        let rows: Vec<(String, String, Option<DesiredKind>, Option<i64>)> = db
            .reader()
            .rows(
                "select t.username, t.state, a.desired, a.version from network_account t
                 left join network_access a on a.subscription_id = t.subscription_id
                 where t.released_at is null order by t.username",
                args![],
            )
            .await?;
        let mut wrong = Vec::new();
        for (username, state, desired, version) in rows {
            let Some(slot) = self.directory.find(username.as_bytes()) else {
                wrong.push(format!("{username} is not in the directory"));
                continue;
            };
            let account = slot.account();
            let admits = state == "live" && desired.is_some_and(|d| d != DesiredKind::Blocked);
            let isolates = account.replies.as_ref().is_some_and(|r| r.isolates);
            let right = account.refused.is_none() == admits
                && (!admits
                    || (version == Some(account.access_version)
                        && isolates == (desired == Some(DesiredKind::Isolated))));
            if !right {
                wrong
                    .push(format!("{username} ({state}, {desired:?}) would be answered otherwise"));
            }
        }
        Ok(wrong)
    }
}

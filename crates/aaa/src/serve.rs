//! The service as it runs in the program: sockets, the accounting writer, the applier, the directory's
//! feed, the scribe. Each part goes on when another is stuck; only a broken socket ends its own thread.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use kernel::{Clock, Fault, Result, Ts};
use store::{Committed, Db};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Mutex, Notify, broadcast, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::counters::count;
use crate::directory::{Directory, Patched};
use crate::door::{Call, Door};
use crate::engine::{Engine, Port, Settings};
use crate::feed::{Feed, Wanted};
use crate::logins::LoginLog;
use crate::spool::Spool;
use crate::supervise::{Pulse, Then, said};
use crate::udp::{self, GROUPS_WAITING, Group, Listener};
use crate::{apply, scribe, tally};

/// How the service is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where Access-Requests come to; port 0 takes any free one.
    pub auth: SocketAddr,
    /// Where Accounting-Requests come to.
    pub acct: SocketAddr,
    /// The folder of `spool.db` and `logins.db`.
    pub folder: PathBuf,
    pub settings: Settings,
    /// Asked of the system for each socket.
    pub buffer_bytes: usize,
    /// Days that the log of logins is kept, when it is on.
    pub logins_kept_days: i64,
    /// Other processes answer RADIUS on the same database: their sessions are looked up regularly.
    pub shared: bool,
}

impl Config {
    /// The usual ports on one address.
    pub fn on(address: std::net::IpAddr, folder: PathBuf) -> Self {
        Self {
            auth: SocketAddr::new(address, 1812),
            acct: SocketAddr::new(address, 1813),
            folder,
            settings: Settings::default(),
            buffer_bytes: 8 << 20,
            logins_kept_days: 30,
            shared: false,
        }
    }
}

/// The running service. Dropping it without [`Running::stop`] leaves the threads to end by themselves.
pub struct Running {
    pub engine: Arc<Engine>,
    pub spool: Spool,
    pub logins: Option<LoginLog>,
    /// For packets that come another way than by the sockets.
    pub door: Door,
    /// Where Access-Requests are answered.
    pub auth: SocketAddr,
    /// Where Accounting-Requests are answered.
    pub acct: SocketAddr,
    /// How the threads and tasks are.
    pub pulse: Arc<Pulse>,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    tasks: JoinSet<()>,
}

/// Starts the service: the directory is loaded, and the sessions of what still waits in the spool are
/// known, before the first packet is answered, if the database is there; the spool is applied beside that,
/// however long it is. If the database is not there, the service starts with an empty directory, drops
/// packets of NAS it does not know yet, and fills as soon as it is back.
///
/// # Errors
/// When a socket or the spool can't be opened.
pub async fn start(config: Config, db: Db, clock: Arc<dyn Clock>) -> Result<Running> {
    let now = clock.now();
    std::fs::create_dir_all(&config.folder)
        .map_err(|error| Fault::bug("making the spool's folder").because(error))?;
    let spool = Spool::open(&config.folder.join("spool.db"), now).await?;
    let logins = match config.settings.log_logins {
        true => Some(LoginLog::open(&config.folder.join("logins.db"), now).await?),
        false => None,
    };
    let directory = Arc::new(Directory::default());
    let engine = Arc::new(Engine::new(Arc::clone(&directory), &config.settings));
    let commits = db.subscribe();
    let mut feed = Feed::default();
    if let Err(fault) = first_load(&mut feed, &db, &spool, &engine, now).await {
        tracing::error!(?fault, "RADIUS starts without the database and fills when it is back");
    }

    let (stop, stopped) = watch::channel(false);
    let (groups, waiting) = mpsc::channel(GROUPS_WAITING);
    let pulse = Arc::new(Pulse::default());
    let (door, calls) = Door::new(Arc::clone(&engine), Arc::clone(&clock));
    let mut threads = Vec::new();
    let mut bound = Vec::new();
    for (address, port) in [(config.auth, Port::Auth), (config.acct, Port::Acct)] {
        let socket = udp::bind(address, config.buffer_bytes)?;
        bound.push(socket.local_addr().unwrap_or(address));
        let listener = Listener {
            engine: Arc::clone(&engine),
            clock: Arc::clone(&clock),
            port,
            groups: groups.clone(),
            stop: stopped.clone(),
            pulse: Arc::clone(&pulse),
        };
        threads.push(listener.start(socket)?);
    }
    drop(groups);
    let part = Part {
        db,
        clock,
        engine: Arc::clone(&engine),
        spool: spool.clone(),
        logins: logins.clone(),
        written: Arc::new(Notify::new()),
        stopped,
        logins_kept_days: config.logins_kept_days,
        shared: config.shared,
        pulse: Arc::clone(&pulse),
    };
    let mut tasks = JoinSet::new();
    let (waiting, calls) = (Arc::new(Mutex::new(waiting)), Arc::new(Mutex::new(calls)));
    let known = Arc::new(Mutex::new(Some((feed, commits))));
    let watched = Watched { part: part.clone(), pulse: Arc::clone(&pulse) };
    tasks.spawn(
        watched.clone().keep("radius-groups", move |part| part.write_groups(Arc::clone(&waiting))),
    );
    tasks.spawn(
        watched.clone().keep("radius-calls", move |part| part.write_calls(Arc::clone(&calls))),
    );
    tasks.spawn(watched.clone().keep("radius-spool", Part::apply_spool));
    tasks.spawn(
        watched
            .clone()
            .keep("radius-directory", move |part| part.feed_directory(Arc::clone(&known))),
    );
    tasks.spawn(watched.keep("radius-notes", Part::write_notes));
    let auth = bound.first().copied().unwrap_or(config.auth);
    let acct = bound.last().copied().unwrap_or(config.acct);
    tracing::info!(%auth, %acct, accounts = directory.accounts(), "RADIUS answers");
    Ok(Running { engine, spool, logins, door, auth, acct, pulse, stop, threads, tasks })
}

async fn first_load(
    feed: &mut Feed,
    db: &Db,
    spool: &Spool,
    engine: &Engine,
    now: Ts,
) -> Result<Patched> {
    let patched = feed.load(db, engine.directory(), now).await?;
    // What was answered last is newer than what the database says of a session.
    let seen = spool.pending(|nas, at, datagram| engine.recall(nas, datagram, at)).await?;
    if seen > 0 {
        tracing::info!(seen, "accounting waits in the spool and is applied beside answering");
    }
    Ok(patched)
}

impl Running {
    /// Stops answering, writes what was received, and closes the spool. What is not applied by then is
    /// applied at the next start.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        for thread in self.threads.drain(..) {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("a RADIUS thread fell");
            }
        }
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a RADIUS task fell");
            }
        }
        self.spool.close().await;
    }
}

/// Starts a task again when it fell.
#[derive(Clone)]
struct Watched {
    part: Part,
    pulse: Arc<Pulse>,
}

impl Watched {
    async fn keep<F, W>(self, name: &'static str, work: F)
    where
        F: Fn(Part) -> W + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        loop {
            let ended = tokio::spawn(work(self.part.clone())).await;
            let Err(error) = ended else { return };
            let why = error.try_into_panic().map_or_else(|e| e.to_string(), |p| said(p.as_ref()));
            if self.pulse.fell(name, why) == Then::GiveUp || self.part.is_stopped() {
                return;
            }
        }
    }
}

/// What the directory's task begins with; taken once, and made anew after a fall.
type Known = Arc<Mutex<Option<(Feed, broadcast::Receiver<Arc<Committed>>)>>>;

/// What each task works with.
#[derive(Clone)]
struct Part {
    db: Db,
    clock: Arc<dyn Clock>,
    engine: Arc<Engine>,
    spool: Spool,
    logins: Option<LoginLog>,
    /// Rung after each group.
    written: Arc<Notify>,
    stopped: watch::Receiver<bool>,
    logins_kept_days: i64,
    shared: bool,
    pulse: Arc<Pulse>,
}

/// How long a task rests after a failure, and the latest it looks without being called.
const PERIOD: Duration = Duration::from_secs(1);
/// How often the directory is compared with the whole database.
const VERIFY_SECS: i64 = 6 * 3_600;
/// How often the sessions of other nodes are looked up.
const SHARE_SECS: i64 = 15;
const DAY_SECS: i64 = 86_400;
/// How often the counts of the routers are written down.
const TALLY_SECS: i64 = 10;
/// Reports through the door that share one write.
const CALLS_TOGETHER: usize = 256;

impl Part {
    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Writes groups until the sockets are gone. What waits while one fsync runs shares the next.
    async fn write_groups(self, waiting: Arc<Mutex<mpsc::Receiver<Group>>>) {
        let mut waiting = waiting.lock().await;
        while let Some(mut group) = waiting.recv().await {
            while group.has_room()
                && let Ok(more) = waiting.try_recv()
            {
                group.join(more);
            }
            let now = self.clock.now();
            match self.spool.write(&group.entries, now).await {
                Ok(()) => {
                    count(&self.engine.counters.groups);
                    group.reply(&self.engine, now).await;
                    self.written.notify_one();
                }
                Err(fault) => {
                    tracing::error!(?fault, packets = group.held.len(), "accounting is not kept");
                    group.forget(&self.engine);
                }
            }
        }
        // Wakes the applier so that it can finish.
        self.written.notify_one();
    }

    /// As [`Part::write_groups`] for what came through the door.
    async fn write_calls(mut self, waiting: Arc<Mutex<mpsc::Receiver<Call>>>) {
        let mut waiting = waiting.lock().await;
        loop {
            let first = tokio::select! {
                call = waiting.recv() => call,
                _ = self.stopped.changed() => {
                    // What came before the stop is written; nothing comes after it.
                    waiting.close();
                    waiting.recv().await
                }
            };
            let Some(first) = first else { return };
            let mut calls = vec![first];
            while calls.len() < CALLS_TOGETHER
                && let Ok(more) = waiting.try_recv()
            {
                calls.push(more);
            }
            let entries: Vec<u8> = calls.iter().flat_map(|call| call.entry()).copied().collect();
            let now = self.clock.now();
            let written = self.spool.write(&entries, now).await;
            if let Err(fault) = &written {
                tracing::error!(?fault, packets = calls.len(), "accounting is not kept");
            }
            for call in calls {
                call.end(&self.engine, written.is_ok(), now);
            }
            self.written.notify_one();
        }
    }

    /// Applies the spool whenever something was written, and tidies it when nothing was.
    async fn apply_spool(mut self) {
        loop {
            let now = self.clock.now();
            let pause = match apply::apply(&self.db, &self.spool, now, apply::BATCH).await {
                Ok(round) if round.groups > 0 && !self.is_stopped() => continue,
                Ok(_) => self.spool.tidy(now).await.err(),
                Err(fault) => Some(fault),
            };
            if self.is_stopped() {
                return;
            }
            match pause {
                Some(fault) => {
                    tracing::warn!(?fault, "accounting waits in the spool");
                    let _ = timeout(PERIOD, self.stopped.changed()).await;
                }
                None => {
                    let _ = timeout(PERIOD, self.written.notified()).await;
                }
            }
        }
    }

    /// Patches the directory after each commit of this process and looks every second for those of
    /// others.
    async fn feed_directory(mut self, known: Known) {
        let begun = known.lock().await.take();
        // After a fall nobody knows what was missed: a new feed reads everything.
        let (mut feed, mut commits) =
            begun.unwrap_or_else(|| (Feed::default(), self.db.subscribe()));
        let mut tick = interval(PERIOD);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rota = Rota {
            verified_at: self.clock.now(),
            shared_at: self.clock.now(),
            sessions_known: self.engine.directory().accounts() > 0,
        };
        loop {
            let mut wanted = Wanted::default();
            let polls = tokio::select! {
                _ = tick.tick() => true,
                heard = commits.recv() => !hear(heard, &mut commits, &mut wanted),
                _ = self.stopped.changed() => return,
            };
            let done = if polls {
                self.look(&mut feed, &mut rota).await
            } else {
                let now = self.clock.now();
                feed.patch(&self.db, self.engine.directory(), &wanted, now).await
            };
            match done {
                Ok(patched) if patched != Patched::default() => {
                    tracing::debug!(?patched, "the directory changed");
                }
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(?fault, "the directory stays as it was last known");
                    let _ = timeout(PERIOD, self.stopped.changed()).await;
                    if self.is_stopped() {
                        return;
                    }
                }
            }
        }
    }

    /// One regular look at the database.
    async fn look(&self, feed: &mut Feed, rota: &mut Rota) -> Result<Patched> {
        let now = self.clock.now();
        let directory = self.engine.directory();
        if !rota.sessions_known {
            let loaded = first_load(feed, &self.db, &self.spool, &self.engine, now).await?;
            rota.sessions_known = true;
            return Ok(loaded);
        }
        if self.shared && rota.shared_at.plus_secs(SHARE_SECS) <= now {
            feed.share_sessions(&self.db, directory, now).await?;
            rota.shared_at = now;
        }
        if rota.verified_at.plus_secs(VERIFY_SECS) <= now {
            let mended = feed.verify(&self.db, directory, now).await?;
            rota.verified_at = now;
            return Ok(mended);
        }
        feed.poll(&self.db, directory, now).await
    }

    /// Writes notes as they come; the log of logins forgets what is old once a day.
    async fn write_notes(mut self) {
        let mut forgot_at = None;
        let mut tallied_at = None;
        loop {
            let now = self.clock.now();
            if tallied_at.is_none_or(|at: Ts| at.plus_secs(TALLY_SECS) <= now) || self.is_stopped()
            {
                tallied_at = Some(now);
                let told = tally::write(&self.db, &self.engine, &self.spool, &self.pulse, now);
                if let Err(fault) = told.await {
                    tracing::warn!(?fault, "what RADIUS counted is written later");
                }
            }
            let (notes, directory) = (&self.engine.notes, self.engine.directory());
            let written =
                scribe::write(&self.db, directory, notes, self.logins.as_ref(), now).await;
            if let Err(fault) = &written {
                tracing::warn!(?fault, "rejects and new devices are written later");
            }
            if self.is_stopped() {
                return;
            }
            match written {
                Ok(0) => {
                    let _ = timeout(PERIOD, self.engine.notes.arrived()).await;
                }
                // A short rest lets one row take more of the same.
                Ok(_) => {
                    let _ = timeout(PERIOD / 10, self.stopped.changed()).await;
                }
                Err(_) => {
                    let _ = timeout(PERIOD, self.stopped.changed()).await;
                }
            }
            if forgot_at.is_none_or(|at: Ts| at.plus_secs(DAY_SECS) <= now) {
                forgot_at = Some(now);
                self.forget_logins(now).await;
            }
        }
    }

    async fn forget_logins(&self, now: Ts) {
        let Some(log) = &self.logins else { return };
        if let Err(fault) = log.forget(now.plus_days(-self.logins_kept_days), now).await {
            tracing::warn!(?fault, "old logins stay");
        }
    }
}

/// When the regular looks were last done.
struct Rota {
    verified_at: Ts,
    shared_at: Ts,
    sessions_known: bool,
}

/// Gathers what this and all waiting commits made stale. `false`: too much was missed, or nothing
/// concerns the directory in a way that one can name; then everything that changed is read.
fn hear(
    heard: std::result::Result<Arc<Committed>, RecvError>,
    commits: &mut broadcast::Receiver<Arc<Committed>>,
    wanted: &mut Wanted,
) -> bool {
    let mut next = match heard {
        Ok(committed) => committed,
        Err(RecvError::Lagged(_) | RecvError::Closed) => return false,
    };
    loop {
        for event in &next.events {
            wanted.by(event);
        }
        next = match commits.try_recv() {
            Ok(committed) => committed,
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Lagged(_) | TryRecvError::Closed) => return false,
        };
    }
}

#[cfg(test)]
mod tests;

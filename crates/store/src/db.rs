//! The database: pools, the write loop, extensions.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;

use kernel::{Cause, Event, Fault, Result, TrailId, Ts};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, Postgres, Transaction};
use tokio::sync::broadcast;

use crate::dialect::{Dialect, speak};
use crate::error::{fault, is_retryable, lite_fault};
use crate::lanes::Lane;
use crate::lite;
use crate::pg;
use crate::query::Query;
use crate::row::Row;
use crate::tx::{Ids, Raw, Tx};
use crate::value::Value;
use crate::{BoxFuture, outbox};

/// One database of either kind. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

/// A value of any type, kept for everybody who asks for it.
type Kept = Arc<dyn Any + Send + Sync>;

pub(crate) struct Inner {
    pub(crate) pools: Pools,
    reactor: OnceLock<Arc<dyn Reactor>>,
    faults: RwLock<Option<FaultHook>>,
    ext: RwLock<HashMap<TypeId, Kept>>,
    cache: Mutex<HashMap<TypeId, (i64, Kept)>>,
    committed: broadcast::Sender<Arc<Committed>>,
    seed: IdSeed,
}

pub(crate) enum Pools {
    Lite(lite::Pool),
    Pg(PgPool),
}

enum IdSeed {
    Random,
    /// The simulator's: the same seed repeats the same ids.
    Fixed(u64, AtomicU64),
}

/// What a committed transaction said. A doorbell: listeners read the tables, not this.
#[derive(Clone, Debug)]
pub struct Committed {
    pub at: Ts,
    pub trail: TrailId,
    pub events: Vec<Event>,
}

/// Where the simulator may break the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    Begin,
    BeforeCommit,
    /// The commit is done, but the caller never hears of it.
    AfterCommit,
    /// A question outside any transaction is not answered.
    Read,
}

type FaultHook = Arc<dyn Fn(FaultPoint, &Cause) -> Option<Fault> + Send + Sync>;

/// What follows from events; implemented by `flows`.
pub trait Reactor: Send + Sync + 'static {
    /// Runs in the transaction of the event's cause, before commit.
    fn inside<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<()>>;
    /// Runs once for all that was said together, after their inside reactions and before commit.
    fn together<'a>(&'a self, tx: &'a mut Tx, events: &'a [Event]) -> BoxFuture<'a, Result<()>>;
    /// The names of the reactions that run after commit, from the outbox.
    fn after(&self, event: &Event) -> &'static [&'static str];
}

/// How to open a database.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:path/to/file` or `postgres://…`.
    pub url: String,
    pub readers: u32,
    /// Repeatable ids, for the simulator.
    pub id_seed: Option<u64>,
    /// `false` only in tests: commits are not flushed to the disk.
    pub durable: bool,
    /// Pages that SQLite's writer keeps in memory, in KiB; each reader keeps a quarter of it.
    pub cache_kib: u32,
}

impl Options {
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), readers: 4, id_seed: None, durable: true, cache_kib: 16 << 10 }
    }
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.id_seed = Some(seed);
        self
    }
}

impl Db {
    /// Opens the database (SQLite: creates the file).
    ///
    /// # Errors
    /// `store.bad_url` for a URL of neither kind; `store.unavailable` when it can't be reached.
    pub async fn open(options: &Options) -> Result<Self> {
        let url = options.url.as_str();
        let pools = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = Path::new(path.trim_start_matches("//"));
            lite::Pool::open(path, options.readers, options.durable, options.cache_kib)
                .map(Pools::Lite)
                .map_err(|e| lite_fault("opening the database", e))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_pg(url, options).await.map_err(|e| fault("opening the database", e))
        } else {
            return Err(Fault::invalid(
                "store.bad_url",
                "Alamat basis data harus diawali sqlite: atau postgres://",
                "The database address must start with sqlite: or postgres://",
            ));
        }?;
        let seed = options.id_seed.map_or(IdSeed::Random, |s| IdSeed::Fixed(s, AtomicU64::new(0)));
        Ok(Self(Arc::new(Inner {
            pools,
            reactor: OnceLock::new(),
            faults: RwLock::new(None),
            ext: RwLock::new(HashMap::new()),
            cache: Mutex::new(HashMap::new()),
            committed: broadcast::channel(4_096).0,
            seed,
        })))
    }

    pub fn dialect(&self) -> Dialect {
        match self.0.pools {
            Pools::Lite(_) => Dialect::Sqlite,
            Pools::Pg(_) => Dialect::Postgres,
        }
    }

    /// Asks outside any transaction, from the pool of readers.
    pub fn reader(&self) -> Reader {
        Reader(self.clone())
    }

    /// One moment of the database: whatever is asked of it sees what was committed by now, however long the asking
    /// takes. Breaks of the simulator spare it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let moment = match &self.0.pools {
            Pools::Lite(pool) => Moment::Lite(pool.moment()?),
            Pools::Pg(pool) => {
                let opening = |e| fault("opening a snapshot", e);
                let mut tx = pool.begin().await.map_err(opening)?;
                let alone = "set transaction isolation level repeatable read, read only";
                tx.execute(alone).await.map_err(opening)?;
                // The moment is that of the first question.
                tx.execute("select 1").await.map_err(opening)?;
                Moment::Pg(tx)
            }
        };
        Ok(Snapshot { db: self.clone(), moment })
    }

    /// Registers what follows from events. The first registration counts.
    pub fn set_reactor(&self, reactor: Arc<dyn Reactor>) {
        if self.0.reactor.set(reactor).is_err() {
            tracing::warn!("a reactor is registered already");
        }
    }
    pub(crate) fn reactor(&self) -> Option<Arc<dyn Reactor>> {
        self.0.reactor.get().cloned()
    }

    /// Keeps a value that use-cases reach through `tx.ext::<T>()`.
    pub fn with_ext<T: Any + Send + Sync>(&self, value: Arc<T>) -> &Self {
        if let Ok(mut map) = self.0.ext.write() {
            map.insert(TypeId::of::<T>(), value);
        }
        self
    }
    pub fn ext<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.ext.read().ok()?.get(&TypeId::of::<T>()).cloned()?.downcast().ok()
    }

    /// A snapshot kept from an earlier read, if it is of this version.
    pub fn cached<T: Any + Send + Sync>(&self, version: i64) -> Option<Arc<T>> {
        let cache = self.0.cache.lock().ok()?;
        let (kept, value) = cache.get(&TypeId::of::<T>())?;
        if *kept == version { value.clone().downcast().ok() } else { None }
    }
    pub fn keep<T: Any + Send + Sync>(&self, version: i64, value: Arc<T>) {
        if let Ok(mut cache) = self.0.cache.lock() {
            cache.insert(TypeId::of::<T>(), (version, value));
        }
    }

    /// Hears of every commit of this process.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.0.committed.subscribe()
    }

    /// Lets the simulator break transactions and reads.
    pub fn set_faults(&self, hook: Option<FaultHook>) {
        if let Ok(mut faults) = self.0.faults.write() {
            *faults = hook;
        }
    }
    pub(crate) fn break_at(&self, point: FaultPoint, cause: &Cause) -> Result<()> {
        let hook = self.0.faults.read().ok().and_then(|f| f.clone());
        hook.and_then(|hook| hook(point, cause)).map_or(Ok(()), Err)
    }

    fn break_reading(&self) -> Result<()> {
        let hook = self.0.faults.read().ok().and_then(|f| f.clone());
        let Some(hook) = hook else { return Ok(()) };
        hook(FaultPoint::Read, &Cause::system(kernel::Ts::default(), "reader")).map_or(Ok(()), Err)
    }

    /// Runs `work` in one transaction: commits on `Ok`, rolls back on `Err`.
    ///
    /// Before the commit the inside reactions to every emitted event run, and the outbox rows are
    /// written; after it the bell rings. A serialization failure or deadlock runs `work` again with
    /// the same `now` and the same ids, at most five times. That is why `work` is `Clone`: it captures
    /// shared references or values that can be copied, and returns what it found.
    pub fn write<T, F>(&self, cause: &Cause, work: F) -> impl Future<Output = Result<T>> + use<T, F>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    {
        self.write_in(Lane::Short, cause, work)
    }

    /// The same for a part of large work that nobody waits for: on SQLite, which has one writer, it lets
    /// all others go first.
    pub fn write_bulk<T, F>(
        &self,
        cause: &Cause,
        work: F,
    ) -> impl Future<Output = Result<T>> + use<T, F>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    {
        self.write_in(Lane::Bulk, cause, work)
    }

    fn write_in<T, F>(
        &self,
        lane: Lane,
        cause: &Cause,
        work: F,
    ) -> impl Future<Output = Result<T>> + use<T, F>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    {
        // Owned copies: a future that borrows them beside an async closure can't be proven `Send`.
        let (db, cause, ids) = (self.clone(), cause.clone(), self.next_ids());
        async move {
            let mut tries = 0;
            loop {
                tries += 1;
                let mut tx = db.clone().begin(lane, cause.clone(), ids).await?;
                let done = match work.clone()(&mut tx).await {
                    Ok(done) => outbox::react(&mut tx).await.map(|()| done),
                    Err(refused) => Err(refused),
                };
                match tx.finish(done).await {
                    Err(fault) if tries < 5 && is_retryable(&fault) => {
                        tracing::debug!(tries, "the transaction is run again");
                    }
                    answer => return answer,
                }
            }
        }
    }

    async fn begin(self, lane: Lane, cause: Cause, ids: Ids) -> Result<Tx> {
        self.break_at(FaultPoint::Begin, &cause)?;
        let raw = self.begin_raw(lane).await?;
        Ok(Tx::new(self, raw, cause, ids))
    }

    pub(crate) fn ring(&self, committed: Committed) {
        if !committed.events.is_empty() {
            // Nobody listening is fine: the tables are the truth.
            let _ = self.0.committed.send(Arc::new(committed));
        }
    }

    async fn begin_raw(&self, lane: Lane) -> Result<Raw> {
        match &self.0.pools {
            Pools::Lite(pool) => pool.begin(lane).await.map(Raw::Lite),
            Pools::Pg(pool) => {
                pool.begin().await.map(Raw::Pg).map_err(|e| fault("beginning a transaction", e))
            }
        }
    }

    fn next_ids(&self) -> Ids {
        let mut seed = [0u8; 16];
        match &self.0.seed {
            IdSeed::Random => {
                if getrandom::fill(&mut seed).is_err() {
                    tracing::error!("the system gives no randomness");
                }
            }
            IdSeed::Fixed(seed_no, counter) => {
                let n = counter.fetch_add(1, Ordering::SeqCst);
                seed[..8].copy_from_slice(&seed_no.to_be_bytes());
                seed[8..].copy_from_slice(&n.to_be_bytes());
            }
        }
        Ids::new(seed)
    }

    /// Runs several statements at once, outside any transaction of ours.
    ///
    /// # Errors
    /// When one of them is refused.
    pub async fn run_script(&self, script: &str) -> Result<()> {
        match &self.0.pools {
            Pools::Lite(pool) => pool.script(script).await,
            Pools::Pg(pool) => {
                let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
                let done = pool.execute(script).await;
                done.map(drop).map_err(|e| fault("running a script", e))
            }
        }
    }

    /// Writes a consistent copy of a SQLite database to `path` while it is in use.
    ///
    /// # Errors
    /// `store.backup_sqlite_only` on PostgreSQL, whose own tools do it.
    pub async fn copy_to(&self, path: &Path) -> Result<()> {
        match &self.0.pools {
            Pools::Lite(pool) => pool.copy_to(path).await,
            Pools::Pg(_) => Err(Fault::invalid(
                "store.backup_sqlite_only",
                "Untuk PostgreSQL pakai pg_dump.",
                "For PostgreSQL use pg_dump.",
            )),
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match &self.0.pools {
            Pools::Lite(pool) => pool.close().await,
            Pools::Pg(pool) => pool.close().await,
        }
    }
}

async fn open_pg(url: &str, options: &Options) -> std::result::Result<Pools, sqlx::Error> {
    let durable = if options.durable { "on" } else { "off" };
    let connect = PgConnectOptions::from_str(url)?
        .statement_cache_capacity(500)
        .options([("synchronous_commit", durable), ("timezone", "UTC")]);
    let pool = PgPoolOptions::new()
        .max_connections(options.readers + 8)
        // Also how long a request waits for a database that is away before it is told so.
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(connect)
        .await?;
    Ok(Pools::Pg(pool))
}

/// Asks outside any transaction.
#[derive(Clone)]
pub struct Reader(Db);

impl Query for Reader {
    fn fetch<'a>(&'a mut self, sql: &'a str, args: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move {
            self.0.break_reading()?;
            let text = speak(sql, self.0.dialect());
            match &self.0.0.pools {
                Pools::Lite(pool) => {
                    let rows = pool.fetch(&text, &args).await?;
                    Ok(rows.into_iter().map(Row::Lite).collect())
                }
                Pools::Pg(pool) => {
                    let query = pg::question(text, args)?;
                    pg::answer(sql, pool.fetch_all(query).await)
                }
            }
        })
    }
    fn db(&self) -> &Db {
        &self.0
    }
}

/// Asks one moment of the database; see [`Db::snapshot`].
pub struct Snapshot {
    db: Db,
    moment: Moment,
}

enum Moment {
    Lite(lite::Moment),
    Pg(Transaction<'static, Postgres>),
}

impl Query for Snapshot {
    fn fetch<'a>(&'a mut self, sql: &'a str, args: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move {
            let text = speak(sql, self.db.dialect());
            match &mut self.moment {
                Moment::Lite(moment) => {
                    Ok(moment.fetch(&text, &args)?.into_iter().map(Row::Lite).collect())
                }
                Moment::Pg(tx) => {
                    let query = pg::question(text, args)?;
                    pg::answer(sql, tx.fetch_all(query).await)
                }
            }
        })
    }
    fn db(&self) -> &Db {
        &self.db
    }
}

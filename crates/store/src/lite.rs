//! SQLite, asked in the thread of whoever asks.
//!
//! A statement of ours takes some microseconds; handing it to another thread and waking up for the answer
//! takes longer than that. So there is no thread a connection: the program has more threads than cores
//! instead ([`THREADS`]), and a statement that does take long holds up one of them. Those that may take
//! long, which are questions outside transactions and the parts of large work, hand the thread's other
//! tasks on first ([`beside`]): a runtime whose one awake thread is busy hears of no request.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{Fault, Result};
use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, ToSql};
use tokio::sync::{OwnedMutexGuard, Semaphore};

use crate::error::{lite_fault, unavailable};
use crate::lanes::{Lane, Lanes, Turn};
use crate::value::Value;

/// Threads that a runtime over SQLite should have at least, whatever the cores.
pub const THREADS: usize = 8;

/// How long a transaction waits for the writer before it is told that the database is away.
const WRITER_WAIT: Duration = Duration::from_secs(60);
/// How long SQLite waits for a lock that another process holds.
const BUSY_WAIT: Duration = Duration::from_secs(20);
/// Prepared statements that the writer, and that each reader keeps.
const WRITER_STATEMENTS: usize = 1_000;
const READER_STATEMENTS: usize = 250;
/// Pages that a snapshot keeps in memory, in KiB.
const MOMENT_CACHE_KIB: u32 = 8 << 10;

/// Longer texts are prepared each time: they list values, hardly ever come again as they were, and a prepared
/// one holds up to some megabytes.
const KEPT_BYTES_MAX: usize = 4_000;

type Lite<T> = std::result::Result<T, rusqlite::Error>;

/// One row of SQLite's answer.
#[derive(Debug)]
pub struct SqliteRow {
    columns: Arc<[String]>,
    cells: Vec<Cell>,
}

impl SqliteRow {
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
    pub(crate) fn cell(&self, index: usize) -> std::result::Result<&Cell, sqlx::Error> {
        let bad = || sqlx::Error::ColumnIndexOutOfBounds { index, len: self.cells.len() };
        self.cells.get(index).ok_or_else(bad)
    }
}

/// One writer, several readers of one file.
pub(crate) struct Pool {
    path: PathBuf,
    /// Nothing in it: the database is closed.
    writer: Arc<tokio::sync::Mutex<Option<Conn>>>,
    readers: Mutex<Vec<Conn>>,
    seats: Semaphore,
    pub(crate) lanes: Arc<Lanes>,
}

impl Pool {
    /// Opens the file, or creates it.
    pub(crate) fn open(path: &Path, readers: u32, durable: bool, cache_kib: u32) -> Lite<Self> {
        uncounted();
        let writer = Conn::writer(path, durable, cache_kib)?;
        let readers = (0..readers.max(1))
            .map(|_| Conn::reader(path, cache_kib / 4))
            .collect::<Lite<Vec<Conn>>>()?;
        Ok(Self {
            path: path.to_owned(),
            writer: Arc::new(tokio::sync::Mutex::new(Some(writer))),
            seats: Semaphore::new(readers.len()),
            readers: Mutex::new(readers),
            lanes: Lanes::new(durable),
        })
    }

    /// Begins a transaction when it is this lane's turn.
    pub(crate) async fn begin(&self, lane: Lane) -> Result<LiteTx> {
        let turn = self.lanes.turn(lane).await;
        let waiting = tokio::time::timeout(WRITER_WAIT, Arc::clone(&self.writer).lock_owned());
        let guard = waiting.await.map_err(|_| unavailable())?;
        let large = lane == Lane::Bulk;
        let mut tx = LiteTx { writer: Mutex::new(guard), open: false, large, _turn: turn };
        tx.conn()?.plain("begin immediate").map_err(|e| lite_fault("beginning", e))?;
        tx.open = true;
        Ok(tx)
    }

    /// Asks outside any transaction.
    pub(crate) async fn fetch(&self, sql: &str, args: &[Value]) -> Result<Vec<SqliteRow>> {
        let _seat = self.seats.acquire().await.map_err(|_| unavailable())?;
        let free = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = free().pop().ok_or_else(unavailable)?;
        let answer = beside(|| reader.fetch(sql, args));
        free().push(reader);
        answer.map_err(|e| lite_fault(sql, e))
    }

    /// One moment of the file, on a connection of its own.
    pub(crate) fn moment(&self) -> Result<Moment> {
        let open = || {
            let conn = Conn::reader(&self.path, MOMENT_CACHE_KIB)?;
            conn.plain("begin")?;
            // The moment is that of the first question.
            conn.plain("select count(*) from sqlite_schema")?;
            Ok(Moment(conn))
        };
        open().map_err(|e| lite_fault("opening a snapshot", e))
    }

    /// Runs several statements on the writer.
    pub(crate) async fn script(&self, script: &str) -> Result<()> {
        let writer = self.writer.lock().await;
        let conn = writer.as_ref().ok_or_else(unavailable)?;
        conn.script(script).map_err(|e| lite_fault("running a script", e))
    }

    /// Writes a consistent copy to `to`, on a thread and a connection of its own.
    pub(crate) async fn copy_to(&self, to: &Path) -> Result<()> {
        let (from, to) = (self.path.clone(), to.to_string_lossy().into_owned());
        let copy = move || {
            let reader = Conn::reader(&from, 2_048)?;
            reader.exec("vacuum into $1", &[Value::Text(Some(to))]).map(drop)
        };
        let copied = tokio::task::spawn_blocking(copy).await;
        copied.map_err(|e| Fault::bug(e.to_string()))?.map_err(|e| lite_fault("copying", e))
    }

    /// Closes every connection once nobody uses it.
    pub(crate) async fn close(&self) {
        self.seats.close();
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.writer.lock().await.take();
    }
}

/// What was committed at one moment; closed with its connection.
pub(crate) struct Moment(Conn);

impl Moment {
    pub(crate) fn fetch(&mut self, sql: &str, args: &[Value]) -> Result<Vec<SqliteRow>> {
        beside(|| self.0.fetch(sql, args)).map_err(|e| lite_fault(sql, e))
    }
}

/// A transaction at the writer; rolled back unless committed.
pub(crate) struct LiteTx {
    /// Never waited for: it only makes the connection shareable between threads.
    writer: Mutex<OwnedMutexGuard<Option<Conn>>>,
    open: bool,
    /// A part of large work, whose statements may take long.
    large: bool,
    /// Dropped after the writer, which is free when the turn ends.
    _turn: Turn,
}

impl LiteTx {
    fn conn(&mut self) -> Result<&Conn> {
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        writer.as_ref().ok_or_else(unavailable)
    }
    pub(crate) async fn fetch(&mut self, sql: &str, args: &[Value]) -> Result<Vec<SqliteRow>> {
        tokio::task::coop::consume_budget().await;
        let (large, conn) = (self.large, self.conn()?);
        let answer = if large { beside(|| conn.fetch(sql, args)) } else { conn.fetch(sql, args) };
        answer.map_err(|e| lite_fault(sql, e))
    }
    pub(crate) async fn exec(&mut self, sql: &str, args: &[Value]) -> Result<u64> {
        tokio::task::coop::consume_budget().await;
        let (large, conn) = (self.large, self.conn()?);
        let done = if large { beside(|| conn.exec(sql, args)) } else { conn.exec(sql, args) };
        done.map_err(|e| lite_fault(sql, e))
    }
    pub(crate) fn script(&mut self, script: &str) -> Result<()> {
        self.conn()?.script(script).map_err(|e| lite_fault("running a script", e))
    }
    pub(crate) fn commit(mut self) -> Result<()> {
        self.conn()?.plain("commit").map_err(|e| lite_fault("committing", e))?;
        self.open = false;
        Ok(())
    }
}

impl Drop for LiteTx {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        // SQLite itself has rolled back after some errors; there is nothing to say then.
        if let Ok(conn) = self.conn()
            && !conn.0.is_autocommit()
            && let Err(error) = conn.plain("rollback")
        {
            tracing::error!(%error, "the rollback failed");
        }
    }
}

/// SQLite counts the memory it takes under one lock of the whole program, at each piece it takes or gives back,
/// unless it is told not to before its first use. Nobody asks for that count.
#[expect(unsafe_code, reason = "one call of sqlite3_config(), which has no safe form")]
fn uncounted() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: the option takes one int, and no connection was opened before. SQLite refuses when one was.
    ONCE.call_once(|| unsafe {
        rusqlite::ffi::sqlite3_config(rusqlite::ffi::SQLITE_CONFIG_MEMSTATUS, 0);
    });
}

/// Does what may take long while another thread goes on with the tasks of this one.
fn beside<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor::MultiThread};
    match Handle::try_current().map(|here| here.runtime_flavor()) {
        Ok(MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

pub(crate) struct Conn(Connection);

impl Conn {
    fn writer(path: &Path, durable: bool, cache_kib: u32) -> Lite<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Self::with(path, flags, cache_kib, WRITER_STATEMENTS)?;
        conn.0.pragma_update(None, "journal_mode", "wal")?;
        conn.0.pragma_update(None, "synchronous", if durable { "full" } else { "off" })?;
        Ok(conn)
    }

    fn reader(path: &Path, cache_kib: u32) -> Lite<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::with(path, flags, cache_kib, READER_STATEMENTS)
    }

    fn with(path: &Path, flags: OpenFlags, cache_kib: u32, statements: usize) -> Lite<Self> {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(BUSY_WAIT)?;
        rusqlite::vtab::array::load_module(&conn)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "temp_store", "memory")?;
        conn.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
        conn.set_prepared_statement_cache_capacity(statements);
        Ok(Self(conn))
    }

    fn fetch(&self, sql: &str, args: &[Value]) -> Lite<Vec<SqliteRow>> {
        if sql.len() > KEPT_BYTES_MAX {
            return answer_of(&mut self.0.prepare(sql)?, sql, args);
        }
        answer_of(&mut *self.0.prepare_cached(sql)?, sql, args)
    }

    fn exec(&self, sql: &str, args: &[Value]) -> Lite<u64> {
        let only_asks = if sql.len() > KEPT_BYTES_MAX {
            run(&mut self.0.prepare(sql)?, sql, args)?
        } else {
            run(&mut *self.0.prepare_cached(sql)?, sql, args)?
        };
        Ok(if only_asks { 0 } else { self.0.changes() })
    }

    /// One statement without arguments.
    fn plain(&self, sql: &str) -> Lite<()> {
        self.exec(sql, &[]).map(drop)
    }

    fn script(&self, script: &str) -> Lite<()> {
        self.0.execute_batch(script)
    }
}

fn answer_of(statement: &mut Statement<'_>, sql: &str, args: &[Value]) -> Lite<Vec<SqliteRow>> {
    bind(statement, sql, args)?;
    let width = statement.column_count();
    let mut columns: Option<Arc<[String]>> = None;
    let mut answer = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        // Read after the first step: a statement that has become stale is prepared anew by it.
        let columns = columns.get_or_insert_with(|| {
            let names = row.as_ref().column_names();
            names.into_iter().map(str::to_owned).collect()
        });
        let cells = (0..width).map(|i| row.get_ref(i).map(cell)).collect::<Lite<_>>()?;
        answer.push(SqliteRow { columns: Arc::clone(columns), cells });
    }
    Ok(answer)
}

/// Answers whether the statement only asks.
fn run(statement: &mut Statement<'_>, sql: &str, args: &[Value]) -> Lite<bool> {
    bind(statement, sql, args)?;
    let only_asks = statement.readonly();
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(only_asks)
}

/// Binds `args` to `$1`, `$2`, … by their numbers, and to bare question marks in their order.
fn bind(statement: &mut Statement<'_>, sql: &str, args: &[Value]) -> Lite<()> {
    let wanted = statement.parameter_count();
    // SQLite counts names in the order in which it meets them first, and is slow to say which is which.
    let by_name = numbered_in_order(sql) != Some(wanted);
    for index in 1..=wanted {
        let number = match by_name.then(|| statement.parameter_name(index)).flatten() {
            Some(name) => name.get(1..).and_then(|n| n.parse().ok()).unwrap_or(0),
            None => index,
        };
        let arg = number.checked_sub(1).and_then(|i: usize| args.get(i));
        let arg = arg.ok_or(rusqlite::Error::InvalidParameterCount(args.len(), wanted))?;
        statement.raw_bind_parameter(index, arg)?;
    }
    Ok(())
}

/// The highest `$n`, when each is met first after all lower ones.
fn numbered_in_order(sql: &str) -> Option<usize> {
    let mut highest = 0;
    for after in sql.split('$').skip(1) {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let Some(number) = after.get(..digits).and_then(|n| n.parse::<usize>().ok()) else {
            continue;
        };
        if number > highest + 1 {
            return None;
        }
        highest = highest.max(number);
    }
    Some(highest)
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(x) => Cell::Integer(x),
        ValueRef::Real(x) => Cell::Real(x),
        ValueRef::Text(x) => Cell::Text(String::from_utf8_lossy(x).into_owned()),
        ValueRef::Blob(x) => Cell::Blob(x.to_vec()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> Lite<ToSqlOutput<'_>> {
        let borrowed = |x| Ok(ToSqlOutput::Borrowed(x));
        let owned = |x| Ok(ToSqlOutput::Owned(Cell::Text(x)));
        match self {
            Self::I64(Some(x)) => borrowed(ValueRef::Integer(*x)),
            Self::F64(Some(x)) => borrowed(ValueRef::Real(*x)),
            Self::Bool(Some(x)) => borrowed(ValueRef::Integer(i64::from(*x))),
            Self::Text(Some(x)) => borrowed(ValueRef::Text(x.as_bytes())),
            Self::Bytes(Some(x)) => borrowed(ValueRef::Blob(x)),
            Self::Ts(Some(x)) => borrowed(ValueRef::Integer(x.micros())),
            Self::Uuid(Some(x)) => borrowed(ValueRef::Blob(x.as_bytes())),
            Self::Day(Some(x)) => owned(x.to_string()),
            Self::Json(Some(x)) => owned(x.to_string()),
            Self::Uuids(list) => among(list, |x| Cell::Blob(x.as_bytes().to_vec())),
            Self::Texts(list) => among(list, |x| Cell::Text(x.clone())),
            Self::I64s(list) => among(list, |x| Cell::Integer(*x)),
            Self::I64(None)
            | Self::F64(None)
            | Self::Bool(None)
            | Self::Text(None)
            | Self::Bytes(None)
            | Self::Ts(None)
            | Self::Uuid(None)
            | Self::Day(None)
            | Self::Json(None) => borrowed(ValueRef::Null),
        }
    }
}

/// A list as the table-valued function `rarray` takes it (<https://sqlite.org/carray.html>, Rust's form of it).
/// Handed over in a box: an `Rc`, which the library takes as well, is given back without its cells.
fn among<T>(list: &[T], cell: impl Fn(&T) -> Cell) -> Lite<ToSqlOutput<'static>> {
    let cells: Vec<Cell> = list.iter().map(cell).collect();
    Ok(ToSqlOutput::new_boxed(cells, c"rarray"))
}

#[cfg(test)]
mod tests {
    use super::numbered_in_order;

    #[test]
    fn only_numbers_met_in_their_order_are_bound_by_position() {
        assert_eq!(numbered_in_order("select $1, $2, $1 where a -> '$.x' = $3"), Some(3));
        assert_eq!(numbered_in_order("select $2, $1"), None);
        assert_eq!(numbered_in_order("select 1"), Some(0));
    }
}

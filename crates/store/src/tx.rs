//! One transaction: what it runs, says and leaves behind.

use kernel::{Actor, Cause, Event, Fault, Id, JournalId, Result, TrailId, Ts};
use sha2::Digest;
use sqlx::{AssertSqlSafe, Executor, Postgres, Transaction};
use uuid::Uuid;

use crate::dialect::{Dialect, speak};
use crate::error::fault;
use crate::lite::LiteTx;
use crate::lock::Lock;
use crate::pg;
use crate::query::{Query, QueryExt};
use crate::row::Row;
use crate::value::Value;
use crate::{BoxFuture, Committed, Db, FaultPoint, args};

pub(crate) enum Raw {
    Lite(LiteTx),
    Pg(Transaction<'static, Postgres>),
}

/// A transaction with its cause: one `now`, one actor, one trail, repeatable ids.
pub struct Tx {
    db: Db,
    raw: Raw,
    cause: Cause,
    trail: TrailId,
    ids: Ids,
    pub(crate) pending: Vec<Event>,
    pub(crate) said: Vec<Event>,
}

impl Tx {
    pub(crate) fn new(db: Db, raw: Raw, cause: Cause, mut ids: Ids) -> Self {
        let trail = cause.trail.unwrap_or_else(|| Id::from_uuid(ids.next(cause.now)));
        Self { db, raw, cause, trail, ids, pending: Vec::new(), said: Vec::new() }
    }

    pub fn now(&self) -> Ts {
        self.cause.now
    }
    pub fn actor(&self) -> &Actor {
        &self.cause.actor
    }
    pub fn trail(&self) -> TrailId {
        self.trail
    }
    /// A new id: the same one when the transaction is run again.
    pub fn new_id<T>(&mut self) -> Id<T> {
        Id::from_uuid(self.ids.next(self.cause.now))
    }
    /// Says that something happened. Reactions run after the use-case, in this transaction.
    pub fn emit(&mut self, event: Event) {
        self.pending.push(event);
    }
    /// Everything said so far in this transaction, in order.
    pub fn events(&self) -> Vec<Event> {
        self.said.iter().chain(&self.pending).cloned().collect()
    }

    /// Runs a statement; answers how many rows it changed.
    pub async fn exec(&mut self, sql: &str, args: Vec<Value>) -> Result<u64> {
        let text = speak(sql, self.db.dialect());
        match &mut self.raw {
            Raw::Lite(tx) => tx.exec(&text, &args).await,
            Raw::Pg(tx) => {
                let query = pg::question(text, args)?;
                let done = tx.execute(query).await.map_err(|e| fault(sql, e))?;
                Ok(done.rows_affected())
            }
        }
    }

    pub(crate) fn raw(&mut self) -> &mut Raw {
        &mut self.raw
    }

    /// Runs several statements at once, without arguments: a migration's step.
    pub(crate) async fn script(&mut self, script: &str) -> Result<()> {
        let text = speak(script, self.db.dialect());
        match &mut self.raw {
            Raw::Lite(tx) => tx.script(&text),
            Raw::Pg(tx) => {
                let script = sqlx::raw_sql(AssertSqlSafe(text.into_owned()));
                let done = tx.execute(script).await;
                done.map(drop).map_err(|e| fault("running a script", e))
            }
        }
    }

    /// Inserts many rows: `head` values (…),(…) `tail`, many rows a statement. `values` is flat, `columns` a
    /// row. Answers how many rows were changed.
    pub async fn bulk(
        &mut self,
        head: &str,
        tail: &str,
        columns: usize,
        values: Vec<Value>,
    ) -> Result<u64> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(Fault::bug(format!("{} values for {columns} columns", values.len())));
        }
        let dialect = self.db.dialect();
        let mut changed = 0;
        let mut left = values.len() / columns;
        let mut values = values.into_iter();
        while left > 0 {
            let rows = rows_of_a_statement(left, columns, dialect);
            let chunk: Vec<Value> = values.by_ref().take(rows * columns).collect();
            let sql = bulk_text(head, tail, columns, rows, dialect);
            changed += self.exec(&sql, chunk).await?;
            left -= rows;
        }
        Ok(changed)
    }

    /// Takes the aggregate's lock until the end of the transaction. See [`Lock`] for the order.
    pub async fn lock(&mut self, lock: Lock<'_>) -> Result<()> {
        if let Raw::Pg(_) = self.raw {
            self.exec("select pg_advisory_xact_lock($1)", args![lock.key()]).await?;
        }
        Ok(())
    }
    /// Takes many locks in the order given, in one question.
    pub async fn lock_all(&mut self, locks: &[Lock<'_>]) -> Result<()> {
        if let Raw::Pg(_) = self.raw {
            let keys: Vec<i64> = locks.iter().map(|lock| lock.key()).collect();
            let sql = "select pg_advisory_xact_lock(key) from unnest($1::bigint[]) as k (key)";
            self.exec(sql, args![keys]).await?;
        }
        Ok(())
    }

    /// The next number of a gapless series, from 1. Taken back when the transaction is.
    pub async fn next_number(&mut self, key: &str) -> Result<i64> {
        self.next_numbers(key, 1).await
    }
    /// Takes `count` numbers at once; answers the first.
    pub async fn next_numbers(&mut self, key: &str, count: i64) -> Result<i64> {
        let last: i64 = self
            .value(
                "insert into store_series (key, last) values ($1, $2)
                 on conflict (key) do update set last = store_series.last + excluded.last
                 returning last",
                args![key, count],
            )
            .await?;
        Ok(last - count + 1)
    }

    /// Adds a journal row: who changed what, from what to what.
    ///
    /// `before` and `after` hold personal data by reference only. `serde_json::Value::Null` is "nothing".
    pub async fn journal(
        &mut self,
        subject: &str,
        subject_id: Uuid,
        action: &str,
        before: serde_json::Value,
        after: serde_json::Value,
    ) -> Result<()> {
        self.journal_many(subject, action, vec![(subject_id, before, after)]).await
    }

    /// As [`Tx::journal`] for many of one kind: id, before, after of each.
    pub async fn journal_many(
        &mut self,
        subject: &str,
        action: &str,
        rows: Vec<(Uuid, serde_json::Value, serde_json::Value)>,
    ) -> Result<()> {
        let some = |json: serde_json::Value| if json.is_null() { None } else { Some(json) };
        let actor = self.cause.actor.clone();
        let mut values = Vec::with_capacity(rows.len() * 11);
        for (subject_id, before, after) in rows {
            let id: JournalId = self.new_id();
            values.extend(args![
                id,
                self.now(),
                actor.tag(),
                &actor.name,
                &actor.from,
                self.trail,
                subject,
                subject_id,
                action,
                some(before),
                some(after)
            ]);
        }
        self.bulk(
            "insert into store_journal (id, recorded_at, actor, actor_name, from_address, trail,
               subject, subject_id, action, before_state, after_state)",
            "",
            11,
            values,
        )
        .await?;
        Ok(())
    }

    /// Commits what was done, or rolls back what was refused.
    pub(crate) async fn finish<T>(self, done: Result<T>) -> Result<T> {
        let done = done.and_then(|done| {
            self.db.break_at(FaultPoint::BeforeCommit, &self.cause).map(|()| done)
        });
        let (db, cause) = (self.db.clone(), self.cause.clone());
        match done {
            Ok(done) => {
                let committed = self.commit().await?;
                tracing::trace!(target: "store::commit", "on disk");
                db.ring(committed);
                db.break_at(FaultPoint::AfterCommit, &cause)?;
                Ok(done)
            }
            Err(refused) => {
                self.rollback().await;
                Err(refused)
            }
        }
    }

    async fn commit(self) -> Result<Committed> {
        match self.raw {
            Raw::Lite(tx) => tx.commit()?,
            Raw::Pg(tx) => tx.commit().await.map_err(|e| fault("committing", e))?,
        }
        Ok(Committed { at: self.cause.now, trail: self.trail, events: self.said })
    }

    /// SQLite's is rolled back by being dropped.
    async fn rollback(self) {
        if let Raw::Pg(tx) = self.raw
            && let Err(error) = tx.rollback().await
        {
            tracing::debug!(%error, "the rollback failed; the connection is dropped");
        }
    }
}

impl Query for Tx {
    fn fetch<'a>(&'a mut self, sql: &'a str, args: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move {
            let text = speak(sql, self.db.dialect());
            match &mut self.raw {
                Raw::Lite(tx) => {
                    let rows = tx.fetch(&text, &args).await?;
                    Ok(rows.into_iter().map(Row::Lite).collect())
                }
                Raw::Pg(tx) => {
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

/// How many of `left` rows the next statement takes: the most that pays, then powers of two. A few texts a
/// table are prepared once and kept; one for each number of rows were a thousand, each of some megabytes.
/// SQLite gains nothing by more rows at once, PostgreSQL a journey.
fn rows_of_a_statement(left: usize, columns: usize, dialect: Dialect) -> usize {
    let most = match dialect {
        Dialect::Sqlite => 32,
        Dialect::Postgres => (30_000 / columns).clamp(1, 1_000),
    };
    if left >= most { most } else { 1 << left.ilog2() }
}

/// SQLite looks a named `$n` up among all names before it, which is quadratic in a long list: it gets bare
/// question marks.
fn bulk_text(head: &str, tail: &str, columns: usize, rows: usize, dialect: Dialect) -> String {
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * columns * 6 + 8);
    sql.push_str(head);
    sql.push_str(" values ");
    let mut n = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            n += 1;
            if column > 0 {
                sql.push(',');
            }
            match dialect {
                Dialect::Sqlite => sql.push('?'),
                Dialect::Postgres => {
                    sql.push('$');
                    sql.push_str(&n.to_string());
                }
            }
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

/// Makes the ids of one transaction: UUIDv7, in rising order, repeatable from the seed.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    seed: [u8; 16],
    tail: [u8; 8],
    made: u32,
}

impl Ids {
    pub(crate) fn new(seed: [u8; 16]) -> Self {
        let digest = sha2::Sha256::digest(seed);
        let mut tail = [0u8; 8];
        tail.copy_from_slice(&digest[..8]);
        Self { seed, tail, made: 0 }
    }
    /// 48 bits of milliseconds, 22 bits of a counter, 52 bits of the seed's hash.
    fn next(&mut self, now: Ts) -> Uuid {
        const COUNTER_BITS: u32 = 22;
        if self.made > 0 && self.made.is_multiple_of(1 << COUNTER_BITS) {
            let digest =
                sha2::Sha256::new().chain_update(self.seed).chain_update(self.made.to_be_bytes());
            self.tail.copy_from_slice(&digest.finalize()[..8]);
        }
        let count = self.made % (1 << COUNTER_BITS);
        self.made = self.made.wrapping_add(1);
        let millis = u128::from(u64::try_from(now.micros() / 1_000).unwrap_or(0));
        let high = u128::from(count >> 10);
        let low = u128::from(count & 0x3ff);
        let random = u128::from(u64::from_be_bytes(self.tail) & ((1 << 52) - 1));
        Uuid::from_u128(
            (millis << 80) | (7 << 76) | (high << 64) | (2 << 62) | (low << 52) | random,
        )
    }
}

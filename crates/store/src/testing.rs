//! Real databases for tests: a fresh SQLite file and a fresh PostgreSQL schema.

use kernel::{Cause, Ts};

use crate::db::{Db, Options};
use crate::migrate::{Migrations, migrate};

/// Where PostgreSQL is when `SAMBUNG_TEST_PG` does not say.
const PG_DEFAULT: &str = "postgres://postgres@127.0.0.1:54329/postgres";

/// 22 November 2026, 09.00 WIB: "now" of tests that need none in particular.
pub fn now() -> Ts {
    Ts::from_secs(1_795_312_800)
}

/// A system cause at `now`.
pub fn cause(now: Ts) -> Cause {
    Cause::system(now, "test")
}

/// A fresh SQLite file, migrated. The folder lives as long as the guard.
pub async fn sqlite(rooms: &[&Migrations]) -> (Db, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap_or_else(|e| unreachable!("a temporary folder: {e}"));
    let url = format!("sqlite:{}", dir.path().join("test.db").display());
    let options = Options { durable: false, ..Options::new(url) };
    (open(&options, rooms).await, dir)
}

/// A fresh PostgreSQL schema, migrated; dropped by [`drop_schema`].
pub async fn postgres(rooms: &[&Migrations]) -> (Db, String) {
    let base = std::env::var("SAMBUNG_TEST_PG").unwrap_or_else(|_| PG_DEFAULT.to_owned());
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).unwrap_or_else(|e| unreachable!("randomness: {e}"));
    let schema = format!("t_{:016x}", u64::from_be_bytes(random));
    let admin = Options { readers: 1, ..Options::new(base.clone()) };
    let admin = Db::open(&admin).await.unwrap_or_else(|e| {
        unreachable!("PostgreSQL for tests is not at {base} (set SAMBUNG_TEST_PG): {e:?}")
    });
    if let Err(error) = admin.run_script(&format!("create schema {schema}")).await {
        unreachable!("creating a schema: {error:?}");
    }
    admin.close().await;
    let separator = if base.contains('?') { '&' } else { '?' };
    let url = format!("{base}{separator}options=-c%20search_path%3D{schema}");
    let options = Options { durable: false, ..Options::new(url) };
    (open(&options, rooms).await, schema)
}

/// Drops what [`postgres`] made.
pub async fn drop_schema(db: &Db, schema: &str) {
    if let Err(error) = db.run_script(&format!("drop schema {schema} cascade")).await {
        tracing::warn!(?error, schema, "the test schema stays");
    }
    db.close().await;
}

async fn open(options: &Options, rooms: &[&Migrations]) -> Db {
    let db = match Db::open(options).await {
        Ok(db) => db,
        Err(error) => unreachable!("opening the test database: {error:?}"),
    };
    if let Err(error) = migrate(&db, now(), rooms).await {
        unreachable!("migrating the test database: {error:?}");
    }
    db
}

/// Runs `body` on a fresh SQLite file, then on a fresh PostgreSQL schema.
pub async fn both<F>(rooms: &[&Migrations], mut body: F)
where
    F: AsyncFnMut(Db),
{
    let (db, _dir) = sqlite(rooms).await;
    body(db.clone()).await;
    db.close().await;
    let (db, schema) = postgres(rooms).await;
    body(db.clone()).await;
    drop_schema(&db, &schema).await;
}

/// Runs `use_case` twice at once; answers both results. On PostgreSQL the two really race.
pub async fn race<T, F, Fut>(use_case: F) -> (T, T)
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let (a, b) = (tokio::spawn(use_case(0)), tokio::spawn(use_case(1)));
    match (a.await, b.await) {
        (Ok(a), Ok(b)) => (a, b),
        (a, b) => unreachable!("a racer fell: {:?} {:?}", a.err(), b.err()),
    }
}

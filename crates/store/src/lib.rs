//! The one door to SQL, on SQLite and PostgreSQL.
//!
//! **Owns** [`Db`] and [`Tx`], values and rows, migrations, locks, number series, the outbox queue, the
//! journal, idempotency keys, leases, and secrets sealed at rest ([`seal`]).
//! **Never** knows a business rule or another room's tables. One SQL text with `$n` runs on both
//! databases; a `{WORD}` stands for the few words in which they differ ([`dialect`]).
//! **Enter here:** [`Db::write`] for a change, [`Db::reader`] for a question.

pub mod db;
pub mod dialect;
mod error;
pub mod idempotency;
mod lanes;
pub mod lease;
mod lite;
pub mod lock;
pub mod migrate;
pub mod outbox;
mod pg;
mod query;
mod row;
pub mod script;
pub mod seal;
pub mod secret;
pub mod task;
pub mod testing;
mod tx;
mod value;

pub use db::{Committed, Db, FaultPoint, Options, Reactor, Reader, Snapshot};
pub use error::{fault, is_unavailable, is_unique};
pub use lite::{SqliteRow, THREADS};
pub use lock::Lock;
pub use migrate::{Migrations, migrate};
pub use query::{Query, QueryExt};
pub use row::{Column, FromRow, Row};
pub use seal::Sealer;
pub use secret::Secret;
pub use tx::Tx;
pub use value::{Bind, Value};

/// The store's own tables.
pub const MIGRATIONS: Migrations = Migrations {
    room: "store",
    steps: &[("001_init", include_str!("../migrations/001_init.sql"))],
};

/// A future that can be boxed in traits used as `dyn`.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

// For the macros only.
#[doc(hidden)]
pub use row::word_of;
#[doc(hidden)]
pub use sqlx::{Error as SqlError, postgres::PgRow};

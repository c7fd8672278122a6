//! One question to PostgreSQL, whoever asks it: a pool, a transaction, a snapshot.

use std::borrow::Cow;

use kernel::{Fault, Result};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};

use crate::error::fault;
use crate::row::Row;
use crate::value::{Value, pg_args};

/// The statement with its arguments.
pub(crate) fn question(
    text: Cow<'_, str>,
    args: Vec<Value>,
) -> Result<Query<'static, Postgres, PgArguments>> {
    let args = pg_args(args).map_err(|e| Fault::bug(format!("binding: {e}")))?;
    Ok(sqlx::query_with(AssertSqlSafe(text.into_owned()), args))
}

/// Its answer; `sql` is named when it failed.
pub(crate) fn answer(sql: &str, rows: sqlx::Result<Vec<PgRow>>) -> Result<Vec<Row>> {
    Ok(rows.map_err(|e| fault(sql, e))?.into_iter().map(Row::Pg).collect())
}

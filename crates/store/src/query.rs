//! Asking the database, inside a transaction or outside.

use std::any::Any;
use std::sync::Arc;

use kernel::{Fault, Result};

use crate::BoxFuture;
use crate::db::Db;
use crate::row::{Column, FromRow, Row};
use crate::value::Value;

/// Something that can be asked: a [`crate::Tx`] or a [`crate::Reader`].
pub trait Query: Send {
    fn fetch<'a>(&'a mut self, sql: &'a str, args: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>>;
    fn db(&self) -> &Db;
}

/// What every [`Query`] can do.
pub trait QueryExt: Query {
    fn rows<T: FromRow + Send>(
        &mut self,
        sql: &str,
        args: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        async move { self.fetch(sql, args).await?.iter().map(T::from_row).collect() }
    }
    /// The first row, if there is one.
    fn row_opt<T: FromRow + Send>(
        &mut self,
        sql: &str,
        args: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async move { self.fetch(sql, args).await?.first().map(T::from_row).transpose() }
    }
    /// The one row that must be there.
    fn row<T: FromRow + Send>(
        &mut self,
        sql: &str,
        args: Vec<Value>,
    ) -> impl Future<Output = Result<T>> + Send {
        async move {
            let rows = self.fetch(sql, args).await?;
            let row = rows.first().ok_or_else(|| Fault::bug(format!("no row for: {sql}")))?;
            T::from_row(row)
        }
    }
    /// The first column of the one row that must be there.
    fn value<T: Column + Send>(
        &mut self,
        sql: &str,
        args: Vec<Value>,
    ) -> impl Future<Output = Result<T>> + Send {
        async move {
            let rows = self.fetch(sql, args).await?;
            rows.first().ok_or_else(|| Fault::bug(format!("no row for: {sql}")))?.at(0)
        }
    }
    /// The first column of the first row, if there is one.
    fn value_opt<T: Column + Send>(
        &mut self,
        sql: &str,
        args: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async move { self.fetch(sql, args).await?.first().map(|row| row.at(0)).transpose() }
    }
    /// The first column of every row.
    fn values<T: Column + Send>(
        &mut self,
        sql: &str,
        args: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        async move { self.fetch(sql, args).await?.iter().map(|row| row.at(0)).collect() }
    }
    /// A typed extension registered with [`Db::with_ext`].
    fn ext<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.db().ext::<T>()
    }
}

impl<Q: Query + ?Sized> QueryExt for Q {}

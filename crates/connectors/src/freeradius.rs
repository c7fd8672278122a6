//! FreeRADIUS over its SQL tables, with daloRADIUS beside it or not: MariaDB (MySQL) and PostgreSQL.
//!
//! Rows are written as daloRADIUS writes them, so that its screens show everything right, and as FreeRADIUS
//! 3.2 was seen to read them. Content is compared, never row ids: daloRADIUS deletes and inserts a user's groups
//! at every save. No table has a unique key on what matters, so a record's rows are read, compared, and replaced
//! in one transaction.

mod check;
mod config;
mod feed;
mod handshake;
mod read;
mod rows;
mod sql;
mod write;

use std::collections::BTreeMap;

use bridge::Doing;
use bridge::access::{AccessSystem, AccountSeen, Ensure, Feed, Handshake, Shelf};
use kernel::{Fault, Result};
use serde::{Deserialize, Serialize};

pub use config::{Asking, File, Place, asking, print as configuration};
use sql::Database;

/// The group that daloRADIUS knows as "disabled"; its schema ships the check row that rejects.
pub const DISABLED: &str = "daloRADIUS-Disabled-Users";
/// The group of isolated logins.
pub const ISOLATED: &str = "isolir";

/// How to reach the tables. Whole of it is sealed: the address holds a password.
#[derive(Clone, Serialize, Deserialize)]
pub struct Settings {
    /// `mysql://user:password@host:port/radius` or `postgres://…`.
    pub url: String,
}

impl Settings {
    /// What may be shown of it: no password.
    ///
    /// # Errors
    /// `freeradius.bad_url`.
    pub fn shown(&self) -> Result<serde_json::Value> {
        let (kind, rest) = self.url.split_once("://").ok_or_else(bad_url)?;
        if !["mysql", "mariadb", "postgres", "postgresql"].contains(&kind) {
            return Err(bad_url());
        }
        let (who, place) = rest.rsplit_once('@').ok_or_else(bad_url)?;
        let user = who.split(':').next().unwrap_or_default();
        let place = place.split('?').next().unwrap_or_default();
        Ok(serde_json::json!({ "database": kind, "user": user, "address": place }))
    }
}

fn bad_url() -> Fault {
    Fault::field(
        "url",
        "freeradius.bad_url",
        "isi alamat basis data, misalnya mysql://radius:sandi@10.0.0.5:3306/radius",
        "enter the database's address, for example mysql://radius:password@10.0.0.5:3306/radius",
    )
}

/// One FreeRADIUS by its tables.
pub struct Freeradius {
    db: Database,
    digests: tokio::sync::Mutex<read::Remembered>,
}

impl Freeradius {
    /// Does not connect yet: the first question does.
    ///
    /// # Errors
    /// `freeradius.bad_url`.
    pub fn new(settings: &Settings) -> Result<Self> {
        settings.shown()?;
        let db = Database::lazy(&settings.url).map_err(|_| bad_url())?;
        Ok(Self { db, digests: tokio::sync::Mutex::default() })
    }
}

impl AccessSystem for Freeradius {
    fn handshake(&self) -> Doing<'_, Handshake> {
        Box::pin(handshake::look(&self.db))
    }
    fn ensure<'a>(&'a self, records: &'a [Ensure]) -> Doing<'a, Vec<Result<()>>> {
        Box::pin(write::ensure(&self.db, records))
    }
    fn digests(&self) -> Doing<'_, BTreeMap<i64, String>> {
        Box::pin(async move { read::digests(&self.db, &mut *self.digests.lock().await).await })
    }
    fn accounts<'a>(&'a self, shards: &'a [i64]) -> Doing<'a, Vec<AccountSeen>> {
        Box::pin(read::accounts(&self.db, shards))
    }
    fn shelf(&self) -> Doing<'_, Shelf> {
        Box::pin(read::shelf(&self.db))
    }
    fn feed<'a>(&'a self, cursor: Option<&'a str>, limit: i64) -> Doing<'a, Feed> {
        Box::pin(feed::read(&self.db, cursor, limit))
    }
}

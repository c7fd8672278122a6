//! Forward-only migrations, numbered per room, with a checksum each.

use kernel::{Fault, Result, Ts};
use sha2::Digest;

use crate::db::Db;
use crate::dialect;
use crate::query::QueryExt;
use crate::{args, error};

/// The migrations of one room, in order. A step's text never changes once it was released.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    pub room: &'static str,
    pub steps: &'static [(&'static str, &'static str)],
}

const TABLE: &str = "create table if not exists store_migration (
  room text not null, step text not null, checksum text not null, applied_at {TS} not null,
  primary key (room, step))";

/// Brings the database up to date. Running it again changes nothing.
///
/// # Errors
/// `store.migration_changed` when an applied step's text is not what it was; `store.migration_ahead`
/// when the database was migrated by a newer program.
pub async fn migrate(db: &Db, now: Ts, rooms: &[&Migrations]) -> Result<u64> {
    db.run_script(&dialect::speak(TABLE, db.dialect())).await?;
    let mut reader = db.reader();
    let applied: Vec<(String, String, String)> =
        reader.rows("select room, step, checksum from store_migration", args![]).await?;
    let mut script = String::new();
    let mut marks = Vec::new();
    let all = std::iter::once(&crate::MIGRATIONS).chain(rooms.iter().copied());
    for (room, (step, text)) in all.flat_map(|m| m.steps.iter().map(move |s| (m.room, *s))) {
        let checksum = checksum(text);
        match applied.iter().find(|(r, s, _)| r == room && s == step) {
            Some((_, _, was)) if *was == checksum => {}
            Some(_) => {
                return Err(Fault::conflict(
                    "store.migration_changed",
                    format!("Migrasi {room}/{step} berubah setelah dijalankan."),
                    format!("The migration {room}/{step} was changed after it had been applied."),
                ));
            }
            None => {
                script.push_str(&dialect::speak(text, db.dialect()));
                script.push('\n');
                marks.push((room, step, checksum));
            }
        }
    }
    if marks.is_empty() {
        return Ok(0);
    }
    for (room, step, checksum) in &marks {
        let at = match db.dialect() {
            dialect::Dialect::Sqlite => now.micros().to_string(),
            dialect::Dialect::Postgres => format!("'{now}'"),
        };
        script.push_str(&format!(
            "insert into store_migration (room, step, checksum, applied_at) values \
             ('{room}', '{step}', '{checksum}', {at});\n"
        ));
    }
    db.run_script(&format!("begin;\n{script}commit;")).await?;
    Ok(u64::try_from(marks.len()).unwrap_or(u64::MAX))
}

fn checksum(text: &str) -> String {
    sha2::Sha256::digest(text.as_bytes())[..8].iter().map(|b| format!("{b:02x}")).collect()
}

impl Db {
    /// Runs several statements at once, outside any transaction of ours.
    pub async fn run_script(&self, script: &str) -> Result<()> {
        self.raw_script(script).await.map_err(|e| error::fault("running a script", e))
    }
}

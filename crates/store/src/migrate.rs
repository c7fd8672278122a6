//! Forward-only migrations, numbered per room, with a checksum each.

use kernel::{Cause, Fault, Result, Ts};
use sha2::Digest;

use crate::args;
use crate::db::Db;
use crate::lock::Lock;
use crate::query::{Query, QueryExt};
use crate::tx::Tx;

/// The migrations of one room, in order. A step's text never changes once it was released.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    pub room: &'static str,
    pub steps: &'static [(&'static str, &'static str)],
}

const TABLE: &str = "create table if not exists store_migration (
  room text not null, step text not null, checksum text not null, applied_at {TS} not null,
  primary key (room, step))";

/// Brings the database up to date, in one transaction. Running it again changes nothing; of several
/// processes that start at once the first does it and the others wait for it.
///
/// # Errors
/// `store.migration_changed` when an applied step's text is not what it was; `store.migration_ahead`
/// when the database was migrated by a newer program.
pub async fn migrate(db: &Db, now: Ts, rooms: &[&Migrations]) -> Result<u64> {
    // A database that has everything is not locked. An empty one has no table to ask.
    if let Ok(applied) = applied(&mut db.reader()).await
        && missing(rooms, &applied)?.is_empty()
    {
        return Ok(0);
    }
    db.write(&Cause::system(now, "migrate"), async |tx: &mut Tx| {
        tx.lock(Lock::Named("migrations")).await?;
        tx.script(TABLE).await?;
        let steps = missing(rooms, &applied(tx).await?)?;
        for step in &steps {
            tx.script(step.text).await?;
            tx.exec(
                "insert into store_migration (room, step, checksum, applied_at) values ($1,$2,$3,$4)",
                args![step.room, step.name, &step.checksum, now],
            )
            .await?;
        }
        Ok(u64::try_from(steps.len()).unwrap_or(u64::MAX))
    })
    .await
}

/// Room, step and checksum of what was applied.
pub(crate) type Applied = Vec<(String, String, String)>;

/// Runs exactly the steps that were applied elsewhere, on a database without tables: theirs will be filled, also
/// those of the migrations.
///
/// # Errors
/// `store.migration_ahead` when this program does not know one of them, `store.migration_changed` when it has
/// another text.
pub(crate) async fn as_applied(
    tx: &mut Tx,
    rooms: &[&Migrations],
    applied: &Applied,
) -> Result<()> {
    tx.script(TABLE).await?;
    let all = missing(rooms, &Applied::new())?;
    let later = missing(rooms, applied)?;
    // A room that this program does not have at all.
    if !applied.iter().all(|(room, _, _)| all.iter().any(|s| s.room == room)) {
        return Err(ahead());
    }
    for step in all {
        if !later.iter().any(|s| (s.room, s.name) == (step.room, step.name)) {
            tx.script(step.text).await?;
        }
    }
    Ok(())
}

fn ahead() -> Fault {
    Fault::conflict(
        "store.migration_ahead",
        "Basis data ini dari program yang lebih baru.",
        "This database is of a newer program.",
    )
}

async fn applied(q: &mut dyn Query) -> Result<Applied> {
    q.rows("select room, step, checksum from store_migration", args![]).await
}

/// A step that was not applied yet.
struct Step {
    room: &'static str,
    name: &'static str,
    text: &'static str,
    checksum: String,
}

fn missing(rooms: &[&Migrations], applied: &Applied) -> Result<Vec<Step>> {
    let all = std::iter::once(&crate::MIGRATIONS).chain(rooms.iter().copied());
    let newer = |(room, step, _): &(String, String, String)| {
        let mut of_room = all.clone().filter(|m| m.room == room).peekable();
        of_room.peek().is_some() && of_room.all(|m| m.steps.iter().all(|(name, _)| name != step))
    };
    if applied.iter().any(newer) {
        return Err(ahead());
    }
    let mut steps = Vec::new();
    for (room, (name, text)) in all.flat_map(|m| m.steps.iter().map(move |s| (m.room, *s))) {
        let checksum = checksum(text);
        match applied.iter().find(|(r, s, _)| r == room && s == name) {
            Some((_, _, was)) if *was == checksum => {}
            Some(_) => {
                return Err(Fault::conflict(
                    "store.migration_changed",
                    format!("Migrasi {room}/{name} berubah setelah dijalankan."),
                    format!("The migration {room}/{name} was changed after it had been applied."),
                ));
            }
            None => steps.push(Step { room, name, text, checksum }),
        }
    }
    Ok(steps)
}

fn checksum(text: &str) -> String {
    sha2::Sha256::digest(text.as_bytes())[..8].iter().map(|b| format!("{b:02x}")).collect()
}

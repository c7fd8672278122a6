//! The whole of a PostgreSQL database as one text file, and back: for backups where no `pg_dump` stands beside
//! the program.
//!
//! The file is `COPY … FROM stdin` of every table with its rows, in an order in which each table comes after
//! those it refers to, as of one moment. It holds no schema: that is the migrations', whose names are the file's
//! first rows. `psql` reads it too, into empty tables of the same migrations.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use futures::StreamExt;
use kernel::{Cause, Fault, Result};

use crate::db::Db;
use crate::error::fault;
use crate::migrate::{self, Migrations};
use crate::query::QueryExt;
use crate::tx::{Raw, Tx};
use crate::{args, row};

/// The table of the migrations: first in the file.
const MIGRATION: &str = "store_migration";
/// How much is sent to the database at once.
const CHUNK_BYTES: usize = 1 << 18;
const COPY: &str = "COPY ";
const FROM: &str = " FROM stdin;";
const END: &str = "\\.";

row! { struct Reference { from_table: String, to_table: String } }
row! { struct ColumnRow { table_name: String, column_name: String } }

/// Writes every table of these rooms to `file`, as of one moment, while the database is in use. Answers how
/// many rows there were.
///
/// # Errors
/// When the database or the file refuses, or it is no PostgreSQL.
pub async fn write(db: &Db, cause: &Cause, rooms: &[&Migrations], file: &Path) -> Result<u64> {
    let file = file.to_owned();
    let names = names_of(rooms);
    db.write(cause, async move |tx: &mut Tx| {
        tx.script("set transaction isolation level repeatable read, read only").await?;
        let mut to = BufWriter::new(File::create(&file).map_err(|e| on_disk(&file, e))?);
        let columns = columns(tx).await?;
        let mut rows = 0;
        for table in ordered(tx, &names).await? {
            let of: Vec<String> = columns
                .iter()
                .filter(|c| c.table_name == table)
                .map(|c| quoted(&c.column_name))
                .collect();
            let head = format!("{} ({})", quoted(&table), of.join(", "));
            writeln!(to, "{COPY}{head}{FROM}").map_err(|e| on_disk(&file, e))?;
            rows += copy_out(tx, &head, &mut to, &file).await?;
            writeln!(to, "{END}").map_err(|e| on_disk(&file, e))?;
        }
        to.flush().map_err(|e| on_disk(&file, e))?;
        Ok(rows)
    })
    .await
}

/// Whether some table of these rooms is there already.
///
/// # Errors
/// When the database is away.
pub async fn is_there(db: &Db, rooms: &[&Migrations]) -> Result<bool> {
    let all: Vec<String> = tables(&mut db.reader()).await?;
    let names = names_of(rooms);
    Ok(all.iter().any(|table| is_of(table, &names)))
}

/// Makes the tables by the migrations that the file names and fills them with its rows, in one transaction:
/// when something refuses, everything stays as it was. Tables that are there are moved into the schema `aside`
/// first. Answers how many rows came.
///
/// # Errors
/// `store.migration_ahead` when the file was written by a newer program, `store.migration_changed` when its
/// migrations are others; `store.script` when the file is none of ours.
pub async fn read(
    db: &Db,
    cause: &Cause,
    rooms: &[&Migrations],
    file: &Path,
    aside: &str,
) -> Result<u64> {
    let file = file.to_owned();
    let names = names_of(rooms);
    db.write(cause, async move |tx: &mut Tx| {
        move_aside(tx, &names, aside).await?;
        migrate::as_applied(tx, rooms, &migrations_in(&file)?).await?;
        let made: Vec<String> =
            ordered(tx, &names).await?.into_iter().map(|t| quoted(&t)).collect();
        tx.script(&format!("truncate {}", made.join(", "))).await?;
        let mut from = BufReader::new(File::open(&file).map_err(|e| on_disk(&file, e))?);
        let mut rows = 0;
        while let Some(head) = next_head(&mut from, &file)? {
            rows += copy_in(tx, &head, &mut from, &file).await?;
        }
        Ok(rows)
    })
    .await
}

/// What the names of these rooms' tables begin with.
fn names_of(rooms: &[&Migrations]) -> BTreeSet<String> {
    let all = std::iter::once(&crate::MIGRATIONS).chain(rooms.iter().copied());
    all.map(|m| format!("{}_", m.room)).collect()
}

fn is_of(table: &str, names: &BTreeSet<String>) -> bool {
    names.iter().any(|name| table.starts_with(name.as_str()))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn on_disk(file: &Path, error: std::io::Error) -> Fault {
    let text = format!("{}: {error}", file.display());
    Fault::invalid("backup.file", text.clone(), text)
}

fn not_ours(file: &Path) -> Fault {
    Fault::invalid(
        "store.script",
        format!("{} bukan salinan basis data yang utuh.", file.display()),
        format!("{} is no whole copy of a database.", file.display()),
    )
}

async fn tables(q: &mut dyn crate::Query) -> Result<Vec<String>> {
    q.values(
        "select c.relname::text from pg_class c
         where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
         order by c.relname",
        args![],
    )
    .await
}

async fn columns(tx: &mut Tx) -> Result<Vec<ColumnRow>> {
    tx.rows(
        "select table_name::text, column_name::text from information_schema.columns
         where table_schema = current_schema() and is_generated = 'NEVER'
         order by table_name, ordinal_position",
        args![],
    )
    .await
}

/// The tables, each after those it refers to; the migrations' first.
async fn ordered(tx: &mut Tx, names: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut left: Vec<String> = tables(tx).await?;
    left.retain(|table| is_of(table, names));
    left.sort_by_key(|table| (table != MIGRATION, table.clone()));
    let references: Vec<Reference> = tx
        .rows(
            "select f.relname::text as from_table, t.relname::text as to_table
             from pg_constraint k
             join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
             where k.contype = 'f' and k.conrelid <> k.confrelid
               and f.relnamespace = current_schema()::regnamespace",
            args![],
        )
        .await?;
    let mut done: Vec<String> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |table: &String| {
            references.iter().any(|r| r.from_table == *table && !done.contains(&r.to_table))
        };
        let (later, now): (Vec<String>, Vec<String>) = left.iter().cloned().partition(waits);
        if now.is_empty() {
            return Err(Fault::bug(format!("tables that refer to each other: {later:?}")));
        }
        done.extend(now);
        left = later;
    }
    Ok(done)
}

async fn copy_out(
    tx: &mut Tx,
    head: &str,
    to: &mut (impl Write + Send),
    file: &Path,
) -> Result<u64> {
    let Raw::Pg(raw) = tx.raw() else { return Err(Fault::bug("a copy by COPY of SQLite")) };
    let sql = format!("copy {head} to stdout");
    let failed = |e| fault("copying a table", e);
    let mut rows = 0;
    let mut stream = raw.copy_out_raw(&sql).await.map_err(failed)?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(failed)?;
        // One row is one line: what is in it is escaped.
        rows += chunk.iter().filter(|byte| **byte == b'\n').count();
        to.write_all(&chunk).map_err(|e| on_disk(file, e))?;
    }
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}

/// Sends the lines of one table up to its end.
async fn copy_in(
    tx: &mut Tx,
    head: &str,
    from: &mut (impl BufRead + Send),
    file: &Path,
) -> Result<u64> {
    let Raw::Pg(raw) = tx.raw() else { return Err(Fault::bug("a copy by COPY into SQLite")) };
    let failed = |e| fault("filling a table", e);
    let mut copy = raw.copy_in_raw(&format!("copy {head} from stdin")).await.map_err(failed)?;
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    loop {
        let begin = chunk.len();
        let read = from.read_until(b'\n', &mut chunk).map_err(|e| on_disk(file, e))?;
        if read == 0 {
            copy.abort("cut off").await.map_err(failed)?;
            return Err(not_ours(file));
        }
        if chunk.get(begin..).map(<[u8]>::trim_ascii_end) == Some(END.as_bytes()) {
            chunk.truncate(begin);
            break;
        }
        if chunk.len() >= CHUNK_BYTES {
            copy.send(std::mem::take(&mut chunk)).await.map_err(failed)?;
        }
    }
    if !chunk.is_empty() {
        copy.send(chunk).await.map_err(failed)?;
    }
    copy.finish().await.map_err(failed)
}

/// The table and columns that come next; nothing at the end.
fn next_head(from: &mut (impl BufRead + Send), file: &Path) -> Result<Option<String>> {
    let mut line = String::new();
    if from.read_line(&mut line).map_err(|e| on_disk(file, e))? == 0 {
        return Ok(None);
    }
    let head = line.trim_end().strip_prefix(COPY).and_then(|rest| rest.strip_suffix(FROM));
    // Written by us and compared by its digest; all the same it names a table and columns, and nothing else.
    let plain = |c: char| c.is_ascii_alphanumeric() || "_\"(), ".contains(c);
    match head {
        Some(head) if head.chars().all(plain) => Ok(Some(head.to_owned())),
        _ => Err(not_ours(file)),
    }
}

/// Room, step and checksum of what was applied when the file was written.
fn migrations_in(file: &Path) -> Result<migrate::Applied> {
    let mut from = BufReader::new(File::open(file).map_err(|e| on_disk(file, e))?);
    let head = next_head(&mut from, file)?.ok_or_else(|| not_ours(file))?;
    let (table, columns) = head.split_once(' ').ok_or_else(|| not_ours(file))?;
    if table != quoted(MIGRATION) {
        return Err(not_ours(file));
    }
    let columns: Vec<&str> =
        columns.trim_matches(['(', ')']).split(", ").map(|c| c.trim_matches('"')).collect();
    let at = |name: &str| columns.iter().position(|c| *c == name).ok_or_else(|| not_ours(file));
    let places = [at("room")?, at("step")?, at("checksum")?];
    let mut all = Vec::new();
    for line in from.lines() {
        let line = line.map_err(|e| on_disk(file, e))?;
        if line == END {
            return Ok(all);
        }
        let fields: Vec<&str> = line.split('\t').collect();
        let [room, step, checksum] = places.map(|at| fields.get(at).copied().unwrap_or_default());
        all.push((room.to_owned(), step.to_owned(), checksum.to_owned()));
    }
    Err(not_ours(file))
}

/// Nothing is thrown away: what is there stays, in a schema of its own.
async fn move_aside(tx: &mut Tx, names: &BTreeSet<String>, aside: &str) -> Result<()> {
    let mut old = tables(tx).await?;
    old.retain(|table| is_of(table, names));
    if old.is_empty() {
        return Ok(());
    }
    let aside = quoted(aside);
    tx.script(&format!("create schema {aside}")).await?;
    for table in old {
        tx.script(&format!("alter table {} set schema {aside}", quoted(&table))).await?;
    }
    Ok(())
}

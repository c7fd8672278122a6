//! What was imported before: by kind and external id, which record it became and what the row said.
//!
//! A row that says what it said at its last import is left alone, whatever people have changed in the
//! record since. The memory of what it said is a digest, and sealed: rows hold passwords and NIKs.

use std::collections::HashMap;

use kernel::{Fault, Id, Result, RunId};
use network::{Sealer, Secret};
use store::{Query, QueryExt, Tx, args};
use uuid::Uuid;

use super::write::bulk;
use super::{Kind, Report};

const TABLE: &str = "flows_import_row";

/// The kind of an imported record's id.
enum Imported {}

/// A row as it is remembered.
pub(super) struct Remembered {
    pub external_id: String,
    pub subject: Uuid,
    pub print: String,
}

/// Answers record and digest of those of these ids that were imported before.
pub(super) async fn recall(
    q: &mut dyn Query,
    kind: Kind,
    external_ids: &[&str],
) -> Result<HashMap<String, (Uuid, String)>> {
    let sealer = sealer(q)?;
    let mut found = HashMap::new();
    let rows: Vec<(String, Uuid, Vec<u8>)> = q
        .rows(
            "select external_id, subject_id, print_sealed from flows_import_row
             where kind = $1 and external_id {AMONG}($2)",
            args![kind, external_ids],
        )
        .await?;
    for (external_id, subject, sealed) in rows {
        let print = sealer.open(TABLE, Id::<Imported>::from_uuid(subject), &sealed)?;
        found.insert(external_id, (subject, print.expose().to_owned()));
    }
    Ok(found)
}

/// Remembers rows; the last import of an id counts.
pub(super) async fn remember(tx: &mut Tx, kind: Kind, rows: &[Remembered]) -> Result<()> {
    let sealer = sealer(tx)?;
    let mut values = Vec::with_capacity(rows.len() * 5);
    for row in rows {
        let id = Id::<Imported>::from_uuid(row.subject);
        let sealed = sealer.seal(TABLE, id, &Secret::new(row.print.clone()))?;
        values.extend(args![kind, row.external_id, row.subject, sealed, tx.now()]);
    }
    bulk(
        tx,
        "insert into flows_import_row (kind, external_id, subject_id, print_sealed, imported_at)",
        "on conflict (kind, external_id) do update set subject_id = excluded.subject_id,
           print_sealed = excluded.print_sealed, imported_at = excluded.imported_at",
        5,
        values,
    )
    .await?;
    Ok(())
}

/// One row an import.
pub(super) async fn log(tx: &mut Tx, id: RunId, report: &Report) -> Result<()> {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let actor = tx.actor().tag();
    tx.exec(
        "insert into flows_import (id, kind, file, created, changed, skipped, at, actor)
         values ($1,$2,$3,$4,$5,$6,$7,$8)",
        args![
            id,
            report.kind,
            report.file,
            count(report.created),
            count(report.changed),
            count(report.skipped),
            tx.now(),
            actor
        ],
    )
    .await?;
    Ok(())
}

pub(super) fn sealer(q: &mut dyn Query) -> Result<std::sync::Arc<Sealer>> {
    q.ext::<Sealer>().ok_or_else(|| {
        Fault::unavailable(
            "network.no_key",
            "Kunci enkripsi belum dipasang; hubungi admin.",
            "The encryption key is not configured; call the admin.",
        )
    })
}

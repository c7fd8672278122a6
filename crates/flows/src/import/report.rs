//! What an import would do or did, row by row.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Kind, Sheet};

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Say {
    pub id: String,
    pub en: String,
}

impl Say {
    pub(crate) fn new(id: impl Into<String>, en: impl Into<String>) -> Self {
        Self { id: id.into(), en: en.into() }
    }
}

/// Why a row is refused. One row may have several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// As people see it: the header is 1.
    pub row: usize,
    /// The column's name in the file; empty when it is about the whole row.
    pub column: String,
    pub id: String,
    pub en: String,
}

/// What is to be done with a good row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    Create,
    Change,
    Skip,
}

/// A good row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub row: usize,
    pub external_id: String,
    pub wanted: Wanted,
    pub note: Option<Say>,
}

/// The whole file.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub kind: Kind,
    pub file: String,
    pub dry_run: bool,
    /// The file was imported. `false` after a run: a row was refused, and nothing was imported.
    pub applied: bool,
    pub rows: usize,
    pub created: usize,
    pub changed: usize,
    pub skipped: usize,
    /// Rows, not problems.
    pub refused: usize,
    /// Every good row.
    pub lines: Vec<Line>,
    /// Every reason of every refused row, in the order of the rows.
    pub problems: Vec<Problem>,
    /// Columns of the file that nothing is done with.
    pub unused_columns: Vec<String>,
    /// This import, the ISP's first, switches (or switched) messages and isolation off.
    pub switches_off: bool,
    /// As it stands after the import.
    pub messages_on: bool,
    pub isolation_on: bool,
}

/// What checks found wrong so far. Problems name columns as this program does; the report names them as the
/// file does.
pub(crate) struct Findings {
    pub problems: Vec<Problem>,
    pub unused: Vec<String>,
    /// Our name and the file's.
    pub headers: Vec<(&'static str, String)>,
}

impl Findings {
    pub(super) fn of(sheet: &Sheet) -> Self {
        let unreadable = sheet.unreadable.iter().map(|row| Problem {
            row: row.number,
            column: String::new(),
            id: row.id.clone(),
            en: row.en.clone(),
        });
        Self { problems: unreadable.collect(), unused: Vec::new(), headers: Vec::new() }
    }
}

impl Report {
    pub(super) fn of(kind: Kind, sheet: &Sheet, lines: Vec<Line>, findings: Findings) -> Self {
        let Findings { mut problems, unused, headers } = findings;
        problems.sort_by_key(|p| p.row);
        for problem in &mut problems {
            if let Some((_, header)) = headers.iter().find(|(name, _)| *name == problem.column) {
                problem.column.clone_from(header);
            }
        }
        let refused: BTreeSet<usize> = problems.iter().map(|p| p.row).collect();
        let mut lines: Vec<Line> =
            lines.into_iter().filter(|l| !refused.contains(&l.row)).collect();
        lines.sort_by_key(|l| l.row);
        let count = |wanted| lines.iter().filter(|l| l.wanted == wanted).count();
        Self {
            kind,
            file: sheet.file.clone(),
            dry_run: false,
            applied: false,
            rows: sheet.rows.len() + sheet.unreadable.len(),
            created: count(Wanted::Create),
            changed: count(Wanted::Change),
            skipped: count(Wanted::Skip),
            refused: refused.len(),
            lines,
            problems,
            unused_columns: unused,
            switches_off: false,
            messages_on: true,
            isolation_on: true,
        }
    }
}

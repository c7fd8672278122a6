//! Reading tables that people hand in: CSV and XLSX alike become rows of text by column name.

use std::sync::Arc;

use kernel::{Fault, Result};

use crate::csv_write::FORMULA_STARTS;
use crate::{read_csv, read_xlsx};

/// Larger files are refused before they are read.
pub const BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rows of one file.
pub const ROWS_MAX: usize = 200_000;
/// Columns of one file.
pub const COLUMNS_MAX: usize = 200;

/// A table as read: its columns, its rows, and the rows that cannot be read.
#[derive(Clone, Debug)]
pub struct Table {
    pub header: Arc<Header>,
    pub rows: Vec<Row>,
    pub bad: Vec<BadRow>,
}

/// The columns' names, normalized by [`column_name`].
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    names: Vec<String>,
}

/// One row; cells are trimmed text.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line in the file (CSV) or row in the sheet (XLSX), as people see it: the header is 1.
    pub number: usize,
    header: Arc<Header>,
    cells: Vec<String>,
}

/// A row that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    pub number: usize,
    pub id: String,
    pub en: String,
}

impl Header {
    pub fn names(&self) -> &[String] {
        &self.names
    }
    /// Whether there is such a column; `name` as [`column_name`] writes it.
    pub fn has(&self, name: &str) -> bool {
        self.at(name).is_some()
    }
    fn at(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }
}

impl Row {
    /// The cell in column `name`. `None` when it is empty or there is no such column.
    pub fn get(&self, name: &str) -> Option<&str> {
        let cell = self.cells.get(self.header.at(name)?)?;
        (!cell.is_empty()).then_some(cell.as_str())
    }
}

/// Reads a CSV (comma, semicolon or tab; UTF-8) or XLSX (first sheet with content) file. The kind
/// is told by the content, `file_name` serves the messages. Empty rows are left out; rows that
/// cannot be read are named in [`Table::bad`], the others stand.
///
/// # Errors
/// `documents.file_*` (too large, empty, of another kind, damaged, not UTF-8, an unclosed quote,
/// unnamed or repeated columns, too many rows or columns): the file as a whole cannot be used.
pub fn read_table(bytes: &[u8], file_name: &str) -> Result<Table> {
    if bytes.len() > BYTES_MAX {
        let mib = BYTES_MAX / 1024 / 1024;
        return Err(fault(
            "documents.file_too_large",
            file_name,
            &format!("lebih besar dari {mib} MiB"),
            &format!("is larger than {mib} MiB"),
        ));
    }
    let sheet = match bytes {
        [b'P', b'K', 3, 4, ..] => read_xlsx::rows(bytes, file_name)?,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            return Err(fault(
                "documents.file_kind",
                file_name,
                "adalah .xls lama atau terkunci sandi; simpan sebagai .xlsx tanpa sandi",
                "is an old .xls or locked by a password; save it as .xlsx without password",
            ));
        }
        [b'%', b'P', b'D', b'F', ..] => {
            return Err(fault(
                "documents.file_kind",
                file_name,
                "adalah PDF; yang bisa dibaca: CSV dan XLSX",
                "is a PDF; readable are CSV and XLSX",
            ));
        }
        _ => read_csv::rows(bytes, file_name)?,
    };
    table(sheet, file_name)
}

/// The cells of a CSV text, row by row, for files that do not begin with their header (a bank's statement
/// begins with the account). The separator is what its first lines use most. Rows that cannot be read, and
/// empty ones, are left out.
///
/// # Errors
/// As [`read_table`], but for what concerns columns.
pub fn read_cells(text: &str, file_name: &str) -> Result<Vec<Vec<String>>> {
    let text = text.trim_start_matches('\u{feff}');
    let head: String = text.lines().take(40).collect();
    let most = [',', ';', '\t', '|'].into_iter().rev().max_by_key(|sep| head.matches(*sep).count());
    let told = if text.starts_with("sep=") { None } else { most };
    let whole = told.map_or_else(|| text.to_owned(), |sep| format!("sep={sep}\n{text}"));
    let rows = read_csv::rows(whole.as_bytes(), file_name)?;
    let cells = rows.into_iter().filter_map(|row| row.cells.ok());
    Ok(cells.filter(|cells| cells.iter().any(|cell| !cell.is_empty())).collect())
}

/// A column's name as code asks for it: lower case, words joined by `_` (`No. HP` → `no_hp`).
pub fn column_name(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// A row before its columns are named: cells, or why they cannot be read.
pub(crate) struct RawRow {
    pub number: usize,
    pub cells: std::result::Result<Vec<String>, (String, String)>,
}

pub(crate) fn fault(code: &'static str, file_name: &str, id: &str, en: &str) -> Fault {
    Fault::invalid(code, format!("Berkas {file_name} {id}."), format!("The file {file_name} {en}."))
}

pub(crate) fn too_many_rows(file_name: &str) -> Fault {
    fault(
        "documents.file_too_many_rows",
        file_name,
        &format!("berisi lebih dari {ROWS_MAX} baris; pecah menjadi beberapa berkas"),
        &format!("has more than {ROWS_MAX} rows; split it into several files"),
    )
}

pub(crate) fn too_many_columns(file_name: &str) -> Fault {
    fault(
        "documents.file_too_many_columns",
        file_name,
        &format!("berisi lebih dari {COLUMNS_MAX} kolom"),
        &format!("has more than {COLUMNS_MAX} columns"),
    )
}

/// Trims, and takes off the `'` that our own CSV puts before what looks like a formula.
pub(crate) fn clean(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA_STARTS) => rest,
        _ => cell,
    }
}

fn table(sheet: Vec<RawRow>, file_name: &str) -> Result<Table> {
    let mut raw = sheet.into_iter().filter(|row| match &row.cells {
        Ok(cells) => cells.iter().any(|cell| !cell.is_empty()),
        Err(_) => true,
    });
    let first = raw.next().ok_or_else(|| {
        fault("documents.file_empty", file_name, "tidak berisi apa-apa", "holds nothing")
    })?;
    let header = Arc::new(header(first, file_name)?);
    let width = header.names.len();
    let mut table = Table { header: Arc::clone(&header), rows: Vec::new(), bad: Vec::new() };
    for RawRow { number, cells } in raw {
        if table.rows.len() + table.bad.len() >= ROWS_MAX {
            return Err(too_many_rows(file_name));
        }
        match cells.and_then(|cells| fitted(cells, width)) {
            Ok(cells) => table.rows.push(Row { number, header: Arc::clone(&header), cells }),
            Err((id, en)) => table.bad.push(BadRow { number, id, en }),
        }
    }
    Ok(table)
}

fn header(first: RawRow, file_name: &str) -> Result<Header> {
    let cells = first.cells.map_err(|(id, en)| {
        fault("documents.file_header", file_name, &format!("baris judul: {id}"), &en)
    })?;
    let mut names: Vec<String> = cells.iter().map(|cell| column_name(cell)).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    if names.is_empty() {
        return Err(fault(
            "documents.file_header",
            file_name,
            "tidak punya baris judul kolom",
            "has no row of column names",
        ));
    }
    if names.len() > COLUMNS_MAX {
        return Err(too_many_columns(file_name));
    }
    if let Some(at) = names.iter().position(String::is_empty) {
        return Err(fault(
            "documents.file_header",
            file_name,
            &format!("tidak memberi judul pada kolom {}", at + 1),
            &format!("gives column {} no name", at + 1),
        ));
    }
    for (at, name) in names.iter().enumerate() {
        if names.iter().take(at).any(|earlier| earlier == name) {
            return Err(fault(
                "documents.file_header",
                file_name,
                &format!("memakai judul kolom \"{name}\" dua kali"),
                &format!("names two columns \"{name}\""),
            ));
        }
    }
    Ok(Header { names })
}

/// A row may lack empty cells at its end, but hold nothing beyond the header.
fn fitted(
    mut cells: Vec<String>,
    width: usize,
) -> std::result::Result<Vec<String>, (String, String)> {
    if let Some(beyond) = cells.iter().skip(width).find(|cell| !cell.is_empty()) {
        return Err((
            format!("ada isi di luar kolom berjudul: \"{beyond}\""),
            format!("there is content beyond the named columns: \"{beyond}\""),
        ));
    }
    cells.truncate(width);
    Ok(cells)
}

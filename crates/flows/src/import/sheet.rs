//! A table as it came from a file, and how its columns are told.

use kernel::{Fault, Field, Result};

use super::columns::Column;

/// A table that was read: normalized column names (`no_hp`), trimmed cells.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The file's name, for the report.
    pub file: String,
    pub columns: Vec<String>,
    pub rows: Vec<SheetRow>,
    /// Rows that could not be read at all.
    pub unreadable: Vec<Unreadable>,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub struct SheetRow {
    /// As people see it: the header is 1.
    pub number: usize,
    /// One a column.
    pub cells: Vec<String>,
}

/// A row that could not be read, and why.
#[derive(Clone, Debug)]
pub struct Unreadable {
    pub number: usize,
    pub id: String,
    pub en: String,
}

/// Which cell of a row each known column is.
pub(super) struct Layout {
    pub columns: &'static [Column],
    /// By the position of the known column.
    pub at: Vec<Option<usize>>,
    /// Columns of the file that nothing is done with.
    pub unused: Vec<String>,
}

impl Layout {
    /// # Errors
    /// `import.columns` names every needed column that is missing and every one that is there twice.
    pub(super) fn of(columns: &'static [Column], sheet: &Sheet) -> Result<Self> {
        let mut at = vec![None; columns.len()];
        let mut unused = Vec::new();
        let mut wrong = Vec::new();
        for (cell, name) in sheet.columns.iter().enumerate() {
            match columns.iter().position(|column| column.is_called(name)) {
                None => unused.push(name.clone()),
                Some(known) => match at.get_mut(known) {
                    Some(place @ None) => *place = Some(cell),
                    _ => wrong.push(twice(name, columns.get(known))),
                },
            }
        }
        for (column, place) in columns.iter().zip(&at) {
            if column.needed && place.is_none() {
                wrong.push(missing(column));
            }
        }
        if wrong.is_empty() {
            return Ok(Self { columns, at, unused });
        }
        let mut fault = Fault::invalid(
            "import.columns",
            format!("Kolom di {} belum benar.", sheet.file),
            format!("The columns of {} need correcting.", sheet.file),
        );
        fault.fields = wrong;
        Err(fault)
    }
}

impl Layout {
    /// Our names of the columns and the file's.
    pub(super) fn headers(&self, sheet: &Sheet) -> Vec<(&'static str, String)> {
        let found = self.columns.iter().zip(&self.at);
        found.filter_map(|(c, at)| Some((c.name, sheet.columns.get((*at)?)?.clone()))).collect()
    }
}

fn twice(name: &str, column: Option<&Column>) -> Field {
    let meaning = column.map_or("", |c| c.name);
    Field::new(
        name,
        "twice",
        format!("kolom untuk {meaning} sudah ada dengan nama lain"),
        format!("there is another column for {meaning} already"),
    )
}

fn missing(column: &Column) -> Field {
    let names = column.also.join(", ");
    Field::new(
        column.name,
        "required",
        format!("kolom ini wajib ada (boleh juga bernama: {names})"),
        format!("this column is needed (it may also be called: {names})"),
    )
}

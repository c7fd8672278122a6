//! XLSX as raw rows.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use kernel::{Fault, Result};

use crate::read::{COLUMNS_MAX, ROWS_MAX, RawRow, clean, fault, too_many_columns, too_many_rows};

/// The rows of the first sheet that holds anything, with their row numbers. Cells are streamed, so
/// that a stray cell far out costs an error and no memory.
pub(crate) fn rows(bytes: &[u8], file_name: &str) -> Result<Vec<RawRow>> {
    let damaged = |error: XlsxError| damaged(error, file_name);
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    for sheet in book.sheet_names() {
        let rows = match book.worksheet_cells_reader(&sheet) {
            Ok(mut cells) => sheet_rows(file_name, || match cells.next_cell() {
                Ok(None) => Ok(None),
                Ok(Some(cell)) => {
                    let (row, column) = cell.get_position();
                    Ok(Some((row, column, text(cell.get_value()))))
                }
                Err(error) => Err(damaged(error)),
            })?,
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(damaged(error)),
        };
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}

type Text = std::result::Result<String, String>;

/// Gathers cells, given in reading order, into rows; empty cells count for nothing.
fn sheet_rows(
    file_name: &str,
    mut next: impl FnMut() -> Result<Option<(u32, u32, Text)>>,
) -> Result<Vec<RawRow>> {
    let mut rows: Vec<RawRow> = Vec::new();
    while let Some((row, column, text)) = next()? {
        if text.as_ref().is_ok_and(String::is_empty) {
            continue;
        }
        let number = usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1);
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= COLUMNS_MAX {
            return Err(too_many_columns(file_name));
        }
        if rows.last().is_none_or(|last| last.number != number) {
            if rows.len() > ROWS_MAX {
                return Err(too_many_rows(file_name));
            }
            rows.push(RawRow { number, cells: Ok(Vec::new()) });
        }
        if let Some(last) = rows.last_mut() {
            put(last, column, text);
        }
    }
    Ok(rows)
}

fn put(row: &mut RawRow, column: usize, text: Text) {
    let Ok(cells) = &mut row.cells else { return };
    match text {
        Ok(text) => {
            cells.resize(cells.len().max(column + 1), String::new());
            if let Some(cell) = cells.get_mut(column) {
                *cell = text;
            }
        }
        Err(error) => {
            let place = format!("{}{}", column_letters(column), row.number);
            row.cells = Err((
                format!("sel {place} berisi kesalahan {error}"),
                format!("cell {place} holds the error {error}"),
            ));
        }
    }
}

/// `0` → `A`, `27` → `AB`.
fn column_letters(column: usize) -> String {
    let mut letters = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        let letter = u8::try_from(rest % 26).unwrap_or(0) + b'A';
        letters.insert(0, char::from(letter));
        rest /= 26;
    }
    letters
}

/// A cell as the text that a CSV of the same table would hold; an error cell as its name.
fn text(cell: &DataRef<'_>) -> Text {
    Ok(match cell {
        DataRef::Empty => String::new(),
        DataRef::String(text) => clean(text).to_owned(),
        DataRef::SharedString(text) => clean(text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(fact) => fact.to_string(),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second) {
                (0, 0, 0) => date,
                _ => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTime(duration) => number_text(duration.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => return Err(error.to_string()),
    })
}

/// Whole numbers without decimals: Excel keeps every number as a float.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

fn damaged(error: XlsxError, file_name: &str) -> Fault {
    fault(
        "documents.file_damaged",
        file_name,
        "rusak atau bukan lembar kerja Excel; simpan ulang sebagai .xlsx",
        "is damaged or no Excel workbook; save it again as .xlsx",
    )
    .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_that_excel_shows() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ")] {
            assert_eq!(column_letters(column), letters);
        }
    }

    #[test]
    fn whole_numbers_have_no_decimals() {
        assert_eq!(number_text(250_000.0), "250000");
        assert_eq!(number_text(81_234_567_890.0), "81234567890");
        assert_eq!(number_text(-6.5752), "-6.5752");
    }
}

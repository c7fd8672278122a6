//! Tables as XLSX.

use kernel::{Fault, Result};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::table::{Cell, must_fit};

/// Rows that one sheet can hold, the header included.
const ROWS_MAX: u32 = 1_048_576;
/// Letters that one cell can hold.
const LETTERS_MAX: usize = 32_767;
const SHEET_NAME_MAX: usize = 31;
/// Columns are as wide as their widest text, within these (in letters).
const WIDTH: std::ops::RangeInclusive<usize> = 8..=60;

struct Formats {
    header: Format,
    money: Format,
    day: Format,
    at: Format,
}

/// The table as a workbook of one sheet: bold header that stays in view, filters, amounts as
/// numbers, days as dates. Memory stays small however long the table is: rows pass through a
/// temporary file.
///
/// # Errors
/// `documents.too_many_rows` beyond what a sheet can hold; `documents.no_room` when the temporary
/// file cannot be written; a bug when a row has not one cell a column.
pub fn xlsx_write<R>(sheet: &str, header: &[&str], rows: R) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = Vec<Cell>>,
{
    let mut book = Workbook::new();
    let page = book.add_worksheet_with_constant_memory().map_err(broken)?;
    page.set_name(sheet_name(sheet)).map_err(broken)?;
    fill(page, header, rows)?;
    book.save_to_buffer().map_err(broken)
}

fn fill<R>(page: &mut Worksheet, header: &[&str], rows: R) -> Result<()>
where
    R: IntoIterator<Item = Vec<Cell>>,
{
    let formats = Formats {
        header: Format::new().set_bold().set_align(FormatAlign::VerticalCenter),
        money: Format::new().set_num_format("#,##0"),
        day: Format::new().set_num_format("dd mmm yyyy"),
        at: Format::new().set_num_format("dd mmm yyyy hh:mm"),
    };
    let mut widths: Vec<usize> = header.iter().map(|name| name.chars().count() + 3).collect();
    page.set_freeze_panes(1, 0).map_err(broken)?;
    for (column, name) in (0_u16..).zip(header) {
        page.write_string_with_format(0, column, *name, &formats.header).map_err(broken)?;
    }
    let mut last = 0;
    for row in rows {
        must_fit(header, &row)?;
        last += 1;
        if last >= ROWS_MAX {
            return Err(too_many_rows());
        }
        for ((column, cell), width) in (0_u16..).zip(&row).zip(&mut widths) {
            let letters = write(page, last, column, cell, &formats).map_err(broken)?;
            *width = letters.max(*width);
        }
    }
    for (column, letters) in (0_u16..).zip(widths) {
        let letters = letters.clamp(*WIDTH.start(), *WIDTH.end());
        let letters = u16::try_from(letters).unwrap_or(u16::MAX);
        page.set_column_width(column, f64::from(letters)).map_err(broken)?;
    }
    if let Some(column) = header.len().checked_sub(1).and_then(|n| u16::try_from(n).ok()) {
        page.autofilter(0, 0, last, column).map_err(broken)?;
    }
    Ok(())
}

/// Writes one cell and returns about how many letters wide it is.
fn write(
    page: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &Formats,
) -> std::result::Result<usize, XlsxError> {
    match cell {
        Cell::Empty => return Ok(0),
        Cell::Text(text) => {
            let shown: String = text.chars().take(LETTERS_MAX).collect();
            let letters = shown.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            page.write_string(row, column, shown)?;
            return Ok(letters + 1);
        }
        Cell::Int(number) => page.write_number(row, column, *number as f64)?,
        Cell::Real(number) => page.write_number(row, column, *number)?,
        Cell::Money(amount) => {
            page.write_number_with_format(row, column, amount.get() as f64, &formats.money)?
        }
        Cell::Day(day) => {
            let day = excel_day(*day)?;
            page.write_datetime_with_format(row, column, &day, &formats.day)?
        }
        Cell::At(at, zone) => {
            let (hour, minute) = at.hour_minute(*zone);
            let (hour, minute) = (hour.unsigned_abs().into(), minute.unsigned_abs());
            let local = excel_day(at.day(*zone))?.and_hms(hour, minute, 0)?;
            page.write_datetime_with_format(row, column, &local, &formats.at)?
        }
        Cell::Bool(fact) => page.write_boolean(row, column, *fact)?,
    };
    Ok(match cell {
        Cell::Day(_) => 12,
        Cell::At(..) => 18,
        _ => 14,
    })
}

fn excel_day(day: kernel::Day) -> std::result::Result<ExcelDateTime, XlsxError> {
    let (year, month, dom) = (day.year(), day.month(), day.dom());
    ExcelDateTime::from_ymd(year.unsigned_abs(), month.unsigned_abs(), dom.unsigned_abs())
}

/// A name that Excel accepts: at most 31 letters, none of `[ ] : * ? / \`, no `'` at its ends.
fn sheet_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if "[]:*?/\\".contains(c) { '-' } else { c })
        .take(SHEET_NAME_MAX)
        .collect();
    let name = name.trim_matches('\'').trim();
    if name.is_empty() { "Data".to_owned() } else { name.to_owned() }
}

fn too_many_rows() -> Fault {
    Fault::invalid(
        "documents.too_many_rows",
        "Terlalu banyak baris untuk satu lembar Excel. Persempit saringannya atau pakai CSV.",
        "Too many rows for one Excel sheet. Narrow the filter or use CSV.",
    )
}

fn broken(error: XlsxError) -> Fault {
    match error {
        XlsxError::RowColumnLimitError => too_many_rows(),
        XlsxError::IoError(_) => Fault::unavailable(
            "documents.no_room",
            "Berkas Excel belum bisa dibuat. Coba lagi, atau hubungi admin bila tetap gagal.",
            "The Excel file could not be made. Try again, or call the admin if it keeps failing.",
        )
        .because(error),
        other => Fault::bug("XLSX cannot be written").because(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_name_is_made_fit_for_excel() {
        for (name, fit) in [
            ("Tagihan", "Tagihan"),
            ("a/b:c*d?e[f]g\\h", "a-b-c-d-e-f-g-h"),
            ("'x'", "x"),
            ("", "Data"),
            ("abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz01234"),
        ] {
            assert_eq!(sheet_name(name), fit);
        }
    }
}

//! Tables as CSV.

use kernel::{Fault, Result};

use crate::table::{Cell, must_fit};

/// Starts every CSV file, so that spreadsheets read it as UTF-8.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a spreadsheet would read as the start of a formula.
pub(crate) const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The table as CSV: UTF-8 with byte order mark, comma, CR LF. Amounts are raw integers, days and
/// instants ISO 8601, and text that a spreadsheet would run as a formula starts with `'`
/// ([`crate::read::read_table`] takes it off again).
///
/// # Errors
/// A bug when a row has not one cell a column.
pub fn csv_write<R>(header: &[&str], rows: R) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = Vec<Cell>>,
{
    let mut out =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BOM.to_vec());
    out.write_record(header).map_err(broken)?;
    for row in rows {
        must_fit(header, &row)?;
        out.write_record(row.iter().map(text)).map_err(broken)?;
    }
    out.into_inner().map_err(|e| Fault::bug("CSV cannot be written").because(e.into_error()))
}

fn broken(error: csv::Error) -> Fault {
    Fault::bug("CSV cannot be written").because(error)
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) if text.starts_with(FORMULA_STARTS) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Money(amount) => amount.get().to_string(),
        Cell::Day(day) => day.to_string(),
        Cell::At(at, _) => at.to_string(),
        Cell::Bool(fact) => fact.to_string(),
    }
}

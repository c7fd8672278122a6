//! CSV as raw rows.

use kernel::Result;

use crate::csv_write::BOM;
use crate::read::{ROWS_MAX, RawRow, clean, fault, too_many_rows};

/// The rows of a CSV file with their line numbers. The separator is what the header line uses most
/// (comma, semicolon, tab), or what a first line `sep=;` says.
pub(crate) fn rows(bytes: &[u8], file_name: &str) -> Result<Vec<RawRow>> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        return Err(fault(
            "documents.file_not_utf8",
            file_name,
            "tersimpan sebagai UTF-16; simpan ulang sebagai \"CSV UTF-8\"",
            "is saved as UTF-16; save it again as \"CSV UTF-8\"",
        ));
    }
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(fault(
            "documents.file_kind",
            file_name,
            "bukan teks; yang bisa dibaca: CSV dan XLSX",
            "is not text; readable are CSV and XLSX",
        ));
    }
    let (separator, skipped) = separator(bytes);
    let body = bytes.get(skipped..).unwrap_or_default();
    let line_offset = usize::from(skipped > 0);
    quotes_must_close(body, separator, line_offset, file_name)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    loop {
        let more = reader.read_byte_record(&mut record).map_err(|e| {
            let damaged = fault("documents.file_damaged", file_name, "rusak", "is damaged");
            damaged.because(e)
        })?;
        if !more {
            return Ok(rows);
        }
        if rows.len() > ROWS_MAX {
            return Err(too_many_rows(file_name));
        }
        let number = record.position().map_or(0, |at| line_of(body, at)) + line_offset;
        rows.push(RawRow { number, cells: cells(&record) });
    }
}

/// The line in which a record's first letter stands: the reader's position is before empty lines.
fn line_of(body: &[u8], at: &csv::Position) -> usize {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let ends = body.get(from..).unwrap_or_default().iter();
    let empty = ends.take_while(|b| matches!(b, b'\r' | b'\n')).filter(|&&b| b == b'\n').count();
    usize::try_from(at.line()).unwrap_or(usize::MAX).saturating_add(empty)
}

fn cells(record: &csv::ByteRecord) -> std::result::Result<Vec<String>, (String, String)> {
    let mut cells = Vec::with_capacity(record.len());
    for (at, cell) in record.iter().enumerate() {
        let Ok(text) = std::str::from_utf8(cell) else {
            let column = at + 1;
            return Err((
                format!("kolom {column} bukan UTF-8; simpan berkas sebagai \"CSV UTF-8\""),
                format!("column {column} is not UTF-8; save the file as \"CSV UTF-8\""),
            ));
        };
        cells.push(clean(text).to_owned());
    }
    Ok(cells)
}

/// The separator, and how many bytes a `sep=` line takes.
fn separator(bytes: &[u8]) -> (u8, usize) {
    let end = bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| at + 1);
    let line = bytes.get(..end).unwrap_or_default();
    if let [b's', b'e', b'p', b'=', separator, ..] = line {
        return (*separator, end);
    }
    let count = |separator: u8| {
        let mut quoted = false;
        let seen = line.iter().filter(|&&b| {
            quoted ^= b == b'"';
            !quoted && b == separator
        });
        seen.count()
    };
    let counts = [(count(b','), b','), (count(b';'), b';'), (count(b'\t'), b'\t')];
    // Of equals, the earlier: a header of one column is read with commas.
    let most =
        counts.into_iter().fold((0, b','), |best, next| if next.0 > best.0 { next } else { best });
    (most.1, 0)
}

/// A quote that is never closed, or closed in the middle of a cell, would swallow rows silently.
fn quotes_must_close(
    bytes: &[u8],
    separator: u8,
    line_offset: usize,
    file_name: &str,
) -> Result<()> {
    let unclosed = |line: usize| {
        let line = line + line_offset;
        fault(
            "documents.file_quote",
            file_name,
            &format!("punya tanda kutip yang tidak ditutup dengan benar di baris {line}"),
            &format!("has a quote that is not closed properly in line {line}"),
        )
    };
    let (mut line, mut opened, mut quoted, mut cell_begins) = (1, 1, false, true);
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' if quoted => match rest.peek() {
                Some(b'"') => {
                    rest.next();
                }
                Some(&next) if next != separator && next != b'\r' && next != b'\n' => {
                    return Err(unclosed(opened));
                }
                _ => quoted = false,
            },
            b'"' if cell_begins => (quoted, opened) = (true, line),
            _ => {}
        }
        cell_begins = !quoted && (byte == separator || byte == b'\n');
        line += usize::from(byte == b'\n');
    }
    if quoted { Err(unclosed(opened)) } else { Ok(()) }
}

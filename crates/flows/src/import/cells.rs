//! Reading the cells of one row: what people type in spreadsheets, and every problem with it.

use std::collections::BTreeMap;

use kernel::{Day, Fault, Money, Phone, Result};
use sha2::Digest;

use super::columns::Column;
use super::report::{Findings, Problem};
use super::sheet::{Layout, Sheet, SheetRow};

/// The cells of one row by the known column's name.
pub(super) struct Cells<'a> {
    layout: &'a Layout,
    row: &'a SheetRow,
    pub problems: Vec<Problem>,
}

/// A row that was read. One with problems is kept too, so that what it refers to is checked as well: it is
/// refused in the end, whatever stands in place of its bad cells.
pub(super) struct Parsed<T> {
    pub row: usize,
    pub external_id: String,
    pub print: String,
    pub data: T,
}

/// Reads every row with `parse`, which answers the external id and the data, and notes problems. An external
/// id that stands in the file twice is refused the second time.
///
/// # Errors
/// `import.columns`.
pub(super) fn rows<T>(
    columns: &'static [Column],
    sheet: &Sheet,
    findings: &mut Findings,
    mut parse: impl FnMut(&mut Cells<'_>) -> (Option<String>, T),
) -> Result<Vec<Parsed<T>>> {
    let layout = Layout::of(columns, sheet)?;
    findings.unused.clone_from(&layout.unused);
    findings.headers = layout.headers(sheet);
    let mut first_at: BTreeMap<String, usize> = BTreeMap::new();
    let mut all = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        let mut cells = Cells { layout: &layout, row, problems: Vec::new() };
        let (external_id, data) = parse(&mut cells);
        if let Some(external_id) = &external_id {
            let first = *first_at.entry(external_id.clone()).or_insert(row.number);
            if first != row.number {
                cells.bad(
                    "",
                    format!("id \"{external_id}\" sudah dipakai di baris {first}"),
                    format!("the id \"{external_id}\" is used in row {first} already"),
                );
            }
        }
        let print = cells.print();
        findings.problems.append(&mut cells.problems);
        let external_id = external_id.unwrap_or_default();
        all.push(Parsed { row: row.number, external_id, print, data });
    }
    Ok(all)
}

impl<'a> Cells<'a> {
    /// The cell of a known column; `None` when it is empty or the file has no such column.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        let known = self.layout.columns.iter().position(|c| c.name == name)?;
        let at = self.layout.at.get(known).copied().flatten()?;
        let cell = self.row.cells.get(at)?.trim();
        (!cell.is_empty()).then_some(cell)
    }
    /// Notes a problem with a column; `""` is the whole row.
    pub(super) fn bad(&mut self, name: &str, id: impl Into<String>, en: impl Into<String>) {
        let (row, column) = (self.row.number, name.to_owned());
        self.problems.push(Problem { row, column, id: id.into(), en: en.into() });
    }
    /// What a room's own check answered about this cell.
    pub(super) fn checked<T>(&mut self, name: &str, checked: Result<T>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(fault) => {
                let (id, en) = sentences(&fault);
                self.bad(name, id, en);
                None
            }
        }
    }
    pub(super) fn required(&mut self, name: &str) -> Option<&'a str> {
        let text = self.text(name);
        if text.is_none() {
            self.bad(name, "wajib diisi", "is required");
        }
        text
    }
    /// A text of at most `max` letters, one space between words.
    pub(super) fn words(&mut self, name: &str, max: usize) -> Option<String> {
        let text = self.text(name)?.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() > max {
            self.bad(
                name,
                format!("paling banyak {max} huruf"),
                format!("must be at most {max} characters"),
            );
            return None;
        }
        Some(text)
    }
    pub(super) fn money(&mut self, name: &str) -> Option<Money> {
        let text = self.text(name)?;
        let parsed = money(text);
        if parsed.is_none() {
            self.bad(
                name,
                format!("\"{text}\" bukan jumlah rupiah; contoh 150000, 150.000 atau Rp150.000"),
                format!(
                    "\"{text}\" is no amount in rupiah; for example 150000, 150.000 or Rp150.000"
                ),
            );
        }
        parsed
    }
    pub(super) fn day(&mut self, name: &str) -> Option<Day> {
        let text = self.text(name)?;
        let parsed = day(text);
        if parsed.is_none() {
            self.bad(
                name,
                format!("\"{text}\" bukan tanggal; contoh 2026-11-30 atau 30/11/2026"),
                format!("\"{text}\" is no date; for example 2026-11-30 or 30/11/2026"),
            );
        }
        parsed
    }
    pub(super) fn phone(&mut self, name: &str) -> Option<Phone> {
        let text = self.required(name)?;
        let parsed = phone(text);
        if parsed.is_none() {
            self.bad(
                name,
                format!("\"{text}\" bukan nomor telepon; contoh 0812 3456 7890"),
                format!("\"{text}\" is not a phone number; for example 0812 3456 7890"),
            );
        }
        parsed
    }
    /// Ya or tidak; `None` when it is empty.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        const YES: &[&str] = &["ya", "y", "yes", "true", "benar", "1"];
        const NO: &[&str] = &["tidak", "tdk", "no", "n", "false", "salah", "0", "-"];
        let all: Vec<(&[&str], bool)> = vec![(YES, true), (NO, false)];
        self.word(name, &all)
    }
    /// One of several words, in either language.
    pub(super) fn word<T: Copy>(&mut self, name: &str, known: &[(&[&str], T)]) -> Option<T> {
        let text = self.text(name)?;
        let plain = text.to_lowercase();
        let found = known.iter().find(|(words, _)| words.contains(&plain.as_str()));
        if found.is_none() {
            let firsts: Vec<&str> =
                known.iter().filter_map(|(words, _)| words.first().copied()).collect();
            let list = firsts.join(", ");
            self.bad(
                name,
                format!("\"{text}\" tidak dikenal; pilihannya: {list}"),
                format!("\"{text}\" is not known; choose from: {list}"),
            );
        }
        found.map(|(_, value)| *value)
    }
    /// A number with decimals, comma or dot.
    pub(super) fn decimal(&mut self, name: &str) -> Option<f64> {
        let text = self.text(name)?;
        let parsed = text.replace(',', ".").parse::<f64>().ok().filter(|n| n.is_finite());
        if parsed.is_none() {
            self.bad(
                name,
                format!("\"{text}\" bukan angka"),
                format!("\"{text}\" is not a number"),
            );
        }
        parsed
    }
    /// Equal only for rows that say the same in the known columns.
    fn print(&self) -> String {
        let mut digest = sha2::Sha256::new();
        for column in self.layout.columns {
            if let Some(text) = self.text(column.name) {
                digest.update(format!("{}={}\u{1f}", column.name, text));
            }
        }
        digest.finalize()[..16].iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The sentences of a refusal: those of its first field, if it has one.
pub(super) fn sentences(fault: &Fault) -> (String, String) {
    let field = fault.fields.first().map(|f| (f.id.clone(), f.en.clone()));
    field.unwrap_or_else(|| (fault.id.clone(), fault.en.clone()))
}

fn money(text: &str) -> Option<Money> {
    let plain = text.to_lowercase();
    Money::parse(plain.strip_prefix("idr").unwrap_or(&plain))
}

/// `2026-11-30` (also with a time after it), `30/11/2026`, `30-11-2026`, `30.11.2026`.
fn day(text: &str) -> Option<Day> {
    let head =
        text.get(..10).filter(|_| text.as_bytes().get(10).is_some_and(|b| b"T ".contains(b)));
    let text = head.unwrap_or(text);
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let number =
        |part: &str| part.parse::<i16>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    let small = |part: &str| number(part).and_then(|n| i8::try_from(n).ok());
    let (year, month, dom) = if a.len() == 4 {
        (number(a)?, small(b)?, small(c)?)
    } else if c.len() == 4 {
        (number(c)?, small(b)?, small(a)?)
    } else {
        return None;
    };
    Day::ymd(year, month, dom).filter(|_| (1990..=2100).contains(&year))
}

/// A phone number that a spreadsheet may have robbed of its leading 0 (`81234567890`).
fn phone(text: &str) -> Option<Phone> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let first = text.trim_start().bytes().next()?;
    let international = text.trim_start().starts_with("62") && digits >= 11;
    let robbed = (b'2'..=b'9').contains(&first) && (8..=12).contains(&digits) && !international;
    if robbed { Phone::parse(&format!("0{}", text.trim_start())) } else { Phone::parse(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_gets_its_leading_zero_back() {
        for (typed, stored) in [
            ("81234567890", "6281234567890"),
            ("081234567890", "6281234567890"),
            ("6281234567890", "6281234567890"),
            ("+62 812-3456-7890", "6281234567890"),
            ("812 3456 7890", "6281234567890"),
            ("2155501234", "622155501234"),
            ("621234567", "62621234567"),
        ] {
            assert_eq!(phone(typed).map(|p| p.to_string()).as_deref(), Some(stored), "{typed}");
        }
        for typed in ["8.12346E+10", "telepon", "12", "", "0812 ext 3"] {
            assert_eq!(phone(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_day_is_read_as_spreadsheets_write_it() {
        let expect = Day::ymd(2026, 11, 3);
        for typed in [
            "2026-11-03",
            "2026-11-03T00:00:00",
            "2026-11-03 07:15:00",
            "03/11/2026",
            "3-11-2026",
            "3.11.2026",
        ] {
            assert_eq!(day(typed), expect, "{typed}");
        }
        for typed in [
            "2026-11-31",
            "11/30/2026",
            "3/11/26",
            "kemarin",
            "2026-11",
            "03-11-2026x",
            "0026-11-03",
        ] {
            assert_eq!(day(typed), None, "{typed}");
        }
    }

    #[test]
    fn money_is_read_as_people_type_it() {
        for typed in ["150000", "150.000", "Rp150.000", "RP 150.000", "IDR 150000"] {
            assert_eq!(money(typed), Some(Money::rupiah(150_000)), "{typed}");
        }
        for typed in ["150,000", "1,5", "150k", "-"] {
            assert_eq!(money(typed), None, "{typed}");
        }
    }
}

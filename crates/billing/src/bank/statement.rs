//! Reading a bank's statement: any columns, told by a mapping. Pure.
//!
//! Banks write dates with or without a year, amounts with a comma or a point, in one column with a sign or
//! in two. What a row says is read by what is there; a row that says an amount and cannot be read is named.

use std::collections::BTreeMap;

use kernel::{Day, Fault, Money, Result};
use serde::{Deserialize, Serialize};
use sha2::Digest;

/// Which column is what, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The row that names the columns; data comes after it.
    pub header: usize,
    pub date: usize,
    /// Joined in this order.
    pub text: Vec<usize>,
    /// One column of amounts, with `sign` beside it or in it (`CR`, `DB`, a minus) …
    #[serde(default)]
    pub amount: Option<usize>,
    #[serde(default)]
    pub sign: Option<usize>,
    /// … or a column for money in and one for money out.
    #[serde(default)]
    pub credit: Option<usize>,
    #[serde(default)]
    pub debit: Option<usize>,
    #[serde(default)]
    pub reference: Option<usize>,
    /// The year of dates that have none.
    #[serde(default)]
    pub year: Option<i16>,
}

impl Columns {
    /// # Errors
    /// A field error on `columns` when neither an amount nor money in is named, or a column is too far out.
    pub fn check(&self) -> Result<()> {
        let named = [self.amount, self.sign, self.credit, self.debit, self.reference];
        let all = named.into_iter().flatten().chain(self.text.iter().copied());
        let near = all.chain([self.date, self.header]).all(|at| at < 200);
        if near && !self.text.is_empty() && (self.amount.is_some() || self.credit.is_some()) {
            return Ok(());
        }
        Err(Fault::field(
            "columns",
            "required",
            "pilih kolom tanggal, keterangan dan jumlah (atau kredit)",
            "choose the columns of date, description and amount (or credit)",
        ))
    }
}

/// A line as the statement says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row of the file, from 1.
    pub row: usize,
    pub on_day: Day,
    /// In is positive, out negative.
    pub amount: Money,
    pub text: String,
    pub reference: Option<String>,
    /// The same for the same line in any file of its account.
    pub print: String,
}

/// A row that says something about money and can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub row: usize,
    pub id: String,
    pub en: String,
}

/// Every line of a statement. Rows without a date or without an amount are the bank's headings and sums.
pub fn read(rows: &[Vec<String>], columns: &Columns) -> (Vec<Line>, Vec<Unread>) {
    let (mut lines, mut unread) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate().skip(columns.header + 1) {
        let number = at + 1;
        let cell = |at: usize| row.get(at).map_or("", |cell| cell.trim());
        let date = cell(columns.date);
        let Some(amount) = amount(&cell, columns) else { continue };
        let Some(on_day) = day(date, columns.year) else {
            if date.bytes().any(|b| b.is_ascii_digit()) || date.eq_ignore_ascii_case("pend") {
                unread.push(Unread {
                    row: number,
                    id: format!("tanggal \"{date}\" tidak terbaca; baris ini tidak diimpor"),
                    en: format!("the date \"{date}\" can't be read; this row is not imported"),
                });
            }
            continue;
        };
        if amount.is_zero() {
            continue;
        }
        let text: Vec<&str> = columns.text.iter().map(|at| cell(*at)).collect();
        let text = text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        let reference = columns.reference.map(cell).filter(|r| !r.is_empty()).map(str::to_owned);
        let same = format!(
            "{on_day}|{}|{}|{}",
            amount.get(),
            plain(&text),
            reference.as_deref().unwrap_or("")
        );
        let times = seen.entry(same.clone()).or_insert(0);
        *times += 1;
        let print = print(&same, *times);
        lines.push(Line { row: number, on_day, amount, text, reference, print });
    }
    (lines, unread)
}

/// The same line twice on a day is two lines: the first and the second of that kind.
fn print(same: &str, times: usize) -> String {
    let digest = sha2::Sha256::digest(format!("{same}|{times}"));
    digest[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// Letters and digits only, lower case: how texts are compared.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn amount<'a>(cell: &impl Fn(usize) -> &'a str, columns: &Columns) -> Option<Money> {
    if let Some(at) = columns.amount {
        let text = cell(at);
        let sum = number(text)?;
        let sign = columns.sign.map_or("", cell);
        let out =
            is_out(sign).or_else(|| is_out(text.trim_start_matches(|c: char| !c.is_alphabetic())));
        return Some(if out == Some(true) { -sum.abs() } else { sum });
    }
    let of = |at: Option<usize>| at.and_then(|at| number(cell(at))).unwrap_or(Money::ZERO);
    let (credit, debit) = (of(columns.credit).abs(), of(columns.debit).abs());
    let written = [columns.credit, columns.debit];
    let any = written.into_iter().flatten().any(|at| number(cell(at)).is_some());
    any.then_some(credit - debit)
}

/// Whether a mark says money out; `None`: it says nothing.
fn is_out(mark: &str) -> Option<bool> {
    match mark.trim().to_ascii_uppercase().trim_end_matches('.') {
        "DB" | "D" | "DR" | "DEBIT" | "DEBET" | "K-" | "-" => Some(true),
        "CR" | "K" | "C" | "CREDIT" | "KREDIT" | "+" => Some(false),
        _ => None,
    }
}

/// Whole rupiah of what a bank writes: `250000`, `250,000.00`, `250.000,00`, `Rp 250.000`, `1,234.56 CR`.
/// Parts of a rupiah are rounded.
pub fn number(text: &str) -> Option<Money> {
    let text = text.trim();
    let negative = text.starts_with('-') || (text.starts_with('(') && text.ends_with(')'));
    let kept: String = text.chars().filter(|c| c.is_ascii_digit() || ".,".contains(*c)).collect();
    let kept = kept.trim_matches(['.', ',']);
    if kept.is_empty() || kept.len() > 24 {
        return None;
    }
    let (whole, part) = match kept.rfind(['.', ',']) {
        // The last sign parts the rupiah from their hundredths when one or two digits follow, or when
        // there are signs of both kinds.
        Some(at) => {
            let (head, tail) = (&kept[..at], &kept[at + 1..]);
            let other = if kept[at..].starts_with('.') { ',' } else { '.' };
            if tail.len() <= 2 || head.contains(other) { (head, tail) } else { (kept, "") }
        }
        None => (kept, ""),
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let whole: i64 = digits(whole).parse().ok()?;
    let up = part.starts_with(['5', '6', '7', '8', '9']);
    let sum = whole.checked_add(i64::from(up))?;
    (sum < 1_000_000_000_000_000).then(|| Money::rupiah(if negative { -sum } else { sum }))
}

const MONTHS: [(&str, i8); 20] = [
    ("jan", 1),
    ("feb", 2),
    ("peb", 2),
    ("mar", 3),
    ("apr", 4),
    ("may", 5),
    ("mei", 5),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("agu", 8),
    ("ags", 8),
    ("agt", 8),
    ("sep", 9),
    ("oct", 10),
    ("okt", 10),
    ("nov", 11),
    ("nop", 11),
    ("dec", 12),
    ("des", 12),
];

/// A day as banks write it: `30/11/2026`, `30-11-26`, `2026-11-30`, `30 Nov 2026`, `30/11` with the
/// statement's year; also with a time after it.
pub fn day(text: &str, year: Option<i16>) -> Option<Day> {
    let text = text.trim().trim_start_matches('\'');
    let parts: Vec<&str> =
        text.split(['/', '-', '.', ' ', 'T']).filter(|p| !p.is_empty()).collect();
    let number = |part: &str| -> Option<i16> {
        if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    let small = |part: &str| number(part).and_then(|n| i8::try_from(n).ok());
    let month = |part: &str| {
        let name = part.to_lowercase();
        let head = name.get(..3)?;
        MONTHS.iter().find(|(m, _)| *m == head).map(|(_, n)| *n)
    };
    let full = |text: &str| number(text).map(|y| if text.len() <= 2 { 2000 + y } else { y });
    let of = |y: i16, m: i8, d: i8| Day::ymd(y, m, d).filter(|_| (2000..=2100).contains(&y));
    match parts.as_slice() {
        [y, m, d, ..] if y.len() == 4 && number(y).is_some() => {
            of(number(y)?, small(m).or_else(|| month(m))?, small(d)?)
        }
        [d, m, y, ..] if matches!(y.len(), 2 | 4) && full(y).is_some() && !y.contains(':') => {
            of(full(y)?, small(m).or_else(|| month(m))?, small(d)?)
        }
        [d, m, ..] => of(year?, small(m).or_else(|| month(m))?, small(d)?),
        _ => None,
    }
}

/// What a column's name says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Date,
    Text,
    Amount,
    Sign,
    Credit,
    Debit,
    Reference,
}

fn meaning(name: &str) -> Option<Meaning> {
    Some(match plain(name).as_str() {
        "tanggal" | "tgl" | "date" | "tanggaltransaksi" | "tgltransaksi" | "tgltran"
        | "postingdate" | "postdate" | "transactiondate" | "tanggalwaktu" | "datetime"
        | "tglbuku" => Meaning::Date,
        "keterangan"
        | "uraian"
        | "uraiantransaksi"
        | "description"
        | "deskripsi"
        | "remark"
        | "remarks"
        | "berita"
        | "transactiondescription"
        | "details"
        | "desktran"
        | "keterangantambahan" => Meaning::Text,
        "jumlah" | "amount" | "nominal" | "mutasi" | "nilai" | "nilaitransaksi" => Meaning::Amount,
        "dbcr" | "crdb" | "dk" | "dc" | "tipe" | "type" | "jenis" | "dbkr" | "debitkredit"
        | "glsign" => Meaning::Sign,
        "kredit" | "credit" | "mutasikredit" | "cr" | "deposit" | "masuk" | "uangmasuk" => {
            Meaning::Credit
        }
        "debit" | "debet" | "mutasidebet" | "mutasidebit" | "db" | "withdrawal" | "keluar"
        | "uangkeluar" => Meaning::Debit,
        "referensi" | "reference" | "referenceno" | "noreferensi" | "noref" | "refno"
        | "nobukti" => Meaning::Reference,
        _ => return None,
    })
}

/// What the columns probably are: the first row that names a date and an amount.
pub fn guess(rows: &[Vec<String>], year: i16) -> Option<Columns> {
    for (header, row) in rows.iter().enumerate().take(40) {
        let found: Vec<(usize, Meaning)> =
            row.iter().enumerate().filter_map(|(at, name)| Some((at, meaning(name)?))).collect();
        let first = |what: Meaning| found.iter().find(|(_, m)| *m == what).map(|(at, _)| *at);
        let Some(date) = first(Meaning::Date) else { continue };
        let text: Vec<usize> =
            found.iter().filter(|(_, m)| *m == Meaning::Text).map(|(at, _)| *at).collect();
        let (amount, credit) = (first(Meaning::Amount), first(Meaning::Credit));
        if text.is_empty() || (amount.is_none() && credit.is_none()) {
            continue;
        }
        let amount = if credit.is_some() { None } else { amount };
        let data = rows.get(header + 1..).unwrap_or_default();
        return Some(Columns {
            header,
            date,
            text,
            amount,
            sign: amount.and(first(Meaning::Sign).or_else(|| marks(data))),
            credit,
            debit: credit.and(first(Meaning::Debit)),
            reference: first(Meaning::Reference),
            year: Some(year),
        });
    }
    None
}

/// The column whose every cell says in or out, though nothing names it.
fn marks(data: &[Vec<String>]) -> Option<usize> {
    let width = data.iter().map(Vec::len).max().unwrap_or(0);
    (0..width).find(|at| {
        let cells = || data.iter().filter_map(|row| row.get(*at)).filter(|cell| !cell.is_empty());
        cells().next().is_some() && cells().all(|cell| is_out(cell).is_some())
    })
}

#[cfg(test)]
mod tests;

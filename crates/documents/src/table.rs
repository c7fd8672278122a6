//! The cells of tables that are written as XLSX or CSV.

use kernel::{Day, Fault, Money, Result, Ts, Zone};

/// One cell of a table that is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Int(i64),
    Real(f64),
    /// Raw whole rupiah, so that spreadsheets can add.
    Money(Money),
    Day(Day),
    /// An instant. XLSX shows local time of the zone, CSV RFC 3339 in UTC.
    At(Ts, Zone),
    Bool(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}
impl From<bool> for Cell {
    fn from(fact: bool) -> Self {
        Self::Bool(fact)
    }
}
impl From<Money> for Cell {
    fn from(amount: Money) -> Self {
        Self::Money(amount)
    }
}
impl From<Day> for Cell {
    fn from(day: Day) -> Self {
        Self::Day(day)
    }
}
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Every row must have one cell a column: a shifted column in an export is worse than none.
pub(crate) fn must_fit(header: &[&str], row: &[Cell]) -> Result<()> {
    if header.len() == row.len() {
        return Ok(());
    }
    let (columns, cells) = (header.len(), row.len());
    Err(Fault::bug(format!("a table of {columns} columns got a row of {cells} cells")))
}

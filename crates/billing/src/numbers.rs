//! Document numbers: gapless per document and month, given at issue.

use kernel::{Day, Result};
use store::Tx;

/// A numbered document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    Invoice,
    CreditNote,
    /// Kuitansi.
    Receipt,
    /// A cashier's drawer.
    Drawer,
    /// Setoran.
    Handover,
}

impl Document {
    /// What the number starts with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Invoice => "INV",
            Self::CreditNote => "NK",
            Self::Receipt => "KW",
            Self::Drawer => "KAS",
            Self::Handover => "STR",
        }
    }
}

/// The series of a document in the month of `on`: `INV/2026-12`.
pub fn series(document: Document, on: Day) -> String {
    format!("{}/{:04}-{:02}", document.prefix(), on.year(), on.month())
}

/// As printed: `INV/2026/12/000123`.
pub fn text(document: Document, on: Day, seq: i64) -> String {
    format!("{}/{:04}/{:02}/{seq:06}", document.prefix(), on.year(), on.month())
}

/// Takes `count` numbers of the document's series; answers the series and the first number.
pub(crate) async fn take(
    tx: &mut Tx,
    document: Document,
    on: Day,
    count: usize,
) -> Result<(String, i64)> {
    let series = series(document, on);
    let first = tx.next_numbers(&series, i64::try_from(count).unwrap_or(i64::MAX)).await?;
    Ok((series, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_its_document_and_month() {
        let on: Day = "2026-12-01".parse().unwrap();
        assert_eq!(text(Document::Invoice, on, 123), "INV/2026/12/000123");
        assert_eq!(series(Document::CreditNote, on), "NK/2026-12");
        assert_eq!(text(Document::Receipt, on, 1_234_567), "KW/2026/12/1234567");
    }
}

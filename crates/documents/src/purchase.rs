//! The purchase order that a supplier gets: A4, or A5.

use kernel::{Day, Fault, Lang, Money, Result};
use serde_json::{Value, json};

use crate::paper::{Issuer, day, in_words, issuer_json, money, must_hold_something};
use crate::press::{Template, print};

/// What an order is printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetSize {
    A4,
    A5,
}

/// An order to a supplier.
#[derive(Clone, Debug)]
pub struct PurchasePaper {
    pub issuer: Issuer,
    /// `PO/2026/11/0001`.
    pub number: String,
    pub written_on: Day,
    pub supplier: String,
    /// Whom to ask for.
    pub supplier_contact: Option<String>,
    pub supplier_phone: Option<String>,
    /// May hold line breaks.
    pub supplier_address: Option<String>,
    /// The warehouse, and where it is.
    pub deliver_to: String,
    pub expected_on: Option<Day>,
    pub lines: Vec<PurchaseLine>,
    /// Of all lines.
    pub total: Money,
    /// May hold line breaks.
    pub note: Option<String>,
    pub written_by: String,
    pub approved_by: Option<String>,
    /// Otherwise the paper says that it is no order yet.
    pub is_approved: bool,
    pub is_cancelled: bool,
}

/// What is ordered.
#[derive(Clone, Debug)]
pub struct PurchaseLine {
    pub code: String,
    pub name: String,
    /// `pcs`, `m`.
    pub unit: String,
    pub quantity: i64,
    /// For one unit.
    pub price: Money,
    pub amount: Money,
}

/// The order as PDF.
///
/// # Errors
/// `documents.empty` without lines; `documents.logo`; a bug when the lines do not add up to the total.
pub fn purchase_pdf(paper: &PurchasePaper, size: SheetSize, lang: Lang) -> Result<Vec<u8>> {
    must_hold_something(&paper.lines)?;
    let sum: Money = paper.lines.iter().map(|line| line.amount).sum();
    let whole = paper.lines.iter().all(|line| line.price.times(line.quantity) == line.amount);
    if sum != paper.total || !whole {
        return Err(Fault::bug(format!("purchase order {} does not add up", paper.number)));
    }
    print(Template::Purchase, &values(paper, size, lang), paper.issuer.logo.as_deref())
}

fn values(paper: &PurchasePaper, size: SheetSize, lang: Lang) -> Value {
    let stamp = match (paper.is_cancelled, paper.is_approved) {
        (true, _) => Some("order_cancelled"),
        (false, false) => Some("order_draft"),
        (false, true) => None,
    };
    json!({
        "lang": lang.code(),
        "paper": match size { SheetSize::A4 => "a4", SheetSize::A5 => "a5" },
        "issuer": issuer_json(&paper.issuer),
        "number": paper.number,
        "written_on": day(paper.written_on, lang),
        "supplier": {
            "name": paper.supplier,
            "contact": paper.supplier_contact,
            "phone": paper.supplier_phone,
            "address": paper.supplier_address,
        },
        "deliver_to": paper.deliver_to,
        "expected_on": paper.expected_on.map(|on| day(on, lang)),
        "lines": paper.lines.iter().map(|line| json!({
            "code": line.code,
            "name": line.name,
            "quantity": format!("{}\u{a0}{}", grouped(line.quantity, lang), line.unit),
            "price": money(line.price),
            "amount": money(line.amount),
        })).collect::<Vec<_>>(),
        "total": money(paper.total),
        "in_words": in_words(paper.total, lang),
        "note": paper.note,
        "written_by": paper.written_by,
        "approved_by": paper.approved_by,
        "stamp": stamp,
    })
}

/// `1.000` (`1,000` in English).
fn grouped(quantity: i64, lang: Lang) -> String {
    let mark = if lang == Lang::Id { '.' } else { ',' };
    let digits = quantity.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_grouped_as_the_language_does() {
        for (quantity, id, en) in [
            (7, "7", "7"),
            (999, "999", "999"),
            (1_000, "1.000", "1,000"),
            (1_234_567, "1.234.567", "1,234,567"),
        ] {
            assert_eq!(
                (grouped(quantity, Lang::Id), grouped(quantity, Lang::En)),
                (id.into(), en.into())
            );
        }
    }
}

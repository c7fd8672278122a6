//! Papers about cash: the closing of a drawer, the receipt for money that was handed over.

use kernel::{Lang, Money, Result};
use serde_json::{Value, json};

use crate::paper::{Issuer, in_words, issuer_json, money};
use crate::press::{Template, print};
use crate::receipt::Paper;

/// A list of amounts with who signs it. Every text is already in the paper's language.
#[derive(Clone, Debug)]
pub struct CashPaper {
    pub issuer: Issuer,
    /// `Penutupan kas`.
    pub title: String,
    /// `KAS/2026/12/000017`.
    pub number: String,
    pub facts: Vec<(String, String)>,
    /// Tables, each with its heading.
    pub tables: Vec<CashTable>,
    /// The last of them is printed heavily.
    pub sums: Vec<(String, Money)>,
    /// The amount that is written in words.
    pub in_words: Option<Money>,
    /// Who signs: the role, and the name where it is known.
    pub signers: Vec<(String, Option<String>)>,
    pub notes: Vec<String>,
}

/// Rows of one kind.
#[derive(Clone, Debug)]
pub struct CashTable {
    pub title: String,
    /// What it is, a detail, the amount.
    pub rows: Vec<(String, Option<String>, Money)>,
}

/// The paper as PDF, on the counter's roll or upright A5.
///
/// # Errors
/// `documents.logo`.
pub fn cash_pdf(paper: &CashPaper, on: Paper, lang: Lang) -> Result<Vec<u8>> {
    print(Template::Cash, &values(paper, on, lang), paper.issuer.logo.as_deref())
}

fn values(paper: &CashPaper, on: Paper, lang: Lang) -> Value {
    let tables = paper.tables.iter().filter(|table| !table.rows.is_empty()).map(|table| {
        let rows = table.rows.iter().map(|(what, detail, amount)| {
            json!({ "what": what, "detail": detail, "amount": money(*amount) })
        });
        json!({ "title": table.title, "rows": rows.collect::<Vec<_>>() })
    });
    json!({
        "lang": lang.code(),
        "paper": match on { Paper::Thermal58 => "thermal58", Paper::A5 => "a5" },
        "issuer": issuer_json(&paper.issuer),
        "title": paper.title,
        "number": paper.number,
        "facts": paper.facts,
        "tables": tables.collect::<Vec<_>>(),
        "sums": paper.sums.iter().map(|(what, sum)| json!([what, money(*sum)])).collect::<Vec<_>>(),
        "in_words": paper.in_words.map(|amount| in_words(amount, lang)),
        "signers": paper.signers,
        "notes": paper.notes,
    })
}

//! `sambung quote`: explains the amount for some days of one month, with the function that invoices use.

use std::path::Path;
use std::process::ExitCode;

use billing::rating::{Quote as Rated, quote};
use catalog::{TaxMode, TaxRule};
use clap::{Args, ValueEnum};
use kernel::{Day, Fault, Lang, Money, Result};
use serde_json::json;
use store::{Db, Options};

use super::{Session, lang};

#[derive(Args)]
pub(super) struct Quote {
    /// The price of a whole month, in rupiah: 250000, 250.000 or Rp250.000.
    #[arg(long, allow_hyphen_values = true)]
    price: String,
    /// Whether the price holds the PPN.
    #[arg(long, value_enum, default_value = "exclusive")]
    tax: Tax,
    /// First day of use: 2026-11-10.
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Last day of use, counted too; in the same month.
    #[arg(long, value_name = "DATE")]
    to: String,
    /// As JSON: base, tax, total, lines.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tax {
    Exclusive,
    Inclusive,
    None,
}

impl Quote {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let price = Money::parse(&self.price).ok_or_else(|| {
            Fault::field("--price", "format", "bukan jumlah rupiah", "is not an amount in rupiah")
        })?;
        let (from, to) = (day("--from", &self.from)?, day("--to", &self.to)?);
        let mode = match self.tax {
            Tax::Exclusive => TaxMode::Exclusive,
            Tax::Inclusive => TaxMode::Inclusive,
            Tax::None => TaxMode::None,
        };
        let rule = rule_at(&session, to).await?;
        let rated = quote(price, mode, rule.as_ref(), from, to).map_err(by_option)?;
        if self.json {
            println!("{}", as_json(&rated));
        } else {
            say(&rated);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn day(option: &str, text: &str) -> Result<Day> {
    text.parse().map_err(|_| {
        Fault::field(option, "format", "bukan tanggal (2026-11-10)", "is not a day (2026-11-10)")
    })
}

/// The fields of a refusal as the options that people typed.
fn by_option(mut fault: Fault) -> Fault {
    for field in &mut fault.fields {
        field.name = format!("--{}", field.name);
    }
    fault
}

/// The ISP's own tax rule of that day, where there is a database with one; else Indonesia's.
async fn rule_at(session: &Session, on: Day) -> Result<Option<TaxRule>> {
    let url = session.config.database_url();
    let file = url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    if file.is_some_and(|path| !Path::new(path).exists()) {
        return Ok(Some(indonesian()));
    }
    let db = Db::open(&Options { readers: 1, ..Options::new(url) }).await?;
    let catalog = catalog::current(&mut db.reader()).await;
    db.close().await;
    let catalog = catalog?;
    if catalog.taxes.is_empty() { Ok(Some(indonesian())) } else { Ok(catalog.tax_at(on).cloned()) }
}

/// The rule since 1 January 2025: 12 % on 11/12 of the price (PMK 131/2024).
fn indonesian() -> TaxRule {
    TaxRule {
        from_on: Day::ymd_clamped(2025, 1, 1),
        code: "PPN12-DPP1112".to_owned(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    }
}

fn as_json(rated: &Rated) -> serde_json::Value {
    let lines: Vec<serde_json::Value> = rated
        .lines
        .iter()
        .map(|line| {
            json!({ "text": line.text(lang()), "price": line.price, "days": line.days,
                "of_days": line.of_days, "base": line.base, "tax": line.tax, "total": line.total() })
        })
        .collect();
    json!({ "base": rated.base, "tax": rated.tax, "total": rated.total, "lines": lines })
}

fn say(rated: &Rated) {
    let (base, total) = match lang() {
        Lang::Id => ("Dasar", "Total"),
        Lang::En => ("Base", "Total"),
    };
    for line in &rated.lines {
        println!("{}", line.text(lang()));
    }
    println!("{base:<6} {}", rated.base);
    println!("{:<6} {}", "PPN", rated.tax);
    println!("{total:<6} {}", rated.total);
}

//! `sambung bill`: the billing run of a day, or its preview.

use std::process::ExitCode;

use billing::issue::{self, RunPreview, RunReport};
use clap::Args;
use kernel::{Cause, Clock, Day, Fault, Lang, Result, Ts, Zone};
use serde_json::{Value, json};
use store::Db;

use super::{Session, lang};
use crate::wiring;

#[derive(Args)]
pub(super) struct Bill {
    /// The day to bill for: 2026-12-01; without it today. A later day can only be previewed.
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
    /// Only say what the run would do.
    #[arg(long)]
    preview: bool,
    /// As JSON. The hash of a preview is that of the run that does exactly this.
    #[arg(long)]
    json: bool,
}

impl Bill {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        let done = self.on(&db, clock.as_ref()).await;
        db.close().await;
        let (said, is_fine) = done?;
        if self.json {
            println!("{said}");
        } else {
            say(&said);
        }
        Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn on(&self, db: &Db, clock: &dyn Clock) -> Result<(Value, bool)> {
        let now = clock.now();
        let today = today(db, now).await?;
        let day = match &self.day {
            Some(text) => text.parse().map_err(|_| {
                Fault::field(
                    "--day",
                    "format",
                    "bukan tanggal (2026-12-01)",
                    "is not a day (2026-12-01)",
                )
            })?,
            None => today,
        };
        if self.preview {
            let preview = issue::preview(&mut db.reader(), now, day).await?;
            return Ok((previewed(&preview), true));
        }
        if day > today {
            return Err(Fault::field(
                "--day",
                "billing.day_ahead",
                "belum tiba; pakai --preview untuk melihat yang akan terbit",
                "has not come yet; use --preview to see what will be issued",
            ));
        }
        let report = issue::run(db, clock, &Cause::system(now, "command_line"), day).await?;
        let is_fine = report.failed.is_empty();
        Ok((ran(&report), is_fine))
    }
}

/// The day that has begun in every branch.
async fn today(db: &Db, now: Ts) -> Result<Day> {
    let catalog = catalog::current(&mut db.reader()).await?;
    let first = catalog.branches.values().map(|b| now.day(b.zone)).min();
    Ok(first.unwrap_or_else(|| now.day(Zone::Jakarta)))
}

fn previewed(p: &RunPreview) -> Value {
    json!({
        "day": p.day, "preview": true, "subscriptions": p.subscriptions, "invoices": p.invoices,
        "credit_notes": p.credit_notes, "base": p.base, "tax": p.tax, "total": p.total, "hash": p.hash,
    })
}

fn ran(r: &RunReport) -> Value {
    let failed: Vec<Value> = r
        .failed
        .iter()
        .map(|(id, fault)| {
            json!({ "subscription": id, "code": fault.code, "id": fault.id, "en": fault.en })
        })
        .collect();
    json!({
        "day": r.day, "preview": false, "run": r.run, "subscriptions": r.subscriptions,
        "invoices": r.invoices, "credit_notes": r.credit_notes, "total": r.total, "hash": r.hash,
        "failed": failed,
    })
}

/// The same for people.
fn say(said: &Value) {
    let is_id = lang() == Lang::Id;
    let words = [
        ("day", "tanggal", "day"),
        ("subscriptions", "langganan", "subscriptions"),
        ("invoices", "tagihan", "invoices"),
        ("credit_notes", "nota kredit", "credit notes"),
        ("total", "jumlah", "total"),
        ("hash", "sidik", "hash"),
    ];
    for (key, id, en) in words {
        let value = match &said[key] {
            Value::String(text) => text.clone(),
            Value::Number(n) if key == "total" => {
                kernel::Money::rupiah(n.as_i64().unwrap_or(0)).to_string()
            }
            other => other.to_string(),
        };
        println!("{:<14} {value}", if is_id { id } else { en });
    }
    for refused in said["failed"].as_array().into_iter().flatten() {
        let why = &refused[if is_id { "id" } else { "en" }];
        println!("{}: {}", refused["subscription"], why);
    }
}

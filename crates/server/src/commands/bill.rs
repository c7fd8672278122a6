//! `sambung bill`: the billing run of a day, or its preview.

use std::process::ExitCode;

use clap::Args;
use kernel::{Cause, Day, Fault, Result};
use serde_json::json;

use super::Session;
use crate::wiring;

#[derive(Args)]
pub(super) struct Bill {
    /// The day to bill for; today when left out.
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
    /// Only say what the run would do.
    #[arg(long)]
    preview: bool,
    #[arg(long)]
    json: bool,
}

impl Bill {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        let now = clock.now();
        let day: Day = match &self.day {
            Some(text) => text.parse().map_err(|_| {
                Fault::field("--day", "format", "bukan tanggal", "is not a day (2026-12-01)")
            })?,
            None => {
                let catalog = catalog::current(&mut db.reader()).await?;
                let first = catalog.branches.values().map(|b| now.day(b.zone)).min();
                first.unwrap_or_else(|| now.day(kernel::Zone::Jakarta))
            }
        };
        let said = if self.preview {
            let p = billing::issue::preview(&mut db.reader(), day).await?;
            json!({ "day": day, "preview": true, "subscriptions": p.subscriptions,
                "invoices": p.invoices, "credit_notes": p.credit_notes, "total": p.total, "hash": p.hash })
        } else {
            let r = billing::issue::run(&db, &Cause::system(now, "bill"), day).await?;
            let failed: Vec<String> =
                r.failed.iter().map(|(id, fault)| format!("{id}: {}", fault.en)).collect();
            json!({ "day": day, "preview": false, "subscriptions": r.subscriptions,
                "invoices": r.invoices, "credit_notes": r.credit_notes, "total": r.total,
                "hash": r.hash, "failed": failed })
        };
        db.close().await;
        if self.json {
            println!("{said}");
        } else {
            for (key, value) in said.as_object().into_iter().flatten() {
                println!("{key:<14} {value}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

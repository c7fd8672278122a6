//! `sambung import`: brings customers, plans, accounts, items and balances from a CSV or XLSX file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flows::import::{self, Kind, Report, Sheet, SheetRow, Unreadable};
use kernel::{Cause, Fault, Lang, Result};

use super::{Session, lang};
use crate::wiring;

#[derive(Args)]
pub(super) struct Import {
    /// What the file brings: plans, customers, accounts, items or balances, in this order.
    kind: String,
    /// A CSV or XLSX file with a header row.
    file: PathBuf,
    /// Only say what would be created, changed, skipped and refused.
    #[arg(long)]
    dry_run: bool,
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let kind = Kind::parse(&self.kind).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|k| k.as_str()).collect();
            Fault::field(
                "KIND",
                "choice",
                format!("harus salah satu dari {}", known.join(", ")),
                format!("must be one of {}", known.join(", ")),
            )
        })?;
        let sheet = self.read()?;
        let Session { config, clock } = session;
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        let now = clock.now();
        let report = if self.dry_run {
            import::dry_run(&mut db.reader(), now, kind, &sheet).await?
        } else {
            import::run(&db, &Cause::system(now, "import"), kind, &sheet).await?
        };
        db.close().await;
        let is_fine = report.refused == 0;
        if self.json {
            let text = serde_json::to_string(&report).map_err(|e| Fault::bug(e.to_string()))?;
            println!("{text}");
        } else {
            say(&report);
        }
        Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn read(&self) -> Result<Sheet> {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(&self.file).map_err(|e| {
            Fault::invalid(
                "import.file",
                format!("{} tidak terbaca: {e}", self.file.display()),
                format!("{} can't be read: {e}", self.file.display()),
            )
        })?;
        let table = documents::read::read_table(&bytes, &name)?;
        let columns: Vec<String> = table.header.names().to_vec();
        let row = |row: &documents::read::Row| SheetRow {
            number: row.number,
            cells: columns.iter().map(|c| row.get(c).unwrap_or_default().to_owned()).collect(),
        };
        Ok(Sheet {
            file: name,
            rows: table.rows.iter().map(row).collect(),
            unreadable: table
                .bad
                .iter()
                .map(|bad| Unreadable {
                    number: bad.number,
                    id: bad.id.clone(),
                    en: bad.en.clone(),
                })
                .collect(),
            columns,
        })
    }
}

fn say(report: &Report) {
    let is_id = lang() == Lang::Id;
    for problem in &report.problems {
        let why = if is_id { &problem.id } else { &problem.en };
        println!("row {} {}: {why}", problem.row, problem.column);
    }
    for column in &report.unused_columns {
        println!("column {column} is not used");
    }
    println!(
        "{} rows: {} created, {} changed, {} skipped, {} refused",
        report.rows, report.created, report.changed, report.skipped, report.refused
    );
    match (report.dry_run, report.applied) {
        (true, _) => println!("dry run: nothing was written"),
        (false, true) => println!("imported"),
        (false, false) => println!("nothing was imported: correct the rows above and run it again"),
    }
    if report.switches_off {
        println!(
            "messages and isolation are switched off until you switch them on (Settings → Policy)"
        );
    }
}

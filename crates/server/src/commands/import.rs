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
    /// What the file brings. Import in this order: each refers to those before it.
    #[arg(value_parser = ["plans", "customers", "accounts", "items", "balances"])]
    kind: String,
    /// A CSV or XLSX file with a header row.
    file: PathBuf,
    /// Only say what would be created, changed, skipped and refused.
    #[arg(long)]
    dry_run: bool,
    /// The whole report as JSON, every row of it.
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
        let done = if self.dry_run {
            import::dry_run(&mut db.reader(), now, kind, &sheet).await
        } else {
            import::run(&db, &Cause::system(now, "import"), kind, &sheet).await
        };
        db.close().await;
        let report = done?;
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

/// What people need to know: every refused row with its reasons, every changed one, and the sums.
fn say(report: &Report) {
    let is_id = lang() == Lang::Id;
    let t = |id: &'static str, en: &'static str| if is_id { id } else { en };
    let row = t("baris", "row");
    for problem in &report.problems {
        let why = if is_id { &problem.id } else { &problem.en };
        let column = match problem.column.as_str() {
            "" => String::new(),
            column => format!(" {column}"),
        };
        println!("{row} {}{column}: {why}", problem.row);
    }
    for line in &report.lines {
        if let Some(note) = &line.note {
            let note = if is_id { &note.id } else { &note.en };
            println!("{row} {} ({}): {note}", line.row, line.external_id);
        }
    }
    for column in &report.unused_columns {
        println!("{} {column} {}", t("kolom", "column"), t("tidak dipakai", "is not used"));
    }
    println!(
        "{} {}: {} {}, {} {}, {} {}, {} {}",
        report.rows,
        t("baris", "rows"),
        report.created,
        t("baru", "created"),
        report.changed,
        t("diubah", "changed"),
        report.skipped,
        t("dilewati", "skipped"),
        report.refused,
        t("ditolak", "refused")
    );
    println!("{}", outcome(report, is_id));
    if report.switches_off {
        let (id, en) = if report.dry_run {
            (
                "Impor ini akan mematikan pesan dan isolir.",
                "This import will switch messages and isolation off.",
            )
        } else {
            ("Pesan dan isolir sekarang mati.", "Messages and isolation are off now.")
        };
        println!("{}", t(id, en));
    }
    for (on, what) in [(report.messages_on, "messages"), (report.isolation_on, "isolation")] {
        if !on {
            println!("{}: sambung switch {what} on", t("Untuk menyalakan", "To switch on"));
        }
    }
}

fn outcome(report: &Report, is_id: bool) -> &'static str {
    match (report.dry_run, report.applied, is_id) {
        (true, _, true) => "Uji coba: tidak ada yang ditulis.",
        (true, _, false) => "Dry run: nothing was written.",
        (false, true, true) => "Sudah diimpor.",
        (false, true, false) => "Imported.",
        (false, false, true) => "Tidak ada yang diimpor: perbaiki baris di atas, lalu ulangi.",
        (false, false, false) => "Nothing was imported: correct the rows above and run it again.",
    }
}

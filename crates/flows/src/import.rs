//! Import: plans, customers, accounts, items and opening balances from the tables of the system before.
//!
//! **Owns** the columns that are understood ([`columns`]), the check of every row, the report, and the
//! memory of what each external id brought, so that the same file again changes nothing.
//! **Never** stops at the first bad row, takes half a file, or lets anybody be messaged or isolated by
//! surprise: an ISP's first import switches both off ([`switches`]).
//!
//! A dry run and a run are one check of the whole file ([`dry_run`] asks a reader, [`run`] its own
//! transaction); a run writes only when no row is refused. Many rows are written at once where a room's
//! verb takes one: those bulk twins are in `write/`, one file a room, and are the only place in this crate
//! that writes rooms' tables.
//! **Enter here:** [`dry_run`], [`run`].

mod accounts;
mod accounts_change;
mod accounts_check;
mod accounts_write;
mod balances;
mod balances_write;
mod cells;
pub mod columns;
mod customers;
mod items;
mod known;
mod memory;
mod plans;
mod report;
mod sheet;
pub mod switches;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use catalog::Catalog;
use kernel::{BranchId, Cause, Day, Fault, Result, Ts};
use serde_json::json;
use store::{Db, Lock, Query, Tx};
use uuid::Uuid;

pub use report::{Line, Problem, Report, Say, Wanted};
pub use sheet::{Sheet, SheetRow, Unreadable};

use cells::Parsed;
use columns::Column;
use memory::Remembered;
use report::Findings;

store::words! {
    /// What a file brings. Import them in this order: each refers to those before it.
    pub enum Kind {
        Plans = "plans",
        Customers = "customers",
        Accounts = "accounts",
        Items = "items",
        Balances = "balances",
    }
}

impl Kind {
    /// The columns that are understood.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Plans => columns::PLANS,
            Self::Customers => columns::CUSTOMERS,
            Self::Accounts => columns::ACCOUNTS,
            Self::Items => columns::ITEMS,
            Self::Balances => columns::BALANCES,
        }
    }
    /// Brings people, who must not hear of it by surprise.
    const fn brings_people(self) -> bool {
        matches!(self, Self::Customers | Self::Accounts | Self::Balances)
    }
}

/// Rows of one file. One file is one transaction; more would hold everybody else up.
pub const ROWS_MAX: usize = 40_000;
/// Rows of one file that need a lock each, of which a database has a limited number: changes of accounts,
/// balances of customers with money on the other side, connections still to be installed.
const LOCKS_MAX: usize = 1_500;

/// What a check looks at besides the file.
struct Base {
    pub catalog: Arc<Catalog>,
    pub now: Ts,
}

impl Base {
    async fn load(q: &mut dyn Query, now: Ts) -> Result<Self> {
        Ok(Self { catalog: catalog::current(q).await?, now })
    }
    /// Today on the clocks of a branch.
    fn today(&self, branch: BranchId) -> Day {
        self.now.day(self.catalog.zone(branch))
    }
}

/// A row that passed its check, and what is to be done with it.
struct Step<T> {
    pub row: usize,
    pub external_id: String,
    pub wanted: Wanted,
    /// What the row says, to know it again. See [`memory`].
    pub print: String,
    pub note: Option<Say>,
    /// The record that is there already.
    pub subject: Option<Uuid>,
    /// What to write; nothing for a row that is skipped.
    pub data: Option<T>,
}

impl<T> Step<T> {
    /// A row that is left alone.
    fn skip<P>(row: Parsed<P>, subject: Option<Uuid>, note: Option<Say>) -> Self {
        let Parsed { row, external_id, print, .. } = row;
        Self { row, external_id, wanted: Wanted::Skip, print, note, subject, data: None }
    }
    /// What to remember of it, when it became the record `subject`.
    fn became(&self, subject: Uuid) -> Remembered {
        let (external_id, print) = (self.external_id.clone(), self.print.clone());
        Remembered { external_id, subject, print }
    }
}

/// Rows that say what they said at their last import are left alone without another look; answers the rest.
fn unchanged<T, P>(
    rows: Vec<Parsed<P>>,
    before: &HashMap<String, (Uuid, String)>,
    steps: &mut Vec<Step<T>>,
) -> Vec<Parsed<P>> {
    let mut rest = Vec::with_capacity(rows.len());
    for row in rows {
        match before.get(&row.external_id) {
            Some((subject, print)) if *print == row.print => {
                steps.push(Step::skip(row, Some(*subject), None));
            }
            _ => rest.push(row),
        }
    }
    rest
}

/// A checked file.
enum Batch {
    Plans(Vec<Step<plans::Plan>>),
    Customers(Vec<Step<customers::Customer>>),
    Accounts(Vec<Step<accounts::Account>>),
    Items(Vec<Step<items::Item>>),
    Balances(Vec<Step<balances::Balance>>),
}

impl Batch {
    fn lines(&self) -> Vec<Line> {
        match self {
            Self::Plans(steps) => lines(steps),
            Self::Customers(steps) => lines(steps),
            Self::Accounts(steps) => lines(steps),
            Self::Items(steps) => lines(steps),
            Self::Balances(steps) => lines(steps),
        }
    }
}

fn lines<T>(steps: &[Step<T>]) -> Vec<Line> {
    steps
        .iter()
        .map(|step| Line {
            row: step.row,
            external_id: step.external_id.clone(),
            wanted: step.wanted,
            note: step.note.clone(),
        })
        .collect()
}

/// Checks every row and says what a run would do. Writes nothing, locks nothing.
///
/// # Errors
/// `import.columns` when a needed column is missing or named twice; `import.too_many_rows`.
pub async fn dry_run(q: &mut dyn Query, now: Ts, kind: Kind, sheet: &Sheet) -> Result<Report> {
    let (batch, findings) = check(q, now, kind, sheet).await?;
    let off = kind.brings_people() && switches::is_first_import(q).await?;
    let policy = catalog::current(q).await?.isp_policy();
    let mut report = Report::of(kind, sheet, batch.lines(), findings);
    report.dry_run = true;
    report.switches_off = off && (policy.messages_on || policy.isolation_on);
    report.messages_on = policy.messages_on && !off;
    report.isolation_on = policy.isolation_on && !off;
    Ok(report)
}

/// Imports the whole file in one transaction, or, when a row is refused, nothing of it.
///
/// Run again with the same file it changes nothing: a row is known by its external id, and one that says
/// what it said before is left alone, whatever has become of the record since.
///
/// # Errors
/// As [`dry_run`]; whatever a room refuses, naming the row.
pub async fn run(db: &Db, cause: &Cause, kind: Kind, sheet: &Sheet) -> Result<Report> {
    let report = db.write(cause, async |tx: &mut Tx| batch(tx, kind, sheet).await).await?;
    if report.applied && kind == Kind::Balances && !report.messages_on {
        hush(db, cause.now).await?;
    }
    Ok(report)
}

async fn batch(tx: &mut Tx, kind: Kind, sheet: &Sheet) -> Result<Report> {
    tx.lock(Lock::Named("flows.import")).await?;
    let now = tx.now();
    let (batch, findings) = check(tx, now, kind, sheet).await?;
    let mut report = Report::of(kind, sheet, batch.lines(), findings);
    if report.refused == 0 {
        if kind.brings_people() && switches::is_first_import(tx).await? {
            report.switches_off = switches::all_off(tx).await?;
        }
        apply(tx, kind, batch).await?;
        report.applied = true;
        log(tx, &report).await?;
    }
    let policy = catalog::current(tx).await?.isp_policy();
    report.messages_on = policy.messages_on;
    report.isolation_on = policy.isolation_on;
    Ok(report)
}

async fn check(q: &mut dyn Query, now: Ts, kind: Kind, sheet: &Sheet) -> Result<(Batch, Findings)> {
    if sheet.rows.len() + sheet.unreadable.len() > ROWS_MAX {
        return Err(Fault::invalid(
            "import.too_many_rows",
            format!(
                "{} berisi lebih dari {ROWS_MAX} baris; pecah menjadi beberapa berkas.",
                sheet.file
            ),
            format!("{} has more than {ROWS_MAX} rows; split it into several files.", sheet.file),
        ));
    }
    let base = Base::load(q, now).await?;
    let mut findings = Findings::of(sheet);
    let batch = match kind {
        Kind::Plans => Batch::Plans(plans::check(q, &base, sheet, &mut findings).await?),
        Kind::Customers => {
            Batch::Customers(customers::check(q, &base, sheet, &mut findings).await?)
        }
        Kind::Accounts => {
            Batch::Accounts(accounts_check::check(q, &base, sheet, &mut findings).await?)
        }
        Kind::Items => Batch::Items(items::check(q, &base, sheet, &mut findings).await?),
        Kind::Balances => Batch::Balances(balances::check(q, &base, sheet, &mut findings).await?),
    };
    Ok((batch, findings))
}

async fn apply(tx: &mut Tx, kind: Kind, batch: Batch) -> Result<()> {
    let known: Vec<Remembered> = match batch {
        Batch::Plans(steps) => plans::apply(tx, steps).await?,
        Batch::Customers(steps) => customers::apply(tx, steps).await?,
        Batch::Accounts(steps) => accounts_write::apply(tx, steps).await?,
        Batch::Items(steps) => items::apply(tx, steps).await?,
        Batch::Balances(steps) => balances_write::apply(tx, steps).await?,
    };
    memory::remember(tx, kind, &known).await
}

/// One row an import, and one in the journal.
async fn log(tx: &mut Tx, report: &Report) -> Result<()> {
    let id: kernel::RunId = tx.new_id();
    let counts = json!({
        "kind": report.kind, "file": report.file, "created": report.created,
        "changed": report.changed, "skipped": report.skipped,
    });
    memory::log(tx, id, report).await?;
    tx.journal("import", id.uuid(), "imported", serde_json::Value::Null, counts).await
}

/// Opening balances issue papers, and papers are told to customers. While messages are off that is
/// settled now, so that switching them on tomorrow tells nobody of yesterday's import.
async fn hush(db: &Db, now: Ts) -> Result<()> {
    const AT_ONCE: i64 = 500;
    while crate::tasks::drain_outbox(db, now, AT_ONCE).await?.claimed > 0 {}
    Ok(())
}

/// A room's refusal, with the row that it is about.
fn at_row(row: usize, fault: Fault) -> Fault {
    let (id, en) = (format!("Baris {row}: {}", fault.id), format!("Row {row}: {}", fault.en));
    Fault { id, en, ..fault }
}

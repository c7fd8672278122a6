//! Database errors as faults.

use kernel::{Fault, FaultKind};

const UNIQUE: &str = "store.unique";
const UNAVAILABLE: &str = "store.unavailable";

/// Translates a database error. Unique violations are conflicts that a room may branch on with
/// [`is_unique`]; a database that is away is `Unavailable`; everything else is our own mistake.
pub fn fault(doing: &str, error: sqlx::Error) -> Fault {
    let mut fault = match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => same(),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => unavailable(),
        sqlx::Error::Database(db) if is_away(db.code().as_deref()) => unavailable(),
        _ => Fault::bug(format!("{doing}: {error}")),
    };
    if fault.kind != FaultKind::Bug {
        fault = fault.because(error);
    }
    fault
}

/// The same for SQLite.
pub(crate) fn lite_fault(doing: &str, error: rusqlite::Error) -> Fault {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DiskFull, SystemIoFailure};
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let Some(code) = error.sqlite_error() else { return Fault::bug(format!("{doing}: {error}")) };
    match (code.code, code.extended_code) {
        (_, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => same().because(error),
        (DatabaseBusy | DiskFull | SystemIoFailure | CannotOpen, _) => unavailable().because(error),
        _ => Fault::bug(format!("{doing}: {error}")),
    }
}

fn same() -> Fault {
    Fault::conflict(UNIQUE, "Data yang sama sudah ada.", "The same record already exists.")
}

/// Says that the database can't be reached now.
pub(crate) fn unavailable() -> Fault {
    Fault::unavailable(
        UNAVAILABLE,
        "Basis data sedang tidak bisa dihubungi. Tidak ada yang berubah; coba lagi sebentar lagi.",
        "The database can't be reached right now. Nothing was changed; try again shortly.",
    )
}

/// Classes 08 (connection), 57P (shutdown), 53 (resources) of PostgreSQL.
fn is_away(code: Option<&str>) -> bool {
    code.is_some_and(|c| c.starts_with("08") || c.starts_with("57P") || c.starts_with("53"))
}

/// Serialization failure or deadlock: the transaction may simply be run again.
pub(crate) fn is_retryable(fault: &Fault) -> bool {
    let Some(source) = fault.source.as_deref() else { return false };
    let text = source.to_string();
    text.contains("40001")
        || text.contains("40P01")
        || text.contains("deadlock detected")
        || text.contains("could not serialize")
}

pub fn is_unique(fault: &Fault) -> bool {
    fault.code == UNIQUE
}

pub fn is_unavailable(fault: &Fault) -> bool {
    fault.kind == FaultKind::Unavailable
}

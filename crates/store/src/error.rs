//! Database errors as faults.

use kernel::{Fault, FaultKind};

const UNIQUE: &str = "store.unique";
const UNAVAILABLE: &str = "store.unavailable";

/// Translates a database error. Unique violations are conflicts that a room may branch on with
/// [`is_unique`]; a database that is away is `Unavailable`; everything else is our own mistake.
pub fn fault(doing: &str, error: sqlx::Error) -> Fault {
    let mut fault = match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => {
            Fault::conflict(UNIQUE, "Data yang sama sudah ada.", "The same record already exists.")
        }
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

/// Says that the database can't be reached now.
pub(crate) fn unavailable() -> Fault {
    Fault::unavailable(
        UNAVAILABLE,
        "Basis data sedang tidak bisa dihubungi. Tidak ada yang berubah; coba lagi sebentar lagi.",
        "The database can't be reached right now. Nothing was changed; try again shortly.",
    )
}

/// Classes 08 (connection), 57P (shutdown), 53 (resources) of PostgreSQL; SQLite busy, disk full, IO.
fn is_away(code: Option<&str>) -> bool {
    code.is_some_and(|c| {
        c.starts_with("08") || c.starts_with("57P") || c.starts_with("53") || c == "5" || c == "13"
    })
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

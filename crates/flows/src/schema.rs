//! Every room's tables, in the order in which they are made.

use kernel::{Cause, Result, Ts};
use store::{Db, Migrations};

const OWN: Migrations = Migrations {
    room: "flows",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_top_up", include_str!("../migrations/002_top_up.sql")),
        ("003_import", include_str!("../migrations/003_import.sql")),
        ("004_sweep_held", include_str!("../migrations/004_sweep_held.sql")),
        ("006_top_up_charge", include_str!("../migrations/006_top_up_charge.sql")),
    ],
};

/// All migrations of the program.
pub fn schema() -> Vec<&'static Migrations> {
    vec![
        &catalog::MIGRATIONS,
        &identity::MIGRATIONS,
        &crm::MIGRATIONS,
        &billing::MIGRATIONS,
        &inventory::MIGRATIONS,
        &fulfilment::MIGRATIONS,
        &hr::MIGRATIONS,
        &network::MIGRATIONS,
        &partner::MIGRATIONS,
        &notification::MIGRATIONS,
        &bridge::MIGRATIONS,
        &OWN,
    ]
}

/// Brings the database up to date: all migrations, and what they left for the program to fill. Answers
/// how many steps were new.
///
/// # Errors
/// As [`store::migrate`]; or the database fails.
pub async fn migrate(db: &Db, now: Ts) -> Result<u64> {
    let steps = store::migrate(db, now, &schema()).await?;
    crm::word::fill(db, &Cause::system(now, "migrate")).await?;
    Ok(steps)
}

//! Every room's tables, in the order in which they are made.

use store::Migrations;

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
        &network::MIGRATIONS,
        &partner::MIGRATIONS,
        &notification::MIGRATIONS,
        &bridge::MIGRATIONS,
        &OWN,
    ]
}

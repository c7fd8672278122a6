//! HR: people's working life: who came to work, and what they earned beside the salary.
//!
//! **Owns** attendance: an append-only record of coming and going, with where the phone was, by its clock
//! and by ours; what an employer has to know of somebody; the rules of commission and incentive, what they
//! yielded, and the sums of the months that are over. **Never** refuses somebody's day for the sake of a map:
//! being outside is a flag for people to look at, never a block. Whose jobs and which office are near, the
//! caller says as [`fence::Fence`]s; what was sold and installed, as [`earning::Sold`] and
//! [`earning::Installed`]. Nothing earned is ever changed: what falls away is a row of its own.
//! **Enter here:** [`attendance::record`], [`fence::judge`], [`rule::add`], [`earning::sold`],
//! [`earning::installed`], [`earning::close`].

pub mod attendance;
pub mod earning;
pub mod fence;
pub mod person;
pub mod rule;
mod store;

/// This room's tables.
pub const MIGRATIONS: ::store::Migrations = ::store::Migrations {
    room: "hr",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_earning", include_str!("../migrations/002_earning.sql")),
    ],
};

//! HR: people's working life. For now: who came to work, and went.
//!
//! **Owns** attendance: an append-only record of coming and going, with where the phone was, by its clock
//! and by ours. **Never** refuses somebody's day for the sake of a map: being outside is a flag for people
//! to look at, never a block. Whose jobs and which office are near, the caller says as [`fence::Fence`]s.
//! **Enter here:** [`attendance::record`], [`fence::judge`].

pub mod attendance;
pub mod fence;
mod store;

/// This room's tables.
pub const MIGRATIONS: ::store::Migrations = ::store::Migrations {
    room: "hr",
    steps: &[("001_init", include_str!("../migrations/001_init.sql"))],
};

//! Stories across rooms, on real databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

mod commission;
mod day;
mod earnings;
mod editions;
mod engine_access;
mod field;
mod golden;
mod guests;
mod import;
mod invariants;
mod quota;
mod sweep;
mod tickets;
mod why;
mod world;

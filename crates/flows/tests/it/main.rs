//! Stories across rooms, on real databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

mod field;
mod import;
mod quota;
mod why;
mod world;

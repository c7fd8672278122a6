//! Fulfilment on both databases.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod evidence;
mod ops;
mod orders;
mod races;
mod tickets;
mod world;

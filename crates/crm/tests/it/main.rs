//! Sales on both databases.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod coverage;
mod customer;
mod lead;
mod word;
mod world;

//! The room's verbs on both databases.

#![expect(clippy::unwrap_used, reason = "a test may unwrap")]

mod access;
mod account;
mod editions;
mod enforce;
mod guest;
mod invariants;
mod nas;
mod session;
mod world;

//! Billing on both databases, through its verbs.
#![expect(clippy::unwrap_used, reason = "a test falls on the first surprise")]

mod world;

mod access;
mod again;
mod ahead;
mod bank;
mod books;
mod cash;
mod changes;
mod credits;
mod gateway;
mod golden;
mod guards;
mod lists;
mod money;
mod pauses;
mod races;
mod runs;
mod vouchers;

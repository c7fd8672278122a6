//! Billing on both databases, through its verbs.

mod world;

mod access;
mod ahead;
mod books;
mod changes;
mod credits;
mod gateway;
mod golden;
mod guards;
mod lists;
mod money;
mod races;
mod runs;
mod vouchers;

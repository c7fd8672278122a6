//! Read models: what one screen shows of several rooms at once.
//!
//! **Owns** read-only SQL that may join any rooms' tables, one file a view.
//! **Never** writes, never decides. Every view takes the reader's [`kernel::Scope`]: what lies outside
//! is not there.
//! **Enter here:** the view named like the screen.

pub mod accounts;
pub mod aging;
pub mod approvals;
pub mod attendance;
pub mod chain;
pub mod customers;
pub mod dashboard;
pub mod earnings;
pub mod enforcement;
pub mod figures;
pub(crate) mod fixture;
pub mod invoices;
pub mod items;
pub mod journal;
pub mod leads;
pub mod messages;
pub mod narrow;
pub mod nas;
pub mod online;
pub mod order;
pub mod papers;
pub mod payments;
mod people;
pub mod portal;
pub mod proof;
pub mod purchases;
mod reach;
pub mod rejects;
pub mod reseller;
pub mod runs;
pub mod search;
pub mod sessions;
pub mod staff;
pub mod statement;
mod subjects;
pub mod subscriptions;
pub mod sweeps;
pub mod tasks;
pub mod tickets;
pub mod timeline;
pub mod trail;
mod words;
pub mod work_orders;

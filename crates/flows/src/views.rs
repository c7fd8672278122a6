//! Read models: what one screen shows of several rooms at once.
//!
//! **Owns** read-only SQL that may join any rooms' tables, one file a view.
//! **Never** writes, never decides. Every view takes the reader's [`kernel::Scope`]: what lies outside
//! is not there.
//! **Enter here:** the view named like the screen.

pub mod chain;
pub mod customers;
pub mod items;
pub mod leads;
mod narrow;

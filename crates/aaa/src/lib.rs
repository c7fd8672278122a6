//! The RADIUS service: who may log in now, and what the NAS report.
//!
//! **Owns** the directory in memory, the answers to packets, the accounting spool and its application,
//! the memory of live sessions, the CoA and Disconnect sender, the UDP sockets.
//! **Never** decides who may be online (`flows::access` does, `network` stores it), never asks the
//! database while a customer waits at the door, never loses accounting that was answered, never lets a
//! guest in before the start of the voucher's clock is on disk.
//! **Enter here:** [`Engine::answer_into`], [`Directory`], [`spool::Spool`], [`apply::apply`],
//! [`coa::Sender`], [`serve::start`].

mod ahead;
pub mod apply;
pub mod cache;
pub mod coa;
pub mod counters;
pub mod directory;
pub mod door;
pub mod engine;
pub mod feed;
pub mod logins;
pub mod note;
pub mod record;
pub mod rest;
pub mod scribe;
pub mod serve;
pub mod spool;
pub mod supervise;
pub mod tally;
pub mod tries;
mod udp;

pub use directory::Directory;
pub use door::Door;
pub use engine::{Answer, Dropped, Engine, Outcome, Port, Settings, Ticket};
pub use spool::Spool;
pub use supervise::Pulse;

#[cfg(test)]
mod hotspot;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod strange;

//! The program as an operator runs it: real processes on real sockets, killed, doubled, cut off from
//! their database.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod isp;
mod mailbox;
mod nas;
mod postgres;
mod program;
#[path = "../../../connectors/tests/it/freeradius/rig.rs"]
#[allow(dead_code, reason = "the connector's tests use all of it")]
mod rig;

mod asks;
mod attach;
mod away;
mod imported;
mod killed;
mod many;
mod refused;
mod saved;

//! Connectors against real sockets on loopback.
#![expect(clippy::unwrap_used, reason = "a test may unwrap")]

mod freeradius;
mod simgateway;
mod smtp;

//! The API as a client sees it, on a real database, without sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

mod catalog;
mod commands;
mod documents;
mod idempotency;
mod identity;
mod matrix;
mod nonsense;
mod sockets;
mod web;

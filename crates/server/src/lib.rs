//! The program `sambung`: commands, the HTTP API, wiring, configuration.
//!
//! **Owns** how the rooms are put together and reached from outside.
//! **Never** holds a business rule.
//! **Enter here:** [`commands::run`]; [`http::router`] for the API.

pub mod after_mirror;
pub mod books;
pub mod commands;
pub mod config;
pub mod engines;
pub mod http;
pub mod listen;
pub mod memory;
pub mod outside;
pub mod rest;
pub mod runtime;
pub mod wiring;
pub mod worker;

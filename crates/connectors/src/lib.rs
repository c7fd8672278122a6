//! Connectors: the outside world behind the ports of the rooms. One file (pair) a vendor.
//!
//! **Owns** how each vendor is spoken to: wire formats, signatures, timeouts.
//! **Never** holds a business rule; knows rooms only by their ports.
//! **Enter here:** [`smtp::Smtp`] for `notification::Channel`.

pub mod smtp;

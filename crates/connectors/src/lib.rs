//! Connectors: the outside world behind the ports of the rooms. One file (pair) a vendor.
//!
//! **Owns** how each vendor is spoken to: wire formats, signatures, timeouts.
//! **Never** holds a business rule; knows rooms only by their ports. A notice is verified over its raw
//! bytes and fails closed without a key.
//! **Enter here:** [`smtp::Smtp`] for `notification::Channel`, [`simgateway::SimGateway`] for
//! `billing::gateway::PaymentGateway`.

pub mod erpnext;
pub mod inventree;
pub mod outbox;
pub mod simgateway;
pub mod smtp;

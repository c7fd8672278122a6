//! RADIUS on the wire: packets, attributes, signatures and passwords (RFC 2865, 2866, 2548, 2759,
//! 3579, 5176, 5997).
//!
//! **Owns** parsing and building of packets, the attribute dictionary, PAP, CHAP and MS-CHAP, the
//! signatures of requests and replies, CoA and Disconnect packets.
//! **Never** opens a socket, reads a clock, makes a random number or knows what an account is: bytes,
//! secrets, challenges and times come in as arguments. A packet from outside never causes a panic, and
//! answering one allocates nothing.
//! **Enter here:** [`Packet::parse`], [`AccessRequest::read`], [`AccountingRequest::read`],
//! [`Builder::reply`], [`dictionary::encode`], [`dynamic::change`].
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

pub mod access;
pub mod accounting;
pub mod build;
pub mod dictionary;
pub mod dynamic;
pub mod kind;
pub mod mppe;
pub mod mschap;
pub mod packet;
pub mod password;
pub mod secret;
pub mod sign;

pub use access::{AccessRequest, Credential};
pub use accounting::{AccountingRequest, Status};
pub use build::{Buffer, Builder, TooBig};
pub use packet::{Attribute, Code, Malformed, Packet};
pub use secret::Secret;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod vectors;

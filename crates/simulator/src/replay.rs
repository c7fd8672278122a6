//! Servers that behave as other people's programs were recorded to behave, over real HTTP on loopback.
//!
//! **Owns** their state, their lies and their faults. The connectors know nothing of it.
//! **Never** guesses: what was not recorded answers 501 and says so.

pub mod erpnext;
pub mod inventree;

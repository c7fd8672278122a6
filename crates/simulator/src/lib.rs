//! Simulator: the world around the ISP.
//!
//! **Owns** simulated routers, customers, technicians, a payment gateway and a bank, faults, and the
//! scheduler of virtual time.
//! **Never** reaches into a room's tables to make a story come true: it does what people and machines do.
//! **Enter here:** [`nas::SimNas`].

pub mod nas;

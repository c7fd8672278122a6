//! Simulator: the world around the ISP.
//!
//! **Owns** simulated routers, customers, technicians and a bank, faults, and the scheduler of virtual
//! time. The payment gateway is `connectors`' simulated one: the world presses its buttons, so that the
//! demo's gateway is the one that is proven here.
//! **Never** reaches into a room's tables to make a story come true: it does what people and machines do.
//! Only [`sabotage`] does, to prove that the checks can fail.
//! **Enter here:** [`World`], [`demo::seed`], [`nas::SimNas`].

pub mod checks;
pub mod demo;
pub mod desk;
pub mod dice;
pub mod faults;
pub mod map;
pub mod nas;
pub mod replay;
pub mod report;
pub mod sabotage;
pub mod street;
pub mod town;
pub mod world;

pub use report::Report;
pub use sabotage::Sabotage;
pub use world::{Setup, World};

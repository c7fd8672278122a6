//! Flows: where rooms meet. One file per business story, the one decision, reactions, views, invariants.
//!
//! **Owns** who may be online ([`decide`]), what follows from what happened, and the read models that
//! join rooms.
//! **Never** speaks to a network, a vendor or a person; never writes another room's tables by SQL
//! (but for an import's bulk twins of the rooms' verbs, all in `import/write/`).
//! **Enter here:** [`decide::decide`].

pub mod access;
pub mod activation;
pub mod adopt;
pub mod bank;
pub mod checkout;
pub mod commission;
pub mod compare;
pub mod control;
pub mod counter;
pub mod customers;
pub mod decide;
pub mod dispatch;
pub mod earnings;
pub mod facts;
pub mod field;
pub mod guard;
pub mod guests;
pub mod import;
pub mod inbox;
pub mod invariants;
pub mod messages;
pub mod mirror;
pub mod paylink;
pub mod paypage;
pub mod portal;
pub mod reactions;
pub mod register;
pub mod schema;
pub mod sellers;
pub mod site;
pub mod sweep;
pub mod tasks;
pub mod tickets;
pub mod top_up;
pub mod views;
pub mod wallet;
pub mod why;

pub use reactions::wire;
pub use schema::schema;

//! Bridge: what our records are called in the engines that are attached, what they have to be told, what
//! they told us, and where the two sides differ.
//!
//! **Owns** links, marks, the inbox of raw notices, findings, policies per field, the engines' settings
//! (sealed) and health, and the ports [`access::AccessSystem`] and its siblings.
//! **Never** speaks to a network and never decides what a difference means for a record: `flows::mirror`,
//! `flows::adopt` and `flows::compare` do, `connectors` translate.
//! **Enter here:** [`mark`], [`link`], [`finding`].

pub mod access;
pub mod accounting;
pub mod asset;
pub mod breaker;
pub mod engine;
pub mod finding;
pub mod inbox;
mod kind;
pub mod link;
pub mod mark;
pub mod paper;
pub mod policy;

pub use finding::{Finding, FindingId, FindingState, Settle, Verdict};
pub use kind::{Engine, Subject};
pub use link::Link;
pub use mark::Claim;
pub use policy::Choice;

/// The future of a port's method.
pub type Doing<'a, T> = store::BoxFuture<'a, kernel::Result<T>>;

/// The room's tables.
pub const MIGRATIONS: store::Migrations = store::Migrations {
    room: "bridge",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_paper", include_str!("../migrations/002_paper.sql")),
        ("003_proof_and_rate", include_str!("../migrations/003_proof_and_rate.sql")),
    ],
};

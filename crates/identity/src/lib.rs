//! Identity: who may log in, how they prove it, and what they may do.
//!
//! **Owns** users, roles and the permission matrix, login sessions, API tokens, one-time codes and
//! the limits on guessing.
//! **Never** keeps a password, session token or API token in the clear, answers differently for an
//! unknown user than for a wrong password, or decides what one operation needs (the table of
//! operations in `server` does).
//! **Enter here:** [`matrix::permissions`], [`user::create`], [`login::log_in`],
//! [`login::actor_of_session`], [`token::actor_of_token`]; for customers [`portal`].

pub mod actor;
pub mod login;
pub mod matrix;
pub mod password;
pub mod portal;
pub mod secret;
pub mod setting;
mod store;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod user;

pub use login::actor_of_session;
pub use matrix::Role;
pub use user::{NewUser, User, staff_who_may, technicians};

/// The room's tables.
pub const MIGRATIONS: ::store::Migrations = ::store::Migrations {
    room: "identity",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_portal", include_str!("../migrations/002_portal.sql")),
    ],
};

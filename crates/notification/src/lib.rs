//! Notification: what customers, staff and partners are told, by which channel, and what became of it.
//!
//! **Owns** templates in both languages, the message queue with its attempts, opt-outs, quiet hours.
//! **Never** decides that something happened (flows does, from events) and never speaks to a vendor
//! (connectors do, behind [`Channel`]).
//! **Enter here:** [`queue`], [`deliver::activate`], [`outbox`], [`text`].

pub mod channel;
pub mod deliver;
mod message;
pub mod outbox;
mod queue;
pub mod quiet;
pub mod reassign;
pub mod template;
pub mod text;

pub use channel::{Channel, ChannelKind, Offered, Outgoing, RemoteError, Sent};
pub use message::{MessageState, MessageView};
pub use queue::{NewMessage, opt_in, opt_out, opted_out, queue, queue_many};
pub use template::{ShowsCodes, Template, without_codes};

pub const MIGRATIONS: store::Migrations = store::Migrations {
    room: "notification",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_text", include_str!("../migrations/002_text.sql")),
    ],
};

//! Network: who may log in, with what access, from which device, and what the NAS told us.
//!
//! **Owns** accounts (user name, password, MAC lock), desired and enforced access with its history, guests
//! (a voucher's code as a login), NAS, sessions, usage per day, quotas, explained rejects, and the port [`NasControl`].
//! **Never** decides who may be online: `flows::access` decides and calls [`access::intend`]. Never speaks
//! RADIUS: `aaa` does. Passwords and NAS secrets are sealed at rest ([`seal`]) and never in a log, an
//! answer or the journal.
//! **Enter here:** [`account`], [`access`], [`guest`], [`session`], [`directory`].

pub mod access;
pub mod account;
pub mod accounting;
pub mod control;
pub mod desired;
pub mod directory;
pub mod enforce;
pub mod feed;
pub mod guest;
pub mod invariants;
pub mod mac;
pub mod nas;
pub mod password;
pub mod quota;
pub mod reject;
pub mod reply;
pub mod session;
mod sql;
pub mod tally;
pub mod usage;
pub mod username;
pub mod words;

pub use accounting::{AccountingRecord, RecordKind};
pub use control::{AccessView, LiveSession, NasAnswer, NasControl};
pub use desired::{Desired, DesiredKind, Why};
pub use mac::Mac;
pub use reply::{ReplyProfile, VendorAttribute};
pub use store::{Sealer, Secret, seal, secret};
pub use words::{
    AccountKind, AccountState, MacPolicy, MessageAuthenticator, RejectReason, SessionState, Vendor,
};

/// The room's tables.
pub const MIGRATIONS: store::Migrations = store::Migrations {
    room: "network",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_quota", include_str!("../migrations/002_quota.sql")),
        ("003_feed", include_str!("../migrations/003_feed.sql")),
        ("004_profile_revision", include_str!("../migrations/004_profile_revision.sql")),
        ("005_nas_tally", include_str!("../migrations/005_nas_tally.sql")),
        ("006_customer", include_str!("../migrations/006_customer.sql")),
        ("007_search", include_str!("../migrations/007_search.sql")),
        ("008_guest", include_str!("../migrations/008_guest.sql")),
        ("009_sort", include_str!("../migrations/009_sort.sql")),
        ("010_unread_indexes", include_str!("../migrations/010_unread_indexes.sql")),
    ],
};

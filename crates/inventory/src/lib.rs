//! Inventory: where every device is, who had it, and what is counted by the metre.
//!
//! **Owns** item types, locations, serialized items with their append-only moves, counted stock, stock counts,
//! suppliers and purchase orders.
//! **Never** knows a customer's bill or a RADIUS account; a site is known by its subscription's id.
//! One item is in exactly one place: the one its last move says.
//! **Enter here:** [`receive::receive`], [`transfer::transfer`], [`site::install`], [`find::by_serial`],
//! [`purchase::create`].

pub mod bulk;
pub mod count;
pub mod find;
pub mod invariants;
pub mod item;
pub mod location;
pub(crate) mod moves;
pub mod purchase;
pub mod receive;
pub mod site;
pub mod state;
pub mod supplier;
pub mod transfer;

pub use item::{Item, ItemType, Move, Owner};
pub use location::{Location, LocationKind};
pub use state::{How, ItemState};

pub const MIGRATIONS: store::Migrations = store::Migrations {
    room: "inventory",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_count", include_str!("../migrations/002_count.sql")),
        ("003_search", include_str!("../migrations/003_search.sql")),
        ("004_sort", include_str!("../migrations/004_sort.sql")),
        ("005_purchase", include_str!("../migrations/005_purchase.sql")),
    ],
};

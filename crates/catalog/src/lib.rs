//! Catalogue: what is sold, by whom, under which rules. Read-mostly reference for every room.
//!
//! **Owns** company, branches, plans and their dated prices, speed profiles, tax rules, billing policies.
//! **Never** computes an amount (billing does) or speaks RADIUS (network and aaa do).
//! **Enter here:** [`current`] gives the whole catalogue as one snapshot, kept until somebody changes it.

mod model;
mod policy;
mod snapshot;
mod store;
pub mod write;

pub use model::{
    Branch, Company, Plan, PriceRow, Profile, ProfileKind, QuotaTopUp, TaxMode, TaxRule,
    VendorAttribute,
};
pub use policy::{Policy, PolicyPatch, PolicyScope, PrepaidLate};
pub use snapshot::{Catalog, no_such_plan};
pub use store::current;

pub const MIGRATIONS: ::store::Migrations = ::store::Migrations {
    room: "catalog",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_profile_revision", include_str!("../migrations/002_profile_revision.sql")),
        ("003_quota_top_up", include_str!("../migrations/003_quota_top_up.sql")),
    ],
};

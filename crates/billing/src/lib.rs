//! Billing: what a customer owes, has paid, and is therefore entitled to.
//!
//! **Owns** subscriptions, invoices, credit notes, payments, promises, holds, vouchers, entitlements and the
//! ledger.
//! **Never** talks to a vendor, knows RADIUS, or reads a clock. Issued invoices are immutable; corrections
//! are credit notes. Every verb posts entries that sum to zero. It never decides about access: it gives the
//! facts ([`facts`]).
//! **Enter here:** [`issue::run`] and [`issue::preview`], [`pay::receive`], [`facts::for_access`],
//! [`quote`], [`invariants::check`].

pub mod aging;
mod allocate;
pub mod approval;
pub mod bank;
pub mod cash;
pub mod charges;
pub mod credit;
pub mod dates;
pub mod due;
pub mod extra;
pub mod facts;
pub mod gateway;
pub mod hold;
pub mod intent;
pub mod invariants;
pub mod invoice;
pub mod issue;
pub mod ledger;
pub mod notice;
pub mod numbers;
pub mod outcome;
pub mod owed;
pub mod pay;
pub mod plan_change;
pub mod promise;
pub mod quota_top_up;
pub mod rating;
pub mod reassign;
pub mod recognise;
pub mod refund;
pub mod reschedule;
mod settle;
mod store;
pub mod subscription;
pub mod tax;
pub mod termination;
pub mod usage;
pub mod voucher;
pub mod withhold;
pub mod withholding;
pub mod words;
pub mod write_off;

pub use rating::quote;

/// The tables of this room.
pub const MIGRATIONS: ::store::Migrations = ::store::Migrations {
    room: "billing",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_discount_periods", include_str!("../migrations/002_discount_periods.sql")),
        ("003_isolated_since", include_str!("../migrations/003_isolated_since.sql")),
        ("004_quota_top_up", include_str!("../migrations/004_quota_top_up.sql")),
        ("005_search", include_str!("../migrations/005_search.sql")),
        ("006_cash", include_str!("../migrations/006_cash.sql")),
        ("007_bank", include_str!("../migrations/007_bank.sql")),
        ("008_guest", include_str!("../migrations/008_guest.sql")),
        ("009_sort", include_str!("../migrations/009_sort.sql")),
    ],
};

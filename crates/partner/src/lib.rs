//! Partner: resellers, their deposit wallet and their commission.
//!
//! **Owns** resellers, commission rules, the wallet as an append-only ledger, commission rows.
//! **Never** issues or settles an invoice (billing does; `flows::wallet` joins the two) and never lets a
//! payment make a balance negative: what a claw-back can't take becomes *piutang mitra*, recovered first
//! from later credits.
//! **Enter here:** [`reseller::add`], [`wallet::top_up`], [`commission::accrue`].

pub mod commission;
pub mod invariants;
pub mod reseller;
pub mod rule;
pub mod wallet;

pub const MIGRATIONS: store::Migrations = store::Migrations {
    room: "partner",
    steps: &[("001_init", include_str!("../migrations/001_init.sql"))],
};

//! Reconciliation: both sides in parts, differences as findings, and what each field's policy says about them.

pub mod access;

//! Papers as a reader gets them: rendered to PDF, then read back with poppler's tools.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may")]

mod cash;
mod invoice;
mod label;
mod purchase;
mod reading;
mod receipt;
mod sample;
mod table;
mod voucher;
mod work_order;

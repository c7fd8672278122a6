//! Issuing invoices: the billing run and its preview, and every single invoice besides.

mod again;
mod ahead;
mod one_off;
mod preview;
mod run;
mod write;

pub use again::again;
pub use ahead::ahead;
pub use one_off::{NewOneOff, OneOffKind, discard, one_off, publish};
pub use preview::{PreviewLine, PreviewPage, RunPreview, preview, preview_page};
pub use run::{RunReport, RunView, begin, carry_out, run, run_in_chunks, run_of, runs, unfinished};
pub(crate) use write::{Issued, announce, write};

/// Subscriptions a chunk: one transaction each.
pub const CHUNK: i64 = 1_000;
/// The same where all share one writer: a payment never waits longer than one chunk.
pub const SHORT_CHUNK: i64 = 200;

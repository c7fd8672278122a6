//! What happened to the packets, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        /// Counts since the program started.
        #[derive(Debug, Default)]
        pub struct Counters { $($(#[$meta])* pub $name: AtomicU64),* }

        impl Counters {
            /// Every count with its name.
            pub fn snapshot(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed))),*]
            }
        }
    };
}

counters! {
    accepted,
    /// Accepted with the isolation profile; counted in `accepted` too.
    isolated,
    rejected,
    /// Accounting-Requests that were kept.
    accounted,
    status,
    /// Packets whose lengths are wrong.
    malformed,
    /// Packets whose signature is wrong or missing.
    unproven,
    unknown_nas,
    /// Packets of a code that is no request, or without what the request needs.
    nonsense,
    /// Repetitions that got their cached reply.
    repeated,
    /// Repetitions of what is still on its way to the disk.
    pending,
    /// Accounting that could not be kept: the NAS will repeat it.
    refused_by_disk,
    /// Notes (rejects, unknown NAS) that nobody had room for.
    notes_lost,
    /// Groups of accounting written; each is one fsync.
    groups,
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

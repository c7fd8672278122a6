//! What engines tell us, as the use-cases that a person here would call. One file a port.

pub mod books;

//! Both sides compared. One file a port.

pub mod books;

//! Both sides compared in full, all the time: what differs becomes a finding. One file each.

pub mod asset;
pub mod books;

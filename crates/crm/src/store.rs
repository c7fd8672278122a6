//! The only SQL of this room, a file a table.

pub(crate) mod area;
pub(crate) mod customer;
pub(crate) mod duplicate;
pub(crate) mod lead;
pub(crate) mod odp;
pub(crate) mod order;
pub(crate) mod word;

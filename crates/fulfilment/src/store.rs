//! The only SQL of this room, a file a table.

pub(crate) mod field;
pub(crate) mod order;
pub(crate) mod photo;
pub(crate) mod step;
pub(crate) mod ticket;

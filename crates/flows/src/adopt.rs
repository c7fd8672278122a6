//! What comes back from an attached engine becomes the use-case that a person would call, with the engine as
//! actor. One file each.

pub mod asset;
pub mod books;

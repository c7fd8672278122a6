//! What comes back from an engine becomes the use-case that a person would call, with the engine as actor.

pub mod access;

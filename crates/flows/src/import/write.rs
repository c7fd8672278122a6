//! The bulk twins of rooms' verbs: the same rows that the verb would write one at a time, thousands a
//! statement. One file a room; each says which verb it is the twin of. Only for an import, whose records are
//! new, so that nobody else can hold them.

pub(super) mod billing;
pub(super) mod inventory;
pub(super) mod network;

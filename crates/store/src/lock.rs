//! One lock an aggregate, taken in one fixed order.

use kernel::{CustomerId, ItemId, PartnerId, SubscriptionId};
use uuid::Uuid;

/// What a use-case locks before it loads and decides. Take them in the order of the variants.
///
/// PostgreSQL: a transaction-level advisory lock (READ COMMITTED would let two cashiers settle one
/// invoice twice). SQLite has one writer, so there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock<'a> {
    MoneyAccount(CustomerId),
    Wallet(PartnerId),
    Item(ItemId),
    Subscription(SubscriptionId),
    Series(&'a str),
    /// Anything else that must not run twice at once.
    Named(&'a str),
}

impl Lock<'_> {
    /// The 64-bit key of the advisory lock.
    pub(crate) fn key(self) -> i64 {
        match self {
            Self::MoneyAccount(id) => mix(1, id.uuid()),
            Self::Wallet(id) => mix(2, id.uuid()),
            Self::Item(id) => mix(3, id.uuid()),
            Self::Subscription(id) => mix(4, id.uuid()),
            Self::Series(name) => hash(5, name.as_bytes()),
            Self::Named(name) => hash(6, name.as_bytes()),
        }
    }
}

fn mix(class: u8, id: Uuid) -> i64 {
    hash(class, id.as_bytes())
}

fn hash(class: u8, bytes: &[u8]) -> i64 {
    use sha2::Digest;
    let digest = sha2::Sha256::new().chain_update([class]).chain_update(bytes).finalize();
    let mut head = [0u8; 8];
    head.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(head)
}

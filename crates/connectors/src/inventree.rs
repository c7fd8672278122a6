//! InvenTree behind `bridge`'s port [`AssetSystem`].
//!
//! Written against recorded answers of InvenTree 1.2.0 (API 425); what it relies on, and what is not recorded
//! and hence not claimed, is in `docs/engines/inventree.md`. Every write is read back: a 201 proves nothing.
//! Our operation's id stands in `notes`, so that a retry after a lost answer is known by it.

pub mod bell;
mod client;
mod feed;
mod handshake;
mod things;
mod wire;
mod write;

pub use client::{Options, login};

use bridge::asset::{
    AssetSystem, AssetThing, Changes, Handshake, ItemPage, ItemSeen, MoveOrder, MoveSeen, NewItem,
    PhotoRecord, ReceiptSeen,
};
use kernel::Result;
use store::BoxFuture;

use client::Client;

/// Items on a page. A page of 100 costs the server a few hundred milliseconds.
const PAGE: u64 = 100;

/// A server that is attached.
pub struct InvenTree {
    client: Client,
}

impl InvenTree {
    /// # Errors
    /// `bridge.engine_address` when the address is none.
    pub fn new(options: Options) -> Result<Self> {
        Ok(Self { client: Client::new(options)? })
    }
}

impl AssetSystem for InvenTree {
    fn handshake(&self) -> BoxFuture<'_, Result<Handshake>> {
        Box::pin(handshake::look(&self.client))
    }
    fn ensure<'a>(&'a self, thing: &'a AssetThing) -> BoxFuture<'a, Result<String>> {
        Box::pin(things::ensure(&self.client, thing))
    }
    fn find<'a>(&'a self, part: &'a str, serial: &'a str) -> BoxFuture<'a, Result<Vec<ItemSeen>>> {
        Box::pin(feed::find(&self.client, part, serial))
    }
    fn item<'a>(&'a self, external_id: &'a str) -> BoxFuture<'a, Result<Option<ItemSeen>>> {
        Box::pin(feed::item(&self.client, external_id))
    }
    fn create<'a>(&'a self, item: &'a NewItem) -> BoxFuture<'a, Result<ItemSeen>> {
        Box::pin(write::create(&self.client, item))
    }
    fn move_to<'a>(
        &'a self,
        from: &'a ItemSeen,
        order: &'a MoveOrder,
    ) -> BoxFuture<'a, Result<ItemSeen>> {
        Box::pin(write::move_to(&self.client, from, order))
    }
    fn history<'a>(&'a self, external_id: &'a str) -> BoxFuture<'a, Result<Vec<MoveSeen>>> {
        Box::pin(feed::history(&self.client, external_id))
    }
    fn changes<'a>(&'a self, cursor: Option<&'a str>) -> BoxFuture<'a, Result<Changes>> {
        Box::pin(feed::changes(&self.client, cursor))
    }
    fn items(&self, offset: u64) -> BoxFuture<'_, Result<ItemPage>> {
        Box::pin(feed::items(&self.client, offset))
    }
    fn receipt<'a>(&'a self, external_id: &'a str) -> BoxFuture<'a, Result<ReceiptSeen>> {
        Box::pin(feed::receipt(&self.client, external_id))
    }
    fn attach<'a>(
        &'a self,
        external_id: &'a str,
        photo: &'a PhotoRecord,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(write::attach(&self.client, external_id, photo))
    }
}

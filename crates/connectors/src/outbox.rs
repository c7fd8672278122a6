//! The demo's channel: takes every message over and sends none. They are read on the page of messages.

use notification::{Channel, ChannelKind, Outgoing, RemoteError, Sent};
use store::BoxFuture;

/// Takes over what would go out by one kind of channel.
pub struct Outbox(pub ChannelKind);

impl Outbox {
    /// One of each kind.
    pub fn all() -> impl Iterator<Item = Self> {
        ChannelKind::ALL.iter().map(|kind| Self(*kind))
    }
}

impl Channel for Outbox {
    fn kind(&self) -> ChannelKind {
        self.0
    }
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Result<Sent, RemoteError>> {
        let remote_id = Some(format!("outbox:{}", message.id));
        Box::pin(async move { Ok(Sent { remote_id }) })
    }
}

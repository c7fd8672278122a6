//! The port to the outside: one implementation a vendor, in `connectors`.

use kernel::MessageId;

store::words! {
    pub enum ChannelKind { Whatsapp = "whatsapp", Sms = "sms", Email = "email", Telegram = "telegram" }
}

/// The kinds that this installation has a sender for: an extension of the database, so that whoever queues a
/// message chooses one that will go.
#[derive(Clone, Debug, Default)]
pub struct Offered(pub Vec<ChannelKind>);

/// A message ready to go. Its id is the key by which a vendor may drop a repetition.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub id: MessageId,
    pub channel: ChannelKind,
    pub address: String,
    pub subject: String,
    pub body: String,
}

/// The vendor took it over.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    pub remote_id: Option<String>,
}

/// Why it did not go.
#[derive(Clone, Debug)]
pub enum RemoteError {
    /// Ask a human: the address or the content is refused for good.
    Rejected(String),
    /// Try later.
    Unavailable(String),
}

/// Sends messages of one kind.
pub trait Channel: Send + Sync {
    fn kind(&self) -> ChannelKind;
    fn send<'a>(&'a self, message: &'a Outgoing)
    -> store::BoxFuture<'a, Result<Sent, RemoteError>>;
}

//! A message as kept.

use kernel::{BranchId, CustomerId, MessageId, PartnerId, Ts};
use store::row;

use crate::channel::ChannelKind;
use crate::template::Template;

store::words! {
    pub enum MessageState {
        Queued = "queued",
        Sent = "sent",
        /// Refused for good, or given up after the last try: waits for a person.
        Dead = "dead",
        /// Nobody sent it while it was worth telling: waits for a person, who rarely wants it.
        Expired = "expired",
    }
}

row! {
    pub struct MessageView {
        pub id: MessageId,
        pub customer_id: Option<CustomerId>,
        pub branch_id: Option<BranchId>,
        pub partner_id: Option<PartnerId>,
        pub channel: ChannelKind,
        pub address: String,
        pub lang: String,
        pub template: Template,
        pub subject: String,
        pub body: String,
        pub state: MessageState,
        pub attempts: i64,
        pub next_attempt_at: Ts,
        pub created_at: Ts,
        pub sent_at: Option<Ts>,
        pub last_error: Option<String>,
    }
}

//! The message box: what was or will be said, to whom, and how it went.

use crm::word::Subject;
use kernel::{BranchId, CustomerId, Fault, MessageId, Result, Scope, Ts};
use notification::{ChannelKind, MessageState};
use store::{Query, QueryExt, args};

use super::reach::reach;
use super::words::Found;

store::row! {
    /// One message.
    pub struct MessageRow {
        pub id: MessageId,
        pub customer_id: Option<CustomerId>,
        pub customer_name: Option<String>,
        pub branch_id: Option<BranchId>,
        pub channel: ChannelKind,
        pub address: String,
        pub lang: String,
        pub template: String,
        pub subject: String,
        pub body: String,
        pub state: MessageState,
        pub attempts: i64,
        pub next_attempt_at: Ts,
        pub last_error: Option<String>,
        pub created_at: Ts,
        pub sent_at: Option<Ts>,
    }
}

store::words! {
    /// A message's condition as people see it.
    pub enum Condition {
        /// Waits to be sent for the first time.
        Queued = "queued",
        /// The last try failed; another one follows by itself.
        Failed = "failed",
        Sent = "sent",
        /// Given up: a person has to look at it.
        Dead = "dead",
        /// Not sent while it was worth telling.
        Expired = "expired",
    }
}

impl MessageRow {
    /// What people see as its state.
    pub fn condition(&self) -> Condition {
        match self.state {
            MessageState::Sent => Condition::Sent,
            MessageState::Dead => Condition::Dead,
            MessageState::Expired => Condition::Expired,
            MessageState::Queued if self.last_error.is_some() => Condition::Failed,
            MessageState::Queued => Condition::Queued,
        }
    }
}

const MESSAGES: &str =
    "select t.id, t.customer_id, c.name as customer_name, t.branch_id, t.channel,
    t.address, t.lang, t.template, t.subject, t.body, t.state, t.attempts, t.next_attempt_at,
    t.last_error, t.created_at, t.sent_at
  from notification_message t
  left join crm_customer c on c.id = t.customer_id";

/// What a list of messages is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    pub condition: Option<Condition>,
    pub channel: Option<ChannelKind>,
    pub customer: Option<CustomerId>,
    /// Words of the customer ([`crm::word`]).
    pub text: Option<String>,
}

/// Messages, newest first, after `after`.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &MessageFilter,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageRow>> {
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(Vec::new()) };
    match filter.condition {
        None => {}
        Some(Condition::Queued) => narrow.only("t.state = 'queued' and t.last_error is null"),
        Some(Condition::Failed) => narrow.only("t.state = 'queued' and t.last_error is not null"),
        Some(Condition::Sent) => narrow.only("t.state = 'sent'"),
        Some(Condition::Dead) => narrow.only("t.state = 'dead'"),
        Some(Condition::Expired) => narrow.only("t.state = 'expired'"),
    }
    narrow.when(filter.channel, "t.channel = ?");
    narrow.when(filter.customer, "t.customer_id = ?");
    if let Some(found) = Found::of(q, Subject::Customer, filter.text.as_deref(), false).await? {
        let condition = found.rows(&mut narrow, ("t", "notification_message"), |_| Vec::new());
        narrow.only(&condition);
    }
    narrow.when(after, "t.id < ?");
    let limit = narrow.bind(limit);
    let sql = format!("{MESSAGES} {} order by t.id desc limit {limit}", narrow.clause());
    let mut rows: Vec<MessageRow> = q.rows(&sql, narrow.into_args()).await?;
    for row in &mut rows {
        hide_code(q, row);
    }
    Ok(rows)
}

/// A code that a customer logs in with is for their eyes, also while it waits to be sent.
fn hide_code(q: &dyn Query, row: &mut MessageRow) {
    let is_secret = row.template == notification::Template::LoginCode.as_str();
    if is_secret && q.db().ext::<notification::ShowsCodes>().is_none() {
        row.body = notification::without_codes(&row.body);
    }
}

store::row! {
    /// One try to send a message.
    pub struct AttemptRow { pub attempt: i64, pub at: Ts, pub outcome: String,
        pub detail: Option<String> }
}

/// One message with its tries, oldest first.
///
/// # Errors
/// `notification.message_not_found` when there is none in scope.
pub async fn find(
    q: &mut dyn Query,
    scope: &Scope,
    id: MessageId,
) -> Result<(MessageRow, Vec<AttemptRow>)> {
    let found: Option<MessageRow> = match reach(scope, "t.customer_id") {
        None => None,
        Some(mut narrow) => {
            narrow.when(Some(id), "t.id = ?");
            let sql = format!("{MESSAGES} {}", narrow.clause());
            q.row_opt(&sql, narrow.into_args()).await?
        }
    };
    let Some(mut message) = found else {
        return Err(Fault::not_found(
            "notification.message_not_found",
            "Pesan tidak ada.",
            "No such message.",
        ));
    };
    hide_code(q, &mut message);
    let attempts = q
        .rows(
            "select attempt, at, outcome, detail from notification_attempt
             where message_id = $1 order by attempt",
            args![id],
        )
        .await?;
    Ok((message, attempts))
}

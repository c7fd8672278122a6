//! Looking at what was sent, and trying a dead message again.

use kernel::{CustomerId, Fault, MessageId, Permission, Result, Scope};
use store::{Query, QueryExt, Tx, args};

use crate::message::MessageView;

const COLUMNS: &str =
    "id, customer_id, branch_id, partner_id, channel, address, lang, template, subject,
    body, state, attempts, next_attempt_at, created_at, sent_at, last_error";

/// Messages in the actor's scope, newest first, before `before` (exclusive), at most `limit`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    customer: Option<CustomerId>,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageView>> {
    let sql = format!(
        "select {COLUMNS} from notification_message
         where ($1 is null or branch_id = $1) and ($2 is null or partner_id = $2)
           and ($3 is null or customer_id = $3) and ($4 is null or customer_id = $4)
           and ($5 is null or id < $5)
         order by id desc limit $6"
    );
    q.rows(&sql, args![scope.branch, scope.partner, scope.customer, customer, before, limit]).await
}

/// Puts a dead or expired message back into the queue.
///
/// # Errors
/// `notification.message_not_found` out of scope; `notification.not_dead` when it is not dead.
pub async fn retry(tx: &mut Tx, id: MessageId) -> Result<()> {
    tx.actor().require(Permission::MessageWrite)?;
    let scope = tx.actor().scope.clone();
    let state: Option<String> = tx
        .value_opt(
            "select state from notification_message where id = $1
             and ($2 is null or branch_id = $2) and ($3 is null or partner_id = $3)",
            args![id, scope.branch, scope.partner],
        )
        .await?;
    match state.as_deref() {
        None => Err(Fault::not_found(
            "notification.message_not_found",
            "Pesan tidak ada.",
            "No such message.",
        )),
        Some(given_up @ ("dead" | "expired")) => {
            let changed = tx
                .exec(
                    "update notification_message set state = 'queued', attempts = 0,
                       next_attempt_at = $1 where id = $2 and state = $3",
                    args![tx.now(), id, given_up],
                )
                .await?;
            if changed == 0 {
                return Err(not_dead("queued"));
            }
            let after = serde_json::json!({ "state": "queued" });
            tx.journal("message", id.uuid(), "retried", serde_json::Value::Null, after).await
        }
        Some(state) => Err(not_dead(state)),
    }
}

/// A message in this state is not tried again by a person.
pub fn not_dead(state: &str) -> Fault {
    kernel::fault::wrong_state(
        "notification.not_dead",
        ("Pesan", "message"),
        state,
        "dead, expired → queued",
    )
}

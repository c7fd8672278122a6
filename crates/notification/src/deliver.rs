//! Delivery: lease, act outside any transaction, settle. The next activation is the retry.

use std::sync::Arc;

use futures::StreamExt;
use kernel::{Cause, MessageId, Result, Ts};
use serde::Serialize;
use store::{Db, QueryExt, Tx, args, row};

use crate::channel::{Channel, ChannelKind, Outgoing, RemoteError, Sent};

/// Seconds to wait after the n-th failed try; after the last the message is dead.
const BACKOFF_SECS: [i64; 7] = [30, 120, 600, 1_800, 7_200, 21_600, 86_400];
const LEASE_SECS: i64 = 120;
/// Sends under way at once.
const AT_ONCE: usize = 16;

/// What an activation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delivered {
    pub claimed: u64,
    pub sent: u64,
    pub failed: u64,
    pub dead: u64,
}

row! { struct Claimed { id: MessageId, channel: ChannelKind, address: String, subject: String,
body: String, attempts: i64 } }

/// Sends up to `limit` due messages. Messages of a channel that has no sender stay queued.
pub async fn activate(
    db: &Db,
    channels: &[Arc<dyn Channel>],
    now: Ts,
    limit: i64,
) -> Result<Delivered> {
    let mut done = Delivered::default();
    let mut outcomes = Vec::new();
    for channel in channels {
        let claimed = claim(db, channel.kind(), now, limit).await?;
        done.claimed += u64::try_from(claimed.len()).unwrap_or(0);
        let sends = claimed.into_iter().map(|c| async move {
            let message = Outgoing {
                id: c.id,
                channel: c.channel,
                address: c.address,
                subject: c.subject,
                body: c.body,
            };
            (c.id, c.attempts, channel.send(&message).await)
        });
        outcomes.extend(
            futures::stream::iter(sends).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await,
        );
    }
    if !outcomes.is_empty() {
        let claimed = done.claimed;
        done = db
            .write(&Cause::system(now, "deliver"), async |tx: &mut Tx| {
                let mut done = Delivered { claimed, ..Delivered::default() };
                for (id, attempts, outcome) in &outcomes {
                    settle(tx, *id, *attempts, outcome, &mut done).await?;
                }
                Ok(done)
            })
            .await?;
    }
    Ok(done)
}

async fn claim(db: &Db, channel: ChannelKind, now: Ts, limit: i64) -> Result<Vec<Claimed>> {
    db.write(&Cause::system(now, "deliver"), async |tx: &mut Tx| {
        tx.rows(
            "update notification_message set locked_until = $1, attempts = attempts + 1
             where id in (
               select id from notification_message
               where state = 'queued' and channel = $2 and next_attempt_at <= $3
                 and (locked_until is null or locked_until < $3)
               order by next_attempt_at, id limit $4 {SKIP_LOCKED})
             returning id, channel, address, subject, body, attempts",
            args![now.plus_secs(LEASE_SECS), channel, now, limit],
        )
        .await
    })
    .await
}

async fn settle(
    tx: &mut Tx,
    id: MessageId,
    attempts: i64,
    outcome: &std::result::Result<Sent, RemoteError>,
    done: &mut Delivered,
) -> Result<()> {
    let retry = usize::try_from(attempts - 1).ok().and_then(|n| BACKOFF_SECS.get(n));
    let (state, detail, next) = match (outcome, retry) {
        (Ok(_), _) => ("sent", None, tx.now()),
        (Err(RemoteError::Rejected(why)), _) => ("dead", Some(why.as_str()), tx.now()),
        (Err(RemoteError::Unavailable(why)), None) => ("dead", Some(why.as_str()), tx.now()),
        (Err(RemoteError::Unavailable(why)), Some(secs)) => {
            ("queued", Some(why.as_str()), tx.now().plus_secs(*secs))
        }
    };
    match state {
        "sent" => done.sent += 1,
        "dead" => done.dead += 1,
        _ => done.failed += 1,
    }
    let sent_at = (state == "sent").then(|| tx.now());
    let remote_id = outcome.as_ref().ok().and_then(|s| s.remote_id.clone());
    tx.exec(
        "update notification_message set state = $1, last_error = $2, next_attempt_at = $3,
           sent_at = $4, remote_id = $5, locked_until = null where id = $6 and state = 'queued'",
        args![state, detail, next, sent_at, remote_id, id],
    )
    .await?;
    tx.exec(
        "insert into notification_attempt (message_id, attempt, at, outcome, detail)
         values ($1,$2,$3,$4,$5) on conflict (message_id, attempt) do nothing",
        args![id, attempts, tx.now(), state, detail],
    )
    .await?;
    Ok(())
}

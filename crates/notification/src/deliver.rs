//! Delivery: lease, act outside any transaction, settle. The next activation is the retry.

use std::sync::Arc;

use futures::StreamExt;
use kernel::{BranchId, Cause, MessageId, Result, Ts, Zone};
use serde::Serialize;
use store::{Db, QueryExt, Tx, args, row};

use crate::channel::{Channel, ChannelKind, Outgoing, RemoteError, Sent};
use crate::message::MessageState;
use crate::quiet::next_allowed;
use crate::template::{ShowsCodes, Template, without_codes};

/// Seconds to wait after the n-th failed try; after the last the message is dead.
const BACKOFF_SECS: [i64; 7] = [30, 120, 600, 1_800, 7_200, 21_600, 86_400];
const LEASE_SECS: i64 = 120;
/// Claimed at once: what a killed program may send twice.
const CLAIM: i64 = 32;
/// A message that could have gone this long ago is not worth telling any more.
const STALE_DAYS: i64 = 2;
/// Sends under way at once.
const AT_ONCE: usize = 16;

/// What an activation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delivered {
    pub claimed: u64,
    pub sent: u64,
    pub failed: u64,
    pub dead: u64,
    pub expired: u64,
}

row! { struct Claimed { id: MessageId, channel: ChannelKind, address: String, subject: String,
body: String, attempts: i64, template: Template, branch_id: Option<BranchId> } }

/// Sends up to `limit` due messages of each channel. Messages of a channel that has no sender stay queued
/// until they expire.
///
/// Few are claimed at once, and each is settled right after its send: a program that is killed repeats only
/// those that were under way.
pub async fn activate(
    db: &Db,
    channels: &[Arc<dyn Channel>],
    now: Ts,
    limit: i64,
) -> Result<Delivered> {
    let mut done = Delivered { expired: expire(db, now).await?, ..Delivered::default() };
    for channel in channels {
        let mut left = limit;
        while left > 0 {
            let claimed = claim(db, channel.kind(), now, left.min(CLAIM)).await?;
            let count = i64::try_from(claimed.len()).unwrap_or(CLAIM);
            if count == 0 {
                break;
            }
            left -= count;
            done.claimed += claimed.len() as u64;
            // Many are sent at once; what came of them is written one after the other.
            let sends = claimed.into_iter().map(|c| send(channel.as_ref(), c));
            let mut sends = futures::stream::iter(sends).buffer_unordered(AT_ONCE);
            while let Some((c, outcome)) = sends.next().await {
                let cause = Cause::system(now, "deliver");
                let write = async |tx: &mut Tx| settle(tx, &c, &outcome).await;
                match db.write_bulk(&cause, write).await? {
                    MessageState::Sent => done.sent += 1,
                    MessageState::Dead => done.dead += 1,
                    MessageState::Queued | MessageState::Expired => done.failed += 1,
                }
            }
        }
    }
    Ok(done)
}

async fn send(
    channel: &dyn Channel,
    c: Claimed,
) -> (Claimed, std::result::Result<Sent, RemoteError>) {
    let message = Outgoing {
        id: c.id,
        channel: c.channel,
        address: c.address.clone(),
        subject: c.subject.clone(),
        body: c.body.clone(),
    };
    let outcome = channel.send(&message).await;
    (c, outcome)
}

/// What should have gone long ago and did not is given up: a bill that is told of after its due day helps
/// nobody. It is seen as expired.
async fn expire(db: &Db, now: Ts) -> Result<u64> {
    const WAITING: &str = "select count(*) from notification_message
         where state = 'queued' and next_attempt_at < $1 and (locked_until is null or locked_until < $2)";
    let stale = now.plus_days(-STALE_DAYS);
    let waiting: i64 = db.reader().value(WAITING, args![stale, now]).await?;
    if waiting == 0 {
        return Ok(0);
    }
    db.write_bulk(&Cause::system(now, "deliver"), async |tx: &mut Tx| {
        tx.exec(
            "update notification_message set state = 'expired', locked_until = null,
               last_error = coalesce(last_error, 'no sender for this channel')
             where state = 'queued' and next_attempt_at < $1
               and (locked_until is null or locked_until < $2)",
            args![stale, now],
        )
        .await
    })
    .await
}

async fn claim(db: &Db, channel: ChannelKind, now: Ts, limit: i64) -> Result<Vec<Claimed>> {
    db.write_bulk(&Cause::system(now, "deliver"), async |tx: &mut Tx| {
        tx.rows(
            "update notification_message set locked_until = $1, attempts = attempts + 1
             where id in (
               select id from notification_message
               where state = 'queued' and channel = $2 and next_attempt_at <= $3
                 and (locked_until is null or locked_until < $3)
               order by next_attempt_at, id limit $4 {SKIP_LOCKED})
             returning id, channel, address, subject, body, attempts, template, branch_id",
            args![now.plus_secs(LEASE_SECS), channel, now, limit],
        )
        .await
    })
    .await
}

/// When a failed message is tried again: what can wait, waits out the night.
async fn next_try(tx: &mut Tx, c: &Claimed, secs: i64) -> Result<Ts> {
    let at = tx.now().plus_secs(secs);
    if c.template.is_urgent() {
        return Ok(at);
    }
    let catalog = catalog::current(tx).await?;
    let policy = catalog.isp_policy();
    let zone = c.branch_id.map_or(Zone::Jakarta, |branch| catalog.zone(branch));
    Ok(next_allowed(at, zone, policy.quiet_until_hour, policy.quiet_from_hour))
}

async fn settle(
    tx: &mut Tx,
    c: &Claimed,
    outcome: &std::result::Result<Sent, RemoteError>,
) -> Result<MessageState> {
    let retry = usize::try_from(c.attempts - 1).ok().and_then(|n| BACKOFF_SECS.get(n));
    let (state, detail, next) = match (outcome, retry) {
        (Ok(_), _) => (MessageState::Sent, None, tx.now()),
        (Err(RemoteError::Rejected(why)), _) | (Err(RemoteError::Unavailable(why)), None) => {
            (MessageState::Dead, Some(why.as_str()), tx.now())
        }
        (Err(RemoteError::Unavailable(why)), Some(secs)) => {
            (MessageState::Queued, Some(why.as_str()), next_try(tx, c, *secs).await?)
        }
    };
    let sent_at = (state == MessageState::Sent).then(|| tx.now());
    let remote_id = outcome.as_ref().ok().and_then(|s| s.remote_id.clone());
    let was_open = tx
        .exec(
            "update notification_message set state = $1, last_error = $2, next_attempt_at = $3,
               sent_at = $4, remote_id = $5, locked_until = null where id = $6 and state = 'queued'",
            args![state, detail, next, sent_at, remote_id, c.id],
        )
        .await?;
    if was_open == 0 {
        return Ok(state);
    }
    // Delivered: the code is the reader's alone from now on.
    if state == MessageState::Sent
        && c.template.is_secret()
        && QueryExt::ext::<ShowsCodes>(tx).is_none()
    {
        let body = without_codes(&c.body);
        tx.exec("update notification_message set body = $1 where id = $2", args![body, c.id])
            .await?;
    }
    // Counted over all tries: a person's retry begins the waiting anew, not the log.
    let before: i64 = tx
        .value(
            "select coalesce(max(attempt), 0) from notification_attempt where message_id = $1",
            args![c.id],
        )
        .await?;
    tx.exec(
        "insert into notification_attempt (message_id, attempt, at, outcome, detail)
         values ($1,$2,$3,$4,$5)",
        args![c.id, before + 1, tx.now(), state, detail],
    )
    .await?;
    Ok(state)
}

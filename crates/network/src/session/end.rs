//! Sessions that end, or fall silent, without a word of their own.

use kernel::{Event, NasId, Result, SessionId, SubscriptionId, Ts};
use store::{QueryExt, Tx, args};

/// Missed interims after which a session is suspect.
const MISSED_INTERIMS: i64 = 3;

type Ended = Vec<(SessionId, Option<SubscriptionId>)>;

/// The NAS restarted: its sessions that were last heard of before then are over.
pub(super) async fn nas_restarted(tx: &mut Tx, nas: NasId, at: Ts) -> Result<Ended> {
    let ended: Ended = tx
        .rows(
            "update network_session set state = 'closed', stopped_at = $1, ended_by = 'nas_reboot'
             where nas_id = $2 and state <> 'closed' and started_at <= $1 and updated_at <= $1
             returning id, subscription_id",
            args![at, nas],
        )
        .await?;
    said(tx, &ended);
    Ok(ended)
}

/// The NAS answered that it has no such session. A later interim would reopen it.
pub(crate) async fn not_found_at_nas(tx: &mut Tx, session: SessionId, at: Ts) -> Result<()> {
    let ended: Ended = tx
        .rows(
            "update network_session set state = 'closed', stopped_at = $1, ended_by = 'not_found'
             where id = $2 and state <> 'closed' and updated_at <= $1
             returning id, subscription_id",
            args![at, session],
        )
        .await?;
    said(tx, &ended);
    Ok(())
}

fn said(tx: &mut Tx, ended: &Ended) {
    let mut ended = ended.clone();
    ended.sort_unstable();
    for (session, subscription) in ended {
        if let Some(subscription) = subscription {
            tx.emit(Event::SessionClosed { session, subscription });
        }
    }
}

/// Marks sessions suspect that have missed three interims of `interim_secs`. They are not closed: a late
/// interim makes them live again, they block no login and identify nobody. Answers how many.
pub async fn mark_suspect(tx: &mut Tx, interim_secs: i64) -> Result<u64> {
    let before = tx.now().plus_secs(-MISSED_INTERIMS * interim_secs.max(1));
    tx.exec(
        "update network_session set state = 'suspect' where state = 'live' and updated_at < $1",
        args![before],
    )
    .await
}

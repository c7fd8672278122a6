//! Ending the sessions of guests whose time is over. The router does so itself by Session-Timeout; this is
//! for the one that does not, and for codes that were withdrawn.

use std::collections::BTreeSet;

use futures::stream::{FuturesUnordered, StreamExt};
use kernel::{Cause, Clock, Result, Ts, VoucherId};
use store::{Db, Lock, Tx, args};

use crate::access::{AttemptHow, Delivered};
use crate::control::{LiveSession, NasAnswer, NasControl, SESSION_NOT_FOUND};
use crate::enforce::wait_secs;
use crate::session;

/// Seconds that the router has for its own Session-Timeout, and its stop for the way here.
const GRACE_SECS: i64 = 5;
/// Nobody else ends these sessions meanwhile.
const LEASE_SECS: i64 = 60;

/// What one round did; serialisable as a task's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Ended {
    pub claimed: usize,
    pub acked: usize,
    pub refused: usize,
    pub unanswered: usize,
}

/// Sends Disconnect for open sessions of guests that are over, outside any transaction, and keeps every
/// attempt. The next round is the retry, later each time.
///
/// # Errors
/// When the database is away; what was claimed comes back when its lease ends.
pub async fn round(
    db: &Db,
    control: &dyn NasControl,
    clock: &dyn Clock,
    limit: i64,
) -> Result<Ended> {
    let now = clock.now();
    let work = claim(db, now, limit).await?;
    let mut ended = Ended { claimed: work.len(), ..Ended::default() };
    let mut acting: FuturesUnordered<_> = work
        .into_iter()
        .map(|(guest, attempts, session)| async move {
            let sent_at = clock.now();
            let answer = control.disconnect(&session).await;
            (guest, attempts, session, answer, sent_at)
        })
        .collect();
    while let Some((guest, attempts, session, answer, sent_at)) = acting.next().await {
        match answer {
            NasAnswer::Ack => ended.acked += 1,
            NasAnswer::Nak(_) => ended.refused += 1,
            NasAnswer::Timeout | NasAnswer::NotPossible => ended.unanswered += 1,
        }
        let told = Told { guest, attempts, session, answer, sent_at };
        settle(db, clock.now(), &told).await?;
    }
    if ended.claimed > 0 {
        tracing::info!(?ended, "guests whose time is over are put off line");
    }
    Ok(ended)
}

struct Told {
    guest: VoucherId,
    attempts: i64,
    session: LiveSession,
    answer: NasAnswer,
    sent_at: Ts,
}

async fn claim(db: &Db, now: Ts, limit: i64) -> Result<Vec<(VoucherId, i64, LiveSession)>> {
    // Looked up outside the transaction: nearly always there is nothing, and the writer is not bothered.
    let over = session::of_guests_over(&mut db.reader(), now, GRACE_SECS, limit).await?;
    if over.is_empty() {
        return Ok(Vec::new());
    }
    db.write(&Cause::system(now, "guest_enforcer"), async |tx: &mut Tx| {
        tx.lock(Lock::Named("network.guests.end")).await?;
        // Again, now that nobody else claims.
        let over = session::of_guests_over(tx, now, GRACE_SECS, limit).await?;
        let ids: BTreeSet<VoucherId> = over.iter().map(|(id, ..)| *id).collect();
        let ids: Vec<VoucherId> = ids.into_iter().collect();
        tx.exec(
            "update network_guest set next_attempt_at = $1, attempts = attempts + 1
             where id {AMONG}($2)",
            args![now.plus_secs(LEASE_SECS), ids],
        )
        .await?;
        Ok(over)
    })
    .await
}

async fn settle(db: &Db, now: Ts, told: &Told) -> Result<()> {
    let wait = wait_secs(AttemptHow::Disconnect, told.answer, told.attempts, 0);
    db.write(&Cause::system(now, "guest_enforcer"), async |tx: &mut Tx| {
        let id: kernel::AccessChangeId = tx.new_id();
        let (answer, cause) = Delivered::of(told.answer);
        tx.exec(
            "insert into network_coa (id, session_id, nas_id, version, how, answer, error_cause,
               sent_at, answered_at, actor) values ($1,$2,$3,0,$4,$5,$6,$7,$8,$9)",
            args![
                id,
                told.session.id,
                told.session.nas,
                AttemptHow::Disconnect,
                answer,
                cause,
                told.sent_at,
                now,
                tx.actor().tag()
            ],
        )
        .await?;
        tx.exec(
            "update network_guest set next_attempt_at = $1 where id = $2",
            args![now.plus_secs(wait), told.guest],
        )
        .await?;
        if told.answer == NasAnswer::Nak(SESSION_NOT_FOUND) {
            session::not_found_at_nas(tx, told.session.id, now).await?;
        }
        Ok(())
    })
    .await
}

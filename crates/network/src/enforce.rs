//! Bringing live sessions to the desired access: CoA, else Disconnect, with backoff, until enforced.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use kernel::{Cause, Clock, Result, Ts};
use store::{Db, Tx};

use crate::access::{
    Attempt, AttemptHow, Delivered, Target, Work, claim_unenforced, record_attempts,
};
use crate::control::{NasAnswer, NasControl, SESSION_NOT_FOUND};
use crate::desired::DesiredKind;

/// After an acknowledged change the next accounting must come within two interims.
const AWAIT_ACCOUNTING_SECS: i64 = 630;
/// After an acknowledged disconnect the stop must come.
const AWAIT_STOP_SECS: i64 = 30;
const BACKOFF_FIRST_SECS: i64 = 5;
const BACKOFF_MAX_SECS: i64 = 900;
/// Timeouts of a change before a disconnect is tried.
const CHANGE_TRIES: usize = 2;
/// Results written in one transaction.
const FLUSH: usize = 64;

/// What one round did; serialisable as a task's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Round {
    pub claimed: usize,
    pub acked: usize,
    pub refused: usize,
    pub unanswered: usize,
    pub enforced: usize,
}

/// What to send next for a session, from what was tried for this version.
///
/// A change first; a disconnect when access is blocked, when the address pool differs, when the NAS
/// refused the change, did not answer it twice, or acknowledged it and yet its accounting did not agree.
pub fn step(
    kind: DesiredKind,
    needs_restart: bool,
    tried: &[(AttemptHow, Delivered)],
) -> AttemptHow {
    let changes = || tried.iter().filter(|(how, _)| *how == AttemptHow::Change).map(|(_, a)| *a);
    let refused = changes().any(|a| matches!(a, Delivered::Nak | Delivered::Ack));
    let silent = changes().filter(|a| *a == Delivered::Timeout).count() >= CHANGE_TRIES;
    if kind == DesiredKind::Blocked || needs_restart || refused || silent {
        AttemptHow::Disconnect
    } else {
        AttemptHow::Change
    }
}

/// Seconds to the next attempt after this answer; `attempts` is how many rounds there were before.
pub fn wait_secs(how: AttemptHow, answer: NasAnswer, attempts: i64) -> i64 {
    match (answer, how) {
        (NasAnswer::Ack, AttemptHow::Change) => AWAIT_ACCOUNTING_SECS,
        (NasAnswer::Ack, AttemptHow::Disconnect) => AWAIT_STOP_SECS,
        (NasAnswer::Nak(SESSION_NOT_FOUND), _) => BACKOFF_FIRST_SECS,
        (NasAnswer::Nak(_), AttemptHow::Change) => 0,
        (NasAnswer::NotPossible, _) => BACKOFF_MAX_SECS,
        (NasAnswer::Nak(_) | NasAnswer::Timeout, _) => {
            let doublings = u32::try_from(attempts.clamp(0, 16)).unwrap_or(16);
            (BACKOFF_FIRST_SECS << doublings).min(BACKOFF_MAX_SECS)
        }
    }
}

/// Claims what is due, talks to the NAS outside any transaction and settles the answers. A slow NAS
/// delays only its own subscriptions. The next round is the retry.
///
/// # Errors
/// When the database is away; what was claimed comes back when its lease ends.
pub async fn round(
    db: &Db,
    control: &dyn NasControl,
    clock: &dyn Clock,
    limit: i64,
) -> Result<Round> {
    let claimed = claim_unenforced(db, clock.now(), limit).await?;
    let mut round = Round { claimed: claimed.len(), ..Round::default() };
    let tried: FuturesUnordered<_> =
        claimed.into_iter().map(|work| act(control, clock, work)).collect();
    let mut ready = tried.ready_chunks(FLUSH);
    while let Some(done) = ready.next().await {
        for attempt in done.iter().flat_map(|d| &d.attempts) {
            match attempt.answer {
                NasAnswer::Ack => round.acked += 1,
                NasAnswer::Nak(_) => round.refused += 1,
                NasAnswer::Timeout | NasAnswer::NotPossible => round.unanswered += 1,
            }
        }
        round.enforced += settle(db, clock.now(), &done).await?;
    }
    if round.unanswered > 0 {
        tracing::warn!(?round, "some NAS did not answer");
    } else if round.claimed > 0 {
        tracing::info!(?round, "access carried out");
    }
    Ok(round)
}

struct Acted {
    work: Work,
    attempts: Vec<Attempt>,
    next_attempt_at: Ts,
}

async fn act(control: &dyn NasControl, clock: &dyn Clock, work: Work) -> Acted {
    let mut attempts = Vec::with_capacity(work.targets.len());
    let mut wait = BACKOFF_MAX_SECS;
    for target in &work.targets {
        if runs_already(&work, target) {
            wait = wait.min(AWAIT_ACCOUNTING_SECS);
            continue;
        }
        let how = step(work.access.kind(), target.needs_restart, &target.tried);
        let sent_at = clock.now();
        let answer = match how {
            AttemptHow::Change => control.change(&target.session, &work.access).await,
            AttemptHow::Disconnect => control.disconnect(&target.session).await,
        };
        wait = wait.min(wait_secs(how, answer, work.attempts));
        attempts.push(Attempt {
            session: target.session.id,
            nas: target.session.nas,
            how,
            answer,
            sent_at,
            answered_at: clock.now(),
        });
    }
    let next_attempt_at = clock.now().plus_secs(wait);
    Acted { work, attempts, next_attempt_at }
}

/// A session that logged in with the desired version needs nothing; another one of the same
/// subscription does.
fn runs_already(work: &Work, target: &Target) -> bool {
    let acked = target.tried.contains(&(AttemptHow::Change, Delivered::Ack));
    work.access.kind() != DesiredKind::Blocked
        && !acked
        && target.session.access_version.is_some_and(|v| v >= work.access.version)
}

async fn settle(db: &Db, now: Ts, done: &[Acted]) -> Result<usize> {
    db.write(&Cause::system(now, "access_enforcer"), async |tx: &mut Tx| {
        let mut enforced = 0;
        for one in done {
            let (subscription, version) = (one.work.access.subscription, one.work.access.version);
            let next = one.next_attempt_at;
            let is_now = record_attempts(tx, subscription, version, &one.attempts, next).await?;
            enforced += usize::from(is_now);
        }
        Ok(enforced)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use AttemptHow::{Change, Disconnect};
    use Delivered::{Ack, Nak, Timeout};

    #[test]
    fn a_change_is_tried_first_and_a_disconnect_when_it_does_not_help() {
        for (kind, restart, tried, expect) in [
            (DesiredKind::Isolated, false, vec![], Change),
            (DesiredKind::Full, false, vec![(Change, Timeout)], Change),
            (DesiredKind::Full, false, vec![(Change, Timeout), (Change, Timeout)], Disconnect),
            (DesiredKind::Full, false, vec![(Change, Nak)], Disconnect),
            (DesiredKind::Full, false, vec![(Change, Ack)], Disconnect),
            (DesiredKind::Full, false, vec![(Change, Nak), (Disconnect, Timeout)], Disconnect),
            (DesiredKind::Isolated, true, vec![], Disconnect),
            (DesiredKind::Blocked, false, vec![], Disconnect),
        ] {
            assert_eq!(step(kind, restart, &tried), expect, "{kind} {restart} {tried:?}");
        }
    }

    #[test]
    fn a_refused_change_is_followed_at_once_and_silence_is_waited_out_longer_each_time() {
        assert_eq!(wait_secs(Change, NasAnswer::Nak(401), 0), 0);
        assert_eq!(wait_secs(Change, NasAnswer::Ack, 0), 630);
        let waits: Vec<i64> =
            (0..10).map(|n| wait_secs(Disconnect, NasAnswer::Timeout, n)).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(wait_secs(Disconnect, NasAnswer::Timeout, i64::MAX), 900);
    }
}

//! Bringing live sessions to the desired access: CoA, else Disconnect, with backoff, until enforced.

use std::collections::BTreeMap;

use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use kernel::{Cause, Clock, NasId, Result, Ts};
use store::{Db, Tx};

use crate::access::{Attempt, AttemptHow, Delivered, Due, Target, Work, claim, record_attempts};
use crate::control::{NasAnswer, NasControl, SESSION_NOT_FOUND};
use crate::desired::DesiredKind;

/// After an acknowledged change the next accounting must come within two interims, and this much more.
const AWAIT_GRACE_SECS: i64 = 30;
/// After an acknowledged disconnect the stop must come.
const AWAIT_STOP_SECS: i64 = 30;
const BACKOFF_FIRST_SECS: i64 = 5;
const BACKOFF_MAX_SECS: i64 = 900;
/// Timeouts of a change before a disconnect is tried.
const CHANGE_TRIES: usize = 2;
/// Results written in one transaction.
const FLUSH: usize = 64;
/// Subscriptions claimed in one transaction.
const CLAIM: i64 = 32;
/// Subscriptions under way at one NAS at which no more are claimed for it.
pub const PER_NAS: usize = 32;
/// A round ends after this many times its limit, however much new work comes.
const CLAIMS_A_ROUND: usize = 20;

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

/// Until when the accounting of a session must have come that reports every `interim_secs`.
const fn await_accounting_secs(interim_secs: i64) -> i64 {
    2 * interim_secs + AWAIT_GRACE_SECS
}

/// Seconds to the next attempt after this answer; `attempts` is how many rounds there were before,
/// `interim_secs` how often the session's accounting comes.
pub fn wait_secs(how: AttemptHow, answer: NasAnswer, attempts: i64, interim_secs: i64) -> i64 {
    match (answer, how) {
        (NasAnswer::Ack, AttemptHow::Change) => await_accounting_secs(interim_secs),
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

/// Claims what is due, talks to the NAS outside any transaction and settles the answers. The next round
/// is the retry.
///
/// # Errors
/// When the database is away; what was claimed comes back when its lease ends.
pub async fn round(
    db: &Db,
    control: &dyn NasControl,
    clock: &dyn Clock,
    limit: i64,
) -> Result<Round> {
    round_looking(db, control, clock, limit, std::future::pending).await
}

/// As [`round`]; while NAS are waited for, it looks for new work whenever `pause` is over and whenever
/// an answer came, so that a NAS that does not answer delays only its own subscriptions: at most
/// [`PER_NAS`] of them and one claim are under way at once, of `limit` in all.
///
/// # Errors
/// As [`round`].
pub async fn round_looking<P, W>(
    db: &Db,
    control: &dyn NasControl,
    clock: &dyn Clock,
    limit: i64,
    pause: P,
) -> Result<Round>
where
    P: Fn() -> W + Send + Sync,
    W: Future<Output = ()> + Send,
{
    let mut round = Round::default();
    let mut busy = Busy::default();
    let mut acting = FuturesUnordered::new();
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_mul(CLAIMS_A_ROUND);
    let mut due = Due::All;
    loop {
        while round.claimed < most {
            let room = limit.min(CLAIM).min(limit.saturating_sub_unsigned(acting.len() as u64));
            if room <= 0 {
                break;
            }
            let claimed = claim(db, clock.now(), room, due, &busy.full()).await?;
            let last = claimed.len() < usize::try_from(room).unwrap_or(0);
            round.claimed += claimed.len();
            for work in claimed {
                busy.begin(&work);
                acting.push(act(control, clock, work));
            }
            if last {
                break;
            }
        }
        // What was attempted in this round is attempted again in the next one.
        due = Due::New;
        if acting.is_empty() {
            break;
        }
        let pausing = std::pin::pin!(pause());
        if let Either::Left((Some(one), _)) = select(acting.next(), pausing).await {
            let mut done = vec![one];
            while done.len() < FLUSH
                && let Some(Some(more)) = acting.next().now_or_never()
            {
                done.push(more);
            }
            for acted in &done {
                busy.end(&acted.work);
                round.count(acted);
            }
            round.enforced += settle(db, clock.now(), &done).await?;
        }
    }
    if round.unanswered > 0 {
        tracing::warn!(?round, "some NAS did not answer");
    } else if round.claimed > 0 {
        tracing::info!(?round, "access carried out");
    }
    Ok(round)
}

impl Round {
    fn count(&mut self, acted: &Acted) {
        for attempt in &acted.attempts {
            match attempt.answer {
                NasAnswer::Ack => self.acked += 1,
                NasAnswer::Nak(_) => self.refused += 1,
                NasAnswer::Timeout | NasAnswer::NotPossible => self.unanswered += 1,
            }
        }
    }
}

/// How many subscriptions each NAS is asked about at this moment.
#[derive(Default)]
struct Busy(BTreeMap<NasId, usize>);

impl Busy {
    fn begin(&mut self, work: &Work) {
        for target in &work.targets {
            *self.0.entry(target.session.nas).or_default() += 1;
        }
    }
    fn end(&mut self, work: &Work) {
        for target in &work.targets {
            if let Some(count) = self.0.get_mut(&target.session.nas) {
                *count = count.saturating_sub(1);
            }
        }
    }
    fn full(&self) -> Vec<NasId> {
        self.0.iter().filter(|(_, count)| **count >= PER_NAS).map(|(nas, _)| *nas).collect()
    }
}

struct Acted {
    work: Work,
    attempts: Vec<Attempt>,
    next_attempt_at: Ts,
}

async fn act(control: &dyn NasControl, clock: &dyn Clock, work: Work) -> Acted {
    let mut attempts = Vec::with_capacity(work.targets.len());
    let mut waits = Vec::with_capacity(work.targets.len());
    for target in &work.targets {
        if runs_already(&work, target) {
            waits.push(await_accounting_secs(work.interim_secs));
            continue;
        }
        let restarts = target.needs_restart || target.unwanted;
        let how = step(work.access.kind(), restarts, &target.tried);
        let sent_at = clock.now();
        let answer = match how {
            AttemptHow::Change => control.change(&target.session, &work.access).await,
            AttemptHow::Disconnect => control.disconnect(&target.session).await,
        };
        waits.push(wait_secs(how, answer, work.attempts, work.interim_secs));
        attempts.push(Attempt {
            session: target.session.id,
            nas: target.session.nas,
            how,
            answer,
            sent_at,
            answered_at: clock.now(),
        });
    }
    let wait = waits.into_iter().min().unwrap_or(BACKOFF_MAX_SECS);
    let next_attempt_at = clock.now().plus_secs(wait);
    Acted { work, attempts, next_attempt_at }
}

/// A session that logged in with the desired version needs nothing; another one of the same
/// subscription does.
fn runs_already(work: &Work, target: &Target) -> bool {
    let acked = target.tried.contains(&(AttemptHow::Change, Delivered::Ack));
    work.access.kind() != DesiredKind::Blocked
        && !target.unwanted
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
        assert_eq!(wait_secs(Change, NasAnswer::Nak(401), 0, 300), 0);
        assert_eq!(wait_secs(Change, NasAnswer::Ack, 0, 300), 630);
        assert_eq!(wait_secs(Change, NasAnswer::Ack, 0, 86_400), 172_830, "two interims of a day");
        let waits: Vec<i64> =
            (0..10).map(|n| wait_secs(Disconnect, NasAnswer::Timeout, n, 300)).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(wait_secs(Disconnect, NasAnswer::Timeout, i64::MAX, 300), 900);
    }
}

//! Attempts to bring a session to the desired access, each kept.

use kernel::{Fault, NasId, Result, SessionId, SubscriptionId, Ts};
use store::{Lock, QueryExt, Tx, Value, args, words};

use super::agree::{How, mark, settle};
use crate::control::{NasAnswer, SESSION_NOT_FOUND};
use crate::desired::DesiredKind;

words! {
    /// What was sent.
    pub enum AttemptHow { Change = "change", Disconnect = "disconnect" }
}

words! {
    /// What came back, as stored.
    pub enum Delivered {
        Ack = "ack",
        Nak = "nak",
        Timeout = "timeout",
        NotPossible = "not_possible",
    }
}

impl Delivered {
    pub(crate) const fn of(answer: NasAnswer) -> (Self, i64) {
        match answer {
            NasAnswer::Ack => (Self::Ack, 0),
            NasAnswer::Nak(cause) => (Self::Nak, cause as i64),
            NasAnswer::Timeout => (Self::Timeout, 0),
            NasAnswer::NotPossible => (Self::NotPossible, 0),
        }
    }
}

/// One exchange with a NAS about one session.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub session: SessionId,
    pub nas: NasId,
    pub how: AttemptHow,
    pub answer: NasAnswer,
    pub sent_at: Ts,
    pub answered_at: Ts,
}

/// Keeps an attempt, takes from the answer what it proves, and marks the access enforced when that is
/// now so. Answers whether it is enforced. A person's own disconnect is recorded the same way.
pub async fn record_attempt(
    tx: &mut Tx,
    subscription: SubscriptionId,
    version: i64,
    attempt: &Attempt,
    next_attempt_at: Ts,
) -> Result<bool> {
    let one = std::slice::from_ref(attempt);
    record_attempts(tx, subscription, version, one, next_attempt_at).await
}

/// As [`record_attempt`] for all open sessions of a subscription, tried in one round. `next_attempt_at`
/// is when to try again if it is not enforced by then.
pub async fn record_attempts(
    tx: &mut Tx,
    subscription: SubscriptionId,
    version: i64,
    list: &[Attempt],
    next_attempt_at: Ts,
) -> Result<bool> {
    tx.lock(Lock::Subscription(subscription)).await?;
    let actor = tx.actor().tag();
    let mut rows: Vec<Value> = Vec::new();
    for attempt in list {
        let id: kernel::AccessChangeId = tx.new_id();
        let (answer, cause) = Delivered::of(attempt.answer);
        rows.extend(args![
            id,
            subscription,
            attempt.session,
            attempt.nas,
            version,
            attempt.how,
            answer,
            cause,
            attempt.sent_at,
            attempt.answered_at,
            actor
        ]);
    }
    tx.bulk(
        "insert into network_coa (id, subscription_id, session_id, nas_id, version, how, answer,
           error_cause, sent_at, answered_at, actor)",
        "",
        11,
        rows,
    )
    .await?;
    for attempt in list {
        learn(tx, subscription, version, attempt).await?;
    }
    tx.exec(
        "update network_access set attempts = attempts + 1, next_attempt_at = $1
         where subscription_id = $2 and version = $3 and enforced_version < $3",
        args![next_attempt_at, subscription, version],
    )
    .await?;
    Ok(!settle(tx, &[subscription]).await?.is_empty())
}

/// An acknowledged change is remembered on the session; "no such session" closes it.
async fn learn(
    tx: &mut Tx,
    subscription: SubscriptionId,
    version: i64,
    attempt: &Attempt,
) -> Result<()> {
    match (attempt.answer, attempt.how) {
        (NasAnswer::Ack, AttemptHow::Change) => {
            let kind: Option<DesiredKind> = tx
                .value_opt(
                    "select desired from network_access_change
                     where subscription_id = $1 and version = $2 and effect = true",
                    args![subscription, version],
                )
                .await?;
            tx.exec(
                "update network_session set acked_version = $1, acked_at = $2, isolated = $3
                 where id = $4 and acked_version < $1",
                args![
                    version,
                    attempt.answered_at,
                    kind == Some(DesiredKind::Isolated),
                    attempt.session
                ],
            )
            .await?;
            tx.exec(
                "update network_access_change set acked_at = $1
                 where subscription_id = $2 and version = $3 and effect = true and acked_at is null",
                args![attempt.answered_at, subscription, version],
            )
            .await?;
            Ok(())
        }
        (NasAnswer::Nak(SESSION_NOT_FOUND), _) => {
            crate::session::not_found_at_nas(tx, attempt.session, attempt.answered_at).await
        }
        _ => Ok(()),
    }
}

/// Marks `version` enforced as of `at`, where the evidence lies outside this room's tables.
///
/// # Errors
/// `network.access_moved_on` when another version is desired by now.
pub async fn enforced(
    tx: &mut Tx,
    subscription: SubscriptionId,
    version: i64,
    at: Ts,
) -> Result<()> {
    let now: Option<i64> = tx
        .value_opt(
            "select version from network_access where subscription_id = $1",
            args![subscription],
        )
        .await?;
    if now != Some(version) {
        return Err(Fault::conflict(
            "network.access_moved_on",
            "Akses langganan ini sudah berubah lagi.",
            "The access of this subscription has changed again.",
        ));
    }
    mark(tx, subscription, version, at, How::Accounting).await?;
    Ok(())
}

//! When the desired access counts as enforced.

use std::collections::BTreeMap;

use kernel::{Event, Result, SessionId, SubscriptionId, Ts};
use store::{QueryExt, Tx, args, row, words};

use crate::desired::DesiredKind;
use crate::mac::Mac;

words! {
    /// How it was seen that the access is enforced.
    pub enum How {
        /// No session was open: the next login gets it.
        NoSession = "no_session",
        /// The session's NAS has nothing else to be told: what changed is not for its vendor.
        Same = "same",
        /// The session that ran with the old access ended.
        Ended = "ended",
        /// A session that started with it.
        Restarted = "restarted",
        /// Its accounting carries the version in Class.
        Class = "class",
        /// The NAS acknowledged, and the session's next accounting came after that.
        Accounting = "accounting",
    }
}

/// What is known of one open session.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    pub started_at: Ts,
    /// The last accounting heard.
    pub updated_at: Ts,
    /// The version in Class; `None` when the NAS does not return Class.
    pub access_version: Option<i64>,
    /// The highest version the NAS acknowledged by CoA.
    pub acked_version: i64,
    /// `None` with a version: there was nothing to tell its NAS for it.
    pub acked_at: Option<Ts>,
    /// Its device was taken away: it has to end, whatever it runs with.
    pub unwanted: bool,
}

/// Whether an open session runs with `version`, desired since `since`; the source of the rule is the
/// definition of *enforced*: the NAS acknowledged and the next accounting agrees, or the session ended
/// or restarted with the new attributes. No session satisfies `Blocked`: it has to end.
pub fn agreement(kind: DesiredKind, version: i64, since: Ts, session: &Running) -> Option<How> {
    if kind == DesiredKind::Blocked || session.unwanted {
        return None;
    }
    if session.acked_version >= version && session.acked_at.is_none() {
        return Some(How::Same);
    }
    match session.access_version {
        Some(running) if running >= version && session.started_at >= since => Some(How::Restarted),
        Some(running) if running >= version => Some(How::Class),
        None if session.started_at >= since => Some(How::Restarted),
        _ => {
            let acked = session.acked_version >= version;
            let heard = session.acked_at.is_some_and(|at| session.updated_at > at);
            (acked && heard).then_some(How::Accounting)
        }
    }
}

row! {
    struct OpenRow {
        subscription_id: SubscriptionId,
        desired: DesiredKind,
        version: i64,
        since: Ts,
        attempts: i64,
        session_id: Option<SessionId>,
        started_at: Option<Ts>,
        updated_at: Option<Ts>,
        access_version: Option<i64>,
        acked_version: Option<i64>,
        acked_at: Option<Ts>,
        unwanted: Option<bool>,
    }
}

/// Looks at unenforced subscriptions among `subscriptions` and marks those enforced whose open sessions
/// all agree. Answers them.
pub(crate) async fn settle(
    tx: &mut Tx,
    subscriptions: &[SubscriptionId],
) -> Result<Vec<SubscriptionId>> {
    let rows: Vec<OpenRow> = tx
        .rows(
            "select a.subscription_id, a.desired, a.version, a.since, a.attempts,
               s.id as session_id, s.started_at, s.updated_at, s.access_version, s.acked_version,
               s.acked_at, s.unwanted
             from network_access a
             left join network_session s
               on s.subscription_id = a.subscription_id and s.state <> 'closed'
             where a.enforced_version < a.version and a.subscription_id {AMONG}($1)
             order by a.subscription_id",
            args![subscriptions],
        )
        .await?;
    let mut by_subscription: BTreeMap<SubscriptionId, Vec<OpenRow>> = BTreeMap::new();
    for row in rows {
        by_subscription.entry(row.subscription_id).or_default().push(row);
    }
    let mut done = Vec::with_capacity(by_subscription.len());
    let mut alike: BTreeMap<(i64, How), Vec<SubscriptionId>> = BTreeMap::new();
    for (subscription, rows) in by_subscription {
        let hows: Option<Vec<How>> = rows.iter().map(agreement_of).collect();
        let Some(hows) = hows else { continue };
        let version = rows.first().map_or(0, |r| r.version);
        // Of several sessions the weakest evidence is what counts.
        let how = hows.into_iter().max().unwrap_or(How::NoSession);
        alike.entry((version, how)).or_default().push(subscription);
        done.push(subscription);
    }
    for ((version, how), subscriptions) in alike {
        mark_all(tx, &subscriptions, version, tx.now(), how).await?;
    }
    Ok(done)
}

fn agreement_of(row: &OpenRow) -> Option<How> {
    let (Some(started_at), Some(updated_at)) = (row.started_at, row.updated_at) else {
        return Some(if row.attempts > 0 { How::Ended } else { How::NoSession });
    };
    let running = Running {
        started_at,
        updated_at,
        access_version: row.access_version,
        acked_version: row.acked_version.unwrap_or(0),
        acked_at: row.acked_at,
        unwanted: row.unwanted.unwrap_or(false),
    };
    agreement(row.desired, row.version, row.since, &running)
}

/// Writes that `version` is enforced, in the row and its history, and says so once.
pub(super) async fn mark(
    tx: &mut Tx,
    subscription: SubscriptionId,
    version: i64,
    at: Ts,
    how: How,
) -> Result<()> {
    mark_all(tx, &[subscription], version, at, how).await
}

/// As [`mark`] for many of the same version.
async fn mark_all(
    tx: &mut Tx,
    subscriptions: &[SubscriptionId],
    version: i64,
    at: Ts,
    how: How,
) -> Result<()> {
    let mut marked: Vec<SubscriptionId> = tx
        .values(
            "update network_access set enforced_version = $1, enforced_at = $2, next_attempt_at = null
             where version = $1 and enforced_version < $1 and subscription_id {AMONG}($3)
             returning subscription_id",
            args![version, at, subscriptions],
        )
        .await?;
    if marked.is_empty() {
        return Ok(());
    }
    marked.sort_unstable();
    tx.exec(
        "update network_access_change set enforced_at = $1, enforced_how = $2
         where version = $3 and effect = true and enforced_at is null and subscription_id {AMONG}($4)",
        args![at, how, version, marked],
    )
    .await?;
    for subscription in marked {
        tx.emit(Event::AccessEnforced { subscription });
    }
    Ok(())
}

/// The device of these open sessions was taken away: those of another MAC than `stays` have to end. The
/// access is carried out again until they have. Answers how many there are.
pub(crate) async fn end_of_device(
    tx: &mut Tx,
    subscription: SubscriptionId,
    stays: Option<Mac>,
) -> Result<u64> {
    let gone = tx
        .exec(
            "update network_session set unwanted = true
             where subscription_id = $1 and state <> 'closed' and ($2 is null or mac is null or mac <> $2)",
            args![subscription, stays],
        )
        .await?;
    if gone > 0 {
        tx.exec(
            "update network_access set enforced_version = version - 1, enforced_at = null,
               next_attempt_at = $1, attempts = 0 where subscription_id = $2",
            args![tx.now(), subscription],
        )
        .await?;
    }
    Ok(gone)
}

/// A session that just appeared runs with an older access than the desired one: its login crossed the
/// change on the way. The access is not enforced after all, and is attempted at once.
pub(crate) async fn reopen_raced(tx: &mut Tx, subscriptions: &[SubscriptionId]) -> Result<u64> {
    tx.exec(
        "update network_access set enforced_version = version - 1, enforced_at = null,
           next_attempt_at = $1, attempts = 0
         where enforced_version >= version and subscription_id {AMONG}($2)
           and exists (select 1 from network_session s
             where s.subscription_id = network_access.subscription_id and s.state = 'live'
               and s.acked_version < network_access.version
               and (network_access.desired = 'blocked'
                 or s.access_version < network_access.version
                 or (s.access_version is null and s.started_at < network_access.since)))",
        args![tx.now(), subscriptions],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Ts {
        Ts::from_secs(secs)
    }

    #[test]
    fn enforced_means_acknowledged_and_heard_of_or_restarted() {
        let old = Running {
            started_at: at(100),
            updated_at: at(900),
            access_version: Some(1),
            acked_version: 0,
            acked_at: None,
            unwanted: false,
        };
        let check = |session: Running| agreement(DesiredKind::Isolated, 2, at(1_000), &session);
        assert_eq!(check(old), None);
        let acked = Running { acked_version: 2, acked_at: Some(at(1_001)), ..old };
        assert_eq!(check(acked), None, "the acknowledgement alone proves nothing");
        assert_eq!(check(Running { updated_at: at(1_001), ..acked }), None);
        assert_eq!(check(Running { updated_at: at(1_200), ..acked }), Some(How::Accounting));
        let echoes = Running { access_version: Some(2), updated_at: at(1_002), ..acked };
        assert_eq!(check(echoes), Some(How::Class));
        let fresh = Running { started_at: at(1_003), access_version: Some(2), ..old };
        assert_eq!(check(fresh), Some(How::Restarted));
        let crossed = Running { started_at: at(1_003), access_version: Some(1), ..old };
        assert_eq!(check(crossed), None, "it logged in before and accounts after the change");
        let silent = Running { started_at: at(1_003), access_version: None, ..old };
        assert_eq!(check(silent), Some(How::Restarted));
        assert_eq!(agreement(DesiredKind::Blocked, 2, at(1_000), &fresh), None);
        let untold = Running { acked_version: 2, ..old };
        assert_eq!(check(untold), Some(How::Same));
        assert_eq!(check(Running { unwanted: true, ..fresh }), None, "its device is gone");
    }
}

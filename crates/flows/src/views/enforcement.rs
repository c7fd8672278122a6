//! What was decided and what became of it: changes of access, exchanges with routers, the list of what is
//! not carried out yet, and the times it took.

use kernel::{
    BranchId, CustomerId, NasId, ProfileId, Result, Scope, SessionId, SubscriptionId, TrailId, Ts,
};
use network::DesiredKind;
use network::access::{AttemptHow, Delivered, How};
use store::{Query, QueryExt, args};

use super::people;
use super::reach::reach;

store::row! {
    /// A subscription whose sessions do not run with the desired access.
    pub struct NotEnforcedRow {
        pub subscription_id: SubscriptionId,
        pub subscription_number: Option<String>,
        pub customer_id: CustomerId,
        pub customer_name: Option<String>,
        pub username: String,
        pub branch_id: BranchId,
        pub desired: DesiredKind,
        /// `{code, id, en, evidence}` of the decision.
        pub why: serde_json::Value,
        pub caused_at: Ts,
        pub since: Ts,
        pub attempts: i64,
        pub next_attempt_at: Option<Ts>,
        /// What the router was last asked for this version, and what it said.
        pub last_how: Option<AttemptHow>,
        pub last_answer: Option<Delivered>,
        /// Error-Cause of the last answer; 0 when none was given.
        pub last_error_cause: Option<i64>,
        pub last_nas: Option<String>,
    }
}

/// The "not enforced" list, oldest first, after `(since, subscription)`.
///
/// # Errors
/// Only when the database fails.
pub async fn not_enforced(
    q: &mut dyn Query,
    scope: &Scope,
    after: Option<(Ts, SubscriptionId)>,
    limit: i64,
) -> Result<Vec<NotEnforcedRow>> {
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(Vec::new()) };
    narrow.only("x.enforced_version < x.version");
    if let Some((since, id)) = after {
        let (since, id) = (narrow.bind(since), narrow.bind(id));
        narrow.only(&format!(
            "(x.since > {since} or (x.since = {since} and x.subscription_id > {id}))"
        ));
    }
    let limit = narrow.bind(limit);
    let sql = format!(
        "select x.subscription_id, s.number as subscription_number, t.customer_id,
           c.name as customer_name, t.username, t.branch_id, x.desired, x.why, x.caused_at, x.since,
           x.attempts, x.next_attempt_at, k.how as last_how, k.answer as last_answer,
           k.error_cause as last_error_cause, n.name as last_nas
         from network_access x
         join network_account t on t.id = x.account_id
         left join billing_subscription s on s.id = x.subscription_id
         left join crm_customer c on c.id = t.customer_id
         left join network_coa k on k.id = (select z.id from network_coa z
           where z.subscription_id = x.subscription_id and z.version = x.version
           order by z.sent_at desc, z.id desc limit 1)
         left join network_nas n on n.id = k.nas_id
         {} order by x.since, x.subscription_id limit {limit}",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

store::row! {
    /// One change of the desired access.
    pub struct ChangeRow {
        pub version: i64,
        /// A NAS had to be told; `false`: only the holds changed.
        pub effect: bool,
        pub at: Ts,
        pub desired: DesiredKind,
        pub profile_id: Option<ProfileId>,
        pub profile_name: Option<String>,
        pub reason: Option<String>,
        pub holds: serde_json::Value,
        pub why: serde_json::Value,
        pub caused_at: Ts,
        pub acked_at: Option<Ts>,
        pub enforced_at: Option<Ts>,
        pub enforced_how: Option<How>,
        pub trail: TrailId,
        pub actor: String,
    }
}

/// A change with the name of the person behind it; `None`: the program by itself.
#[derive(Clone, Debug)]
pub struct Change {
    pub row: ChangeRow,
    pub by: Option<String>,
}

/// The subscription's changes of access, newest first.
///
/// # Errors
/// `billing.subscription_not_found` when there is none in scope.
pub async fn changes(
    q: &mut dyn Query,
    scope: &Scope,
    subscription: SubscriptionId,
    limit: i64,
) -> Result<Vec<Change>> {
    billing::subscription::find(q, scope, subscription).await?;
    let rows: Vec<ChangeRow> = q
        .rows(
            "select h.version, h.effect, h.at, h.desired, h.profile_id, p.name as profile_name,
               h.reason, h.holds, h.why, h.caused_at, h.acked_at, h.enforced_at, h.enforced_how,
               h.trail, h.actor
             from network_access_change h
             left join catalog_profile p on p.id = h.profile_id
             where h.subscription_id = $1 order by h.at desc, h.id desc limit $2",
            args![subscription, limit],
        )
        .await?;
    let names = people::names(q, rows.iter().map(|r| r.actor.as_str())).await?;
    Ok(rows.into_iter().map(|row| Change { by: names.of(&row.actor), row }).collect())
}

store::row! {
    /// One exchange with a router about one session.
    pub struct AttemptRow {
        pub session_id: SessionId,
        pub nas_id: NasId,
        pub nas_name: Option<String>,
        pub version: i64,
        pub how: AttemptHow,
        pub answer: Delivered,
        /// Error-Cause of a NAK; 0 when none was given.
        pub error_cause: i64,
        pub sent_at: Ts,
        pub answered_at: Ts,
        pub actor: String,
    }
}

/// An exchange with the name of the person who asked for it; `None`: the program by itself.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub row: AttemptRow,
    pub by: Option<String>,
}

/// The exchanges about a subscription's sessions, newest first.
///
/// # Errors
/// `billing.subscription_not_found` when there is none in scope.
pub async fn attempts(
    q: &mut dyn Query,
    scope: &Scope,
    subscription: SubscriptionId,
    limit: i64,
) -> Result<Vec<Attempt>> {
    billing::subscription::find(q, scope, subscription).await?;
    let rows: Vec<AttemptRow> = q
        .rows(
            "select k.session_id, k.nas_id, n.name as nas_name, k.version, k.how, k.answer,
               k.error_cause, k.sent_at, k.answered_at, k.actor
             from network_coa k left join network_nas n on n.id = k.nas_id
             where k.subscription_id = $1 order by k.sent_at desc, k.id desc limit $2",
            args![subscription, limit],
        )
        .await?;
    let names = people::names(q, rows.iter().map(|r| r.actor.as_str())).await?;
    Ok(rows.into_iter().map(|row| Attempt { by: names.of(&row.actor), row }).collect())
}

store::row! {
    struct TimingRow { caused_at: Ts, acked_at: Option<Ts>, enforced_at: Option<Ts> }
}

/// How long it took from the cause to the routers, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    pub count: i64,
    pub median_ms: Option<i64>,
    pub p95_ms: Option<i64>,
    pub max_ms: Option<i64>,
}

impl Spread {
    /// The spread of these times. The 95th percentile is the smallest time that 95 % do not exceed.
    pub fn of(mut millis: Vec<i64>) -> Self {
        millis.sort_unstable();
        let nth = |percent: usize| {
            let place = (millis.len() * percent).div_ceil(100);
            millis.get(place.saturating_sub(1)).copied()
        };
        Self {
            count: i64::try_from(millis.len()).unwrap_or(i64::MAX),
            median_ms: nth(50),
            p95_ms: nth(95),
            max_ms: millis.last().copied(),
        }
    }
}

/// The measure "cause to enforced" over some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Changes that met an open session.
    pub changes: i64,
    /// Of these, not enforced yet.
    pub waiting: i64,
    /// Until the router acknowledged the change.
    pub acked: Spread,
    /// Until accounting proved it, or the session was gone.
    pub enforced: Spread,
    /// There were more changes than are looked at: only the first ones count.
    pub is_cut: bool,
}

/// More changes than this are not looked at.
const TIMINGS_MAX: i64 = 20_000;

/// The times of the changes made in `[from, to)` that met an open session, in scope.
///
/// # Errors
/// Only when the database fails.
pub async fn timings(q: &mut dyn Query, scope: &Scope, from: Ts, to: Ts) -> Result<Timings> {
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(Timings::default()) };
    narrow.when(Some(from), "h.at >= ?");
    narrow.when(Some(to), "h.at < ?");
    narrow.only("h.effect = true and (h.enforced_how is null or h.enforced_how <> 'no_session')");
    let limit = narrow.bind(TIMINGS_MAX + 1);
    let sql = format!(
        "select h.caused_at, h.acked_at, h.enforced_at from network_access_change h
         join billing_subscription t on t.id = h.subscription_id
         {} order by h.at, h.id limit {limit}",
        narrow.clause()
    );
    let mut rows: Vec<TimingRow> = q.rows(&sql, narrow.into_args()).await?;
    let max = usize::try_from(TIMINGS_MAX).unwrap_or(usize::MAX);
    let is_cut = rows.len() > max;
    rows.truncate(max);
    let took = |end: fn(&TimingRow) -> Option<Ts>| -> Vec<i64> {
        rows.iter().filter_map(|r| Some(end(r)?.millis_since(r.caused_at).max(0))).collect()
    };
    let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
    Ok(Timings {
        changes: count(rows.len()),
        waiting: count(rows.iter().filter(|r| r.enforced_at.is_none()).count()),
        acked: Spread::of(took(|r| r.acked_at)),
        enforced: Spread::of(took(|r| r.enforced_at)),
        is_cut,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let hundred: Vec<i64> = (1..=100).rev().collect();
        let spread = Spread::of(hundred);
        assert_eq!(
            (spread.count, spread.median_ms, spread.p95_ms, spread.max_ms),
            (100, Some(50), Some(95), Some(100))
        );
        assert_eq!(Spread::of(vec![7]).p95_ms, Some(7));
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}

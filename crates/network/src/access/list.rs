//! What people look at: the history, the list of the not enforced, and the times it took.

use kernel::{
    BranchId, NasId, PartnerId, ProfileId, Result, Scope, SessionId, SubscriptionId, TrailId, Ts,
};
use serde_json::Value as Json;
use store::{Query, QueryExt, args, row};

use super::agree::How;
use super::attempt::{AttemptHow, Delivered};
use crate::desired::DesiredKind;
use crate::sql::{SCOPED, scope_args};

row! {
    /// One change of the desired access.
    pub struct Change {
        pub version: i64,
        /// A NAS had to be told; `false`: only the holds changed.
        pub effect: bool,
        pub at: Ts,
        pub desired: DesiredKind,
        pub profile_id: Option<ProfileId>,
        pub reason: Option<String>,
        pub holds: Json,
        pub why: Json,
        pub caused_at: Ts,
        pub acked_at: Option<Ts>,
        pub enforced_at: Option<Ts>,
        pub enforced_how: Option<How>,
        pub trail: TrailId,
        pub actor: String,
    }
}

/// The subscription's changes of access, newest first. The caller has checked the scope.
pub async fn changes(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    limit: i64,
) -> Result<Vec<Change>> {
    q.rows(
        "select version, effect, at, desired, profile_id, reason, holds, why, caused_at, acked_at,
           enforced_at, enforced_how, trail, actor
         from network_access_change where subscription_id = $1 order by at desc, id desc limit $2",
        args![subscription, limit],
    )
    .await
}

row! {
    /// One exchange with a NAS.
    pub struct AttemptRow {
        pub session_id: SessionId,
        pub nas_id: NasId,
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

/// The attempts made for a subscription, newest first. The caller has checked the scope.
pub async fn attempts(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    limit: i64,
) -> Result<Vec<AttemptRow>> {
    q.rows(
        "select session_id, nas_id, version, how, answer, error_cause, sent_at, answered_at, actor
         from network_coa where subscription_id = $1 order by sent_at desc, id desc limit $2",
        args![subscription, limit],
    )
    .await
}

row! {
    /// A subscription whose sessions do not run with the desired access.
    pub struct NotEnforced {
        pub subscription_id: SubscriptionId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub username: String,
        pub desired: DesiredKind,
        pub since: Ts,
        pub attempts: i64,
        pub next_attempt_at: Option<Ts>,
        pub version: i64,
    }
}

/// The "not enforced" list: in scope, wanted since before `since_before`, oldest first.
pub async fn not_enforced(
    q: &mut dyn Query,
    scope: &Scope,
    since_before: Ts,
    limit: i64,
) -> Result<Vec<NotEnforced>> {
    let sql = format!(
        "select a.subscription_id, t.branch_id, t.partner_id, t.username, a.desired, a.since,
           a.attempts, a.next_attempt_at, a.version
         from network_access a join network_account t on t.id = a.account_id
         where {SCOPED} and a.enforced_version < a.version and a.since <= $4
         order by a.since, a.subscription_id limit $5"
    );
    let mut params = scope_args(scope);
    params.extend(args![since_before, limit]);
    q.rows(&sql, params).await
}

row! {
    /// How long one change took.
    pub struct Timing {
        pub subscription_id: SubscriptionId,
        pub desired: DesiredKind,
        pub caused_at: Ts,
        pub acked_at: Option<Ts>,
        pub enforced_at: Option<Ts>,
        pub enforced_how: Option<How>,
    }
}

/// The changes caused in `[from, to)` that met an open session, for the measure "cause to enforced".
pub async fn timings(q: &mut dyn Query, from: Ts, to: Ts, limit: i64) -> Result<Vec<Timing>> {
    q.rows(
        "select subscription_id, desired, caused_at, acked_at, enforced_at, enforced_how
         from network_access_change
         where at >= $1 and at < $2 and effect = true
           and (enforced_how is null or enforced_how <> 'no_session')
         order by at, id limit $3",
        args![from, to, limit],
    )
    .await
}

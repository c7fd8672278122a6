//! What must always be true of this room's own tables.

use kernel::{Result, SubscriptionId};
use store::{Query, QueryExt, args};

/// A broken invariant: a stable code, and what was found.
pub type Broken = (&'static str, String);

/// Rows shown a check: one is enough to act on.
const SHOWN: i64 = 20;

/// Checks usage against sessions, quotas against usage, access against its history, and accounts.
///
/// - `network_usage`: a subscription's days add up to its sessions, to the byte.
/// - `network_quota`: marked as crossed exactly when usage has reached the limit.
/// - `network_access`: enforced is never ahead of desired, and the history's last effect is what stands.
/// - `network_session`: closed if and only if it has an end.
/// - `network_account`: closed, with its day, before its name is released.
pub async fn check(q: &mut dyn Query) -> Result<Vec<Broken>> {
    let mut broken = Vec::new();
    for (code, what, sql) in CHECKS {
        let found: Vec<SubscriptionId> = q.values(sql, args![SHOWN]).await?;
        broken.extend(found.into_iter().map(|id| (*code, format!("{what}: subscription {id}"))));
    }
    Ok(broken)
}

const CHECKS: &[(&str, &str, &str)] = &[
    (
        "network_usage",
        "the days' usage is not the sum of the sessions",
        "select s.subscription_id from (
           select subscription_id, cast(sum(bytes_in) as bigint) as i, cast(sum(bytes_out) as bigint) as o
           from network_session where subscription_id is not null group by subscription_id) s
         left join (
           select subscription_id, cast(sum(bytes_in) as bigint) as i, cast(sum(bytes_out) as bigint) as o
           from network_usage_day group by subscription_id) u
           on u.subscription_id = s.subscription_id
         where s.i <> coalesce(u.i, 0) or s.o <> coalesce(u.o, 0)
         order by s.subscription_id limit $1",
    ),
    (
        "network_quota",
        "the quota's mark does not follow from usage",
        "select q.subscription_id from network_quota q
         left join network_usage_day u
           on u.subscription_id = q.subscription_id and u.day >= q.from_on
         group by q.subscription_id, q.limit_bytes, q.crossed_at
         having (q.crossed_at is not null) <>
           (q.limit_bytes is not null
             and coalesce(sum(u.bytes_in + u.bytes_out), 0) >= coalesce(q.limit_bytes, 0))
         order by q.subscription_id limit $1",
    ),
    (
        "network_access",
        "enforced is ahead of desired, or the history says otherwise",
        "select a.subscription_id from network_access a
         where a.enforced_version > a.version or not exists (
           select 1 from network_access_change c
           where c.subscription_id = a.subscription_id and c.version = a.version
             and c.effect = true and c.desired = a.desired)
         order by a.subscription_id limit $1",
    ),
    (
        "network_session",
        "a session is closed without an end, or open with one",
        "select coalesce(s.subscription_id, s.id) from network_session s
         where (s.state = 'closed') <> (s.stopped_at is not null)
         order by s.id limit $1",
    ),
    (
        "network_account",
        "a closed or released account is not closed throughout",
        "select t.subscription_id from network_account t
         where (t.state = 'closed') <> (t.closed_at is not null)
            or (t.released_at is not null and t.state <> 'closed')
         order by t.id limit $1",
    ),
];

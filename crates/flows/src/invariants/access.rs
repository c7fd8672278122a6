//! Desired access is what the one decision says; it is enforced, or somebody works on it.

use kernel::{Day, Result, SubscriptionId, Ts};
use network::DesiredKind;
use store::{Query, QueryExt, args};

use super::Broken;
use crate::sweep::{LATE_SECS, LIVE_QUESTION};

/// Minutes in which access is enforced at a NAS that answers: its next accounting comes within two interims
/// (ten minutes and a half), a disconnect after it within the next round. Who does not answer is tried
/// again within [`network::enforce`]'s longest pause of a quarter of an hour, so that a later attempt than
/// that is nobody's.
const OBJECTIVE_MINUTES: i64 = 20;

pub(super) async fn check(q: &mut dyn Query, now: Ts, broken: &mut Vec<Broken>) -> Result<()> {
    for (subscription, what) in crate::sweep::verify(q, now).await?.first {
        let stored = network::access::of(q, subscription).await?;
        let is_open = stored.is_some_and(|a| a.desired.kind() == DesiredKind::Full);
        let invariant = if is_open { "open_unpaid" } else { "access_differs" };
        broken.push(Broken { invariant, detail: format!("subscription {subscription}: {what}") });
    }
    quotas(q, now, broken).await?;
    for (invariant, what, sql) in CHECKS {
        let found: Vec<String> = q.values(sql, args![]).await?;
        broken
            .extend(found.into_iter().map(|d| Broken { invariant, detail: format!("{d} {what}") }));
    }
    enforcement(q, now, broken).await?;
    sweep_late(q, now, broken).await
}

/// The quota of a running subscription counts from the start of its present period.
async fn quotas(q: &mut dyn Query, now: Ts, broken: &mut Vec<Broken>) -> Result<()> {
    let catalog = catalog::current(q).await?;
    // What the sweep will decide again in a moment begins its period then.
    let rows: Vec<(SubscriptionId, Day)> = q
        .rows(
            "select t.subscription_id, t.from_on from network_quota t
             join billing_subscription s on s.id = t.subscription_id
             join network_access a on a.subscription_id = t.subscription_id
             where t.limit_bytes is not null and s.state in ('active', 'isolated')
               and (a.recheck_at is null or a.recheck_at > $1)
             order by t.subscription_id",
            args![now],
        )
        .await?;
    for chunk in rows.chunks(crate::facts::CHUNK) {
        let ids: Vec<SubscriptionId> = chunk.iter().map(|(id, _)| *id).collect();
        for subject in billing::facts::for_access_many(q, &ids).await? {
            let Some((_, from)) = chunk.iter().find(|(id, _)| *id == subject.subscription) else {
                continue;
            };
            let start = subject.period_at(now.day(catalog.zone(subject.branch))).from;
            if *from != start {
                let number = subject.subscription;
                let detail = format!("subscription {number}: counts from {from}, not from {start}");
                broken.push(Broken { invariant: "quota_period", detail });
            }
        }
    }
    Ok(())
}

const CHECKS: [(&str, &str, &str); 3] = [
    (
        "quota_top_up",
        "has bought more quota than it was given",
        "select s.number from network_quota t
         join billing_subscription s on s.id = t.subscription_id
         where t.limit_bytes is not null and s.state in ('active', 'isolated')
           and t.limit_bytes <= (
             select coalesce(sum(u.bytes), 0) from billing_quota_top_up u
             join billing_invoice i on i.id = u.invoice_id
             where u.subscription_id = t.subscription_id and u.paid_on >= t.from_on
               and i.live and i.paid_at is not null)
         order by s.number limit 20",
    ),
    (
        "state_differs",
        "has a state that its access contradicts",
        "select s.number from billing_subscription s
         join network_access a on a.subscription_id = s.id
         where (s.state = 'active' and a.desired <> 'full')
            or (s.state in ('isolated', 'ready', 'paused') and a.desired <> 'isolated')
            or (s.state in ('pending_install', 'terminated', 'cancelled') and a.desired <> 'blocked')
         order by s.number limit 20",
    ),
    (
        "isolation_open",
        "has an open isolation that its state contradicts",
        "select s.number from billing_subscription s
         left join billing_isolation i on i.subscription_id = s.id and i.to_at is null
         where (s.state = 'isolated' and i.id is null)
            or (s.state in ('active', 'terminated', 'cancelled') and i.id is not null)
         order by s.number limit 20",
    ),
];

/// What is not enforced has an attempt ahead of it that is not long overdue.
async fn enforcement(q: &mut dyn Query, now: Ts, broken: &mut Vec<Broken>) -> Result<()> {
    let found: Vec<String> = q
        .values(
            "select t.username from network_access a join network_account t on t.id = a.account_id
             where a.enforced_version < a.version
               and (a.next_attempt_at is null or a.next_attempt_at < $1)
             order by t.username limit 20",
            args![now.plus_secs(-OBJECTIVE_MINUTES * 60)],
        )
        .await?;
    broken.extend(found.into_iter().map(|d| Broken {
        invariant: "not_enforced_forgotten",
        detail: format!("{d} is not enforced and nobody works on it"),
    }));
    Ok(())
}

/// What is due was swept, except what a live question holds.
async fn sweep_late(q: &mut dyn Query, now: Ts, broken: &mut Vec<Broken>) -> Result<()> {
    let sql = format!(
        "select s.number from network_access a
         join billing_subscription s on s.id = a.subscription_id
         where a.recheck_at < $2 and a.subscription_id not in ({LIVE_QUESTION})
         order by s.number limit 20"
    );
    let found: Vec<String> = q.values(&sql, args![now, now.plus_secs(-LATE_SECS)]).await?;
    broken.extend(found.into_iter().map(|d| Broken {
        invariant: "sweep_late",
        detail: format!("{d} should have been decided again hours ago"),
    }));
    Ok(())
}

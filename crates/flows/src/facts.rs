//! Gathering what the one decision depends on, for one subscription or for hundreds at a time: what billing
//! says, what network measured, what the catalogue allows.
//!
//! Read-only. A source that does not answer is an error, never an empty list, so that nobody's access
//! changes for want of an answer.

use std::collections::BTreeMap;

use billing::facts::{AccessFacts, for_access_many};
use billing::words::{HoldKind, SubscriptionState};
use catalog::Catalog;
use kernel::{Day, Result, SubscriptionId, Ts};
use store::{Query, QueryExt, args, row};

use crate::decide::{Facts, Life, OpenInvoice, PlacedHold, Quota};

/// Subscriptions a question.
pub const CHUNK: usize = 500;

row! { struct QuotaRow { subscription_id: SubscriptionId, limit_bytes: i64, from_on: Day, used: i64 } }

/// The facts of the subscriptions with these ids, in the order of their ids; unknown ids are left out.
pub async fn gather(
    q: &mut dyn Query,
    catalog: &Catalog,
    ids: &[SubscriptionId],
) -> Result<Vec<(AccessFacts, Facts)>> {
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let mut quotas = quotas(q, chunk).await?;
        for subject in for_access_many(q, chunk).await? {
            let quota = quotas.remove(&subject.subscription);
            let facts = facts_of(catalog, &subject, quota)?;
            all.push((subject, facts));
        }
    }
    Ok(all)
}

fn facts_of(catalog: &Catalog, subject: &AccessFacts, quota: Option<QuotaRow>) -> Result<Facts> {
    let plan = catalog.plan(subject.plan)?;
    let zone = catalog.zone(subject.branch);
    let quota = quota.map(|row| {
        let next = subject.period_at(row.from_on).to.next();
        Quota {
            used_bytes: row.used,
            limit_bytes: row.limit_bytes,
            resets_at: Ts::local(next, 0, 0, zone),
        }
    });
    Ok(Facts {
        life: life(subject.state),
        zone,
        policy: catalog.policy(subject.plan, subject.customer),
        profile: plan.profile_id,
        fup_profile: plan.fup_profile_id,
        open: open_of(subject),
        entitled_to: subject.entitled_to,
        grace_until: subject.reversal_grace_until,
        promise_until: subject.promise_until,
        placed: subject.holds.iter().map(placed_of).collect(),
        quota,
    })
}

const fn life(state: SubscriptionState) -> Life {
    match state {
        SubscriptionState::PendingInstall => Life::PendingInstall,
        SubscriptionState::Ready => Life::Ready,
        SubscriptionState::Active | SubscriptionState::Isolated => Life::Running,
        SubscriptionState::Paused => Life::Paused,
        SubscriptionState::Terminated | SubscriptionState::Cancelled => Life::Ended,
    }
}

/// Only what isolates when it is not paid.
fn open_of(subject: &AccessFacts) -> Vec<OpenInvoice> {
    let isolating = subject.unpaid.iter().filter_map(|i| i.isolate_at.map(|at| (i, at)));
    isolating
        .map(|(i, isolate_at)| OpenInvoice {
            id: i.id,
            number: i.number.clone(),
            outstanding: i.outstanding,
            due_on: i.due_on,
            isolate_at,
            period: Some(i.period),
        })
        .collect()
}

fn placed_of(hold: &billing::facts::Hold) -> PlacedHold {
    let kind = if hold.kind == HoldKind::Abuse { "abuse" } else { "manual" };
    PlacedHold { kind, why: hold.why.clone(), until: hold.until }
}

/// Limits and usage of those that have a quota.
async fn quotas(
    q: &mut dyn Query,
    ids: &[SubscriptionId],
) -> Result<BTreeMap<SubscriptionId, QuotaRow>> {
    let rows: Vec<QuotaRow> = q
        .rows(
            "select t.subscription_id, t.limit_bytes, t.from_on,
               cast(coalesce(sum(u.bytes_in + u.bytes_out), 0) as bigint) as used
             from network_quota t
             left join network_usage_day u on u.subscription_id = t.subscription_id and u.day >= t.from_on
             where t.limit_bytes is not null and t.subscription_id {AMONG}($1)
             group by t.subscription_id, t.limit_bytes, t.from_on",
            args![ids],
        )
        .await?;
    Ok(rows.into_iter().map(|row| (row.subscription_id, row)).collect())
}

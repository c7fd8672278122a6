//! The nightly full pass: it changes nothing and must find nothing.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Result, SubscriptionId, Ts};
use network::access::Access;
use serde::Serialize;
use store::{Db, Query, QueryExt, args};

use crate::decide::decide;
use crate::facts::gather;

/// How long a sweep may be late: it runs every few seconds, and a program that was down catches up at once.
pub(crate) const LATE_SECS: i64 = 3 * 3_600;
/// Names shown of what was found.
const NAMED: usize = 20;

/// Held by a question that waits, or by a refusal that still stands at `$1`.
pub(crate) const LIVE_QUESTION: &str = "select h.subscription_id from flows_sweep_held h
    join flows_sweep f on f.id = h.sweep_id
    where f.state = 'waiting' or (f.state = 'refused' and f.holds_until > $1)";

/// What the full pass found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    pub looked_at: usize,
    /// Whose stored access is not what the decision says.
    pub wrong: usize,
    /// The first of them, and how they differ.
    pub first: Vec<(SubscriptionId, String)>,
}

impl Verified {
    fn add(&mut self, subscription: SubscriptionId, what: String) {
        self.wrong += 1;
        if self.first.len() < NAMED {
            self.first.push((subscription, what));
        }
    }
}

/// The nightly pass: verifies, says loudly what it found, and writes it down for the page of tasks.
///
/// # Errors
/// When the database fails; that is written down too, if it can be.
pub async fn nightly(db: &Db, now: Ts) -> Result<Verified> {
    let outcome = match db.snapshot().await {
        // What is paid meanwhile must not look wrong.
        Ok(mut moment) => verify(&mut moment, now).await,
        Err(fault) => Err(fault),
    };
    if let Ok(found) = &outcome
        && found.wrong > 0
    {
        tracing::warn!(wrong = found.wrong, looked_at = found.looked_at, first = ?found.first,
            "stored access is not what the decision says");
    }
    crate::tasks::report(db, now, "nightly_check", &outcome).await?;
    outcome
}

/// Decides for everybody and names those whose stored access is not what the decision says. What is due is
/// the sweep's: for some hours, and as long as it waits for a person's answer.
pub async fn verify(q: &mut dyn Query, now: Ts) -> Result<Verified> {
    let catalog = catalog::current(q).await?;
    let mut found = Verified::default();
    let held: Vec<SubscriptionId> = q.values(LIVE_QUESTION, args![now]).await?;
    let held: BTreeSet<SubscriptionId> = held.into_iter().collect();
    let late = now.plus_secs(-LATE_SECS);
    let mut after = SubscriptionId::nil();
    loop {
        let ids: Vec<SubscriptionId> = q
            .values(
                "select id from billing_subscription where id > $1 order by id limit 500",
                args![after],
            )
            .await?;
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(found) };
        after = *last;
        let stored = network::access::between(q, *first, *last).await?;
        let mut stored: BTreeMap<SubscriptionId, Access> =
            stored.into_iter().map(|a| (a.subscription, a)).collect();
        for (subject, facts) in gather(q, &catalog, &ids).await? {
            let id = subject.subscription;
            found.looked_at += 1;
            let decision = decide(&facts, now);
            let Some(stored) = stored.remove(&id) else {
                found.add(id, format!("no access stored, {} decided", decision.desired.kind()));
                continue;
            };
            let due = stored.recheck_at.is_some_and(|at| at <= now && at > late);
            if stored.desired != decision.desired && !due && !held.contains(&id) {
                let what = format!("stored {:?}, decided {:?}", stored.desired, decision.desired);
                found.add(id, what);
            }
        }
    }
}

//! What a sweep is about to do, before it does it. Read-only; the preview and the sweep ask the same.

use std::collections::BTreeMap;

use billing::words::Mode;
use catalog::Catalog;
use kernel::{BranchId, Result, SubscriptionId, Ts};
use network::access::Access;
use network::{Desired, DesiredKind, Why};
use sha2::{Digest, Sha256};
use store::Query;

use super::CHUNK;
use crate::decide::{Facts, decide, period_over_at};
use crate::facts::gather;

/// One subscription whose access changes.
#[derive(Clone, Debug)]
pub struct Change {
    pub subscription: SubscriptionId,
    pub branch: BranchId,
    pub mode: Mode,
    /// None: nothing was decided before.
    pub from: Option<DesiredKind>,
    pub to: Desired,
    pub why: Why,
    /// Full until now, isolated for money from now on: what the guard looks at.
    pub isolates: bool,
    /// The instant that its unpaid invoice or its paid period reached.
    pub reached_at: Ts,
}

pub(super) struct Planned {
    pub changes: Vec<Change>,
}

/// Everything whose `recheck_at` has come.
pub(super) async fn all_due(q: &mut dyn Query, now: Ts) -> Result<Vec<SubscriptionId>> {
    let mut due = Vec::new();
    let mut after = None;
    loop {
        let page = network::access::due_rechecks(q, now, after, CHUNK).await?;
        let Some(last) = page.last() else { return Ok(due) };
        after = Some(*last);
        due.extend(page);
    }
}

pub(super) async fn plan(
    q: &mut dyn Query,
    catalog: &Catalog,
    due: &[SubscriptionId],
    now: Ts,
) -> Result<Planned> {
    let mut planned = Planned { changes: Vec::new() };
    for chunk in due.chunks(crate::facts::CHUNK) {
        let stored = network::access::of_many(q, chunk).await?;
        let stored: BTreeMap<SubscriptionId, Access> =
            stored.into_iter().map(|a| (a.subscription, a)).collect();
        for (subject, mut facts) in gather(q, catalog, chunk).await? {
            if facts.quota.is_some_and(|quota| quota.resets_at <= now) {
                // The next one begins whole; `reconsider` writes that down.
                facts.quota = None;
            }
            let decision = decide(&facts, now);
            let stored = stored.get(&subject.subscription);
            let was = stored.map(|a| &a.desired);
            let edition = network::access::edition(catalog, &decision.desired);
            let same_edition = stored.is_some_and(|a| a.profile_revision == edition);
            if was == Some(&decision.desired) && same_edition {
                continue;
            }
            planned.changes.push(Change {
                subscription: subject.subscription,
                branch: subject.branch,
                mode: subject.mode,
                from: was.map(Desired::kind),
                isolates: newly_for_money(was, &decision.desired),
                reached_at: reached_at(&facts, now),
                to: decision.desired,
                why: decision.why,
            });
        }
    }
    Ok(planned)
}

/// Whether a decision takes full access away because money is owed.
pub(crate) fn newly_for_money(was: Option<&Desired>, is: &Desired) -> bool {
    let Desired::Isolated { holds } = is else { return false };
    let for_money = holds.iter().any(|h| h == "unpaid" || h == "period_over");
    for_money && was.is_some_and(|w| w.kind() == DesiredKind::Full)
}

/// The last instant that an unpaid invoice reached, else the end of the paid period.
fn reached_at(facts: &Facts, now: Ts) -> Ts {
    let invoices = facts.open.iter().map(|i| i.isolate_at);
    let invoice = invoices.filter(|at| *at <= now).max();
    let over = facts.entitled_to.map(|last| period_over_at(last, facts)).filter(|at| *at <= now);
    invoice.or(over).unwrap_or(now)
}

/// What became of each, as [`hash`] compares it.
pub(super) async fn lines_of(q: &mut dyn Query, changed: &[SubscriptionId]) -> Result<Vec<String>> {
    let mut lines = Vec::with_capacity(changed.len());
    for chunk in changed.chunks(crate::facts::CHUNK) {
        let now = network::access::of_many(q, chunk).await?;
        lines.extend(now.iter().map(|a| line(a.subscription, &a.desired)));
    }
    Ok(lines)
}

pub(super) fn line(subscription: SubscriptionId, to: &Desired) -> String {
    let how = match to {
        Desired::Full { profile } => profile.to_string(),
        Desired::Isolated { holds } => holds.join(","),
        Desired::Blocked { reason } => reason.clone(),
    };
    format!("{subscription}|{}|{how}\n", to.kind())
}

/// One hash over the changes, whatever their order; empty when there are none.
pub(super) fn hash(mut lines: Vec<String>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    lines.sort_unstable();
    let mut hash = Sha256::new();
    for line in &lines {
        hash.update(line);
    }
    hash.finalize()[..16].iter().map(|b| format!("{b:02x}")).collect()
}

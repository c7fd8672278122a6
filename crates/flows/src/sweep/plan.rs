//! What a sweep is about to do, before it does it. Read-only; the preview and the sweep ask the same.

use std::collections::{BTreeMap, BTreeSet};

use billing::facts::AccessFacts;
use billing::words::{Mode, SubscriptionState};
use catalog::Catalog;
use kernel::{BranchId, Result, SubscriptionId, Ts};
use network::access::{Access, Steady};
use network::{Desired, DesiredKind, Why};
use sha2::{Digest, Sha256};
use store::Query;

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

#[derive(Default)]
pub(super) struct Planned {
    pub changes: Vec<Change>,
    /// What stays as it is, until it is looked at again.
    pub steady: Vec<Steady>,
    /// What is written anew though nobody notices: other words, the next period's quota, no answer yet.
    pub renewed: Vec<SubscriptionId>,
}

/// What becomes of all these. Of each, the stored answer is read before the facts, so that a fact which came in
/// between shows by another `recheck_at` ([`network::access::stay`]).
pub(super) async fn plan(
    q: &mut dyn Query,
    catalog: &Catalog,
    due: &[SubscriptionId],
    now: Ts,
) -> Result<Planned> {
    let mut planned = Planned::default();
    for chunk in due.chunks(crate::facts::CHUNK) {
        let stored = network::access::of_many(q, chunk).await?;
        let stored: BTreeMap<SubscriptionId, Access> =
            stored.into_iter().map(|a| (a.subscription, a)).collect();
        for (subject, facts) in gather(q, catalog, chunk).await? {
            let stored = stored.get(&subject.subscription);
            planned.add(catalog, &subject, facts, stored, now);
        }
    }
    Ok(planned)
}

impl Planned {
    pub(super) fn take(&mut self, part: Self) {
        self.changes.extend(part.changes);
        self.steady.extend(part.steady);
        self.renewed.extend(part.renewed);
    }

    /// Whom the decision is asked for again, in one transaction with what it says: all but those who stay or
    /// are held back.
    pub(super) fn to_decide(&self, held: &BTreeSet<SubscriptionId>) -> Vec<SubscriptionId> {
        let changes = self.changes.iter().map(|c| c.subscription);
        let ids = changes.chain(self.renewed.iter().copied()).filter(|id| !held.contains(id));
        let mut ids: Vec<SubscriptionId> = ids.collect();
        ids.sort_unstable();
        ids
    }

    fn add(
        &mut self,
        catalog: &Catalog,
        subject: &AccessFacts,
        mut facts: Facts,
        stored: Option<&Access>,
        now: Ts,
    ) {
        let subscription = subject.subscription;
        let rolls = facts.quota.is_some_and(|quota| quota.resets_at <= now);
        if rolls {
            // The next one begins whole; `reconsider` writes that down.
            facts.quota = None;
        }
        let decision = decide(&facts, now);
        let was = stored.map(|a| &a.desired);
        let edition = network::access::edition(catalog, &decision.desired);
        let same_edition = stored.is_some_and(|a| a.profile_revision == edition);
        if was != Some(&decision.desired) || !same_edition {
            self.changes.push(Change {
                subscription,
                branch: subject.branch,
                mode: subject.mode,
                from: was.map(Desired::kind),
                isolates: newly_for_money(was, &decision.desired),
                reached_at: reached_at(&facts, now),
                to: decision.desired,
                why: decision.why,
            });
            return;
        }
        let in_step = in_step(subject.state, decision.desired.kind());
        match stored.filter(|a| a.why == decision.why && in_step && !rolls) {
            Some(a) => self.steady.push(Steady {
                subscription,
                was: a.recheck_at,
                recheck_at: decision.recheck_at,
            }),
            None => self.renewed.push(subscription),
        }
    }
}

/// Whether billing's state says what the answer says.
fn in_step(state: SubscriptionState, answer: DesiredKind) -> bool {
    match state {
        SubscriptionState::Active => answer != DesiredKind::Isolated,
        SubscriptionState::Isolated => answer == DesiredKind::Isolated,
        _ => true,
    }
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
    let now = network::access::of_many(q, changed).await?;
    Ok(now.iter().map(|a| line(a.subscription, &a.desired)).collect())
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

//! What the sweep of an instant will do: the very plan that the sweep carries out.

use billing::words::Mode;
use kernel::{BranchId, CustomerId, Result, Scope, SubscriptionId, Ts};
use network::DesiredKind;
use std::collections::BTreeMap;
use store::{Query, QueryExt, args};

use super::plan::{self, Change};
use super::question::{self, Outcome};

/// One subscription whose access changes.
#[derive(Clone, Debug)]
pub struct PreviewLine {
    pub change: Change,
    pub number: String,
    pub customer: CustomerId,
    pub customer_name: String,
    /// Held back: a person was asked, or will be.
    pub waits: bool,
}

/// Those that no answer stands for, by branch and mode.
#[derive(Clone, Debug)]
pub struct PreviewGroup {
    pub branch: BranchId,
    pub mode: Mode,
    pub instant: Ts,
    /// Subscriptions whose invoice reached its instant.
    pub reached: i64,
    pub isolated: i64,
    /// Why the guard will ask; none: it goes on, or waits with a question that is asked already.
    pub doubt: Option<serde_json::Value>,
}

/// A sweep that has not happened yet.
#[derive(Clone, Debug)]
pub struct Preview {
    pub at: Ts,
    /// Subscriptions whose time has come, changed or not.
    pub due: usize,
    pub lines: Vec<PreviewLine>,
    pub groups: Vec<PreviewGroup>,
    pub isolates: usize,
    pub opens: usize,
    pub waits: usize,
    /// Equal to the sweep's hash when it does exactly this; empty when nothing changes.
    pub hash: String,
}

/// What the sweep of `at` does by what is known `now`, narrowed to a branch. For a later instant, silence of
/// the gateways is measured by now: what will be paid until then is not known.
///
/// # Errors
/// Only when the database fails.
pub async fn preview(q: &mut dyn Query, scope: &Scope, at: Ts, now: Ts) -> Result<Preview> {
    let at = at.max(now);
    let catalog = catalog::current(q).await?;
    let due = network::access::due_rechecks(q, at).await?;
    let planned = plan::plan(q, &catalog, &due, at).await?;
    let judged = question::judge(q, &catalog, &planned, at, now).await?;
    let sees = |branch: BranchId| scope.branch.is_none_or(|own| own == branch);
    let changes: Vec<Change> = planned.changes.into_iter().filter(|c| sees(c.branch)).collect();
    let mut names = names(q, &changes).await?;
    let mut preview = Preview {
        at,
        due: due.len(),
        lines: Vec::with_capacity(changes.len()),
        groups: Vec::new(),
        isolates: 0,
        opens: 0,
        waits: 0,
        hash: String::new(),
    };
    let mut done = Vec::new();
    for change in changes {
        let waits = judged.held.contains(&change.subscription);
        match (waits, change.to.kind()) {
            (true, _) => preview.waits += 1,
            (false, DesiredKind::Isolated) => preview.isolates += 1,
            (false, DesiredKind::Full) => preview.opens += 1,
            (false, DesiredKind::Blocked) => {}
        }
        if !waits {
            done.push(plan::line(change.subscription, &change.to));
        }
        let Some((number, customer, customer_name)) = names.remove(&change.subscription) else {
            continue;
        };
        preview.lines.push(PreviewLine { change, number, customer, customer_name, waits });
    }
    preview.hash = plan::hash(done);
    let verdicts = judged.verdicts.into_iter().filter(|v| sees(v.group.0));
    preview.groups = verdicts
        .map(|v| PreviewGroup {
            branch: v.group.0,
            mode: v.group.1,
            instant: v.instant,
            reached: v.sweep.reached,
            isolated: v.sweep.isolated,
            doubt: match v.outcome {
                Outcome::Ask(found) => Some(question::doubt_json(found)),
                Outcome::Go | Outcome::Join(_) => None,
            },
        })
        .collect();
    Ok(preview)
}

type Name = (String, CustomerId, String);

async fn names(q: &mut dyn Query, changes: &[Change]) -> Result<BTreeMap<SubscriptionId, Name>> {
    let ids: Vec<SubscriptionId> = changes.iter().map(|c| c.subscription).collect();
    let rows: Vec<(SubscriptionId, String, CustomerId, String)> = q
        .rows(
            "select s.id, s.number, s.customer_id, c.name from billing_subscription s
             join crm_customer c on c.id = s.customer_id where s.id {AMONG}($1)",
            args![ids],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, number, customer, name)| (id, (number, customer, name)))
        .collect())
}

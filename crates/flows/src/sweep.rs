//! The sweep: asks the decision again for every subscription whose `recheck_at` has come, in chunks, with
//! the guard against mass isolation in front of it. And the nightly full pass, which must find nothing.

use std::collections::{BTreeMap, BTreeSet};

use billing::words::Mode;
use catalog::Catalog;
use kernel::{BranchId, Cause, Day, Fault, Permission, Result, SubscriptionId, Ts};
use network::access::Access;
use network::{Desired, DesiredKind};
use serde::Serialize;
use serde_json::json;
use store::{Db, Query, QueryExt, Tx, args, row};
use uuid::Uuid;

use crate::access::{reconsider_many, roll_quota};
use crate::decide::decide;
use crate::facts::gather;
use crate::guard::{Doubt, Past, Sweep, doubt};

/// Subscriptions a transaction.
const CHUNK: i64 = 500;

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    pub due: usize,
    pub changed: usize,
    pub isolated: usize,
    /// Held back because a person was asked.
    pub waiting: usize,
}

type Group = (BranchId, Mode);

/// Sweeps everything due at `now`. Running it again, or two at once, ends the same.
pub async fn sweep(db: &Db, now: Ts) -> Result<Swept> {
    let mut swept = Swept::default();
    let due = all_due(db, now).await?;
    swept.due = due.len();
    if due.is_empty() {
        return Ok(swept);
    }
    let catalog = catalog::current(&mut db.reader()).await?;
    let planned = plan(db, &catalog, &due, now).await?;
    let held = hold_back(db, &catalog, &planned, now).await?;
    let go: Vec<SubscriptionId> = due
        .into_iter()
        .filter(|id| {
            let group = planned.to_isolate.get(id);
            group.is_none_or(|g| !held.contains(g))
        })
        .collect();
    swept.waiting = swept.due - go.len();
    let instants = instants(db, &catalog, &planned, &held, now).await?;
    for chunk in go.chunks(usize::try_from(CHUNK).unwrap_or(500)) {
        let (changed, isolated) = db
            .write(&Cause::system(now, "sweep"), async |tx: &mut Tx| {
                for id in &planned.quota_over {
                    if chunk.contains(id) {
                        roll_quota(tx, *id).await?;
                    }
                }
                let changed = reconsider_many(tx, chunk).await?;
                let isolated = counts(changed.iter().filter_map(|id| planned.to_isolate.get(id)));
                record(tx, &isolated, &instants).await?;
                Ok((changed.len(), isolated.values().sum::<i64>()))
            })
            .await?;
        swept.changed += changed;
        swept.isolated += usize::try_from(isolated).unwrap_or(0);
    }
    Ok(swept)
}

async fn all_due(db: &Db, now: Ts) -> Result<Vec<SubscriptionId>> {
    let mut due = Vec::new();
    let mut after = None;
    loop {
        let page = network::access::due_rechecks(&mut db.reader(), now, after, CHUNK).await?;
        let Some(last) = page.last() else { return Ok(due) };
        after = Some(*last);
        due.extend(page);
    }
}

struct Planned {
    /// Newly isolated for money by this sweep, with their group.
    to_isolate: BTreeMap<SubscriptionId, Group>,
    /// Their quota's period is over.
    quota_over: BTreeSet<SubscriptionId>,
}

async fn plan(db: &Db, catalog: &Catalog, due: &[SubscriptionId], now: Ts) -> Result<Planned> {
    let mut planned = Planned { to_isolate: BTreeMap::new(), quota_over: BTreeSet::new() };
    let mut q = db.reader();
    for chunk in due.chunks(crate::facts::CHUNK) {
        let stored = kinds(&mut q, chunk).await?;
        for (subject, facts) in gather(&mut q, catalog, chunk).await? {
            if facts.quota.is_some_and(|quota| quota.resets_at <= now) {
                planned.quota_over.insert(subject.subscription);
            }
            let Desired::Isolated { holds } = decide(&facts, now).desired else { continue };
            let for_money = holds.iter().any(|h| h == "unpaid" || h == "period_over");
            let was_full = stored.get(&subject.subscription) == Some(&DesiredKind::Full);
            if for_money && was_full {
                planned.to_isolate.insert(subject.subscription, (subject.branch, subject.mode));
            }
        }
    }
    Ok(planned)
}

async fn kinds(
    q: &mut dyn Query,
    ids: &[SubscriptionId],
) -> Result<BTreeMap<SubscriptionId, DesiredKind>> {
    let marks: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "select subscription_id, desired from network_access where subscription_id in ({})",
        marks.join(",")
    );
    let values = ids.iter().flat_map(|id| args![id]).collect();
    Ok(q.rows::<(SubscriptionId, DesiredKind)>(&sql, values).await?.into_iter().collect())
}

/// The groups whose isolations wait for a person; asks once.
async fn hold_back(
    db: &Db,
    catalog: &Catalog,
    planned: &Planned,
    now: Ts,
) -> Result<BTreeSet<Group>> {
    let policy = catalog.isp_policy();
    let mut held = BTreeSet::new();
    for (group, isolated) in counts(planned.to_isolate.values()) {
        if isolated <= policy.guard_floor {
            continue;
        }
        let instant = instant_of(catalog, group.0, now);
        let mut q = db.reader();
        let state: Option<String> = q
            .value_opt(
                "select state from flows_sweep where branch_id = $1 and mode = $2 and instant = $3",
                args![group.0, group.1, instant],
            )
            .await?;
        match state.as_deref() {
            Some("approved") => continue,
            Some("waiting" | "refused") => {
                held.insert(group);
                continue;
            }
            _ => {}
        }
        let reached = reached(&mut q, group, instant, now).await?.max(isolated);
        let last_payment_at: Option<Ts> =
            q.value("select max(settled_at) from billing_payment", args![]).await?;
        let past = past(&mut q, catalog, group, now).await?;
        let sweep = Sweep { reached, isolated, last_payment_at };
        if let Some(found) = doubt(sweep, &past, &policy, now) {
            ask(db, group, instant, sweep, found, now).await?;
            held.insert(group);
        }
    }
    Ok(held)
}

fn counts<'a>(groups: impl Iterator<Item = &'a Group>) -> BTreeMap<Group, i64> {
    let mut counts = BTreeMap::new();
    for group in groups {
        *counts.entry(*group).or_insert(0) += 1;
    }
    counts
}

/// Midnight of the branch's day: what sweeps of different months are compared by.
fn instant_of(catalog: &Catalog, branch: BranchId, now: Ts) -> Ts {
    let zone = catalog.zone(branch);
    Ts::local(now.day(zone), 0, 0, zone)
}

/// Subscriptions of the group whose invoice reached its instant today, paid or not.
async fn reached(q: &mut dyn Query, group: Group, since: Ts, now: Ts) -> Result<i64> {
    q.value(
        "select count(distinct i.subscription_id) from billing_invoice i
         join billing_subscription s on s.id = i.subscription_id
         where i.branch_id = $1 and s.mode = $2 and i.live
           and i.isolate_at >= $3 and i.isolate_at <= $4",
        args![group.0, group.1, since, now],
    )
    .await
}

async fn past(q: &mut dyn Query, catalog: &Catalog, group: Group, now: Ts) -> Result<Vec<Past>> {
    let zone = catalog.zone(group.0);
    let today: Day = now.day(zone);
    let mut found = Vec::new();
    for back in 1..=3 {
        let instant = Ts::local(today.plus_months(-back), 0, 0, zone);
        let row: Option<(i64, i64)> = q
            .row_opt(
                "select reached, isolated from flows_sweep
                 where branch_id = $1 and mode = $2 and instant = $3 and state in ('done', 'approved')",
                args![group.0, group.1, instant],
            )
            .await?;
        found.extend(row.map(|(reached, isolated)| Past { reached, isolated }));
    }
    Ok(found)
}

async fn ask(
    db: &Db,
    group: Group,
    instant: Ts,
    sweep: Sweep,
    found: Doubt,
    now: Ts,
) -> Result<()> {
    let why = match found {
        Doubt::TooMany { share, usual } => {
            json!({ "kind": "too_many", "share_per_mille": share, "usual_per_mille": usual })
        }
        Doubt::Silent { hours } => json!({ "kind": "silent", "hours": hours.min(100_000) }),
    };
    tracing::warn!(branch = %group.0, mode = %group.1, isolated = sweep.isolated, %why,
        "the sweep waits for a person");
    db.write(&Cause::system(now, "sweep"), async |tx: &mut Tx| {
        let id: kernel::RunId = tx.new_id();
        tx.exec(
            "insert into flows_sweep (id, branch_id, mode, instant, reached, isolated, state, doubt,
               created_at) values ($1,$2,$3,$4,$5,$6,'waiting',$7,$8)
             on conflict (branch_id, mode, instant) do update set state = 'waiting',
               doubt = excluded.doubt, reached = excluded.reached, isolated = excluded.isolated
             where flows_sweep.state = 'done'",
            args![id, group.0, group.1, instant, sweep.reached, sweep.isolated, why, now],
        )
        .await
    })
    .await?;
    Ok(())
}

/// For each group that is not held back: its instant, and how many subscriptions reached it.
async fn instants(
    db: &Db,
    catalog: &Catalog,
    planned: &Planned,
    held: &BTreeSet<Group>,
    now: Ts,
) -> Result<BTreeMap<Group, (Ts, i64)>> {
    let mut instants = BTreeMap::new();
    for (group, isolated) in counts(planned.to_isolate.values()) {
        if !held.contains(&group) {
            let instant = instant_of(catalog, group.0, now);
            let reached = reached(&mut db.reader(), group, instant, now).await?.max(isolated);
            instants.insert(group, (instant, reached));
        }
    }
    Ok(instants)
}

/// Counts what was isolated in the transaction that isolated it: a killed sweep is measured by all it did.
async fn record(
    tx: &mut Tx,
    isolated: &BTreeMap<Group, i64>,
    instants: &BTreeMap<Group, (Ts, i64)>,
) -> Result<()> {
    for (group, isolated) in isolated {
        let Some((instant, reached)) = instants.get(group) else { continue };
        let id: kernel::RunId = tx.new_id();
        tx.exec(
            "insert into flows_sweep (id, branch_id, mode, instant, reached, isolated, state,
               created_at) values ($1,$2,$3,$4,$5,$6,'done',$7)
             on conflict (branch_id, mode, instant) do update set
               reached = {GREATEST}(excluded.reached, flows_sweep.isolated + excluded.isolated),
               isolated = flows_sweep.isolated + excluded.isolated",
            args![id, group.0, group.1, instant, reached, isolated, tx.now()],
        )
        .await?;
    }
    Ok(())
}

row! {
    /// A sweep that waits for a person.
    pub struct Waiting {
        pub id: Uuid,
        pub branch_id: BranchId,
        pub mode: Mode,
        pub instant: Ts,
        pub reached: i64,
        pub isolated: i64,
        pub doubt: Option<serde_json::Value>,
        pub created_at: Ts,
    }
}

/// The sweeps that wait, oldest first.
pub async fn waiting(q: &mut dyn Query, branch: Option<BranchId>) -> Result<Vec<Waiting>> {
    q.rows(
        "select id, branch_id, mode, instant, reached, isolated, doubt, created_at from flows_sweep
         where state = 'waiting' and ($1 is null or branch_id = $1) order by created_at, id",
        args![branch],
    )
    .await
}

/// A person's answer: go on, or leave them online (until the next month's sweep). From a yes on, `isolated`
/// counts those who really are.
///
/// # Errors
/// `flows.sweep_not_waiting` when it was answered before.
pub async fn answer(tx: &mut Tx, id: Uuid, go_on: bool) -> Result<()> {
    tx.actor().require(Permission::SweepApprove)?;
    let state = if go_on { "approved" } else { "refused" };
    let branch = tx.actor().scope.branch;
    let tag = tx.actor().tag();
    let changed = tx
        .exec(
            "update flows_sweep set state = $1, answered_by = $2, answered_at = $3,
               isolated = case when $1 = 'approved' then 0 else isolated end
             where id = $4 and state = 'waiting' and ($5 is null or branch_id = $5)",
            args![state, tag, tx.now(), id, branch],
        )
        .await?;
    if changed == 0 {
        return Err(Fault::conflict(
            "flows.sweep_not_waiting",
            "Pertanyaan ini sudah dijawab.",
            "This question was answered already.",
        ));
    }
    tx.journal("sweep", id, "answered", json!(null), json!({ "state": state })).await
}

/// The full pass: decides for everybody and names those whose stored access is not what the decision says.
/// It changes nothing; it must find nothing.
pub async fn verify(q: &mut dyn Query, now: Ts) -> Result<Vec<(SubscriptionId, String)>> {
    let catalog = catalog::current(q).await?;
    let mut wrong = Vec::new();
    let mut after: Option<SubscriptionId> = None;
    loop {
        let ids: Vec<SubscriptionId> = q
            .values(
                "select id from billing_subscription where ($1 is null or id > $1) order by id limit 500",
                args![after],
            )
            .await?;
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(wrong) };
        after = Some(*last);
        let stored = network::access::between(q, *first, *last).await?;
        let mut stored: BTreeMap<SubscriptionId, Access> =
            stored.into_iter().map(|a| (a.subscription, a)).collect();
        for (subject, facts) in gather(q, &catalog, &ids).await? {
            let decision = decide(&facts, now);
            let Some(stored) = stored.remove(&subject.subscription) else {
                wrong.push((
                    subject.subscription,
                    format!("no access stored, {} decided", decision.desired.kind()),
                ));
                continue;
            };
            // What is due is the sweep's, also while it waits for a person's answer.
            let due = stored.recheck_at.is_some_and(|at| at <= now);
            if stored.desired != decision.desired && !due {
                wrong.push((
                    subject.subscription,
                    format!("stored {:?}, decided {:?}", stored.desired, decision.desired),
                ));
            }
        }
    }
}

//! The guard's question to a person: asked once for those it holds back, answered once.
//!
//! A question belongs to the subscriptions that it holds, not to a day: an answer counts whenever it comes,
//! and stands until the next month's sweep.

use std::collections::{BTreeMap, BTreeSet};

use billing::words::Mode;
use catalog::Catalog;
use kernel::{BranchId, Cause, Fault, Permission, Result, SubscriptionId, Ts};
use serde_json::json;
use store::{Db, Query, QueryExt, Tx, Value, args, row};
use uuid::Uuid;

use super::Group;
use super::plan::{Change, Planned};
use crate::guard::{Doubt, Past, Sweep, doubt};

/// Seconds back in which isolations count as this sweep's: it comes in small parts when bills do.
const RECENT_SECS: i64 = 3_600;

row! {
    struct Question { id: Uuid, instant: Ts, state: String, holds_until: Option<Ts> }
}
row! {
    struct Held { subscription_id: SubscriptionId, id: Uuid, instant: Ts, state: String,
        reached: i64, holds_until: Option<Ts> }
}

/// What becomes of those of a group that no answer stands for yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Go,
    /// They wait with this question, or for the end of its refusal.
    Join(Uuid),
    Ask(Doubt),
}

#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub group: Group,
    pub instant: Ts,
    pub sweep: Sweep,
    pub outcome: Outcome,
    pub fresh: Vec<SubscriptionId>,
}

/// With which sweep an isolation counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub group: Group,
    pub instant: Ts,
    pub reached: i64,
}

/// What of a plan waits, and with which sweep the rest counts.
#[derive(Default)]
pub(super) struct Judged {
    pub held: BTreeSet<SubscriptionId>,
    pub go: BTreeMap<SubscriptionId, Part>,
    pub verdicts: Vec<Verdict>,
}

/// Sorts a plan into what goes on and what waits. Silence is measured at `heard_until`.
pub(super) async fn judge(
    q: &mut dyn Query,
    catalog: &Catalog,
    planned: &Planned,
    now: Ts,
    heard_until: Ts,
) -> Result<Judged> {
    let isolating: Vec<&Change> = planned.changes.iter().filter(|c| c.isolates).collect();
    let standing = standing(q, &isolating).await?;
    let mut judged = Judged::default();
    let mut fresh: BTreeMap<Group, Vec<&Change>> = BTreeMap::new();
    for change in isolating {
        let (id, group) = (change.subscription, (change.branch, change.mode));
        match standing.get(&id) {
            Some(h) if h.state == "waiting" => {
                judged.held.insert(id);
            }
            Some(h) if stands(h.holds_until, now) && h.state == "refused" => {
                judged.held.insert(id);
            }
            Some(h) if stands(h.holds_until, now) && h.state == "approved" => {
                judged.go.insert(id, Part { group, instant: h.instant, reached: h.reached });
            }
            _ => fresh.entry(group).or_default().push(change),
        }
    }
    for (group, changes) in fresh {
        let verdict = of_group(q, catalog, group, &changes, now, heard_until).await?;
        let (instant, reached) = (verdict.instant, verdict.sweep.reached);
        for id in &verdict.fresh {
            if verdict.outcome == Outcome::Go {
                judged.go.insert(*id, Part { group, instant, reached });
            } else {
                judged.held.insert(*id);
            }
        }
        judged.verdicts.push(verdict);
    }
    Ok(judged)
}

fn stands(until: Option<Ts>, now: Ts) -> bool {
    until.is_some_and(|until| now < until)
}

/// The last question that held each of them.
async fn standing(
    q: &mut dyn Query,
    changes: &[&Change],
) -> Result<BTreeMap<SubscriptionId, Held>> {
    let ids: Vec<SubscriptionId> = changes.iter().map(|c| c.subscription).collect();
    let rows: Vec<Held> = q
        .rows(
            "select h.subscription_id, f.id, f.instant, f.state, f.reached, f.holds_until
             from flows_sweep_held h join flows_sweep f on f.id = h.sweep_id
             where h.subscription_id {AMONG}($1)",
            args![ids],
        )
        .await?;
    Ok(rows.into_iter().map(|row| (row.subscription_id, row)).collect())
}

async fn of_group(
    q: &mut dyn Query,
    catalog: &Catalog,
    group: Group,
    changes: &[&Change],
    now: Ts,
    heard_until: Ts,
) -> Result<Verdict> {
    let policy = catalog.isp_policy();
    let mut instant = usual_instant(catalog, group.0, changes);
    let same = question(q, group, "instant = $3", instant).await?;
    let over = |s: &Question| s.holds_until.is_some_and(|until| until <= now);
    if same.as_ref().is_some_and(over) {
        // An answer that is over belongs to an earlier month: this is another sweep.
        instant = midnight(catalog, group.0, now);
    }
    let isolated = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    let sweep = Sweep {
        reached: reached(q, group, instant, now).await?.max(isolated),
        isolated: isolated + recently_isolated(q, group, now).await?,
        last_payment_at: billing::pay::last_settled_at(q).await?,
    };
    let sweep = Sweep { reached: sweep.reached.max(sweep.isolated), ..sweep };
    let open = question(q, group, "state = 'waiting' and instant <= $3", now).await?;
    let answered = same.filter(|s| stands(s.holds_until, now));
    let outcome = match (open, answered) {
        (Some(open), _) => Outcome::Join(open.id),
        (None, Some(same)) if same.state == "refused" => Outcome::Join(same.id),
        (None, Some(same)) if same.state == "approved" => Outcome::Go,
        _ => {
            let past = past(q, catalog, group, instant).await?;
            doubt(sweep, &past, &policy, heard_until).map_or(Outcome::Go, Outcome::Ask)
        }
    };
    let fresh = changes.iter().map(|c| c.subscription).collect();
    Ok(Verdict { group, instant, sweep, outcome, fresh })
}

async fn question(
    q: &mut dyn Query,
    group: Group,
    which: &str,
    at: Ts,
) -> Result<Option<Question>> {
    let sql = format!(
        "select id, instant, state, holds_until from flows_sweep
         where branch_id = $1 and mode = $2 and {which} order by instant desc limit 1"
    );
    q.row_opt(&sql, args![group.0, group.1, at]).await
}

/// Midnight of the day on which most of them reached their instant, in the branch's zone: what sweeps of
/// different months are compared by, also when this one comes late.
fn usual_instant(catalog: &Catalog, branch: BranchId, changes: &[&Change]) -> Ts {
    let mut days: BTreeMap<Ts, usize> = BTreeMap::new();
    for change in changes {
        *days.entry(midnight(catalog, branch, change.reached_at)).or_default() += 1;
    }
    let most = days.into_iter().max_by_key(|(day, count)| (*count, *day));
    most.map_or_else(Ts::default, |(day, _)| day)
}

fn midnight(catalog: &Catalog, branch: BranchId, at: Ts) -> Ts {
    let zone = catalog.zone(branch);
    Ts::local(at.day(zone), 0, 0, zone)
}

/// Subscriptions of the group whose invoice reached its instant since, paid or not.
async fn reached(q: &mut dyn Query, group: Group, since: Ts, now: Ts) -> Result<i64> {
    q.value(
        "select count(*) from (
           select distinct i.subscription_id from billing_invoice i
           join billing_subscription s on s.id = i.subscription_id
           where i.branch_id = $1 and s.mode = $2 and i.live
             and i.isolate_at >= $3 and i.isolate_at <= $4) t",
        args![group.0, group.1, since, now],
    )
    .await
}

async fn recently_isolated(q: &mut dyn Query, group: Group, now: Ts) -> Result<i64> {
    q.value(
        "select count(*) from network_access a join billing_subscription s on s.id = a.subscription_id
         where a.desired = 'isolated' and a.since > $3 and s.branch_id = $1 and s.mode = $2
           and s.state = 'isolated'",
        args![group.0, group.1, now.plus_secs(-RECENT_SECS)],
    )
    .await
}

/// The same sweep of the three months before.
async fn past(
    q: &mut dyn Query,
    catalog: &Catalog,
    group: Group,
    instant: Ts,
) -> Result<Vec<Past>> {
    let zone = catalog.zone(group.0);
    let day = instant.day(zone);
    let mut found = Vec::new();
    for back in 1..=3 {
        let instant = Ts::local(day.plus_months(-back), 0, 0, zone);
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

/// Writes down who waits with which question; asks the new ones.
pub(super) async fn keep(db: &Db, judged: &Judged, now: Ts) -> Result<()> {
    for verdict in &judged.verdicts {
        match verdict.outcome {
            Outcome::Go => continue,
            Outcome::Ask(found) => {
                tracing::warn!(branch = %verdict.group.0, mode = %verdict.group.1,
                    isolated = verdict.sweep.isolated, ?found, "the sweep waits for a person");
            }
            Outcome::Join(_) => {}
        }
        db.write(&Cause::system(now, "sweep"), async |tx: &mut Tx| {
            let id = match verdict.outcome {
                Outcome::Go => return Ok(()),
                Outcome::Join(id) => {
                    let more = i64::try_from(verdict.fresh.len()).unwrap_or(0);
                    join(tx, id, more, verdict.sweep.reached).await?;
                    id
                }
                Outcome::Ask(found) => ask(tx, verdict, found).await?,
            };
            hold(tx, id, &verdict.fresh).await
        })
        .await?;
    }
    Ok(())
}

/// More of them reached their instant while the question is open.
async fn join(tx: &mut Tx, id: Uuid, more: i64, reached: i64) -> Result<()> {
    tx.exec(
        "update flows_sweep set isolated = isolated + $2,
           reached = {GREATEST}(reached, $3, isolated + $2)
         where id = $1 and state = 'waiting'",
        args![id, more, reached],
    )
    .await
    .map(drop)
}

/// Why a sweep waits, as the question says it.
pub(super) fn doubt_json(found: Doubt) -> serde_json::Value {
    match found {
        Doubt::TooMany { share, usual } => {
            json!({ "kind": "too_many", "share_per_mille": share, "usual_per_mille": usual })
        }
        Doubt::Silent { hours } => json!({ "kind": "silent", "hours": hours.min(100_000) }),
    }
}

async fn ask(tx: &mut Tx, verdict: &Verdict, found: Doubt) -> Result<Uuid> {
    let (branch, mode) = verdict.group;
    let Sweep { reached, isolated, .. } = verdict.sweep;
    let id: kernel::RunId = tx.new_id();
    tx.exec(
        "insert into flows_sweep (id, branch_id, mode, instant, reached, isolated, state, doubt,
           created_at) values ($1,$2,$3,$4,$5,$6,'waiting',$7,$8)
         on conflict (branch_id, mode, instant) do update set state = 'waiting',
           doubt = excluded.doubt, reached = excluded.reached, isolated = excluded.isolated,
           holds_until = null, answered_by = null, answered_at = null
         where flows_sweep.state = 'done' or flows_sweep.holds_until <= excluded.created_at",
        args![id, branch, mode, verdict.instant, reached, isolated, doubt_json(found), tx.now()],
    )
    .await?;
    tx.value(
        "select id from flows_sweep where branch_id = $1 and mode = $2 and instant = $3",
        args![branch, mode, verdict.instant],
    )
    .await
}

async fn hold(tx: &mut Tx, id: Uuid, who: &[SubscriptionId]) -> Result<()> {
    let rows: Vec<Value> = who.iter().flat_map(|s| args![*s, id]).collect();
    tx.bulk(
        "insert into flows_sweep_held (subscription_id, sweep_id)",
        "on conflict (subscription_id) do update set sweep_id = excluded.sweep_id",
        2,
        rows,
    )
    .await
    .map(drop)
}

/// They were decided: no question holds them any more.
pub(super) async fn release(tx: &mut Tx, who: &[SubscriptionId]) -> Result<()> {
    let sql = "delete from flows_sweep_held where subscription_id {AMONG}($1)";
    tx.exec(sql, args![who]).await.map(drop)
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

/// A person's answer: go on, or leave them online until the next month's sweep. It counts whenever it
/// comes. From a yes on, `isolated` counts those who really are.
///
/// # Errors
/// `flows.sweep_not_waiting` when it was answered before.
pub async fn answer(tx: &mut Tx, id: Uuid, go_on: bool) -> Result<()> {
    tx.actor().require(Permission::SweepApprove)?;
    let state = if go_on { "approved" } else { "refused" };
    let branch = tx.actor().scope.branch;
    let tag = tx.actor().tag();
    let asked: Option<(BranchId, Ts)> = tx
        .row_opt(
            "select branch_id, instant from flows_sweep
             where id = $1 and state = 'waiting' and ($2 is null or branch_id = $2)",
            args![id, branch],
        )
        .await?;
    let Some((of, instant)) = asked else { return Err(not_waiting()) };
    let until = next_month(&*catalog::current(tx).await?, of, instant, tx.now());
    let changed = tx
        .exec(
            "update flows_sweep set state = $1, answered_by = $2, answered_at = $3, holds_until = $5,
               isolated = case when $1 = 'approved' then 0 else isolated end
             where id = $4 and state = 'waiting'",
            args![state, tag, tx.now(), id, until],
        )
        .await?;
    if changed == 0 {
        return Err(not_waiting());
    }
    tx.journal("sweep", id, "answered", json!(null), json!({ "state": state })).await
}

/// The first instant after now of the same sweep in a later month.
fn next_month(catalog: &Catalog, branch: BranchId, instant: Ts, now: Ts) -> Ts {
    let zone = catalog.zone(branch);
    let day = instant.day(zone);
    let mut months = 1;
    loop {
        let next = Ts::local(day.plus_months(months), 0, 0, zone);
        if next > now {
            return next;
        }
        months += 1;
    }
}

fn not_waiting() -> Fault {
    Fault::conflict(
        "flows.sweep_not_waiting",
        "Pertanyaan ini sudah dijawab.",
        "This question was answered already.",
    )
}

//! A day's attendance: everybody who keeps it, whether they came or not.

use std::collections::BTreeMap;

use hr::attendance::{self, Check};
use kernel::{Day, Permission, Result, Scope, Ts, UserId, WorkOrderId, Zone};
use store::{Query, QueryExt, args};

/// One person's day.
#[derive(Clone, Debug)]
pub struct PersonDay {
    pub user: UserId,
    pub name: String,
    pub branch_name: Option<String>,
    /// By whose clocks the day is a day.
    pub zone: Zone,
    /// Oldest first.
    pub checks: Vec<Seen>,
}

/// A coming or going, with the number of the job at whose site it was.
#[derive(Clone, Debug)]
pub struct Seen {
    pub check: Check,
    pub job_number: Option<String>,
}

/// The day of everybody in scope who keeps attendance or came anyway, by name. `None`: today, by each branch's
/// own clocks.
///
/// # Errors
/// Only when the database fails.
pub async fn day(
    q: &mut dyn Query,
    scope: &Scope,
    day: Option<Day>,
    now: Ts,
) -> Result<Vec<PersonDay>> {
    let catalog = catalog::current(q).await?;
    let (first, last) = (Zone::Jayapura, Zone::Jakarta);
    let (from, until) = match day {
        Some(day) => (start(day, first), start(day.next(), last)),
        None => (start(now.day(last), first), start(now.day(first).next(), last)),
    };
    let checks = attendance::between(q, scope, from, until).await?;
    let zone_of = |check: &Check| check.branch_id.map(|id| catalog.zone(id)).unwrap_or_default();
    let mut own: BTreeMap<UserId, Vec<Check>> = BTreeMap::new();
    for check in checks {
        let zone = zone_of(&check);
        if check.occurred_at.day(zone) == day.unwrap_or(now.day(zone)) {
            own.entry(check.user_id).or_default().push(check);
        }
    }
    let numbers = numbers(q, own.values().flatten()).await?;
    let keep = Permission::AttendanceCheck;
    let mut people: Vec<(UserId, String, Option<kernel::BranchId>)> =
        identity::staff_who_may(q, scope.branch, keep)
            .await?
            .into_iter()
            .filter(|user| user.disabled_at.is_none())
            .map(|user| (user.id, user.name, user.branch_id))
            .collect();
    people.extend(others(q, &own, &people).await?);
    people.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    let seen = |check: Check| Seen {
        job_number: check.work_order_id.and_then(|job| numbers.get(&job).cloned()),
        check,
    };
    Ok(people
        .into_iter()
        .map(|(user, name, branch)| PersonDay {
            user,
            name,
            branch_name: branch.and_then(|id| catalog.branches.get(&id)).map(|b| b.name.clone()),
            zone: branch.map(|id| catalog.zone(id)).unwrap_or_default(),
            checks: own.remove(&user).unwrap_or_default().into_iter().map(seen).collect(),
        })
        .collect())
}

/// One's own comings and goings, newest first.
///
/// # Errors
/// Only when the database fails.
pub async fn own(q: &mut dyn Query, user: UserId, limit: i64) -> Result<Vec<Seen>> {
    let checks = attendance::of(q, user, limit).await?;
    let numbers = numbers(q, checks.iter()).await?;
    let number = |check: &Check| check.work_order_id.and_then(|job| numbers.get(&job).cloned());
    Ok(checks.into_iter().map(|check| Seen { job_number: number(&check), check }).collect())
}

fn start(day: Day, zone: Zone) -> Ts {
    Ts::local(day, 0, 0, zone)
}

/// Who came and keeps no attendance any more: locked out since, or with another role.
async fn others(
    q: &mut dyn Query,
    own: &BTreeMap<UserId, Vec<Check>>,
    known: &[(UserId, String, Option<kernel::BranchId>)],
) -> Result<Vec<(UserId, String, Option<kernel::BranchId>)>> {
    let missing = own.keys().filter(|id| known.iter().all(|(user, ..)| user != *id));
    let ids: Vec<UserId> = missing.copied().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    q.rows("select id, name, branch_id from identity_user where id {AMONG}($1)", args![ids]).await
}

/// The numbers of the jobs at whose sites somebody was.
async fn numbers<'a>(
    q: &mut dyn Query,
    checks: impl Iterator<Item = &'a Check> + Send,
) -> Result<BTreeMap<WorkOrderId, String>> {
    let mut ids: Vec<WorkOrderId> = checks.filter_map(|check| check.work_order_id).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "select id, number from fulfilment_work_order where id {AMONG}($1)";
    let rows: Vec<(WorkOrderId, String)> = q.rows(sql, args![ids]).await?;
    Ok(rows.into_iter().collect())
}

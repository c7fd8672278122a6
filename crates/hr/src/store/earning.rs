//! Rules, earnings and the sums of months.

use kernel::{Day, EarningRuleId, EarningSumId, Money, Result, SubscriptionId, Ts, UserId};
use store::{Query, QueryExt, Tx, args};
use uuid::Uuid;

use crate::earning::{Earning, Sum};
use crate::rule::{Kind, NewRule, Rule};

const COLUMNS: &str = "e.id, e.kind, e.user_id, e.branch_id, e.source_id, e.round, e.subscription_id, \
     e.plan_id, e.rule_id, e.base, e.amount, e.formula, e.earned_on, e.accrued_at, e.takes_back";
/// An accrual that was not taken back.
const STANDS: &str = "e.takes_back is null
     and not exists (select 1 from hr_earning b where b.takes_back = e.id)";
const SUM: &str = "id, user_id, kind, month, amount, rows_count, closed_at";

pub(crate) async fn rules(q: &mut dyn Query) -> Result<Vec<Rule>> {
    q.rows(
        "select id, kind, plan_id, user_id, measure, amount, from_on, created_at
         from hr_earning_rule order by from_on desc, created_at desc, id desc",
        args![],
    )
    .await
}

pub(crate) async fn insert_rule(tx: &mut Tx, id: EarningRuleId, new: &NewRule) -> Result<()> {
    tx.exec(
        "insert into hr_earning_rule (id, kind, plan_id, user_id, measure, amount, from_on, created_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8)",
        args![id, new.kind, new.plan, new.user, new.measure, new.amount, new.from_on, tx.now()],
    )
    .await
    .map(drop)
}

/// How often something of this source was accrued.
pub(crate) async fn rounds(q: &mut dyn Query, kind: Kind, source: Uuid) -> Result<i64> {
    q.value(
        "select coalesce(max(round), 0) from hr_earning where kind = $1 and source_id = $2",
        args![kind, source],
    )
    .await
}

pub(crate) async fn standing_of_subscription(
    q: &mut dyn Query,
    kind: Kind,
    subscription: SubscriptionId,
) -> Result<i64> {
    let sql = format!(
        "select count(*) from hr_earning e where e.kind = $1 and e.subscription_id = $2 and {STANDS}"
    );
    q.value(&sql, args![kind, subscription]).await
}

pub(crate) async fn standing(q: &mut dyn Query, kind: Kind, source: Uuid) -> Result<Vec<Earning>> {
    let sql = format!(
        "select {COLUMNS} from hr_earning e where e.kind = $1 and e.source_id = $2 and {STANDS}
         order by e.id"
    );
    q.rows(&sql, args![kind, source]).await
}

pub(crate) async fn insert(tx: &mut Tx, e: &Earning) -> Result<()> {
    tx.exec(
        "insert into hr_earning (id, kind, user_id, branch_id, source_id, round, subscription_id, plan_id,
           rule_id, base, amount, formula, earned_on, accrued_at, takes_back)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)",
        args![
            e.id,
            e.kind,
            e.user_id,
            e.branch_id,
            e.source_id,
            e.round,
            e.subscription_id,
            e.plan_id,
            e.rule_id,
            e.base,
            e.amount,
            e.formula,
            e.earned_on,
            e.accrued_at,
            e.takes_back
        ],
    )
    .await
    .map(drop)
}

/// The first month that was not closed; `None` while nothing was ever earned.
pub(crate) async fn next_to_close(q: &mut dyn Query) -> Result<Option<Day>> {
    let closed: Option<Day> = q.value("select max(month) from hr_earning_sum", args![]).await?;
    if let Some(month) = closed {
        return Ok(Some(month.plus_months(1)));
    }
    let oldest: Option<Day> = q.value("select min(earned_on) from hr_earning", args![]).await?;
    Ok(oldest.map(Day::first_of_month))
}

/// The sums of a month, without ids.
pub(crate) async fn add_up(q: &mut dyn Query, month: Day) -> Result<Vec<Sum>> {
    let rows: Vec<(UserId, Kind, Money, i64)> = q
        .rows(
            "select user_id, kind, cast(sum(amount) as bigint), count(*) from hr_earning
             where earned_on >= $1 and earned_on < $2
             group by user_id, kind order by user_id, kind",
            args![month, month.plus_months(1)],
        )
        .await?;
    let sum = |(user_id, kind, amount, rows_count)| Sum {
        id: EarningSumId::nil(),
        user_id,
        kind,
        month,
        amount,
        rows_count,
        closed_at: Ts::default(),
    };
    Ok(rows.into_iter().map(sum).collect())
}

/// `false`: that month of theirs was closed before.
pub(crate) async fn insert_sum(tx: &mut Tx, s: &Sum) -> Result<bool> {
    let added = tx
        .exec(
            "insert into hr_earning_sum (id, user_id, kind, month, amount, rows_count, closed_at)
             values ($1,$2,$3,$4,$5,$6,$7) on conflict (user_id, kind, month) do nothing",
            args![s.id, s.user_id, s.kind, s.month, s.amount, s.rows_count, s.closed_at],
        )
        .await?;
    Ok(added == 1)
}

pub(crate) async fn sum(q: &mut dyn Query, id: EarningSumId) -> Result<Option<Sum>> {
    let sql = format!("select {SUM} from hr_earning_sum where id = $1");
    q.row_opt(&sql, args![id]).await
}

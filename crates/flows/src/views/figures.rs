//! The owner's figures over time: what was billed and came in, who stayed, how fast, how late.
//!
//! Everything is counted from what happened (invoices, payments, subscriptions, isolations, access changes,
//! visits); nothing is kept for it. Months and weeks are those of `zone`.

use kernel::{Day, Money, Result, Scope, Ts, Zone};
use store::{Query, QueryExt};

use super::enforcement::Spread;
use super::narrow::Narrow;
use super::reach::reach;

/// Months that a figure looks back at most.
pub const MONTHS_MAX: i32 = 24;
/// Weeks that a figure looks back at most.
pub const WEEKS_MAX: i32 = 26;

/// A stretch of days, both counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub from: Day,
    pub to: Day,
}

impl Days {
    fn began(self, zone: Zone) -> Ts {
        Ts::local(self.from, 0, 0, zone)
    }
    fn ended(self, zone: Zone) -> Ts {
        Ts::local(self.to.next(), 0, 0, zone)
    }
}

/// The last `count` calendar months, the present one last and up to today.
pub fn months(today: Day, count: i32) -> Vec<Days> {
    let this = today.first_of_month();
    let month = |back: i32| {
        let from = this.plus_months(-back);
        Days { from, to: from.last_of_month().min(today) }
    };
    (0..count.clamp(1, MONTHS_MAX)).rev().map(month).collect()
}

/// The last `count` weeks of seven days, the last one up to today.
pub fn weeks(today: Day, count: i32) -> Vec<Days> {
    let week = |back: i32| {
        let to = today.plus_days(-7 * back);
        Days { from: to.plus_days(-6), to }
    };
    (0..count.clamp(1, WEEKS_MAX)).rev().map(week).collect()
}

/// What a month billed and what came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyMonth {
    pub days: Days,
    /// Issued, less what was credited in the month.
    pub billed: Money,
    /// Settled payments received in the month; balances brought along are none.
    pub collected: Money,
}

/// What came in on one day of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    pub on: Day,
    pub amount: Money,
}

/// Money month by month.
///
/// # Errors
/// Only when the database fails.
pub async fn money(
    q: &mut dyn Query,
    scope: &Scope,
    zone: Zone,
    all: &[Days],
) -> Result<Vec<MoneyMonth>> {
    let days: Vec<(Day, Day)> = all.iter().map(|d| (d.from, d.to)).collect();
    let instants: Vec<(Ts, Ts)> = all.iter().map(|d| (d.began(zone), d.ended(zone))).collect();
    let issued = Sums {
        table: "billing_invoice",
        amount: "t.total",
        within: "t.issued_on >= b.f and t.issued_on <= b.e and t.state = 'issued'",
    };
    let credited = Sums {
        table: "billing_credit_note",
        amount: "t.total",
        within: "t.issued_on >= b.f and t.issued_on <= b.e",
    };
    let issued = issued.read(q, scope, &days).await?;
    let credited = credited.read(q, scope, &days).await?;
    let collected = COLLECTED.read(q, scope, &instants).await?;
    let rows = all.iter().zip(issued).zip(credited).zip(collected);
    Ok(rows
        .map(|(((days, issued), credited), collected)| MoneyMonth {
            days: *days,
            billed: issued - credited,
            collected,
        })
        .collect())
}

/// What came in day by day.
///
/// # Errors
/// Only when the database fails.
pub async fn collected(
    q: &mut dyn Query,
    scope: &Scope,
    zone: Zone,
    month: Days,
) -> Result<Vec<Collected>> {
    let count = i32::try_from(month.from.days_until(month.to)).unwrap_or(0);
    let all: Vec<Day> = (0..=count).map(|n| month.from.plus_days(n)).collect();
    let instants: Vec<(Ts, Ts)> = all
        .iter()
        .map(|on| Days { from: *on, to: *on })
        .map(|day| (day.began(zone), day.ended(zone)))
        .collect();
    let sums = COLLECTED.read(q, scope, &instants).await?;
    Ok(all.into_iter().zip(sums).map(|(on, amount)| Collected { on, amount }).collect())
}

const COLLECTED: Sums = Sums {
    table: "billing_payment",
    amount: "t.amount",
    within: "t.received_at >= b.f and t.received_at < b.e and t.state = 'settled'
       and t.channel <> 'opening'",
};

/// A sum for each of several stretches, by the index of the column that they are stretches of.
struct Sums {
    table: &'static str,
    amount: &'static str,
    /// When a row `t` is within the stretch `b.f` to `b.e`.
    within: &'static str,
}

impl Sums {
    async fn read<T: store::Bind>(
        &self,
        q: &mut dyn Query,
        scope: &Scope,
        stretches: &[(T, T)],
    ) -> Result<Vec<Money>> {
        let mut sums = vec![Money::ZERO; stretches.len()];
        let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(sums) };
        let bounds = bounds(&mut narrow, stretches);
        narrow.only(self.within);
        let sql = format!(
            "with b (n, f, e) as (values {bounds})
             select b.n, cast(coalesce(sum({}), 0) as bigint) as amount
             from b join {} t on 1 = 1 {} group by b.n",
            self.amount,
            self.table,
            narrow.clause()
        );
        let rows: Vec<(i64, Money)> = q.rows(&sql, narrow.into_args()).await?;
        for (n, amount) in rows {
            if let Some(sum) = usize::try_from(n).ok().and_then(|n| sums.get_mut(n)) {
                *sum = amount;
            }
        }
        Ok(sums)
    }
}

/// `($1, $2, $3), …`: the number of each stretch and its ends.
fn bounds<T: store::Bind>(narrow: &mut Narrow, stretches: &[(T, T)]) -> String {
    let rows: Vec<String> = stretches
        .iter()
        .zip(0_i64..)
        .map(|((from, to), n)| {
            format!("({}, {}, {})", narrow.bind(n), narrow.bind(from), narrow.bind(to))
        })
        .collect();
    rows.join(", ")
}

/// Who was connected at a month's end (or today), and who came and went in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeMonth {
    pub days: Days,
    /// In service with internet, or on leave.
    pub active: i64,
    pub isolated: i64,
    pub started: i64,
    pub ended: i64,
}

/// Subscriptions month by month.
///
/// # Errors
/// Only when the database fails.
pub async fn life(
    q: &mut dyn Query,
    scope: &Scope,
    (zone, now): (Zone, Ts),
    all: &[Days],
) -> Result<Vec<LifeMonth>> {
    let started = by_day(q, scope, "activated_on").await?;
    let ended = by_day(q, scope, "terminated_on").await?;
    let instants: Vec<Ts> = all.iter().map(|days| days.ended(zone).min(now)).collect();
    let isolated = isolated_at(q, scope, zone, &instants).await?;
    let within = |rows: &[(Day, i64)], days: Days| -> i64 {
        rows.iter().filter(|(day, _)| days.from <= *day && *day <= days.to).map(|r| r.1).sum()
    };
    let until = |rows: &[(Day, i64)], last: Day| -> i64 {
        rows.iter().filter(|(day, _)| *day <= last).map(|r| r.1).sum()
    };
    Ok(all
        .iter()
        .zip(isolated)
        .map(|(days, isolated)| {
            // Their last day of use is a day of service.
            let in_service = until(&started, days.to) - until(&ended, days.to.prev());
            LifeMonth {
                days: *days,
                active: (in_service - isolated).max(0),
                isolated,
                started: within(&started, *days),
                ended: within(&ended, *days),
            }
        })
        .collect())
}

/// How many of those ever in service have each day in a column.
async fn by_day(q: &mut dyn Query, scope: &Scope, column: &str) -> Result<Vec<(Day, i64)>> {
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(Vec::new()) };
    narrow.only(&format!("t.activated_on is not null and t.{column} is not null"));
    let sql = format!(
        "select t.{column}, count(*) from billing_subscription t {} group by t.{column}",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

store::row! {
    struct Isolation { from_at: Ts, to_at: Option<Ts>, activated_on: Day }
}

/// How many in service were isolated at each instant; who is on leave is not. Most isolations are over
/// within days: only those that hold one of the instants are read.
async fn isolated_at(
    q: &mut dyn Query,
    scope: &Scope,
    zone: Zone,
    instants: &[Ts],
) -> Result<Vec<i64>> {
    let mut counts = vec![0; instants.len()];
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(counts) };
    let holds: Vec<String> = instants
        .iter()
        .map(|at| narrow.bind(*at))
        .map(|at| format!("(y.from_at < {at} and (y.to_at is null or y.to_at >= {at}))"))
        .collect();
    narrow.only(&format!("({})", holds.join(" or ")));
    narrow.only("t.activated_on is not null and cast(y.holds as text) not like '%paused%'");
    let sql = format!(
        "select y.from_at, y.to_at, t.activated_on from billing_isolation y
         join billing_subscription t on t.id = y.subscription_id {}",
        narrow.clause()
    );
    let rows: Vec<Isolation> = q.rows(&sql, narrow.into_args()).await?;
    for (at, count) in instants.iter().zip(&mut counts) {
        let holds = |row: &&Isolation| {
            row.from_at < *at
                && row.to_at.is_none_or(|end| end >= *at)
                && row.activated_on <= at.plus_secs(-1).day(zone)
        };
        *count = i64::try_from(rows.iter().filter(holds).count()).unwrap_or(i64::MAX);
    }
    Ok(counts)
}

/// How late what is owed is: days after the due day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Due on these days; an end that is `None` is open.
    pub due_from: Option<Day>,
    pub due_to: Option<Day>,
    pub count: i64,
    pub sum: Money,
}

/// Days late at which the next bucket begins.
const LATE: [i32; 4] = [1, 31, 61, 91];

/// What is owed by how late it is: not due yet, then by [`LATE`].
///
/// # Errors
/// Only when the database fails.
pub async fn aging(q: &mut dyn Query, scope: &Scope, today: Day) -> Result<Vec<Bucket>> {
    let mut buckets =
        vec![Bucket { due_from: Some(today), due_to: None, count: 0, sum: Money::ZERO }];
    for (n, late) in LATE.iter().enumerate() {
        buckets.push(Bucket {
            due_from: LATE.get(n + 1).map(|next| today.plus_days(1 - next)),
            due_to: Some(today.plus_days(-late)),
            count: 0,
            sum: Money::ZERO,
        });
    }
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(buckets) };
    // Written like the condition of the index of open invoices.
    narrow.only("t.live and t.paid + t.credited + t.withheld + t.written_off < t.total");
    narrow.only("t.state = 'issued'");
    let sql = format!(
        "select t.due_on, count(*),
           cast(sum(t.total - t.paid - t.credited - t.withheld - t.written_off) as bigint)
         from billing_invoice t {} group by t.due_on",
        narrow.clause()
    );
    let rows: Vec<(Day, i64, Money)> = q.rows(&sql, narrow.into_args()).await?;
    for (due, count, sum) in rows {
        let fits = |b: &&mut Bucket| {
            b.due_from.is_none_or(|from| from <= due) && b.due_to.is_none_or(|to| due <= to)
        };
        if let Some(bucket) = buckets.iter_mut().find(fits) {
            bucket.count += count;
            bucket.sum += sum;
        }
    }
    Ok(buckets)
}

/// How long it took in a week from the payment until the internet was open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reopened {
    pub days: Days,
    pub took: Spread,
    /// Not open yet.
    pub waiting: i64,
}

/// Changes of one week that are looked at: the latest.
const REOPENED_MAX: i64 = 5_000;

/// Week by week, for those who were isolated for money, had a session open and got full access without a
/// promise.
///
/// # Errors
/// Only when the database fails.
pub async fn reopened(
    q: &mut dyn Query,
    scope: &Scope,
    zone: Zone,
    all: &[Days],
) -> Result<Vec<Reopened>> {
    let mut weeks = Vec::with_capacity(all.len());
    for days in all {
        let times = opened(q, scope, (days.began(zone), days.ended(zone))).await?;
        let millis = |(caused, enforced): &(Ts, Option<Ts>)| {
            enforced.map(|enforced| enforced.millis_since(*caused).max(0))
        };
        let took: Vec<i64> = times.iter().filter_map(millis).collect();
        let waiting = i64::try_from(times.len() - took.len()).unwrap_or(i64::MAX);
        weeks.push(Reopened { days: *days, took: Spread::of(took), waiting });
    }
    Ok(weeks)
}

async fn opened(
    q: &mut dyn Query,
    scope: &Scope,
    (from, to): (Ts, Ts),
) -> Result<Vec<(Ts, Option<Ts>)>> {
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(Vec::new()) };
    narrow.when(Some(from), "h.at >= ?");
    narrow.when(Some(to), "h.at < ?");
    narrow.only("h.effect = true and h.desired = 'full'");
    narrow.only("(h.enforced_how is null or h.enforced_how <> 'no_session')");
    narrow.only("cast(h.why as text) not like '%promise%'");
    narrow.only(
        "exists (select 1 from network_access_change p where p.subscription_id = h.subscription_id
           and p.version = (select max(x.version) from network_access_change x
             where x.subscription_id = h.subscription_id and x.version < h.version and x.effect = true)
           and p.effect = true and p.desired = 'isolated'
           and (cast(p.holds as text) like '%unpaid%' or cast(p.holds as text) like '%period_over%'))",
    );
    let limit = narrow.bind(REOPENED_MAX);
    let sql = format!(
        "select h.caused_at, h.enforced_at from network_access_change h
         join billing_subscription t on t.id = h.subscription_id
         {} order by h.at desc limit {limit}",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

/// Installations of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installs {
    pub days: Days,
    pub ordered: i64,
    pub done: i64,
}

/// Installations week by week.
///
/// # Errors
/// Only when the database fails.
pub async fn installs(
    q: &mut dyn Query,
    scope: &Scope,
    zone: Zone,
    all: &[Days],
) -> Result<Vec<Installs>> {
    let stretches: Vec<(Ts, Ts)> = all.iter().map(|d| (d.began(zone), d.ended(zone))).collect();
    let count = |within: &'static str| Sums { table: "fulfilment_work_order", amount: "1", within };
    let ordered = count("t.created_at >= b.f and t.created_at < b.e and t.kind = 'install'");
    let done =
        count("t.done_at >= b.f and t.done_at < b.e and t.kind = 'install' and t.state = 'done'");
    let ordered = ordered.read(q, scope, &stretches).await?;
    let done = done.read(q, scope, &stretches).await?;
    let rows = all.iter().zip(ordered).zip(done);
    Ok(rows
        .map(|((days, ordered), done)| Installs {
            days: *days,
            ordered: ordered.get(),
            done: done.get(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn months_and_weeks_end_today() {
        let all = months(day("2026-03-10"), 3);
        let ends: Vec<String> = all.iter().map(|d| format!("{} {}", d.from, d.to)).collect();
        assert_eq!(
            ends,
            ["2026-01-01 2026-01-31", "2026-02-01 2026-02-28", "2026-03-01 2026-03-10"]
        );
        let all = weeks(day("2026-03-10"), 2);
        let ends: Vec<String> = all.iter().map(|d| format!("{} {}", d.from, d.to)).collect();
        assert_eq!(ends, ["2026-02-25 2026-03-03", "2026-03-04 2026-03-10"]);
        assert_eq!(months(day("2026-03-10"), 0).len(), 1);
        assert_eq!(weeks(day("2026-03-10"), 999).len(), 26);
    }
}

//! The owner's figures over time. Each opens its rows: days are given as the lists take them.

use axum::Json;
use axum::extract::State;
use flows::views::figures::{
    self, Bucket, Collected, Days, Installs, LifeMonth, MoneyMonth, Reopened,
};
use kernel::{Actor, Day, Money, Result as Fallible, Ts, Zone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply};
use super::extract::Search;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(money))
        .routes(routes!(aging))
        .routes(routes!(life))
        .routes(routes!(reopened))
        .routes(routes!(installs))
}

/// How far a figure looks back.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MonthsQuery {
    /// 1–24, 12 when not given.
    months: Option<i32>,
}

/// How far a figure looks back.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WeeksQuery {
    /// 1–26, 12 when not given.
    weeks: Option<i32>,
}

const USUAL: i32 = 12;

/// The zone whose days are meant, and its today: one's own branch's, or the west's.
async fn here(app: &App, actor: &Actor) -> Fallible<(Zone, Day)> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let zone = actor.scope.branch.map_or(Zone::Jakarta, |branch| catalog.zone(branch));
    Ok((zone, app.now().day(zone)))
}

/// What a month billed, and what came in.
#[derive(Serialize, ToSchema)]
struct MoneyMonthView {
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// The present month's is today.
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// Issued less credited, in rupiah.
    #[schema(value_type = i64)]
    billed: Money,
    /// Settled payments received, in rupiah.
    #[schema(value_type = i64)]
    collected: Money,
}

impl From<MoneyMonth> for MoneyMonthView {
    fn from(month: MoneyMonth) -> Self {
        let MoneyMonth { days: Days { from, to }, billed, collected } = month;
        Self { from, to, billed, collected }
    }
}

/// What came in on a day.
#[derive(Serialize, ToSchema)]
struct CollectedView {
    #[schema(value_type = String, format = Date)]
    on: Day,
    #[schema(value_type = i64)]
    amount: Money,
}

impl From<Collected> for CollectedView {
    fn from(day: Collected) -> Self {
        Self { on: day.on, amount: day.amount }
    }
}

/// Money over time.
#[derive(Serialize, ToSchema)]
struct MoneyFigures {
    /// The oldest first; the last one is the present month, up to today.
    months: Vec<MoneyMonthView>,
    /// What came in on each day of this month so far.
    this_month: Vec<CollectedView>,
    /// The same of the whole month before.
    last_month: Vec<CollectedView>,
}

/// What was billed and what came in, month by month, and day by day of this month and the last.
#[utoipa::path(
    get, path = "/api/v1/figures/money", params(MonthsQuery),
    responses((status = 200, body = MoneyFigures))
)]
async fn money(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<MonthsQuery>,
) -> Reply<MoneyFigures> {
    let (zone, today) = here(&app, &actor).await?;
    let q = &mut app.reader();
    let months = figures::months(today, query.months.unwrap_or(USUAL));
    let money = figures::money(q, &actor.scope, zone, &months).await?;
    let this = Days { from: today.first_of_month(), to: today };
    let last = this.from.prev();
    let last = Days { from: last.first_of_month(), to: last };
    let this = figures::collected(q, &actor.scope, zone, this).await?;
    let last = figures::collected(q, &actor.scope, zone, last).await?;
    Ok(Json(MoneyFigures {
        months: money.into_iter().map(Into::into).collect(),
        this_month: this.into_iter().map(Into::into).collect(),
        last_month: last.into_iter().map(Into::into).collect(),
    }))
}

/// What is owed and so late.
#[derive(Serialize, ToSchema)]
struct AgingBucket {
    /// Due from this day on; null: however long ago.
    #[schema(value_type = Option<String>, format = Date)]
    due_from: Option<Day>,
    /// Due until this day; null: however late.
    #[schema(value_type = Option<String>, format = Date)]
    due_to: Option<Day>,
    /// Invoices.
    count: i64,
    #[schema(value_type = i64)]
    sum: Money,
}

impl From<Bucket> for AgingBucket {
    fn from(bucket: Bucket) -> Self {
        let Bucket { due_from, due_to, count, sum } = bucket;
        Self { due_from, due_to, count, sum }
    }
}

/// Receivables by age.
#[derive(Serialize, ToSchema)]
struct AgingFigures {
    /// Not due yet, then 1–30, 31–60, 61–90 and more days late.
    buckets: Vec<AgingBucket>,
}

/// What is owed, by how late it is.
#[utoipa::path(
    get, path = "/api/v1/figures/aging", responses((status = 200, body = AgingFigures))
)]
async fn aging(State(app): State<App>, actor: Actor) -> Reply<AgingFigures> {
    let (_, today) = here(&app, &actor).await?;
    let buckets = figures::aging(&mut app.reader(), &actor.scope, today).await?;
    Ok(Json(AgingFigures { buckets: buckets.into_iter().map(Into::into).collect() }))
}

/// Subscriptions at a month's end, and who came and went in it.
#[derive(Serialize, ToSchema)]
struct LifeMonthView {
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// The present month's is today.
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// With internet, or on leave.
    active: i64,
    isolated: i64,
    /// First day of use in the month.
    started: i64,
    /// Last day of use in the month.
    ended: i64,
}

impl From<LifeMonth> for LifeMonthView {
    fn from(month: LifeMonth) -> Self {
        let LifeMonth { days: Days { from, to }, active, isolated, started, ended } = month;
        Self { from, to, active, isolated, started, ended }
    }
}

/// Subscriptions over time.
#[derive(Serialize, ToSchema)]
struct LifeFigures {
    /// The oldest first; the last one is the present month, up to now.
    months: Vec<LifeMonthView>,
}

/// Active and isolated subscriptions at each month's end, and who came and went.
#[utoipa::path(
    get, path = "/api/v1/figures/subscriptions", params(MonthsQuery),
    responses((status = 200, body = LifeFigures))
)]
async fn life(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<MonthsQuery>,
) -> Reply<LifeFigures> {
    let (zone, today) = here(&app, &actor).await?;
    let months = figures::months(today, query.months.unwrap_or(USUAL));
    let when = (zone, app.now());
    let months = figures::life(&mut app.reader(), &actor.scope, when, &months).await?;
    Ok(Json(LifeFigures { months: months.into_iter().map(Into::into).collect() }))
}

/// From the payment until the internet was open, in a week.
#[derive(Serialize, ToSchema)]
struct ReopenedWeek {
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// The week as instants, as the timings take them.
    #[schema(value_type = String, format = DateTime)]
    from_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    until_at: Ts,
    count: i64,
    median_ms: Option<i64>,
    p95_ms: Option<i64>,
    /// Paid, and not open yet.
    waiting: i64,
}

impl ReopenedWeek {
    fn of(week: Reopened, zone: Zone) -> Self {
        let Reopened { days: Days { from, to }, took, waiting } = week;
        let (from_at, until_at) = (Ts::local(from, 0, 0, zone), Ts::local(to.next(), 0, 0, zone));
        let (count, median_ms, p95_ms) = (took.count, took.median_ms, took.p95_ms);
        Self { from, to, from_at, until_at, count, median_ms, p95_ms, waiting }
    }
}

/// From the payment until the internet was open, over time.
#[derive(Serialize, ToSchema)]
struct ReopenedFigures {
    /// The oldest first; the last one ends today.
    weeks: Vec<ReopenedWeek>,
}

/// How fast the internet opens after a payment, week by week.
#[utoipa::path(
    get, path = "/api/v1/figures/reopened", params(WeeksQuery),
    responses((status = 200, body = ReopenedFigures))
)]
async fn reopened(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<WeeksQuery>,
) -> Reply<ReopenedFigures> {
    let (zone, today) = here(&app, &actor).await?;
    let weeks = figures::weeks(today, query.weeks.unwrap_or(USUAL));
    let weeks = figures::reopened(&mut app.reader(), &actor.scope, zone, &weeks).await?;
    let weeks = weeks.into_iter().map(|week| ReopenedWeek::of(week, zone)).collect();
    Ok(Json(ReopenedFigures { weeks }))
}

/// Installations of a week.
#[derive(Serialize, ToSchema)]
struct InstallsWeek {
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// The week as instants, as the list of work orders takes them.
    #[schema(value_type = String, format = DateTime)]
    from_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    until_at: Ts,
    ordered: i64,
    done: i64,
}

impl InstallsWeek {
    fn of(week: Installs, zone: Zone) -> Self {
        let Installs { days: Days { from, to }, ordered, done } = week;
        let (from_at, until_at) = (Ts::local(from, 0, 0, zone), Ts::local(to.next(), 0, 0, zone));
        Self { from, to, from_at, until_at, ordered, done }
    }
}

/// Installations over time.
#[derive(Serialize, ToSchema)]
struct InstallsFigures {
    /// The oldest first; the last one ends today.
    weeks: Vec<InstallsWeek>,
}

/// Installations ordered and done, week by week.
#[utoipa::path(
    get, path = "/api/v1/figures/installs", params(WeeksQuery),
    responses((status = 200, body = InstallsFigures))
)]
async fn installs(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<WeeksQuery>,
) -> Reply<InstallsFigures> {
    let (zone, today) = here(&app, &actor).await?;
    let weeks = figures::weeks(today, query.weeks.unwrap_or(USUAL));
    let weeks = figures::installs(&mut app.reader(), &actor.scope, zone, &weeks).await?;
    let weeks = weeks.into_iter().map(|week| InstallsWeek::of(week, zone)).collect();
    Ok(Json(InstallsFigures { weeks }))
}

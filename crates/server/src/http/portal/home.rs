//! The first page, and usage.

use axum::Json;
use axum::extract::State;
use billing::words::{Mode, SubscriptionState};
use flows::portal::{self, Condition, Line};
use flows::views::portal::Visit;
use kernel::{Actor, Day, Money, SubscriptionId, Ts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bills::OwedBill;
use super::{money::own, say};
use crate::http::app::{App, Reply};
use crate::http::extract::{At, Search};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(home)).routes(routes!(usage))
}

/// Everything on the first page.
#[derive(Serialize, ToSchema)]
struct PortalHome {
    name: String,
    number: String,
    company: String,
    /// Where to call.
    company_phone: String,
    /// What is owed now, in rupiah.
    #[schema(value_type = i64)]
    total: Money,
    /// Paid before; settles the next bill.
    #[schema(value_type = i64)]
    credit: Money,
    bills: Vec<OwedBill>,
    lines: Vec<PortalLine>,
}

/// One connection.
#[derive(Serialize, ToSchema)]
struct PortalLine {
    #[schema(value_type = String, format = Uuid)]
    id: SubscriptionId,
    number: String,
    label: Option<String>,
    plan: String,
    down_kbps: i64,
    up_kbps: i64,
    /// A month's price, as the plan says it.
    #[schema(value_type = i64)]
    price: Money,
    #[schema(value_type = String)]
    mode: Mode,
    #[schema(value_type = String)]
    state: SubscriptionState,
    /// Last day that is billed.
    #[schema(value_type = Option<String>, format = Date)]
    billed_to: Option<Day>,
    /// `coming`, `online`, `limited`, `offline` or `ended`.
    #[schema(value_type = String)]
    condition: Condition,
    cause: String,
    /// Why, in plain words.
    say: String,
    /// What helps; may be empty.
    remedy: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Ts>,
    /// Paying is all it takes.
    by_money: bool,
    quota: Option<PortalQuota>,
    visits: Vec<PortalVisit>,
}

/// A period's quota, in bytes.
#[derive(Serialize, ToSchema)]
struct PortalQuota {
    limit_bytes: i64,
    used_bytes: i64,
    left_bytes: i64,
    #[schema(value_type = String, format = Date)]
    from_on: Day,
}

impl From<portal::Quota> for PortalQuota {
    fn from(q: portal::Quota) -> Self {
        Self {
            limit_bytes: q.limit_bytes,
            used_bytes: q.used_bytes,
            left_bytes: q.left_bytes(),
            from_on: q.from_on,
        }
    }
}

/// Work at the customer's place.
#[derive(Serialize, ToSchema)]
struct PortalVisit {
    number: String,
    /// `install`, `repair`, `swap`, `move` or `dismantle`.
    kind: String,
    /// `open`, `assigned`, `accepted`, `on_the_way`, `on_site`, `done` or `failed`.
    state: String,
    #[schema(value_type = Option<String>, format = Date)]
    scheduled_on: Option<Day>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    on_the_way_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    on_site_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Ts>,
    technician: Option<String>,
}

impl From<Visit> for PortalVisit {
    fn from(v: Visit) -> Self {
        Self {
            number: v.number,
            kind: v.kind,
            state: v.state,
            scheduled_on: v.scheduled_on,
            created_at: v.created_at,
            on_the_way_at: v.on_the_way_at,
            on_site_at: v.on_site_at,
            done_at: v.done_at,
            technician: v.technician,
        }
    }
}

impl From<Line> for PortalLine {
    fn from(line: Line) -> Self {
        let (sub, status) = (line.subscription, line.status);
        Self {
            id: sub.id,
            number: sub.number,
            label: sub.label,
            plan: line.plan,
            down_kbps: line.down_kbps,
            up_kbps: line.up_kbps,
            price: line.price,
            mode: sub.mode,
            state: sub.state,
            billed_to: sub.billed_to,
            condition: status.condition,
            say: say(&status.say),
            remedy: say(&status.remedy),
            cause: status.cause,
            since: status.since,
            by_money: status.by_money,
            quota: line.quota.map(Into::into),
            visits: line.visits.into_iter().map(Into::into).collect(),
        }
    }
}

/// The first page: is it working, what is owed, what comes next.
#[utoipa::path(get, path = "/api/v1/portal/home", responses((status = 200, body = PortalHome)))]
async fn home(State(app): State<App>, actor: Actor) -> Reply<PortalHome> {
    let found = portal::home(&mut app.reader(), own(&actor)?, app.now()).await?;
    let plans: Vec<(SubscriptionId, String)> =
        found.lines.iter().map(|l| (l.subscription.id, l.plan.clone())).collect();
    let today = super::bills::today(&app, found.customer.branch_id).await?;
    let bills = found.owed.invoices.into_iter().map(|i| OwedBill::of(i, &plans, today)).collect();
    Ok(Json(PortalHome {
        name: found.customer.name,
        number: found.customer.number,
        company: found.company,
        company_phone: found.phone,
        total: found.owed.total,
        credit: found.owed.credit,
        bills,
        lines: found.lines.into_iter().map(Into::into).collect(),
    }))
}

/// Days to look back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UsageQuery {
    /// 1–186, 31 when left out.
    days: Option<i32>,
}

/// What one day moved.
#[derive(Serialize, ToSchema)]
struct PortalUsageDay {
    #[schema(value_type = String, format = Date)]
    day: Day,
    /// Upload, in bytes.
    bytes_up: i64,
    /// Download, in bytes.
    bytes_down: i64,
}

/// Usage by day; days without any are left out.
#[derive(Serialize, ToSchema)]
struct PortalUsage {
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = String, format = Date)]
    to: Day,
    days: Vec<PortalUsageDay>,
}

/// What a connection moved, day by day.
#[utoipa::path(
    get, path = "/api/v1/portal/subscriptions/{id}/usage",
    params(("id" = uuid::Uuid, Path), UsageQuery), responses((status = 200, body = PortalUsage))
)]
async fn usage(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Search(query): Search<UsageQuery>,
) -> Reply<PortalUsage> {
    let mut q = app.reader();
    let sub = billing::subscription::find(&mut q, &actor.scope, id).await?;
    let to = super::bills::today(&app, sub.branch_id).await?;
    let from = to.plus_days(1 - query.days.unwrap_or(31).clamp(1, 186));
    let days = network::usage::days(&mut q, id, from, to).await?;
    let days = days.into_iter().map(|d| PortalUsageDay {
        day: d.day,
        bytes_up: d.bytes_in,
        bytes_down: d.bytes_out,
    });
    Ok(Json(PortalUsage { from, to, days: days.collect() }))
}

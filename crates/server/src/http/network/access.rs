//! Access as decided and as carried out: of one subscription, what is late, and how long it takes.

use axum::Json;
use axum::extract::State;
use flows::control;
use flows::views::enforcement::{self, Attempt, Change, NotEnforcedRow, Spread, Timings};
use flows::views::online::{self, Condition, Online, Usage, said};
use kernel::{Actor, CustomerId, Day, Fault, Permission, SessionId, SubscriptionId, TrailId, Ts};
use network::DesiredKind;
use network::access::{AttemptHow, Delivered, How};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sessions::RouterAnswer;
use crate::http::app::{App, Reply};
use crate::http::can::Can;
use crate::http::extract::{At, ListQuery, Listing, Search, page_size};
use crate::http::{context, cursor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(not_enforced))
        .routes(routes!(timings))
        .routes(routes!(online_of))
        .routes(routes!(usage))
        .routes(routes!(changes))
        .routes(routes!(attempts))
        .routes(routes!(resend))
}

/// A stored reason in the request's language.
fn reason(why: &serde_json::Value) -> String {
    said(why).of(context::lang()).to_owned()
}

/// A subscription whose sessions do not run with what is desired.
#[derive(Serialize, ToSchema)]
struct NotEnforcedView {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    subscription_number: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: Option<String>,
    username: String,
    /// `full`, `isolated` or `blocked`.
    #[schema(value_type = String)]
    desired: DesiredKind,
    /// Why it is desired, in the request's language.
    why: String,
    #[schema(value_type = String, format = DateTime)]
    caused_at: Ts,
    attempts: i64,
    /// `ack`, `nak`, `nak 503`, `timeout` or `not_possible`; null before the first try.
    last_answer: Option<String>,
    last_nas: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Ts>,
    can: NotEnforcedCan,
}

/// What can be done about it now.
#[derive(Serialize, ToSchema)]
struct NotEnforcedCan {
    resend: Can,
}

impl NotEnforcedView {
    fn of(row: NotEnforcedRow, actor: &Actor) -> Self {
        let answer = row.last_answer.map(|answer| match row.last_error_cause {
            Some(cause) if cause != 0 => format!("{answer} {cause}"),
            _ => answer.to_string(),
        });
        Self {
            subscription_id: row.subscription_id,
            subscription_number: row.subscription_number,
            customer_id: row.customer_id,
            customer_name: row.customer_name,
            username: row.username,
            desired: row.desired,
            why: reason(&row.why),
            caused_at: row.caused_at,
            attempts: row.attempts,
            last_answer: answer,
            last_nas: row.last_nas,
            next_attempt_at: row.next_attempt_at,
            can: NotEnforcedCan { resend: Can::when(actor.require(Permission::SessionKick)) },
        }
    }
}

/// What was decided and the routers have not carried out yet, oldest first.
#[utoipa::path(
    get, path = "/api/v1/access/not-enforced", params(ListQuery),
    responses((status = 200, body = Listing<NotEnforcedView>))
)]
async fn not_enforced(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ListQuery>,
) -> Reply<Listing<NotEnforcedView>> {
    let limit = page_size(query.limit);
    let after: Option<(Ts, SubscriptionId)> = cursor::read(query.after.as_deref())?;
    let rows = enforcement::not_enforced(&mut app.reader(), &actor.scope, after, limit + 1).await?;
    let place = |row: &NotEnforcedRow| cursor::write(&(row.since, row.subscription_id));
    let view = |row| NotEnforcedView::of(row, &actor);
    Ok(Json(Listing::page(rows, limit, place, view)))
}

/// The query of the timings.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TimingsQuery {
    /// From this instant on; 24 hours ago when not given.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Ts>,
    /// Before this instant; now when not given.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Ts>,
}

/// How long it took, in milliseconds.
#[derive(Serialize, ToSchema)]
struct SpreadView {
    count: i64,
    median_ms: Option<i64>,
    p95_ms: Option<i64>,
    max_ms: Option<i64>,
}

impl From<Spread> for SpreadView {
    fn from(spread: Spread) -> Self {
        let Spread { count, median_ms, p95_ms, max_ms } = spread;
        Self { count, median_ms, p95_ms, max_ms }
    }
}

/// From a cause (a payment, an instant) to the routers.
#[derive(Serialize, ToSchema)]
struct TimingsView {
    #[schema(value_type = String, format = DateTime)]
    from: Ts,
    #[schema(value_type = String, format = DateTime)]
    to: Ts,
    /// Changes that met an open session.
    changes: i64,
    /// Of these, not enforced yet.
    waiting: i64,
    /// Until the router acknowledged.
    acked: SpreadView,
    /// Until accounting proved it.
    enforced: SpreadView,
    /// There were more changes: only the first ones count.
    is_cut: bool,
}

impl TimingsView {
    fn of(timings: Timings, from: Ts, to: Ts) -> Self {
        Self {
            from,
            to,
            changes: timings.changes,
            waiting: timings.waiting,
            acked: timings.acked.into(),
            enforced: timings.enforced.into(),
            is_cut: timings.is_cut,
        }
    }
}

/// How long changes of access took to reach the routers.
#[utoipa::path(
    get, path = "/api/v1/access/timings", params(TimingsQuery),
    responses((status = 200, body = TimingsView))
)]
async fn timings(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<TimingsQuery>,
) -> Reply<TimingsView> {
    let to = query.to.unwrap_or_else(|| app.now());
    let from = query.from.unwrap_or_else(|| to.plus_days(-1));
    if from >= to {
        let (id, en) = ("harus sebelum akhir rentang", "must be before the end of the range");
        return Err(Fault::field("from", "range", id, en).into());
    }
    let timings = enforcement::timings(&mut app.reader(), &actor.scope, from, to).await?;
    Ok(Json(TimingsView::of(timings, from, to)))
}

/// The connection of a subscription as it is now.
#[derive(Serialize, ToSchema)]
struct OnlineView {
    /// `online`, `isolated`, `suspect` (three reports are missing) or `offline`.
    #[schema(value_type = String)]
    condition: Condition,
    /// Since when the session runs, or when the last one ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Ts>,
    /// `full`, `isolated` or `blocked`; null before the first decision.
    #[schema(value_type = Option<String>)]
    desired: Option<DesiredKind>,
    /// Why, in the request's language.
    reason: Option<String>,
    /// The routers run what is desired.
    enforced: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    enforced_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    caused_at: Option<Ts>,
}

impl From<Online> for OnlineView {
    fn from(online: Online) -> Self {
        Self {
            condition: online.condition,
            since: online.since,
            last_seen_at: online.last_seen_at,
            desired: online.desired,
            reason: online.why.map(|say| say.of(context::lang()).to_owned()),
            enforced: online.enforced,
            enforced_at: online.enforced_at,
            caused_at: online.caused_at,
        }
    }
}

/// Whether a subscription is online, and what it should have.
#[utoipa::path(
    get, path = "/api/v1/access/{subscription}", params(("subscription" = uuid::Uuid, Path)),
    responses((status = 200, body = OnlineView))
)]
async fn online_of(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<OnlineView> {
    let online = online::of(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(online.into()))
}

/// The query of the usage.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UsageQuery {
    /// First day; 30 days in all when not given.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Day>,
    /// Last day; today when not given.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Day>,
}

/// What a subscription moved.
#[derive(Serialize, ToSchema)]
struct UsageView {
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// From the customer (upload), all days together.
    bytes_in: i64,
    /// To the customer (download), all days together.
    bytes_out: i64,
    /// Days without traffic are left out.
    items: Vec<UsageDayView>,
    quota: Option<QuotaView>,
}

/// What one day moved, in the branch's zone.
#[derive(Serialize, ToSchema)]
struct UsageDayView {
    #[schema(value_type = String, format = Date)]
    day: Day,
    bytes_in: i64,
    bytes_out: i64,
}

/// The quota of the running period.
#[derive(Serialize, ToSchema)]
struct QuotaView {
    limit_bytes: i64,
    used_bytes: i64,
    #[schema(value_type = String, format = Date)]
    from_on: Day,
    #[schema(value_type = Option<String>, format = DateTime)]
    crossed_at: Option<Ts>,
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        let quota = usage.quota.and_then(|facts| {
            Some(QuotaView {
                limit_bytes: facts.limit_bytes?,
                used_bytes: facts.used_bytes,
                from_on: facts.from_on,
                crossed_at: facts.crossed_at,
            })
        });
        let day = |d: &network::usage::UsageDay| UsageDayView {
            day: d.day,
            bytes_in: d.bytes_in,
            bytes_out: d.bytes_out,
        };
        Self {
            from: usage.from,
            to: usage.to,
            bytes_in: usage.days.iter().map(|d| d.bytes_in).sum(),
            bytes_out: usage.days.iter().map(|d| d.bytes_out).sum(),
            items: usage.days.iter().map(day).collect(),
            quota,
        }
    }
}

/// What a subscription moved, day by day.
#[utoipa::path(
    get, path = "/api/v1/access/{subscription}/usage",
    params(("subscription" = uuid::Uuid, Path), UsageQuery),
    responses((status = 200, body = UsageView))
)]
async fn usage(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
    Search(query): Search<UsageQuery>,
) -> Reply<UsageView> {
    let days = (query.from, query.to);
    let usage = online::usage(&mut app.reader(), &actor.scope, id, days, app.now()).await?;
    Ok(Json(usage.into()))
}

/// One change of what is desired.
#[derive(Serialize, ToSchema)]
struct AccessChangeView {
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    version: i64,
    /// `false`: the routers had nothing to change, only the holds did.
    effect: bool,
    /// `full`, `isolated` or `blocked`.
    #[schema(value_type = String)]
    desired: DesiredKind,
    profile_name: Option<String>,
    /// The kinds of holds in force.
    #[schema(value_type = Vec<String>)]
    holds: serde_json::Value,
    /// `unpaid`, `ok` …
    code: String,
    /// Why, in the request's language.
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    caused_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    acked_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    enforced_at: Option<Ts>,
    /// How it was seen: `no_session`, `ended`, `restarted`, `class` or `accounting`.
    #[schema(value_type = Option<String>)]
    enforced_how: Option<How>,
    /// Who caused it; null: the program by itself.
    by: Option<String>,
    /// Everything that followed from the same cause: `/api/v1/trails/{id}`.
    #[schema(value_type = String, format = Uuid)]
    trail_id: TrailId,
}

impl From<Change> for AccessChangeView {
    fn from(change: Change) -> Self {
        let row = change.row;
        let code = row.why.get("code").and_then(|c| c.as_str()).unwrap_or_default().to_owned();
        Self {
            at: row.at,
            version: row.version,
            effect: row.effect,
            desired: row.desired,
            profile_name: row.profile_name,
            code,
            reason: reason(&row.why),
            holds: row.holds,
            caused_at: row.caused_at,
            acked_at: row.acked_at,
            enforced_at: row.enforced_at,
            enforced_how: row.enforced_how,
            by: change.by,
            trail_id: row.trail,
        }
    }
}

/// Rows of a subscription's history.
const HISTORY: i64 = 100;

/// The changes of a subscription's access, newest first.
#[utoipa::path(
    get, path = "/api/v1/access/{subscription}/changes",
    params(("subscription" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<AccessChangeView>))
)]
async fn changes(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<Listing<AccessChangeView>> {
    let rows = enforcement::changes(&mut app.reader(), &actor.scope, id, HISTORY).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(AccessChangeView::from).collect())))
}

/// One exchange with a router.
#[derive(Serialize, ToSchema)]
struct RouterAttempt {
    #[schema(value_type = String, format = Uuid)]
    session_id: SessionId,
    nas_name: Option<String>,
    version: i64,
    /// `change` or `disconnect`.
    #[schema(value_type = String)]
    how: AttemptHow,
    /// `ack`, `nak`, `timeout` or `not_possible`.
    #[schema(value_type = String)]
    answer: Delivered,
    /// Error-Cause of a `nak` (RFC 5176); null when none was given.
    error_cause: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    sent_at: Ts,
    took_ms: i64,
    /// Who asked for it; null: the program by itself.
    by: Option<String>,
}

impl From<Attempt> for RouterAttempt {
    fn from(attempt: Attempt) -> Self {
        let row = attempt.row;
        Self {
            session_id: row.session_id,
            nas_name: row.nas_name,
            version: row.version,
            how: row.how,
            answer: row.answer,
            error_cause: Some(row.error_cause).filter(|cause| *cause != 0),
            sent_at: row.sent_at,
            took_ms: row.answered_at.millis_since(row.sent_at),
            by: attempt.by,
        }
    }
}

/// What the routers were told about a subscription and answered, newest first.
#[utoipa::path(
    get, path = "/api/v1/access/{subscription}/attempts",
    params(("subscription" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<RouterAttempt>))
)]
async fn attempts(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<Listing<RouterAttempt>> {
    let rows = enforcement::attempts(&mut app.reader(), &actor.scope, id, HISTORY).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(RouterAttempt::from).collect())))
}

/// Tell the routers once more what is desired for a subscription.
///
/// A change for each open session, or a disconnect when access is blocked; answers what they said.
#[utoipa::path(
    post, path = "/api/v1/access/{subscription}/resend",
    params(("subscription" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<RouterAnswer>))
)]
async fn resend(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<Listing<RouterAnswer>> {
    let cause = app.cause(&actor);
    let told = control::resend(&app.db, &*app.outside.nas, &cause, &*app.clock, id).await?;
    Ok(Json(Listing::whole(told.into_iter().map(RouterAnswer::from).collect())))
}

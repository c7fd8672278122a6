//! What runs by itself, and the sweeps of isolation that wait for a person.

use axum::Json;
use axum::extract::State;
use billing::words::Mode;
use flows::sweep::PreviewLine;
use flows::views::sweeps::{self, SweepRow};
use flows::views::tasks::{self, Backlog, TaskRow};
use kernel::{Actor, BranchId, CustomerId, Permission, SubscriptionId, Ts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::app::{App, Reply, Written};
use super::can::Can;
use super::context;
use super::extract::{At, Body, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(waiting))
        .routes(routes!(preview))
        .routes(routes!(answer))
}

/// The background tasks and their queue.
#[derive(Serialize, ToSchema)]
struct TasksView {
    items: Vec<TaskView>,
    outbox: OutboxView,
}

/// What a task did last.
#[derive(Serialize, ToSchema)]
struct TaskView {
    name: String,
    #[schema(value_type = String, format = DateTime)]
    last_run_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_ok_at: Option<Ts>,
    /// Seconds since the last success; null when there was none.
    last_ok_age_s: Option<i64>,
    /// What it counted.
    #[schema(value_type = Object)]
    status: serde_json::Value,
    /// Why the last run failed.
    error: Option<String>,
}

/// The queue of reactions to what happened.
#[derive(Serialize, ToSchema)]
struct OutboxView {
    pending: i64,
    oldest_age_s: Option<i64>,
    /// Given up: a person has to look at them.
    dead: i64,
}

fn age_s(at: Ts, now: Ts) -> i64 {
    (now.secs() - at.secs()).max(0)
}

impl TasksView {
    fn of((rows, backlog): (Vec<TaskRow>, Backlog), now: Ts) -> Self {
        let task = |row: TaskRow| TaskView {
            name: row.name,
            last_run_at: row.last_run_at,
            last_ok_at: row.last_ok_at,
            last_ok_age_s: row.last_ok_at.map(|at| age_s(at, now)),
            status: row.status,
            error: row.error,
        };
        let outbox = OutboxView {
            pending: backlog.pending,
            oldest_age_s: backlog.oldest_at.map(|at| age_s(at, now)),
            dead: backlog.dead,
        };
        Self { items: rows.into_iter().map(task).collect(), outbox }
    }
}

/// The background tasks: when each last ran, and what came of it.
#[utoipa::path(get, path = "/api/v1/tasks", responses((status = 200, body = TasksView)))]
async fn all(State(app): State<App>) -> Reply<TasksView> {
    let found = tasks::all(&mut app.reader()).await?;
    Ok(Json(TasksView::of(found, app.now())))
}

/// A sweep of isolation that the guard stopped.
#[derive(Serialize, ToSchema)]
struct SweepView {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: Option<String>,
    /// `prepaid` or `postpaid`.
    #[schema(value_type = String)]
    mode: Mode,
    /// The instant whose isolations it would make.
    #[schema(value_type = String, format = DateTime)]
    instant: Ts,
    /// Subscriptions whose unpaid invoice reached the instant.
    reached: i64,
    /// Of these it would isolate so many.
    isolated: i64,
    /// Why it stopped: `{kind: "too_many", share_per_mille, usual_per_mille}` or `{kind: "silent", hours}`.
    #[schema(value_type = Object)]
    doubt: Option<serde_json::Value>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    can: SweepCan,
}

/// What can be done with a sweep now.
#[derive(Serialize, ToSchema)]
struct SweepCan {
    answer: Can,
}

impl SweepView {
    fn of(row: SweepRow, actor: &Actor) -> Self {
        Self {
            id: row.id,
            branch_id: row.branch_id,
            branch_name: row.branch_name,
            mode: row.mode,
            instant: row.instant,
            reached: row.reached,
            isolated: row.isolated,
            doubt: row.doubt,
            created_at: row.created_at,
            can: SweepCan { answer: Can::when(actor.require(Permission::SweepApprove)) },
        }
    }
}

/// Sweeps that wait for a person, oldest first.
///
/// The guard stopped them: they would isolate far more than such a sweep did before, or no payment came in
/// for hours.
#[utoipa::path(get, path = "/api/v1/sweeps", responses((status = 200, body = Listing<SweepView>)))]
async fn waiting(State(app): State<App>, actor: Actor) -> Reply<Listing<SweepView>> {
    let rows = sweeps::waiting(&mut app.reader(), &actor.scope).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(|row| SweepView::of(row, &actor)).collect())))
}

/// Which sweep to look at.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SweepQuery {
    /// Its instant; now when left out, or in the past.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Ts>,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
}

/// What the sweep of an instant will do, by what is known now.
#[derive(Serialize, ToSchema)]
struct SweepPreviewView {
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// Subscriptions whose time has come.
    due: usize,
    isolates: usize,
    opens: usize,
    /// Held back: a person was asked, or will be.
    waits: usize,
    /// Equal to the sweep's when it did exactly that; empty when nothing changes.
    hash: String,
    groups: Vec<SweepGroupView>,
    /// By the subscription's number.
    items: Vec<SweepChangeView>,
    next: Option<String>,
}

/// The isolations of a branch and mode that no answer stands for.
#[derive(Serialize, ToSchema)]
struct SweepGroupView {
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    /// `prepaid` or `postpaid`.
    #[schema(value_type = String)]
    mode: Mode,
    #[schema(value_type = String, format = DateTime)]
    instant: Ts,
    /// Subscriptions whose invoice reached its instant.
    reached: i64,
    isolated: i64,
    /// Why the guard will ask; null: it goes on.
    #[schema(value_type = Object)]
    doubt: Option<serde_json::Value>,
}

/// A subscription whose access changes.
#[derive(Serialize, ToSchema)]
struct SweepChangeView {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    subscription_number: String,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: String,
    /// `full`, `isolated` or `blocked`; null: nothing was decided before.
    #[schema(value_type = Option<String>)]
    from: Option<String>,
    to: String,
    /// In the request's language.
    why: String,
    waits: bool,
}

impl From<PreviewLine> for SweepChangeView {
    fn from(line: PreviewLine) -> Self {
        Self {
            subscription_id: line.change.subscription,
            subscription_number: line.number,
            customer_id: line.customer,
            customer_name: line.customer_name,
            from: line.change.from.map(|kind| kind.to_string()),
            to: line.change.to.kind().to_string(),
            why: flows::access::sentence(&line.change.why, context::lang()).to_owned(),
            waits: line.waits,
        }
    }
}

/// What the sweep of an instant will do: sums, and a page of those whose access changes.
///
/// It is the plan that the sweep itself carries out. For a later instant it goes by what is known now: bills
/// and payments until then are not in it.
#[utoipa::path(
    get, path = "/api/v1/sweeps/preview", params(SweepQuery),
    responses((status = 200, body = SweepPreviewView))
)]
async fn preview(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<SweepQuery>,
) -> Reply<SweepPreviewView> {
    let now = app.now();
    let at = query.at.unwrap_or(now);
    let mut seen = flows::sweep::preview(&mut app.reader(), &actor.scope, at, now).await?;
    seen.lines.sort_by(|a, b| a.number.cmp(&b.number));
    if let Some(after) = &query.after {
        seen.lines.retain(|line| line.number > *after);
    }
    let limit = usize::try_from(page_size(query.limit)).unwrap_or(50);
    let more = seen.lines.len() > limit;
    seen.lines.truncate(limit);
    let groups = seen.groups.into_iter().map(|g| SweepGroupView {
        branch_id: g.branch,
        mode: g.mode,
        instant: g.instant,
        reached: g.reached,
        isolated: g.isolated,
        doubt: g.doubt,
    });
    Ok(Json(SweepPreviewView {
        at: seen.at,
        due: seen.due,
        isolates: seen.isolates,
        opens: seen.opens,
        waits: seen.waits,
        hash: seen.hash,
        groups: groups.collect(),
        next: seen.lines.last().filter(|_| more).map(|line| line.number.clone()),
        items: seen.lines.into_iter().map(Into::into).collect(),
    }))
}

/// An answer to the guard.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerSweep {
    /// `true`: isolate them. `false`: leave them online until the next month's sweep.
    go_on: bool,
}

/// What was answered.
#[derive(Serialize, ToSchema)]
struct SweepAnswered {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    go_on: bool,
}

/// Let a stopped sweep go on, or leave its customers online.
#[utoipa::path(
    post, path = "/api/v1/sweeps/{id}/answer", params(("id" = uuid::Uuid, Path)),
    request_body = AnswerSweep, responses((status = 200, body = SweepAnswered))
)]
async fn answer(
    State(app): State<App>,
    actor: Actor,
    At(id): At<Uuid>,
    Body(body): Body<AnswerSweep>,
) -> Written<SweepAnswered> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        sweeps::find(tx, &scope, id).await?;
        flows::sweep::answer(tx, id, body.go_on).await?;
        Ok(SweepAnswered { id, go_on: body.go_on })
    })
    .await
}

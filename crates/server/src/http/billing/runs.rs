//! Billing runs: what the next one will do, starting it, how far it is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use billing::issue::{self, RunReport, RunView};
use billing::words::RunState;
use flows::views::runs as views;
use kernel::{
    Actor, Cause, CustomerId, Day, Fault, Money, Result as Fallible, RunId, SubscriptionId, Ts,
    Zone,
};
use serde::{Deserialize, Serialize};
use store::Query;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::http::app::{App, Reply, once_for};
use crate::http::catalog::for_the_whole_isp;
use crate::http::context;
use crate::http::extract::{At, Body, ListQuery, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, start)).routes(routes!(find)).routes(routes!(preview))
}

/// Runs whose failures are remembered.
const REMEMBERED: usize = 50;
/// How long the answer waits for a run that is soon over.
const FIRST_LOOK: Duration = Duration::from_millis(10);

/// Runs that this process works on, and what earlier ones could not bill.
#[derive(Default)]
pub(crate) struct Going(Mutex<Known>);

#[derive(Default)]
struct Known {
    working: Vec<RunId>,
    failures: VecDeque<(RunId, Vec<Failure>)>,
}

#[derive(Clone)]
struct Failure {
    number: String,
    id: String,
    en: String,
}

impl Going {
    fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    /// `false`: this process works on the run already.
    fn begin(&self, run: RunId) -> bool {
        self.with(|s| {
            let new = !s.working.contains(&run);
            if new {
                s.working.push(run);
            }
            new
        })
    }
    fn end(&self, run: RunId, failures: Vec<Failure>) {
        self.with(|s| {
            s.working.retain(|id| *id != run);
            s.failures.push_back((run, failures));
            if s.failures.len() > REMEMBERED {
                s.failures.pop_front();
            }
        });
    }
    fn failures(&self, run: RunId) -> Vec<Failure> {
        let of = |s: &mut Known| s.failures.iter().find(|(id, _)| *id == run).cloned();
        self.with(of).map(|(_, failures)| failures).unwrap_or_default()
    }
}

/// A billing run.
#[derive(Serialize, ToSchema)]
#[schema(as = Run)]
struct RunWire {
    #[schema(value_type = String, format = Uuid)]
    id: RunId,
    #[schema(value_type = String, format = Date)]
    day: Day,
    /// `running` or `done`.
    #[schema(value_type = String)]
    state: RunState,
    /// Invoices that it will have issued, about: one for each subscription that is still due.
    expected: i64,
    issued: i64,
    credit_notes: i64,
    subscriptions: i64,
    #[schema(value_type = i64)]
    total: Money,
    /// Equal to the preview's when the run did exactly that.
    hash: Option<String>,
    failed: usize,
    failures: Vec<RunFailure>,
    #[schema(value_type = String, format = DateTime)]
    started_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Ts>,
}

/// A subscription that was not billed. It stays due.
#[derive(Serialize, ToSchema)]
struct RunFailure {
    subscription_number: String,
    reason: String,
}

async fn wire(q: &mut dyn Query, going: &Going, run: RunView) -> Fallible<RunWire> {
    let waiting = match run.state {
        RunState::Running => views::still_due(q, run.day).await?,
        RunState::Done => 0,
    };
    let lang = context::lang();
    let failures: Vec<RunFailure> = going
        .failures(run.id)
        .into_iter()
        .map(|f| RunFailure {
            reason: super::say(lang, &f.id, &f.en),
            subscription_number: f.number,
        })
        .collect();
    Ok(RunWire {
        id: run.id,
        day: run.day,
        state: run.state,
        expected: run.invoices + waiting,
        issued: run.invoices,
        credit_notes: run.credit_notes,
        subscriptions: run.subscriptions,
        total: run.total,
        hash: run.hash,
        failed: failures.len(),
        failures,
        started_at: run.started_at,
        finished_at: run.finished_at,
    })
}

/// Billing runs, newest first.
#[utoipa::path(
    get, path = "/api/v1/billing-runs", params(ListQuery),
    responses((status = 200, body = Listing<RunWire>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ListQuery>,
) -> Reply<Listing<RunWire>> {
    // A run's totals are the whole ISP's.
    for_the_whole_isp(&actor)?;
    let mut q = app.reader();
    let mut rows = Vec::new();
    for run in issue::runs(&mut q, page_size(query.limit)).await? {
        rows.push(wire(&mut q, &app.going, run).await?);
    }
    Ok(Json(Listing::whole(rows)))
}

async fn run_of(q: &mut dyn Query, id: RunId) -> Fallible<RunView> {
    issue::run_of(q, id).await?.ok_or_else(|| {
        Fault::not_found(
            "billing.run_not_found",
            "Penagihan itu tidak ada.",
            "No such billing run.",
        )
    })
}

/// One billing run, and how far it is.
#[utoipa::path(
    get, path = "/api/v1/billing-runs/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RunWire))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<RunId>) -> Reply<RunWire> {
    for_the_whole_isp(&actor)?;
    let mut q = app.reader();
    let run = run_of(&mut q, id).await?;
    Ok(Json(wire(&mut q, &app.going, run).await?))
}

/// A run to look at before it happens.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewRun {
    #[schema(value_type = String, format = Date)]
    day: Day,
    /// `next` of the page before.
    #[schema(value_type = Option<String>, format = Uuid)]
    after: Option<SubscriptionId>,
    /// Subscriptions a page: 1–200, 50 when left out.
    limit: Option<i64>,
}

/// What the next run will do.
#[derive(Serialize, ToSchema)]
#[schema(as = RunPreview)]
struct PreviewWire {
    #[schema(value_type = String, format = Date)]
    day: Day,
    subscriptions: i64,
    /// Invoices that will be issued.
    count: i64,
    credit_notes: i64,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
    /// Give it when starting: a run that would do something else is refused.
    hash: String,
    items: Vec<PreviewItem>,
    #[schema(value_type = Option<String>, format = Uuid)]
    next: Option<SubscriptionId>,
}

/// An invoice that will be issued.
#[derive(Serialize, ToSchema)]
#[schema(as = RunPreviewItem)]
struct PreviewItem {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    subscription_number: String,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: String,
    #[schema(value_type = String, format = Date)]
    period_from: Day,
    #[schema(value_type = String, format = Date)]
    period_to: Day,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    /// How the amount comes about.
    formula: String,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
    /// Unused invoices that are credited before it.
    credits: usize,
}

impl From<views::PreviewRow> for PreviewItem {
    fn from(row: views::PreviewRow) -> Self {
        Self {
            subscription_id: row.subscription,
            subscription_number: row.subscription_number,
            customer_id: row.customer,
            customer_name: row.customer_name,
            period_from: row.period.from,
            period_to: row.period.to,
            due_on: row.due_on,
            formula: row.lines.join("; "),
            base: row.base,
            tax: row.tax,
            total: row.total,
            credits: row.credits,
        }
    }
}

/// What a run on a day will issue: sums, and a page of lines.
#[utoipa::path(
    post, path = "/api/v1/billing-runs/preview", request_body = PreviewRun,
    responses((status = 200, body = PreviewWire))
)]
async fn preview(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<PreviewRun>,
) -> Reply<PreviewWire> {
    for_the_whole_isp(&actor)?;
    let mut q = app.reader();
    let sums = issue::preview(&mut q, app.now(), body.day).await?;
    let limit = page_size(body.limit);
    let (rows, next) =
        views::preview(&mut q, app.now(), body.day, body.after, limit, context::lang()).await?;
    Ok(Json(PreviewWire {
        day: sums.day,
        subscriptions: sums.subscriptions,
        count: sums.invoices,
        credit_notes: sums.credit_notes,
        base: sums.base,
        tax: sums.tax,
        total: sums.total,
        hash: sums.hash,
        items: rows.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// A run to start.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartRun {
    /// Not later than today.
    #[schema(value_type = String, format = Date)]
    day: Day,
    /// The preview's. When the run would do something else by now, it is not started.
    hash: Option<String>,
}

/// Start a billing run.
///
/// Answers at once; the run goes on by itself. A run of that day that was killed goes on where it stopped.
#[utoipa::path(
    post, path = "/api/v1/billing-runs", request_body = StartRun,
    responses((status = 202, body = RunWire))
)]
async fn start(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<StartRun>,
) -> Result<Response, Problem> {
    for_the_whole_isp(&actor)?;
    let day = body.day;
    must_have_come(&app, day).await?;
    if let Some(hash) = &body.hash
        && issue::preview(&mut app.reader(), app.now(), day).await?.hash != *hash
    {
        return Err(Fault::conflict(
            "billing.preview_stale",
            "Isi penagihan berubah sejak pratinjau; lihat lagi sebelum menerbitkan.",
            "What would be billed has changed since the preview; look again before issuing.",
        )
        .into());
    }
    let id = begin(&app, &actor, day).await?;
    let mut q = app.reader();
    let run = run_of(&mut q, id).await?;
    let wire = wire(&mut q, &app.going, run).await?;
    Ok((StatusCode::ACCEPTED, Json(wire)).into_response())
}

/// A run never bills a day that has not begun in some branch.
async fn must_have_come(app: &App, day: Day) -> Fallible<()> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let now = app.now();
    let today = catalog.branches.values().map(|branch| now.day(branch.zone)).min();
    if day <= today.unwrap_or_else(|| now.day(Zone::Jakarta)) {
        return Ok(());
    }
    Err(Fault::field(
        "day",
        "billing.day_to_come",
        "belum tiba; yang akan datang hanya bisa dipratinjau",
        "has not come; the future can only be previewed",
    ))
}

/// Starts the run beside the request, or joins the one of that day that goes on. A short run is over when this
/// answers.
async fn begin(app: &App, actor: &Actor, day: Day) -> Fallible<RunId> {
    // The same key means the same run, also when that one is over by now.
    let id = once_for(app, actor, Uuid::nil(), async move |tx| issue::begin(tx, day).await).await?;
    let run = run_of(&mut app.reader(), id).await?;
    if run.finished_at.is_some() || !app.going.begin(id) {
        return Ok(id);
    }
    let cause = app.cause(actor);
    // Followed by itself: whoever asked may be gone before it is over.
    let run = tokio::spawn(follow(app.clone(), cause, id, day));
    match tokio::time::timeout(FIRST_LOOK, run).await {
        Ok(ended) => ended.map_err(|e| Fault::bug(format!("the billing run fell: {e}")))??,
        Err(_) => tracing::debug!(run = %id, "the billing run goes on by itself"),
    }
    Ok(id)
}

/// Works on a run and notes how it ended.
async fn follow(app: App, cause: Cause, id: RunId, day: Day) -> Fallible<()> {
    let (db, clock) = (app.db.clone(), Arc::clone(&app.clock));
    let work =
        tokio::spawn(async move { issue::carry_out(&db, clock.as_ref(), &cause, id, day).await });
    let ended = work.await.unwrap_or_else(|e| Err(Fault::bug(format!("it fell: {e}"))));
    match ended {
        Ok(report) => {
            remember(&app, &report).await;
            Ok(())
        }
        Err(fault) => {
            tracing::error!(?fault, run = %id, "a billing run stopped; the next one goes on");
            app.going.end(id, Vec::new());
            Err(fault)
        }
    }
}

async fn remember(app: &App, report: &RunReport) {
    let mut failures = Vec::with_capacity(report.failed.len());
    for (subscription, fault) in &report.failed {
        let scope = kernel::Scope::all();
        let found = billing::subscription::find(&mut app.reader(), &scope, *subscription).await;
        let number = found.map_or_else(|_| subscription.to_string(), |sub| sub.number);
        failures.push(Failure { number, id: fault.id.clone(), en: fault.en.clone() });
    }
    app.going.end(report.run, failures);
}

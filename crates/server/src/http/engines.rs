//! The engines that are attached: how they are, where they differ from us, what is done about it.

mod papers;
mod proof;

use axum::Json;
use axum::extract::State;
use bridge::finding::{self, Filter};
use bridge::{Engine, Finding, FindingId, FindingState, Settle, Subject, Verdict, engine};
use flows::adopt::asset;
use flows::compare::access;
use flows::compare::books::settle as books;
use kernel::{Actor, Fault, Lang, Result as Fallible, Ts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::app::{App, Reply};
use super::can::Can;
use super::context;
use super::extract::{At, Body, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(list))
        .routes(routes!(settle))
        .merge(papers::router())
        .merge(proof::router())
}

/// An engine that is or was attached.
#[derive(Serialize, ToSchema)]
struct EngineView {
    /// `freeradius`, `inventree` or `erpnext`.
    #[schema(value_type = String)]
    engine: Engine,
    /// `attached` or `detached`.
    state: String,
    /// Address, account, options; no secret.
    #[schema(value_type = Object)]
    settings: serde_json::Value,
    version: Option<String>,
    reachable: bool,
    #[schema(value_type = String, format = DateTime)]
    attached_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_ok_at: Option<Ts>,
    last_error: Option<String>,
    /// How long its last answer took, in milliseconds.
    lag_ms: Option<i64>,
    /// Until when it is left alone after failures.
    #[schema(value_type = Option<String>, format = DateTime)]
    resting_until: Option<Ts>,
    /// Records that wait to be told.
    waiting: i64,
    /// Those of them that it refused.
    refused: i64,
    /// Since when the oldest waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_waiting_at: Option<Ts>,
    /// Records that it took in an hour of being told, as measured.
    told_per_hour: Option<i64>,
    /// In how many seconds all that waits is told at that rate; null while nobody can tell.
    empty_in_secs: Option<i64>,
    /// Its own notices that wait to be dealt with.
    notices: i64,
    /// Notices that could not be verified since this process started.
    refused_notices: i64,
    open_findings: i64,
    /// What the last comparison counted; null before the first one.
    #[schema(value_type = Option<Object>)]
    compared: Option<serde_json::Value>,
}

/// Every engine.
#[derive(Serialize, ToSchema)]
struct EnginesView {
    items: Vec<EngineView>,
}

/// How the engines are.
#[utoipa::path(get, path = "/api/v1/engines", responses((status = 200, body = EnginesView)))]
async fn all(State(app): State<App>) -> Reply<EnginesView> {
    let mut q = app.reader();
    let counts = finding::counts(&mut q).await?;
    let mut items = Vec::new();
    for h in engine::health(&mut q).await? {
        let is_open = |c: &&finding::Count| c.engine == h.engine && c.state == FindingState::Open;
        let compared = engine::cursor(&mut q, h.engine, "compared").await?;
        items.push(EngineView {
            engine: h.engine,
            state: h.state.to_string(),
            settings: h.settings,
            version: h.version,
            reachable: h.reachable,
            attached_at: h.attached_at,
            last_ok_at: h.last_ok_at,
            last_error: h.last_error,
            lag_ms: h.lag_ms,
            resting_until: h.breaker.open_until,
            waiting: h.backlog.waiting,
            refused: h.backlog.failing,
            oldest_waiting_at: h.backlog.oldest,
            told_per_hour: h.told_per_hour,
            empty_in_secs: h.empty_in_secs,
            notices: h.notices,
            refused_notices: app.outside.engines.refused(h.engine),
            open_findings: counts.iter().filter(is_open).map(|c| c.count).sum(),
            compared: compared.and_then(|text| serde_json::from_str(&text).ok()),
        });
    }
    Ok(Json(EnginesView { items }))
}

/// A difference between an engine and us.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingView {
    #[schema(value_type = String, format = Uuid)]
    id: FindingId,
    #[schema(value_type = String)]
    engine: Engine,
    /// The kind of record: `account`, `profile`, `nas`, `invoice` …
    #[schema(value_type = String)]
    subject: Subject,
    /// `missing_here`, `missing_there`, `differs`, `orphan`, `duplicate`, `conflict`, `two_billers`,
    /// `maybe_double` or `refused`.
    #[schema(value_type = String)]
    verdict: Verdict,
    local_id: Option<Uuid>,
    external_id: Option<String>,
    field: Option<String>,
    /// What we have; a secret is shown as dots.
    ours: Option<String>,
    theirs: Option<String>,
    detail: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    first_seen: Ts,
    #[schema(value_type = String, format = DateTime)]
    last_seen: Ts,
    /// `open`, `healed`, `adopted` or `dismissed`.
    #[schema(value_type = String)]
    state: FindingState,
    #[schema(value_type = Option<String>, format = DateTime)]
    settled_at: Option<Ts>,
    settled_by: Option<String>,
    can: FindingCan,
    /// The decisions that exist for it.
    choices: Vec<ChoiceView>,
    /// What heals it besides.
    hint: Option<String>,
}

/// What can be done with a finding now.
#[derive(Serialize, ToSchema)]
struct FindingCan {
    settle: Can,
}

/// A decision that exists for a finding, and what it does.
#[derive(Serialize, ToSchema)]
struct ChoiceView {
    #[schema(value_type = String)]
    choice: Settle,
    /// In the request's language.
    does: String,
}

fn said((id, en): (&str, &str)) -> String {
    match context::lang() {
        Lang::Id => id.to_owned(),
        Lang::En => en.to_owned(),
    }
}

impl FindingView {
    pub(super) fn of(found: Finding, actor: &Actor) -> Self {
        let open = match found.state {
            FindingState::Open => Ok(()),
            other => Err(finding::settled(other)),
        };
        let may = actor.require(finding::permission(found.subject));
        let hint = match found.engine {
            Engine::Erpnext => books::hint(&found),
            Engine::Freeradius => access::hint(&found),
            Engine::Inventree => asset::hint(&found),
        };
        let (choices, hint) = (choices(&found, actor), hint.map(said));
        Self {
            choices,
            hint,
            id: found.id,
            engine: found.engine,
            subject: found.subject,
            verdict: found.verdict,
            local_id: found.local_id,
            external_id: found.external_id,
            field: found.field,
            ours: found.ours,
            theirs: found.theirs,
            detail: found.detail,
            first_seen: found.first_seen,
            last_seen: found.last_seen,
            state: found.state,
            settled_at: found.settled_at,
            settled_by: found.settled_by,
            can: FindingCan { settle: Can::when(may.and(open)) },
        }
    }
}

fn choices(found: &Finding, actor: &Actor) -> Vec<ChoiceView> {
    [Settle::Adopt, Settle::Heal, Settle::Dismiss]
        .into_iter()
        .filter(|choice| books::needs(found, *choice).is_none_or(|needed| actor.may(needed)))
        .filter_map(|choice| {
            let does = match found.engine {
                Engine::Erpnext => books::words(found, choice),
                Engine::Freeradius => access::words(found, choice),
                Engine::Inventree => asset::words(found, choice),
            };
            let does = said(does?);
            Some(ChoiceView { choice, does })
        })
        .collect()
}

/// The query of the findings' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FindingQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<FindingId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// `freeradius`, `inventree` or `erpnext`.
    #[param(value_type = Option<String>)]
    engine: Option<Engine>,
    /// The kind of record.
    #[param(value_type = Option<String>)]
    subject: Option<Subject>,
    /// `open`, `healed`, `adopted` or `dismissed`.
    #[param(value_type = Option<String>)]
    state: Option<FindingState>,
}

/// Findings, newest first.
///
/// Somebody of one branch sees what is known to be that branch's.
#[utoipa::path(
    get, path = "/api/v1/findings", params(FindingQuery),
    responses((status = 200, body = Listing<FindingView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<FindingQuery>,
) -> Reply<Listing<FindingView>> {
    let limit = page_size(query.limit);
    let filter = Filter {
        engine: query.engine,
        subject: query.subject,
        state: query.state,
        branch: actor.scope.branch,
    };
    let rows = finding::list(&mut app.reader(), &filter, query.after, limit + 1).await?;
    let view = |row| FindingView::of(row, &actor);
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// A decision about a finding.
#[derive(Deserialize, ToSchema)]
pub(super) struct SettleBody {
    /// `heal`: ours is written there again (a stranger's record there is removed). `adopt`: theirs becomes ours.
    /// `dismiss`: it may stay until a value changes.
    #[schema(value_type = String)]
    choice: Settle,
}

/// Decide about a finding.
#[utoipa::path(
    post, path = "/api/v1/findings/{id}/settle", params(("id" = String, Path)),
    request_body = SettleBody, responses((status = 200, body = FindingView))
)]
async fn settle(
    State(app): State<App>,
    actor: Actor,
    At(id): At<FindingId>,
    Body(body): Body<SettleBody>,
) -> Reply<FindingView> {
    settle_found(&app, &actor, id, &body).await
}

/// Carries out a decision; who may take it, the finding's kind says.
pub(super) async fn settle_found(
    app: &App,
    actor: &Actor,
    id: FindingId,
    body: &SettleBody,
) -> Reply<FindingView> {
    let found = seen_by(app, actor, id).await?;
    actor.require(finding::permission(found.subject))?;
    let cause = app.cause(actor);
    match found.engine {
        Engine::Freeradius => {
            let Some(carrier) = app.outside.engines.access(&app.db).await? else {
                return Err(engine::not_attached(found.engine).into());
            };
            let port = carrier.port().as_ref();
            access::settle(&app.db, port, &cause, id, body.choice).await?;
        }
        Engine::Inventree => {
            asset::settle(&app.db, &cause, id, body.choice).await?;
        }
        Engine::Erpnext => {
            let Some(system) = app.outside.engines.books(&app.db).await? else {
                return Err(engine::not_attached(found.engine).into());
            };
            books::settle(&app.db, system.as_ref(), &cause, id, body.choice).await?;
        }
    }
    let found = finding::find(&mut app.reader(), id).await?;
    Ok(Json(FindingView::of(found, actor)))
}

async fn seen_by(app: &App, actor: &Actor, id: FindingId) -> Fallible<Finding> {
    let found = finding::find(&mut app.reader(), id).await?;
    match actor.scope.branch {
        Some(branch) if found.branch_id != Some(branch) => Err(Fault::not_found(
            "bridge.finding_not_found",
            "Temuan tidak ada.",
            "No such finding.",
        )),
        _ => Ok(found),
    }
}

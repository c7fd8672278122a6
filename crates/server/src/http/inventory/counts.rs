//! Stock counts (opname): open, scan, submit; another person posts the difference or turns it down.

use axum::Json;
use axum::extract::State;
use inventory::count::{self, Count, CountId, CountState};
use kernel::{Actor, ItemId, LocationId, Permission, Result as Fallible, Ts};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LINES_MAX;
use super::verdict::HowWord;
use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::wire::{counted, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(one))
        .routes(routes!(scan))
        .routes(routes!(submit))
        .routes(routes!(approve))
        .routes(routes!(reject))
}

/// A stock count.
#[derive(Serialize, ToSchema)]
struct CountView {
    #[schema(value_type = String, format = Uuid)]
    id: CountId,
    /// `OPN000001`.
    number: String,
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
    /// `open`, `submitted`, `posted` or `rejected`.
    #[schema(value_type = String)]
    state: CountState,
    opened_by: String,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Ts>,
    decided_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Ts>,
    /// Why it was turned down.
    reason: Option<String>,
}

impl From<Count> for CountView {
    fn from(count: Count) -> Self {
        Self {
            id: count.id,
            number: count.number,
            location_id: count.location_id,
            state: count.state,
            opened_by: count.opened_by_name,
            opened_at: count.opened_at,
            submitted_at: count.submitted_at,
            decided_by: count.decided_by_name,
            decided_at: count.decided_at,
            reason: count.reason,
        }
    }
}

/// A serial of a count.
#[derive(Serialize, ToSchema)]
struct CountLine {
    serial: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    item_id: Option<ItemId>,
    expected: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Ts>,
    /// `there`, `missing`, `unexpected`, `moved` (during the count) or `unknown`. What it was when a
    /// decided count was posted stands in each item's history.
    finding: &'static str,
}

/// A count, whole.
#[derive(Serialize, ToSchema)]
struct CountWhole {
    #[serde(flatten)]
    count: CountView,
    lines: Vec<CountLine>,
    can: CountCan,
}

/// What can be done with a count now.
#[derive(Serialize, ToSchema)]
struct CountCan {
    scan: Can,
    submit: Can,
    /// Approve or reject; who counted is refused when they try.
    decide: Can,
}

async fn whole(q: &mut dyn Query, actor: &Actor, id: CountId) -> Fallible<CountWhole> {
    let count = count::find(q, &actor.scope, id).await?;
    let place = count.location_id;
    let lines = count::lines(q, id).await?.into_iter().map(|line| CountLine {
        finding: line.finding(place).as_str(),
        serial: line.serial,
        item_id: line.item_id,
        expected: line.expected,
        seen_at: line.seen_at,
    });
    let can = |permissions: &[Permission], state: CountState| {
        let may = permissions.iter().try_for_each(|permission| actor.require(*permission));
        Can::when(may.and_then(|()| count.must_be(state)))
    };
    let counts = can(&[Permission::StockWrite], CountState::Open);
    let submits = can(&[Permission::StockWrite], CountState::Open);
    let decides = [Permission::StockApprove, Permission::LedgerRead];
    Ok(CountWhole {
        lines: lines.collect(),
        can: CountCan {
            scan: counts,
            submit: submits,
            decide: can(&decides, CountState::Submitted),
        },
        count: count.into(),
    })
}

async fn seen(tx: &mut Tx, id: CountId) -> Fallible<CountWhole> {
    let actor = tx.actor().clone();
    whole(tx, &actor, id).await
}

/// The query of the counts' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CountQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<CountId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
}

/// Stock counts, newest first.
#[utoipa::path(
    get, path = "/api/v1/counts", params(CountQuery), responses((status = 200, body = Listing<CountView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<CountQuery>,
) -> Reply<Listing<CountView>> {
    let limit = page_size(query.limit);
    let rows = count::list(&mut app.reader(), &actor.scope, query.after, limit + 1).await?;
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), CountView::from)))
}

/// One stock count with its lines.
#[utoipa::path(
    get, path = "/api/v1/counts/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CountWhole))
)]
async fn one(State(app): State<App>, actor: Actor, At(id): At<CountId>) -> Reply<CountWhole> {
    Ok(Json(whole(&mut app.reader(), &actor, id).await?))
}

/// What is counted.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenCount {
    /// A warehouse or a technician's bag.
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
}

/// Open a stock count of a place.
///
/// What is on record there now is what should be found. 409 `inventory.count_open` while another count of
/// the place is not decided.
#[utoipa::path(
    post, path = "/api/v1/counts", request_body = OpenCount, responses((status = 201, body = CountWhole))
)]
async fn open(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<OpenCount>,
) -> Written<CountWhole> {
    app.create(&actor, async move |tx| {
        let made = count::open(tx, body.location_id).await;
        seen(tx, made.map_err(|fault| on_wire(fault, &[("location", "location_id")]))?.id).await
    })
    .await
}

/// Labels that were seen.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountScan {
    /// 1–500 serials, MACs or labels.
    serials: Vec<String>,
    #[serde(default)]
    how: HowWord,
    /// Why they were typed and not scanned.
    reason: Option<String>,
}

/// Note what was seen at the place.
///
/// The same label again changes nothing. What is not expected there, or not known at all, is kept too.
#[utoipa::path(
    post, path = "/api/v1/counts/{id}/scan", params(("id" = uuid::Uuid, Path)),
    request_body = CountScan, responses((status = 200, body = CountWhole))
)]
async fn scan(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CountId>,
    Body(body): Body<CountScan>,
) -> Written<CountWhole> {
    counted("serials", body.serials.len(), LINES_MAX)?;
    let how = body.how.checked(body.reason.as_deref())?;
    app.write(&actor, async move |tx| {
        for serial in &body.serials {
            let noted = count::scan(tx, id, serial, &how).await;
            noted.map_err(|fault| on_wire(fault, &[("serial", "serials")]))?;
        }
        seen(tx, id).await
    })
    .await
}

/// The counting is over: another person decides.
#[utoipa::path(
    post, path = "/api/v1/counts/{id}/submit", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CountWhole))
)]
async fn submit(State(app): State<App>, actor: Actor, At(id): At<CountId>) -> Written<CountWhole> {
    app.write(&actor, async move |tx| {
        count::submit(tx, id).await?;
        seen(tx, id).await
    })
    .await
}

/// What posting a count did.
#[derive(Serialize, ToSchema)]
struct CountPosted {
    /// Serials that are lost now.
    lost: Vec<String>,
    /// Serials that were on record elsewhere and are here now.
    found: Vec<String>,
    /// Serials that a person has to look into: at a customer's site, scrapped, unknown.
    left: Vec<String>,
}

/// Approve a stock count and post the difference.
///
/// By finance or the owner; 409 `inventory.count_own` for somebody who counted.
#[utoipa::path(
    post, path = "/api/v1/counts/{id}/approve", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CountPosted))
)]
async fn approve(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CountId>,
) -> Written<CountPosted> {
    app.write(&actor, async move |tx| {
        let count::Posted { lost, found, left } = count::approve(tx, id).await?;
        Ok(CountPosted { lost, found, left })
    })
    .await
}

/// Why a count is turned down.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountReason {
    reason: String,
}

/// Turn a stock count down: nothing is posted.
#[utoipa::path(
    post, path = "/api/v1/counts/{id}/reject", params(("id" = uuid::Uuid, Path)),
    request_body = CountReason, responses((status = 200, body = CountWhole))
)]
async fn reject(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CountId>,
    Body(body): Body<CountReason>,
) -> Written<CountWhole> {
    app.write(&actor, async move |tx| {
        count::reject(tx, id, &body.reason).await?;
        seen(tx, id).await
    })
    .await
}

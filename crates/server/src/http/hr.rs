//! People's working life over HTTP: who came to work today, and one's own record.
//!
//! Coming and going itself arrives as field steps (`check_in`, `check_out`), like everything that is done on a
//! phone without a network.

mod earnings;
mod staff;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use flows::views::attendance::{self as views, PersonDay, Seen};
use hr::attendance::{self, Kind};
use hr::fence::Place;
use kernel::{Actor, AttendanceId, Day, Result as Fallible, Ts, UserId, WorkOrderId, Zone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply};
use super::extract::{At, Listing, Search};
use super::problem::Problem;

/// About two months of one person.
const OWN_MAX: i64 = 100;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(day))
        .routes(routes!(photo))
        .routes(routes!(own))
        .routes(routes!(own_photo))
        .merge(earnings::router())
        .merge(staff::router())
}

/// Somebody came, or went.
#[derive(Serialize, ToSchema)]
struct AttendanceCheck {
    #[schema(value_type = String, format = Uuid)]
    id: AttendanceId,
    /// `in` or `out`.
    #[schema(value_type = String)]
    kind: Kind,
    /// By the device's clock: evidence.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Ts,
    /// When the server learned of it.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Ts,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<i64>,
    /// `office`, `site` (of a job of their own), `outside`, or `unknown` when the phone did not know.
    #[schema(value_type = String)]
    place: Place,
    /// To the office or site that it was judged by.
    distance_m: Option<i64>,
    #[schema(value_type = Option<String>, format = Uuid)]
    work_order_id: Option<WorkOrderId>,
    work_order_number: Option<String>,
    has_photo: bool,
}

impl From<Seen> for AttendanceCheck {
    fn from(seen: Seen) -> Self {
        let Seen { check, job_number } = seen;
        Self {
            id: check.id,
            kind: check.kind,
            occurred_at: check.occurred_at,
            recorded_at: check.recorded_at,
            lat: check.lat,
            lon: check.lon,
            accuracy_m: check.accuracy_m,
            place: check.place,
            distance_m: check.distance_m,
            work_order_id: check.work_order_id,
            work_order_number: job_number,
            has_photo: check.has_photo,
        }
    }
}

/// One person's day.
#[derive(Serialize, ToSchema)]
struct AttendanceDay {
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    name: String,
    /// Null: of every branch.
    branch_name: Option<String>,
    /// By whose clocks the day is a day.
    #[schema(value_type = String, example = "Asia/Jakarta")]
    zone: Zone,
    /// Oldest first; empty: has not come.
    checks: Vec<AttendanceCheck>,
}

impl From<PersonDay> for AttendanceDay {
    fn from(person: PersonDay) -> Self {
        Self {
            user_id: person.user,
            name: person.name,
            branch_name: person.branch_name,
            zone: person.zone,
            checks: person.checks.into_iter().map(AttendanceCheck::from).collect(),
        }
    }
}

/// Which day.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AttendanceQuery {
    /// Today by each branch's own clocks when left out.
    #[param(value_type = Option<String>, format = Date)]
    day: Option<Day>,
}

/// Who came to work on a day: everybody who keeps attendance, by name.
#[utoipa::path(
    get, path = "/api/v1/attendance", params(AttendanceQuery),
    responses((status = 200, body = Listing<AttendanceDay>))
)]
async fn day(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<AttendanceQuery>,
) -> Reply<Listing<AttendanceDay>> {
    let people = views::day(&mut app.reader(), &actor.scope, query.day, app.now()).await?;
    Ok(Json(Listing::whole(people.into_iter().map(AttendanceDay::from).collect())))
}

/// My own coming and going, newest first, at most 100.
#[utoipa::path(
    get, path = "/api/v1/me/attendance", responses((status = 200, body = Listing<AttendanceCheck>))
)]
async fn own(State(app): State<App>, actor: Actor) -> Reply<Listing<AttendanceCheck>> {
    let seen = match actor.user() {
        Some(user) => views::own(&mut app.reader(), user, OWN_MAX).await?,
        None => Vec::new(),
    };
    Ok(Json(Listing::whole(seen.into_iter().map(AttendanceCheck::from).collect())))
}

/// The photo that was taken with it.
#[utoipa::path(
    get, path = "/api/v1/attendance/{id}/photo", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The picture", content_type = "image/*", body = Vec<u8>))
)]
async fn photo(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AttendanceId>,
) -> Result<Response, Problem> {
    Ok(shown(&app, &actor, None, id).await?)
}

/// The photo that I took with it.
#[utoipa::path(
    get, path = "/api/v1/me/attendance/{id}/photo", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The picture", content_type = "image/*", body = Vec<u8>))
)]
async fn own_photo(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AttendanceId>,
) -> Result<Response, Problem> {
    let user = actor.user().unwrap_or(UserId::nil());
    Ok(shown(&app, &actor, Some(user), id).await?)
}

async fn shown(
    app: &App,
    actor: &Actor,
    only: Option<UserId>,
    id: AttendanceId,
) -> Fallible<Response> {
    let picture = attendance::picture(&mut app.reader(), &actor.scope, only, id).await?;
    Ok(([(header::CONTENT_TYPE, picture.mime)], picture.bytes).into_response())
}

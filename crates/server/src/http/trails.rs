//! One trail: the hops that followed from one cause, with their times. The id of a request is the trail of
//! what it changed.

use axum::Json;
use axum::extract::State;
use flows::views::trail::{self, Hop};
use kernel::{Actor, TrailId, Ts};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::app::{App, Reply};
use super::extract::At;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find))
}

/// Everything that followed from one cause.
#[derive(Serialize, ToSchema)]
struct TrailView {
    #[schema(value_type = String, format = Uuid)]
    id: TrailId,
    #[schema(value_type = String, format = DateTime)]
    started_at: Ts,
    /// From the first hop to the last.
    took_ms: i64,
    hops: Vec<TrailHop>,
}

/// One hop.
#[derive(Serialize, ToSchema)]
struct TrailHop {
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// Milliseconds after the first hop.
    after_ms: i64,
    /// `journal`, `reaction`, `access`, `router`, `message` or `hop`.
    kind: &'static str,
    /// `payment.received`, `access.full`, `router.change` …
    what: String,
    subject: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    subject_id: Option<Uuid>,
    /// Who did it; null: the program by itself.
    by: Option<String>,
    outcome: Option<String>,
}

impl TrailView {
    fn of(id: TrailId, hops: Vec<Hop>) -> Self {
        let started_at = hops.first().map_or(Ts::default(), |hop| hop.at);
        let took_ms = hops.last().map_or(0, |hop| hop.at.millis_since(started_at));
        let hop = |hop: Hop| TrailHop {
            at: hop.at,
            after_ms: hop.at.millis_since(started_at),
            kind: hop.kind,
            what: hop.what,
            subject: hop.subject,
            subject_id: hop.subject_id,
            by: hop.by,
            outcome: hop.outcome,
        };
        Self { id, started_at, took_ms, hops: hops.into_iter().map(hop).collect() }
    }
}

/// The hops of a trail in the order of their times.
#[utoipa::path(
    get, path = "/api/v1/trails/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TrailView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<TrailId>) -> Reply<TrailView> {
    let hops = trail::of(&mut app.reader(), &actor, id).await?;
    Ok(Json(TrailView::of(id, hops)))
}

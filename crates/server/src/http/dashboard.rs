//! The counts of the home page.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use flows::views::dashboard::{self, Board};
use kernel::{Actor, Money};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(board))
}

/// What needs somebody today.
#[derive(Serialize, ToSchema)]
struct DashboardView {
    /// By name; only those whose rows the reader may open.
    counts: BTreeMap<&'static str, i64>,
    /// The rupiah behind some of the counts.
    #[schema(value_type = BTreeMap<String, i64>)]
    sums: BTreeMap<&'static str, Money>,
}

impl From<Board> for DashboardView {
    fn from(board: Board) -> Self {
        let Board { counts, sums } = board;
        Self { counts, sums }
    }
}

/// What needs the reader today: counts that open their rows.
#[utoipa::path(get, path = "/api/v1/dashboard", responses((status = 200, body = DashboardView)))]
async fn board(State(app): State<App>, actor: Actor) -> Reply<DashboardView> {
    let board = dashboard::of(&mut app.reader(), &actor, app.now()).await?;
    Ok(Json(board.into()))
}

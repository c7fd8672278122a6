//! Is the program up, and does it reach its database?

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health))
}

/// The program's state.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// Always `ok`: when it is not, the answer is a 503 problem.
    status: &'static str,
    version: &'static str,
}

/// Health.
///
/// 200 when the program runs, reaches its database and its RADIUS service (if it has one) answers, else 503.
#[utoipa::path(get, path = "/api/v1/health", responses((status = 200, body = Health)))]
async fn health(State(app): State<App>) -> Reply<Health> {
    if let Some(part) = app.db.ext::<aaa::Pulse>().and_then(|pulse| pulse.given_up()) {
        return Err(crate::runtime::broken(part).into());
    }
    ::identity::setting::totp_required_for(&mut app.reader()).await?;
    Ok(Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}

//! One's own one-time code.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::login;
use kernel::Actor;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::user_of;
use crate::http::app::{App, Reply};
use crate::http::extract::Body;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(confirm)).routes(routes!(end))
}

/// Proof that it is them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    password: String,
}

/// What the authenticator app is given. Shown once.
#[derive(Serialize, ToSchema)]
struct Enrolment {
    /// For typing in.
    secret: String,
    /// `otpauth://totp/…`, for a QR code.
    url: String,
}

/// A code that the authenticator app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

/// Begin setting up my one-time code.
///
/// It is not asked for until it was confirmed.
#[utoipa::path(
    post, path = "/api/v1/me/totp", request_body = Proof, responses((status = 200, body = Enrolment))
)]
async fn begin(State(app): State<App>, actor: Actor, Body(body): Body<Proof>) -> Reply<Enrolment> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let issuer = catalog.company.as_ref().map_or("Sambung", |c| c.name.as_str());
    let (user, cause) = (user_of(&actor)?, app.cause(&actor));
    let made = login::begin_totp(&app.db, &cause, user, &body.password, issuer).await?;
    Ok(Json(Enrolment { secret: made.secret_base32, url: made.url }))
}

/// Switch my one-time code on.
#[utoipa::path(
    post, path = "/api/v1/me/totp/confirm", request_body = Code,
    responses((status = 204, description = "On"))
)]
async fn confirm(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<Code>,
) -> Result<StatusCode, Problem> {
    let user = user_of(&actor)?;
    app.change(&actor, async move |tx| login::confirm_totp(tx, user, &body.code).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switch my one-time code off.
#[utoipa::path(
    post, path = "/api/v1/me/totp/end", request_body = Proof,
    responses((status = 204, description = "Off"))
)]
async fn end(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<Proof>,
) -> Result<StatusCode, Problem> {
    let (user, cause) = (user_of(&actor)?, app.cause(&actor));
    login::end_totp(&app.db, &cause, user, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

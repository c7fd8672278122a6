//! API tokens of one's own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::token::{self, NewToken};
use kernel::{Actor, Permission, TokenId, Ts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::user_of;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// A token as it is listed: without the token itself.
#[derive(Serialize, ToSchema)]
struct TokenView {
    #[schema(value_type = String, format = Uuid)]
    id: TokenId,
    name: String,
    #[schema(value_type = Vec<String>)]
    permissions: Vec<Permission>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Ts>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateToken {
    /// What it is for.
    name: String,
    /// Names of permissions that one has oneself.
    #[schema(value_type = Vec<String>, example = json!(["stock_read"]))]
    permissions: Vec<Permission>,
    /// Within 366 days.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Ts,
}

/// A new token. `token` is shown this once.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    #[schema(value_type = String, format = Uuid)]
    id: TokenId,
    token: String,
}

/// My API tokens.
#[utoipa::path(get, path = "/api/v1/tokens", responses((status = 200, body = Listing<TokenView>)))]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<TokenView>> {
    let tokens = token::list(&mut app.reader(), user_of(&actor)?).await?;
    let views = tokens.into_iter().map(|t| TokenView {
        id: t.id,
        name: t.name,
        permissions: t.permissions,
        created_at: t.created_at,
        expires_at: t.expires_at,
        used_at: t.used_at,
        revoked_at: t.revoked_at,
    });
    Ok(Json(Listing::whole(views.collect())))
}

/// Make an API token.
#[utoipa::path(
    post, path = "/api/v1/tokens", request_body = CreateToken,
    responses((status = 201, body = MadeToken))
)]
async fn create(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<CreateToken>,
) -> Written<MadeToken> {
    let new =
        NewToken { name: body.name, permissions: body.permissions, expires_at: body.expires_at };
    app.create(&actor, async move |tx| {
        let (id, token) = token::create(tx, new).await?;
        Ok(MadeToken { id, token })
    })
    .await
}

/// Revoke one of my API tokens.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Revoked"))
)]
async fn revoke(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TokenId>,
) -> Result<StatusCode, Problem> {
    let user = user_of(&actor)?;
    app.change(&actor, async move |tx| token::revoke(tx, user, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Logging in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, http::HeaderName};
use identity::login::{self, Attempt};
use kernel::Actor;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::{Me, me_of};
use crate::http::extract::Body;
use crate::http::guard::{Address, Credential};
use crate::http::problem::Problem;
use crate::http::session_cookie::Door;
use crate::http::{App, session_cookie};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(log_in, log_out))
}

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LogIn {
    username: String,
    password: String,
    /// The one-time code, asked for with `identity.code_needed`.
    code: Option<String>,
}

/// Log in.
///
/// Sets the session cookie. Unknown, disabled and wrong answer alike (401 `identity.login_refused`);
/// too many tries answer 429.
#[utoipa::path(
    post, path = "/api/v1/session", request_body = LogIn, responses((status = 200, body = Me))
)]
async fn log_in(
    State(app): State<App>,
    actor: Actor,
    Extension(Address(address)): Extension<Address>,
    headers: HeaderMap,
    Body(body): Body<LogIn>,
) -> Result<Response, Problem> {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let attempt = Attempt {
        username: body.username,
        password: body.password,
        code: body.code,
        address,
        agent,
    };
    let opened = login::log_in(&app.db, &app.cause(&actor), attempt).await?;
    let cookie = session_cookie::set(&app, Door::Staff, &opened.token, opened.expires_at)?;
    let session = login::session_of(&mut app.reader(), &opened.token, app.now(), None).await?;
    let me = me_of(&app, &session.user, &session.actor).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
}

/// Log out.
///
/// Ends this session and takes the cookie back.
#[utoipa::path(delete, path = "/api/v1/session", responses((status = 204, description = "Logged out")))]
async fn log_out(
    State(app): State<App>,
    actor: Actor,
    Extension(credential): Extension<Credential>,
) -> Result<Response, Problem> {
    if let (Some(user), Credential::Login(id)) = (actor.user(), credential) {
        app.change(&actor, async move |tx| login::end(tx, user, id).await).await?;
    }
    // The browser also forgets what it kept of the API's answers.
    let clear: (HeaderName, &str) = (HeaderName::from_static("clear-site-data"), "\"cache\"");
    let cookie = session_cookie::clear(&app, Door::Staff)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)], [clear]).into_response())
}

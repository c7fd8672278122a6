//! A customer comes in: a code to their phone, and the session that it opens.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use flows::portal::{self, Session};
use kernel::{Actor, CustomerId, Ts, Zone};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::Body;
use crate::http::guard::Address;
use crate::http::problem::Problem;
use crate::http::session_cookie::{self, Door};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send_code)).routes(routes!(log_in, who, choose, log_out))
}

/// Where the code goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeTo {
    /// As people write it: `0812…`, `+62812…`.
    phone: String,
}

/// A code is on its way, if the phone is a customer's.
#[derive(Serialize, ToSchema)]
struct CodeSent {
    #[schema(value_type = String, format = DateTime)]
    expires_at: Ts,
}

/// Send a one-time code to a phone.
///
/// Answers alike whether a customer has the phone or not. Too often answers 429.
#[utoipa::path(
    post, path = "/api/v1/portal/code", request_body = CodeTo,
    responses((status = 200, body = CodeSent))
)]
async fn send_code(
    State(app): State<App>,
    actor: Actor,
    Extension(Address(address)): Extension<Address>,
    Body(body): Body<CodeTo>,
) -> Reply<CodeSent> {
    let cause = app.cause(&actor);
    let expires_at = portal::send_code(&app.db, &cause, &body.phone, &address).await?;
    Ok(Json(CodeSent { expires_at }))
}

/// The code, as it came.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeTyped {
    phone: String,
    /// Six digits.
    code: String,
}

/// A customer that the session may act as.
#[derive(Serialize, ToSchema)]
struct PortalChoice {
    #[schema(value_type = String, format = Uuid)]
    id: CustomerId,
    number: String,
    name: String,
    address: String,
}

/// Who is in the portal.
#[derive(Serialize, ToSchema)]
pub(super) struct PortalSession {
    /// `0812****345`.
    phone: String,
    /// Null: choose one first.
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    name: Option<String>,
    company: String,
    /// The zone of the customer's branch: times are shown by its clocks.
    #[schema(value_type = String, example = "Asia/Jakarta")]
    zone: Zone,
    /// The customers with this phone.
    choices: Vec<PortalChoice>,
}

async fn shown(app: &App, session: &Session) -> Result<PortalSession, Problem> {
    let mut q = app.reader();
    let theirs = portal::customers_of(&mut q, &session.phone).await?;
    let catalog = catalog::current(&mut q).await?;
    let chosen = theirs.iter().find(|c| Some(c.id) == session.customer);
    let name = chosen.map(|c| c.name.clone());
    let zone = chosen.map(|c| catalog.zone(c.branch_id)).unwrap_or_default();
    let choice = |c: crm::customer::Customer| PortalChoice {
        id: c.id,
        number: c.number,
        name: c.name,
        address: c.address,
    };
    Ok(PortalSession {
        phone: session.phone.masked(),
        customer_id: session.customer,
        name,
        zone,
        company: catalog.company.as_ref().map_or_else(|| "Sambung".into(), |c| c.name.clone()),
        choices: theirs.into_iter().map(choice).collect(),
    })
}

/// Log in with the code.
///
/// Sets the portal's cookie. A wrong, spent or expired code answers 401; too many tries answer 429.
#[utoipa::path(
    post, path = "/api/v1/portal/session", request_body = CodeTyped,
    responses((status = 200, body = PortalSession))
)]
async fn log_in(
    State(app): State<App>,
    actor: Actor,
    Extension(Address(address)): Extension<Address>,
    headers: HeaderMap,
    Body(body): Body<CodeTyped>,
) -> Result<Response, Problem> {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let typed = (body.phone.as_str(), body.code.as_str());
    let opened = portal::log_in(&app.db, &app.cause(&actor), typed, (&address, agent)).await?;
    let cookie = session_cookie::set(&app, Door::Portal, &opened.token, opened.expires_at)?;
    let session = portal::session(&mut app.reader(), &opened.token, app.now(), None).await?;
    let shown = shown(&app, &session).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(shown)).into_response())
}

/// Who is in the portal.
#[utoipa::path(
    get, path = "/api/v1/portal/session", responses((status = 200, body = PortalSession))
)]
async fn who(
    State(app): State<App>,
    Extension(session): Extension<Session>,
) -> Reply<PortalSession> {
    Ok(Json(shown(&app, &session).await?))
}

/// One of the customers with this phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChooseCustomer {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
}

/// Go on as one of the customers with this phone.
#[utoipa::path(
    put, path = "/api/v1/portal/session", request_body = ChooseCustomer,
    responses((status = 200, body = PortalSession))
)]
async fn choose(
    State(app): State<App>,
    actor: Actor,
    Extension(session): Extension<Session>,
    Body(body): Body<ChooseCustomer>,
) -> Reply<PortalSession> {
    let (own, id) = (session.clone(), body.customer_id);
    app.change(&actor, async move |tx: &mut Tx| portal::choose(tx, &own, id).await).await?;
    let chosen = Session { customer: Some(body.customer_id), ..session };
    Ok(Json(shown(&app, &chosen).await?))
}

/// Log out of the portal.
#[utoipa::path(
    delete, path = "/api/v1/portal/session", responses((status = 204, description = "Logged out"))
)]
async fn log_out(
    State(app): State<App>,
    actor: Actor,
    Extension(session): Extension<Session>,
) -> Result<Response, Problem> {
    let login = session.login;
    app.change(&actor, async move |tx: &mut Tx| identity::portal::end(tx, login).await).await?;
    let clear: (HeaderName, &str) = (HeaderName::from_static("clear-site-data"), "\"cache\"");
    let cookie = session_cookie::clear(&app, Door::Portal)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)], [clear]).into_response())
}

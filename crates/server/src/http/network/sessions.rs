//! Sessions: who is online where, and ending one.

use axum::Json;
use axum::extract::State;
use flows::control::{self, Told, word};
use flows::views::sessions::{self, SessionFilter, SessionRow, Which};
use kernel::{
    AccountId, Actor, BranchId, CustomerId, NasId, Permission, SessionId, SubscriptionId, Ts,
};
use network::access::AttemptHow;
use network::session::EndedBy;
use network::{NasAnswer, SessionState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::can::Can;
use crate::http::extract::{At, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(find)).routes(routes!(kick))
}

/// A session at a router.
#[derive(Serialize, ToSchema)]
struct NetworkSession {
    #[schema(value_type = String, format = Uuid)]
    id: SessionId,
    username: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    account_id: Option<AccountId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    customer_name: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = String, format = Uuid)]
    nas_id: NasId,
    nas_name: Option<String>,
    /// As the router calls it.
    acct_session_id: String,
    framed_ip: Option<String>,
    mac: Option<String>,
    /// `live`, `suspect` (three reports are missing) or `closed`.
    #[schema(value_type = String)]
    state: SessionState,
    /// It runs with the isolation profile.
    isolated: bool,
    #[schema(value_type = String, format = DateTime)]
    started_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    stopped_at: Option<Ts>,
    secs: i64,
    /// From the customer (upload).
    bytes_in: i64,
    /// To the customer (download).
    bytes_out: i64,
    /// Why it ended, as the router said.
    cause: Option<String>,
    /// `stop`, `superseded`, `nas_reboot` or `not_found`.
    #[schema(value_type = Option<String>)]
    ended_by: Option<EndedBy>,
    can: NetworkSessionCan,
}

/// What can be done with a session now.
#[derive(Serialize, ToSchema)]
struct NetworkSessionCan {
    kick: Can,
}

impl NetworkSession {
    fn of(row: SessionRow, actor: &Actor) -> Self {
        let open = match row.state {
            SessionState::Closed => Err(kernel::Fault::conflict(
                "network.session_closed",
                "Sesi ini sudah berakhir.",
                "This session is already over.",
            )),
            _ => Ok(()),
        };
        let kick = Can::when(actor.require(Permission::SessionKick).and(open));
        Self {
            id: row.id,
            username: row.username,
            account_id: row.account_id,
            subscription_id: row.subscription_id,
            customer_id: row.customer_id,
            customer_name: row.customer_name,
            branch_id: row.branch_id,
            nas_id: row.nas_id,
            nas_name: row.nas_name,
            acct_session_id: row.acct_session_id,
            framed_ip: row.framed_ip,
            mac: row.mac.map(|mac| mac.to_string()),
            state: row.state,
            isolated: row.isolated,
            started_at: row.started_at,
            updated_at: row.updated_at,
            stopped_at: row.stopped_at,
            secs: row.secs,
            bytes_in: row.bytes_in,
            bytes_out: row.bytes_out,
            cause: row.cause,
            ended_by: row.ended_by,
            can: NetworkSessionCan { kick },
        }
    }
}

/// The query of the sessions' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SessionQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<SessionId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the user name, MAC or address.
    q: Option<String>,
    /// `live`, `suspect` or `closed`; not given: those that are not closed.
    #[param(value_type = Option<String>)]
    state: Option<SessionState>,
    /// Of this router.
    #[param(value_type = Option<String>)]
    nas: Option<NasId>,
    /// All of this subscription, also closed ones.
    #[param(value_type = Option<String>)]
    subscription: Option<SubscriptionId>,
}

impl SessionQuery {
    fn filter(self) -> SessionFilter {
        let which = match (self.state, self.subscription) {
            (Some(state), _) => Which::In(state),
            (None, Some(_)) => Which::All,
            (None, None) => Which::Open,
        };
        SessionFilter { which, nas: self.nas, subscription: self.subscription, text: self.q }
    }
}

/// Sessions, the latest first.
#[utoipa::path(
    get, path = "/api/v1/sessions", params(SessionQuery),
    responses((status = 200, body = Listing<NetworkSession>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<SessionQuery>,
) -> Reply<Listing<NetworkSession>> {
    let (limit, after) = (page_size(query.limit), query.after);
    let filter = query.filter();
    let rows = sessions::list(&mut app.reader(), &actor.scope, &filter, after, limit + 1).await?;
    let view = |row| NetworkSession::of(row, &actor);
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// One session.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = NetworkSession))
)]
async fn find(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SessionId>,
) -> Reply<NetworkSession> {
    let row = sessions::find(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(NetworkSession::of(row, &actor)))
}

/// What a router answered about a session.
#[derive(Serialize, ToSchema)]
pub(super) struct RouterAnswer {
    #[schema(value_type = String, format = Uuid)]
    session_id: SessionId,
    /// `change` or `disconnect`.
    #[schema(value_type = String)]
    how: AttemptHow,
    /// `ack`, `nak`, `timeout`, or `not_possible` when nothing could be sent.
    answer: &'static str,
    /// Error-Cause of a `nak` (RFC 5176); null when none was given.
    error_cause: Option<u32>,
}

impl From<Told> for RouterAnswer {
    fn from(told: Told) -> Self {
        let error_cause = match told.answer {
            NasAnswer::Nak(cause) => Some(cause).filter(|cause| *cause != 0),
            NasAnswer::Ack | NasAnswer::Timeout | NasAnswer::NotPossible => None,
        };
        Self { session_id: told.session, how: told.how, answer: word(told.answer), error_cause }
    }
}

/// End a session.
///
/// Asks the router and answers what it said. The customer's modem dials in again by itself.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/kick", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = RouterAnswer))
)]
async fn kick(State(app): State<App>, actor: Actor, At(id): At<SessionId>) -> Reply<RouterAnswer> {
    let cause = app.cause(&actor);
    let told = control::kick(&app.db, &*app.outside.nas, &cause, &*app.clock, id).await?;
    Ok(Json(told.into()))
}

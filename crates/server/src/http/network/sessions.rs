//! Sessions: who is online where, and ending one.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use flows::control::{self, Told, word};
use flows::views::order::{Order, Way};
use flows::views::sessions::{self, SessionFilter, SessionRow, SessionSort, Which};
use futures::future::join_all;
use kernel::{
    AccountId, Actor, BranchId, CustomerId, NasId, Permission, Result as Fallible, SessionId,
    SubscriptionId, Ts,
};
use network::access::AttemptHow;
use network::session::EndedBy;
use network::{NasAnswer, SessionState};
use serde::{Deserialize, Serialize};
use store::Query;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::bulk::{self, BulkAnswer, BulkLine};
use crate::http::can::Can;
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export))
        .routes(routes!(find))
        .routes(routes!(kick))
        .routes(routes!(kick_many))
        .routes(routes!(preview_kick_many))
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
    after: Option<String>,
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
    /// `newest` (when not given), `started`, or of open ones `username` or `down`.
    #[param(value_type = Option<String>)]
    sort: Option<SessionSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl SessionQuery {
    fn filter(self) -> SessionFilter {
        let which = match (self.state, self.subscription) {
            (Some(state), _) => Which::In(state),
            (None, Some(_)) => Which::All,
            (None, None) => Which::Open,
        };
        SessionFilter {
            which,
            nas: self.nas,
            subscription: self.subscription,
            text: self.q,
            order: Order::of(self.sort, self.dir),
        }
    }
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &SessionFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<NetworkSession>> {
    let after = cursor::read(after)?;
    let rows = sessions::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &SessionRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, |row| NetworkSession::of(row, actor)))
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
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter();
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

const FILE: Sheet<NetworkSession> = Sheet {
    list: "sessions",
    name: ("sesi", "sessions"),
    columns: &[
        col("Username", "User name", |v, _| v.username.as_str().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_name.clone().into()),
        col("Status", "State", |v, w| w.word("session", v.state.as_str())),
        col("Isolir", "Isolated", |v, _| v.isolated.into()),
        col("IP", "IP", |v, _| v.framed_ip.clone().into()),
        col("MAC", "MAC", |v, _| v.mac.clone().into()),
        col("NAS", "NAS", |v, _| v.nas_name.clone().into()),
        col("Mulai", "Started", |v, w| w.at(v.started_at)),
        col("Laporan terakhir", "Last report", |v, w| w.at(v.updated_at)),
        col("Selesai", "Ended", |v, w| w.at(v.stopped_at)),
        col("Detik", "Seconds", |v, _| v.secs.into()),
        col("Unduh (byte)", "Down (bytes)", |v, _| v.bytes_out.into()),
        col("Unggah (byte)", "Up (bytes)", |v, _| v.bytes_in.into()),
        col("Sebab", "Cause", |v, _| v.cause.clone().into()),
    ],
};

/// Sessions of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/sessions/export", params(SessionQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<SessionQuery>,
    file: File,
) -> Result<Response, Problem> {
    let filter = query.filter();
    let mut out = export::begin(&app, &actor, &FILE, file).await?;
    let mut after = None;
    loop {
        let page = page(&mut app.reader(), &actor, &filter, after.as_deref(), export::PAGE).await?;
        after = out.put(page).await?;
        if after.is_none() {
            return out.finish().await;
        }
    }
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

/// Sessions that are ended together.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KickSessions {
    /// 1–50 sessions.
    #[schema(value_type = Vec<String>)]
    ids: Vec<SessionId>,
}

/// End several sessions.
///
/// Each as by its own kick; a router that does not agree or answer stands in its line.
#[utoipa::path(
    post, path = "/api/v1/sessions/kick", request_body = KickSessions,
    responses((status = 200, body = BulkAnswer))
)]
async fn kick_many(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<KickSessions>,
) -> Reply<BulkAnswer> {
    let (ids, cause) = (bulk::named(&body.ids)?, app.cause(&actor));
    // Together: one router that is silent must not keep the others waiting.
    let asked =
        ids.iter().map(|id| control::kick(&app.db, &*app.outside.nas, &cause, &*app.clock, *id));
    let told = join_all(asked).await;
    let done = |told: Fallible<Told>| told.and_then(|told| control::agreed(&told)).map(|()| None);
    let lines = ids.iter().zip(told).map(|(id, told)| BulkLine::of(id.uuid(), done(told)));
    Ok(Json(BulkAnswer::of(lines.collect())))
}

/// What ending several sessions would ask: those that are open.
#[utoipa::path(
    post, path = "/api/v1/sessions/kick/preview", request_body = KickSessions,
    responses((status = 200, body = BulkAnswer))
)]
async fn preview_kick_many(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<KickSessions>,
) -> Reply<BulkAnswer> {
    let mut lines = Vec::new();
    for id in bulk::named(&body.ids)? {
        let may = control::may_kick(&app.db, &actor, id).await;
        lines.push(BulkLine::of(id.uuid(), may.map(|()| None)));
    }
    Ok(Json(BulkAnswer::of(lines)))
}

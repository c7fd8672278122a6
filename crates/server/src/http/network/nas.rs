//! The routers that may ask: list, add, change, take out of use, and the script that sets one up. A secret
//! is answered once, when it is set, and never kept with an `Idempotency-Key`.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use flows::control;
use flows::views::nas::{self as rows, NasRow};
use kernel::{Actor, BranchId, Fault, NasId, Permission, Result as Fallible, Ts};
use network::control::Probe;
use network::nas::{self, COA_PORT, NasEdit, UnknownNas};
use network::{MessageAuthenticator, NasAnswer, Secret, Vendor};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::routeros;
use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::extract::{At, Body, ListQuery, Listing, Search, page_size};
use crate::http::wire::{known_branch, there};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(unknown))
        .routes(routes!(find, change))
        .routes(routes!(archive))
        .routes(routes!(set_secret))
        .routes(routes!(script))
        .routes(routes!(test))
}

/// A router.
#[derive(Serialize, ToSchema)]
struct NasView {
    #[schema(value_type = String, format = Uuid)]
    id: NasId,
    name: String,
    /// An address, or a network in CIDR for a router whose address changes.
    address: String,
    /// `mikrotik`, `cisco`, `juniper`, `huawei` or `standard`.
    #[schema(value_type = String)]
    vendor: Vendor,
    /// Null: it takes no CoA.
    coa_port: Option<u16>,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: Option<String>,
    /// `required` or `legacy`.
    #[schema(value_type = String)]
    message_authenticator: MessageAuthenticator,
    /// It reports upload as download.
    counters_swapped: bool,
    live_sessions: i64,
    suspect_sessions: i64,
    isolated_sessions: i64,
    /// The last report about one of its open sessions.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Ts>,
    radius: NasRadius,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Ts>,
    can: NasCan,
}

/// What RADIUS counted of a router's packets since it was added.
#[derive(Serialize, ToSchema)]
struct NasRadius {
    accepted: i64,
    rejected: i64,
    /// Accounting-Requests that were kept.
    accounted: i64,
    /// Packets whose signature is wrong or missing.
    unproven: i64,
    /// Packets that were no sensible request.
    dropped: i64,
    /// Repetitions that got the reply of the first.
    repeated: i64,
    /// Its last packet with a bad signature is younger than its last good one: the secrets differ.
    secret_differs: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_auth_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_acct_at: Option<Ts>,
    /// Where its last valid packet came from.
    source: Option<String>,
}

impl NasRadius {
    fn of(row: &NasRow) -> Self {
        let good = row.last_auth_at.max(row.last_acct_at);
        Self {
            accepted: row.accepted,
            rejected: row.rejected,
            accounted: row.accounted,
            unproven: row.unproven,
            dropped: row.dropped,
            repeated: row.repeated,
            secret_differs: row.last_unproven_at.is_some() && row.last_unproven_at > good,
            last_auth_at: row.last_auth_at,
            last_acct_at: row.last_acct_at,
            source: row.source.clone(),
        }
    }
}

/// What can be done with a router now.
#[derive(Serialize, ToSchema)]
struct NasCan {
    change: Can,
}

impl NasView {
    fn of(row: NasRow, actor: &Actor) -> Self {
        let can = NasCan { change: Can::when(actor.require(Permission::NasWrite)) };
        let radius = NasRadius::of(&row);
        Self {
            id: row.id,
            name: row.name,
            address: row.address,
            vendor: row.vendor,
            coa_port: row.coa_port,
            branch_id: row.branch_id,
            branch_name: row.branch_name,
            message_authenticator: row.message_authenticator,
            counters_swapped: row.counters_swapped,
            live_sessions: row.live_sessions,
            suspect_sessions: row.suspect_sessions,
            isolated_sessions: row.isolated_sessions,
            last_seen_at: row.last_seen_at,
            radius,
            created_at: row.created_at,
            archived_at: row.archived_at,
            can,
        }
    }
}

/// Routers in use, by name.
#[utoipa::path(
    get, path = "/api/v1/nas", params(ListQuery), responses((status = 200, body = Listing<NasView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ListQuery>,
) -> Reply<Listing<NasView>> {
    let limit = page_size(query.limit);
    let after = query.after.as_deref();
    let rows = rows::list(&mut app.reader(), &actor.scope, after, limit + 1).await?;
    let view = |row| NasView::of(row, &actor);
    Ok(Json(Listing::page(rows, limit, |row| row.name.clone(), view)))
}

/// One router.
#[utoipa::path(
    get, path = "/api/v1/nas/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = NasView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<NasId>) -> Reply<NasView> {
    let row = rows::find(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(NasView::of(row, &actor)))
}

/// An address from which packets come that is no router of ours.
#[derive(Serialize, ToSchema)]
struct UnknownNasView {
    address: String,
    /// What the packets call themselves.
    identifier: Option<String>,
    count: i64,
    #[schema(value_type = String, format = DateTime)]
    first_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    last_at: Ts,
}

impl From<UnknownNas> for UnknownNasView {
    fn from(seen: UnknownNas) -> Self {
        let UnknownNas { address, identifier, first_at, last_at, count } = seen;
        Self { address, identifier, count, first_at, last_at }
    }
}

/// Routers that ask without being known, the latest first.
///
/// They belong to no branch yet: whoever adds one says to which.
#[utoipa::path(
    get, path = "/api/v1/nas/unknown", responses((status = 200, body = Listing<UnknownNasView>))
)]
async fn unknown(State(app): State<App>) -> Reply<Listing<UnknownNasView>> {
    let rows = nas::unknown(&mut app.reader(), 200).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(UnknownNasView::from).collect())))
}

/// A router to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddNas {
    name: String,
    /// An address, or a network in CIDR (at widest /16) for a router whose address changes.
    address: String,
    #[schema(value_type = String, example = "mikrotik")]
    vendor: Vendor,
    /// 3799 when not given; null: it takes no CoA.
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<u16>)]
    coa_port: Option<Option<u16>>,
    /// Of those who are bound to a branch, theirs.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    /// `required` when not given; `legacy` for a router that can't sign its requests.
    #[schema(value_type = Option<String>)]
    message_authenticator: Option<MessageAuthenticator>,
    counters_swapped: Option<bool>,
    /// At least 22 letters, digits or signs; null: one is made.
    secret: Option<String>,
    /// This server's address as the router reaches it, for the script.
    server_address: Option<String>,
}

/// What a router is from now on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeNas {
    name: String,
    address: String,
    #[schema(value_type = String)]
    vendor: Vendor,
    /// Null: it takes no CoA.
    coa_port: Option<u16>,
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    #[schema(value_type = String)]
    message_authenticator: MessageAuthenticator,
    counters_swapped: bool,
}

/// A router with its new secret: shown this once.
#[derive(Serialize, ToSchema)]
struct NasWithSecret {
    nas: NasView,
    secret: String,
    /// For a MikroTik router: paste it into its terminal.
    script: Option<String>,
}

/// Add a router.
///
/// Answers the secret and, for MikroTik, a script with it. Neither is shown again.
#[utoipa::path(
    post, path = "/api/v1/nas", request_body = AddNas,
    responses((status = 201, body = NasWithSecret))
)]
async fn add(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AddNas>,
) -> Written<NasWithSecret> {
    let server = Server::of(&app, body.server_address.as_deref())?;
    app.create(&actor, async move |tx| {
        let edit = NasEdit {
            branch: known_branch(tx, body.branch_id).await?,
            name: body.name,
            address: body.address,
            vendor: body.vendor,
            coa_port: body.coa_port.unwrap_or(Some(COA_PORT)),
            message_authenticator: body
                .message_authenticator
                .unwrap_or(MessageAuthenticator::Required),
            counters_swapped: body.counters_swapped.unwrap_or(false),
        };
        let added = nas::add(tx, &edit, body.secret.map(Secret::new)).await?;
        with_secret(tx, &server, added.id, &added.secret).await
    })
    .await
}

/// Change a router. Its secret stays.
#[utoipa::path(
    put, path = "/api/v1/nas/{id}", params(("id" = uuid::Uuid, Path)), request_body = ChangeNas,
    responses((status = 200, body = NasView))
)]
async fn change(
    State(app): State<App>,
    actor: Actor,
    At(id): At<NasId>,
    Body(body): Body<ChangeNas>,
) -> Written<NasView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        let was = nas::find(tx, &scope, id).await?;
        let edit = NasEdit {
            branch: known_branch(tx, body.branch_id.or(Some(was.branch_id))).await?,
            name: body.name,
            address: body.address,
            vendor: body.vendor,
            coa_port: body.coa_port,
            message_authenticator: body.message_authenticator,
            counters_swapped: body.counters_swapped,
        };
        nas::change(tx, &scope, id, &edit).await?;
        view(tx, id).await
    })
    .await
}

/// The router as the transaction sees it.
async fn view(tx: &mut Tx, id: NasId) -> Fallible<NasView> {
    let actor = tx.actor().clone();
    let row = rows::find(tx, &actor.scope, id).await?;
    Ok(NasView::of(row, &actor))
}

/// Take a router out of use.
///
/// Its packets are refused; its sessions stay in the history.
#[utoipa::path(
    post, path = "/api/v1/nas/{id}/archive", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = NasView))
)]
async fn archive(State(app): State<App>, actor: Actor, At(id): At<NasId>) -> Written<NasView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        nas::archive(tx, &scope, id).await?;
        view(tx, id).await
    })
    .await
}

/// A router's secret to set.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetNasSecret {
    /// At least 22 letters, digits or signs; null: one is made.
    secret: Option<String>,
    /// This server's address as the router reaches it, for the script.
    server_address: Option<String>,
}

/// Give a router another secret.
///
/// Answered once. Until it is entered there, the router's packets are refused.
#[utoipa::path(
    post, path = "/api/v1/nas/{id}/secret", params(("id" = uuid::Uuid, Path)),
    request_body = SetNasSecret, responses((status = 200, body = NasWithSecret))
)]
async fn set_secret(
    State(app): State<App>,
    actor: Actor,
    At(id): At<NasId>,
    Body(body): Body<SetNasSecret>,
) -> Written<NasWithSecret> {
    let server = Server::of(&app, body.server_address.as_deref())?;
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        let secret = nas::set_secret(tx, &scope, id, body.secret.map(Secret::new)).await?;
        with_secret(tx, &server, id, &secret).await
    })
    .await
}

async fn with_secret(
    tx: &mut Tx,
    server: &Server,
    id: NasId,
    secret: &Secret,
) -> Fallible<NasWithSecret> {
    let nas = view(tx, id).await?;
    let script = script_for(tx, server, &nas, Some(secret.expose())).await?;
    Ok(NasWithSecret { nas, secret: secret.expose().to_owned(), script })
}

/// The query of a script.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ScriptQuery {
    /// This server's address as the router reaches it.
    server_address: Option<String>,
}

/// A script that sets a router up.
#[derive(Serialize, ToSchema)]
struct NasScript {
    /// Null for other vendors than MikroTik. The secret's place says `RAHASIA-NAS`.
    script: Option<String>,
}

/// The script to paste into a MikroTik router, without its secret.
#[utoipa::path(
    get, path = "/api/v1/nas/{id}/script", params(("id" = uuid::Uuid, Path), ScriptQuery),
    responses((status = 200, body = NasScript))
)]
async fn script(
    State(app): State<App>,
    actor: Actor,
    At(id): At<NasId>,
    Search(query): Search<ScriptQuery>,
) -> Reply<NasScript> {
    let server = Server::of(&app, query.server_address.as_deref())?;
    let mut reader = app.reader();
    let row = rows::find(&mut reader, &actor.scope, id).await?;
    let nas = NasView::of(row, &actor);
    Ok(Json(NasScript { script: script_for(&mut reader, &server, &nas, None).await? }))
}

/// This server as routers and isolated customers reach it.
#[derive(Clone)]
struct Server {
    address: Option<IpAddr>,
    auth_port: u16,
    acct_port: u16,
    pay_host: Option<String>,
}

impl Server {
    /// The address given, else the one that RADIUS listens on when it is a single one.
    fn of(app: &App, given: Option<&str>) -> Fallible<Self> {
        let given = given.map(str::trim).filter(|text| !text.is_empty());
        let given = given.map(str::parse::<IpAddr>).transpose().map_err(|_| {
            Fault::field("server_address", "ip", "bukan alamat IP", "is not an IP address")
        })?;
        let radius = &app.config.radius;
        let own = Some(radius.auth_listen.ip()).filter(|ip| !ip.is_unspecified());
        let pay = app.config.pay_base_url().parse::<Uri>().ok();
        Ok(Self {
            address: given.or(own),
            auth_port: radius.auth_listen.port(),
            acct_port: radius.acct_listen.port(),
            pay_host: pay.and_then(|uri| uri.host().map(str::to_owned)),
        })
    }
}

async fn script_for(
    q: &mut dyn Query,
    server: &Server,
    nas: &NasView,
    secret: Option<&str>,
) -> Fallible<Option<String>> {
    if nas.vendor != Vendor::Mikrotik {
        return Ok(None);
    }
    let catalog = catalog::current(q).await?;
    let isolation = catalog.isolation_profile().ok();
    let attributes = isolation.map(|profile| profile.attributes.as_slice()).unwrap_or_default();
    let list = attributes.iter().find(|a| a.name.eq_ignore_ascii_case("Mikrotik-Address-List"));
    Ok(Some(routeros::script(&routeros::Facts {
        name: &nas.name,
        server: server.address,
        auth_port: server.auth_port,
        acct_port: server.acct_port,
        secret,
        coa_port: nas.coa_port,
        interim_secs: catalog.isp_policy().interim_secs,
        signed: nas.message_authenticator == MessageAuthenticator::Required,
        isolation_list: list.map(|a| a.value.as_str()),
        pay_host: server.pay_host.as_deref(),
    })))
}

/// What a test of a router found.
#[derive(Serialize, ToSchema)]
struct NasTest {
    /// `heard`: address, port and secret are right. `other_secret`: it answered, signed with another secret.
    /// `closed`: nothing listens at its CoA port. `silent`: no answer (RouterOS is also silent when the secret or
    /// this server's address is not the one it knows). `not_possible`: it has no CoA port, or no single address.
    coa: &'static str,
    /// The Error-Cause it gave (RFC 5176 section 3.5); 503 is what a router says that has no such session.
    error_cause: Option<u32>,
    /// The router now, with what RADIUS counted of its packets.
    nas: NasView,
}

/// Test a router.
///
/// Sends it a Disconnect-Request for a session that does not exist, and waits up to 4 seconds for its refusal.
#[utoipa::path(
    post, path = "/api/v1/nas/{id}/test", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = NasTest))
)]
async fn test(State(app): State<App>, actor: Actor, At(id): At<NasId>) -> Reply<NasTest> {
    let cause = app.cause(&actor);
    let found = control::probe(&app.db, &*app.outside.nas, &cause, &*app.clock, id).await?;
    let error_cause = match found {
        Probe::Heard(NasAnswer::Nak(cause)) => Some(cause).filter(|cause| *cause != 0),
        _ => None,
    };
    let row = rows::find(&mut app.reader(), &actor.scope, id).await?;
    let nas = NasView::of(row, &actor);
    Ok(Json(NasTest { coa: control::probe_word(found), error_cause, nas }))
}

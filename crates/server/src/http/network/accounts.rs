//! RADIUS accounts: looking, and what NOC changes by hand. A password is answered only to those who may
//! change the account, when they ask for it or set it, and never kept with an `Idempotency-Key`.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use documents::table::Cell;
use flows::views::accounts::{self, AccountFilter, AccountRow, AccountSort};
use flows::views::online::said;
use flows::views::order::{Order, Way};
use kernel::{
    AccountId, Actor, BranchId, CustomerId, Fault, Permission, Result as Fallible, SubscriptionId,
    Ts,
};
use network::account::{self, Limits};
use network::{AccountKind, AccountState, DesiredKind, Mac, MacPolicy, Secret, SessionState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::context;
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export))
        .routes(routes!(find))
        .routes(routes!(rename))
        .routes(routes!(set_limits))
        .routes(routes!(set_mac))
        .routes(routes!(unlock_mac))
        .routes(routes!(accept_mac))
        .routes(routes!(set_password))
        .routes(routes!(reveal))
}

/// A RADIUS account.
#[derive(Serialize, ToSchema)]
struct AccountView {
    #[schema(value_type = String, format = Uuid)]
    id: AccountId,
    username: String,
    /// `pppoe` or `hotspot`.
    #[schema(value_type = String)]
    kind: AccountKind,
    /// `reserved`, `live` or `closed`.
    #[schema(value_type = String)]
    state: AccountState,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    subscription_number: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: Option<String>,
    /// The MAC that may log in.
    mac: Option<String>,
    /// The MAC on the label that the technician scanned.
    mac_scanned: Option<String>,
    /// `scan`, `scan_confirm` or `off`.
    #[schema(value_type = String)]
    mac_policy: MacPolicy,
    /// Until then the first MAC seen is bound.
    #[schema(value_type = Option<String>, format = DateTime)]
    mac_open_until: Option<Ts>,
    /// Label and login differ, and nobody has looked at it yet.
    mac_differs: bool,
    fixed_ip: Option<String>,
    sessions_max: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Ts>,
    /// `full`, `isolated` or `blocked`; null before the first decision.
    #[schema(value_type = Option<String>)]
    desired: Option<DesiredKind>,
    /// The routers run what is desired.
    enforced: Option<bool>,
    /// Why, in the request's language.
    reason: Option<String>,
    /// `live` or `suspect`; null when no session is open.
    #[schema(value_type = Option<String>)]
    session_state: Option<SessionState>,
    session_ip: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    session_since: Option<Ts>,
    can: AccountCan,
}

/// What can be done with an account now.
#[derive(Serialize, ToSchema)]
struct AccountCan {
    change: Can,
    reveal: Can,
}

impl AccountView {
    fn of(row: AccountRow, actor: &Actor) -> Self {
        let open = match row.state {
            AccountState::Closed => Err(kernel::fault::wrong_state(
                "network.account_state",
                ("Akun", "account"),
                row.state.as_str(),
                "reserved, live",
            )),
            _ => Ok(()),
        };
        let change = actor.require(Permission::AccountWrite).and(open);
        let can = AccountCan { change: Can::when(change.clone()), reveal: Can::when(change) };
        Self {
            mac_differs: row.mac_differs(),
            reason: row.why.as_ref().map(|why| said(why).of(context::lang()).to_owned()),
            id: row.id,
            username: row.username,
            kind: row.kind,
            state: row.state,
            subscription_id: row.subscription_id,
            subscription_number: row.subscription_number,
            customer_id: row.customer_id,
            customer_name: row.customer_name,
            branch_id: row.branch_id,
            branch_name: row.branch_name,
            mac: row.mac.map(|mac| mac.to_string()),
            mac_scanned: row.mac_scanned.map(|mac| mac.to_string()),
            mac_policy: row.mac_policy,
            mac_open_until: row.mac_open_until,
            fixed_ip: row.fixed_ip,
            sessions_max: row.sessions_max,
            created_at: row.created_at,
            closed_at: row.closed_at,
            desired: row.desired,
            enforced: row.enforced,
            session_state: row.session_state,
            session_ip: row.session_ip,
            session_since: row.session_since,
            can,
        }
    }
}

/// The query of the accounts' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the user name, MAC or fixed address.
    q: Option<String>,
    /// `reserved`, `live` or `closed`.
    #[param(value_type = Option<String>)]
    state: Option<AccountState>,
    /// `true`: only those whose label and login differ.
    mac_differs: Option<bool>,
    /// `username` (when not given) or `newest`.
    #[param(value_type = Option<String>)]
    sort: Option<AccountSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl AccountQuery {
    fn filter(self) -> AccountFilter {
        AccountFilter {
            state: self.state,
            text: self.q,
            mac_differs: self.mac_differs.unwrap_or(false),
            order: Order::of(self.sort, self.dir),
        }
    }
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &AccountFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<AccountView>> {
    let after = cursor::read(after)?;
    let rows = accounts::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &AccountRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, |row| AccountView::of(row, actor)))
}

/// Accounts by user name.
#[utoipa::path(
    get, path = "/api/v1/accounts", params(AccountQuery),
    responses((status = 200, body = Listing<AccountView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<AccountQuery>,
) -> Reply<Listing<AccountView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter();
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

const FILE: Sheet<AccountView> = Sheet {
    list: "accounts",
    name: ("akun", "accounts"),
    columns: &[
        col("Username", "User name", |v, _| v.username.as_str().into()),
        col("Jenis", "Kind", |v, _| v.kind.as_str().into()),
        col("Status", "State", |v, w| w.word("account", v.state.as_str())),
        col("Langganan", "Subscription", |v, _| v.subscription_number.clone().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_name.clone().into()),
        col("Cabang", "Branch", |v, _| v.branch_name.clone().into()),
        col("MAC", "MAC", |v, _| v.mac.clone().into()),
        col("IP tetap", "Fixed IP", |v, _| v.fixed_ip.clone().into()),
        col("Akses", "Access", |v, w| {
            v.desired.map_or(Cell::Empty, |d| w.word("access", d.as_str()))
        }),
        col("Sebab", "Why", |v, _| v.reason.clone().into()),
        col("Sesi", "Session", |v, w| {
            v.session_state.map_or(Cell::Empty, |s| w.word("session", s.as_str()))
        }),
        col("IP sesi", "Session IP", |v, _| v.session_ip.clone().into()),
        col("Sejak", "Since", |v, w| w.at(v.session_since)),
        col("Dibuat", "Made", |v, w| w.at(v.created_at)),
    ],
};

/// Accounts of a filter as a file; never a password.
#[utoipa::path(
    get, path = "/api/v1/accounts/export", params(AccountQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<AccountQuery>,
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

/// One account.
#[utoipa::path(
    get, path = "/api/v1/accounts/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AccountView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<AccountId>) -> Reply<AccountView> {
    let row = accounts::find(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(AccountView::of(row, &actor)))
}

/// The account as the transaction sees it.
async fn view(tx: &mut Tx, id: AccountId) -> Fallible<AccountView> {
    let actor = tx.actor().clone();
    let row = accounts::find(tx, &actor.scope, id).await?;
    Ok(AccountView::of(row, &actor))
}

/// Another user name.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameAccount {
    username: String,
}

/// Give an account another user name.
///
/// A running session keeps the old one until it ends.
#[utoipa::path(
    put, path = "/api/v1/accounts/{id}/username", params(("id" = uuid::Uuid, Path)),
    request_body = RenameAccount, responses((status = 200, body = AccountView))
)]
async fn rename(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AccountId>,
    Body(body): Body<RenameAccount>,
) -> Written<AccountView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        account::rename(tx, &scope, id, &body.username).await?;
        view(tx, id).await
    })
    .await
}

/// What an account may.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LimitAccount {
    /// `scan`, `scan_confirm` or `off`.
    #[schema(value_type = String)]
    mac_policy: MacPolicy,
    /// Null: an address from the pool.
    fixed_ip: Option<String>,
    /// Sessions at one time, 1–10.
    sessions_max: i64,
}

impl LimitAccount {
    fn limits(&self) -> Fallible<Limits> {
        let text = self.fixed_ip.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let fixed_ip = text.map(str::parse::<IpAddr>).transpose().map_err(|_| {
            Fault::field("fixed_ip", "ip", "bukan alamat IP", "is not an IP address")
        })?;
        Ok(Limits { mac_policy: self.mac_policy, fixed_ip, sessions_max: self.sessions_max })
    }
}

/// Set MAC policy, fixed address and number of sessions.
#[utoipa::path(
    put, path = "/api/v1/accounts/{id}/limits", params(("id" = uuid::Uuid, Path)),
    request_body = LimitAccount, responses((status = 200, body = AccountView))
)]
async fn set_limits(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AccountId>,
    Body(body): Body<LimitAccount>,
) -> Written<AccountView> {
    let limits = body.limits()?;
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        account::set_limits(tx, &scope, id, &limits).await?;
        view(tx, id).await
    })
    .await
}

/// The one MAC that may log in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetMac {
    /// In any notation.
    mac: String,
}

/// Lock an account to a MAC.
#[utoipa::path(
    put, path = "/api/v1/accounts/{id}/mac", params(("id" = uuid::Uuid, Path)),
    request_body = SetMac, responses((status = 200, body = AccountView))
)]
async fn set_mac(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AccountId>,
    Body(body): Body<SetMac>,
) -> Written<AccountView> {
    let mac = Mac::parse(&body.mac)
        .ok_or_else(|| Fault::field("mac", "mac", "bukan alamat MAC", "is not a MAC"))?;
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        account::set_mac(tx, &scope, id, mac).await?;
        view(tx, id).await
    })
    .await
}

/// Let the next device that logs in become the registered one.
#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/unlock-mac", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AccountView))
)]
async fn unlock_mac(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AccountId>,
) -> Written<AccountView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        account::unlock_mac(tx, &scope, id).await?;
        view(tx, id).await
    })
    .await
}

/// Accept that label and login differ.
#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/accept-mac", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AccountView))
)]
async fn accept_mac(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AccountId>,
) -> Written<AccountView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        account::mac_reviewed(tx, &scope, id).await?;
        view(tx, id).await
    })
    .await
}

/// A password to set.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetAccountPassword {
    /// 6–64 signs without spaces, quotes and backslashes; null: one is made.
    password: Option<String>,
}

/// What has to be entered in the modem.
#[derive(Serialize, ToSchema)]
struct AccountCredentials {
    username: String,
    password: String,
}

/// Give an account another password.
///
/// Answers it once. The running session goes on.
#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/password", params(("id" = uuid::Uuid, Path)),
    request_body = SetAccountPassword, responses((status = 200, body = AccountCredentials))
)]
async fn set_password(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AccountId>,
    Body(body): Body<SetAccountPassword>,
) -> Written<AccountCredentials> {
    let chosen = body.password.map(Secret::new);
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        let password = account::set_password(tx, &scope, id, chosen).await?;
        let username = account::find(tx, &scope, id).await?.username;
        Ok(AccountCredentials { username, password: password.expose().to_owned() })
    })
    .await
}

/// Show user name and password of an account.
///
/// That somebody looked stands in the journal.
#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/reveal", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AccountCredentials))
)]
async fn reveal(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AccountId>,
) -> Written<AccountCredentials> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        let found = account::find(tx, &scope, id).await?;
        let credentials = account::credentials(tx, found.subscription_id).await?;
        let (username, password) =
            credentials.filter(|(name, _)| *name == found.username).ok_or_else(|| {
                Fault::conflict(
                    "network.account_state",
                    "Akun ini sudah ditutup.",
                    "This account is closed.",
                )
            })?;
        tx.journal("account", id.uuid(), "password_shown", json!(null), json!(null)).await?;
        Ok(AccountCredentials { username, password: password.expose().to_owned() })
    })
    .await
}

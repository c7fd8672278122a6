//! Users, for those who manage them. This file is the example to copy for a room's operations.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::matrix;
use identity::user::{self, Change, NewUser};
use identity::{Role, User, login, setting};
use kernel::{
    Actor, BranchId, Fault, FaultKind, PartnerId, Permission, Phone, Result as Fallible, Ts, UserId,
};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::catalog::for_the_whole_isp;
use crate::http::extract::{At, Body, ListQuery, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(find, change))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(reset_password))
        .routes(routes!(end_sessions))
        .routes(routes!(reset_totp))
        .routes(routes!(roles))
        .routes(routes!(security, set_security))
        .routes(routes!(technicians))
}

/// A user.
#[derive(Serialize, ToSchema)]
struct UserView {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    username: String,
    name: String,
    #[schema(value_type = Option<String>)]
    phone: Option<Phone>,
    email: Option<String>,
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    has_totp: bool,
    must_change_password: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Ts>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            name: user.name,
            phone: user.phone,
            email: user.email,
            roles: user.roles,
            branch_id: user.branch_id,
            partner_id: user.partner_id,
            has_totp: user.has_totp,
            must_change_password: user.must_change,
            disabled_at: user.disabled_at,
            created_at: user.created_at,
        }
    }
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    /// 3–40 of `a-z 0-9 . _ -`.
    username: String,
    name: String,
    phone: Option<String>,
    email: Option<String>,
    /// At least 10 characters, not easily guessed.
    password: String,
    #[schema(value_type = Vec<String>, example = json!(["sales"]))]
    roles: Vec<Role>,
    /// Null: every branch.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    /// For a reseller's user, and only there.
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
}

/// What a user is from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeUser {
    name: String,
    phone: Option<String>,
    email: Option<String>,
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
}

/// The phone as typed; an empty one is none.
fn phone_of(text: Option<&str>) -> Fallible<Option<Phone>> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
    Phone::parse(text).map(Some).ok_or_else(|| {
        Fault::field("phone", "phone", "bukan nomor telepon", "is not a phone number")
    })
}

/// A reseller that the one who makes the user may see.
async fn known_partner(tx: &mut Tx, partner: Option<PartnerId>) -> Fallible<()> {
    let Some(partner) = partner else { return Ok(()) };
    let scope = tx.actor().scope.clone();
    partner::reseller::find(tx, &scope, partner).await.map(drop).map_err(|fault| {
        if fault.kind != FaultKind::NotFound {
            return fault;
        }
        Fault::field("partner_id", "not_found", "mitra tidak ada", "there is no such reseller")
    })
}

async fn known_branch(tx: &mut Tx, branch: Option<BranchId>) -> Fallible<()> {
    let Some(branch) = branch else { return Ok(()) };
    let catalog = catalog::current(tx).await?;
    catalog.branch(branch).map(drop).map_err(|_| {
        Fault::field("branch_id", "not_found", "cabang tidak ada", "there is no such branch")
    })
}

/// Users by user name.
#[utoipa::path(
    get, path = "/api/v1/users", params(ListQuery), responses((status = 200, body = Listing<UserView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ListQuery>,
) -> Reply<Listing<UserView>> {
    let limit = page_size(query.limit);
    let (after, search) = (query.after.as_deref(), query.q.as_deref());
    let rows = user::list(&mut app.reader(), &actor.scope, after, search, limit + 1).await?;
    Ok(Json(Listing::page(rows, limit, |user| user.username.clone(), UserView::from)))
}

/// Make a user.
#[utoipa::path(
    post, path = "/api/v1/users", request_body = CreateUser, responses((status = 201, body = UserView))
)]
async fn create(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<CreateUser>,
) -> Written<UserView> {
    let new = NewUser {
        username: body.username,
        name: body.name,
        phone: phone_of(body.phone.as_deref())?,
        email: body.email,
        password: body.password,
        roles: body.roles,
        branch: body.branch_id,
        partner: body.partner_id,
    };
    app.create(&actor, async move |tx| {
        known_branch(tx, new.branch).await?;
        known_partner(tx, new.partner).await?;
        let id = user::create(tx, new).await?;
        view(tx, id).await
    })
    .await
}

/// The user as the transaction sees it.
async fn view(tx: &mut Tx, id: UserId) -> Fallible<UserView> {
    let scope = tx.actor().scope.clone();
    user::find(tx, &scope, id).await.map(UserView::from)
}

/// One user.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = UserView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<UserId>) -> Reply<UserView> {
    let user = user::find(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(user.into()))
}

/// Change a user.
///
/// Their sessions go on with the new rights.
#[utoipa::path(
    put, path = "/api/v1/users/{id}", params(("id" = uuid::Uuid, Path)), request_body = ChangeUser,
    responses((status = 200, body = UserView))
)]
async fn change(
    State(app): State<App>,
    actor: Actor,
    At(id): At<UserId>,
    Body(body): Body<ChangeUser>,
) -> Written<UserView> {
    let change = Change {
        name: body.name,
        phone: phone_of(body.phone.as_deref())?,
        email: body.email,
        roles: body.roles,
        branch: body.branch_id,
        partner: body.partner_id,
    };
    app.write(&actor, async move |tx| {
        known_branch(tx, change.branch).await?;
        known_partner(tx, change.partner).await?;
        user::update(tx, id, change).await?;
        view(tx, id).await
    })
    .await
}

/// Disable a user.
///
/// Ends their sessions and revokes their tokens at once.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/disable", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = UserView))
)]
async fn disable(State(app): State<App>, actor: Actor, At(id): At<UserId>) -> Written<UserView> {
    app.write(&actor, async move |tx| {
        user::disable(tx, id).await?;
        view(tx, id).await
    })
    .await
}

/// Let a disabled user log in again.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/enable", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = UserView))
)]
async fn enable(State(app): State<App>, actor: Actor, At(id): At<UserId>) -> Written<UserView> {
    app.write(&actor, async move |tx| {
        user::enable(tx, id).await?;
        view(tx, id).await
    })
    .await
}

/// A password for somebody else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetPassword {
    password: String,
}

/// Give a user a temporary password.
///
/// They must change it at their next login. Ends their sessions.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/password", params(("id" = uuid::Uuid, Path)),
    request_body = ResetPassword, responses((status = 204, description = "Set"))
)]
async fn reset_password(
    State(app): State<App>,
    actor: Actor,
    At(id): At<UserId>,
    Body(body): Body<ResetPassword>,
) -> Result<StatusCode, Problem> {
    let work = async move |tx: &mut Tx| user::reset_password(tx, id, &body.password).await;
    app.change(&actor, work).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End every session of a user: a lost phone is cut off.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/sessions", params(("id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Ended"))
)]
async fn end_sessions(
    State(app): State<App>,
    actor: Actor,
    At(id): At<UserId>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx| {
        view(tx, id).await?;
        login::end_all(tx, id).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a user's one-time code away: their phone is lost.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/totp", params(("id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Taken away"))
)]
async fn reset_totp(
    State(app): State<App>,
    actor: Actor,
    At(id): At<UserId>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx| user::reset_totp(tx, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A role and what it allows.
#[derive(Serialize, ToSchema)]
struct RoleView {
    #[schema(value_type = String)]
    code: Role,
    #[schema(value_type = Vec<String>)]
    permissions: Vec<Permission>,
}

/// The permission matrix.
#[utoipa::path(get, path = "/api/v1/roles", responses((status = 200, body = Listing<RoleView>)))]
async fn roles() -> Reply<Listing<RoleView>> {
    let view = |role: &Role| RoleView {
        code: *role,
        permissions: matrix::permissions(*role).iter().collect(),
    };
    Ok(Json(Listing::whole(Role::ALL.iter().map(view).collect())))
}

/// What the ISP asks of those who log in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Security {
    /// Roles whose people must have a one-time code.
    #[schema(value_type = Vec<String>, example = json!(["owner", "finance", "noc"]))]
    totp_required_for: Vec<Role>,
}

/// The rules for logging in.
#[utoipa::path(get, path = "/api/v1/security", responses((status = 200, body = Security)))]
async fn security(State(app): State<App>) -> Reply<Security> {
    let totp_required_for = setting::totp_required_for(&mut app.reader()).await?;
    Ok(Json(Security { totp_required_for }))
}

/// Set the rules for logging in.
#[utoipa::path(
    put, path = "/api/v1/security", request_body = Security, responses((status = 200, body = Security))
)]
async fn set_security(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<Security>,
) -> Written<Security> {
    for_the_whole_isp(&actor)?;
    app.write(&actor, async move |tx| {
        setting::require_totp(tx, &body.totp_required_for).await?;
        Ok(body)
    })
    .await
}

/// A technician who can be sent.
#[derive(Serialize, ToSchema)]
struct TechnicianView {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    name: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
}

/// Technicians who can be sent to a job: of one's branch and of every branch.
#[utoipa::path(get, path = "/api/v1/technicians", responses((status = 200, body = Listing<TechnicianView>)))]
async fn technicians(State(app): State<App>, actor: Actor) -> Reply<Listing<TechnicianView>> {
    let found = identity::technicians(&mut app.reader(), actor.scope.branch).await?;
    let view = |u: User| TechnicianView { id: u.id, name: u.name, branch_id: u.branch_id };
    Ok(Json(Listing::whole(found.into_iter().map(view).collect())))
}

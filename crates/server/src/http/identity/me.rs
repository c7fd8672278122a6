//! One's own account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use identity::actor::{Duty, duty_of};
use identity::{Role, User, login, setting, user};
use kernel::actor::Who;
use kernel::{Actor, BranchId, Fault, LoginId, PartnerId, Permission, Ts, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::{At, Body, Listing};
use crate::http::guard::Credential;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(change_password))
        .routes(routes!(sessions))
        .routes(routes!(end_session))
}

/// The one who is logged in, and what the web app needs to show only what they may do.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    username: String,
    name: String,
    #[schema(value_type = Vec<String>, example = json!(["sales"]))]
    roles: Vec<Role>,
    /// Names of permissions: `lead_write`, …
    #[schema(value_type = Vec<String>)]
    permissions: Vec<Permission>,
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    /// Sees only what belongs to their own jobs and bag.
    own_jobs_only: bool,
    /// On the payroll: may earn commission and incentive.
    is_employee: bool,
    has_totp: bool,
    /// `change_password` or `set_up_totp`: nothing else is allowed before.
    #[schema(value_type = Option<String>)]
    duty: Option<&'static str>,
    company: Option<String>,
    branches: Vec<MyBranch>,
}

/// A branch that one sees.
#[derive(Serialize, ToSchema)]
struct MyBranch {
    #[schema(value_type = String, format = Uuid)]
    id: BranchId,
    code: String,
    name: String,
    /// IANA name: `Asia/Jakarta`.
    zone: &'static str,
}

pub(super) async fn me_of(app: &App, user: &User, actor: &Actor) -> Result<Me, Problem> {
    let mut reader = app.reader();
    let duty = duty_of(user, &setting::totp_required_for(&mut reader).await?);
    let catalog = catalog::current(&mut reader).await?;
    let seen = |id: BranchId| actor.scope.branch.is_none_or(|only| only == id);
    let branches = catalog.branches.values().filter(|b| !b.archived && seen(b.id));
    Ok(Me {
        id: user.id,
        username: user.username.clone(),
        name: user.name.clone(),
        roles: user.roles.clone(),
        permissions: actor.permissions.iter().collect(),
        branch_id: user.branch_id,
        partner_id: user.partner_id,
        own_jobs_only: actor.scope.technician.is_some(),
        is_employee: user.is_employee(),
        has_totp: user.has_totp,
        duty: duty.map(|duty| match duty {
            Duty::ChangePassword => "change_password",
            Duty::SetUpTotp => "set_up_totp",
        }),
        company: catalog.company.as_ref().map(|c| c.name.clone()),
        branches: branches
            .map(|b| MyBranch {
                id: b.id,
                code: b.code.clone(),
                name: b.name.clone(),
                zone: b.zone.name(),
            })
            .collect(),
    })
}

/// The user who acts; a task or a customer has no account here.
pub(super) fn user_of(actor: &Actor) -> Result<UserId, Problem> {
    match actor.who {
        Who::User(id) => Ok(id),
        _ => Err(Fault::forbidden(
            "identity.not_a_user",
            "Ini hanya untuk pengguna yang masuk.",
            "This is for users who are logged in.",
        )
        .into()),
    }
}

/// Who am I?
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = Me)))]
async fn me(State(app): State<App>, actor: Actor) -> Reply<Me> {
    let everybody = kernel::Scope::all();
    let user = user::find(&mut app.reader(), &everybody, user_of(&actor)?).await?;
    Ok(Json(me_of(&app, &user, &actor).await?))
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    current: String,
    /// At least 10 characters, not easily guessed.
    new: String,
}

/// Change my password.
///
/// Ends my other sessions.
#[utoipa::path(
    put, path = "/api/v1/me/password", request_body = ChangePassword,
    responses((status = 204, description = "Changed"))
)]
async fn change_password(
    State(app): State<App>,
    actor: Actor,
    Extension(credential): Extension<Credential>,
    Body(body): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let keep = match credential {
        Credential::Login(id) => Some(id),
        Credential::Token(_) | Credential::Portal(_) | Credential::None => None,
    };
    let (user, cause) = (user_of(&actor)?, app.cause(&actor));
    let passwords = (body.current.as_str(), body.new.as_str());
    login::change_password(&app.db, &cause, user, keep, passwords).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One of my sessions.
#[derive(Serialize, ToSchema)]
struct SessionView {
    #[schema(value_type = String, format = Uuid)]
    id: LoginId,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    seen_at: Ts,
    address: Option<String>,
    agent: Option<String>,
    /// The one that asks.
    is_this: bool,
}

/// My open sessions.
#[utoipa::path(get, path = "/api/v1/me/sessions", responses((status = 200, body = Listing<SessionView>)))]
async fn sessions(
    State(app): State<App>,
    actor: Actor,
    Extension(credential): Extension<Credential>,
) -> Reply<Listing<SessionView>> {
    let logins = login::list(&mut app.reader(), user_of(&actor)?, app.now()).await?;
    let views = logins.into_iter().map(|login| SessionView {
        is_this: credential == Credential::Login(login.id),
        id: login.id,
        created_at: login.created_at,
        seen_at: login.seen_at,
        address: login.address,
        agent: login.agent,
    });
    Ok(Json(Listing::whole(views.collect())))
}

/// End one of my sessions.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Ended"))
)]
async fn end_session(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LoginId>,
) -> Result<StatusCode, Problem> {
    let user = user_of(&actor)?;
    app.change(&actor, async move |tx| login::end(tx, user, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! What else a person says of a statement line: a gateway's payout, cash from the safe, nobody's money.

use axum::extract::State;
use billing::bank::{self, BankLineId};
use kernel::{Actor, BranchId, Money};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bank::{BankLineView, decided, must_see};
use super::sane;
use crate::http::app::{App, Written};
use crate::http::extract::{At, Body};
use crate::http::wire::known_branch;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(settlement))
        .routes(routes!(deposit))
        .routes(routes!(not_ours))
        .routes(routes!(reopen))
}

/// A gateway's payout.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettleLine {
    /// What it had collected; what did not arrive is its fee.
    #[schema(value_type = i64)]
    gross: Money,
}

/// The line is a gateway's payout: its clearing account is emptied.
#[utoipa::path(
    post, path = "/api/v1/bank/lines/{id}/settlement", params(("id" = uuid::Uuid, Path)),
    request_body = SettleLine, responses((status = 200, body = BankLineView))
)]
async fn settlement(
    State(app): State<App>,
    actor: Actor,
    At(id): At<BankLineId>,
    Body(body): Body<SettleLine>,
) -> Written<BankLineView> {
    let gross = sane("gross", body.gross)?;
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        must_see(tx, &scope, id).await?;
        bank::settle_gateway(tx, id, gross).await?;
        decided(tx, id).await
    })
    .await
}

/// From whose safe the cash was.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DepositLine {
    /// One's own branch, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
}

/// The line is cash that was paid in from a branch's safe.
#[utoipa::path(
    post, path = "/api/v1/bank/lines/{id}/deposit", params(("id" = uuid::Uuid, Path)),
    request_body = DepositLine, responses((status = 200, body = BankLineView))
)]
async fn deposit(
    State(app): State<App>,
    actor: Actor,
    At(id): At<BankLineId>,
    Body(body): Body<DepositLine>,
) -> Written<BankLineView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        must_see(tx, &scope, id).await?;
        let branch = known_branch(tx, body.branch_id).await?;
        bank::deposit(tx, id, branch).await?;
        decided(tx, id).await
    })
    .await
}

/// Why a line is no customer's money.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NotOurs {
    why: String,
}

/// The line is no customer's money.
#[utoipa::path(
    post, path = "/api/v1/bank/lines/{id}/not-ours", params(("id" = uuid::Uuid, Path)),
    request_body = NotOurs, responses((status = 200, body = BankLineView))
)]
async fn not_ours(
    State(app): State<App>,
    actor: Actor,
    At(id): At<BankLineId>,
    Body(body): Body<NotOurs>,
) -> Written<BankLineView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        must_see(tx, &scope, id).await?;
        bank::not_ours(tx, id, &body.why).await?;
        decided(tx, id).await
    })
    .await
}

/// Take a decision back that moved no money, or whose payment was reversed.
#[utoipa::path(
    post, path = "/api/v1/bank/lines/{id}/reopen", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = BankLineView))
)]
async fn reopen(
    State(app): State<App>,
    actor: Actor,
    At(id): At<BankLineId>,
) -> Written<BankLineView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        must_see(tx, &scope, id).await?;
        bank::reopen(tx, id).await?;
        decided(tx, id).await
    })
    .await
}

//! Whose lead it is.

use axum::Json;
use axum::extract::State;
use flows::sellers;
use identity::User;
use kernel::{Actor, BranchId, LeadId, Result as Fallible, UserId};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::bulk::{self, BulkAnswer, Meant};
use crate::http::extract::{Body, Listing};
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(assign)).routes(routes!(preview))
}

/// Somebody who may be given a lead.
#[derive(Serialize, ToSchema)]
struct SellerView {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    name: String,
    /// Null: of every branch.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
}

/// Who may be given a lead: people of one's branch and of every branch.
#[utoipa::path(get, path = "/api/v1/sellers", responses((status = 200, body = Listing<SellerView>)))]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<SellerView>> {
    let found = sellers::sellers(&mut app.reader(), actor.scope.branch).await?;
    let view = |u: User| SellerView { id: u.id, name: u.name, branch_id: u.branch_id };
    Ok(Json(Listing::whole(found.into_iter().map(view).collect())))
}

/// Leads that are given to somebody.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignLeads {
    /// 1–50 leads.
    #[schema(value_type = Vec<String>)]
    ids: Vec<LeadId>,
    /// Of those who may be given a lead in its branch.
    #[schema(value_type = String, format = Uuid)]
    seller_id: UserId,
}

async fn assign_each(
    app: &App,
    actor: &Actor,
    meant: Meant,
    body: AssignLeads,
) -> Fallible<BulkAnswer> {
    let (ids, seller) = (bulk::named(&body.ids)?, body.seller_id);
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        let work = async move |tx: &mut Tx| {
            let done = sellers::give(tx, id, seller).await;
            done.map(|_| None).map_err(|fault| on_wire(fault, &[("seller", "seller_id")]))
        };
        lines.push(bulk::one(app, actor, meant, id, work).await);
    }
    Ok(BulkAnswer::of(lines))
}

/// Give leads to somebody of the sales.
///
/// Theirs is the sale. A reseller's lead stays the reseller's. What one refuses stands in its line.
#[utoipa::path(
    post, path = "/api/v1/leads/assign", request_body = AssignLeads,
    responses((status = 200, body = BulkAnswer))
)]
async fn assign(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AssignLeads>,
) -> Reply<BulkAnswer> {
    Ok(Json(assign_each(&app, &actor, Meant::Do, body).await?))
}

/// Which of these leads could be given to somebody.
#[utoipa::path(
    post, path = "/api/v1/leads/assign/preview", request_body = AssignLeads,
    responses((status = 200, body = BulkAnswer))
)]
async fn preview(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AssignLeads>,
) -> Reply<BulkAnswer> {
    Ok(Json(assign_each(&app, &actor, Meant::Preview, body).await?))
}

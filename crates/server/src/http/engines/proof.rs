//! The chain customer ↔ subscription ↔ login ↔ device on one line, with what each is called in the engine that keeps it.

use axum::Json;
use axum::extract::State;
use bridge::{Engine, Subject, finding};
use flows::views::proof::{self, Filter, Only, Proof, Tie};
use kernel::{Actor, CustomerId, SubscriptionId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::FindingView;
use crate::http::app::{App, Reply};
use crate::http::extract::{At, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// One record of the chain and its counterpart.
#[derive(Serialize, ToSchema)]
struct TieView {
    #[schema(value_type = String)]
    engine: Engine,
    /// `customer`, `account` or `item`.
    #[schema(value_type = String)]
    subject: Subject,
    local_id: Option<Uuid>,
    /// What it is called here.
    ours: Option<String>,
    /// What it is called there.
    theirs: Option<String>,
    /// `off`: the engine is not attached; `nothing`: there is nothing of ours; `missing`, `waiting`, `differs` or
    /// `linked`.
    #[schema(value_type = String)]
    tie: Tie,
    /// Open findings about it.
    open_findings: i64,
}

/// A subscription with its ties.
#[derive(Serialize, ToSchema)]
struct ProofView {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    number: String,
    state: String,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    customer_name: String,
    username: Option<String>,
    serial: Option<String>,
    /// Customer, login, device.
    links: Vec<TieView>,
}

impl From<Proof> for ProofView {
    fn from(proof: Proof) -> Self {
        let tie = |link: proof::Link| TieView {
            engine: link.engine,
            subject: link.subject,
            local_id: link.local_id,
            ours: link.ours,
            theirs: link.theirs,
            tie: link.tie,
            open_findings: link.open,
        };
        Self {
            subscription_id: proof.subscription,
            number: proof.number,
            state: proof.state.to_string(),
            customer_id: proof.customer,
            customer_number: proof.customer_number,
            customer_name: proof.customer_name,
            username: proof.username,
            serial: proof.serial,
            links: proof.links.into_iter().map(tie).collect(),
        }
    }
}

/// The query of the proof's list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProofQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<SubscriptionId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of a name, number, user name, serial, or of what it is called there.
    q: Option<String>,
    /// `missing`: a tie is missing; `differs`: the two sides differ.
    #[param(value_type = Option<String>)]
    only: Option<Only>,
}

/// The chain of every running subscription, the newest first.
#[utoipa::path(
    get, path = "/api/v1/proof", params(ProofQuery),
    responses((status = 200, body = Listing<ProofView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ProofQuery>,
) -> Reply<Listing<ProofView>> {
    let limit = page_size(query.limit);
    let filter = Filter { only: query.only, text: query.q };
    let rows =
        proof::list(&mut app.reader(), &actor.scope, &filter, query.after, limit + 1).await?;
    Ok(Json(Listing::page(rows, limit, |row| row.subscription.to_string(), ProofView::from)))
}

/// One subscription's chain, with the open findings about it.
#[derive(Serialize, ToSchema)]
struct WholeProof {
    #[serde(flatten)]
    proof: ProofView,
    findings: Vec<FindingView>,
}

/// The chain of one subscription.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/{id}/proof", params(("id" = Uuid, Path)),
    responses((status = 200, body = WholeProof))
)]
async fn one(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<WholeProof> {
    let mut q = app.reader();
    let proof = proof::find(&mut q, &actor.scope, id).await?;
    let mut findings = Vec::new();
    for link in &proof.links {
        let Some(local) = link.local_id else { continue };
        let more = (link.subject == Subject::Item).then_some(Subject::Move);
        for subject in std::iter::once(link.subject).chain(more) {
            let open = finding::open_of(&mut q, link.engine, subject, local).await?;
            findings.extend(open.into_iter().map(|found| FindingView::of(found, &actor)));
        }
    }
    Ok(Json(WholeProof { proof: proof.into(), findings }))
}

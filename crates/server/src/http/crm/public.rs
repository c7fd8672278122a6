//! The public form: what strangers may see and send. Changes are limited by address in the guard.

use axum::Json;
use axum::extract::State;
use catalog::TaxMode;
use crm::Mode;
use crm::lead::NewLead;
use kernel::{Actor, BranchId, Lang, LeadId, Money, PlanId, Ts, Zone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use crate::http::app::{App, Reply, Written};
use crate::http::context;
use crate::http::extract::Body;
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(offer)).routes(routes!(register))
}

/// What is on offer: for the public form.
#[derive(Serialize, ToSchema)]
struct Offer {
    /// The internet provider's name.
    company: String,
    branches: Vec<OfferBranch>,
    plans: Vec<OfferPlan>,
}

/// A branch to choose.
#[derive(Serialize, ToSchema)]
struct OfferBranch {
    #[schema(value_type = String, format = Uuid)]
    id: BranchId,
    name: String,
}

/// A plan to choose.
#[derive(Serialize, ToSchema)]
struct OfferPlan {
    #[schema(value_type = String, format = Uuid)]
    id: PlanId,
    name: String,
    /// A month's price today, in rupiah.
    #[schema(value_type = i64)]
    price: Money,
    /// `exclusive` (PPN is added), `inclusive` or `none`.
    #[schema(value_type = String)]
    tax: TaxMode,
    rate_down_kbps: i64,
    rate_up_kbps: i64,
    prepaid_allowed: bool,
    postpaid_allowed: bool,
}

/// Plans and branches that anybody may choose from.
#[utoipa::path(get, path = "/api/v1/public/offer", responses((status = 200, body = Offer)))]
async fn offer(State(app): State<App>) -> Reply<Offer> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let today = app.now().day(Zone::Jakarta);
    let open = catalog.branches.values().filter(|branch| !branch.archived);
    let mut branches: Vec<OfferBranch> =
        open.map(|b| OfferBranch { id: b.id, name: b.name.clone() }).collect();
    branches.sort_by(|a, b| a.name.cmp(&b.name));
    let mut plans = Vec::new();
    for plan in catalog.plans.values().filter(|plan| !plan.archived) {
        let profile = catalog.profile(plan.profile_id)?;
        plans.push(OfferPlan {
            id: plan.id,
            name: plan.name.clone(),
            price: catalog.price_at(plan.id, today),
            tax: catalog.tax_mode(plan),
            rate_down_kbps: profile.rate_down_kbps,
            rate_up_kbps: profile.rate_up_kbps,
            prepaid_allowed: plan.prepaid_allowed,
            postpaid_allowed: plan.postpaid_allowed,
        });
    }
    plans.sort_by(|a, b| a.price.cmp(&b.price).then_with(|| a.name.cmp(&b.name)));
    let company = catalog.company.as_ref().map(|c| c.name.clone()).unwrap_or_default();
    Ok(Json(Offer { company, branches, plans }))
}

/// Somebody who wants a connection.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PublicLead {
    name: String,
    phone: String,
    email: Option<String>,
    address: String,
    lat: Option<f64>,
    lon: Option<f64>,
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    /// `prepaid` or `postpaid`.
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    note: Option<String>,
    /// Needed when there are several branches and the pin lies in no area.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
}

/// We have it. Nothing else: a stranger does not learn who is a customer or where the network ends.
#[derive(Serialize, ToSchema)]
struct LeadReceipt {
    #[schema(value_type = String, format = Uuid)]
    id: LeadId,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
}

/// Ask for a connection.
///
/// For anybody; limited by address. The language of the request becomes that of the messages.
#[utoipa::path(
    post, path = "/api/v1/public/leads", request_body = PublicLead,
    responses((status = 201, body = LeadReceipt))
)]
async fn register(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<PublicLead>,
) -> Written<LeadReceipt> {
    let lang: Lang = context::lang();
    app.create(&actor, async move |tx| {
        let new = NewLead {
            name: body.name,
            phone: body.phone,
            email: body.email,
            address: body.address,
            lat: body.lat,
            lon: body.lon,
            plan: body.plan_id,
            mode: body.mode,
            note: body.note.unwrap_or_default(),
            lang: Some(lang),
            branch: body.branch_id,
            ..NewLead::default()
        };
        let made = crm::lead::register(tx, new).await.map_err(|fault| on_wire(fault, NAMES))?;
        Ok(LeadReceipt { id: made.id, received_at: tx.now() })
    })
    .await
}

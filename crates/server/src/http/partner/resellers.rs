//! Resellers, the rules of their commission, and what the rules yielded.

use axum::Json;
use axum::extract::State;
use kernel::{
    Actor, BranchId, Day, Fault, Field, PartnerId, Phone, PlanId, Result as Fallible, Ts,
};
use partner::reseller::{self, NewReseller, Reseller};
use partner::rule::{self, Occasion, Rule, RuleKind};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};
use crate::http::wire::{known_branch, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(find)).routes(routes!(add_rule))
}

/// A reseller.
#[derive(Serialize, ToSchema)]
struct PartnerRow {
    #[schema(value_type = String, format = Uuid)]
    id: PartnerId,
    code: String,
    name: String,
    #[schema(value_type = String)]
    phone: Phone,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = Option<String>, format = Uuid)]
    upline_id: Option<PartnerId>,
    /// Basis points of this reseller's commission that go to the upline.
    upline_share_bp: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
}

impl From<Reseller> for PartnerRow {
    fn from(r: Reseller) -> Self {
        Self {
            id: r.id,
            code: r.code,
            name: r.name,
            phone: r.phone,
            branch_id: r.branch_id,
            upline_id: r.upline_id,
            upline_share_bp: r.upline_share_bp,
            created_at: r.created_at,
        }
    }
}

/// A reseller with the rules of their commission.
#[derive(Serialize, ToSchema)]
struct PartnerView {
    #[serde(flatten)]
    partner: PartnerRow,
    rules: Vec<RuleView>,
}

/// A rule: a plan's own counts before the one for all plans.
#[derive(Serialize, ToSchema)]
#[schema(as = CommissionRule)]
struct RuleView {
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    /// `percent` (basis points of the base before PPN) or `flat` (rupiah an invoice).
    #[schema(value_type = String)]
    kind: RuleKind,
    amount: i64,
    /// `first` or `recurring`.
    #[schema(value_type = String)]
    occasion: Occasion,
    #[schema(value_type = String, format = Date)]
    from: Day,
}

impl From<Rule> for RuleView {
    fn from(r: Rule) -> Self {
        Self {
            plan_id: r.plan_id,
            kind: r.kind,
            amount: r.amount,
            occasion: r.occasion,
            from: r.from_on,
        }
    }
}

async fn view(q: &mut dyn Query, actor: &Actor, id: PartnerId) -> Fallible<PartnerView> {
    let partner = reseller::find(q, &actor.scope, id).await?;
    let rules = rule::of(q, id).await?;
    Ok(PartnerView { partner: partner.into(), rules: rules.into_iter().map(Into::into).collect() })
}

async fn view_in(tx: &mut Tx, id: PartnerId) -> Fallible<PartnerView> {
    let actor = tx.actor().clone();
    view(tx, &actor, id).await
}

/// Resellers by name. A reseller sees themselves.
#[utoipa::path(
    get, path = "/api/v1/partners", responses((status = 200, body = Listing<PartnerRow>))
)]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<PartnerRow>> {
    let rows = reseller::list(&mut app.reader(), &actor.scope).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(Into::into).collect())))
}

/// One reseller.
#[utoipa::path(
    get, path = "/api/v1/partners/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PartnerView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<PartnerId>) -> Reply<PartnerView> {
    Ok(Json(view(&mut app.reader(), &actor, id).await?))
}

/// A reseller as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPartner {
    /// Short, unique.
    code: String,
    name: String,
    phone: String,
    /// One's own branch, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    upline_id: Option<PartnerId>,
    /// Basis points of the commission that go to the upline.
    #[serde(default)]
    upline_share_bp: i64,
}

/// Add a reseller, with an empty wallet.
#[utoipa::path(
    post, path = "/api/v1/partners", request_body = NewPartner,
    responses((status = 201, body = PartnerView))
)]
async fn add(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<NewPartner>,
) -> Written<PartnerView> {
    let phone = Phone::parse(&body.phone).ok_or_else(|| {
        Fault::field("phone", "phone", "bukan nomor telepon", "is not a phone number")
    })?;
    app.create(&actor, async move |tx| {
        let branch = known_branch(tx, body.branch_id).await?;
        if let Some(upline) = body.upline_id {
            let scope = tx.actor().scope.clone();
            reseller::find(tx, &scope, upline).await.map_err(|_| {
                let (id, en) = ("mitra itu tidak ada", "there is no such reseller");
                Fault::fields(vec![Field::new("upline_id", "not_found", id, en)])
            })?;
        }
        let new = NewReseller {
            code: body.code.trim().to_owned(),
            name: body.name.trim().to_owned(),
            phone,
            branch,
            upline: body.upline_id,
            upline_share_bp: body.upline_share_bp,
        };
        let id = reseller::add(tx, &new).await?;
        view_in(tx, id).await
    })
    .await
}

/// A rule as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCommissionRule {
    /// All plans, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    /// `percent` or `flat`.
    #[schema(value_type = String)]
    kind: RuleKind,
    /// Basis points (1,000: 10 %), or rupiah an invoice.
    amount: i64,
    /// `first` or `recurring`.
    #[schema(value_type = String)]
    occasion: Occasion,
    #[schema(value_type = String, format = Date)]
    from: Day,
}

/// Add a rule from its day on. Earlier commission keeps its own.
#[utoipa::path(
    post, path = "/api/v1/partners/{id}/rules", params(("id" = uuid::Uuid, Path)),
    request_body = NewCommissionRule, responses((status = 201, body = PartnerView))
)]
async fn add_rule(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PartnerId>,
    Body(body): Body<NewCommissionRule>,
) -> Written<PartnerView> {
    app.create(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        reseller::find(tx, &scope, id).await?;
        if let Some(plan) = body.plan_id {
            catalog::current(tx).await?.plan(plan)?;
        }
        let rule = Rule {
            plan_id: body.plan_id,
            kind: body.kind,
            amount: body.amount,
            occasion: body.occasion,
            from_on: body.from,
        };
        rule::add(tx, id, &rule).await.map_err(|f| on_wire(f, &[("plan", "plan_id")]))?;
        view_in(tx, id).await
    })
    .await
}

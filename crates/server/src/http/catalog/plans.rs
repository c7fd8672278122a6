//! Plans, their dated prices, and the tax rules.

use axum::Json;
use axum::extract::State;
use catalog::{Catalog, Plan, QuotaTopUp, TaxMode, TaxRule, write};
use kernel::{Actor, Day, Fault, Money, PlanId, ProfileId, Result as Fallible};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{for_the_whole_isp, today};
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(find, change))
        .routes(routes!(set_price))
        .routes(routes!(set_profile))
        .routes(routes!(set_top_up))
        .routes(routes!(taxes, set_tax))
}

/// A plan.
#[derive(Serialize, ToSchema)]
struct PlanView {
    #[schema(value_type = String, format = Uuid)]
    id: PlanId,
    code: String,
    name: String,
    /// `exclusive`, `inclusive` or `none`.
    #[schema(value_type = String)]
    tax: TaxMode,
    /// A month's price today, in rupiah.
    #[schema(value_type = i64)]
    price: Money,
    prices: Vec<PriceView>,
    prepaid_allowed: bool,
    postpaid_allowed: bool,
    #[schema(value_type = String, format = Uuid)]
    profile_id: ProfileId,
    #[schema(value_type = Option<String>, format = Uuid)]
    fup_profile_id: Option<ProfileId>,
    /// Bytes a period, down and up together; null: unlimited.
    quota_bytes: Option<i64>,
    /// What is sold to who has used up the quota; null: nothing.
    top_up: Option<TopUpBody>,
    #[schema(value_type = i64)]
    install_fee: Money,
    archived: bool,
}

/// A price and the day it holds from.
#[derive(Serialize, ToSchema)]
struct PriceView {
    #[schema(value_type = String, format = Date)]
    from_on: Day,
    #[schema(value_type = i64)]
    price: Money,
}

fn view(catalog: &Catalog, plan: &Plan, today: Day) -> PlanView {
    let prices = catalog.prices.get(&plan.id).into_iter().flatten();
    PlanView {
        id: plan.id,
        code: plan.code.clone(),
        name: plan.name.clone(),
        tax: plan.tax,
        price: catalog.price_at(plan.id, today),
        prices: prices.map(|(day, price)| PriceView { from_on: *day, price: *price }).collect(),
        prepaid_allowed: plan.prepaid_allowed,
        postpaid_allowed: plan.postpaid_allowed,
        profile_id: plan.profile_id,
        fup_profile_id: plan.fup_profile_id,
        quota_bytes: plan.quota_bytes,
        top_up: catalog.top_ups.get(&plan.id).map(|o| TopUpBody { bytes: o.bytes, price: o.price }),
        install_fee: plan.install_fee,
        archived: plan.archived,
    }
}

async fn view_in(tx: &mut Tx, id: PlanId, today: Day) -> Fallible<PlanView> {
    let catalog = catalog::current(tx).await?;
    Ok(view(&catalog, catalog.plan(id)?, today))
}

/// A plan as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlanBody {
    /// 1–40 letters, digits, `-` or `_`. Can't be changed later.
    code: String,
    name: String,
    /// `exclusive`, `inclusive` or `none`.
    #[schema(value_type = String)]
    tax: TaxMode,
    /// A month's price from today, in rupiah.
    #[schema(value_type = i64)]
    price: Money,
    prepaid_allowed: bool,
    postpaid_allowed: bool,
    #[schema(value_type = String, format = Uuid)]
    profile_id: ProfileId,
    #[schema(value_type = Option<String>, format = Uuid)]
    fup_profile_id: Option<ProfileId>,
    quota_bytes: Option<i64>,
    #[serde(default)]
    #[schema(value_type = i64)]
    install_fee: Money,
}

impl PlanBody {
    fn into_plan(self, id: PlanId, code: String) -> Plan {
        Plan {
            id,
            code,
            name: self.name,
            tax: self.tax,
            prepaid_allowed: self.prepaid_allowed,
            postpaid_allowed: self.postpaid_allowed,
            profile_id: self.profile_id,
            fup_profile_id: self.fup_profile_id,
            quota_bytes: self.quota_bytes,
            install_fee: self.install_fee,
            external_id: None,
            archived: false,
        }
    }
}

/// The profiles that a plan names must exist.
fn check_profiles(catalog: &Catalog, plan: ProfileId, fup: Option<ProfileId>) -> Fallible<()> {
    let named = [("profile_id", Some(plan)), ("fup_profile_id", fup)];
    for (field, id) in named {
        if id.is_some_and(|id| !catalog.profiles.contains_key(&id)) {
            return Err(Fault::field(
                field,
                "not_found",
                "profil tidak ada",
                "there is no such profile",
            ));
        }
    }
    Ok(())
}

/// Resellers and customers see the price list: what is sold. Plans taken off it do not exist for them.
fn on_list(actor: &Actor, plan: &Plan) -> bool {
    let outsider = actor.scope.partner.is_some() || actor.scope.customer.is_some();
    !(outsider && plan.archived)
}

/// Plans; for resellers, those on the price list.
#[utoipa::path(get, path = "/api/v1/plans", responses((status = 200, body = Listing<PlanView>)))]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<PlanView>> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let today = today(&app);
    let mut plans: Vec<&Plan> = catalog.plans.values().filter(|p| on_list(&actor, p)).collect();
    plans.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(Json(Listing::whole(plans.into_iter().map(|p| view(&catalog, p, today)).collect())))
}

/// One plan.
#[utoipa::path(
    get, path = "/api/v1/plans/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PlanView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<PlanId>) -> Reply<PlanView> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let plan = catalog.plan(id)?;
    if !on_list(&actor, plan) {
        return Err(catalog::no_such_plan().into());
    }
    Ok(Json(view(&catalog, plan, today(&app))))
}

/// Add a plan.
#[utoipa::path(
    post, path = "/api/v1/plans", request_body = PlanBody, responses((status = 201, body = PlanView))
)]
async fn create(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<PlanBody>,
) -> Written<PlanView> {
    for_the_whole_isp(&actor)?;
    let today = today(&app);
    app.create(&actor, async move |tx| {
        let before = catalog::current(tx).await?;
        check_profiles(&before, body.profile_id, body.fup_profile_id)?;
        let (id, price, code): (PlanId, _, _) = (tx.new_id(), body.price, body.code.clone());
        write::set_plan(tx, &body.into_plan(id, code), price, today).await?;
        view_in(tx, id, today).await
    })
    .await
}

/// Change a plan.
///
/// Another price holds from today; the code stays. Issued invoices keep what they say.
#[utoipa::path(
    put, path = "/api/v1/plans/{id}", params(("id" = uuid::Uuid, Path)), request_body = PlanBody,
    responses((status = 200, body = PlanView))
)]
async fn change(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PlanId>,
    Body(body): Body<PlanBody>,
) -> Written<PlanView> {
    for_the_whole_isp(&actor)?;
    let today = today(&app);
    app.write(&actor, async move |tx| {
        let before = catalog::current(tx).await?;
        check_profiles(&before, body.profile_id, body.fup_profile_id)?;
        let was = before.plan(id)?;
        let (price, from_on) = priced(&before, id, body.price, today);
        let plan = body.into_plan(id, was.code.clone());
        write::set_plan(tx, &plan, price, from_on).await?;
        view_in(tx, id, today).await
    })
    .await
}

/// The price row to write: today's when the price differs from the one in force, else that very row.
fn priced(catalog: &Catalog, plan: PlanId, price: Money, today: Day) -> (Money, Day) {
    let rows = catalog.prices.get(&plan);
    let in_force = rows.and_then(|rows| rows.range(..=today).next_back().or(rows.iter().next()));
    match in_force {
        Some((from_on, same)) if *same == price => (price, *from_on),
        _ => (price, today),
    }
}

/// A price from a day on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PriceBody {
    #[schema(value_type = i64)]
    price: Money,
    #[schema(value_type = String, format = Date)]
    from_on: Day,
    /// Whether the price holds the tax; null: as before.
    #[schema(value_type = Option<String>)]
    tax: Option<TaxMode>,
}

/// Set a plan's price from a day on.
#[utoipa::path(
    put, path = "/api/v1/plans/{id}/price", params(("id" = uuid::Uuid, Path)), request_body = PriceBody,
    responses((status = 200, body = PlanView))
)]
async fn set_price(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PlanId>,
    Body(body): Body<PriceBody>,
) -> Written<PlanView> {
    for_the_whole_isp(&actor)?;
    let today = today(&app);
    app.write(&actor, async move |tx| {
        let before = catalog::current(tx).await?;
        let mut plan = before.plan(id)?.clone();
        match body.tax {
            Some(tax) if tax != plan.tax => {
                plan.tax = tax;
                write::set_plan(tx, &plan, body.price, body.from_on).await?;
            }
            _ => write::set_price(tx, id, body.price, body.from_on).await?,
        }
        view_in(tx, id, today).await
    })
    .await
}

/// The speed of a plan.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SpeedBody {
    #[schema(value_type = String, format = Uuid)]
    profile_id: ProfileId,
    #[schema(value_type = Option<String>, format = Uuid)]
    fup_profile_id: Option<ProfileId>,
}

/// Set a plan's speed profiles.
#[utoipa::path(
    put, path = "/api/v1/plans/{id}/profile", params(("id" = uuid::Uuid, Path)),
    request_body = SpeedBody, responses((status = 200, body = PlanView))
)]
async fn set_profile(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PlanId>,
    Body(body): Body<SpeedBody>,
) -> Written<PlanView> {
    for_the_whole_isp(&actor)?;
    let today = today(&app);
    app.write(&actor, async move |tx| {
        let before = catalog::current(tx).await?;
        check_profiles(&before, body.profile_id, body.fup_profile_id)?;
        let mut plan = before.plan(id)?.clone();
        plan.profile_id = body.profile_id;
        plan.fup_profile_id = body.fup_profile_id;
        let (price, from_on) = priced(&before, id, before.price_at(id, today), today);
        write::set_plan(tx, &plan, price, from_on).await?;
        view_in(tx, id, today).await
    })
    .await
}

/// More quota in a period, and its price.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanTopUp)]
#[serde(deny_unknown_fields)]
struct TopUpBody {
    bytes: i64,
    /// In the terms of the plan's tax mode, in rupiah.
    #[schema(value_type = i64)]
    price: Money,
}

/// The top-up of a plan as entered.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTopUp {
    /// Null: sell none.
    top_up: Option<TopUpBody>,
}

/// Set what a plan sells to who has used up the quota.
///
/// Top-ups that were bought before stay as they are.
#[utoipa::path(
    put, path = "/api/v1/plans/{id}/top-up", params(("id" = uuid::Uuid, Path)),
    request_body = SetTopUp, responses((status = 200, body = PlanView))
)]
async fn set_top_up(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PlanId>,
    Body(body): Body<SetTopUp>,
) -> Written<PlanView> {
    for_the_whole_isp(&actor)?;
    let today = today(&app);
    app.write(&actor, async move |tx| {
        let offer = body.top_up.map(|o| QuotaTopUp { bytes: o.bytes, price: o.price });
        write::set_top_up(tx, id, offer).await?;
        view_in(tx, id, today).await
    })
    .await
}

/// PPN from a day on: `rate_bp` hundredths of a percent on `base_num ÷ base_den` of the price.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TaxBody {
    #[schema(value_type = String, format = Date)]
    from_on: Day,
    #[schema(example = "PPN")]
    code: String,
    #[schema(example = 1200)]
    rate_bp: i64,
    #[schema(example = 11)]
    base_num: i64,
    #[schema(example = 12)]
    base_den: i64,
}

/// Tax rules.
#[utoipa::path(get, path = "/api/v1/taxes", responses((status = 200, body = Listing<TaxBody>)))]
async fn taxes(State(app): State<App>) -> Reply<Listing<TaxBody>> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let view = |rule: &TaxRule| TaxBody {
        from_on: rule.from_on,
        code: rule.code.clone(),
        rate_bp: rule.rate_bp,
        base_num: rule.base_num,
        base_den: rule.base_den,
    };
    Ok(Json(Listing::whole(catalog.taxes.values().map(view).collect())))
}

/// Enter a tax rule from its day on.
#[utoipa::path(put, path = "/api/v1/taxes", request_body = TaxBody, responses((status = 200, body = TaxBody)))]
async fn set_tax(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<TaxBody>,
) -> Written<TaxBody> {
    for_the_whole_isp(&actor)?;
    app.write(&actor, async move |tx| {
        let rule = TaxRule {
            from_on: body.from_on,
            code: body.code.clone(),
            rate_bp: body.rate_bp,
            base_num: body.base_num,
            base_den: body.base_den,
        };
        write::set_tax(tx, &rule).await?;
        Ok(body)
    })
    .await
}

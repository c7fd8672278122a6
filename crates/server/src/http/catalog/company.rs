//! The company and its branches.

use axum::Json;
use axum::extract::State;
use catalog::write::{self, NewBranch};
use catalog::{Branch, Company};
use kernel::{Actor, BranchId, CompanyId, Fault, Zone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::for_the_whole_isp;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{Body, Listing};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(company, set_company)).routes(routes!(branches, add_branch))
}

/// The internet provider, as it stands on its papers.
#[derive(Serialize, ToSchema)]
struct CompanyView {
    #[schema(value_type = String, format = Uuid)]
    id: CompanyId,
    name: String,
    legal_name: String,
    npwp: Option<String>,
    address: String,
    phone: String,
    email: String,
    /// Charges PPN.
    is_pkp: bool,
}

impl From<&Company> for CompanyView {
    fn from(company: &Company) -> Self {
        Self {
            id: company.id,
            name: company.name.clone(),
            legal_name: company.legal_name.clone(),
            npwp: company.npwp.clone(),
            address: company.address.clone(),
            phone: company.phone.clone(),
            email: company.email.clone(),
            is_pkp: company.is_pkp,
        }
    }
}

/// The company as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetCompany {
    name: String,
    legal_name: String,
    npwp: Option<String>,
    #[serde(default)]
    address: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    email: String,
    is_pkp: bool,
}

/// The company.
///
/// 409 `catalog.no_company` until it was entered.
#[utoipa::path(get, path = "/api/v1/company", responses((status = 200, body = CompanyView)))]
async fn company(State(app): State<App>) -> Reply<CompanyView> {
    let catalog = catalog::current(&mut app.reader()).await?;
    Ok(Json(catalog.company()?.into()))
}

/// Enter or change the company.
#[utoipa::path(
    put, path = "/api/v1/company", request_body = SetCompany, responses((status = 200, body = CompanyView))
)]
async fn set_company(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<SetCompany>,
) -> Written<CompanyView> {
    for_the_whole_isp(&actor)?;
    app.write(&actor, async move |tx| {
        let before = catalog::current(tx).await?;
        let id = match &before.company {
            Some(company) => company.id,
            None => tx.new_id(),
        };
        let company = Company {
            id,
            name: body.name,
            legal_name: body.legal_name,
            npwp: body.npwp.filter(|n| !n.trim().is_empty()),
            address: body.address,
            phone: body.phone,
            email: body.email,
            is_pkp: body.is_pkp,
        };
        write::set_company(tx, &company).await?;
        Ok(CompanyView::from(&company))
    })
    .await
}

/// A branch.
#[derive(Serialize, ToSchema)]
struct BranchView {
    #[schema(value_type = String, format = Uuid)]
    id: BranchId,
    code: String,
    name: String,
    /// IANA name: `Asia/Jakarta`.
    #[schema(value_type = String)]
    zone: Zone,
    address: String,
    lat: f64,
    lon: f64,
    archived: bool,
}

impl From<&Branch> for BranchView {
    fn from(branch: &Branch) -> Self {
        Self {
            id: branch.id,
            code: branch.code.clone(),
            name: branch.name.clone(),
            zone: branch.zone,
            address: branch.address.clone(),
            lat: branch.lat,
            lon: branch.lon,
            archived: branch.archived,
        }
    }
}

/// A branch as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddBranch {
    /// 1–40 letters, digits, `-` or `_`.
    code: String,
    name: String,
    #[schema(value_type = String, example = "Asia/Jakarta")]
    zone: Zone,
    #[serde(default)]
    address: String,
    lat: f64,
    lon: f64,
}

/// Branches that one sees.
#[utoipa::path(get, path = "/api/v1/branches", responses((status = 200, body = Listing<BranchView>)))]
async fn branches(State(app): State<App>, actor: Actor) -> Reply<Listing<BranchView>> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let seen = |id: BranchId| actor.scope.branch.is_none_or(|only| only == id);
    let branches = catalog.branches.values().filter(|b| seen(b.id)).map(BranchView::from);
    Ok(Json(Listing::whole(branches.collect())))
}

/// Add a branch.
#[utoipa::path(
    post, path = "/api/v1/branches", request_body = AddBranch, responses((status = 201, body = BranchView))
)]
async fn add_branch(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AddBranch>,
) -> Written<BranchView> {
    for_the_whole_isp(&actor)?;
    for (name, value, most) in [("lat", body.lat, 90.0), ("lon", body.lon, 180.0)] {
        if !value.is_finite() || value.abs() > most {
            let (id, en) = ("di luar peta", "is not on the map");
            return Err(Fault::field(name, "range", id, en).into());
        }
    }
    app.create(&actor, async move |tx| {
        let new = NewBranch {
            code: body.code,
            name: body.name,
            zone: body.zone,
            address: body.address,
            lat: body.lat,
            lon: body.lon,
        };
        let id = write::add_branch(tx, &new).await?;
        let catalog = catalog::current(tx).await?;
        Ok(BranchView::from(catalog.branch(id)?))
    })
    .await
}

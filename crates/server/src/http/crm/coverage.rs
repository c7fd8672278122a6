//! Coverage: can a place be served, and the areas and ODPs that decide it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::area::{self, Area};
use crm::coverage::Coverage;
use crm::odp::{self, NewOdp, Odp};
use crm::place::Bounds;
use kernel::{Actor, AreaId, BranchId, Fault, Field, OdpId, Permission, Result as Fallible, Ts};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::known_branch;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(answer))
        .routes(routes!(areas, draw))
        .routes(routes!(area_of, redraw, archive_area))
        .routes(routes!(odps, add_odp))
        .routes(routes!(odp_of, amend_odp, archive_odp))
}

/// A place.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PlaceQuery {
    lat: f64,
    lon: f64,
}

/// Whether a place can be served. *Unknown is not "no"*.
#[derive(Serialize, ToSchema)]
struct CoverageView {
    /// The place lies in an area.
    covered: bool,
    /// At least one area is drawn; before that nothing is known.
    known: bool,
    area: Option<CoverageArea>,
    /// The nearest ODP with a free port within its reach.
    odp: Option<CoverageOdp>,
    /// To that ODP, over the ground.
    distance_m: Option<i64>,
}

/// The area that holds the place.
#[derive(Serialize, ToSchema)]
struct CoverageArea {
    #[schema(value_type = String, format = Uuid)]
    id: AreaId,
    name: String,
}

/// An ODP that can take the place.
#[derive(Serialize, ToSchema)]
struct CoverageOdp {
    #[schema(value_type = String, format = Uuid)]
    id: OdpId,
    code: String,
    name: String,
    free_ports: i64,
}

impl From<Coverage> for CoverageView {
    fn from(found: Coverage) -> Self {
        Self {
            covered: found.covered,
            known: found.known,
            area: found.area.map(|a| CoverageArea { id: a.id, name: a.name }),
            odp: found.odp.map(|o| CoverageOdp {
                id: o.id,
                code: o.code,
                name: o.name,
                free_ports: o.free_ports,
            }),
            distance_m: found.distance_m,
        }
    }
}

/// Can this place be served? Area and ODP are named to those who may see the map.
#[utoipa::path(
    get, path = "/api/v1/coverage", params(PlaceQuery), responses((status = 200, body = CoverageView))
)]
async fn answer(
    State(app): State<App>,
    actor: Actor,
    Search(place): Search<PlaceQuery>,
) -> Reply<CoverageView> {
    let branch = actor.scope.branch;
    let found = crm::coverage::answer(&mut app.reader(), branch, place.lat, place.lon).await?;
    let mut view = CoverageView::from(found);
    if actor.require(Permission::CoverageRead).is_err() {
        // Who may only check hears whether, not from where.
        (view.area, view.odp) = (None, None);
    }
    Ok(Json(view))
}

/// An area that can be served.
#[derive(Serialize, ToSchema)]
struct AreaView {
    #[schema(value_type = String, format = Uuid)]
    id: AreaId,
    name: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    /// A GeoJSON Polygon or MultiPolygon.
    #[schema(value_type = Object)]
    polygon: serde_json::Value,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
}

impl From<Area> for AreaView {
    fn from(area: Area) -> Self {
        Self {
            id: area.id,
            name: area.name,
            branch_id: area.branch_id,
            polygon: area.polygon,
            created_at: area.created_at,
        }
    }
}

/// An area as drawn.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DrawArea {
    name: String,
    /// One's own when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    /// A GeoJSON Polygon or MultiPolygon; longitude first.
    #[schema(value_type = Object)]
    polygon: serde_json::Value,
}

/// An area's new name and border.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RedrawArea {
    name: String,
    #[schema(value_type = Object)]
    polygon: serde_json::Value,
}

/// All areas, by name.
#[utoipa::path(get, path = "/api/v1/areas", responses((status = 200, body = Listing<AreaView>)))]
async fn areas(State(app): State<App>, actor: Actor) -> Reply<Listing<AreaView>> {
    let found = area::list(&mut app.reader(), &actor.scope).await?;
    Ok(Json(Listing::whole(found.into_iter().map(AreaView::from).collect())))
}

/// Draw an area.
#[utoipa::path(
    post, path = "/api/v1/areas", request_body = DrawArea, responses((status = 201, body = AreaView))
)]
async fn draw(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<DrawArea>,
) -> Written<AreaView> {
    app.create(&actor, async move |tx| {
        let branch = known_branch(tx, body.branch_id).await?;
        area::draw(tx, branch, &body.name, body.polygon).await.map(AreaView::from)
    })
    .await
}

/// One area.
#[utoipa::path(
    get, path = "/api/v1/areas/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AreaView))
)]
async fn area_of(State(app): State<App>, actor: Actor, At(id): At<AreaId>) -> Reply<AreaView> {
    Ok(Json(area::find(&mut app.reader(), &actor.scope, id).await?.into()))
}

/// Change an area's name or border.
#[utoipa::path(
    put, path = "/api/v1/areas/{id}", params(("id" = uuid::Uuid, Path)), request_body = RedrawArea,
    responses((status = 200, body = AreaView))
)]
async fn redraw(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AreaId>,
    Body(body): Body<RedrawArea>,
) -> Written<AreaView> {
    app.write(&actor, async move |tx| {
        area::redraw(tx, id, &body.name, body.polygon).await.map(AreaView::from)
    })
    .await
}

/// Take an area out of use.
#[utoipa::path(
    delete, path = "/api/v1/areas/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Out of use"))
)]
async fn archive_area(
    State(app): State<App>,
    actor: Actor,
    At(id): At<AreaId>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx: &mut Tx| area::archive(tx, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A fibre distribution point.
#[derive(Serialize, ToSchema)]
struct OdpView {
    #[schema(value_type = String, format = Uuid)]
    id: OdpId,
    code: String,
    name: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    lat: f64,
    lon: f64,
    ports: i64,
    free_ports: i64,
    /// How far a customer may be, in metres.
    reach_m: i64,
}

impl From<Odp> for OdpView {
    fn from(odp: Odp) -> Self {
        Self {
            id: odp.id,
            code: odp.code,
            name: odp.name,
            branch_id: odp.branch_id,
            lat: odp.lat,
            lon: odp.lon,
            ports: odp.ports,
            free_ports: odp.free_ports,
            reach_m: odp.reach_m,
        }
    }
}

/// An ODP as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnterOdp {
    code: String,
    #[serde(default)]
    name: String,
    /// One's own when left out. It stays when the ODP is changed.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    lat: f64,
    lon: f64,
    /// 1–512.
    ports: i64,
    /// 1–5,000 metres.
    reach_m: i64,
}

impl EnterOdp {
    fn into_new(self, branch: BranchId) -> NewOdp {
        NewOdp {
            code: self.code,
            name: self.name,
            branch,
            lat: self.lat,
            lon: self.lon,
            ports: self.ports,
            reach_m: self.reach_m,
        }
    }
}

/// A part of the map: all four sides or none.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct BoundsQuery {
    south: Option<f64>,
    north: Option<f64>,
    west: Option<f64>,
    east: Option<f64>,
}

impl BoundsQuery {
    /// # Errors
    /// Field errors when only some of the sides are given.
    pub(super) fn bounds(&self) -> Fallible<Option<Bounds>> {
        bounds_of([self.south, self.north, self.west, self.east])
    }
}

fn bounds_of(sides: [Option<f64>; 4]) -> Fallible<Option<Bounds>> {
    if let [Some(south), Some(north), Some(west), Some(east)] = sides {
        return Ok(Some(Bounds { south, north, west, east }));
    }
    let names = ["south", "north", "west", "east"];
    let missing = names.iter().zip(sides).filter(|(_, side)| side.is_none());
    let missing: Vec<Field> = missing.map(|(name, _)| Field::required(*name)).collect();
    if missing.len() == sides.len() { Ok(None) } else { Err(Fault::fields(missing)) }
}

/// The query of the ODPs' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OdpQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<OdpId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    south: Option<f64>,
    north: Option<f64>,
    west: Option<f64>,
    east: Option<f64>,
}

/// ODPs with their free ports, of one part of the map or everywhere.
#[utoipa::path(
    get, path = "/api/v1/odps", params(OdpQuery), responses((status = 200, body = Listing<OdpView>))
)]
async fn odps(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<OdpQuery>,
) -> Reply<Listing<OdpView>> {
    let bounds = bounds_of([query.south, query.north, query.west, query.east])?;
    let limit = page_size(query.limit);
    let page = odp::list(&mut app.reader(), &actor.scope, bounds, query.after, limit).await?;
    let next = page.next.map(|id| id.to_string());
    Ok(Json(Listing { items: page.items.into_iter().map(OdpView::from).collect(), next }))
}

/// Add an ODP, with all its ports free.
#[utoipa::path(
    post, path = "/api/v1/odps", request_body = EnterOdp, responses((status = 201, body = OdpView))
)]
async fn add_odp(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<EnterOdp>,
) -> Written<OdpView> {
    app.create(&actor, async move |tx| {
        let branch = known_branch(tx, body.branch_id).await?;
        odp::add(tx, body.into_new(branch)).await.map(OdpView::from)
    })
    .await
}

/// One ODP.
#[utoipa::path(
    get, path = "/api/v1/odps/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = OdpView))
)]
async fn odp_of(State(app): State<App>, actor: Actor, At(id): At<OdpId>) -> Reply<OdpView> {
    Ok(Json(odp::find(&mut app.reader(), &actor.scope, id).await?.into()))
}

/// Change an ODP.
///
/// 422 on `ports` when a port beyond the new number is held.
#[utoipa::path(
    put, path = "/api/v1/odps/{id}", params(("id" = uuid::Uuid, Path)), request_body = EnterOdp,
    responses((status = 200, body = OdpView))
)]
async fn amend_odp(
    State(app): State<App>,
    actor: Actor,
    At(id): At<OdpId>,
    Body(body): Body<EnterOdp>,
) -> Written<OdpView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        let branch = odp::find(tx, &scope, id).await?.branch_id;
        odp::amend(tx, id, body.into_new(branch)).await.map(OdpView::from)
    })
    .await
}

/// Take an ODP out of use.
///
/// 409 `crm.odp_in_use` while a customer holds a port.
#[utoipa::path(
    delete, path = "/api/v1/odps/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Out of use"))
)]
async fn archive_odp(
    State(app): State<App>,
    actor: Actor,
    At(id): At<OdpId>,
) -> Result<StatusCode, Problem> {
    app.change(&actor, async move |tx: &mut Tx| odp::archive(tx, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! The network as one GeoJSON document: what the map draws, and what QGIS and friends open.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use crm::area::{self, Area};
use crm::odp::{self, Odp};
use kernel::{Actor, Scope};
use serde_json::{Value, json};
use store::Query;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(map))
}

/// Areas and ODPs as one GeoJSON FeatureCollection.
///
/// Areas are polygons with `name`; ODPs are points with `code`, `name`, `ports`, `free_ports` and
/// `reach_m`. `kind` tells them apart: `area` or `odp`.
#[utoipa::path(
    get, path = "/api/v1/coverage/map",
    responses((status = 200, description = "GeoJSON", content_type = "application/geo+json", body = Object))
)]
async fn map(State(app): State<App>, actor: Actor) -> Result<Response, Problem> {
    let mut reader = app.reader();
    let areas = area::list(&mut reader, &actor.scope).await?;
    let mut features: Vec<Value> = areas.into_iter().map(area_feature).collect();
    features.extend(all_odps(&mut reader, &actor.scope).await?.iter().map(odp_feature));
    let document = json!({ "type": "FeatureCollection", "features": features });
    let kind = [(header::CONTENT_TYPE, "application/geo+json")];
    Ok((kind, document.to_string()).into_response())
}

async fn all_odps(q: &mut dyn Query, scope: &Scope) -> kernel::Result<Vec<Odp>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = odp::list(q, scope, None, after, 200).await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// What was drawn may be a geometry or a feature around one.
fn area_feature(area: Area) -> Value {
    let geometry = match area.polygon.get("geometry") {
        Some(geometry) => geometry.clone(),
        None => area.polygon,
    };
    json!({
        "type": "Feature", "id": area.id, "geometry": geometry,
        "properties": { "kind": "area", "name": area.name, "branch_id": area.branch_id },
    })
}

fn odp_feature(odp: &Odp) -> Value {
    json!({
        "type": "Feature", "id": odp.id,
        "geometry": { "type": "Point", "coordinates": [odp.lon, odp.lat] },
        "properties": {
            "kind": "odp", "code": odp.code, "name": odp.name, "ports": odp.ports,
            "free_ports": odp.free_ports, "reach_m": odp.reach_m, "branch_id": odp.branch_id,
        },
    })
}

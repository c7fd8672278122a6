//! Coverage areas: polygons that can be served.

use ::store::{Query, Tx};
use kernel::{AreaId, BranchId, Fault, Field, Permission, Result, Scope, Ts};
use serde_json::{Value, json};

use crate::place::Shape;
use crate::store::area as rows;

::store::row! {
    pub struct Area {
        pub id: AreaId,
        pub name: String,
        pub branch_id: BranchId,
        /// GeoJSON, as drawn.
        pub polygon: Value,
        pub created_at: Ts,
    }
}

/// Draws an area.
///
/// # Errors
/// Field errors on `name` and `polygon`.
pub async fn draw(tx: &mut Tx, branch: BranchId, name: &str, polygon: Value) -> Result<Area> {
    tx.actor().require(Permission::CoverageWrite)?;
    let branch_id = tx.actor().scope.branch.unwrap_or(branch);
    let name = named(name)?;
    let shape = Shape::parse(&polygon)?;
    let area = Area { id: tx.new_id(), name, branch_id, polygon, created_at: tx.now() };
    rows::insert(tx, &area, shape.bounds).await?;
    let after = json!({ "name": area.name, "branch": branch_id });
    tx.journal("area", area.id.uuid(), "drawn", Value::Null, after).await?;
    Ok(area)
}

/// Changes an area's name or border.
///
/// # Errors
/// `crm.area_not_found`; field errors on `name` and `polygon`.
pub async fn redraw(tx: &mut Tx, id: AreaId, name: &str, polygon: Value) -> Result<Area> {
    tx.actor().require(Permission::CoverageWrite)?;
    let scope = tx.actor().scope.clone();
    let before = find(tx, &scope, id).await?;
    let shape = Shape::parse(&polygon)?;
    let area = Area { name: named(name)?, polygon, ..before.clone() };
    rows::update(tx, &area, shape.bounds).await?;
    let (old, new) = (
        json!({ "name": before.name, "polygon": before.polygon }),
        json!({ "name": area.name, "polygon": area.polygon }),
    );
    tx.journal("area", id.uuid(), "redrawn", old, new).await?;
    Ok(area)
}

/// Takes an area out of use.
///
/// # Errors
/// `crm.area_not_found`.
pub async fn archive(tx: &mut Tx, id: AreaId) -> Result<()> {
    tx.actor().require(Permission::CoverageWrite)?;
    let scope = tx.actor().scope.clone();
    let area = find(tx, &scope, id).await?;
    rows::archive(tx, id).await?;
    tx.journal("area", id.uuid(), "archived", json!({ "name": area.name }), Value::Null).await
}

/// One area in use.
///
/// # Errors
/// `crm.area_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: AreaId) -> Result<Area> {
    rows::find(q, scope, id).await?.ok_or_else(|| {
        Fault::not_found(
            "crm.area_not_found",
            "Area jangkauan ini tidak ada, atau bukan wewenang Anda.",
            "There is no such coverage area, or it is not yours to see.",
        )
    })
}

/// All areas in use, by name.
///
/// # Errors
/// Only when the database fails.
pub async fn list(q: &mut dyn Query, scope: &Scope) -> Result<Vec<Area>> {
    rows::list(q, scope).await
}

fn named(name: &str) -> Result<String> {
    let name = crate::person::squeeze(name);
    match name.chars().count() {
        0 => Err(Fault::fields(vec![Field::required("name")])),
        1..=80 => Ok(name),
        _ => Err(Fault::fields(vec![crate::person::too_long("name", 80)])),
    }
}

//! Coverage areas.

use kernel::{AreaId, BranchId, Result, Scope};
use store::{Query, QueryExt, Tx, args};

use crate::area::Area;
use crate::place::{Bounds, Place};

pub(crate) async fn insert(tx: &mut Tx, area: &Area, b: Bounds) -> Result<()> {
    tx.exec(
        "insert into crm_area (id, name, branch_id, polygon, south, north, west, east, created_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        args![
            area.id,
            area.name,
            area.branch_id,
            area.polygon,
            b.south,
            b.north,
            b.west,
            b.east,
            area.created_at
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn update(tx: &mut Tx, area: &Area, b: Bounds) -> Result<()> {
    tx.exec(
        "update crm_area set name = $2, polygon = $3, south = $4, north = $5, west = $6, east = $7
         where id = $1",
        args![area.id, area.name, area.polygon, b.south, b.north, b.west, b.east],
    )
    .await?;
    Ok(())
}

pub(crate) async fn archive(tx: &mut Tx, id: AreaId) -> Result<()> {
    tx.exec("update crm_area set archived_at = $2 where id = $1", args![id, tx.now()]).await?;
    Ok(())
}

pub(crate) async fn find(q: &mut dyn Query, scope: &Scope, id: AreaId) -> Result<Option<Area>> {
    q.row_opt(
        "select id, name, branch_id, polygon, created_at from crm_area
         where id = $1 and archived_at is null and ($2 is null or branch_id = $2)",
        args![id, scope.branch],
    )
    .await
}

pub(crate) async fn list(q: &mut dyn Query, scope: &Scope) -> Result<Vec<Area>> {
    q.rows(
        "select id, name, branch_id, polygon, created_at from crm_area
         where archived_at is null and ($1 is null or branch_id = $1) order by name, id",
        args![scope.branch],
    )
    .await
}

/// Areas whose box holds the place.
pub(crate) async fn around(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    place: Place,
) -> Result<Vec<Area>> {
    q.rows(
        "select id, name, branch_id, polygon, created_at from crm_area
         where archived_at is null and ($1 is null or branch_id = $1)
           and south <= $2 and north >= $2 and west <= $3 and east >= $3
         order by id",
        args![branch, place.lat, place.lon],
    )
    .await
}

/// Is any area drawn?
pub(crate) async fn any(q: &mut dyn Query, branch: Option<BranchId>) -> Result<bool> {
    let one: Option<i64> = q
        .value_opt(
            "select cast(1 as bigint) from crm_area
             where archived_at is null and ($1 is null or branch_id = $1) limit 1",
            args![branch],
        )
        .await?;
    Ok(one.is_some())
}

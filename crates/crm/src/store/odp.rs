//! ODPs and ports.

use kernel::{BranchId, OdpId, Result, Scope, SubscriptionId};
use store::{Query, QueryExt, Tx, args};

use crate::coverage::Candidate;
use crate::odp::{Odp, Port};
use crate::place::{Bounds, Place};

const COLUMNS: &str = "o.id, o.code, o.name, o.branch_id, o.lat, o.lon, o.ports, o.reach_m, \
     o.created_at, (select count(*) from crm_odp_port p where p.odp_id = o.id and p.port <= o.ports \
       and p.subscription_id is null) as free_ports";

pub(crate) async fn insert(tx: &mut Tx, odp: &Odp) -> Result<()> {
    tx.exec(
        "insert into crm_odp (id, code, name, branch_id, lat, lon, ports, reach_m, created_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        args![
            odp.id,
            odp.code,
            odp.name,
            odp.branch_id,
            odp.lat,
            odp.lon,
            odp.ports,
            odp.reach_m,
            odp.created_at
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn update(tx: &mut Tx, odp: &Odp) -> Result<()> {
    tx.exec(
        "update crm_odp set code = $2, name = $3, lat = $4, lon = $5, ports = $6, reach_m = $7
         where id = $1",
        args![odp.id, odp.code, odp.name, odp.lat, odp.lon, odp.ports, odp.reach_m],
    )
    .await?;
    Ok(())
}

pub(crate) async fn archive(tx: &mut Tx, id: OdpId) -> Result<()> {
    tx.exec("update crm_odp set archived_at = $2 where id = $1", args![id, tx.now()]).await?;
    Ok(())
}

/// Holds the ODP's row until the end of the transaction: two reservations never see one free port.
pub(crate) async fn lock(tx: &mut Tx, id: OdpId) -> Result<()> {
    tx.exec("update crm_odp set ports = ports where id = $1", args![id]).await?;
    Ok(())
}

/// Makes the ports `from..=to` that are not there yet.
pub(crate) async fn add_ports(tx: &mut Tx, id: OdpId, from: i64, to: i64) -> Result<()> {
    let values = (from..=to).flat_map(|port| args![id, port]).collect();
    let tail = "on conflict (odp_id, port) do nothing";
    tx.bulk("insert into crm_odp_port (odp_id, port)", tail, 2, values).await?;
    Ok(())
}

pub(crate) async fn highest_held(q: &mut dyn Query, id: OdpId) -> Result<Option<i64>> {
    q.value(
        "select max(port) from crm_odp_port where odp_id = $1 and subscription_id is not null",
        args![id],
    )
    .await
}

pub(crate) async fn take_port(
    tx: &mut Tx,
    id: OdpId,
    subscription: SubscriptionId,
) -> Result<Option<i64>> {
    tx.value_opt(
        "update crm_odp_port set subscription_id = $2, reserved_at = $3
         where odp_id = $1 and subscription_id is null and port = (
           select min(p.port) from crm_odp_port p join crm_odp o on o.id = p.odp_id
           where p.odp_id = $1 and p.subscription_id is null and p.port <= o.ports)
         returning port",
        args![id, subscription, tx.now()],
    )
    .await
}

pub(crate) async fn free_port(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    tx.exec(
        "update crm_odp_port set subscription_id = null, reserved_at = null
         where subscription_id = $1",
        args![subscription],
    )
    .await?;
    Ok(())
}

pub(crate) async fn port_of(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Option<Port>> {
    q.row_opt(
        "select p.odp_id, o.code, p.port, p.reserved_at from crm_odp_port p
         join crm_odp o on o.id = p.odp_id where p.subscription_id = $1",
        args![subscription],
    )
    .await
}

pub(crate) async fn find(q: &mut dyn Query, scope: &Scope, id: OdpId) -> Result<Option<Odp>> {
    let sql = format!(
        "select {COLUMNS} from crm_odp o
         where o.id = $1 and o.archived_at is null and ($2 is null or o.branch_id = $2)"
    );
    q.row_opt(&sql, args![id, scope.branch]).await
}

pub(crate) async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    bounds: Option<Bounds>,
    after: Option<OdpId>,
    limit: i64,
) -> Result<Vec<Odp>> {
    let sql = format!(
        "select {COLUMNS} from crm_odp o
         where o.archived_at is null and ($1 is null or o.branch_id = $1)
           and ($2 is null or o.lat between $2 and $3) and ($4 is null or o.lon between $4 and $5)
           and ($6 is null or o.id > $6)
         order by o.id limit $7"
    );
    let b = bounds;
    q.rows(
        &sql,
        args![
            scope.branch,
            b.map(|b| b.south),
            b.map(|b| b.north),
            b.map(|b| b.west),
            b.map(|b| b.east),
            after,
            limit
        ],
    )
    .await
}

/// ODPs that might reach the place: those within the longest reach of any.
pub(crate) async fn around(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    place: Place,
) -> Result<Vec<Candidate>> {
    let longest: Option<i64> =
        q.value("select max(reach_m) from crm_odp where archived_at is null", args![]).await?;
    let Some(longest) = longest else { return Ok(Vec::new()) };
    // A reach is at most 5,000 m: exact in f64.
    let b = place.around(longest as f64);
    let sql = format!(
        "select {COLUMNS} from crm_odp o
         where o.archived_at is null and ($1 is null or o.branch_id = $1)
           and o.lat between $2 and $3 and o.lon between $4 and $5
         order by o.code"
    );
    q.rows(&sql, args![branch, b.south, b.north, b.west, b.east]).await
}

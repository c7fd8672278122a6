//! Places: warehouses, bags, sites.

use kernel::{BranchId, Fault, LocationId, Permission, Result, Scope, SubscriptionId, UserId};
use serde_json::json;
use store::{Query, QueryExt, Tx, args, row};

store::words! {
    pub enum LocationKind {
        Warehouse = "warehouse",
        Bag = "bag",
        Site = "site",
        Supplier = "supplier",
        Scrap = "scrap",
        Lost = "lost",
    }
}

row! {
    pub struct Location {
        pub id: LocationId,
        pub kind: LocationKind,
        pub name: String,
        pub branch_id: BranchId,
        pub technician_id: Option<UserId>,
        pub subscription_id: Option<SubscriptionId>,
    }
}

const SQL: &str =
    "select id, kind, name, branch_id, technician_id, subscription_id from inventory_location";

/// Adds a warehouse, supplier, scrap or lost place of a branch.
pub async fn add(
    tx: &mut Tx,
    kind: LocationKind,
    name: &str,
    branch: BranchId,
) -> Result<LocationId> {
    tx.actor().require(Permission::StockWrite)?;
    if name.trim().is_empty() {
        return Err(Fault::fields(vec![kernel::Field::required("name")]));
    }
    insert(tx, kind, name, branch, None, None).await
}

/// The technician's bag; made when it is not there.
pub async fn bag_of(
    tx: &mut Tx,
    technician: UserId,
    branch: BranchId,
    name: &str,
) -> Result<LocationId> {
    let found: Option<LocationId> = tx
        .value_opt(
            "select id from inventory_location where kind = 'bag' and technician_id = $1",
            args![technician],
        )
        .await?;
    match found {
        Some(id) => Ok(id),
        None => insert(tx, LocationKind::Bag, name, branch, Some(technician), None).await,
    }
}

/// The customer's site of a subscription; made when it is not there.
pub async fn site_of(
    tx: &mut Tx,
    subscription: SubscriptionId,
    branch: BranchId,
) -> Result<LocationId> {
    let found: Option<LocationId> = tx
        .value_opt(
            "select id from inventory_location where kind = 'site' and subscription_id = $1",
            args![subscription],
        )
        .await?;
    match found {
        Some(id) => Ok(id),
        None => {
            insert(tx, LocationKind::Site, "Lokasi pelanggan", branch, None, Some(subscription))
                .await
        }
    }
}

/// The branch's place of a kind (scrap, lost, supplier); made when it is not there.
pub(crate) async fn place(tx: &mut Tx, kind: LocationKind, branch: BranchId) -> Result<LocationId> {
    let found: Option<LocationId> = tx
        .value_opt(
            "select id from inventory_location where kind = $1 and branch_id = $2 order by id limit 1",
            args![kind, branch],
        )
        .await?;
    let name = match kind {
        LocationKind::Scrap => "Rusak",
        LocationKind::Lost => "Hilang",
        LocationKind::Supplier => "Pemasok (RMA)",
        _ => "Gudang",
    };
    match found {
        Some(id) => Ok(id),
        None => insert(tx, kind, name, branch, None, None).await,
    }
}

async fn insert(
    tx: &mut Tx,
    kind: LocationKind,
    name: &str,
    branch: BranchId,
    technician: Option<UserId>,
    subscription: Option<SubscriptionId>,
) -> Result<LocationId> {
    let id: LocationId = tx.new_id();
    tx.exec(
        "insert into inventory_location (id, kind, name, branch_id, technician_id, subscription_id)
         values ($1,$2,$3,$4,$5,$6)",
        args![id, kind, name, branch, technician, subscription],
    )
    .await?;
    tx.journal("location", id.uuid(), "added", json!(null), json!({ "kind": kind })).await?;
    Ok(id)
}

/// # Errors
/// `inventory.location_not_found`, also when out of scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: LocationId) -> Result<Location> {
    let sql = format!(
        "{SQL} where id = $1 and ($2 is null or branch_id = $2) and ($3 is null or technician_id = $3)"
    );
    let found: Option<Location> =
        q.row_opt(&sql, args![id, scope.branch, scope.technician]).await?;
    found.ok_or_else(|| {
        Fault::not_found("inventory.location_not_found", "Lokasi tidak ada.", "No such location.")
    })
}

/// Warehouses and bags in scope, by kind and name. Sites are found by their subscription.
pub async fn list(q: &mut dyn Query, scope: &Scope) -> Result<Vec<Location>> {
    let sql = format!(
        "{SQL} where kind <> 'site' and archived_at is null
         and ($1 is null or branch_id = $1) and ($2 is null or technician_id = $2)
         order by kind desc, name, id"
    );
    q.rows(&sql, args![scope.branch, scope.technician]).await
}

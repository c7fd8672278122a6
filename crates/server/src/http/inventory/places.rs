//! Places and item types.

use axum::Json;
use axum::extract::State;
use flows::views::items::{self, LocationRow};
use inventory::ItemType;
use inventory::item::{self, NewType};
use inventory::location::{self, LocationKind};
use kernel::{
    Actor, BranchId, Fault, Field, ItemTypeId, LocationId, Money, Result as Fallible, UserId,
};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{Body, Listing, Search};
use crate::http::wire::{known_branch, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(types, add_type)).routes(routes!(locations, add_location))
}

/// A type of item.
#[derive(Serialize, ToSchema)]
struct ItemTypeView {
    #[schema(value_type = String, format = Uuid)]
    id: ItemTypeId,
    code: String,
    name: String,
    /// `ont`, `router`, `cable` …
    kind: String,
    /// `pcs`, `m`.
    unit: String,
    /// Each one has a serial number; otherwise it is counted.
    serialized: bool,
    /// What one is worth, in rupiah.
    #[schema(value_type = i64)]
    value: Money,
}

impl From<ItemType> for ItemTypeView {
    fn from(kind: ItemType) -> Self {
        Self {
            id: kind.id,
            code: kind.sku,
            name: kind.name,
            kind: kind.kind,
            unit: kind.unit,
            serialized: kind.serialized,
            value: kind.value,
        }
    }
}

/// A type as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnterItemType {
    code: String,
    name: String,
    /// `ont`, `router`, `cable` …
    kind: String,
    /// `pcs`, `m`.
    unit: String,
    serialized: bool,
    #[serde(default)]
    #[schema(value_type = i64)]
    value: Money,
}

/// Item types, by name.
#[utoipa::path(get, path = "/api/v1/item-types", responses((status = 200, body = Listing<ItemTypeView>)))]
async fn types(State(app): State<App>) -> Reply<Listing<ItemTypeView>> {
    let types = item::types(&mut app.reader()).await?;
    Ok(Json(Listing::whole(types.into_iter().map(ItemTypeView::from).collect())))
}

/// Add an item type.
#[utoipa::path(
    post, path = "/api/v1/item-types", request_body = EnterItemType,
    responses((status = 201, body = ItemTypeView))
)]
async fn add_type(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<EnterItemType>,
) -> Written<ItemTypeView> {
    if body.value.is_negative() {
        let (id, en) = ("tidak boleh negatif", "must not be negative");
        return Err(Fault::field("value", "range", id, en).into());
    }
    app.create(&actor, async move |tx| {
        let new = NewType {
            sku: body.code.trim().to_owned(),
            name: body.name.trim().to_owned(),
            kind: body.kind,
            unit: body.unit.trim().to_owned(),
            serialized: body.serialized,
            value: body.value,
        };
        let id = item::add_type(tx, &new).await.map_err(|fault| on_wire(fault, NAMES))?;
        item::find_type(tx, id).await.map(ItemTypeView::from)
    })
    .await
}

/// A place.
#[derive(Serialize, ToSchema)]
struct LocationView {
    #[schema(value_type = String, format = Uuid)]
    id: LocationId,
    /// `warehouse`, `bag`, `supplier`, `scrap` or `lost`.
    #[schema(value_type = String)]
    kind: LocationKind,
    name: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    /// Whose bag it is.
    #[schema(value_type = Option<String>, format = Uuid)]
    technician_id: Option<UserId>,
    /// How many items are there.
    items: i64,
}

impl From<LocationRow> for LocationView {
    fn from(row: LocationRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            branch_id: row.branch_id,
            technician_id: row.technician_id,
            items: row.items,
        }
    }
}

/// The query of the places' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LocationQuery {
    #[param(value_type = Option<String>)]
    kind: Option<LocationKind>,
}

/// Warehouses, bags and the other places that are no customer's site.
#[utoipa::path(
    get, path = "/api/v1/locations", params(LocationQuery),
    responses((status = 200, body = Listing<LocationView>))
)]
async fn locations(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<LocationQuery>,
) -> Reply<Listing<LocationView>> {
    let rows = items::locations(&mut app.reader(), &actor.scope, query.kind).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(LocationView::from).collect())))
}

/// A place as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnterLocation {
    /// `warehouse`, `supplier`, `scrap`, `lost`, or `bag` with a technician.
    #[schema(value_type = String)]
    kind: LocationKind,
    /// A bag is named after its technician when this is left out.
    name: Option<String>,
    /// One's own, or the technician's, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    /// For a bag, and only there.
    #[schema(value_type = Option<String>, format = Uuid)]
    technician_id: Option<UserId>,
}

/// Add a place.
///
/// A technician has one bag: adding it again answers the one that is there.
#[utoipa::path(
    post, path = "/api/v1/locations", request_body = EnterLocation,
    responses((status = 201, body = LocationView))
)]
async fn add_location(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<EnterLocation>,
) -> Written<LocationView> {
    app.create(&actor, async move |tx| {
        let id = match body.kind {
            LocationKind::Bag => add_bag(tx, &body).await?,
            LocationKind::Site => {
                let (id, en) = ("dibuat oleh pemasangan", "is made by an installation");
                return Err(Fault::field("kind", "choice", id, en));
            }
            kind => {
                let branch = known_branch(tx, body.branch_id).await?;
                location::add(tx, kind, body.name.as_deref().unwrap_or_default(), branch).await?
            }
        };
        let scope = tx.actor().scope.clone();
        let all = items::locations(tx, &scope, Some(body.kind)).await?;
        let found = all.into_iter().find(|row| row.id == id);
        found.map(LocationView::from).ok_or_else(|| Fault::bug("the new place is not in the list"))
    })
    .await
}

async fn add_bag(tx: &mut Tx, body: &EnterLocation) -> Fallible<LocationId> {
    let Some(technician) = body.technician_id else {
        return Err(Fault::fields(vec![Field::required("technician_id")]));
    };
    let branch = tx.actor().scope.branch;
    let known = identity::technicians(tx, branch).await?;
    let Some(user) = known.into_iter().find(|user| user.id == technician) else {
        let (id, en) = ("teknisi tidak ada", "there is no such technician");
        return Err(Fault::field("technician_id", "not_found", id, en));
    };
    let branch = known_branch(tx, body.branch_id.or(user.branch_id)).await?;
    let name = body.name.clone().unwrap_or_else(|| format!("Tas {}", user.name));
    location::bag_of(tx, technician, branch, &name).await
}

//! Suppliers: the list, adding, changing.

use axum::Json;
use axum::extract::State;
use inventory::supplier::{self, NewSupplier, Supplier, SupplierId};
use kernel::Actor;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing, Search};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change))
}

/// Who we buy from.
#[derive(Serialize, ToSchema)]
struct SupplierView {
    #[schema(value_type = String, format = Uuid)]
    id: SupplierId,
    name: String,
    phone: Option<String>,
    /// Whom to ask for.
    contact: Option<String>,
    address: Option<String>,
    /// Nothing is ordered from them any more.
    archived: bool,
}

impl From<Supplier> for SupplierView {
    fn from(of: Supplier) -> Self {
        Self {
            id: of.id,
            name: of.name,
            phone: of.phone,
            contact: of.contact,
            address: of.address,
            archived: of.archived_at.is_some(),
        }
    }
}

/// The query of the suppliers' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SupplierQuery {
    /// `true`: archived ones too.
    #[serde(default)]
    archived: bool,
}

/// Suppliers, by name.
#[utoipa::path(
    get, path = "/api/v1/suppliers", params(SupplierQuery),
    responses((status = 200, body = Listing<SupplierView>))
)]
async fn list(
    State(app): State<App>,
    Search(query): Search<SupplierQuery>,
) -> Reply<Listing<SupplierView>> {
    let all = supplier::list(&mut app.reader(), query.archived).await?;
    Ok(Json(Listing::whole(all.into_iter().map(SupplierView::from).collect())))
}

/// A supplier as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnterSupplier {
    /// No two are called the same.
    name: String,
    phone: Option<String>,
    /// Whom to ask for.
    contact: Option<String>,
    address: Option<String>,
}

/// What a supplier is from now on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeSupplier {
    name: String,
    phone: Option<String>,
    contact: Option<String>,
    address: Option<String>,
    /// `true`: nothing is ordered from them any more.
    #[serde(default)]
    archived: bool,
}

/// Add a supplier.
#[utoipa::path(
    post, path = "/api/v1/suppliers", request_body = EnterSupplier,
    responses((status = 201, body = SupplierView))
)]
async fn add(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<EnterSupplier>,
) -> Written<SupplierView> {
    let EnterSupplier { name, phone, contact, address } = body;
    let new = NewSupplier { name, phone, contact, address };
    app.create(&actor, async move |tx| {
        let id = supplier::add(tx, &new).await?;
        supplier::find(tx, id).await.map(SupplierView::from)
    })
    .await
}

/// Change a supplier, or archive it.
#[utoipa::path(
    put, path = "/api/v1/suppliers/{id}", params(("id" = uuid::Uuid, Path)),
    request_body = ChangeSupplier, responses((status = 200, body = SupplierView))
)]
async fn change(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SupplierId>,
    Body(body): Body<ChangeSupplier>,
) -> Written<SupplierView> {
    let ChangeSupplier { name, phone, contact, address, archived } = body;
    let new = NewSupplier { name, phone, contact, address };
    app.write(&actor, async move |tx| {
        supplier::amend(tx, id, &new, archived).await?;
        supplier::find(tx, id).await.map(SupplierView::from)
    })
    .await
}

//! One box for everything.

use axum::Json;
use axum::extract::State;
use flows::views::search::{self, Hit, Kind};
use kernel::{Actor, CustomerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::app::{App, Reply};
use super::extract::{Listing, Search};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find))
}

/// One thing found.
#[derive(Serialize, ToSchema)]
struct SearchHit {
    /// `customer`, `account`, `session`, `subscription`, `invoice`, `payment`, `work_order`, `ticket`, `lead`,
    /// `item` or `purchase`.
    #[schema(value_type = String)]
    kind: Kind,
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    title: String,
    note: String,
    /// Whose it is.
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    /// The page of the web app that shows it.
    path: Option<String>,
}

impl From<Hit> for SearchHit {
    fn from(hit: Hit) -> Self {
        let path = match hit.kind {
            Kind::Customer | Kind::Account | Kind::Session | Kind::Subscription | Kind::Payment => {
                hit.customer.map(|id| format!("/customers/{id}"))
            }
            Kind::Invoice => Some(format!("/invoices/{}", hit.id)),
            Kind::Ticket => Some(format!("/tickets/{}", hit.id)),
            Kind::WorkOrder => Some(format!("/work-orders/{}", hit.id)),
            Kind::Lead => Some(format!("/leads/{}", hit.id)),
            Kind::Item => Some(format!("/stock/items/{}", hit.title)),
            Kind::Purchase => Some(format!("/purchases/{}", hit.id)),
        };
        Self {
            kind: hit.kind,
            id: hit.id,
            title: hit.title,
            note: hit.note,
            customer_id: hit.customer,
            path,
        }
    }
}

/// The query of the search.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// At least two letters or digits.
    q: Option<String>,
}

/// Find a customer, account, session, number, lead or device.
///
/// By name, phone, user name, address, MAC, serial, or the number of an invoice, receipt, subscription,
/// work order or purchase order. Only what the reader may open.
#[utoipa::path(
    get, path = "/api/v1/search", params(SearchQuery),
    responses((status = 200, body = Listing<SearchHit>))
)]
async fn find(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<SearchQuery>,
) -> Reply<Listing<SearchHit>> {
    let text = query.q.unwrap_or_default();
    let hits = search::find(&mut app.reader(), &actor, &text).await?;
    Ok(Json(Listing::whole(hits.into_iter().map(SearchHit::from).collect())))
}

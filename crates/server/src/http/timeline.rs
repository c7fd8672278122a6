//! A customer's timeline: everything that happened with them, cut to what the reader may see.

use axum::Json;
use axum::extract::State;
use flows::views::timeline::{self, Entry, Link, Place};
use kernel::{Actor, CustomerId, Ts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply};
use super::extract::{At, Listing, Search, page_size};
use super::{context, cursor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
struct TimelineEntry {
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// `lead`, `invoice`, `payment`, `subscription`, `access`, `session`, `work_order`, `ticket`,
    /// `item` or `message`.
    kind: &'static str,
    /// In the request's language.
    text: String,
    /// Who did it; null: the program by itself.
    by: Option<String>,
    /// The page of the web app that shows it.
    path: Option<String>,
}

impl From<Entry> for TimelineEntry {
    fn from(entry: Entry) -> Self {
        let path = entry.link.map(|link| match link {
            Link::Lead(id) => format!("/leads/{id}"),
            Link::Invoice(id) => format!("/invoices/{id}"),
            Link::WorkOrder(id) => format!("/work-orders/{id}"),
            Link::Ticket(id) => format!("/tickets/{id}"),
            Link::Item(serial) => format!("/stock/items/{serial}"),
        });
        Self {
            at: entry.at,
            kind: entry.kind,
            text: entry.say.of(context::lang()).to_owned(),
            by: entry.by,
            path,
        }
    }
}

/// The query of the timeline.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TimelineQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
}

/// What happened with a customer, newest first.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/timeline",
    params(("id" = uuid::Uuid, Path), TimelineQuery),
    responses((status = 200, body = Listing<TimelineEntry>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CustomerId>,
    Search(query): Search<TimelineQuery>,
) -> Reply<Listing<TimelineEntry>> {
    let limit = page_size(query.limit);
    let after: Option<Place> = cursor::read(query.after.as_deref())?;
    let entries = timeline::of(&mut app.reader(), &actor, id, after, limit + 1).await?;
    let place = |entry: &Entry| cursor::write(&(entry.at, entry.id));
    Ok(Json(Listing::page(entries, limit, place, TimelineEntry::from)))
}

//! The journal: who changed what, before and after, when and from where.

use axum::Json;
use axum::extract::State;
use flows::views::journal::{self, JournalEntry, JournalFilter, JournalKey};
use kernel::{Actor, Day, JournalId, TrailId, Ts, UserId, Zone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::app::{App, Reply};
use super::cursor;
use super::extract::{Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// One change.
#[derive(Serialize, ToSchema)]
struct JournalView {
    #[schema(value_type = String, format = Uuid)]
    id: JournalId,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// `user:<id>`, `customer:<id>`, `system:<task>` or `public`.
    who: String,
    who_name: String,
    /// The network address that it came from.
    from_address: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    trail_id: TrailId,
    /// `payment`, `customer`, `user` …
    subject: String,
    #[schema(value_type = String, format = Uuid)]
    subject_id: Uuid,
    /// `received`, `amended`, `disabled` …
    action: String,
    /// Null when there was nothing before. Personal data stands only by the names of the fields that changed.
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    before: Option<serde_json::Value>,
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    after: Option<serde_json::Value>,
}

impl From<JournalEntry> for JournalView {
    fn from(entry: JournalEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.recorded_at,
            who: entry.actor,
            who_name: entry.actor_name,
            from_address: entry.from_address,
            trail_id: entry.trail,
            subject: entry.subject,
            subject_id: entry.subject_id,
            action: entry.action,
            before: entry.before_state,
            after: entry.after_state,
        }
    }
}

/// The query of the journal.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JournalQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// `payment`, `customer`, `user` …
    subject: Option<String>,
    /// Changes of this record.
    id: Option<Uuid>,
    /// Changes by this user.
    #[param(value_type = Option<String>, format = Uuid)]
    person: Option<UserId>,
    /// From this day on, in the reader's branch (WIB for those of every branch).
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Day>,
    /// Up to this day, the day included.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Day>,
}

/// Changes, newest first: all of them for the owner, those of money for finance.
#[utoipa::path(
    get, path = "/api/v1/journal", params(JournalQuery),
    responses((status = 200, body = Listing<JournalView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<JournalQuery>,
) -> Reply<Listing<JournalView>> {
    let mut q = app.reader();
    let catalog = catalog::current(&mut q).await?;
    let zone = actor.scope.branch.map_or(Zone::Jakarta, |branch| catalog.zone(branch));
    let filter = JournalFilter {
        subject: query.subject,
        id: query.id,
        person: query.person,
        from: query.from.map(|day| Ts::local(day, 0, 0, zone)),
        until: query.to.map(|day| Ts::local(day.next(), 0, 0, zone)),
    };
    let limit = page_size(query.limit);
    let after: Option<JournalKey> = cursor::read(query.after.as_deref())?;
    let rows = journal::list(&mut q, &actor, &filter, after, limit + 1).await?;
    let key = |row: &JournalEntry| cursor::write(&(row.recorded_at.micros(), row.id));
    Ok(Json(Listing::page(rows, limit, key, JournalView::from)))
}

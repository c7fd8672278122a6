//! The journal: who changed what, before and after, when and from where.

use kernel::{Actor, JournalId, Result, TrailId, Ts, UserId};
use serde_json::Value as Json;
use store::{Query, QueryExt};
use uuid::Uuid;

use super::narrow::Narrow;
use super::subjects;

store::row! {
    /// One change.
    pub struct JournalEntry {
        pub id: JournalId,
        pub recorded_at: Ts,
        /// `user:<id>`, `customer:<id>`, `system:<task>` or `public`.
        pub actor: String,
        pub actor_name: String,
        pub from_address: Option<String>,
        pub trail: TrailId,
        pub subject: String,
        pub subject_id: Uuid,
        pub action: String,
        pub before_state: Option<Json>,
        pub after_state: Option<Json>,
    }
}

/// What the journal is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    pub subject: Option<String>,
    pub id: Option<Uuid>,
    /// Who did it.
    pub person: Option<UserId>,
    /// From this instant on.
    pub from: Option<Ts>,
    /// Before this instant.
    pub until: Option<Ts>,
}

/// Where a page ended: its last row's time (microseconds) and id.
pub type JournalKey = (i64, JournalId);

/// Changes that the actor may read, newest first, after `after`.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &JournalFilter,
    after: Option<JournalKey>,
    limit: i64,
) -> Result<Vec<JournalEntry>> {
    let scope = &actor.scope;
    // Technicians and customers have no journal.
    if scope.technician.is_some() || scope.customer.is_some() {
        return Ok(Vec::new());
    }
    let mut narrow = Narrow::default();
    let (branch, partner) = (narrow.bind(scope.branch), narrow.bind(scope.partner));
    narrow.only(&subjects::condition(actor, &branch, &partner));
    // Both are bound, whatever the condition asks for.
    narrow.only(&format!("({branch} is null or 1 = 1) and ({partner} is null or 1 = 1)"));
    narrow.when(filter.subject.clone(), "j.subject = ?");
    narrow.when(filter.id, "j.subject_id = ?");
    narrow.when(filter.person.map(|id| format!("user:{id}")), "j.actor = ?");
    narrow.when(filter.from, "j.recorded_at >= ?");
    narrow.when(filter.until, "j.recorded_at < ?");
    if let Some((at, id)) = after {
        let (at, id) = (narrow.bind(Ts::from_micros(at)), narrow.bind(id));
        narrow.only(&format!("(j.recorded_at < {at} or (j.recorded_at = {at} and j.id < {id}))"));
    }
    let limit = narrow.bind(limit);
    let sql = format!(
        "select j.id, j.recorded_at, j.actor, j.actor_name, j.from_address, j.trail, j.subject,
           j.subject_id, j.action, j.before_state, j.after_state
         from store_journal j {} order by j.recorded_at desc, j.id desc limit {limit}",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

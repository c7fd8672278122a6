//! Sweeps of isolation that the guard stopped: they wait for a person.

use billing::words::Mode;
use kernel::{BranchId, Fault, Result, Scope, Ts};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::reach::own;

store::row! {
    /// One sweep that waits.
    pub struct SweepRow {
        pub id: Uuid,
        pub branch_id: BranchId,
        pub branch_name: Option<String>,
        pub mode: Mode,
        /// The instant whose isolations it would make.
        pub instant: Ts,
        /// Subscriptions whose unpaid invoice reached the instant.
        pub reached: i64,
        /// Of these it would isolate so many.
        pub isolated: i64,
        /// `{kind: too_many, share_per_mille, usual_per_mille}` or `{kind: silent, hours}`.
        pub doubt: Option<serde_json::Value>,
        pub created_at: Ts,
    }
}

const SWEEPS: &str =
    "select t.id, t.branch_id, b.name as branch_name, t.mode, t.instant, t.reached,
    t.isolated, t.doubt, t.created_at
  from flows_sweep t left join catalog_branch b on b.id = t.branch_id";

/// The sweeps that wait, oldest first.
///
/// # Errors
/// Only when the database fails.
pub async fn waiting(q: &mut dyn Query, scope: &Scope) -> Result<Vec<SweepRow>> {
    let Some(mut narrow) = own(scope) else { return Ok(Vec::new()) };
    narrow.only("t.state = 'waiting'");
    let sql = format!("{SWEEPS} {} order by t.created_at, t.id", narrow.clause());
    q.rows(&sql, narrow.into_args()).await
}

/// That a sweep exists in scope, answered or not.
///
/// # Errors
/// `flows.sweep_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: Uuid) -> Result<SweepRow> {
    let found: Option<SweepRow> = match own(scope) {
        None => None,
        Some(mut narrow) => {
            narrow.when(Some(id), "t.id = ?");
            let sql = format!("{SWEEPS} {}", narrow.clause());
            q.row_opt(&sql, narrow.into_args()).await?
        }
    };
    found.ok_or_else(|| {
        Fault::not_found("flows.sweep_not_found", "Sapuan ini tidak ada.", "No such sweep.")
    })
}

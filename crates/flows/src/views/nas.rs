//! The routers, with what runs on them now. Never a secret.

use kernel::{BranchId, Fault, NasId, Result, Scope, Ts};
use network::{MessageAuthenticator, Vendor};
use store::{Query, QueryExt};

use super::reach::own;

store::row! {
    /// One NAS.
    pub struct NasRow {
        pub id: NasId,
        pub name: String,
        /// An address, or a network in CIDR.
        pub address: String,
        pub vendor: Vendor,
        /// `None`: it takes no CoA.
        pub coa_port: Option<u16>,
        pub branch_id: BranchId,
        pub branch_name: Option<String>,
        pub message_authenticator: MessageAuthenticator,
        pub counters_swapped: bool,
        pub created_at: Ts,
        pub changed_at: Ts,
        pub archived_at: Option<Ts>,
        pub live_sessions: i64,
        pub suspect_sessions: i64,
        pub isolated_sessions: i64,
        /// The last report about one of its open sessions; `None` while it has none.
        pub last_seen_at: Option<Ts>,
        pub accepted: i64,
        pub rejected: i64,
        pub accounted: i64,
        /// Packets with a wrong or missing signature: most likely the secrets differ.
        pub unproven: i64,
        pub dropped: i64,
        pub repeated: i64,
        pub last_auth_at: Option<Ts>,
        pub last_acct_at: Option<Ts>,
        pub last_unproven_at: Option<Ts>,
        /// Where its last valid packet came from.
        pub source: Option<String>,
    }
}

const NAS: &str = "select t.id, t.name, t.address, t.vendor, t.coa_port, t.branch_id,
    b.name as branch_name, t.message_authenticator, t.counters_swapped, t.created_at, t.changed_at,
    t.archived_at, coalesce(s.live, 0) as live_sessions, coalesce(s.suspect, 0) as suspect_sessions,
    coalesce(s.isolated, 0) as isolated_sessions, s.last_seen_at,
    coalesce(y.accepted, 0) as accepted, coalesce(y.rejected, 0) as rejected,
    coalesce(y.accounted, 0) as accounted, coalesce(y.unproven, 0) as unproven,
    coalesce(y.dropped, 0) as dropped, coalesce(y.repeated, 0) as repeated, y.last_auth_at,
    y.last_acct_at, y.last_unproven_at, y.source
  from network_nas t
  left join network_nas_tally y on y.nas_id = t.id
  left join catalog_branch b on b.id = t.branch_id
  left join (
    select nas_id,
      cast(sum(case when state = 'live' then 1 else 0 end) as bigint) as live,
      cast(sum(case when state = 'suspect' then 1 else 0 end) as bigint) as suspect,
      cast(sum(case when isolated then 1 else 0 end) as bigint) as isolated,
      max(updated_at) as last_seen_at
    from network_session where state <> 'closed' group by nas_id
  ) s on s.nas_id = t.id";

/// The NAS in use, by name, after `after`.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<NasRow>> {
    let Some(mut narrow) = own(scope) else { return Ok(Vec::new()) };
    narrow.only("t.archived_at is null");
    narrow.when(after, "t.name > ?");
    let limit = narrow.bind(limit);
    let sql = format!("{NAS} {} order by t.name limit {limit}", narrow.clause());
    q.rows(&sql, narrow.into_args()).await
}

/// One NAS, also when it is out of use.
///
/// # Errors
/// `network.nas_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: NasId) -> Result<NasRow> {
    let found: Option<NasRow> = match own(scope) {
        None => None,
        Some(mut narrow) => {
            narrow.when(Some(id), "t.id = ?");
            let sql = format!("{NAS} {}", narrow.clause());
            q.row_opt(&sql, narrow.into_args()).await?
        }
    };
    found.ok_or_else(|| Fault::not_found("network.nas_not_found", "NAS tidak ada.", "No such NAS."))
}

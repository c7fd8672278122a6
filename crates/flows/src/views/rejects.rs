//! Refused logins, each with whose it is.

use kernel::{AccountId, BranchId, CustomerId, Result, Scope, SubscriptionId, Ts};
use network::{Mac, RejectReason};
use store::{Query, QueryExt};

use super::narrow::clean;
use super::reach::{mac_pattern, reach};

store::row! {
    /// Rejects of one user name, for one reason, at one NAS.
    pub struct RejectRow {
        pub username: String,
        pub reason: RejectReason,
        /// The NAS's name, or the address of an unknown one.
        pub nas: String,
        pub account_id: Option<AccountId>,
        pub subscription_id: Option<SubscriptionId>,
        pub customer_id: Option<CustomerId>,
        pub customer_name: Option<String>,
        pub branch_id: Option<BranchId>,
        pub mac_seen: Option<Mac>,
        pub mac_expected: Option<Mac>,
        pub first_at: Ts,
        pub last_at: Ts,
        pub count: i64,
    }
}

/// Where a page ended: the last row's time, user name, reason and NAS.
pub type Place = (Ts, String, String, String);

/// Rejects heard of since `since`, the latest first, after `after`.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    since: Ts,
    text: Option<&str>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<RejectRow>> {
    let Some(mut narrow) = reach(scope, "a.customer_id") else { return Ok(Vec::new()) };
    narrow.when(Some(since), "t.last_at >= ?");
    // Any part of a name, since strangers' names are no words of ours: the table is kept short (see
    // `network::reject::forget_old`) and is walked from its newest row.
    let text = clean(text.unwrap_or_default()).to_lowercase();
    if !text.is_empty() {
        let (like, mac) = (narrow.bind(format!("%{text}%")), narrow.bind(mac_pattern(&text)));
        narrow.only(&format!(
            "(t.username like {like} or lower(t.nas) like {like}
               or replace(lower(t.mac_seen), ':', '') like {mac})"
        ));
    }
    if let Some((at, username, reason, nas)) = after {
        let at = narrow.bind(*at);
        let (username, reason, nas) =
            (narrow.bind(username), narrow.bind(reason), narrow.bind(nas));
        narrow.only(&format!(
            "(t.last_at < {at} or (t.last_at = {at}
               and (t.username, t.reason, t.nas) > ({username}, {reason}, {nas})))"
        ));
    }
    let limit = narrow.bind(limit);
    let sql = format!(
        "select t.username, t.reason, t.nas, t.account_id, t.subscription_id, a.customer_id,
           c.name as customer_name, t.branch_id, t.mac_seen, t.mac_expected, t.first_at, t.last_at,
           t.count
         from network_reject t
         left join network_account a on a.id = t.account_id
         left join crm_customer c on c.id = a.customer_id
         {} order by t.last_at desc, t.username, t.reason, t.nas limit {limit}",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

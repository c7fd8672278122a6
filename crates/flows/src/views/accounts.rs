//! RADIUS accounts as NOC sees them: whose they are, what they may, whether they are online. Never a
//! password.

use std::net::IpAddr;

use kernel::{
    AccountId, BranchId, CustomerId, Fault, PartnerId, Result, Scope, SubscriptionId, Ts,
};
use network::{AccountKind, AccountState, DesiredKind, Mac, MacPolicy, SessionState};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::narrow::{Narrow, clean};
use super::order::{self, Key, Order, Place, Sorted, sorts};
use super::reach::{mac_prefix, reach};
use super::words::{Prefix, begins};

store::row! {
    /// One account.
    pub struct AccountRow {
        pub id: AccountId,
        pub username: String,
        pub kind: AccountKind,
        pub state: AccountState,
        pub subscription_id: SubscriptionId,
        pub subscription_number: Option<String>,
        pub customer_id: CustomerId,
        pub customer_name: Option<String>,
        pub branch_id: BranchId,
        pub branch_name: Option<String>,
        pub partner_id: Option<PartnerId>,
        /// The MAC that may log in.
        pub mac: Option<Mac>,
        /// The MAC on the label that the technician scanned.
        pub mac_scanned: Option<Mac>,
        pub mac_policy: MacPolicy,
        /// Until then the first MAC seen is bound.
        pub mac_open_until: Option<Ts>,
        pub mac_seen_at: Option<Ts>,
        pub mac_reviewed_at: Option<Ts>,
        pub fixed_ip: Option<String>,
        pub sessions_max: i64,
        pub created_at: Ts,
        pub changed_at: Ts,
        pub closed_at: Option<Ts>,
        pub desired: Option<DesiredKind>,
        pub enforced: Option<bool>,
        /// `{code, id, en, evidence}` of the decision.
        pub why: Option<serde_json::Value>,
        pub session_state: Option<SessionState>,
        pub session_ip: Option<String>,
        pub session_since: Option<Ts>,
    }
}

impl AccountRow {
    /// The label's MAC and the one that logged in differ, and nobody has looked at it yet.
    pub fn mac_differs(&self) -> bool {
        self.mac_reviewed_at.is_none()
            && self.mac_seen_at.is_some()
            && self.mac_scanned.is_some_and(|scanned| self.mac != Some(scanned))
    }
}

store::words! {
    /// What the list of accounts is sorted by.
    pub enum AccountSort {
        Username = "username",
        Newest = "newest",
    }
}
sorts! { AccountSort, Username;
    Username => Exact("t.username"), Up;
    Newest => Made, Down;
}

impl Sorted<AccountSort> for AccountRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: AccountSort) -> Option<Key> {
        match by {
            AccountSort::Username => Some(Key::Text(self.username.clone())),
            AccountSort::Newest => None,
        }
    }
}

/// The page of accounts is found first; what hangs on them is looked up for the rows that are shown.
fn rows_of(page: &str, order: &str) -> String {
    format!(
        "select t.id, t.username, t.kind, t.state, t.subscription_id, s.number as subscription_number,
           t.customer_id, c.name as customer_name, t.branch_id, b.name as branch_name, t.partner_id,
           t.mac, t.mac_scanned, t.mac_policy, t.mac_open_until, t.mac_seen_at, t.mac_reviewed_at,
           t.fixed_ip, t.sessions_max, t.created_at, t.changed_at, t.closed_at,
           x.desired, (x.enforced_version >= x.version) as enforced, x.why,
           n.state as session_state, n.framed_ip as session_ip, n.started_at as session_since
         from network_account t
         left join billing_subscription s on s.id = t.subscription_id
         left join crm_customer c on c.id = t.customer_id
         left join catalog_branch b on b.id = t.branch_id
         left join network_access x on x.subscription_id = t.subscription_id and t.state <> 'closed'
         left join network_session n on n.id = (select y.id from network_session y
           where y.account_id = t.id and y.state <> 'closed'
           order by y.state, y.started_at desc, y.id desc limit 1)
         where t.id in ({page})
         order by {order}"
    )
}

/// What a list of accounts is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    pub state: Option<AccountState>,
    /// The beginning of a user name or MAC, or a fixed address.
    pub text: Option<String>,
    /// Only those whose label and login differ, for NOC to look at.
    pub mac_differs: bool,
    pub order: Order<AccountSort>,
}

/// Accounts, after `after`. Names given back after 90 days are not among them.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &AccountFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<AccountRow>> {
    let Some(mut narrow) = reach(scope, "t.customer_id") else { return Ok(Vec::new()) };
    narrow.only("t.released_at is null");
    narrow.when(filter.state, "t.state = ?");
    if filter.mac_differs {
        narrow.only(
            "t.mac_reviewed_at is null and t.mac_seen_at is not null and t.mac_scanned is not null
             and (t.mac is null or t.mac <> t.mac_scanned)",
        );
    }
    let ways = ways(q, &mut narrow, filter.text.as_deref()).await?;
    let page = |clause: &str, order: &str, limit: &str| {
        rows_of(&page(&ways, clause, (order, limit)), &format!("{order} limit {limit}"))
    };
    order::page(q, &narrow, (filter.order, "t.id"), after, limit, &page).await
}

/// The select of the ids among which the first accounts (alias `t`) of a list are. Each way to be found is
/// a list of its own, by its own index.
pub(super) fn page(ways: &[String], clause: &str, (order, limit): (&str, &str)) -> String {
    let of = "select t.id from network_account t";
    if ways.is_empty() {
        return format!("{of} {clause} order by {order} limit {limit}");
    }
    let lists: Vec<String> = ways
        .iter()
        .zip(1..)
        .map(|(way, n)| {
            let list = format!("{of} {clause} and {way} order by {order} limit {limit}");
            format!("select w{n}.id from ({list}) w{n}")
        })
        .collect();
    lists.join(" union ")
}

/// The ways in which a text finds accounts; none when nothing is asked for.
pub(super) async fn ways(
    q: &mut dyn Query,
    narrow: &mut Narrow,
    text: Option<&str>,
) -> Result<Vec<String>> {
    let text = clean(text.unwrap_or_default()).to_lowercase();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut ways = Vec::new();
    let table = "network_account";
    ways.push(begins(narrow, "t.username", &text));
    if let Ok(ip) = text.parse::<IpAddr>() {
        let ip = narrow.bind(ip.to_string());
        ways.push(format!("t.fixed_ip = {ip} and t.fixed_ip is not null and t.state <> 'closed'"));
    }
    if let Some(mac) = mac_prefix(&text) {
        let mac = Prefix::of(q, (table, "mac"), "y.mac is not null", &mac).await?;
        ways.push(if mac.is_few() {
            let range = mac.range(narrow, "y.mac");
            format!("t.id in (select y.id from {table} y where y.mac is not null and {range})")
        } else {
            mac.walked(narrow, "t.mac")
        });
    }
    Ok(ways)
}

/// One account.
///
/// # Errors
/// `network.account_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: AccountId) -> Result<AccountRow> {
    let found: Option<AccountRow> = match reach(scope, "t.customer_id") {
        None => None,
        Some(mut narrow) => {
            narrow.when(Some(id), "t.id = ?");
            let page = format!("select t.id from network_account t {}", narrow.clause());
            q.row_opt(&rows_of(&page, "t.id"), narrow.into_args()).await?
        }
    };
    found.ok_or_else(|| {
        Fault::not_found("network.account_not_found", "Akun tidak ada.", "No such account.")
    })
}

//! A subscription's login: reserved with the job, live by the scan, closed at the end.

mod change;
mod close;
mod device;
mod reassign;
mod reserve;

use kernel::{
    AccountId, BranchId, CustomerId, Fault, PartnerId, Result, Scope, SubscriptionId, Ts,
};
use store::{Query, QueryExt, args, row};

use crate::mac::Mac;
use crate::seal::Sealer;
use crate::secret::Secret;
use crate::sql::{SCOPED, scope_args};
use crate::words::{AccountKind, AccountState, MacPolicy};

pub use change::{Limits, rename, set_limits, set_password};
pub use close::{close, release_old};
pub use device::{
    MAC_WINDOW_SECS, bind_seen, close_mac_window, mac_reviewed, open, set_mac, swap_mac, unlock_mac,
};
pub use reassign::reassign;
pub use reserve::{Reservation, Reserved, reserve};

pub(crate) const TABLE: &str = "network_account";

row! {
    /// An account without its password.
    pub struct Account {
        pub id: AccountId,
        pub subscription_id: SubscriptionId,
        pub customer_id: CustomerId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub username: String,
        pub kind: AccountKind,
        pub state: AccountState,
        /// The MAC that may log in.
        pub mac: Option<Mac>,
        /// The MAC on the label that the technician scanned.
        pub mac_scanned: Option<Mac>,
        pub mac_policy: MacPolicy,
        pub mac_open_until: Option<Ts>,
        /// When the MAC was bound by the first login.
        pub mac_seen_at: Option<Ts>,
        /// When NOC accepted that scan and login differ.
        pub mac_reviewed_at: Option<Ts>,
        pub fixed_ip: Option<String>,
        pub sessions_max: i64,
        pub created_at: Ts,
        pub changed_at: Ts,
        pub closed_at: Option<Ts>,
    }
}

pub(crate) const COLUMNS: &str = "t.id, t.subscription_id, t.customer_id, t.branch_id, \
    t.partner_id, t.username, t.kind, t.state, t.mac, t.mac_scanned, t.mac_policy, \
    t.mac_open_until, t.mac_seen_at, t.mac_reviewed_at, t.fixed_ip, t.sessions_max, \
    t.created_at, t.changed_at, t.closed_at";

impl Account {
    /// The label's MAC and the one that logged in differ, and nobody has looked at it yet.
    pub fn mac_differs(&self) -> bool {
        self.mac_reviewed_at.is_none()
            && self.mac_seen_at.is_some()
            && self.mac_scanned.is_some_and(|scanned| self.mac != Some(scanned))
    }
}

/// One account in scope.
///
/// # Errors
/// `network.account_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: AccountId) -> Result<Account> {
    let sql = format!("select {COLUMNS} from network_account t where {SCOPED} and t.id = $4");
    let mut params = scope_args(scope);
    params.extend(args![id]);
    q.row_opt(&sql, params).await?.ok_or_else(not_found)
}

/// The account a subscription has now, if any: reserved or live, else the last closed one.
pub async fn of_subscription(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Option<Account>> {
    let sql = format!(
        "select {COLUMNS} from network_account t where t.subscription_id = $1
         order by case when t.state = 'closed' then 1 else 0 end, t.created_at desc, t.id desc limit 1"
    );
    q.row_opt(&sql, args![subscription]).await
}

/// The accounts of a customer that are not closed.
pub async fn ids_of_customer(q: &mut dyn Query, customer: CustomerId) -> Result<Vec<AccountId>> {
    q.values(
        "select id from network_account where customer_id = $1 and state <> 'closed' order by id",
        args![customer],
    )
    .await
}

/// What a list of accounts is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<AccountState>,
    /// Part of a user name, MAC or fixed address.
    pub search: Option<String>,
    /// Only those whose label and login differ, for NOC to look at.
    pub mac_differs: bool,
}

/// Accounts in scope by user name, after the given one. `limit` rows at most.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Account>> {
    let search = filter.search.as_deref().map(|s| format!("%{}%", s.trim().to_lowercase()));
    let sql = format!(
        "select {COLUMNS} from network_account t
         where {SCOPED} and t.released_at is null
           and ($4 is null or t.state = $4)
           and ($5 is null or t.username like $5 or lower(t.mac) like $5 or t.fixed_ip like $5)
           and ($6 = false or (t.mac_reviewed_at is null and t.mac_seen_at is not null
             and t.mac_scanned is not null and t.mac <> t.mac_scanned))
           and ($7 is null or t.username > $7)
         order by t.username limit $8"
    );
    let mut params = scope_args(scope);
    params.extend(args![filter.state, search, filter.mac_differs, after, limit]);
    q.rows(&sql, params).await
}

/// User name and password of the subscription's open account: what stands in the technician's job.
/// The caller has checked who may see it.
///
/// # Errors
/// `network.unreadable_secret` when the key does not open it.
pub async fn credentials(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Option<(String, Secret)>> {
    let found: Option<(AccountId, String, Vec<u8>)> = q
        .row_opt(
            "select id, username, password_enc from network_account
             where subscription_id = $1 and state <> 'closed'",
            args![subscription],
        )
        .await?;
    let Some((id, username, sealed)) = found else { return Ok(None) };
    let password = sealer(q)?.open(TABLE, id, &sealed)?;
    Ok(Some((username, password)))
}

/// The sealer registered on the database.
pub(crate) fn sealer(q: &mut dyn Query) -> Result<std::sync::Arc<Sealer>> {
    q.ext::<Sealer>().ok_or_else(|| {
        Fault::unavailable(
            "network.no_key",
            "Kunci enkripsi belum dipasang; hubungi admin.",
            "The encryption key is not configured; call the admin.",
        )
    })
}

pub(crate) fn not_found() -> Fault {
    Fault::not_found("network.account_not_found", "Akun tidak ada.", "No such account.")
}

/// The subscription's open account, for a change.
pub(crate) async fn open_of(q: &mut dyn Query, subscription: SubscriptionId) -> Result<Account> {
    let sql = format!(
        "select {COLUMNS} from network_account t
         where t.subscription_id = $1 and t.state <> 'closed'"
    );
    q.row_opt(&sql, args![subscription]).await?.ok_or_else(not_found)
}

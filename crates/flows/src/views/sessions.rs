//! Sessions as NOC sees them: whose they are, where, since when, how much.

use kernel::{
    AccountId, BranchId, CustomerId, Fault, NasId, Result, Scope, SessionId, SubscriptionId, Ts,
};
use network::session::EndedBy;
use network::{Mac, SessionState};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::narrow::{Narrow, clean};
use super::order::{self, Key, Kind, Order, Place, Sorted, sorts};
use super::reach::{mac_prefix, reach};
use super::words::Prefix;

store::row! {
    /// One session.
    pub struct SessionRow {
        pub id: SessionId,
        pub username: String,
        pub account_id: Option<AccountId>,
        pub subscription_id: Option<SubscriptionId>,
        pub customer_id: Option<CustomerId>,
        pub customer_name: Option<String>,
        pub branch_id: BranchId,
        pub nas_id: NasId,
        pub nas_name: Option<String>,
        pub acct_session_id: String,
        pub framed_ip: Option<String>,
        pub mac: Option<Mac>,
        pub state: SessionState,
        /// It runs with the isolation profile.
        pub isolated: bool,
        pub started_at: Ts,
        pub updated_at: Ts,
        pub stopped_at: Option<Ts>,
        pub secs: i64,
        /// From the customer (upload).
        pub bytes_in: i64,
        /// To the customer (download).
        pub bytes_out: i64,
        /// Why it ended, as the NAS said.
        pub cause: Option<String>,
        pub ended_by: Option<EndedBy>,
    }
}

const SESSIONS: &str = "select t.id, t.username, t.account_id, t.subscription_id, a.customer_id,
    c.name as customer_name, t.branch_id, t.nas_id, n.name as nas_name, t.acct_session_id,
    t.framed_ip, t.mac, t.state, t.isolated, t.started_at, t.updated_at, t.stopped_at, t.secs,
    t.bytes_in, t.bytes_out, t.cause, t.ended_by
  from network_session t
  left join network_account a on a.id = t.account_id
  left join crm_customer c on c.id = a.customer_id
  left join network_nas n on n.id = t.nas_id";

store::words! {
    /// What the list of sessions is sorted by.
    pub enum SessionSort {
        Newest = "newest",
        Started = "started",
        /// Among open ones.
        Username = "username",
        /// Bytes to the customer, among open ones: what changes with every report has no index.
        Down = "down",
    }
}
sorts! { SessionSort, Newest;
    Newest => Made, Down;
    Started => Always("t.started_at", Kind::Instant), Up;
    Username => Exact("t.username"), Up;
    Down => Always("t.bytes_out", Kind::Number), Down;
}

impl Sorted<SessionSort> for SessionRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: SessionSort) -> Option<Key> {
        match by {
            SessionSort::Newest => None,
            SessionSort::Started => Some(Key::Instant(self.started_at)),
            SessionSort::Username => Some(Key::Text(self.username.clone())),
            SessionSort::Down => Some(Key::Number(self.bytes_out)),
        }
    }
}

/// Which sessions a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Live and suspect ones.
    #[default]
    Open,
    In(SessionState),
    All,
}

/// What a list of sessions is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    pub which: Which,
    pub nas: Option<NasId>,
    pub subscription: Option<SubscriptionId>,
    /// The beginning of a user name, MAC or address.
    pub text: Option<String>,
    pub order: Order<SessionSort>,
}

/// Sessions, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave, and on `sort` for an order that only open
/// sessions have.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &SessionFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<SessionRow>> {
    let Some(mut narrow) = reach(scope, "a.customer_id") else { return Ok(Vec::new()) };
    let text = clean(filter.text.as_deref().unwrap_or_default()).to_lowercase();
    let is_open = !matches!(filter.which, Which::All | Which::In(SessionState::Closed));
    if !is_open && matches!(filter.order.by, SessionSort::Username | SessionSort::Down) {
        let (id, en) = ("hanya untuk sesi yang terbuka", "is only for open sessions");
        return Err(Fault::field("sort", "choice", id, en));
    }
    if text.is_empty() && filter.which != Which::In(SessionState::Suspect) {
        match filter.which {
            Which::Open => narrow.only("t.state <> 'closed'"),
            Which::In(state) => narrow.when(Some(state), "t.state = ?"),
            Which::All => {}
        }
    } else if is_open {
        among_open(q, &mut narrow, filter.which, &text).await?;
    } else {
        of_accounts(q, &mut narrow, filter.which, &text).await?;
    }
    narrow.when(filter.nas, "t.nas_id = ?");
    narrow.when(filter.subscription, "t.subscription_id = ?");
    let page = |clause: &str, order: &str, limit: &str| {
        format!("{SESSIONS} {clause} order by {order} limit {limit}")
    };
    order::page(q, &narrow, (filter.order, "t.id"), after, limit, &page).await
}

/// Open sessions are few among all: each way to be found goes by its own index over them.
async fn among_open(
    q: &mut dyn Query,
    narrow: &mut Narrow,
    which: Which,
    text: &str,
) -> Result<()> {
    let open = "y.state <> 'closed'";
    let mut of = "select y.id from network_session y where y.state <> 'closed'".to_owned();
    if let Which::In(state) = which {
        let state = narrow.bind(state);
        of += &format!(" and y.state = {state}");
    }
    if text.is_empty() {
        narrow.only(&format!("t.id in ({of})"));
        return Ok(());
    }
    let mac = mac_prefix(text);
    let ways = [("username", Some(text)), ("framed_ip", Some(text)), ("mac", mac.as_deref())];
    let (mut few, mut any) = (Vec::new(), Vec::new());
    for (column, text) in ways {
        let Some(text) = text else { continue };
        let prefix = Prefix::of(q, ("network_session", column), open, text).await?;
        if prefix.is_few() {
            let range = prefix.range(narrow, &format!("y.{column}"));
            few.push(format!("{of} and {range}"));
        } else {
            any.push(prefix.walked(narrow, &format!("t.{column}")));
        }
    }
    if !any.is_empty() {
        narrow.only("t.state <> 'closed'");
        if let Which::In(state) = which {
            narrow.when(Some(state), "t.state = ?");
        }
    }
    if !few.is_empty() {
        any.push(format!("t.id in ({})", few.join(" union ")));
    }
    narrow.only(&format!("({})", any.join(" or ")));
    Ok(())
}

/// The history is searched by whose it is: by the accounts that fit the text.
async fn of_accounts(
    q: &mut dyn Query,
    narrow: &mut Narrow,
    which: Which,
    text: &str,
) -> Result<()> {
    if let Which::In(state) = which {
        narrow.when(Some(state), "t.state = ?");
    }
    let mac = mac_prefix(text);
    let ways = [("username", Some(text), "1 = 1"), ("mac", mac.as_deref(), "y.mac is not null")];
    let (mut few, mut any) = (Vec::new(), Vec::new());
    for (column, text, condition) in ways {
        let Some(text) = text else { continue };
        let prefix = Prefix::of(q, ("network_account", column), condition, text).await?;
        if prefix.is_few() {
            let range = prefix.range(narrow, &format!("y.{column}"));
            few.push(format!(
                "select y.subscription_id from network_account y where {condition} and {range}"
            ));
        } else {
            any.push(prefix.walked(narrow, &format!("t.{column}")));
        }
    }
    if !few.is_empty() {
        any.push(format!("t.subscription_id in ({})", few.join(" union ")));
    }
    narrow.only(&format!("({})", any.join(" or ")));
    Ok(())
}

/// One session.
///
/// # Errors
/// `network.session_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: SessionId) -> Result<SessionRow> {
    let found: Option<SessionRow> = match reach(scope, "a.customer_id") {
        None => None,
        Some(mut narrow) => {
            narrow.when(Some(id), "t.id = ?");
            let sql = format!("{SESSIONS} {}", narrow.clause());
            q.row_opt(&sql, narrow.into_args()).await?
        }
    };
    found.ok_or_else(|| {
        Fault::not_found("network.session_not_found", "Sesi tidak ada.", "No such session.")
    })
}

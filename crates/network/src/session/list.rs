//! Looking at sessions.

use std::net::IpAddr;

use kernel::{
    AccountId, BranchId, Fault, NasId, PartnerId, Result, Scope, SessionId, SubscriptionId, Ts,
    VoucherId,
};
use store::{Query, QueryExt, args, row};

use super::fold::EndedBy;
use super::parse_ip;
use crate::control::LiveSession;
use crate::mac::Mac;
use crate::sql::{SCOPED_BY_SUBSCRIPTION as SCOPED, scope_args};
use crate::words::SessionState;

row! {
    /// A session as people see it.
    pub struct SessionView {
        pub id: SessionId,
        pub nas_id: NasId,
        pub nas_name: String,
        pub account_id: Option<AccountId>,
        pub subscription_id: Option<SubscriptionId>,
        /// The voucher of a guest.
        pub guest_id: Option<VoucherId>,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub acct_session_id: String,
        pub username: String,
        pub mac: Option<Mac>,
        pub framed_ip: Option<String>,
        pub started_at: Ts,
        pub updated_at: Ts,
        pub stopped_at: Option<Ts>,
        pub state: SessionState,
        /// From the customer (upload).
        pub bytes_in: i64,
        /// To the customer (download).
        pub bytes_out: i64,
        pub secs: i64,
        pub cause: Option<String>,
        pub ended_by: Option<EndedBy>,
        pub access_version: Option<i64>,
        pub acked_version: i64,
        pub isolated: bool,
    }
}

const VIEW: &str = "select t.id, t.nas_id, n.name as nas_name, t.account_id, t.subscription_id, \
    t.guest_id, t.branch_id, t.partner_id, t.acct_session_id, t.username, t.mac, t.framed_ip, t.started_at, \
    t.updated_at, t.stopped_at, t.state, t.bytes_in, t.bytes_out, t.secs, t.cause, t.ended_by, \
    t.access_version, t.acked_version, t.isolated \
    from network_session t join network_nas n on n.id = t.nas_id";

impl SessionView {
    /// What its NAS is told about it.
    pub fn live(&self) -> LiveSession {
        LiveSession {
            id: self.id,
            nas: self.nas_id,
            acct_session_id: self.acct_session_id.clone(),
            username: self.username.clone(),
            account: self.account_id,
            subscription: self.subscription_id,
            branch: self.branch_id,
            mac: self.mac,
            framed_ip: parse_ip(self.framed_ip.as_deref()),
            started_at: self.started_at,
            updated_at: self.updated_at,
            state: self.state,
            access_version: self
                .access_version
                .map(|v| v.max(self.acked_version))
                .or((self.acked_version > 0).then_some(self.acked_version)),
        }
    }
}

/// What a list of sessions is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<SessionState>,
    pub nas: Option<NasId>,
    /// Part of a user name, MAC or address.
    pub search: Option<String>,
    /// `true`: only those that are not closed.
    pub open: bool,
}

/// Sessions in scope, newest start first, those before `(started_at, id)` of `after`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &Filter,
    after: Option<(Ts, SessionId)>,
    limit: i64,
) -> Result<Vec<SessionView>> {
    let search = filter.search.as_deref().map(|s| format!("%{}%", s.trim().to_lowercase()));
    let (at, id) = after.unzip();
    let sql = format!(
        "{VIEW} where {SCOPED}
           and ($4 is null or t.state = $4) and ($5 is null or t.nas_id = $5)
           and ($6 = false or t.state <> 'closed')
           and ($7 is null or t.username like $7 or lower(t.mac) like $7 or t.framed_ip like $7)
           and ($8 is null or t.started_at < $8 or (t.started_at = $8 and t.id < $9))
         order by t.started_at desc, t.id desc limit $10"
    );
    let mut params = scope_args(scope);
    params.extend(args![filter.state, filter.nas, filter.open, search, at, id, limit]);
    q.rows(&sql, params).await
}

/// A subscription's sessions, newest first. The caller has checked the scope.
pub async fn of_subscription(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    limit: i64,
) -> Result<Vec<SessionView>> {
    let sql = format!(
        "{VIEW} where t.subscription_id = $1 order by t.started_at desc, t.id desc limit $2"
    );
    q.rows(&sql, args![subscription, limit]).await
}

/// A guest's sessions, newest first.
pub async fn of_guest(q: &mut dyn Query, guest: VoucherId, limit: i64) -> Result<Vec<SessionView>> {
    let sql =
        format!("{VIEW} where t.guest_id = $1 order by t.started_at desc, t.id desc limit $2");
    q.rows(&sql, args![guest, limit]).await
}

/// Open sessions of guests that are over for `grace_secs` or withdrawn, and whose turn it is: each with its
/// guest and how often its end was tried.
pub(crate) async fn of_guests_over(
    q: &mut dyn Query,
    now: Ts,
    grace_secs: i64,
    limit: i64,
) -> Result<Vec<(VoucherId, i64, LiveSession)>> {
    let sql = format!(
        "{VIEW} join network_guest g on g.id = t.guest_id
         where t.guest_id is not null and t.state <> 'closed'
           and (g.state = 'withdrawn' or g.ends_at <= $1)
           and (g.next_attempt_at is null or g.next_attempt_at <= $2)
         order by t.id limit $3"
    );
    let rows: Vec<SessionView> =
        q.rows(&sql, args![now.plus_secs(-grace_secs), now, limit]).await?;
    let mut over = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(guest) = row.guest_id else { continue };
        let attempts: i64 =
            q.value("select attempts from network_guest where id = $1", args![guest]).await?;
        over.push((guest, attempts, row.live()));
    }
    Ok(over)
}

/// One session in scope.
///
/// # Errors
/// `network.session_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: SessionId) -> Result<SessionView> {
    let sql = format!("{VIEW} where {SCOPED} and t.id = $4");
    let mut params = scope_args(scope);
    params.extend(args![id]);
    q.row_opt(&sql, params).await?.ok_or_else(|| {
        Fault::not_found("network.session_not_found", "Sesi tidak ada.", "No such session.")
    })
}

/// The session for a person's own disconnect: in scope and not closed.
///
/// # Errors
/// `network.session_not_found`; `network.session_closed` when it is over.
pub async fn for_control(q: &mut dyn Query, scope: &Scope, id: SessionId) -> Result<LiveSession> {
    let session = find(q, scope, id).await?;
    if session.state == SessionState::Closed {
        return Err(Fault::conflict(
            "network.session_closed",
            "Sesi ini sudah berakhir.",
            "This session is already over.",
        ));
    }
    Ok(session.live())
}

/// The one live session with this address. `None` when there is none, when it is suspect, or when two
/// claim the address: the pay page must not guess.
pub async fn by_address(q: &mut dyn Query, ip: IpAddr) -> Result<Option<SessionView>> {
    let sql = format!("{VIEW} where t.framed_ip = $1 and t.state = 'live' order by t.id limit 2");
    let mut found: Vec<SessionView> = q.rows(&sql, args![ip.to_string()]).await?;
    let one = found.pop();
    Ok(if found.is_empty() { one } else { None })
}

/// Open sessions in the order of their ids, for the memory of `aaa`.
pub async fn live_page(
    q: &mut dyn Query,
    after: Option<SessionId>,
    limit: i64,
) -> Result<Vec<LiveSession>> {
    let sql = format!("{VIEW} where t.state <> 'closed' and t.id > $1 order by t.id limit $2");
    let rows: Vec<SessionView> =
        q.rows(&sql, args![after.unwrap_or(SessionId::nil()), limit]).await?;
    Ok(rows.iter().map(SessionView::live).collect())
}

row! {
    /// How many sessions are open at one NAS.
    pub struct OnlineCount { pub nas_id: NasId, pub live: i64, pub suspect: i64, pub isolated: i64 }
}

/// Open sessions in scope, counted per NAS.
pub async fn counts(q: &mut dyn Query, scope: &Scope) -> Result<Vec<OnlineCount>> {
    let sql = format!(
        "select t.nas_id,
           cast(sum(case when t.state = 'live' then 1 else 0 end) as bigint) as live,
           cast(sum(case when t.state = 'suspect' then 1 else 0 end) as bigint) as suspect,
           cast(sum(case when t.isolated then 1 else 0 end) as bigint) as isolated
         from network_session t where {SCOPED} and t.state <> 'closed'
         group by t.nas_id order by t.nas_id"
    );
    q.rows(&sql, scope_args(scope)).await
}

//! Looking at guests.

use kernel::{Fault, Result, Ts, VoucherBatchId, VoucherId};
use store::{Query, QueryExt, args, row};

use super::{GuestState, Withdrawal};
use crate::mac::Mac;
use crate::session::SessionView;
use crate::words::RejectReason;

row! {
    /// A code as its network side looks.
    pub struct GuestSeen {
        pub id: VoucherId,
        pub state: GuestState,
        pub reason: Option<Withdrawal>,
        pub started_at: Option<Ts>,
        pub ends_at: Option<Ts>,
        /// The device of the first login.
        pub mac: Option<Mac>,
        /// The router of the first login.
        pub nas_name: Option<String>,
        pub sessions: i64,
        /// Sessions that are not closed.
        pub open: i64,
        pub bytes_in: i64,
        pub bytes_out: i64,
        pub last_seen_at: Option<Ts>,
    }
}

/// The codes of a batch with what they did. The caller has checked who may see the batch.
pub async fn seen_of_batch(q: &mut dyn Query, batch: VoucherBatchId) -> Result<Vec<GuestSeen>> {
    q.rows(
        "select g.id, g.state, g.reason, g.started_at, g.ends_at, g.mac, n.name as nas_name,
           coalesce(s.sessions, 0) as sessions, coalesce(s.open, 0) as open,
           coalesce(s.bytes_in, 0) as bytes_in, coalesce(s.bytes_out, 0) as bytes_out,
           s.last_seen_at
         from network_guest g
         left join network_nas n on n.id = g.nas_id
         left join (
           select guest_id, count(*) as sessions,
             cast(sum(case when state <> 'closed' then 1 else 0 end) as bigint) as open,
             cast(sum(bytes_in) as bigint) as bytes_in, cast(sum(bytes_out) as bigint) as bytes_out,
             max(updated_at) as last_seen_at
           from network_session
           where guest_id in (select o.id from network_guest o where o.batch_id = $1)
           group by guest_id) s on s.guest_id = g.id
         where g.batch_id = $1 order by g.id",
        args![batch],
    )
    .await
}

row! {
    /// Why a code was refused last.
    pub struct GuestRefused { pub id: VoucherId, pub reason: RejectReason, pub nas: String, pub last_at: Ts, pub count: i64 }
}

/// Refused logins with the codes of a batch, the latest first. The caller has checked who may see it.
pub async fn refused_of_batch(
    q: &mut dyn Query,
    batch: VoucherBatchId,
) -> Result<Vec<GuestRefused>> {
    q.rows(
        "select g.id, r.reason, r.nas, r.last_at, r.count
         from network_guest g join network_reject r on r.username = lower(g.code)
         where g.batch_id = $1 order by r.last_at desc, g.id, r.reason",
        args![batch],
    )
    .await
}

/// A guest's sessions, newest first. The caller has checked who may see the voucher.
pub async fn sessions(q: &mut dyn Query, id: VoucherId, limit: i64) -> Result<Vec<SessionView>> {
    crate::session::of_guest(q, id, limit).await
}

/// When the code's clock started.
///
/// # Errors
/// `network.guest_not_started`.
pub async fn clock(q: &mut dyn Query, id: VoucherId) -> Result<Ts> {
    let started: Option<Ts> =
        q.value_opt("select started_at from network_guest where id = $1", args![id]).await?;
    started.ok_or_else(|| {
        Fault::conflict(
            "network.guest_not_started",
            "Voucher ini belum dipakai login.",
            "Nobody has logged in with this voucher.",
        )
    })
}

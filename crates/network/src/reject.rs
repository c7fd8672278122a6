//! Every reject, explained.

use kernel::{AccountId, BranchId, PartnerId, Result, Scope, SubscriptionId, Ts};
use serde_json::Value as Json;
use store::{Query, QueryExt, Tx, Value, args, row};

use crate::mac::Mac;
use crate::sql::{SCOPED_BY_SUBSCRIPTION as SCOPED, scope_args, text_of};
use crate::words::RejectReason;

/// Rejects of one user name, for one reason, at one NAS, as `aaa` counted them.
#[derive(Clone, Debug)]
pub struct RejectSeen {
    pub username: String,
    pub reason: RejectReason,
    /// The NAS's name, or the address of an unknown one.
    pub nas: String,
    /// Where the reject is shown when the user name is nobody's.
    pub nas_branch: Option<BranchId>,
    pub account: Option<AccountId>,
    pub mac_seen: Option<Mac>,
    pub mac_expected: Option<Mac>,
    pub first_at: Ts,
    pub last_at: Ts,
    pub count: i64,
    /// Further facts: the address of the other session, the order of the calls …
    pub detail: Json,
}

/// Adds a batch to the counted rejects.
pub async fn record(tx: &mut Tx, batch: &[RejectSeen]) -> Result<()> {
    for seen in batch {
        let name = seen.username.trim().to_lowercase();
        let owner: Option<(SubscriptionId, BranchId, Option<PartnerId>)> = tx
            .row_opt(
                "select subscription_id, branch_id, partner_id from network_account where id = $1",
                args![seen.account],
            )
            .await?;
        let (subscription, branch, partner) = match owner {
            Some((s, b, p)) => (Some(s), Some(b), p),
            None => (None, seen.nas_branch, None),
        };
        tx.exec(
            "insert into network_reject (username, reason, nas, account_id, subscription_id,
               branch_id, partner_id, mac_seen, mac_expected, first_at, last_at, count, detail)
             values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)
             on conflict (username, reason, nas) do update set account_id = excluded.account_id,
               subscription_id = excluded.subscription_id, branch_id = excluded.branch_id,
               partner_id = excluded.partner_id, mac_seen = excluded.mac_seen,
               mac_expected = excluded.mac_expected,
               last_at = {GREATEST}(network_reject.last_at, excluded.last_at),
               count = network_reject.count + excluded.count, detail = excluded.detail",
            args![
                text_of(&name).into_owned(),
                seen.reason,
                text_of(&seen.nas).into_owned(),
                seen.account,
                subscription,
                branch,
                partner,
                seen.mac_seen,
                seen.mac_expected,
                seen.first_at,
                seen.last_at,
                seen.count,
                seen.detail
            ],
        )
        .await?;
    }
    Ok(())
}

row! {
    /// Counted rejects, as people see them.
    pub struct Reject {
        pub username: String,
        pub reason: RejectReason,
        pub nas: String,
        pub account_id: Option<AccountId>,
        pub subscription_id: Option<SubscriptionId>,
        pub branch_id: Option<BranchId>,
        pub mac_seen: Option<Mac>,
        pub mac_expected: Option<Mac>,
        pub first_at: Ts,
        pub last_at: Ts,
        pub count: i64,
        pub detail: Json,
    }
}

const VIEW: &str = "select t.username, t.reason, t.nas, t.account_id, t.subscription_id, \
    t.branch_id, t.mac_seen, t.mac_expected, t.first_at, t.last_at, t.count, t.detail \
    from network_reject t";

/// Rejects in scope heard of since `since`, the latest first, those before `before`.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    since: Ts,
    search: Option<&str>,
    before: Option<Ts>,
    limit: i64,
) -> Result<Vec<Reject>> {
    let search = search.map(|s| format!("%{}%", s.trim().to_lowercase()));
    let sql = format!(
        "{VIEW} where {SCOPED} and t.last_at >= $4
           and ($5 is null or t.username like $5 or lower(t.mac_seen) like $5)
           and ($6 is null or t.last_at < $6)
         order by t.last_at desc, t.username, t.reason, t.nas limit $7"
    );
    let mut params: Vec<Value> = scope_args(scope);
    params.extend(args![since, search, before, limit]);
    q.rows(&sql, params).await
}

/// The latest reject of a subscription's account since `since`: what a technician sees on site, and
/// "Kenapa?" reads. The caller has checked the scope.
pub async fn latest(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    since: Ts,
) -> Result<Option<Reject>> {
    let sql = format!(
        "{VIEW} where t.subscription_id = $1 and t.last_at >= $2
         order by t.last_at desc, t.reason limit 1"
    );
    q.row_opt(&sql, args![subscription, since]).await
}

/// Days that a reject is shown after it was last seen.
const KEPT_DAYS: i64 = 90;
/// Rejects kept at most; the newest stay.
const KEPT_MAX: i64 = 100_000;

/// Forgets old rejects, and the oldest of too many: user names are guessed without end.
pub async fn forget_old(tx: &mut Tx) -> Result<u64> {
    forget(tx, tx.now().plus_days(-KEPT_DAYS), KEPT_MAX).await
}

/// Forgets rejects last seen before `before`, and all but the newest `most`.
pub async fn forget(tx: &mut Tx, before: Ts, most: i64) -> Result<u64> {
    tx.exec(
        "delete from network_reject where last_at < $1 or last_at <= (
           select last_at from network_reject order by last_at desc limit 1 offset $2)",
        args![before, most],
    )
    .await
}

//! Usage per day, kept for ever.

use kernel::{Day, Result, SubscriptionId, Ts};
use store::{Query, QueryExt, args, row};

row! {
    /// What one day moved, in the branch's zone.
    pub struct UsageDay {
        pub day: Day,
        /// From the customer (upload).
        pub bytes_in: i64,
        /// To the customer (download).
        pub bytes_out: i64,
    }
}

/// The days of a subscription from `from` to `to`, both counted. The caller has checked the scope.
pub async fn days(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    from: Day,
    to: Day,
) -> Result<Vec<UsageDay>> {
    q.rows(
        "select day, bytes_in, bytes_out from network_usage_day
         where subscription_id = $1 and day >= $2 and day <= $3 order by day",
        args![subscription, from, to],
    )
    .await
}

/// Bytes up and down together since `from`.
pub async fn period_bytes(
    q: &mut dyn Query,
    subscription: SubscriptionId,
    from: Day,
) -> Result<i64> {
    q.value(
        "select cast(coalesce(sum(bytes_in + bytes_out), 0) as bigint) from network_usage_day
         where subscription_id = $1 and day >= $2",
        args![subscription, from],
    )
    .await
}

/// What the one decision needs to know about usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageFacts {
    /// `None`: unlimited.
    pub limit_bytes: Option<i64>,
    pub from_on: Day,
    pub used_bytes: i64,
    /// When the quota was crossed; `None`: it is not.
    pub crossed_at: Option<Ts>,
}

/// Quota and usage of a subscription; `None` when no quota was ever set.
pub async fn facts(q: &mut dyn Query, subscription: SubscriptionId) -> Result<Option<UsageFacts>> {
    let quota: Option<(Option<i64>, Day, Option<Ts>)> = q
        .row_opt(
            "select limit_bytes, from_on, crossed_at from network_quota where subscription_id = $1",
            args![subscription],
        )
        .await?;
    let Some((limit_bytes, from_on, crossed_at)) = quota else { return Ok(None) };
    let used_bytes = period_bytes(q, subscription, from_on).await?;
    Ok(Some(UsageFacts { limit_bytes, from_on, used_bytes, crossed_at }))
}

//! The quota of a period, crossed exactly once.

use kernel::{Day, Event, Fault, Result, SubscriptionId, Ts};
use store::{Lock, QueryExt, Tx, args};

use crate::usage;

/// Sets the quota of the period that began on `from`: a new plan, a top-up, the period's reset. `None`:
/// unlimited. Usage since `from` is compared at once; when that changes whether the quota is crossed,
/// `QuotaCrossed` is emitted, and the answer is `true`.
///
/// # Errors
/// Names the field `quota_bytes` when the limit is negative.
pub async fn set(
    tx: &mut Tx,
    subscription: SubscriptionId,
    limit: Option<i64>,
    from: Day,
) -> Result<bool> {
    if limit.is_some_and(|l| l < 0) {
        let (id, en) = ("tidak boleh negatif", "must not be negative");
        return Err(Fault::field("quota_bytes", "range", id, en));
    }
    tx.lock(Lock::Subscription(subscription)).await?;
    let before: Option<(Option<i64>, Day, Option<Ts>)> = tx
        .row_opt(
            "select limit_bytes, from_on, crossed_at from network_quota where subscription_id = $1",
            args![subscription],
        )
        .await?;
    if before.is_some_and(|(was, since, _)| was == limit && since == from) {
        return Ok(false);
    }
    let used = usage::period_bytes(tx, subscription, from).await?;
    let was_crossed = before.and_then(|(_, _, crossed)| crossed);
    let is_over = is_crossed(used, limit);
    let crossed_at = is_over.then(|| was_crossed.unwrap_or(tx.now()));
    tx.exec(
        "insert into network_quota (subscription_id, limit_bytes, from_on, crossed_at)
         values ($1,$2,$3,$4)
         on conflict (subscription_id) do update set limit_bytes = excluded.limit_bytes,
           from_on = excluded.from_on, crossed_at = excluded.crossed_at",
        args![subscription, limit, from, crossed_at],
    )
    .await?;
    let turned = was_crossed.is_some() != is_over;
    if turned {
        tx.emit(Event::QuotaCrossed { subscription });
    }
    Ok(turned)
}

/// Used up means that not one byte is left. A quota of zero is used up from the start.
pub fn is_crossed(used_bytes: i64, limit_bytes: Option<i64>) -> bool {
    limit_bytes.is_some_and(|limit| used_bytes >= limit)
}

/// Of these subscriptions, marks those whose usage has now reached their quota; each is answered, and
/// said, once until [`set`] brings it back.
pub(crate) async fn check_crossed(
    tx: &mut Tx,
    subscriptions: &[SubscriptionId],
) -> Result<Vec<SubscriptionId>> {
    let over: Vec<SubscriptionId> = tx
        .values(
            "select q.subscription_id from network_quota q
             join network_usage_day u on u.subscription_id = q.subscription_id and u.day >= q.from_on
             where q.crossed_at is null and q.limit_bytes is not null and q.subscription_id {AMONG}($1)
             group by q.subscription_id, q.limit_bytes
             having sum(u.bytes_in + u.bytes_out) >= q.limit_bytes
             order by q.subscription_id",
            args![subscriptions],
        )
        .await?;
    let mut crossed = Vec::with_capacity(over.len());
    for subscription in over {
        let marked = tx
            .exec(
                "update network_quota set crossed_at = $1
                 where subscription_id = $2 and crossed_at is null",
                args![tx.now(), subscription],
            )
            .await?;
        if marked == 1 {
            tx.emit(Event::QuotaCrossed { subscription });
            crossed.push(subscription);
        }
    }
    Ok(crossed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_crossed_when_nothing_is_left_beyond_4_gib_too() {
        const GIB: i64 = 1 << 30;
        for (used, limit, crossed) in [
            (0, None, false),
            (i64::MAX, None, false),
            (5 * GIB - 1, Some(5 * GIB), false),
            (5 * GIB, Some(5 * GIB), true),
            (GIB, Some(5 * GIB), false),
            (0, Some(0), true),
        ] {
            assert_eq!(is_crossed(used, limit), crossed, "{used} of {limit:?}");
        }
    }
}

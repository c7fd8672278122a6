//! The end of an account.

use kernel::{AccountId, Result, SubscriptionId};
use serde_json::json;
use store::{Lock, QueryExt, Tx, args};

use super::device::said;
use super::of_subscription;
use super::reserve::RELEASE_DAYS;
use crate::feed;
use crate::words::AccountState;

/// Closes the subscription's account: logins are refused as "terminated", and the user name is free
/// after 90 days. Without an open account it does nothing.
pub async fn close(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    tx.lock(Lock::Subscription(subscription)).await?;
    let Some(account) = of_subscription(tx, subscription).await? else { return Ok(()) };
    if account.state == AccountState::Closed {
        return Ok(());
    }
    tx.exec(
        "update network_account set state = 'closed', closed_at = $1, changed_at = $1,
           mac_open_until = null where id = $2",
        args![tx.now(), account.id],
    )
    .await?;
    let before = json!({ "state": account.state });
    said(tx, &account, "closed", before, json!({ "state": AccountState::Closed })).await
}

/// Frees the user names of accounts closed more than 90 days ago. Answers how many.
pub async fn release_old(tx: &mut Tx) -> Result<u64> {
    let before = tx.now().plus_days(-RELEASE_DAYS);
    let freed: Vec<(AccountId, SubscriptionId)> = tx
        .rows(
            "update network_account set released_at = $1, changed_at = $1
             where state = 'closed' and released_at is null and closed_at < $2
             returning id, subscription_id",
            args![tx.now(), before],
        )
        .await?;
    for (account, subscription) in &freed {
        feed::account_changed(tx, *account, *subscription).await?;
    }
    Ok(u64::try_from(freed.len()).unwrap_or(u64::MAX))
}

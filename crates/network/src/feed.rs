//! What changed for a login, in the order in which it was written: so that whoever keeps a copy in memory
//! finds every change of every process, however old the cause that the change carries.

use kernel::{AccountId, Event, Result, SubscriptionId};
use store::{Query, QueryExt, Tx, Value, args};

/// Notes that what a login of these subscriptions is answered from has changed.
///
/// A revision is above every one that was committed when it was given. Two transactions may get the same
/// one, and the one that commits later may have the lower one: readers look back as long as a transaction
/// may last.
pub(crate) async fn touch(tx: &mut Tx, subscriptions: &[SubscriptionId]) -> Result<()> {
    if subscriptions.is_empty() {
        return Ok(());
    }
    let next = newest(tx).await? + 1;
    let rows: Vec<Value> = subscriptions.iter().flat_map(|id| args![id, next]).collect();
    tx.bulk(
        "insert into network_feed (subscription_id, revision)",
        "on conflict (subscription_id) do update set revision = excluded.revision",
        2,
        rows,
    )
    .await?;
    Ok(())
}

/// As [`touch`] for an account, and says so.
pub(crate) async fn account_changed(
    tx: &mut Tx,
    account: AccountId,
    subscription: SubscriptionId,
) -> Result<()> {
    touch(tx, &[subscription]).await?;
    tx.emit(Event::AccountChanged { account, subscription });
    Ok(())
}

/// The highest revision.
pub async fn newest(q: &mut dyn Query) -> Result<i64> {
    q.value("select coalesce(max(revision), 0) from network_feed", args![]).await
}

/// The subscriptions touched after `revision`, each with its own.
pub async fn after(q: &mut dyn Query, revision: i64) -> Result<Vec<(SubscriptionId, i64)>> {
    q.rows(
        "select subscription_id, revision from network_feed where revision > $1
         order by revision, subscription_id",
        args![revision],
    )
    .await
}

//! After a policy change: when does the run look at each subscription again?

use kernel::{Cause, Id, Result, SubscriptionId};
use store::{Db, Tx};

use crate::dates;
use crate::store as sql;
use crate::subscription::Subscription;

/// Subscriptions a transaction.
const BATCH: i64 = 1_000;

/// Computes `next_issue_on` of every subscription in service anew. Doing it again changes nothing. Answers
/// how many changed.
pub async fn all(db: &Db, cause: &Cause) -> Result<usize> {
    let mut changed = 0;
    let mut after: SubscriptionId = Id::nil();
    loop {
        let (last, batch) = db.write_bulk(cause, async |tx: &mut Tx| page(tx, after).await).await?;
        changed += batch;
        match last {
            Some(last) => after = last,
            None => return Ok(changed),
        }
    }
}

async fn page(tx: &mut Tx, after: SubscriptionId) -> Result<(Option<SubscriptionId>, usize)> {
    let catalog = catalog::current(tx).await?;
    let Some((first, last)) = sql::subscription::page_ends(tx, after, BATCH).await? else {
        return Ok((None, 0));
    };
    sql::party::lock_range(tx, first, last).await?;
    let mut moved: Vec<Subscription> = Vec::new();
    for mut sub in sql::subscription::scheduled_in(tx, first, last).await? {
        let Some(billed_to) = sub.billed_to else { continue };
        let policy = sub.policy(&catalog);
        let next = dates::next_issue_on(sub.mode, sub.calendar, sub.anchor_dom, billed_to, &policy);
        if sub.next_issue_on.is_some_and(|was| was != next) {
            sub.next_issue_on = Some(next);
            moved.push(sub);
        }
    }
    let refs: Vec<&Subscription> = moved.iter().collect();
    sql::invoice_write::save_billed(tx, &refs).await?;
    Ok((Some(last), moved.len()))
}

//! Proposing to end subscriptions that nobody pays for. A person decides.

use kernel::{Cause, Event, Result};
use store::{Db, Tx};

use crate::store as sql;

/// Candidates a call.
const BATCH: i64 = 5_000;

/// Proposes the end of postpaid subscriptions that were isolated for `unpaid` as many days as their
/// policy says. Each is proposed once, until it is paid. (Prepaid: after three unused invoices, in the
/// billing run.) Answers how many.
pub async fn propose_due(db: &Db, cause: &Cause) -> Result<usize> {
    db.write(cause, async |tx: &mut Tx| propose(tx).await).await
}

async fn propose(tx: &mut Tx) -> Result<usize> {
    let catalog = catalog::current(tx).await?;
    let least = catalog
        .policies
        .values()
        .filter_map(|p| p.unpaid_days_to_terminate)
        .chain([catalog.isp_policy().unpaid_days_to_terminate])
        .min()
        .unwrap_or(60);
    let now = tx.now();
    let since = now.plus_days(-i64::from(least.max(1)));
    let mut proposed = 0;
    for (id, unpaid_since) in sql::subscription::long_unpaid(tx, since, BATCH).await? {
        let scope = kernel::Scope::all();
        let Some(sub) = sql::subscription::find(tx, &scope, id).await? else { continue };
        let zone = sub.zone(&catalog);
        let today = now.day(zone);
        let days = unpaid_since.day(zone).days_until(today);
        if days < i64::from(sub.policy(&catalog).unpaid_days_to_terminate) {
            continue;
        }
        sql::subscription::propose_end(tx, id, today).await?;
        tx.emit(Event::TerminationProposed { subscription: id });
        proposed += 1;
    }
    Ok(proposed)
}

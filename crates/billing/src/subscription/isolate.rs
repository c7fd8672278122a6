//! What the one decision about access decided, as billing keeps it: for the days that are not billed.

use kernel::{Result, SubscriptionId};
use serde_json::json;
use store::Tx;

use crate::store as sql;
use crate::words::{HoldKind, Mode, SubscriptionState};

/// Says that the subscription is isolated by these holds (`None`: not any more). Called only by the flow
/// that decides about access. `active ⇄ isolated`; other states keep their state, but the interval is
/// kept for them too. The same holds again change nothing.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn set_isolated(
    tx: &mut Tx,
    id: SubscriptionId,
    holds: Option<&[HoldKind]>,
) -> Result<()> {
    let scope = kernel::Scope::all();
    let mut sub = sql::subscription::find(tx, &scope, id).await?.ok_or_else(super::not_found)?;
    let now = tx.now();
    let open = sql::subscription::open_isolation(tx, id).await?;
    let mut kinds: Vec<HoldKind> = holds.unwrap_or_default().to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    let wanted = holds.map(|_| json!(kinds));
    if open.as_ref().map(|o| &o.holds) != wanted.as_ref() {
        if open.is_some() {
            sql::subscription::close_isolation(tx, id, now).await?;
        }
        if let Some(holds) = wanted {
            let since = open.as_ref().and_then(|o| o.unpaid_since).unwrap_or(now);
            let unpaid_since = kinds.contains(&HoldKind::Unpaid).then_some(since);
            let isolated_since = open.as_ref().map_or(now, |o| o.isolated_since);
            sql::subscription::begin_isolation(tx, id, holds, isolated_since, unpaid_since).await?;
        }
    }
    let state = match (sub.state, holds) {
        (SubscriptionState::Active, Some(_)) => SubscriptionState::Isolated,
        (SubscriptionState::Isolated, None) => SubscriptionState::Active,
        _ => return Ok(()),
    };
    if !sql::subscription::move_state(tx, id, sub.state, state).await? {
        return Ok(());
    }
    if state == SubscriptionState::Active && sub.mode == Mode::Postpaid {
        sql::subscription::set_proposed(tx, id, None).await?;
    }
    let was = sub.picture();
    sub.state = state;
    tx.journal("subscription", id.uuid(), sub.state.as_str(), was, sub.picture()).await
}

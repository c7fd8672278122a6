//! What the one decision about access decided, as billing keeps it: for the days that are not billed.

use std::collections::BTreeMap;

use kernel::{HoldId, Result, SubscriptionId, Ts};
use serde_json::json;
use store::{Tx, Value, args};

use crate::store as sql;
use crate::subscription::Subscription;
use crate::words::{HoldKind, Mode, SubscriptionState};
use sql::subscription::IsolationRow;

/// What was decided about one subscription: isolated by these holds, or (`None`) not any more.
#[derive(Clone, Debug)]
pub struct Isolation {
    pub subscription: SubscriptionId,
    pub holds: Option<Vec<HoldKind>>,
}

/// Says which subscriptions are isolated by which holds, and which are not any more. Called only by the flow
/// that decides about access, which holds their locks. `active ⇄ isolated`; other states keep their state,
/// but the interval is kept for them too. The same holds again change nothing; the last of several for one
/// subscription counts.
///
/// # Errors
/// `billing.subscription_not_found` when one is not there; then none is written.
pub async fn set_isolated(tx: &mut Tx, list: Vec<Isolation>) -> Result<()> {
    let mut wanted: BTreeMap<SubscriptionId, Option<Vec<HoldKind>>> =
        list.into_iter().map(|i| (i.subscription, i.holds)).collect();
    for kinds in wanted.values_mut().flatten() {
        kinds.sort_unstable();
        kinds.dedup();
    }
    let ids: Vec<SubscriptionId> = wanted.keys().copied().collect();
    let subscriptions = sql::subscription::of_ids(tx, &ids).await?;
    if subscriptions.len() != ids.len() {
        return Err(super::not_found());
    }
    intervals(tx, &ids, &wanted).await?;
    let isolated: Vec<&Subscription> =
        subscriptions.iter().filter(|sub| wanted[&sub.id].is_some()).collect();
    move_all(tx, &isolated, SubscriptionState::Active, SubscriptionState::Isolated).await?;
    let open: Vec<&Subscription> =
        subscriptions.iter().filter(|sub| wanted[&sub.id].is_none()).collect();
    move_all(tx, &open, SubscriptionState::Isolated, SubscriptionState::Active).await
}

/// Closes the intervals whose holds are others now, and begins the next ones.
async fn intervals(
    tx: &mut Tx,
    ids: &[SubscriptionId],
    wanted: &BTreeMap<SubscriptionId, Option<Vec<HoldKind>>>,
) -> Result<()> {
    let open = sql::subscription::open_isolations(tx, ids).await?;
    let (mut closed, mut begun) = (Vec::new(), Vec::new());
    for (id, kinds) in wanted {
        let was = open.get(id);
        let holds = kinds.as_ref().map(|kinds| json!(kinds));
        if was.map(|o| &o.holds) == holds.as_ref() {
            continue;
        }
        closed.extend(was.map(|_| *id));
        if let (Some(kinds), Some(holds)) = (kinds, holds) {
            begun.extend(begin(tx, *id, kinds, holds, was));
        }
    }
    sql::subscription::close_isolations(tx, &closed).await?;
    sql::subscription::begin_isolations(tx, begun).await
}

/// The row of an interval that begins now. Those who go on being isolated, or unpaid, are so since before.
fn begin(
    tx: &mut Tx,
    id: SubscriptionId,
    kinds: &[HoldKind],
    holds: serde_json::Value,
    was: Option<&IsolationRow>,
) -> Vec<Value> {
    let now = tx.now();
    let unpaid = kinds.contains(&HoldKind::Unpaid);
    let unpaid_since: Option<Ts> = unpaid.then(|| was.and_then(|o| o.unpaid_since).unwrap_or(now));
    let isolated_since = was.map_or(now, |o| o.isolated_since);
    let row: HoldId = tx.new_id();
    args![row, id, now, holds, isolated_since, unpaid_since]
}

async fn move_all(
    tx: &mut Tx,
    subscriptions: &[&Subscription],
    from: SubscriptionState,
    to: SubscriptionState,
) -> Result<()> {
    let of_state = subscriptions.iter().filter(|sub| sub.state == from);
    let ids: Vec<SubscriptionId> = of_state.map(|sub| sub.id).collect();
    let moved = sql::subscription::move_states(tx, &ids, from, to).await?;
    let moved = || subscriptions.iter().filter(|sub| moved.contains(&sub.id));
    if to == SubscriptionState::Active {
        let postpaid = moved().filter(|sub| sub.mode == Mode::Postpaid).map(|sub| sub.id);
        sql::subscription::propose_no_end(tx, &postpaid.collect::<Vec<_>>()).await?;
    }
    let rows = moved().map(|sub| {
        let after = Subscription { state: to, ..(*sub).clone() };
        (sub.id.uuid(), sub.picture(), after.picture())
    });
    tx.journal_many("subscription", to.as_str(), rows.collect()).await
}

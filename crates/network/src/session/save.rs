//! Writing folded sessions and usage back, many rows a statement.

use std::collections::BTreeMap;

use kernel::{Day, Result, SubscriptionId};
use store::{Tx, Value, args};

use super::fold::Held;
use super::load::COLUMNS;
use crate::accounting::Counters;

/// Inserts or updates what changed.
pub(super) async fn sessions(tx: &mut Tx, list: Vec<Held>) -> Result<()> {
    let mut rows: Vec<Value> = Vec::new();
    for h in list.into_iter().filter(|h| h.dirty) {
        rows.extend(args![
            h.id,
            h.nas,
            h.account,
            h.subscription,
            h.guest,
            h.branch,
            h.partner,
            h.acct_session_id,
            h.username,
            h.mac,
            h.framed_ip,
            h.started_at,
            h.updated_at,
            h.stopped_at,
            h.state,
            h.counters.bytes_in,
            h.counters.bytes_out,
            h.counters.secs,
            h.cause,
            h.ended_by,
            h.access_version,
            h.acked_version,
            h.acked_at,
            h.isolated
        ]);
    }
    let head = format!("insert into network_session ({COLUMNS})");
    tx.bulk(
        &head,
        "on conflict (id) do update set mac = excluded.mac, framed_ip = excluded.framed_ip,
           updated_at = excluded.updated_at, stopped_at = excluded.stopped_at,
           state = excluded.state, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out,
           secs = excluded.secs, cause = excluded.cause, ended_by = excluded.ended_by,
           access_version = excluded.access_version",
        24,
        rows,
    )
    .await?;
    Ok(())
}

/// Adds growth to the days' usage.
pub(super) async fn usage(
    tx: &mut Tx,
    growth: BTreeMap<(SubscriptionId, Day), Counters>,
) -> Result<()> {
    let rows: Vec<Value> = growth
        .into_iter()
        .flat_map(|((subscription, day), c)| args![subscription, day, c.bytes_in, c.bytes_out])
        .collect();
    tx.bulk(
        "insert into network_usage_day (subscription_id, day, bytes_in, bytes_out)",
        "on conflict (subscription_id, day) do update set
           bytes_in = network_usage_day.bytes_in + excluded.bytes_in,
           bytes_out = network_usage_day.bytes_out + excluded.bytes_out",
        4,
        rows,
    )
    .await?;
    Ok(())
}

/// Marks the sessions of these subscriptions that run with an isolating version.
pub(super) async fn mark_isolated(tx: &mut Tx, subscriptions: &[SubscriptionId]) -> Result<()> {
    if subscriptions.is_empty() {
        return Ok(());
    }
    tx.exec(
        "update network_session set isolated = true
         where state <> 'closed' and isolated = false and acked_version = 0
           and subscription_id {AMONG}($1)
           and exists (select 1 from network_access_change c
             where c.subscription_id = network_session.subscription_id
               and c.version = network_session.access_version
               and c.effect = true and c.desired = 'isolated')",
        args![subscriptions],
    )
    .await?;
    Ok(())
}

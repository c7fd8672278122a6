//! What RADIUS counted of each router's packets: kept, summed over all processes that answer.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kernel::{NasId, Result, Ts};
use store::{Query, QueryExt, Tx, Value, args};

use crate::session::parse_ip;

/// What came from one router since it was last written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: i64,
    pub rejected: i64,
    /// Accounting that was kept.
    pub accounted: i64,
    /// Packets whose signature is wrong or missing: the secrets differ, or the router does not sign.
    pub unproven: i64,
    /// Packets that were no sensible request.
    pub dropped: i64,
    /// Repetitions that got the reply of the first.
    pub repeated: i64,
    pub last_auth_at: Option<Ts>,
    pub last_acct_at: Option<Ts>,
    pub last_unproven_at: Option<Ts>,
    /// Where its last valid packet came from.
    pub source: Option<IpAddr>,
}

/// Adds what was counted; the later instants and the last source stay.
pub async fn add(tx: &mut Tx, counted: &[(NasId, Tally)]) -> Result<()> {
    let rows: Vec<Value> = counted
        .iter()
        .flat_map(|(nas, t)| {
            args![
                nas,
                t.accepted,
                t.rejected,
                t.accounted,
                t.unproven,
                t.dropped,
                t.repeated,
                t.last_auth_at,
                t.last_acct_at,
                t.last_unproven_at,
                t.source.map(|ip| ip.to_string())
            ]
        })
        .collect();
    let later = |name: &str| {
        format!(
            "{name} = case when excluded.{name} is null or network_nas_tally.{name} > excluded.{name}
               then network_nas_tally.{name} else excluded.{name} end"
        )
    };
    let on_conflict = format!(
        "on conflict (nas_id) do update set
           accepted = network_nas_tally.accepted + excluded.accepted,
           rejected = network_nas_tally.rejected + excluded.rejected,
           accounted = network_nas_tally.accounted + excluded.accounted,
           unproven = network_nas_tally.unproven + excluded.unproven,
           dropped = network_nas_tally.dropped + excluded.dropped,
           repeated = network_nas_tally.repeated + excluded.repeated,
           {}, {}, {}, source = coalesce(excluded.source, network_nas_tally.source)",
        later("last_auth_at"),
        later("last_acct_at"),
        later("last_unproven_at")
    );
    tx.bulk(
        "insert into network_nas_tally (nas_id, accepted, rejected, accounted, unproven, dropped,
           repeated, last_auth_at, last_acct_at, last_unproven_at, source)",
        &on_conflict,
        11,
        rows,
    )
    .await?;
    Ok(())
}

/// Where each router's last valid packet came from: after a restart the way to one that is known by a
/// network only.
pub async fn sources(q: &mut dyn Query) -> Result<BTreeMap<NasId, IpAddr>> {
    let rows: Vec<(NasId, Option<String>)> = q
        .rows("select nas_id, source from network_nas_tally where source is not null", args![])
        .await?;
    let known = |(nas, text): (NasId, Option<String>)| Some((nas, parse_ip(text.as_deref())?));
    Ok(rows.into_iter().filter_map(known).collect())
}

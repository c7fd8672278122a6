//! What attaching would meet.

use std::collections::BTreeMap;

use bridge::access::{AccessSystem, AccountSeen};
use kernel::{AccountId, Result, Ts};
use serde::Serialize;
use store::Db;

use super::{SHARDS_AT_ONCE, differences};
use crate::mirror::access::ours;

/// What attaching would meet, without changing anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    pub equal: usize,
    pub different: usize,
    pub only_here: usize,
    pub only_there: usize,
}

/// Counts the logins of both sides.
///
/// # Errors
/// When the engine does not answer.
pub async fn preview(db: &Db, port: &dyn AccessSystem, now: Ts) -> Result<Preview> {
    let mut q = db.reader();
    let mut there: BTreeMap<String, AccountSeen> = BTreeMap::new();
    let shards: Vec<i64> = port.digests().await?.into_keys().collect();
    for shards in shards.chunks(SHARDS_AT_ONCE) {
        there.extend(port.accounts(shards).await?.into_iter().map(|s| (s.username.clone(), s)));
    }
    let mut found = Preview::default();
    let mut after = None;
    loop {
        let page = network::directory::page(&mut q, after, 500).await?;
        let ids: Vec<AccountId> = page.rows.iter().map(|row| row.account).collect();
        for ours in ours(&mut q, &ids, now).await? {
            let Some(record) = &ours.record else { continue };
            match there.remove(&ours.username) {
                None => found.only_here += 1,
                Some(seen) if differences(record, &seen).is_empty() => found.equal += 1,
                Some(_) => found.different += 1,
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    found.only_there = there.len();
    Ok(found)
}

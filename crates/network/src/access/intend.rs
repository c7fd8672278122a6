//! Writing down what the one decision said.

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{AccessChangeId, AccountId, Event, Fault, Result, SubscriptionId, Ts};
use serde_json::json;
use store::{Lock, QueryExt, Tx, Value, args};

use super::claim::{Steady, stay_locked};
use super::{Access, AccessRow, COLUMNS, settle};
use crate::desired::{Desired, Why};
use crate::feed;
use crate::sql::KEYS;

/// One subscription's decision.
#[derive(Clone, Debug)]
pub struct Intention {
    pub subscription: SubscriptionId,
    pub desired: Desired,
    pub why: Why,
    /// When the answer may change by itself.
    pub recheck_at: Option<Ts>,
}

/// Records the desired access of a subscription; `true` when it differs from what was desired before.
///
/// Level-triggered: the same decision again changes nothing but the reason's words and `recheck_at`,
/// unless its profile is another edition by now ([`Catalog::profile_revision`]).
/// Another hold on an isolated subscription is a change without anything to tell a NAS. Otherwise the
/// version rises, the history gets a row and `AccessChanged` is emitted; with no open session it counts
/// as enforced at once. Only `flows::access` calls this.
pub async fn intend(
    tx: &mut Tx,
    subscription: SubscriptionId,
    desired: Desired,
    why: Why,
    recheck_at: Option<Ts>,
) -> Result<bool> {
    tx.lock(Lock::Subscription(subscription)).await?;
    let one = Intention { subscription, desired, why, recheck_at };
    Ok(!intend_many(tx, vec![one]).await?.is_empty())
}

/// As [`intend`] for many, set-based; answers the subscriptions whose desired access changed. The
/// caller holds their locks. The last of several for one subscription counts.
pub async fn intend_many(tx: &mut Tx, list: Vec<Intention>) -> Result<Vec<SubscriptionId>> {
    let wanted: BTreeMap<SubscriptionId, Intention> =
        list.into_iter().map(|i| (i.subscription, i)).collect();
    let wanted: Vec<Intention> = wanted.into_values().collect();
    let mut changed = Vec::new();
    for chunk in wanted.chunks(KEYS) {
        changed.extend(intend_chunk(tx, chunk).await?);
    }
    Ok(changed)
}

async fn intend_chunk(tx: &mut Tx, chunk: &[Intention]) -> Result<Vec<SubscriptionId>> {
    let known = load(tx, chunk).await?;
    let accounts = accounts(tx, chunk, &known).await?;
    let catalog = catalog::current(tx).await?;
    let mut changed = Vec::new();
    let mut affected = Vec::new();
    let mut touched = Vec::new();
    let mut steady = Vec::new();
    let mut rows: Vec<Value> = Vec::new();
    let mut history: Vec<Value> = Vec::new();
    for want in chunk {
        let was = known.get(&want.subscription);
        let revision = edition(&catalog, &want.desired);
        let effect = was.is_none_or(|w| {
            !w.desired.same_effect(&want.desired) || w.profile_revision != revision
        });
        let differs = effect || was.is_none_or(|w| w.desired != want.desired);
        if let Some(w) = was.filter(|w| !differs && w.why == want.why) {
            if w.recheck_at != want.recheck_at {
                steady.push(Steady {
                    subscription: want.subscription,
                    was: w.recheck_at,
                    recheck_at: want.recheck_at,
                });
            }
            continue;
        }
        let version = was.map_or(0, |w| w.version) + i64::from(effect);
        let account = accounts.get(&want.subscription).copied();
        touched.push(want.subscription);
        let now = Now { want, revision, version };
        rows.extend(row(tx, now, was, account));
        if differs {
            history.extend(history_row(tx, now, was.filter(|_| !effect)));
            changed.push(want.subscription);
        }
        if effect {
            affected.push(want.subscription);
        }
    }
    stay_locked(tx, &steady).await?;
    save(tx, rows, history).await?;
    feed::touch(tx, &touched).await?;
    for subscription in &affected {
        tx.emit(Event::AccessChanged { subscription: *subscription });
    }
    settle(tx, &affected).await?;
    journal(tx, &changed, chunk, &known).await?;
    Ok(changed)
}

/// The edition of the profile that carries a desired access out; 0 when none does.
pub fn edition(catalog: &Catalog, desired: &Desired) -> i64 {
    let profile = match desired {
        Desired::Full { profile } => Some(*profile),
        Desired::Isolated { .. } => catalog.isolation_profile().ok().map(|p| p.id),
        Desired::Blocked { .. } => None,
    };
    profile.map_or(0, |id| catalog.profile_revision(id))
}

/// A decision with what it is stored as.
#[derive(Clone, Copy)]
struct Now<'a> {
    want: &'a Intention,
    revision: i64,
    version: i64,
}

/// The row of `network_access`: without an effect, all about carrying it out stays as it is.
fn row(
    tx: &Tx,
    Now { want, revision, version }: Now<'_>,
    was: Option<&Access>,
    account: Option<AccountId>,
) -> Vec<Value> {
    let now = tx.now();
    let keep = was.filter(|w| w.version == version);
    args![
        want.subscription,
        account,
        want.desired.kind(),
        want.desired.profile(),
        want.desired.reason(),
        want.desired.holds_json(),
        want.why.to_json(),
        revision,
        version,
        keep.map_or(now, |w| w.caused_at),
        keep.map_or(now, |w| w.since),
        want.recheck_at,
        was.map_or(0, |w| w.enforced_version),
        keep.and_then(|w| w.enforced_at),
        keep.map_or(Some(now), |w| w.next_attempt_at),
        keep.map_or(0, |w| w.attempts),
        now,
        keep.map_or(tx.trail(), |w| w.trail)
    ]
}

/// The row of the history; `keep` is what stands when only the holds changed.
fn history_row(
    tx: &mut Tx,
    Now { want, revision, version }: Now<'_>,
    keep: Option<&Access>,
) -> Vec<Value> {
    let id: AccessChangeId = tx.new_id();
    args![
        id,
        want.subscription,
        version,
        keep.is_none(),
        tx.now(),
        want.desired.kind(),
        want.desired.profile(),
        want.desired.reason(),
        want.desired.holds_json(),
        want.why.to_json(),
        revision,
        keep.map_or(tx.now(), |w| w.caused_at),
        tx.trail(),
        tx.actor().tag()
    ]
}

async fn load(tx: &mut Tx, chunk: &[Intention]) -> Result<BTreeMap<SubscriptionId, Access>> {
    let ids: Vec<SubscriptionId> = chunk.iter().map(|w| w.subscription).collect();
    let sql = format!("select {COLUMNS} from network_access where subscription_id {{AMONG}}($1)");
    let rows: Vec<AccessRow> = tx.rows(&sql, args![ids]).await?;
    rows.into_iter().map(|r| Access::try_from(r).map(|a| (a.subscription, a))).collect()
}

/// The open account of each, as known or looked up.
async fn accounts(
    tx: &mut Tx,
    chunk: &[Intention],
    known: &BTreeMap<SubscriptionId, Access>,
) -> Result<BTreeMap<SubscriptionId, AccountId>> {
    let mut found: BTreeMap<SubscriptionId, AccountId> =
        known.values().filter_map(|a| a.account.map(|id| (a.subscription, id))).collect();
    let missing: Vec<SubscriptionId> =
        chunk.iter().map(|w| w.subscription).filter(|id| !found.contains_key(id)).collect();
    if !missing.is_empty() {
        let sql = "select subscription_id, id from network_account
             where state <> 'closed' and subscription_id {AMONG}($1)";
        let rows: Vec<(SubscriptionId, AccountId)> = tx.rows(sql, args![missing]).await?;
        found.extend(rows);
    }
    Ok(found)
}

async fn save(tx: &mut Tx, rows: Vec<Value>, history: Vec<Value>) -> Result<()> {
    let count = rows.len() / 18;
    let saved = tx
        .bulk(
            "insert into network_access (subscription_id, account_id, desired, profile_id, reason,
               holds, why, profile_revision, version, caused_at, since, recheck_at, enforced_version, enforced_at,
               next_attempt_at, attempts, changed_at, trail)",
            "on conflict (subscription_id) do update set account_id = excluded.account_id,
               desired = excluded.desired, profile_id = excluded.profile_id,
               reason = excluded.reason, holds = excluded.holds, why = excluded.why,
               profile_revision = excluded.profile_revision,
               version = excluded.version, caused_at = excluded.caused_at, since = excluded.since,
               recheck_at = excluded.recheck_at, enforced_version = excluded.enforced_version,
               enforced_at = excluded.enforced_at, next_attempt_at = excluded.next_attempt_at,
               attempts = excluded.attempts, changed_at = excluded.changed_at,
               trail = excluded.trail
             where network_access.version <= excluded.version
               and network_access.version >= excluded.version - 1",
            18,
            rows,
        )
        .await?;
    if usize::try_from(saved).unwrap_or(0) != count {
        return Err(Fault::bug("two decisions about one subscription were written at once"));
    }
    tx.bulk(
        "insert into network_access_change (id, subscription_id, version, effect, at, desired,
           profile_id, reason, holds, why, profile_revision, caused_at, trail, actor)",
        "",
        14,
        history,
    )
    .await?;
    Ok(())
}

/// A change that a person caused stands in the journal beside their own action.
async fn journal(
    tx: &mut Tx,
    changed: &[SubscriptionId],
    chunk: &[Intention],
    known: &BTreeMap<SubscriptionId, Access>,
) -> Result<()> {
    if !tx.actor().is_person() {
        return Ok(());
    }
    for want in chunk.iter().filter(|w| changed.contains(&w.subscription)) {
        let before = known
            .get(&want.subscription)
            .map_or(json!(null), |a| json!({ "desired": a.desired.kind(), "why": a.why.code }));
        let after = json!({ "desired": want.desired.kind(), "why": want.why.code });
        tx.journal("access", want.subscription.uuid(), "intended", before, after).await?;
    }
    Ok(())
}

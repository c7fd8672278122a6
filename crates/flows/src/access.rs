//! Access: asking the one decision again, and writing down what it says.
//!
//! Nobody ever says "open": everybody says "reconsider". This is the only caller of
//! `network::access::intend_many` and of `billing::subscription::set_isolated`.

use std::collections::BTreeMap;

use billing::facts::AccessFacts;
use billing::subscription::Isolation;
use billing::words::{HoldKind, SubscriptionState};
use catalog::Catalog;
use kernel::{Lang, Result, SubscriptionId};
use network::Desired;
use network::access::Intention;
use store::{Lock, QueryExt, Tx, args};

use crate::decide::{Decision, Facts, decide};
use crate::facts::gather;
use crate::sweep::newly_for_money;

/// Decides anew for one subscription. `true`: its desired access changed. Level-triggered: asking again
/// changes nothing.
pub async fn reconsider(tx: &mut Tx, subscription: SubscriptionId) -> Result<bool> {
    let customer: Option<kernel::CustomerId> = tx
        .value_opt(
            "select customer_id from billing_subscription where id = $1",
            args![subscription],
        )
        .await?;
    let Some(customer) = customer else { return Ok(false) };
    tx.lock(Lock::MoneyAccount(customer)).await?;
    tx.lock(Lock::Subscription(subscription)).await?;
    Ok(!reconsider_locked(tx, &[subscription]).await?.is_empty())
}

/// Decides anew for every subscription of a customer: money moved on their account.
pub async fn reconsider_customer(tx: &mut Tx, customer: kernel::CustomerId) -> Result<()> {
    let ids: Vec<SubscriptionId> = tx
        .values(
            "select id from billing_subscription
             where customer_id = $1 and state not in ('terminated', 'cancelled') order by id",
            args![customer],
        )
        .await?;
    for id in ids {
        reconsider(tx, id).await?;
    }
    Ok(())
}

/// Decides anew for many, set-based; locks each. Answers those whose desired access changed.
pub async fn reconsider_many(tx: &mut Tx, ids: &[SubscriptionId]) -> Result<Vec<SubscriptionId>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let locks: Vec<Lock<'_>> = ids.iter().copied().map(Lock::Subscription).collect();
    tx.lock_all(&locks).await?;
    reconsider_locked(tx, &ids).await
}

pub(crate) async fn reconsider_locked(
    tx: &mut Tx,
    ids: &[SubscriptionId],
) -> Result<Vec<SubscriptionId>> {
    let now = tx.now();
    let catalog = catalog::current(tx).await?;
    let mut decided = Vec::with_capacity(ids.len());
    for (subject, facts) in with_quotas_of_today(tx, &catalog, ids).await? {
        let decision = decide(&facts, now);
        decided.push((subject, decision));
    }
    apply(tx, decided).await
}

/// The facts, after the quota's next period has begun for those whose last one is over.
async fn with_quotas_of_today(
    tx: &mut Tx,
    catalog: &Catalog,
    ids: &[SubscriptionId],
) -> Result<Vec<(AccessFacts, Facts)>> {
    let now = tx.now();
    let gathered = gather(tx, catalog, ids).await?;
    let is_over = |facts: &Facts| facts.quota.is_some_and(|quota| quota.resets_at <= now);
    let mut rolled = false;
    for (subject, _) in gathered.iter().filter(|(_, facts)| is_over(facts)) {
        roll(tx, catalog, subject).await?;
        rolled = true;
    }
    if rolled { gather(tx, catalog, ids).await } else { Ok(gathered) }
}

async fn apply(tx: &mut Tx, decided: Vec<(AccessFacts, Decision)>) -> Result<Vec<SubscriptionId>> {
    let kept =
        decided.iter().filter_map(|(subject, decision)| state_of(subject, &decision.desired));
    billing::subscription::set_isolated(tx, kept.collect()).await?;
    let intentions = decided
        .into_iter()
        .map(|(subject, decision)| Intention {
            subscription: subject.subscription,
            desired: decision.desired,
            why: decision.why,
            recheck_at: decision.recheck_at,
        })
        .collect();
    network::access::intend_many(tx, intentions).await
}

/// The subscription's state follows the decision: active ⇄ isolated, with the interval that billing needs.
fn state_of(subject: &AccessFacts, desired: &Desired) -> Option<Isolation> {
    let holds = match (subject.state, desired) {
        (SubscriptionState::Active | SubscriptionState::Isolated, Desired::Isolated { holds }) => {
            Some(holds.iter().filter_map(|h| HoldKind::parse(h)).collect())
        }
        (SubscriptionState::Isolated, _) => None,
        _ => return None,
    };
    Some(Isolation { subscription: subject.subscription, holds })
}

/// Sets the quota of the period that runs today, with what was bought and paid in it; the sum of usage starts anew with each period.
pub async fn roll_quota(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    let catalog = catalog::current(tx).await?;
    let subject = billing::facts::for_access(tx, subscription).await?;
    roll(tx, &catalog, &subject).await
}

async fn roll(tx: &mut Tx, catalog: &Catalog, subject: &AccessFacts) -> Result<()> {
    let subscription = subject.subscription;
    let limit = catalog.plan(subject.plan)?.quota_bytes;
    let had: Option<i64> = tx
        .value_opt(
            "select count(*) from network_quota where subscription_id = $1",
            args![subscription],
        )
        .await?;
    if limit.is_none() && had.unwrap_or(0) == 0 {
        return Ok(());
    }
    let today = tx.now().day(catalog.zone(subject.branch));
    let from = subject.period_at(today).from;
    let bought = match limit {
        Some(_) => billing::quota_top_up::bytes_since(tx, subscription, from).await?,
        None => 0,
    };
    let limit = limit.map(|limit| limit.saturating_add(bought));
    network::quota::set(tx, subscription, limit, from).await?;
    Ok(())
}

/// A paid invoice is not paid any more, or was credited: quota that was bought with it is gone.
pub async fn bought_quota_again(tx: &mut Tx, invoice: kernel::InvoiceId) -> Result<()> {
    match billing::quota_top_up::of_invoice(tx, invoice).await? {
        Some(subscription) => roll_quota(tx, subscription).await,
        None => Ok(()),
    }
}

/// The reason in the given language.
pub fn sentence(why: &network::Why, lang: Lang) -> &str {
    if lang == Lang::En { &why.en } else { &why.id }
}

/// Decides anew for the subscriptions of a chunk of freshly issued invoices. Nobody loses full access here
/// for money: that is left to the next sweep, which has the guard in front of it.
pub async fn reconsider_issued(tx: &mut Tx, invoices: &[kernel::InvoiceId]) -> Result<()> {
    let subscriptions: Vec<SubscriptionId> = tx
        .values(
            "select distinct subscription_id from billing_invoice
             where subscription_id is not null and id {AMONG}($1)",
            args![invoices],
        )
        .await?;
    reconsider_guarded(tx, subscriptions).await
}

/// As [`reconsider_issued`] for one subscription whose invoices changed.
pub async fn reconsider_billed(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    let customer: Option<kernel::CustomerId> = tx
        .value_opt(
            "select customer_id from billing_subscription where id = $1",
            args![subscription],
        )
        .await?;
    let Some(customer) = customer else { return Ok(()) };
    tx.lock(Lock::MoneyAccount(customer)).await?;
    reconsider_guarded(tx, vec![subscription]).await
}

async fn reconsider_guarded(tx: &mut Tx, mut ids: Vec<SubscriptionId>) -> Result<()> {
    ids.sort_unstable();
    ids.dedup();
    let locks: Vec<Lock<'_>> = ids.iter().copied().map(Lock::Subscription).collect();
    tx.lock_all(&locks).await?;
    let now = tx.now();
    let catalog = catalog::current(tx).await?;
    let stored = network::access::of_many(tx, &ids).await?;
    let stored: BTreeMap<SubscriptionId, Desired> =
        stored.into_iter().map(|a| (a.subscription, a.desired)).collect();
    let (mut decided, mut left) = (Vec::new(), Vec::new());
    for (subject, facts) in with_quotas_of_today(tx, &catalog, &ids).await? {
        let decision = decide(&facts, now);
        if newly_for_money(stored.get(&subject.subscription), &decision.desired) {
            left.push(subject.subscription);
        } else {
            decided.push((subject, decision));
        }
    }
    network::access::recheck(tx, &left).await?;
    apply(tx, decided).await.map(drop)
}

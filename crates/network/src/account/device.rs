//! Which device may log in: the scan, the first login, a swap, NOC's own hand.

use kernel::fault::wrong_state;
use kernel::{AccountId, Fault, Result, Scope, SubscriptionId, Ts};
use serde_json::json;
use store::{Lock, Tx, args};

use super::{Account, find, of_subscription, open_of};
use crate::feed;
use crate::mac::Mac;
use crate::words::{AccountState, MacPolicy};

/// How long the first MAC seen is bound after a scan or an unlock: a working day and its night.
pub const MAC_WINDOW_SECS: i64 = 24 * 3_600;

/// The device is at the site: the account may log in (when the desired access says so).
///
/// By its policy the scanned MAC is the lock (`scan`), the lock until the first login shows another
/// (`scan_confirm`), or nothing (`off`). Repeated with the same MAC it changes nothing.
///
/// # Errors
/// `network.account_not_found` when the subscription has no open account.
pub async fn open(
    tx: &mut Tx,
    subscription: SubscriptionId,
    mac: Option<Mac>,
) -> Result<AccountId> {
    let account = locked(tx, subscription).await?;
    if account.state == AccountState::Live && account.mac_scanned == mac {
        return Ok(account.id);
    }
    put_device(tx, &account, mac, "opened").await
}

/// Another device takes the place of the old one, as after a repair. Sessions of the old one are ended:
/// their device lies in the technician's bag, and would keep the new one out.
///
/// # Errors
/// As [`open`]; `network.account_state` when the account is not live yet.
pub async fn swap_mac(
    tx: &mut Tx,
    subscription: SubscriptionId,
    mac: Option<Mac>,
) -> Result<AccountId> {
    let account = locked(tx, subscription).await?;
    if account.state != AccountState::Live {
        return Err(bad_state(&account, "live"));
    }
    if account.mac_scanned == mac && mac.is_some() {
        return Ok(account.id);
    }
    crate::access::end_of_device(tx, subscription, mac).await?;
    put_device(tx, &account, mac, "swapped").await
}

async fn put_device(
    tx: &mut Tx,
    account: &Account,
    mac: Option<Mac>,
    action: &str,
) -> Result<AccountId> {
    let until = window(account.mac_policy, mac, tx.now());
    tx.exec(
        "update network_account set state = 'live', mac = $1, mac_scanned = $1, mac_open_until = $2,
           mac_seen_at = null, mac_reviewed_at = null, changed_at = $3 where id = $4",
        args![mac, until, tx.now(), account.id],
    )
    .await?;
    let shown = |mac: Option<Mac>| mac.map(|m| m.to_string());
    let before = json!({ "state": account.state, "mac": shown(account.mac) });
    let after = json!({ "state": AccountState::Live, "mac": shown(mac) });
    said(tx, account, action, before, after).await?;
    Ok(account.id)
}

/// Until when the first MAC seen is bound: always when none was scanned, and by `scan_confirm`.
fn window(policy: MacPolicy, mac: Option<Mac>, now: Ts) -> Option<Ts> {
    let opens = match policy {
        MacPolicy::Off => false,
        MacPolicy::ScanConfirm => true,
        MacPolicy::Scan => mac.is_none(),
    };
    opens.then(|| now.plus_secs(MAC_WINDOW_SECS))
}

/// The first login while the window is open, or while no MAC is known, showed this MAC: it becomes the
/// lock. Answers whether it differs from the scan, which NOC then sees. Does nothing when a MAC is bound
/// and the window shut, and where no lock is wanted.
pub async fn bind_seen(tx: &mut Tx, account: AccountId, seen: Mac, at: Ts) -> Result<bool> {
    let account = find(tx, &Scope::all(), account).await?;
    tx.lock(Lock::Subscription(account.subscription_id)).await?;
    let bound = tx
        .exec(
            "update network_account set mac = $1, mac_seen_at = $2, mac_open_until = null,
               changed_at = $3
             where id = $4 and state = 'live' and mac_policy <> 'off'
               and (mac_open_until >= $2 or mac is null)",
            args![seen, at, tx.now(), account.id],
        )
        .await?;
    if bound == 0 {
        return Ok(false);
    }
    let differs = account.mac_scanned.is_some_and(|scanned| scanned != seen);
    let before = json!({ "mac": account.mac.map(|m| m.to_string()) });
    let after = json!({ "mac": seen.to_string(), "differs_from_scan": differs });
    said(tx, &account, "mac_bound", before, after).await?;
    Ok(differs)
}

/// The order on site is done: from now on only the bound (else the scanned) MAC may log in. Without an open
/// account (the subscription ended meanwhile) it does nothing.
pub async fn close_mac_window(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    tx.lock(Lock::Subscription(subscription)).await?;
    let Some(account) = of_subscription(tx, subscription).await? else { return Ok(()) };
    if account.state == AccountState::Closed {
        return Ok(());
    }
    let shut = tx
        .exec(
            "update network_account set mac_open_until = null, changed_at = $1
             where id = $2 and mac_open_until is not null and mac is not null",
            args![tx.now(), account.id],
        )
        .await?;
    if shut > 0 {
        feed::account_changed(tx, account.id, subscription).await?;
    }
    Ok(())
}

/// NOC locks the account to this MAC.
///
/// # Errors
/// `network.account_not_found`, `network.account_state` for a closed account.
pub async fn set_mac(tx: &mut Tx, scope: &Scope, id: AccountId, mac: Mac) -> Result<()> {
    let account = editable(tx, scope, id).await?;
    tx.exec(
        "update network_account set mac = $1, mac_open_until = null, mac_reviewed_at = $2,
           changed_at = $2 where id = $3",
        args![mac, tx.now(), id],
    )
    .await?;
    let before = json!({ "mac": account.mac.map(|m| m.to_string()) });
    said(tx, &account, "mac_set", before, json!({ "mac": mac.to_string() })).await
}

/// NOC lets the next device that logs in become the registered one.
///
/// # Errors
/// As [`set_mac`].
pub async fn unlock_mac(tx: &mut Tx, scope: &Scope, id: AccountId) -> Result<Ts> {
    let account = editable(tx, scope, id).await?;
    let until = tx.now().plus_secs(MAC_WINDOW_SECS);
    tx.exec(
        "update network_account set mac_open_until = $1, changed_at = $2 where id = $3",
        args![until, tx.now(), id],
    )
    .await?;
    said(tx, &account, "mac_unlocked", json!(null), json!({ "until": until })).await?;
    Ok(until)
}

/// NOC has seen that label and login differ, and accepts it.
///
/// # Errors
/// `network.account_not_found`.
pub async fn mac_reviewed(tx: &mut Tx, scope: &Scope, id: AccountId) -> Result<()> {
    let account = find(tx, scope, id).await?;
    tx.exec(
        "update network_account set mac_reviewed_at = $1 where id = $2 and mac_reviewed_at is null",
        args![tx.now(), id],
    )
    .await?;
    let after = json!({ "mac": account.mac.map(|m| m.to_string()) });
    tx.journal("account", id.uuid(), "mac_reviewed", json!(null), after).await
}

async fn locked(tx: &mut Tx, subscription: SubscriptionId) -> Result<Account> {
    tx.lock(Lock::Subscription(subscription)).await?;
    open_of(tx, subscription).await
}

/// The account for a change by a person: locked, and not closed.
pub(super) async fn editable(tx: &mut Tx, scope: &Scope, id: AccountId) -> Result<Account> {
    let subscription = find(tx, scope, id).await?.subscription_id;
    tx.lock(Lock::Subscription(subscription)).await?;
    let account = find(tx, scope, id).await?;
    if account.state == AccountState::Closed {
        return Err(bad_state(&account, "reserved, live"));
    }
    Ok(account)
}

pub(super) async fn said(
    tx: &mut Tx,
    account: &Account,
    action: &str,
    before: serde_json::Value,
    after: serde_json::Value,
) -> Result<()> {
    tx.journal("account", account.id.uuid(), action, before, after).await?;
    feed::account_changed(tx, account.id, account.subscription_id).await
}

fn bad_state(account: &Account, allowed: &str) -> Fault {
    wrong_state("network.account_state", ("Akun", "account"), account.state.as_str(), allowed)
}

//! Network's rows of an import: logins that work already, and quotas.

use catalog::{Catalog, Policy};
use kernel::{AccountId, Day, Result, SubscriptionId, Ts};
use network::{AccountState, MacPolicy};
use store::{Tx, Value, args};

use super::bulk;
use crate::import::accounts::{Account, Typed};
use crate::import::memory::sealer;

/// How long the first MAC seen becomes the lock of a login that came without one: as long as it takes to
/// move every router over.
const FIRST_MAC_DAYS: i64 = 90;

/// A login that works already.
pub(in crate::import) struct Login<'a> {
    pub id: AccountId,
    pub subscription: SubscriptionId,
    pub account: &'a Account,
}

/// The row's own policy, else the ISP's.
pub(in crate::import) fn mac_policy(typed: &Typed, policy: &Policy) -> MacPolicy {
    typed
        .mac_policy
        .or_else(|| MacPolicy::parse(&policy.mac_policy))
        .unwrap_or(MacPolicy::ScanConfirm)
}

/// Twin of `account::reserve` and `account::open`: live, locked to the MAC that came with it. Without one
/// the first MAC seen becomes the lock.
pub(in crate::import) async fn logins(
    tx: &mut Tx,
    catalog: &Catalog,
    logins: &[Login<'_>],
) -> Result<()> {
    let sealer = sealer(tx)?;
    let now = tx.now();
    let mut values: Vec<Value> = Vec::with_capacity(logins.len() * 15);
    for login in logins {
        let Account { typed, customer, plan, .. } = login.account;
        let policy = mac_policy(typed, &catalog.policy(*plan, customer.id));
        let mac = typed.mac.filter(|_| policy != MacPolicy::Off);
        let binds = policy != MacPolicy::Off && mac.is_none();
        let open_until: Option<Ts> = binds.then(|| now.plus_days(FIRST_MAC_DAYS));
        let password = sealer.seal("network_account", login.id, &typed.password)?;
        let ip = typed.fixed_ip.map(|ip| ip.to_string());
        values.extend(args![
            login.id,
            login.subscription,
            customer.id,
            customer.branch_id,
            customer.partner_id,
            typed.username,
            password,
            typed.kind,
            AccountState::Live,
            mac,
            policy,
            open_until,
            ip,
            now,
            now
        ]);
    }
    bulk(
        tx,
        "insert into network_account (id, subscription_id, customer_id, branch_id, partner_id, username,
           password_enc, kind, state, mac, mac_policy, mac_open_until, fixed_ip, created_at, changed_at)",
        "",
        15,
        values,
    )
    .await?;
    Ok(())
}

/// Twin of `quota::set` for connections that have used nothing here yet.
pub(in crate::import) async fn quotas(
    tx: &mut Tx,
    limits: &[(SubscriptionId, i64, Day)],
) -> Result<()> {
    let values: Vec<Value> =
        limits.iter().flat_map(|(id, limit, from)| args![id, limit, from]).collect();
    bulk(tx, "insert into network_quota (subscription_id, limit_bytes, from_on)", "", 3, values)
        .await?;
    Ok(())
}

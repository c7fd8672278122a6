//! The two switches of an ISP that moves in: nobody is messaged, nobody is isolated for money, until they
//! are on.

use catalog::write::{PolicyFor, set_policy};
use catalog::{PolicyPatch, PolicyScope};
use kernel::Result;
use store::{Query, QueryExt, Tx, args};
use uuid::Uuid;

/// What can be switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    Messages,
    Isolation,
}

/// Nothing runs here yet, and nobody was imported before.
pub(super) async fn is_first_import(q: &mut dyn Query) -> Result<bool> {
    let before: i64 = q
        .value(
            "select count(*) from flows_import where kind in ('customers', 'accounts', 'balances')",
            args![],
        )
        .await?;
    let running: i64 = q
        .value(
            "select count(*) from (select 1 as one from billing_subscription
               where state in ('ready', 'active', 'isolated', 'paused') limit 1) t",
            args![],
        )
        .await?;
    Ok(before + running == 0)
}

/// Switches both off. `false`: they were off.
pub(super) async fn all_off(tx: &mut Tx) -> Result<bool> {
    let policy = catalog::current(tx).await?.isp_policy();
    if !policy.messages_on && !policy.isolation_on {
        return Ok(false);
    }
    let off = PolicyPatch { messages_on: Some(false), isolation_on: Some(false), ..own(tx).await? };
    set_policy(tx, PolicyFor::Isp, &off).await?;
    Ok(true)
}

/// Switches one on or off for the whole ISP, journaled. `false`: it stood so already.
///
/// Switching isolation on does not isolate anybody by itself: the next sweep decides anew for everybody, with
/// the guard against mass isolation in front of it.
///
/// # Errors
/// Only when the database fails.
pub async fn set(tx: &mut Tx, switch: Switch, on: bool) -> Result<bool> {
    let policy = catalog::current(tx).await?.isp_policy();
    let mut patch = own(tx).await?;
    let (stands, field) = match switch {
        Switch::Messages => (policy.messages_on, &mut patch.messages_on),
        Switch::Isolation => (policy.isolation_on, &mut patch.isolation_on),
    };
    if stands == on {
        return Ok(false);
    }
    *field = Some(on);
    set_policy(tx, PolicyFor::Isp, &patch).await?;
    Ok(true)
}

/// The ISP's own row of rules as it stands.
async fn own(q: &mut dyn Query) -> Result<PolicyPatch> {
    let catalog = catalog::current(q).await?;
    Ok(catalog.policies.get(&(PolicyScope::Isp, Uuid::nil())).cloned().unwrap_or_default())
}

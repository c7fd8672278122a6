//! What NOC changes on an account by hand.

use std::net::IpAddr;

use kernel::{AccountId, Fault, Result, Scope};
use serde_json::json;
use store::{QueryExt, Tx, args};

use super::device::{editable, said};
use super::reserve::{name_taken, release_name};
use super::{TABLE, sealer};
use crate::secret::Secret;
use crate::words::MacPolicy;
use crate::{password, username};

/// Gives the account another user name; the running session keeps the old one until it ends.
///
/// # Errors
/// `network.bad_username`, `network.username_taken`, `network.account_not_found`,
/// `network.account_state`.
pub async fn rename(tx: &mut Tx, scope: &Scope, id: AccountId, name: &str) -> Result<()> {
    let name = username::parse(name)?;
    let account = editable(tx, scope, id).await?;
    if account.username == name {
        return Ok(());
    }
    release_name(tx, &name).await?;
    let taken: Option<AccountId> = tx
        .value_opt(
            "select id from network_account where username = $1 and released_at is null",
            args![name],
        )
        .await?;
    if taken.is_some() {
        return Err(name_taken());
    }
    let renamed = tx
        .exec(
            "update network_account set username = $1, changed_at = $2 where id = $3",
            args![name, tx.now(), id],
        )
        .await;
    match renamed {
        Err(fault) if store::is_unique(&fault) => return Err(name_taken()),
        other => other?,
    };
    let before = json!({ "username": account.username });
    said(tx, &account, "renamed", before, json!({ "username": name })).await
}

/// Gives the account a new password: the one chosen, or a generated one, which is answered.
///
/// # Errors
/// `network.bad_password`, `network.account_not_found`, `network.account_state`.
pub async fn set_password(
    tx: &mut Tx,
    scope: &Scope,
    id: AccountId,
    chosen: Option<Secret>,
) -> Result<Secret> {
    if let Some(chosen) = &chosen {
        password::check(chosen.expose())?;
    }
    let account = editable(tx, scope, id).await?;
    let sealer = sealer(tx)?;
    let password = match chosen {
        Some(chosen) => chosen,
        None => password::subscriber(&sealer.random()?),
    };
    let sealed = sealer.seal(TABLE, id, &password)?;
    tx.exec(
        "update network_account set password_enc = $1, changed_at = $2 where id = $3",
        args![sealed, tx.now(), id],
    )
    .await?;
    // The journal says that it changed, never to what.
    said(tx, &account, "password_changed", json!(null), json!(null)).await?;
    Ok(password)
}

/// What else stands on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub mac_policy: MacPolicy,
    pub fixed_ip: Option<IpAddr>,
    /// Sessions at one time, 1–10.
    pub sessions_max: i64,
}

/// Sets MAC policy, fixed address and the number of sessions.
///
/// # Errors
/// Names the field: `sessions_max` out of range, `fixed_ip` used by another account.
pub async fn set_limits(tx: &mut Tx, scope: &Scope, id: AccountId, limits: &Limits) -> Result<()> {
    if !(1..=10).contains(&limits.sessions_max) {
        return Err(Fault::field("sessions_max", "range", "harus 1–10", "must be 1–10"));
    }
    let account = editable(tx, scope, id).await?;
    let ip = limits.fixed_ip.map(|ip| ip.to_string());
    let user: Option<AccountId> = tx
        .value_opt(
            "select id from network_account where fixed_ip = $1 and state <> 'closed' and id <> $2",
            args![ip, id],
        )
        .await?;
    if user.is_some() {
        return Err(Fault::field(
            "fixed_ip",
            "network.fixed_ip_taken",
            "alamat ini sudah dipakai akun lain",
            "another account already has this address",
        ));
    }
    tx.exec(
        "update network_account set mac_policy = $1, fixed_ip = $2, sessions_max = $3,
           changed_at = $4 where id = $5",
        args![limits.mac_policy, ip, limits.sessions_max, tx.now(), id],
    )
    .await?;
    let before = json!({ "mac_policy": account.mac_policy, "fixed_ip": account.fixed_ip,
        "sessions_max": account.sessions_max });
    let after = json!({ "mac_policy": limits.mac_policy, "fixed_ip": ip,
        "sessions_max": limits.sessions_max });
    said(tx, &account, "limits_set", before, after).await
}

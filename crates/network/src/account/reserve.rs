//! Reserving user name and password, when an install is assigned.

use std::fmt;

use kernel::{AccountId, BranchId, CustomerId, Fault, PartnerId, Result, SubscriptionId};
use serde_json::json;
use store::{Lock, Tx, args};

use super::{TABLE, credentials, open_of, sealer};
use crate::feed;
use crate::password;
use crate::secret::Secret;
use crate::username::{self, Parts};
use crate::words::{AccountKind, MacPolicy};

/// Days after which the user name of a closed account is free again.
pub const RELEASE_DAYS: i64 = 90;
/// Alternatives tried before giving up: more people than this do not share one name in one branch.
const TRIES_MAX: u32 = 500;

/// For whom an account is reserved.
#[derive(Clone, Debug)]
pub struct Reservation {
    pub subscription: SubscriptionId,
    pub customer: CustomerId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    /// The policy's pattern for user names, and what it may mention.
    pub pattern: String,
    pub parts: Parts,
    pub mac_policy: MacPolicy,
    pub kind: AccountKind,
    /// An import's own name and password; `None`: generated.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// A reserved account. `Debug` does not show the password.
#[derive(Clone)]
pub struct Reserved {
    pub account: AccountId,
    pub username: String,
    pub password: Secret,
}

impl fmt::Debug for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reserved({} {})", self.account, self.username)
    }
}

/// Gives the subscription a user name and password. Asked again, it answers the same account.
///
/// A name taken by another account becomes `name2`, `name3` …; the name of an account closed more than
/// 90 days ago is free.
///
/// # Errors
/// `network.bad_username`, `network.bad_password`, `network.bad_pattern` for what was given;
/// `network.username_taken` when the name asked for is in use.
pub async fn reserve(tx: &mut Tx, want: &Reservation) -> Result<Reserved> {
    tx.lock(Lock::Subscription(want.subscription)).await?;
    if let Some((username, password)) = credentials(tx, want.subscription).await? {
        let account = open_of(tx, want.subscription).await?.id;
        return Ok(Reserved { account, username, password });
    }
    let sealer = sealer(tx)?;
    let password = match &want.password {
        Some(given) => {
            password::check_existing(given.expose())?;
            given.clone()
        }
        None => password::subscriber(&sealer.random()?),
    };
    let id: AccountId = tx.new_id();
    let sealed = sealer.seal(TABLE, id, &password)?;
    let username = take_name(tx, want, id, &sealed).await?;
    tx.exec(
        "update network_access set account_id = $1 where subscription_id = $2",
        args![id, want.subscription],
    )
    .await?;
    let after = json!({ "username": username, "subscription": want.subscription });
    tx.journal("account", id.uuid(), "reserved", json!(null), after).await?;
    feed::account_changed(tx, id, want.subscription).await?;
    Ok(Reserved { account: id, username, password })
}

async fn take_name(
    tx: &mut Tx,
    want: &Reservation,
    id: AccountId,
    sealed: &[u8],
) -> Result<String> {
    let tries = if want.username.is_some() { 1 } else { TRIES_MAX };
    for nth in 1..=tries {
        let name = match &want.username {
            Some(given) => username::parse(given)?,
            None => username::make(&want.pattern, &want.parts, nth)?,
        };
        release_name(tx, &name).await?;
        // Of two who want one name at once, the second waits for the first and then finds it taken.
        let taken = tx
            .exec(
                "insert into network_account (id, subscription_id, customer_id, branch_id, partner_id,
                   username, password_enc, kind, state, mac_policy, created_at, changed_at)
                 values ($1,$2,$3,$4,$5,$6,$7,$8,'reserved',$9,$10,$10)
                 on conflict do nothing",
                args![
                    id, want.subscription, want.customer, want.branch, want.partner, name,
                    sealed, want.kind, want.mac_policy, tx.now()
                ],
            )
            .await?;
        if taken == 1 {
            return Ok(name);
        }
    }
    Err(name_taken())
}

/// Frees the name when its closed account has rested long enough.
pub(super) async fn release_name(tx: &mut Tx, name: &str) -> Result<()> {
    let before = tx.now().plus_days(-RELEASE_DAYS);
    tx.exec(
        "update network_account set released_at = $1, changed_at = $1
         where username = $2 and state = 'closed' and released_at is null and closed_at < $3",
        args![tx.now(), name, before],
    )
    .await?;
    Ok(())
}

pub(super) fn name_taken() -> Fault {
    Fault::field(
        "username",
        "network.username_taken",
        "nama pengguna sudah dipakai",
        "this user name is already in use",
    )
}

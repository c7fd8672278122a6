//! API tokens: for programs, with a part of their owner's permissions and an end.

use kernel::permission::PermissionSet;
use kernel::{Actor, Fault, Field, Permission, Result, TokenId, Ts, UserId};
use serde_json::json;
use store::{Query, Tx};

use crate::actor::{actor_of, duty_of};
use crate::login::nobody;
use crate::matrix::{name_of, permission_named, permissions_of};
use crate::store::{self as sql, TokenRow};
use crate::user::User;
use crate::{secret, setting};

/// Every token begins with this, so that a leaked one is recognised.
pub const PREFIX: &str = "sambung_";
/// The longest life of a token, in days.
pub const LONGEST_DAYS: i64 = 366;
/// Tokens of one user that may be in use at once.
const MOST: usize = 50;
/// "Last used" is written at most this often.
const TOUCH_SECS: i64 = 300;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    pub permissions: Vec<Permission>,
    pub expires_at: Ts,
}

/// A token as its owner sees it: never the token itself.
#[derive(Clone, Debug)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    pub permissions: Vec<Permission>,
    pub created_at: Ts,
    pub expires_at: Ts,
    pub used_at: Option<Ts>,
    pub revoked_at: Option<Ts>,
}

/// Who a token acts as.
#[derive(Clone, Debug)]
pub struct Bearer {
    pub token: TokenId,
    pub user: User,
    pub actor: Actor,
    /// "Last used" is old enough to be written again.
    pub stale: bool,
}

/// Makes a token for the user who acts. Answers it once, in the clear.
///
/// # Errors
/// Field faults: a name, permissions that the user has themselves (never to change their own
/// account), an end within 366 days.
pub async fn create(tx: &mut Tx, new: NewToken) -> Result<(TokenId, String)> {
    let user = tx.actor().user().ok_or_else(nobody)?;
    let row = sql::user(tx, user).await?.ok_or_else(nobody)?;
    let mut wrong = Vec::new();
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 {
        wrong.push(Field::new("name", "length", "1–100 huruf", "1–100 characters"));
    }
    let may = grantable(&User::from(&row));
    if new.permissions.is_empty() || new.permissions.iter().any(|p| !may.has(*p)) {
        wrong.push(Field::new(
            "permissions",
            "not_yours",
            "paling sedikit satu, dan hanya izin yang Anda miliki sendiri",
            "at least one, and only permissions that you have yourself",
        ));
    }
    if new.expires_at <= tx.now() || new.expires_at > tx.now().plus_days(LONGEST_DAYS) {
        wrong.push(Field::new(
            "expires_at",
            "range",
            format!("dalam {LONGEST_DAYS} hari mendatang"),
            format!("within the next {LONGEST_DAYS} days"),
        ));
    }
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    tx.lock(store::Lock::Named(&format!("identity:tokens:{user}"))).await?;
    let now = tx.now();
    let living = sql::tokens(tx, user).await?.into_iter().filter(|t| is_alive(t, now)).count();
    if living >= MOST {
        return Err(Fault::conflict(
            "identity.too_many_tokens",
            format!("Anda sudah punya {MOST} token; cabut yang tidak dipakai."),
            format!("You already have {MOST} tokens; revoke unused ones."),
        ));
    }
    store_new(tx, user, name, &new).await
}

async fn store_new(
    tx: &mut Tx,
    user: UserId,
    name: String,
    new: &NewToken,
) -> Result<(TokenId, String)> {
    let plain = format!("{PREFIX}{}", secret::fresh_token()?);
    let names: Vec<String> = new.permissions.iter().copied().map(name_of).collect();
    let row = TokenRow {
        id: tx.new_id(),
        user_id: user,
        name,
        permissions: json!(names),
        created_at: tx.now(),
        expires_at: new.expires_at,
        used_at: None,
        revoked_at: None,
    };
    sql::insert_token(tx, &row, &secret::hash(&plain)).await?;
    let after = json!({ "user": user, "permissions": names, "expires_at": new.expires_at });
    tx.journal("token", row.id.uuid(), "created", json!(null), after).await?;
    Ok((row.id, plain))
}

/// Who this token acts as: its owner, with what both the owner and the token allow today.
///
/// # Errors
/// `unauthenticated` when the token is unknown, revoked or over, or its owner is disabled.
pub async fn actor_of_token(
    q: &mut dyn Query,
    plain: &str,
    now: Ts,
    from: Option<String>,
) -> Result<Bearer> {
    let row = sql::token_of(q, &secret::hash(plain)).await?;
    let row = row.filter(|row| is_alive(row, now)).ok_or_else(nobody)?;
    let owner = sql::user(q, row.user_id).await?;
    let owner = owner.filter(|owner| owner.disabled_at.is_none()).ok_or_else(nobody)?;
    let user = User::from(&owner);
    let duty = duty_of(&user, &setting::totp_required_for(q).await?);
    let mut actor = actor_of(&user, duty, from);
    let granted: PermissionSet = permissions(&row).into_iter().collect();
    actor.permissions = actor.permissions.intersection(granted).intersection(grantable(&user));
    actor.name = format!("{} ({})", user.name, row.name);
    let stale = row.used_at.is_none_or(|at| at.plus_secs(TOUCH_SECS) <= now);
    Ok(Bearer { token: row.id, user, actor, stale })
}

/// The tokens of a user, newest first.
pub async fn list(q: &mut dyn Query, user: UserId) -> Result<Vec<Token>> {
    let rows = sql::tokens(q, user).await?;
    Ok(rows
        .into_iter()
        .map(|row| Token {
            permissions: permissions(&row),
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        })
        .collect())
}

/// Revokes a token of `user` at once. Revoking it again changes nothing.
///
/// # Errors
/// `identity.token_not_found` when it is not theirs.
pub async fn revoke(tx: &mut Tx, user: UserId, token: TokenId) -> Result<()> {
    let owned = sql::tokens(tx, user).await?.into_iter().any(|row| row.id == token);
    if !owned {
        return Err(Fault::not_found(
            "identity.token_not_found",
            "Token ini tidak ada.",
            "There is no such token.",
        ));
    }
    if sql::revoke_tokens(tx, user, Some(token)).await? > 0 {
        tx.journal("token", token.uuid(), "revoked", json!(null), json!({ "user": user })).await?;
    }
    Ok(())
}

/// Revokes every token of a user.
pub async fn revoke_all(tx: &mut Tx, user: UserId) -> Result<u64> {
    let revoked = sql::revoke_tokens(tx, user, None).await?;
    if revoked > 0 {
        let before = json!({ "count": revoked });
        tx.journal("user", user.uuid(), "tokens_revoked", before, json!(null)).await?;
    }
    Ok(revoked)
}

/// Writes that the token was used now.
pub async fn touch(tx: &mut Tx, token: TokenId) -> Result<()> {
    sql::touch_token(tx, token).await
}

/// What a token of this user can have at most: everything of theirs but changing their own account,
/// so that a leaked token makes no other token and changes no password.
pub fn grantable(user: &User) -> PermissionSet {
    permissions_of(&user.roles).iter().filter(|p| *p != Permission::SelfWrite).collect()
}

fn permissions(row: &TokenRow) -> Vec<Permission> {
    let names: Vec<String> = serde_json::from_value(row.permissions.clone()).unwrap_or_default();
    names.iter().filter_map(|name| permission_named(name)).collect()
}

fn is_alive(row: &TokenRow, now: Ts) -> bool {
    row.revoked_at.is_none() && now < row.expires_at
}

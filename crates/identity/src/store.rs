//! The room's SQL.

use kernel::{BranchId, LoginId, PartnerId, Result, Scope, TokenId, Ts, UserId};
use serde_json::Value as Json;
use store::{Query, QueryExt, Tx, args, row};

row! {
    pub(crate) struct UserRow {
        pub id: UserId, pub username: String, pub name: String, pub phone: Option<String>,
        pub email: Option<String>, pub password_hash: String, pub roles: Json,
        pub branch_id: Option<BranchId>, pub partner_id: Option<PartnerId>,
        pub totp_secret_enc: Option<Vec<u8>>, pub totp_pending_enc: Option<Vec<u8>>,
        pub totp_last_step: i64, pub must_change: bool, pub disabled_at: Option<Ts>,
        pub created_at: Ts,
    }
}

row! {
    pub(crate) struct LoginRow {
        pub id: LoginId, pub user_id: UserId, pub created_at: Ts, pub seen_at: Ts,
        pub idle_secs: i64, pub expires_at: Ts, pub ended_at: Option<Ts>,
        pub address: Option<String>, pub agent: Option<String>,
    }
}

row! {
    pub(crate) struct TokenRow {
        pub id: TokenId, pub user_id: UserId, pub name: String, pub permissions: Json,
        pub created_at: Ts, pub expires_at: Ts, pub used_at: Option<Ts>,
        pub revoked_at: Option<Ts>,
    }
}

pub(crate) async fn user(q: &mut dyn Query, id: UserId) -> Result<Option<UserRow>> {
    q.row_opt("select * from identity_user where id = $1", args![id]).await
}

pub(crate) async fn user_named(q: &mut dyn Query, username: &str) -> Result<Option<UserRow>> {
    q.row_opt("select * from identity_user where username = $1", args![username]).await
}

pub(crate) async fn user_in(
    q: &mut dyn Query,
    scope: &Scope,
    id: UserId,
) -> Result<Option<UserRow>> {
    q.row_opt(
        "select * from identity_user
         where id = $1 and ($2 is null or branch_id = $2) and ($3 is null or partner_id = $3)",
        args![id, scope.branch, scope.partner],
    )
    .await
}

pub(crate) async fn users(
    q: &mut dyn Query,
    scope: &Scope,
    after: Option<&str>,
    like: Option<&str>,
    limit: i64,
) -> Result<Vec<UserRow>> {
    q.rows(
        "select * from identity_user
         where ($1 is null or branch_id = $1) and ($2 is null or partner_id = $2)
           and ($3 is null or username > $3)
           and ($4 is null or lower(username) like $4 or lower(name) like $4)
         order by username limit $5",
        args![scope.branch, scope.partner, after, like, limit],
    )
    .await
}

/// Users in use, of one branch or without one.
pub(crate) async fn working(q: &mut dyn Query, branch: Option<BranchId>) -> Result<Vec<UserRow>> {
    q.rows(
        "select * from identity_user
         where disabled_at is null and ($1 is null or branch_id is null or branch_id = $1)
         order by name, username",
        args![branch],
    )
    .await
}

pub(crate) async fn insert_user(tx: &mut Tx, row: &UserRow) -> Result<()> {
    tx.exec(
        "insert into identity_user (id, username, name, phone, email, password_hash, roles,
           branch_id, partner_id, totp_last_step, must_change, created_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,$10,$11)",
        args![
            row.id,
            row.username,
            row.name,
            row.phone,
            row.email,
            row.password_hash,
            row.roles,
            row.branch_id,
            row.partner_id,
            row.must_change,
            row.created_at
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn update_user(tx: &mut Tx, row: &UserRow) -> Result<()> {
    tx.exec(
        "update identity_user set name = $2, phone = $3, email = $4, roles = $5, branch_id = $6,
           partner_id = $7, disabled_at = $8 where id = $1",
        args![
            row.id,
            row.name,
            row.phone,
            row.email,
            row.roles,
            row.branch_id,
            row.partner_id,
            row.disabled_at
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn set_password(
    tx: &mut Tx,
    user: UserId,
    hash: &str,
    must_change: bool,
) -> Result<()> {
    tx.exec(
        "update identity_user set password_hash = $2, must_change = $3 where id = $1",
        args![user, hash, must_change],
    )
    .await?;
    Ok(())
}

pub(crate) async fn set_totp(
    tx: &mut Tx,
    user: UserId,
    secret: Option<&[u8]>,
    pending: Option<&[u8]>,
) -> Result<()> {
    tx.exec(
        "update identity_user set totp_secret_enc = $2, totp_pending_enc = $3 where id = $1",
        args![user, secret, pending],
    )
    .await?;
    Ok(())
}

/// Marks a one-time code's step as used; `false` when it, or a later one, was used before.
pub(crate) async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool> {
    let changed = tx
        .exec(
            "update identity_user set totp_last_step = $2 where id = $1 and totp_last_step < $2",
            args![user, step],
        )
        .await?;
    Ok(changed == 1)
}

pub(crate) async fn insert_login(tx: &mut Tx, row: &LoginRow, hash: &[u8]) -> Result<()> {
    tx.exec(
        "insert into identity_login (id, user_id, token_hash, created_at, seen_at, idle_secs,
           expires_at, address, agent) values ($1,$2,$3,$4,$4,$5,$6,$7,$8)",
        args![
            row.id,
            row.user_id,
            hash,
            row.created_at,
            row.idle_secs,
            row.expires_at,
            row.address,
            row.agent
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn login_of(q: &mut dyn Query, hash: &[u8]) -> Result<Option<LoginRow>> {
    q.row_opt("select * from identity_login where token_hash = $1", args![hash]).await
}

pub(crate) async fn logins(q: &mut dyn Query, user: UserId, now: Ts) -> Result<Vec<LoginRow>> {
    q.rows(
        "select * from identity_login
         where user_id = $1 and ended_at is null and expires_at > $2
         order by created_at desc, id desc",
        args![user, now],
    )
    .await
}

pub(crate) async fn touch_login(tx: &mut Tx, login: LoginId) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "update identity_login set seen_at = $2 where id = $1 and seen_at < $2 and ended_at is null",
        args![login, now],
    )
    .await?;
    Ok(())
}

/// Ends sessions of `user`: the one called `only`, or all but `but`. Answers how many.
pub(crate) async fn end_logins(
    tx: &mut Tx,
    user: UserId,
    only: Option<LoginId>,
    but: Option<LoginId>,
) -> Result<u64> {
    let now = tx.now();
    tx.exec(
        "update identity_login set ended_at = $2
         where user_id = $1 and ended_at is null
           and ($3 is null or id = $3) and ($4 is null or id <> $4)",
        args![user, now, only, but],
    )
    .await
}

pub(crate) async fn insert_token(tx: &mut Tx, row: &TokenRow, hash: &[u8]) -> Result<()> {
    tx.exec(
        "insert into identity_token (id, user_id, name, token_hash, permissions, created_at,
           expires_at) values ($1,$2,$3,$4,$5,$6,$7)",
        args![row.id, row.user_id, row.name, hash, row.permissions, row.created_at, row.expires_at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn token_of(q: &mut dyn Query, hash: &[u8]) -> Result<Option<TokenRow>> {
    q.row_opt("select * from identity_token where token_hash = $1", args![hash]).await
}

pub(crate) async fn tokens(q: &mut dyn Query, user: UserId) -> Result<Vec<TokenRow>> {
    q.rows(
        "select * from identity_token where user_id = $1 order by created_at desc, id desc",
        args![user],
    )
    .await
}

pub(crate) async fn revoke_tokens(tx: &mut Tx, user: UserId, only: Option<TokenId>) -> Result<u64> {
    let now = tx.now();
    tx.exec(
        "update identity_token set revoked_at = $2
         where user_id = $1 and revoked_at is null and ($3 is null or id = $3)",
        args![user, now, only],
    )
    .await
}

pub(crate) async fn touch_token(tx: &mut Tx, token: TokenId) -> Result<()> {
    let now = tx.now();
    tx.exec("update identity_token set used_at = $2 where id = $1", args![token, now]).await?;
    Ok(())
}

/// Counts one try against `key`; a window that began before `stale` starts anew. Answers the count.
pub(crate) async fn count_try(tx: &mut Tx, key: &[u8], stale: Ts) -> Result<i64> {
    let now = tx.now();
    tx.value(
        "insert into identity_throttle (key, tries, window_from) values ($1, 1, $2)
         on conflict (key) do update set
           tries = case when identity_throttle.window_from <= $3 then 1
                        else identity_throttle.tries + 1 end,
           window_from = case when identity_throttle.window_from <= $3 then excluded.window_from
                              else identity_throttle.window_from end
         returning tries",
        args![key, now, stale],
    )
    .await
}

pub(crate) async fn forget_tries(tx: &mut Tx, key: &[u8]) -> Result<()> {
    tx.exec("delete from identity_throttle where key = $1", args![key]).await?;
    Ok(())
}

pub(crate) async fn take_back_try(tx: &mut Tx, key: &[u8]) -> Result<()> {
    tx.exec(
        "update identity_throttle set tries = tries - 1 where key = $1 and tries > 0",
        args![key],
    )
    .await?;
    Ok(())
}

pub(crate) async fn forget_stale_tries(tx: &mut Tx, stale: Ts) -> Result<()> {
    tx.exec("delete from identity_throttle where window_from <= $1", args![stale]).await?;
    Ok(())
}

pub(crate) async fn setting(q: &mut dyn Query, key: &str) -> Result<Option<Json>> {
    q.value_opt("select value from identity_setting where key = $1", args![key]).await
}

pub(crate) async fn set_setting(tx: &mut Tx, key: &str, value: &Json) -> Result<()> {
    tx.exec(
        "insert into identity_setting (key, value) values ($1, $2)
         on conflict (key) do update set value = excluded.value",
        args![key, value],
    )
    .await?;
    Ok(())
}

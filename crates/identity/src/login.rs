//! Logging in, and the sessions that follow.

use kernel::{Actor, Cause, Fault, FaultKind, LoginId, Result, Ts, UserId};
use serde_json::json;
use store::{Db, Lock, Query, Tx};

use crate::actor::{Duty, actor_of, duty_of};
use crate::matrix::Role;
use crate::store::{self as sql, LoginRow, UserRow};
use crate::user::User;
use crate::{password, secret, setting, throttle, token, totp};

/// No session lasts longer.
const LONGEST_DAYS: i64 = 30;
/// Unused this long, a session of the office ends.
const IDLE_OFFICE_SECS: i64 = 24 * 3_600;
/// Unused this long, a technician's session ends: their phone may be out of reach for days.
const IDLE_FIELD_SECS: i64 = 14 * 86_400;
/// "Last seen" is written at most this often.
const TOUCH_SECS: i64 = 300;

/// Somebody tries to log in.
pub struct Attempt {
    pub username: String,
    pub password: String,
    /// The one-time code, when they gave one.
    pub code: Option<String>,
    /// The network address that the limits count.
    pub address: String,
    /// The browser's name of itself.
    pub agent: Option<String>,
}

/// An open session. `token` is shown once and kept by the browser only.
pub struct Opened {
    pub token: String,
    pub login: LoginId,
    pub user: User,
    pub expires_at: Ts,
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Login {
    pub id: LoginId,
    pub created_at: Ts,
    pub seen_at: Ts,
    pub address: Option<String>,
    pub agent: Option<String>,
}

/// Who a token belongs to.
#[derive(Clone, Debug)]
pub struct Session {
    pub login: LoginId,
    pub user: User,
    pub actor: Actor,
    pub duty: Option<Duty>,
    /// "Last seen" is old enough to be written again.
    pub stale: bool,
}

/// Checks name, password and one-time code, and opens a session.
///
/// Unknown, disabled and wrong all answer alike and cost the same work. The try is counted in a
/// transaction of its own, before the check; no transaction is open while the password is hashed.
///
/// # Errors
/// `identity.login_refused`; `identity.code_needed` and `identity.code_refused` (only after the right
/// password); `identity.too_many_tries`.
pub async fn log_in(db: &Db, cause: &Cause, attempt: Attempt) -> Result<Opened> {
    let username = attempt.username.trim().to_lowercase();
    charge(db, cause, &username, &attempt.address).await?;
    let row = sql::user_named(&mut db.reader(), &username).await?;
    let row = row.filter(|row| row.disabled_at.is_none());
    let hash = row.as_ref().map(|row| row.password_hash.clone());
    let plain = bounded(&attempt.password);
    let is_right = password::is_right_slowly(plain, hash).await?;
    let Some(row) = row.filter(|_| is_right) else { return Err(refused()) };
    let step = check_code(db, &row, attempt.code.as_deref(), cause.now)?;
    let (address, agent) = (attempt.address, attempt.agent);
    db.write(cause, async move |tx: &mut Tx| {
        // What was read may be old by now: another process may have changed or disabled the user.
        let fresh = sql::user(tx, row.id).await?.ok_or_else(refused)?;
        if fresh.disabled_at.is_some() || fresh.password_hash != row.password_hash {
            return Err(refused());
        }
        if let Some(step) = step
            && !sql::use_step(tx, row.id, step).await?
        {
            return Err(code_refused());
        }
        throttle::forgive(tx, &username, &address).await?;
        open(tx, row.id, Some(&address), agent.as_deref()).await
    })
    .await
}

/// Counts a try in a transaction of its own.
async fn charge(db: &Db, cause: &Cause, account: &str, address: &str) -> Result<()> {
    let (account, address) = (account.to_owned(), address.to_owned());
    db.write(cause, async move |tx: &mut Tx| throttle::charge(tx, &account, &address).await).await
}

/// Opens a session for a user whose identity was proven otherwise.
///
/// # Errors
/// `identity.login_refused` when there is no such user or they are disabled.
pub async fn open(
    tx: &mut Tx,
    user: UserId,
    address: Option<&str>,
    agent: Option<&str>,
) -> Result<Opened> {
    let row = sql::user(tx, user).await?.filter(|row| row.disabled_at.is_none());
    let user = User::from(&row.ok_or_else(refused)?);
    let token = secret::fresh_token()?;
    let now = tx.now();
    let login = LoginRow {
        id: tx.new_id(),
        user_id: user.id,
        created_at: now,
        seen_at: now,
        idle_secs: idle_secs(&user.roles),
        expires_at: now.plus_days(LONGEST_DAYS),
        ended_at: None,
        address: address.map(str::to_owned),
        agent: agent.map(|a| a.chars().take(200).collect()),
    };
    sql::insert_login(tx, &login, &secret::hash(&token)).await?;
    tx.journal("user", user.id.uuid(), "logged_in", json!(null), json!({ "login": login.id }))
        .await?;
    Ok(Opened { token, login: login.id, user, expires_at: login.expires_at })
}

/// Who holds this session token.
///
/// # Errors
/// `unauthenticated` when the token is unknown, ended, too old or unused too long, or the user is
/// disabled.
pub async fn session_of(
    q: &mut dyn Query,
    token: &str,
    now: Ts,
    from: Option<String>,
) -> Result<Session> {
    let login = sql::login_of(q, &secret::hash(token)).await?;
    let login = login.filter(|login| is_open(login, now)).ok_or_else(nobody)?;
    let row = sql::user(q, login.user_id).await?;
    let row = row.filter(|row| row.disabled_at.is_none()).ok_or_else(nobody)?;
    let user = User::from(&row);
    let duty = duty_of(&user, &setting::totp_required_for(q).await?);
    let actor = actor_of(&user, duty, from);
    let stale = login.seen_at.plus_secs(TOUCH_SECS) <= now;
    Ok(Session { login: login.id, user, actor, duty, stale })
}

/// The actor of a session token: [`session_of`] without the rest.
///
/// # Errors
/// `unauthenticated`.
pub async fn actor_of_session(q: &mut dyn Query, token: &str, now: Ts) -> Result<Actor> {
    session_of(q, token, now, None).await.map(|session| session.actor)
}

/// Writes that the session was seen now.
pub async fn touch(tx: &mut Tx, login: LoginId) -> Result<()> {
    sql::touch_login(tx, login).await
}

/// The open sessions of a user, newest first.
pub async fn list(q: &mut dyn Query, user: UserId, now: Ts) -> Result<Vec<Login>> {
    let rows = sql::logins(q, user, now).await?;
    let open = rows.into_iter().filter(|row| is_open(row, now));
    Ok(open
        .map(|row| Login {
            id: row.id,
            created_at: row.created_at,
            seen_at: row.seen_at,
            address: row.address,
            agent: row.agent,
        })
        .collect())
}

/// Ends one session of a user. Ending it again changes nothing.
///
/// # Errors
/// `identity.login_not_found` when it is not theirs.
pub async fn end(tx: &mut Tx, user: UserId, login: LoginId) -> Result<()> {
    if sql::end_logins(tx, user, Some(login), None).await? == 0 {
        return Err(Fault::not_found(
            "identity.login_not_found",
            "Sesi ini tidak ada atau sudah berakhir.",
            "There is no such session, or it has ended.",
        ));
    }
    tx.journal("user", user.uuid(), "logged_out", json!({ "login": login }), json!(null)).await
}

/// Ends every session of a user: a lost phone is cut off with its next request.
pub async fn end_all(tx: &mut Tx, user: UserId) -> Result<u64> {
    let ended = sql::end_logins(tx, user, None, None).await?;
    if ended > 0 {
        tx.journal("user", user.uuid(), "sessions_ended", json!({ "count": ended }), json!(null))
            .await?;
    }
    Ok(ended)
}

/// Changes one's own password after showing the old one; ends the user's other sessions and revokes their
/// tokens: whoever knew the old password may have made one.
///
/// # Errors
/// Field faults on `current` and `new`; `identity.too_many_tries`, since this guesses passwords too.
pub async fn change_password(
    db: &Db,
    cause: &Cause,
    user: UserId,
    keep: Option<LoginId>,
    (current, new): (&str, &str),
) -> Result<()> {
    let row = prove(db, cause, user, current, "current").await?;
    password::check("new", new, &row.username)?;
    if current == new {
        return Err(Fault::field("new", "same", "sama dengan yang lama", "is the old one"));
    }
    let hash = password::hash(new)?;
    db.write(cause, async move |tx: &mut Tx| {
        still_proven(tx, user, &row.password_hash).await?;
        sql::set_password(tx, user, &hash, false).await?;
        sql::end_logins(tx, user, None, keep).await?;
        token::revoke_all(tx, user).await?;
        tx.journal("user", user.uuid(), "password_changed", json!(null), json!(null)).await
    })
    .await
}

/// Begins setting up a one-time code: the secret waits until a code from it is shown.
///
/// # Errors
/// A field fault on `password`; `identity.totp_on` when there is one already.
pub async fn begin_totp(
    db: &Db,
    cause: &Cause,
    user: UserId,
    password: &str,
    issuer: &str,
) -> Result<totp::Enrolment> {
    let row = prove(db, cause, user, password, "password").await?;
    if row.totp_secret_enc.is_some() {
        return Err(totp_on());
    }
    let enrolment = totp::enrol(issuer, &row.username)?;
    let secret = enrolment.secret.clone();
    db.write(cause, async move |tx: &mut Tx| {
        let fresh = still_proven(tx, user, &row.password_hash).await?;
        if fresh.totp_secret_enc.is_some() {
            return Err(totp_on());
        }
        let sealed = totp::vault(tx)?.seal(user, &secret)?;
        sql::set_totp(tx, user, None, Some(&sealed)).await?;
        tx.journal("user", user.uuid(), "totp_begun", json!(null), json!({ "totp": false })).await
    })
    .await?;
    Ok(enrolment)
}

/// Switches the one-time code on, proven by a code of the waiting secret.
///
/// # Errors
/// `identity.totp_not_begun`; a field fault on `code`.
pub async fn confirm_totp(tx: &mut Tx, user: UserId, code: &str) -> Result<()> {
    let row = hold(tx, user).await?;
    let Some(pending) = row.totp_pending_enc else {
        return Err(Fault::conflict(
            "identity.totp_not_begun",
            "Mulai dulu penyiapan kode sekali pakai.",
            "Begin setting up the one-time code first.",
        ));
    };
    let secret = totp::vault(tx)?.open(user, &pending)?;
    let step = totp::step_of(&secret, code, tx.now(), 0).ok_or_else(|| {
        Fault::field("code", "wrong_code", "bukan kode yang sekarang", "is not the current code")
    })?;
    sql::set_totp(tx, user, Some(&pending), None).await?;
    sql::use_step(tx, user, step).await?;
    tx.journal("user", user.uuid(), "totp_on", json!({ "totp": false }), json!({ "totp": true }))
        .await
}

/// Switches one's own one-time code off after showing the password.
///
/// # Errors
/// A field fault on `password`.
pub async fn end_totp(db: &Db, cause: &Cause, user: UserId, password: &str) -> Result<()> {
    let row = prove(db, cause, user, password, "password").await?;
    db.write(cause, async move |tx: &mut Tx| {
        still_proven(tx, user, &row.password_hash).await?;
        sql::set_totp(tx, user, None, None).await?;
        let (before, after) = (json!({ "totp": true }), json!({ "totp": false }));
        tx.journal("user", user.uuid(), "totp_off", before, after).await
    })
    .await
}

/// Shows again that it is them: a stolen session must not change a password.
async fn prove(db: &Db, cause: &Cause, user: UserId, plain: &str, field: &str) -> Result<UserRow> {
    let row = sql::user(&mut db.reader(), user).await?.ok_or_else(nobody)?;
    let key = format!("prove:{user}");
    charge(db, cause, &key, &key).await?;
    if !password::is_right_slowly(bounded(plain), Some(row.password_hash.clone())).await? {
        return Err(Fault::field(field, "wrong_password", "salah", "is wrong"));
    }
    db.write(cause, async move |tx: &mut Tx| throttle::forgive(tx, &key, &key).await).await?;
    Ok(row)
}

/// The user, held until the transaction ends: of two changes at once the second sees what the first did.
async fn hold(tx: &mut Tx, user: UserId) -> Result<UserRow> {
    tx.lock(Lock::Named(&format!("identity:user:{user}"))).await?;
    sql::user(tx, user).await?.ok_or_else(nobody)
}

/// The user, held, when the password that was shown is still theirs: somebody may have given them another
/// since.
async fn still_proven(tx: &mut Tx, user: UserId, hash: &str) -> Result<UserRow> {
    let fresh = hold(tx, user).await?;
    if fresh.password_hash == hash {
        return Ok(fresh);
    }
    Err(Fault::conflict(
        "identity.password_changed",
        "Kata sandi baru saja diganti di tempat lain; masuk lagi.",
        "The password was just changed elsewhere; log in again.",
    ))
}

fn totp_on() -> Fault {
    Fault::conflict(
        "identity.totp_on",
        "Kode sekali pakai sudah aktif; matikan dulu untuk menggantinya.",
        "A one-time code is set up already; switch it off first to replace it.",
    )
}

/// The step of the code shown, when the user has a one-time code.
fn check_code(db: &Db, row: &UserRow, code: Option<&str>, now: Ts) -> Result<Option<i64>> {
    let Some(sealed) = &row.totp_secret_enc else { return Ok(None) };
    let Some(code) = code.filter(|c| !c.trim().is_empty()) else {
        return Err(Fault::new(
            FaultKind::Unauthenticated,
            "identity.code_needed",
            "Masukkan kode sekali pakai dari aplikasi autentikator Anda.",
            "Enter the one-time code from your authenticator app.",
        ));
    };
    let secret = totp::vault(&db.reader())?.open(row.id, sealed)?;
    totp::step_of(&secret, code, now, row.totp_last_step).map(Some).ok_or_else(code_refused)
}

fn is_open(login: &LoginRow, now: Ts) -> bool {
    login.ended_at.is_none()
        && now < login.expires_at
        && now < login.seen_at.plus_secs(login.idle_secs)
}

fn idle_secs(roles: &[Role]) -> i64 {
    if roles.iter().all(|role| *role == Role::Technician) {
        IDLE_FIELD_SECS
    } else {
        IDLE_OFFICE_SECS
    }
}

/// Nobody's password is longer; what is longer is wrong, at the same price.
fn bounded(plain: &str) -> String {
    if plain.len() > password::LONGEST { String::new() } else { plain.to_owned() }
}

fn refused() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "identity.login_refused",
        "Nama pengguna atau kata sandi salah.",
        "The user name or password is wrong.",
    )
}

fn code_refused() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "identity.code_refused",
        "Kode sekali pakai salah atau sudah dipakai; tunggu kode berikutnya.",
        "The one-time code is wrong or was used; wait for the next one.",
    )
}

pub(crate) fn nobody() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "unauthenticated",
        "Silakan masuk dulu.",
        "Please log in first.",
    )
}

//! The customers' door: a one-time code sent to a phone, and the session it opens.
//!
//! A code is six digits, lives ten minutes and is tried five times. Only a keyed hash of it is stored, so
//! that who reads the table learns no code. Codes are kept for phones that nobody has as well: asking and
//! trying answer the same for them. Which customers have the phone is not this room's to know; it proves
//! the phone, and remembers which of its customers was chosen.

use hmac::{Hmac, KeyInit, Mac};
use kernel::{CustomerId, Fault, FaultKind, LoginId, Phone, Result, Ts};
use serde_json::json;
use sha2::Sha256;
use store::{Lock, Query, QueryExt, Tx, args, row};

use crate::login::nobody;
use crate::secret;
use crate::throttle::{self, DAY_SECS, WINDOW_SECS};

/// Seconds a code lives.
pub const CODE_SECS: i64 = 600;
/// Wrong tries that a code bears.
pub const TRIES: i64 = 5;
/// Codes for one phone: in 15 minutes, and a day. Who asks in another's name only annoys them so often.
const CODES: (i64, i64) = (3, 10);
/// Codes asked for from one address in 15 minutes: a family or a shop behind one line.
const CODES_PER_ADDRESS: i64 = 20;
/// Wrong tries at one phone, over its codes, and from one address, in 15 minutes.
const TRIES_PER_PHONE: i64 = 15;
const TRIES_PER_ADDRESS: i64 = 50;
/// No session lasts longer; unused for half of it, it ends.
const LONGEST_DAYS: i64 = 60;
const IDLE_SECS: i64 = 30 * 86_400;
/// "Last seen" is written at most this often.
const TOUCH_SECS: i64 = 3_600;

/// The key that codes are hashed with: `db.with_ext(Arc::new(CodeKey(key)))`.
pub struct CodeKey(pub [u8; 32]);

/// A code that was made. It is shown to nobody but the phone.
pub struct Code {
    pub digits: String,
    pub expires_at: Ts,
}

/// What came of trying a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    Right,
    Wrong,
    /// Five wrong ones: another code is needed.
    Spent,
    Expired,
}

/// An open session; `token` is kept by the browser only.
pub struct Opened {
    pub token: String,
    pub login: LoginId,
    pub expires_at: Ts,
}

row! {
    /// A session as found by its token.
    pub struct Session {
        pub id: LoginId,
        pub phone: Phone,
        pub customer_id: Option<CustomerId>,
        pub seen_at: Ts,
        pub expires_at: Ts,
        pub ended_at: Option<Ts>,
    }
}

impl Session {
    /// "Last seen" is old enough to be written again.
    pub fn is_stale(&self, now: Ts) -> bool {
        self.seen_at.plus_secs(TOUCH_SECS) <= now
    }
}

fn mac(q: &dyn Query, parts: &[&str]) -> Result<Hmac<Sha256>> {
    let key = q.db().ext::<CodeKey>().ok_or_else(|| {
        Fault::unavailable(
            "identity.no_vault",
            "Kunci enkripsi belum diatur, jadi kode sekali pakai tidak bisa dipakai.",
            "No encryption key is configured, so one-time codes can't be used.",
        )
    })?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0)
        .map_err(|e| Fault::bug(format!("the key of codes: {e}")))?;
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(&[0]);
    }
    Ok(mac)
}

fn phone_hash(q: &dyn Query, phone: &Phone) -> Result<Vec<u8>> {
    Ok(mac(q, &["phone", phone.as_str()])?.finalize().into_bytes().to_vec())
}

/// Counts that a code is asked for. In a transaction of its own, so that refused ones count too.
///
/// # Errors
/// `identity.too_many_codes`, alike for phones that customers have and those that nobody has.
pub async fn charge_code(tx: &mut Tx, phone: &Phone, address: &str) -> Result<()> {
    let (soon, day) = CODES;
    let phone = phone.as_str();
    let fits = throttle::count(tx, "portal code", &[phone], (soon, WINDOW_SECS)).await?
        && throttle::count(tx, "portal code day", &[phone], (day, DAY_SECS)).await?
        && throttle::count_address(tx, "portal code from", address, CODES_PER_ADDRESS).await?;
    if fits {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::TooMany,
        "identity.too_many_codes",
        "Kode sudah beberapa kali diminta. Tunggu 15 menit, lalu coba lagi.",
        "A code was asked for several times already. Wait 15 minutes, then try again.",
    ))
}

/// Makes a code for this phone; the one before counts no more.
///
/// # Errors
/// When there is no key or no randomness.
pub async fn make_code(tx: &mut Tx, phone: &Phone) -> Result<Code> {
    let number = u64::from_be_bytes(secret::random::<8>()?) % 1_000_000;
    let digits = format!("{number:06}");
    let key = phone_hash(tx, phone)?;
    let hash = mac(tx, &["code", phone.as_str(), &digits])?.finalize().into_bytes().to_vec();
    let expires_at = tx.now().plus_secs(CODE_SECS);
    tx.exec(
        "insert into identity_portal_code (phone_hash, code_hash, tries, created_at, expires_at)
         values ($1,$2,0,$3,$4)
         on conflict (phone_hash) do update set code_hash = excluded.code_hash, tries = 0,
           created_at = excluded.created_at, expires_at = excluded.expires_at",
        args![key, hash, tx.now(), expires_at],
    )
    .await?;
    tx.exec(
        "delete from identity_portal_code where expires_at < $1",
        args![tx.now().plus_secs(-DAY_SECS)],
    )
    .await?;
    Ok(Code { digits, expires_at })
}

/// Counts a try at this phone. In a transaction of its own.
///
/// # Errors
/// `identity.too_many_tries`.
pub async fn charge_try(tx: &mut Tx, phone: &Phone, address: &str) -> Result<()> {
    let tries = (TRIES_PER_PHONE, WINDOW_SECS);
    let fits = throttle::count(tx, "portal try", &[phone.as_str()], tries).await?
        && throttle::count_address(tx, "portal try from", address, TRIES_PER_ADDRESS).await?;
    if fits { Ok(()) } else { Err(throttle::too_many()) }
}

/// Tries a code. A right one is used up; the caller then opens the session in the same transaction. A wrong
/// one is counted, so the transaction must be kept: this is no error.
///
/// # Errors
/// Only when the database fails or there is no key.
pub async fn try_code(tx: &mut Tx, phone: &Phone, typed: &str) -> Result<Tried> {
    let key = phone_hash(tx, phone)?;
    let name = format!("identity:portal:{}", phone.as_str());
    tx.lock(Lock::Named(&name)).await?;
    let kept: Option<(Vec<u8>, i64, Ts)> = tx
        .row_opt(
            "select code_hash, tries, expires_at from identity_portal_code where phone_hash = $1",
            args![key.clone()],
        )
        .await?;
    let Some((hash, tries, expires_at)) = kept else { return Ok(Tried::Wrong) };
    if expires_at <= tx.now() {
        return Ok(Tried::Expired);
    }
    if tries >= TRIES {
        return Ok(Tried::Spent);
    }
    let typed: String = typed.chars().filter(char::is_ascii_digit).take(12).collect();
    if mac(tx, &["code", phone.as_str(), &typed])?.verify_slice(&hash).is_err() {
        tx.exec(
            "update identity_portal_code set tries = tries + 1 where phone_hash = $1",
            args![key],
        )
        .await?;
        return Ok(if tries + 1 >= TRIES { Tried::Spent } else { Tried::Wrong });
    }
    tx.exec("delete from identity_portal_code where phone_hash = $1", args![key]).await?;
    throttle::forget(tx, "portal try", &[phone.as_str()]).await?;
    throttle::tidy(tx).await?;
    Ok(Tried::Right)
}

impl Tried {
    /// What a try that was not right is answered with; `None` for a right one.
    pub fn fault(self) -> Option<Fault> {
        let (code, id, en) = match self {
            Self::Right => return None,
            Self::Wrong => (
                "identity.portal_code_wrong",
                "Kode tidak cocok. Periksa lagi angka di pesan terakhir kami.",
                "The code does not match. Look again at our last message.",
            ),
            Self::Spent => (
                "identity.portal_code_spent",
                "Kode salah lima kali, jadi tidak berlaku lagi. Minta kode baru.",
                "The code was wrong five times and is void. Ask for another one.",
            ),
            Self::Expired => (
                "identity.portal_code_expired",
                "Kode sudah kedaluwarsa. Minta kode baru.",
                "The code has expired. Ask for another one.",
            ),
        };
        Some(Fault::new(FaultKind::Unauthenticated, code, id, en))
    }
}

/// Opens a session for a proven phone, as `customer` when it has only one.
///
/// # Errors
/// When there is no randomness.
pub async fn open(
    tx: &mut Tx,
    phone: &Phone,
    customer: Option<CustomerId>,
    (address, agent): (Option<&str>, Option<&str>),
) -> Result<Opened> {
    let token = secret::fresh_token()?;
    let login: LoginId = tx.new_id();
    let expires_at = tx.now().plus_days(LONGEST_DAYS);
    let agent: Option<String> = agent.map(|a| a.chars().take(200).collect());
    let address = address.map(str::to_owned);
    tx.exec(
        "insert into identity_portal_login (id, phone, customer_id, token_hash, created_at, seen_at,
           expires_at, address, agent) values ($1,$2,$3,$4,$5,$5,$6,$7,$8)",
        args![
            login,
            phone,
            customer,
            secret::hash(&token).to_vec(),
            tx.now(),
            expires_at,
            address,
            agent
        ],
    )
    .await?;
    if let Some(customer) = customer {
        let after = json!({ "login": login });
        tx.journal("customer", customer.uuid(), "logged_in", json!(null), after).await?;
    }
    Ok(Opened { token, login, expires_at })
}

/// The session of this token. That the phone is still its customer's, the caller checks.
///
/// # Errors
/// `unauthenticated` when it is unknown, ended, too old or unused too long.
pub async fn session(q: &mut dyn Query, token: &str, now: Ts) -> Result<Session> {
    let found: Option<Session> = q
        .row_opt(
            "select id, phone, customer_id, seen_at, expires_at, ended_at
             from identity_portal_login where token_hash = $1",
            args![secret::hash(token).to_vec()],
        )
        .await?;
    let is_open = |s: &Session| {
        s.ended_at.is_none() && now < s.expires_at && now < s.seen_at.plus_secs(IDLE_SECS)
    };
    found.filter(is_open).ok_or_else(nobody)
}

/// Writes that the session was seen now.
pub async fn touch(tx: &mut Tx, login: LoginId) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "update identity_portal_login set seen_at = $2
         where id = $1 and seen_at < $2 and ended_at is null",
        args![login, now],
    )
    .await?;
    Ok(())
}

/// The session goes on as this customer. That the phone is theirs, the caller has checked.
pub async fn choose(tx: &mut Tx, login: LoginId, customer: CustomerId) -> Result<()> {
    let changed = tx
        .exec(
            "update identity_portal_login set customer_id = $2
             where id = $1 and ended_at is null and (customer_id is null or customer_id <> $2)",
            args![login, customer],
        )
        .await?;
    if changed > 0 {
        let after = json!({ "login": login });
        tx.journal("customer", customer.uuid(), "logged_in", json!(null), after).await?;
    }
    Ok(())
}

/// Ends a session. Ending it again changes nothing.
pub async fn end(tx: &mut Tx, login: LoginId) -> Result<()> {
    sql_end(tx, "id = $2", args![tx.now(), login]).await.map(|_| ())
}

/// Ends every session that was opened by this phone: the number is somebody else's now, or was lost.
pub async fn end_of_phone(tx: &mut Tx, phone: &Phone) -> Result<u64> {
    sql_end(tx, "phone = $2", args![tx.now(), phone]).await
}

async fn sql_end(tx: &mut Tx, which: &str, values: Vec<store::Value>) -> Result<u64> {
    let text = format!(
        "update identity_portal_login set ended_at = $1 where {which} and ended_at is null"
    );
    tx.exec(&text, values).await
}

//! One-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds, one step of tolerance).
//!
//! The shared secret is sealed at rest by whoever the program registers as [`Vault`]; a code is
//! taken once only, because the last step used is stored.

use std::sync::Arc;

use kernel::{Fault, Result, Ts, UserId};
use store::Query;
use totp_rs::{Builder, Secret, Totp};

use crate::secret;

/// Seals and opens the shared secrets. The sealed bytes belong to one user's row.
pub trait Vault: Send + Sync + 'static {
    /// # Errors
    /// When sealing is not possible.
    fn seal(&self, user: UserId, plain: &[u8]) -> Result<Vec<u8>>;
    /// # Errors
    /// When the bytes were changed, belong to another row, or the key is gone.
    fn open(&self, user: UserId, sealed: &[u8]) -> Result<Vec<u8>>;
}

/// The registered [`Vault`]: `db.with_ext(Arc::new(identity::totp::Keys(vault)))`.
pub struct Keys(pub Arc<dyn Vault>);

/// The vault of this database.
///
/// # Errors
/// `identity.no_vault` when the program was started without an encryption key.
pub fn vault(q: &dyn Query) -> Result<Arc<dyn Vault>> {
    q.db().ext::<Keys>().map(|keys| Arc::clone(&keys.0)).ok_or_else(|| {
        Fault::unavailable(
            "identity.no_vault",
            "Kunci enkripsi belum diatur, jadi kode sekali pakai tidak bisa dipakai.",
            "No encryption key is configured, so one-time codes can't be used.",
        )
    })
}

/// What the person's authenticator app is given.
pub struct Enrolment {
    /// 160 bits.
    pub secret: Vec<u8>,
    pub secret_base32: String,
    /// `otpauth://totp/…`, for a QR code.
    pub url: String,
}

/// A fresh secret for `username`.
///
/// # Errors
/// `bug` when there is no randomness.
pub fn enrol(issuer: &str, username: &str) -> Result<Enrolment> {
    let bytes: [u8; 20] = secret::random()?;
    let issuer = issuer.replace(':', " ");
    let totp = Builder::new()
        .with_secret(Secret::new(Box::new(bytes)))
        .with_issuer(Some(issuer))
        .with_account_name(username)
        .build()
        .map_err(|e| Fault::bug(format!("a one-time code: {e:?}")))?;
    let url = totp.to_url().map_err(|e| Fault::bug(format!("a one-time code's URL: {e:?}")))?;
    Ok(Enrolment { secret: bytes.to_vec(), secret_base32: totp.secret().to_base32(), url })
}

/// The step at which `code` is right, unless it was used (`last_step`) or is wrong.
pub fn step_of(secret: &[u8], code: &str, now: Ts, last_step: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let now = u64::try_from(now.secs()).ok()?;
    let step = i64::try_from(totp(secret)?.check(&code, now)?).ok()?;
    (step > last_step).then_some(step)
}

/// The code at an instant: what the authenticator app shows.
pub fn code_at(secret: &[u8], at: Ts) -> Option<String> {
    let secs = u64::try_from(at.secs()).ok()?;
    Some(totp(secret)?.generate(secs).to_string())
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(Secret::new(secret.into())).with_account_name("-").build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // RFC 6238 appendix B, SHA-1, last six digits.
        let secret = b"12345678901234567890";
        for (secs, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(code_at(secret, Ts::from_secs(secs)).unwrap(), code);
            assert_eq!(step_of(secret, code, Ts::from_secs(secs), 0), Some(secs / 30));
        }
    }

    #[test]
    fn a_code_is_taken_once_and_only_near_its_time() {
        let secret = b"12345678901234567890";
        let at = Ts::from_secs(1_111_111_109);
        let step = step_of(secret, "081 804", at, 0).unwrap();
        assert_eq!(step_of(secret, "081804", at, step), None, "used before");
        assert_eq!(step_of(secret, "081804", at.plus_secs(30), 0), Some(step));
        assert_eq!(step_of(secret, "081804", at.plus_secs(120), 0), None, "too late");
        for wrong in ["", "081805", "81804", "abcdef", "0818044", "０８１８０４"] {
            assert_eq!(step_of(secret, wrong, at, 0), None, "{wrong}");
        }
    }

    #[test]
    fn an_enrolment_can_be_scanned() {
        let made = enrol("PT Contoh: Net", "budi").unwrap();
        assert_eq!(made.secret.len(), 20);
        assert!(made.url.starts_with("otpauth://totp/"), "{}", made.url);
        assert!(made.url.contains(&made.secret_base32));
        let now = Ts::from_secs(1_800_000_000);
        let code = code_at(&made.secret, now).unwrap();
        assert!(step_of(&made.secret, &code, now, 0).is_some());
    }
}

//! The national identity number (NIK): personal data, so it is sealed at rest.
//!
//! A keyed fingerprint beside it finds duplicates without opening anything. The vault's key comes from
//! the configuration; it is registered on the database: `db.with_ext(Arc::new(Vault::new(key)))`.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use kernel::{Fault, Id, Result};
use sha2::Sha256;

/// A NIK in the clear: 16 digits. `Debug` and `Display` show it masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Nik(String);

impl Nik {
    /// Reads 16 digits; spaces, dots and dashes between them are allowed. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-');
        if !text.trim().chars().all(known) {
            return None;
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        (digits.len() == 16 && digits.bytes().any(|b| b != b'0')).then_some(Self(digits))
    }
    /// The number itself, for the one person or document it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// `3273********0001`.
    pub fn masked(&self) -> String {
        let (head, tail) = (self.0.get(..4).unwrap_or(""), self.0.get(12..).unwrap_or(""));
        format!("{head}********{tail}")
    }
}

impl fmt::Debug for Nik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}
impl fmt::Display for Nik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Seals, opens and fingerprints NIKs.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    nonces: [u8; 32],
    prints: [u8; 32],
}

impl Vault {
    pub fn new(key: [u8; 32]) -> Self {
        let derive = |label: &str| digest(&key, &[label.as_bytes()]);
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(derive("crm nik seal"))),
            nonces: derive("crm nik nonce"),
            prints: derive("crm nik fingerprint"),
        }
    }

    /// Seals a NIK for one row. The nonce follows from key, row and NIK, so that a transaction that is
    /// run again writes the same bytes.
    ///
    /// # Errors
    /// None in practice: only when the cipher itself fails.
    pub fn seal<T>(&self, table: &str, id: Id<T>, nik: &Nik) -> Result<Vec<u8>> {
        let aad = aad(table, id);
        let mut nonce = [0_u8; 24];
        nonce.copy_from_slice(&digest(&self.nonces, &[&aad, nik.0.as_bytes()])[..24]);
        let payload = Payload { msg: nik.0.as_bytes(), aad: &aad };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Fault::bug("sealing a NIK failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`seal`](Self::seal) made for the same table and row.
    ///
    /// # Errors
    /// `crm.nik_unreadable` when it was sealed with another key, or for another row.
    pub fn open<T>(&self, table: &str, id: Id<T>, sealed: &[u8]) -> Result<Nik> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>().ok_or_else(unreadable)?;
        let aad = aad(table, id);
        let plain = self
            .cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad })
            .map_err(|_| unreadable())?;
        let text = String::from_utf8(plain).map_err(|_| unreadable())?;
        Nik::parse(&text).ok_or_else(unreadable)
    }

    /// The same bytes for the same NIK, telling nothing to who lacks the key.
    pub fn fingerprint(&self, nik: &Nik) -> Vec<u8> {
        digest(&self.prints, &[nik.0.as_bytes()]).to_vec()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// The vault must be there before a NIK can be taken.
pub(crate) fn no_key() -> Fault {
    Fault::field(
        "nik",
        "no_key",
        "belum bisa disimpan: kunci enkripsi data pribadi belum diatur",
        "can't be stored: the key for personal data is not configured",
    )
}

fn aad<T>(table: &str, id: Id<T>) -> Vec<u8> {
    [table.as_bytes(), &[0], id.uuid().as_bytes()].concat()
}

fn digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = match <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes a key of any length"),
    };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn unreadable() -> Fault {
    Fault::unavailable(
        "crm.nik_unreadable",
        "NIK tersimpan tidak dapat dibuka; periksa kunci enkripsi data pribadi.",
        "A stored NIK can't be opened; check the key for personal data.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{CustomerId, LeadId};

    #[test]
    fn a_nik_is_sixteen_digits_and_never_shown_whole() {
        let nik = Nik::parse("3273 0101.0190-0001").unwrap();
        assert_eq!(nik.expose(), "3273010101900001");
        assert_eq!(format!("{nik} {nik:?}"), "3273********0001 3273********0001");
        for text in
            ["", "327301010190000", "32730101019000011", "3273A10101900001", "0000000000000000"]
        {
            assert!(Nik::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_sealed_nik_opens_only_in_its_row_with_its_key() {
        let vault = Vault::new([7; 32]);
        let nik = Nik::parse("3273010101900001").unwrap();
        let id = LeadId::nil();
        let sealed = vault.seal("crm_lead", id, &nik).unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"3273"));
        assert_eq!(sealed, vault.seal("crm_lead", id, &nik).unwrap());
        assert_eq!(vault.open("crm_lead", id, &sealed).unwrap(), nik);
        assert!(vault.open("crm_customer", CustomerId::nil(), &sealed).is_err());
        assert!(Vault::new([8; 32]).open("crm_lead", id, &sealed).is_err());
        assert!(vault.open("crm_lead", id, &sealed[..30]).is_err());
        assert_eq!(vault.fingerprint(&nik), vault.fingerprint(&nik));
        assert_ne!(vault.fingerprint(&nik), Vault::new([8; 32]).fingerprint(&nik));
    }
}

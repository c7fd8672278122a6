//! Passwords, NAS secrets and engines' credentials at rest.
//!
//! XChaCha20-Poly1305 with a random nonce. The key's number stands before the sealed text, so that
//! keys can be changed one row at a time; table and row id are authenticated with it, so that a
//! sealed value copied into another row does not open.

use std::collections::BTreeMap;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64;
use kernel::{Fault, Id, Result};

use crate::secret::Secret;

const NONCE: usize = 24;
const KEY: usize = 32;
/// Format byte, then the key's number.
const PREFIX: usize = 1 + 4;
const FORMAT: u8 = 1;

/// Seals and opens secrets, and is the room's source of randomness for generated ones.
///
/// Registered on the database as an extension: `db.with_ext(Arc::new(sealer))`.
pub struct Sealer {
    current: u32,
    ciphers: BTreeMap<u32, XChaCha20Poly1305>,
}

impl Sealer {
    /// One key with its number.
    pub fn new(number: u32, key: [u8; KEY]) -> Self {
        let cipher = XChaCha20Poly1305::new(&Key::from(key));
        Self { current: number, ciphers: BTreeMap::from([(number, cipher)]) }
    }

    /// Reads keys as configured: `NUMBER:BASE64` of 32 bytes, separated by commas. The first seals,
    /// all open.
    ///
    /// # Errors
    /// `network.bad_key` when a part is not of that form; the text of the key is never repeated.
    pub fn parse(text: &str) -> Result<Self> {
        let mut sealer: Option<Self> = None;
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (number, key) = part.split_once(':').ok_or_else(bad_key)?;
            let number: u32 = number.trim().parse().map_err(|_| bad_key())?;
            let bytes = BASE64.decode(key.trim().as_bytes()).map_err(|_| bad_key())?;
            let key: [u8; KEY] = bytes.try_into().map_err(|_| bad_key())?;
            match &mut sealer {
                None => sealer = Some(Self::new(number, key)),
                Some(all) => {
                    let cipher = XChaCha20Poly1305::new(&Key::from(key));
                    if all.ciphers.insert(number, cipher).is_some() {
                        return Err(bad_key());
                    }
                }
            }
        }
        sealer.ok_or_else(bad_key)
    }

    /// A new key as [`parse`](Self::parse) reads it.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate(number: u32) -> Result<Secret> {
        let mut key = [0_u8; KEY];
        fill(&mut key)?;
        Ok(Secret::new(format!("{number}:{}", BASE64.encode(&key))))
    }

    /// Seals a secret for one row. The same text sealed twice gives different bytes.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn seal<T>(&self, table: &str, id: Id<T>, secret: &Secret) -> Result<Vec<u8>> {
        let mut nonce = [0_u8; NONCE];
        fill(&mut nonce)?;
        let aad = aad(table, id);
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &aad };
        let cipher = self.ciphers.get(&self.current).ok_or_else(bad_key)?;
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Fault::bug("sealing a secret failed"))?;
        let mut out = Vec::with_capacity(PREFIX + NONCE + sealed.len());
        out.push(FORMAT);
        out.extend_from_slice(&self.current.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what [`seal`](Self::seal) made for the same table and row.
    ///
    /// # Errors
    /// `network.unreadable_secret` when the key is not among ours, or the bytes were changed or belong
    /// to another row.
    pub fn open<T>(&self, table: &str, id: Id<T>, sealed: &[u8]) -> Result<Secret> {
        let (&FORMAT, rest) = sealed.split_first().ok_or_else(unreadable)? else {
            return Err(unreadable());
        };
        let (number, rest) = rest.split_first_chunk::<4>().ok_or_else(unreadable)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
        let cipher = self.ciphers.get(&u32::from_be_bytes(*number)).ok_or_else(unreadable)?;
        let aad = aad(table, id);
        let plain = cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad })
            .map_err(|_| unreadable())?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| unreadable())
    }

    /// Random bytes for a generated password or secret.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn random<const N: usize>(&self) -> Result<[u8; N]> {
        let mut bytes = [0_u8; N];
        fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer(key {} of {})", self.current, self.ciphers.len())
    }
}

/// What is authenticated with the sealed text: the table's name and the row's id.
fn aad<T>(table: &str, id: Id<T>) -> Vec<u8> {
    let mut aad = Vec::with_capacity(table.len() + 17);
    aad.extend_from_slice(table.as_bytes());
    aad.push(0);
    aad.extend_from_slice(id.uuid().as_bytes());
    aad
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| Fault::bug(format!("no randomness: {e}")))
}

fn bad_key() -> Fault {
    Fault::invalid(
        "network.bad_key",
        "Kunci enkripsi harus berbentuk NOMOR:BASE64 dari 32 byte.",
        "The encryption key must be NUMBER:BASE64 of 32 bytes.",
    )
}

fn unreadable() -> Fault {
    Fault::unavailable(
        "network.unreadable_secret",
        "Rahasia tersimpan tidak dapat dibuka; periksa kunci enkripsi.",
        "A stored secret can't be opened; check the encryption key.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{AccountId, NasId};

    #[test]
    fn a_sealed_secret_opens_only_in_its_own_row_with_its_own_key() {
        let sealer = Sealer::new(7, [9; 32]);
        let id = AccountId::nil();
        let secret = Secret::new("rahasia");
        let sealed = sealer.seal("network_account", id, &secret).unwrap();
        assert_eq!(sealer.open("network_account", id, &sealed).unwrap(), secret);
        assert_ne!(sealed, sealer.seal("network_account", id, &secret).unwrap());
        let other: AccountId = "0193a9d0-0000-7000-8000-000000000001".parse().unwrap();
        assert!(sealer.open("network_account", other, &sealed).is_err());
        assert!(sealer.open("network_nas", NasId::nil(), &sealed).is_err());
        assert!(Sealer::new(7, [8; 32]).open("network_account", id, &sealed).is_err());
        assert!(Sealer::new(8, [9; 32]).open("network_account", id, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(sealer.open("network_account", id, &bent).is_err(), "byte {at}");
            assert!(sealer.open("network_account", id, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn an_old_key_still_opens_after_a_new_one_seals() {
        let old = Sealer::generate(1).unwrap();
        let new = Sealer::generate(2).unwrap();
        let id = AccountId::nil();
        let sealed = Sealer::parse(old.expose()).unwrap().seal("t", id, &Secret::new("x")).unwrap();
        let both = format!("{},{}", new.expose(), old.expose());
        let both = Sealer::parse(&both).unwrap();
        assert_eq!(both.open("t", id, &sealed).unwrap().expose(), "x");
        assert!(Sealer::parse(new.expose()).unwrap().open("t", id, &sealed).is_err());
        assert_eq!(format!("{both:?}"), "Sealer(key 2 of 2)");
        for text in ["", "1", "1:", "1:AAAA", "x:AAAA", "1:AA==,1:AA=="] {
            assert!(Sealer::parse(text).is_err(), "{text}");
        }
    }
}

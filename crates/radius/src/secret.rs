//! A NAS's shared secret, with everything that can be computed from it ahead.

use std::fmt;

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

const BLOCK_BYTES: usize = 64;

/// A shared secret. Holds the HMAC-MD5 states after the inner and outer key block, so that signing or
/// checking a packet costs two blocks less, and the MD5 state after the secret itself, with which
/// passwords are hidden.
#[derive(Clone)]
pub struct Secret {
    bytes: Box<[u8]>,
    inner: Md5,
    outer: Md5,
    prefix: Md5,
}

impl Secret {
    /// Any bytes are a secret; judging whether it is long enough is the caller's business.
    pub fn new(bytes: &[u8]) -> Self {
        let mut key = [0; BLOCK_BYTES];
        let hashed: [u8; 16];
        let short = if bytes.len() > BLOCK_BYTES {
            hashed = Md5::digest(bytes).into();
            &hashed[..]
        } else {
            bytes
        };
        for (slot, byte) in key.iter_mut().zip(short) {
            *slot = *byte;
        }
        let inner = Md5::new_with_prefix(key.map(|byte| byte ^ 0x36));
        let outer = Md5::new_with_prefix(key.map(|byte| byte ^ 0x5c));
        Self { bytes: bytes.into(), inner, outer, prefix: Md5::new_with_prefix(bytes) }
    }

    /// HMAC-MD5 (RFC 2104) under this secret over the parts one after the other.
    pub fn hmac(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut inner = self.inner.clone();
        for part in parts {
            inner.update(part);
        }
        self.outer.clone().chain_update(inner.finalize()).finalize().into()
    }

    /// MD5 over the parts and then the secret: how RADIUS signs replies and accounting requests.
    pub fn md5_of(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut digest = Md5::new();
        for part in parts {
            digest.update(part);
        }
        digest.update(&self.bytes);
        digest.finalize().into()
    }

    /// MD5 over the secret and then the parts: the key stream that hides passwords and keys.
    pub fn md5_with(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut digest = self.prefix.clone();
        for part in parts {
            digest.update(part);
        }
        digest.finalize().into()
    }

    /// The secret itself, for a server that has to know it to answer in our stead.
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether two secrets are the same bytes, in constant time.
    pub fn is(&self, bytes: &[u8]) -> bool {
        same(&self.bytes, bytes)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Compares without telling by the time taken where the first difference is.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};

    use super::*;

    #[test]
    fn the_prepared_states_give_the_same_hmac_as_the_plain_algorithm() {
        for length in [0, 1, 9, 22, 63, 64, 65, 128, 200] {
            let key: Vec<u8> = (0..length).map(|i| (i * 7 + 1) as u8).collect();
            let plain = Hmac::<Md5>::new_from_slice(&key).unwrap();
            let secret = Secret::new(&key);
            for message in [0, 1, 55, 56, 64, 119, 300] {
                let message: Vec<u8> = (0..message).map(|i| i as u8).collect();
                let (head, tail) = message.split_at(message.len() / 3);
                let expected: [u8; 16] =
                    plain.clone().chain_update(&message).finalize().into_bytes().into();
                assert_eq!(secret.hmac(&[head, tail]), expected);
            }
        }
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret::new(b"rahasia")), "Secret(…)");
    }
}

//! PAP and CHAP: the two ways of RFC 2865 to prove a password.

use md5::{Digest, Md5};

use crate::secret::{Secret, same};

/// A hidden User-Password is at most this long (RFC 2865 section 5.2).
pub const HIDDEN_BYTES_MAX: usize = 128;

/// Hides a password for User-Password: padded with zero to blocks of 16, each block XORed with
/// MD5(secret, previous hidden block), the first with MD5(secret, request authenticator).
/// Nothing when the password is longer than 128 bytes.
pub fn hide<'o>(
    clear: &[u8],
    secret: &Secret,
    authenticator: &[u8; 16],
    out: &'o mut [u8; HIDDEN_BYTES_MAX],
) -> Option<&'o [u8]> {
    let length = clear.len().max(1).next_multiple_of(16);
    let out = out.get_mut(..length)?;
    let mut chain = *authenticator;
    let (blocks, _) = out.as_chunks_mut::<16>();
    for (at, block) in blocks.iter_mut().enumerate() {
        let key = secret.md5_with(&[&chain]);
        let clear = clear.get(at * 16..).unwrap_or_default();
        for (index, slot) in block.iter_mut().enumerate() {
            let byte = clear.get(index).copied().unwrap_or_default();
            *slot = byte ^ key.get(index).copied().unwrap_or_default();
        }
        chain = *block;
    }
    Some(out)
}

/// Uncovers a User-Password, with the zero bytes that pad it. Nothing when its length is not 16 to 128
/// in steps of 16.
pub fn reveal<'o>(
    hidden: &[u8],
    secret: &Secret,
    authenticator: &[u8; 16],
    out: &'o mut [u8; HIDDEN_BYTES_MAX],
) -> Option<&'o [u8]> {
    let (blocks, odd) = hidden.as_chunks::<16>();
    if blocks.is_empty() || !odd.is_empty() {
        return None;
    }
    let out = out.get_mut(..hidden.len())?;
    let (rooms, _) = out.as_chunks_mut::<16>();
    let mut chain = authenticator;
    for (room, block) in rooms.iter_mut().zip(blocks) {
        let key = secret.md5_with(&[chain]);
        for ((slot, byte), key) in room.iter_mut().zip(block).zip(key) {
            *slot = byte ^ key;
        }
        chain = block;
    }
    Some(out)
}

/// What a User-Password said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pap {
    Right,
    Wrong,
    /// What came out is no text at all: most likely the shared secrets differ, not the passwords.
    Garbled,
}

/// Compares a User-Password with the password on record, in constant time.
pub fn check_pap(hidden: &[u8], secret: &Secret, authenticator: &[u8; 16], clear: &[u8]) -> Pap {
    let mut room = [0; HIDDEN_BYTES_MAX];
    let Some(shown) = reveal(hidden, secret, authenticator, &mut room) else {
        return Pap::Garbled;
    };
    let mut padded = [0; HIDDEN_BYTES_MAX];
    let expected = match (padded.get_mut(..clear.len()), shown.len()) {
        (Some(head), length) => {
            head.copy_from_slice(clear);
            padded.get(..length).filter(|_| clear.len() <= length)
        }
        (None, _) => None,
    };
    if expected.is_some_and(|expected| same(expected, shown)) {
        return Pap::Right;
    }
    let text = shown.split(|byte| *byte == 0).next().unwrap_or_default();
    let readable = std::str::from_utf8(text).is_ok_and(|t| !t.chars().any(char::is_control));
    if readable { Pap::Wrong } else { Pap::Garbled }
}

/// Whether a CHAP response (RFC 1994: MD5 of identifier, password, challenge) is right. The challenge
/// is the CHAP-Challenge attribute, or the request authenticator when there is none.
pub fn check_chap(identifier: u8, clear: &[u8], challenge: &[u8], response: &[u8; 16]) -> bool {
    same(&chap_response(identifier, clear, challenge), response)
}

/// The response that a CHAP peer gives.
pub fn chap_response(identifier: u8, clear: &[u8], challenge: &[u8]) -> [u8; 16] {
    Md5::new_with_prefix([identifier]).chain_update(clear).chain_update(challenge).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_every_length_come_back_and_only_the_same_one_is_right() {
        let secret = Secret::new(b"xyzzy5461");
        let authenticator = [3; 16];
        for length in 0..=128 {
            let clear: Vec<u8> = (0..length).map(|i| b'a' + (i % 26) as u8).collect();
            let mut room = [0; 128];
            let hidden = hide(&clear, &secret, &authenticator, &mut room).unwrap().to_vec();
            assert_eq!(check_pap(&hidden, &secret, &authenticator, &clear), Pap::Right);
            let mut longer = clear.clone();
            longer.push(b'x');
            assert_eq!(check_pap(&hidden, &secret, &authenticator, &longer), Pap::Wrong);
            if let Some((_, shorter)) = clear.split_first() {
                assert_eq!(check_pap(&hidden, &secret, &authenticator, shorter), Pap::Wrong);
            }
        }
        assert_eq!(hide(&[1; 129], &secret, &authenticator, &mut [0; 128]), None);
    }

    #[test]
    fn another_shared_secret_is_told_apart_from_a_wrong_password() {
        let mut room = [0; 128];
        let hidden = hide(b"rahasia", &Secret::new(b"one"), &[3; 16], &mut room).unwrap();
        assert_eq!(check_pap(hidden, &Secret::new(b"two"), &[3; 16], b"rahasia"), Pap::Garbled);
        assert_eq!(check_pap(hidden, &Secret::new(b"one"), &[3; 16], b"lain"), Pap::Wrong);
    }

    #[test]
    fn hidden_passwords_of_an_illegal_length_are_never_right() {
        let secret = Secret::new(b"s");
        for length in [0, 1, 15, 17, 144] {
            assert_eq!(check_pap(&vec![0; length], &secret, &[0; 16], b""), Pap::Garbled);
        }
    }
}

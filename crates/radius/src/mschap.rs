//! MS-CHAP version 1 (RFC 2433) and 2 (RFC 2759) as carried in RADIUS (RFC 2548).

use des::Des;
use des::cipher::{BlockCipherEncrypt, KeyInit};
use md4::{Digest, Md4};
use sha1::Sha1;

use crate::secret::same;

/// MD4 of the password in UTF-16: what both versions prove. It is as good as the password; keep it as
/// secret. Can be computed once per account.
pub fn nt_hash(password: &str) -> [u8; 16] {
    let mut digest = Md4::new();
    for unit in password.encode_utf16() {
        digest.update(unit.to_le_bytes());
    }
    digest.finalize().into()
}

/// The hash of the hash, which the authenticator's answer and the MPPE keys are made from.
pub fn nt_hash_hash(hash: &[u8; 16]) -> [u8; 16] {
    Md4::digest(hash).into()
}

/// Checks the value of MS-CHAP-Response (ident, flags, 24 LM, 24 NT bytes). Only the NT response
/// counts; one with the LM response alone is refused, since LM is long broken.
pub fn check_v1(hash: &[u8; 16], challenge: &[u8; 8], response: &[u8; 50]) -> bool {
    let [_, flags, _lm_and_nt @ ..] = response;
    let nt = response.last_chunk::<24>();
    *flags == 1 && nt.is_some_and(|nt| same(&challenge_response(challenge, hash), nt))
}

/// Checks the value of MS-CHAP2-Response (ident, flags, 16 bytes of peer challenge, 8 reserved, 24 of
/// response). Returns the 42 characters (`S=…`) with which the server proves that it knows the password
/// too; they go into MS-CHAP2-Success after the ident. Nothing when the response is wrong.
pub fn check_v2(
    hash: &[u8; 16],
    user_name: &[u8],
    challenge: &[u8; 16],
    response: &[u8; 50],
) -> Option<Proof> {
    let [ident, _flags, rest @ ..] = response;
    let (peer_challenge, _) = rest.split_first_chunk::<16>()?;
    let nt_response = response.last_chunk::<24>()?;
    let expected = v2_response(hash, user_name, challenge, peer_challenge);
    if !same(&expected, nt_response) {
        return None;
    }
    let hash_hash = nt_hash_hash(hash);
    let text =
        authenticator_response(&hash_hash, nt_response, peer_challenge, challenge, user_name);
    let mut success = [0; 43];
    let (first, tail) = success.split_first_mut()?;
    *first = *ident;
    tail.copy_from_slice(&text);
    Some(Proof { success, hash_hash, nt_response: *nt_response })
}

/// What a right MS-CHAPv2 response leads to.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The value of MS-CHAP2-Success.
    pub success: [u8; 43],
    /// For [`crate::mppe::keys`].
    pub hash_hash: [u8; 16],
    /// For [`crate::mppe::keys`].
    pub nt_response: [u8; 24],
}

/// The response that a peer gives in version 2 (RFC 2759 section 8.1).
pub fn v2_response(
    hash: &[u8; 16],
    user_name: &[u8],
    challenge: &[u8; 16],
    peer_challenge: &[u8; 16],
) -> [u8; 24] {
    challenge_response(&challenge_hash(peer_challenge, challenge, user_name), hash)
}

/// RFC 2759 section 8.2. A Windows domain before the user name (`DOMAIN\user`) does not count.
fn challenge_hash(peer: &[u8; 16], authenticator: &[u8; 16], user_name: &[u8]) -> [u8; 8] {
    let bare = user_name.rsplit(|byte| *byte == b'\\').next().unwrap_or(user_name);
    let digest: [u8; 20] = Sha1::new_with_prefix(peer)
        .chain_update(authenticator)
        .chain_update(bare)
        .finalize()
        .into();
    digest.first_chunk::<8>().copied().unwrap_or_default()
}

/// Three DES encryptions of the challenge under the hash (RFC 2433 section A.5, RFC 2759 section 8.5).
pub fn challenge_response(challenge: &[u8; 8], hash: &[u8; 16]) -> [u8; 24] {
    let mut keys = [0; 21];
    for (slot, byte) in keys.iter_mut().zip(hash) {
        *slot = *byte;
    }
    let mut out = [0; 24];
    let (blocks, _) = out.as_chunks_mut::<8>();
    let (sevens, _) = keys.as_chunks::<7>();
    for (block, seven) in blocks.iter_mut().zip(sevens) {
        let mut room = (*challenge).into();
        Des::new(&spread(seven).into()).encrypt_block(&mut room);
        *block = room.into();
    }
    out
}

/// 56 bits of key as eight bytes of seven; DES ignores the parity bit.
fn spread(seven: &[u8; 7]) -> [u8; 8] {
    let [a, b, c, d, e, f, g] = *seven;
    let bits = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
    std::array::from_fn(|index| ((bits >> (49 - 7 * index)) as u8) << 1)
}

/// RFC 2759 section 8.7: `S=` and 40 upper-case hexadecimal digits.
fn authenticator_response(
    hash_hash: &[u8; 16],
    nt_response: &[u8; 24],
    peer_challenge: &[u8; 16],
    challenge: &[u8; 16],
    user_name: &[u8],
) -> [u8; 42] {
    let digest = Sha1::new_with_prefix(hash_hash)
        .chain_update(nt_response)
        .chain_update(b"Magic server to client signing constant")
        .finalize();
    let digest: [u8; 20] = Sha1::new_with_prefix(digest)
        .chain_update(challenge_hash(peer_challenge, challenge, user_name))
        .chain_update(b"Pad to make it do more than one iteration")
        .finalize()
        .into();
    let mut text = [0; 42];
    if let Some((head, tail)) = text.split_first_chunk_mut::<2>() {
        *head = *b"S=";
        write_hex(&digest, tail);
    }
    text
}

/// The value of MS-CHAP-Error: the ident of the response, then why. 691 is "access denied"; `R=0` asks
/// the peer not to try again with the same challenge. Version 2 also names a challenge and `V=3`.
#[derive(Clone, Copy, Debug)]
pub struct ChapError {
    room: [u8; 60],
    length: usize,
}

impl ChapError {
    /// For a refused version 1 response.
    pub fn v1(ident: u8) -> Self {
        Self::write(ident, &[b"E=691 R=0"])
    }
    /// For a refused version 2 response. With `R=0` the challenge is never used; it is there because
    /// some peers do not read the message without it.
    pub fn v2(ident: u8, challenge: &[u8; 16]) -> Self {
        let mut hex = [0; 32];
        write_hex(challenge, &mut hex);
        Self::write(ident, &[b"E=691 R=0 C=", &hex, b" V=3"])
    }
    /// The attribute's value.
    pub fn value(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }
    fn write(ident: u8, parts: &[&[u8]]) -> Self {
        let mut room = [0; 60];
        let mut length = 0;
        let bytes = std::iter::once(&ident).chain(parts.iter().copied().flatten());
        for (slot, byte) in room.iter_mut().zip(bytes) {
            *slot = *byte;
            length += 1;
        }
        Self { room, length }
    }
}

fn write_hex(bytes: &[u8], out: &mut [u8]) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
    let (pairs, _) = out.as_chunks_mut::<2>();
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_messages_read_as_the_rfc_asks() {
        assert_eq!(ChapError::v1(7).value(), b"\x07E=691 R=0");
        let v2 = ChapError::v2(7, &[0xab; 16]);
        assert_eq!(v2.value(), b"\x07E=691 R=0 C=ABABABABABABABABABABABABABABABAB V=3");
    }

    #[test]
    fn an_lm_response_alone_is_refused() {
        let hash = nt_hash("MyPw");
        let mut response = [0; 50];
        response[26..].copy_from_slice(&challenge_response(&[1; 8], &hash));
        response[1] = 1;
        assert!(check_v1(&hash, &[1; 8], &response));
        response[1] = 0;
        assert!(!check_v1(&hash, &[1; 8], &response));
    }

    #[test]
    fn a_windows_domain_does_not_count() {
        let hash = nt_hash("clientPass");
        let (a, p) = ([1; 16], [2; 16]);
        assert_eq!(v2_response(&hash, b"ISP\\budi", &a, &p), v2_response(&hash, b"budi", &a, &p));
        assert_ne!(v2_response(&hash, b"budi", &a, &p), v2_response(&hash, b"Budi", &a, &p));
    }
}

//! Keys for MPPE link encryption (RFC 3079), carried as RFC 2548 says. PPPoE over an access network
//! rarely uses them; a NAS that negotiates MPPE after MS-CHAP cannot do without.

use sha1::{Digest, Sha1};

use crate::mschap::{Proof, nt_hash_hash};
use crate::secret::Secret;

const MASTER: &[u8] = b"This is the MPPE Master Key";
const CLIENT_SENDS: &[u8] = b"On the client side, this is the send key; \
on the server side, it is the receive key.";
const CLIENT_RECEIVES: &[u8] = b"On the client side, this is the receive key; \
on the server side, it is the send key.";

/// The NAS's 128-bit keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// For what the NAS sends to the peer.
    pub send: [u8; 16],
    /// For what the NAS receives.
    pub receive: [u8; 16],
}

/// The keys that follow from a right MS-CHAPv2 response (RFC 3079 section 3.3).
pub fn keys(proof: &Proof) -> Keys {
    let master = first16(
        Sha1::new_with_prefix(proof.hash_hash)
            .chain_update(proof.nt_response)
            .chain_update(MASTER)
            .finalize()
            .into(),
    );
    Keys { send: start_key(&master, CLIENT_RECEIVES), receive: start_key(&master, CLIENT_SENDS) }
}

fn start_key(master: &[u8; 16], magic: &[u8]) -> [u8; 16] {
    first16(
        Sha1::new_with_prefix(master)
            .chain_update([0; 40])
            .chain_update(magic)
            .chain_update([0xf2; 40])
            .finalize()
            .into(),
    )
}

fn first16(digest: [u8; 20]) -> [u8; 16] {
    digest.first_chunk::<16>().copied().unwrap_or_default()
}

/// The value of MS-MPPE-Send-Key or MS-MPPE-Recv-Key: salt, then the key hidden under the secret and the
/// request's authenticator (RFC 2548 section 2.4.2). Each salt is used once in a packet.
pub fn hide_key(
    key: &[u8; 16],
    secret: &Secret,
    request_authenticator: &[u8; 16],
    salt: u16,
) -> [u8; 34] {
    let salt = (salt | 0x8000).to_be_bytes();
    let mut clear = [0; 32];
    for (slot, byte) in clear.iter_mut().zip(std::iter::once(&16).chain(key)) {
        *slot = *byte;
    }
    let (blocks, _) = clear.as_chunks_mut::<16>();
    let mut pad = secret.md5_with(&[request_authenticator, &salt]);
    for block in blocks {
        for (slot, byte) in block.iter_mut().zip(pad) {
            *slot ^= byte;
        }
        pad = secret.md5_with(&[block]);
    }
    let mut value = [0; 34];
    for (slot, byte) in value.iter_mut().zip(salt.iter().chain(&clear)) {
        *slot = *byte;
    }
    value
}

/// Uncovers what [`hide_key`] hid. Nothing when it is no such value.
pub fn reveal_key(
    value: &[u8],
    secret: &Secret,
    request_authenticator: &[u8; 16],
) -> Option<[u8; 16]> {
    let (salt, hidden) = value.split_first_chunk::<2>()?;
    let mut clear = <[u8; 32]>::try_from(hidden).ok()?;
    let mut pad = secret.md5_with(&[request_authenticator, salt]);
    let (blocks, _) = clear.as_chunks_mut::<16>();
    for block in blocks {
        let next = secret.md5_with(&[block.as_slice()]);
        for (slot, byte) in block.iter_mut().zip(pad) {
            *slot ^= byte;
        }
        pad = next;
    }
    let (length, rest) = clear.split_first()?;
    rest.first_chunk::<16>().copied().filter(|_| *length == 16)
}

/// The value of MS-CHAP-MPPE-Keys, which version 1 uses: 8 bytes of LM key (zero, LM is not used), the
/// hash of the NT hash, 8 bytes of padding, all hidden like a User-Password (RFC 2548 section 2.4.1).
pub fn v1_keys(hash: &[u8; 16], secret: &Secret, request_authenticator: &[u8; 16]) -> [u8; 32] {
    let mut value = [0; 32];
    for (slot, byte) in value.iter_mut().skip(8).zip(nt_hash_hash(hash)) {
        *slot = byte;
    }
    let (blocks, _) = value.as_chunks_mut::<16>();
    let mut pad = secret.md5_with(&[request_authenticator]);
    for block in blocks {
        for (slot, byte) in block.iter_mut().zip(pad) {
            *slot ^= byte;
        }
        pad = secret.md5_with(&[block]);
    }
    value
}

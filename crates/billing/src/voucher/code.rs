//! Codes that can be read aloud and can't be guessed. Pure.

use sha2::Digest;

/// Without 0, 1, I and O.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Characters of a code: 60 bits.
const LENGTH: usize = 12;

/// The `n`-th code of a batch. The secret is used once and never stored.
pub(super) fn code(secret: &[u8; 32], n: i64) -> String {
    let digest = sha2::Sha256::new().chain_update(secret).chain_update(n.to_be_bytes()).finalize();
    digest.iter().take(LENGTH).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// A code as people type it: any case, with dashes or spaces.
pub(super) fn typed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// In groups of four.
pub(super) fn printed(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|g| g.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_repeat_from_their_secret_and_survive_typing() {
        let secret = [7u8; 32];
        let codes: std::collections::BTreeSet<String> =
            (0..2_000).map(|n| code(&secret, n)).collect();
        assert_eq!(codes.len(), 2_000);
        assert_eq!(code(&secret, 5), code(&secret, 5));
        assert_ne!(code(&secret, 5), code(&[8u8; 32], 5));
        for code in codes.iter().take(50) {
            assert_eq!(code.len(), LENGTH);
            assert_eq!(typed(&format!(" {} ", printed(code).to_lowercase())), *code);
        }
    }
}

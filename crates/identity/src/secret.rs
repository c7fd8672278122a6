//! Random tokens, and how they are kept.
//!
//! A token is 256 bits of the operating system's randomness. Only its SHA-256 is stored: with that
//! much randomness a slow hash would add nothing, and the look-up by hash leaks no timing.

use data_encoding::BASE64URL_NOPAD;
use kernel::{Fault, Result};
use sha2::{Digest, Sha256};

/// A fresh token: 43 characters of base64url.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn fresh_token() -> Result<String> {
    Ok(BASE64URL_NOPAD.encode(&random::<32>()?))
}

/// What is stored of a token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Random bytes.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|e| Fault::bug(format!("no randomness: {e}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_alike() {
        let (a, b) = (fresh_token().unwrap(), fresh_token().unwrap());
        assert_eq!(a.len(), 43);
        assert_ne!(a, b);
        assert_ne!(hash(&a), hash(&b));
        assert_eq!(hash(&a), hash(&a.clone()));
    }
}

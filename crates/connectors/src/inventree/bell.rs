//! The bell that our plugin over there rings: it says only *look there*.

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The header with base64(HMAC-SHA256(secret, raw body)).
pub const SIGNATURE: &str = "X-Sambung-Signature";

/// The bell's secret follows from the token that is sealed anyway; the token does not follow from it.
///
/// Nothing without a token.
pub fn secret(token: &str) -> Option<String> {
    if token.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).ok()?;
    mac.update(b"sambung bell");
    Some(HEXLOWER.encode(&mac.finalize().into_bytes()))
}

/// Verifies a notice and answers the key by which it counts once. A wrong or missing signature, or a body that
/// is no notice, is nothing.
pub fn read(token: &str, signature: Option<&str>, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret(token)?.as_bytes()).ok()?;
    mac.update(body);
    mac.verify_slice(&BASE64.decode(signature?.trim().as_bytes()).ok()?).ok()?;
    let said: serde_json::Value = serde_json::from_slice(body).ok()?;
    said["event"].as_str().filter(|event| !event.is_empty())?;
    Some(HEXLOWER.encode(&Sha256::digest(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"event": "stockitem.moved", "kwargs": {"id": "8"}, "nonce": "1"}"#;

    fn signed(secret: &str, body: &[u8]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap_or_else(|_| unreachable!());
        mac.update(body);
        BASE64.encode(&mac.finalize().into_bytes())
    }

    #[test]
    fn a_notice_counts_only_with_its_signature_and_by_its_content() {
        let secret = secret("inv-token").unwrap_or_default();
        let good = signed(&secret, BODY);
        let key = read("inv-token", Some(&good), BODY);
        assert_eq!(key.as_ref().map(String::len), Some(64));
        assert_eq!(read("inv-token", None, BODY), None);
        assert_eq!(read("inv-token", Some("?"), BODY), None);
        assert_eq!(read("inv-other", Some(&good), BODY), None);
        assert_eq!(read("", Some(&signed("", BODY)), BODY), None, "no token, no bell");
        let mut flipped = BODY.to_vec();
        flipped[20] ^= 1;
        assert_eq!(read("inv-token", Some(&good), &flipped), None);
        assert_eq!(read("inv-token", Some(&signed(&secret, b"{}")), b"{}"), None);
        let other = BODY.iter().map(|b| if *b == b'1' { b'2' } else { *b }).collect::<Vec<u8>>();
        assert_ne!(read("inv-token", Some(&signed(&secret, &other)), &other), key);
    }
}
